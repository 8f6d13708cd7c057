package rest

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/genproto/googleapis/rpc/code"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/ocopledger/ocop/ledger/reason"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

// comeBack is what clients of a busy node are told to wait.
const comeBack = time.Second

var (
	writing = reason.Words("what",
		"việc ghi qua HTTP; REST chỉ để đọc (GET, HEAD), bản ghi được gửi bằng gRPC, ví dụ bằng lệnh ocop submit",
		"writing over HTTP; REST only reads (GET, HEAD), records are submitted over gRPC, by ocop submit for one")
	nothing = reason.Words("what",
		"đường dẫn này qua HTTP, xem "+description+"; bản ghi được gửi và chạy thử bằng gRPC, ví dụ bằng lệnh ocop submit và ocop simulate",
		"this path over HTTP, see "+description+"; records are submitted and tried over gRPC, by ocop submit and ocop simulate for one")
)

// refusedError is an answer that is not given, with its status.
type refusedError struct {
	status int
	error  *apiv1.Error
}

func (e *refusedError) Error() string { return e.error.GetSentence().GetEnglish() }

// refusal is what is said for a reason.
func refusal(c codes.Code, r reason.Code, field string, args ...reason.Arg) *apiv1.Error {
	info := reason.Of(r)
	vietnamese, english := info.Sentences(append(args, reason.Text("field", field)))
	e := &apiv1.Error{
		Code: nameOf(c), Reason: info.Name, Sentence: &apiv1.Text{Vietnamese: vietnamese, English: english},
		Field: field, Kind: reason.KindOf(args), Rule: info.Rule.English, RuleVietnamese: info.Rule.Vietnamese,
	}
	if c == codes.ResourceExhausted {
		e.RetryAfterSeconds = uint32(comeBack / time.Second)
	}
	return e
}

func invalid(field string, fault reason.Fault) *apiv1.Error {
	return refusal(codes.InvalidArgument, reason.InvalidRequest, field, fault.Args()...)
}

// busy asks to come back later.
func busy() *apiv1.Error {
	return refusal(codes.ResourceExhausted, reason.Overloaded, "", reason.Span("wait", uint64(comeBack.Milliseconds())))
}

// nameOf is a gRPC code as google.rpc.Code has it.
func nameOf(c codes.Code) string { return code.Code(c).String() }

// failed implements runtime.ErrorHandlerFunc.
func (s *server) failed(ctx context.Context, _ *runtime.ServeMux, _ runtime.Marshaler, w http.ResponseWriter, r *http.Request, err error) {
	w.Header().Del("Link")
	callOf(ctx).err = err
	if e, ok := errors.AsType[*refusedError](err); ok {
		s.write(w, e.status, e.error)
		return
	}
	st, _ := status.FromError(err)
	e := told(st)
	if e.Reason == "" { // of the gateway's own making: parameters have been read, so nobody expects one
		s.o.Log.Error("a request failed", "path", r.URL.Path, "error", err)
		e = refusal(codes.Internal, reason.Internal, "")
		st = status.New(codes.Internal, "")
	}
	s.write(w, runtime.HTTPStatusFromCode(st.Code()), e)
}

// told is what the services say of a failure.
func told(st *status.Status) *apiv1.Error {
	e := &apiv1.Error{Code: nameOf(st.Code()), Sentence: &apiv1.Text{English: st.Message()}}
	for _, detail := range st.Details() {
		switch d := detail.(type) {
		case *errdetails.ErrorInfo:
			m := d.GetMetadata()
			e.Reason, e.Field, e.Kind, e.Rule, e.RuleVietnamese = d.GetReason(), m["field"], m["kind"], m["rule"], m["rule_vi"]
		case *errdetails.LocalizedMessage:
			switch d.GetLocale() {
			case "vi":
				e.Sentence.Vietnamese = d.GetMessage()
			case "en":
				e.Sentence.English = d.GetMessage()
			}
		case *errdetails.RetryInfo:
			wait := d.GetRetryDelay().AsDuration()
			e.RetryAfterSeconds = uint32(max(time.Second, wait+time.Second-1) / time.Second)
		}
	}
	return e
}

// lost implements runtime.RoutingErrorHandlerFunc: the path is no route's.
func (s *server) lost(_ context.Context, _ *runtime.ServeMux, _ runtime.Marshaler, w http.ResponseWriter, _ *http.Request, _ int) {
	s.write(w, http.StatusNotFound, refusal(codes.Unimplemented, reason.NotServed, "", nothing))
}

// invalid writes what is wrong with a parameter.
func (s *server) invalid(w http.ResponseWriter, p *wrong) {
	s.write(w, http.StatusBadRequest, invalid(p.name, p.Fault))
}

// refuse answers a request that does not come to the gateway.
func (s *server) refuse(w http.ResponseWriter, r *http.Request, status int, c codes.Code, why reason.Code, field string, args ...reason.Arg) {
	a := newMade()
	s.write(a, status, refusal(c, why, field, args...))
	s.give(w, r, a)
}

// write makes an error the answer.
func (s *server) write(w http.ResponseWriter, status int, e *apiv1.Error) {
	e.Notice = s.o.Notice
	h := w.Header()
	h.Set("Content-Type", jsonType)
	h.Set("Content-Language", "vi, en")
	h.Set("Cache-Control", never)
	if e.RetryAfterSeconds > 0 {
		h.Set("Retry-After", strconv.FormatUint(uint64(e.RetryAfterSeconds), 10))
	}
	body, err := compact(protojson.MarshalOptions{UseProtoNames: true, EmitDefaultValues: true}.Marshal(e))
	if err != nil { // a message of strings that are all valid
		s.o.Log.Error("an error cannot be told", "error", err)
	}
	w.WriteHeader(status)
	_, _ = w.Write(body)
}
