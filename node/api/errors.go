package api

import (
	"context"
	"errors"
	"strconv"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/protoadapt"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/query"
	"github.com/ocopledger/ocop/ledger/reason"
	"github.com/ocopledger/ocop/ledger/rules"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

// domain of our reasons in google.rpc.ErrorInfo.
const domain = "ocop"

// retryHint is what clients of a busy node are told to wait.
const retryHint = time.Second

// codeOf is the one place where reasons become gRPC codes.
func codeOf(c reason.Code) codes.Code {
	switch c {
	case reason.NotFound, reason.BlobNotHeld:
		return codes.NotFound
	case reason.InvalidRequest, reason.MalformedEnvelope, reason.RecordTooLarge, reason.WrongChain, reason.PublicKeyMalformed, reason.SignatureOutOfRange,
		reason.SignatureHighS, reason.BadSignature, reason.TooManyRecords, reason.MessageTooLarge,
		reason.BlobMalformed:
		return codes.InvalidArgument
	case reason.HeightNotReached, reason.NoLeader, reason.Unavailable, reason.MadeRoom:
		return codes.Unavailable
	case reason.DeadlineExceeded:
		return codes.DeadlineExceeded
	case reason.Cancelled:
		return codes.Canceled
	case reason.Overloaded, reason.TooManyCalls, reason.BlobNoRoom:
		return codes.ResourceExhausted
	case reason.UnknownOutcome:
		return codes.Aborted
	case reason.NotServed:
		return codes.Unimplemented
	case reason.Internal:
		return codes.Internal
	}
	return codes.FailedPrecondition
}

// Refusal is the answer to a call that is refused as a whole.
func Refusal(r *rules.Refusal) error { return fail(r) }

// fail is a refusal of a whole call. Who may come back is told when.
func fail(r *rules.Refusal) error { return failFor(r, retryHint) }

func failFor(r *rules.Refusal, wait time.Duration) error {
	info := reason.Of(r.Reason)
	vietnamese, english := r.Sentences()
	metadata := map[string]string{"rule": info.Rule.English, "rule_vi": info.Rule.Vietnamese}
	if r.Field != "" {
		metadata["field"] = r.Field
	}
	if kind := reason.KindOf(r.Args); kind != "" {
		metadata["kind"] = kind
	}
	if r.Action != ledger.WholeRecord {
		metadata["action"] = strconv.Itoa(int(r.Action))
	}
	details := []protoadapt.MessageV1{
		&errdetails.ErrorInfo{Reason: info.Name, Domain: domain, Metadata: metadata},
		&errdetails.LocalizedMessage{Locale: "vi", Message: vietnamese},
		&errdetails.LocalizedMessage{Locale: "en", Message: english},
	}
	code := codeOf(r.Reason)
	if code == codes.Unavailable || code == codes.ResourceExhausted {
		details = append(details, &errdetails.RetryInfo{RetryDelay: durationpb.New(wait)})
	}
	st, err := status.New(code, english).WithDetails(details...)
	if err != nil {
		return status.Error(code, english)
	}
	return st.Err()
}

func whole(code reason.Code, field string, args ...reason.Arg) *rules.Refusal {
	return &rules.Refusal{Reason: code, Action: ledger.WholeRecord, Field: field, Args: args}
}

func invalid(field string, fault reason.Fault) error {
	return fail(whole(reason.InvalidRequest, field, fault.Args()...))
}

// busy asks to come back later.
func busy(wait time.Duration) error { return later(reason.Overloaded, wait) }

func later(why reason.Code, wait time.Duration) error {
	wait = max(wait, time.Millisecond)
	return failFor(comeBack(why, wait), wait)
}

func comeBack(why reason.Code, wait time.Duration) *rules.Refusal {
	return whole(why, "", reason.Span("wait", uint64(wait.Milliseconds())))
}

// short asks to come back later in as few bytes as it takes to say why, when, and both sentences, the English one as the status's own: gRPC encodes a refusal anew for each
// call that it is given to unread, and that is a third of what such a call costs.
func short(why reason.Code, wait time.Duration) error {
	vietnamese, english := comeBack(why, wait).Sentences()
	st, err := status.New(codeOf(why), english).WithDetails(
		&errdetails.ErrorInfo{Reason: reason.Of(why).Name, Domain: domain}, &errdetails.LocalizedMessage{Locale: "vi", Message: vietnamese},
		&errdetails.RetryInfo{RetryDelay: durationpb.New(wait)})
	if err != nil {
		return status.Error(codeOf(why), english)
	}
	return st.Err()
}

// failure turns any error into an answer. What nobody expected is logged and answered as an internal fault, without its text.
func (s *Server) failure(err error) error {
	if _, ok := status.FromError(err); ok {
		return err
	}
	if e, ok := errors.AsType[*query.RequestError](err); ok {
		return invalid(e.Field, e.Fault)
	}
	if e, ok := errors.AsType[*query.NotFoundError](err); ok && !errors.Is(err, query.ErrCorrupt) {
		return noSubject(e.Subject, s.o.Node.Ledger().Head().Height)
	}
	if r := s.o.Explain(err); r != nil {
		return fail(r)
	}
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return fail(whole(reason.DeadlineExceeded, ""))
	case errors.Is(err, context.Canceled):
		return fail(whole(reason.Cancelled, ""))
	}
	s.o.Log.Error("a request failed", "error", err)
	return fail(whole(reason.Internal, ""))
}

// refusal is a refusal as it is told in an answer. It is final only when it is recorded: what a door turns away may be mended and sent again.
func refusal(r *rules.Refusal, recorded bool) *apiv1.Refusal {
	info := reason.Of(r.Reason)
	vietnamese, english := r.Sentences()
	if recorded && len(r.Args) == 0 { // read from a row, which has no values
		vietnamese, english = info.Recalled()
	}
	a := &apiv1.Refusal{
		Code: uint32(r.Reason), Reason: info.Name, Final: recorded, Sentence: &apiv1.Text{Vietnamese: vietnamese, English: english},
		Field: r.Field, Kind: reason.KindOf(r.Args), Rule: info.Rule.English, RuleVietnamese: info.Rule.Vietnamese,
	}
	for _, arg := range r.Args[:min(len(r.Args), maxArguments)] {
		a.Arguments = append(a.Arguments, &apiv1.Argument{Name: arg.Name, Vietnamese: arg.Vietnamese, English: arg.English})
	}
	if r.Action != ledger.WholeRecord {
		n := uint32(r.Action)
		a.Action = &n
	}
	return a
}

// maxArguments is how many values of a sentence are told: none of ours has as many.
const maxArguments = 16

// outcome is an outcome as it is told.
func outcome(o chain.Outcome) *apiv1.Outcome {
	a := &apiv1.Outcome{Duplicate: o.Duplicate}
	if o.Record != (ledger.RecordID{}) {
		a.Record = o.Record.String()
	}
	if o.Status == chain.Accepted {
		a.Result = &apiv1.Outcome_Accepted{Accepted: &apiv1.Accepted{Height: o.Height, Leaf: o.Leaf, Time: o.Time}}
		return a
	}
	a.Result = &apiv1.Outcome_Refused{Refused: &apiv1.Refused{Refusal: refusal(o.Refusal, o.Status == chain.Refused), Height: o.Height, Leaf: o.Leaf, Time: o.Time}}
	return a
}

func protoValue(m protoreflect.Message) protoreflect.Value { return protoreflect.ValueOfMessage(m) }
