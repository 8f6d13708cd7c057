package rest

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/stats"

	"github.com/ocopledger/ocop/ledger/reason"
	"github.com/ocopledger/ocop/proto/ocop/api/v1/apigrpc"
	"github.com/ocopledger/ocop/proto/ocop/api/v1/apirest"
)

const (
	prefix      = "/v1/"
	description = "/openapi.json"
)

// Bounds of a request.
const (
	// maxURL: the longest sensible one is a search of 200 bytes, percent-encoded, with every filter and a page token.
	maxURL = 2048
	// longestCall ends a call, and with it the wait for min_height. It is shorter than gRPC's 30 s: browsers give one up before that.
	longestCall = 10 * time.Second
	// maxCalls are under way at once; the next is told to come back. Of them maxWaiting may wait for a height: who asks for one that does not come must
	// not keep everybody else out.
	maxCalls, maxWaiting = 128, 32
	// maxLarge answers of more than largeFrom bytes are being sent at once. With maxAnswer it bounds what slow readers can make a node hold, and they
	// do not stand in the way of what is asked most.
	maxLarge, largeFrom = 16, 64 << 10
	// maxAnswer is the largest message that is written as JSON, in bytes as protobuf: above the genesis file of 9 MiB, the largest thing there is.
	maxAnswer = 10 << 20
)

// Services are the API's reads.
type Services interface {
	apigrpc.LedgerServiceServer
	apigrpc.QueryServiceServer
	apigrpc.ProofServiceServer
}

// Options are what the answers are made of.
type Options struct {
	Services Services
	Count    stats.Handler    // told of every call of a service, as gRPC tells its own; nil: nobody is
	Notice   string           // what every answer of a sample says; empty: it is none
	Now      func() time.Time // for the time that a slow reader has
	Log      *slog.Logger
}

// server answers.
type server struct {
	o           Options
	gateway     *runtime.ServeMux
	routes      map[string]*route
	description []byte
	places      places
	waiting     places
	large       places
	squeezers
}

// Serves tells whether a path of a URL is one that Handler answers, be there such a thing or not.
func Serves(path string) bool {
	return path == description || strings.HasPrefix(path, prefix) || path == strings.TrimSuffix(prefix, "/")
}

// Handler makes the handler of the paths that Serves tells. Its services are called until the last request has been answered.
func Handler(o Options) (http.Handler, error) {
	s := &server{o: o, places: make(places, maxCalls), waiting: make(places, maxWaiting), large: make(places, maxLarge), squeezers: newSqueezers()}
	var err error
	if s.routes, err = routes(); err != nil {
		return nil, err
	}
	if s.description, err = describe(apirest.OpenAPI(), o.Notice); err != nil {
		return nil, err
	}
	s.gateway = runtime.NewServeMux(
		runtime.WithMarshalerOption(runtime.MIMEWildcard, newMarshaler()),
		runtime.WithMarshalerOption(octets, new(filer)),
		runtime.WithMiddlewares(s.checked),
		runtime.WithForwardResponseOption(s.answered),
		runtime.WithErrorHandler(s.failed),
		runtime.WithRoutingErrorHandler(s.lost),
		runtime.WithIncomingHeaderMatcher(func(string) (string, bool) { return "", false }),
		runtime.WithDisablePathLengthFallback(),
	)
	ctx := context.Background() // the gateway keeps it for connections, and here is none
	for _, register := range []func() error{
		func() error { return apirest.RegisterLedgerServiceHandlerServer(ctx, s.gateway, o.Services) },
		func() error { return apirest.RegisterQueryServiceHandlerServer(ctx, s.gateway, o.Services) },
		func() error { return apirest.RegisterProofServiceHandlerServer(ctx, s.gateway, o.Services) },
		func() error { return s.gateway.HandlePath(http.MethodGet, leavesPath, s.leaves) }, // the later one is asked first
	} {
		if err := register(); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// ServeHTTP implements http.Handler.
func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	head(w.Header())
	if len(r.URL.RequestURI()) > maxURL {
		s.refuse(w, r, http.StatusRequestURITooLong, codes.InvalidArgument, reason.InvalidRequest, "url", tooLong.Args()...)
		return
	}
	switch r.Method {
	case http.MethodGet, http.MethodHead:
	case http.MethodOptions:
		preflight(w)
		return
	default:
		w.Header().Set("Allow", allowed)
		s.refuse(w, r, http.StatusMethodNotAllowed, codes.Unimplemented, reason.NotServed, "", writing)
		return
	}
	if r.URL.Path == description {
		s.give(w, r, &made{status: http.StatusOK, header: http.Header{"Content-Type": {jsonType}}, body: s.description})
		return
	}
	path, fault := decoded(r.URL)
	if fault != nil {
		s.refuse(w, r, http.StatusBadRequest, codes.InvalidArgument, reason.InvalidRequest, "path", fault.Args()...)
		return
	}
	s.give(w, r, s.make(r, path))
}

// make has the gateway make an answer.
func (s *server) make(r *http.Request, path string) *made {
	a := newMade()
	if !s.places.take() {
		s.write(a, http.StatusTooManyRequests, busy())
		return a
	}
	defer s.places.leave()
	ctx, cancel := context.WithTimeout(r.Context(), longestCall)
	defer cancel()
	c := &call{url: r.URL}
	q := r.Clone(callerOf(context.WithValue(ctx, callKey{}, c), r))
	q.Method, q.Body, q.URL.Path, q.URL.RawPath = http.MethodGet, http.NoBody, path, ""
	q.Header = http.Header{"Accept": {wanted(r)}}
	s.guarded(a, q)
	return a
}

// guarded asks the gateway, and makes a fault of ours an answer. Other requests go on.
func (s *server) guarded(a *made, r *http.Request) {
	defer func() {
		if p := recover(); p != nil {
			s.o.Log.Error("a request panicked", "path", r.URL.Path, "error", fmt.Sprintf("%v\n%s", p, debug.Stack()))
			a.reset()
			s.write(a, http.StatusInternalServerError, refusal(codes.Internal, reason.Internal, ""))
		}
	}()
	s.gateway.ServeHTTP(a, r)
}
