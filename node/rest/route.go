package rest

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/stats"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
	"github.com/ocopledger/ocop/proto/ocop/api/v1/apigrpc"
)

const leavesPath = "/v1/leaves"

// route is what is known of a path beside what the gateway does with it.
type route struct {
	request protoreflect.MessageDescriptor
	method  string // of which service, as gRPC names it
	file    bool   // the answer is a file, for who wants it so
	// lasting tells whether an answer about a certified height is true for ever. nil: none is.
	lasting func(proto.Message) bool
}

// routes are the paths of rest.yaml, by the pattern under which the gateway knows them. A test holds them against the description.
func routes() (map[string]*route, error) {
	services := apigrpc.File_ocop_api_v1_service_proto.Services()
	all := make(map[string]*route)
	for _, r := range []struct {
		pattern, service, method string
		file                     bool
		lasting                  func(proto.Message) bool
	}{
		{"/v1/head", "LedgerService", "GetHead", false, nil},
		{"/v1/genesis", "LedgerService", "GetGenesis", true, always},
		{"/v1/nodes", "LedgerService", "ListNodes", false, nil},
		{"/v1/records/{record=*}", "LedgerService", "GetRecord", false, onLedger},
		{"/v1/blocks/{height=*}", "LedgerService", "GetBlock", false, always},
		{leavesPath, "LedgerService", "StreamLeaves", false, nil},
		{"/v1/subjects/{kind=*}", "LedgerService", "GetSubject", false, nil},
		{"/v1/products", "QueryService", "ListProducts", false, nil},
		{"/v1/products/{product=*}", "QueryService", "TraceProduct", false, nil},
		{"/v1/certificates", "QueryService", "ListCertificates", false, nil},
		{"/v1/certificates/{certificate=**}", "QueryService", "TraceCertificate", false, nil},
		{"/v1/lots", "QueryService", "ListLots", false, nil},
		{"/v1/lots/{lot=*/*}", "QueryService", "TraceLot", false, nil},
		{"/v1/producers", "QueryService", "ListProducers", false, nil},
		{"/v1/expiring", "QueryService", "ListExpiring", false, nil},
		{"/v1/facets", "QueryService", "ListFacets", false, nil},
		{"/v1/search", "QueryService", "Search", false, nil},
		{"/v1/next-numbers", "QueryService", "NextNumbers", false, nil},
		{"/v1/checkpoint", "ProofService", "GetCheckpoint", false, nil},
		{"/v1/consistency", "ProofService", "GetConsistency", false, nil},
		{"/v1/promises", "ProofService", "CheckPromise", false, nil},
		{"/v1/records/{record=*}/receipt", "ProofService", "GetRecordReceipt", true, nil},
		{"/v1/products/{product=*}/receipt", "ProofService", "GetSubjectReceipt", true, nil},
		{"/v1/certificates/{certificate=**}/receipt", "ProofService", "GetSubjectReceipt", true, nil},
		{"/v1/lots/{lot=*/*}/receipt", "ProofService", "GetSubjectReceipt", true, nil},
	} {
		s := services.ByName(protoreflect.Name(r.service))
		if s == nil || s.Methods().ByName(protoreflect.Name(r.method)) == nil {
			return nil, fmt.Errorf("path %s is of %s.%s, which there is not", r.pattern, r.service, r.method)
		}
		all[r.pattern] = &route{
			request: s.Methods().ByName(protoreflect.Name(r.method)).Input(), method: "/" + string(s.FullName()) + "/" + r.method, file: r.file, lasting: r.lasting,
		}
	}
	return all, nil
}

func always(proto.Message) bool { return true }

// onLedger: a record that was ordered stays what it is. One that was turned away may still come.
func onLedger(answer proto.Message) bool {
	a, ok := answer.(*apiv1.GetRecordResponse)
	return ok && (a.GetOutcome().GetAccepted() != nil || a.GetOutcome().GetRefused().GetRefusal().GetFinal())
}

// call is a request on its way through the gateway.
type call struct {
	url     *url.URL // as it was sent
	route   *route
	request url.Values
	about   string // the id in its path; empty: none
	file    bool   // it wants a file, and there is one
	err     error  // what became of it
}

type callKey struct{}

// callOf is the call that a context was made for: the gateway hands its own contexts on, made from ours.
func callOf(ctx context.Context) *call { return ctx.Value(callKey{}).(*call) }

// checked has the gateway read only parameters that are right, so that it has nothing to refuse in words of its own.
func (s *server) checked(next runtime.HandlerFunc) runtime.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request, path map[string]string) {
		pattern, _ := runtime.HTTPPattern(r.Context())
		route := s.routes[pattern.String()]
		c := callOf(r.Context())
		c.route = route
		values, wrong := parameters(route, c.url.RawQuery, path)
		if wrong != nil {
			s.invalid(w, wrong)
			return
		}
		c.request = maps.Clone(values)
		if format := values.Get(formatName); format != "" {
			values.Del(formatName)
			r.Header.Set("Accept", formats[format])
		}
		if c.file = route.file && r.Header.Get("Accept") == octets; !c.file {
			r.Header.Set("Accept", jsonType)
		}
		r.Form, r.PostForm = values, url.Values{} // as parsed: the gateway does not parse again
		for name, value := range path {           // there is one, or none
			c.about = restored(value)
			path[name] = c.about
		}
		if height := values.Get("min_height"); height != "" && height != "0" {
			if !s.waiting.take() {
				s.write(w, http.StatusTooManyRequests, busy())
				return
			}
			defer s.waiting.leave()
		}
		s.counted(r.Context(), c, func(ctx context.Context) { next(w, r.WithContext(ctx), path) })
	}
}

// errNoAnswer: a call ended without one.
var errNoAnswer = status.Error(codes.Internal, "no answer")

// counted has a call counted.
func (s *server) counted(ctx context.Context, c *call, answer func(context.Context)) {
	if s.o.Count == nil {
		answer(ctx)
		return
	}
	ctx = s.o.Count.TagRPC(ctx, &stats.RPCTagInfo{FullMethodName: c.route.method})
	begun := s.o.Now()
	s.o.Count.HandleRPC(ctx, &stats.Begin{BeginTime: begun})
	defer func() { s.o.Count.HandleRPC(ctx, &stats.End{BeginTime: begun, EndTime: s.o.Now(), Error: c.err}) }()
	c.err = errNoAnswer
	answer(ctx)
}
