package serve

import (
	"errors"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/reason"
	"github.com/ocopledger/ocop/ledger/rules"
	"github.com/ocopledger/ocop/node"
	"github.com/ocopledger/ocop/node/admit"
)

// waitMillis is what clients of an overloaded node are told to wait.
const waitMillis = 1000

// explain says what a client is told of a node's error; nil: nothing of its cause.
func explain(err error) *rules.Refusal {
	tooMuch, ok := errors.AsType[*node.TooMuchError](err)
	switch {
	case ok && tooMuch.Records > node.MaxSubmit:
		return refuse(reason.TooManyRecords, "envelopes", reason.Count("have", uint64(tooMuch.Records)), reason.Count("want", node.MaxSubmit))
	case ok:
		return refuse(reason.MessageTooLarge, "envelopes", reason.Count("have", uint64(tooMuch.Bytes)), reason.Count("want", node.MaxSubmitBytes))
	case errors.Is(err, admit.ErrOverloaded):
		return refuse(reason.Overloaded, "", reason.Span("wait", waitMillis))
	case errors.Is(err, node.ErrNoPromise):
		return refuse(reason.InvalidRequest, "promise", reason.Fault{
			Kind: "promise_of_another", Vietnamese: "lời hứa không thuộc sổ cái này, hoặc không do cơ quan được nêu ký", English: "the promise is not of this ledger, or not signed by the agency that it names",
		}.Args()...)
	case errors.Is(err, node.ErrUnavailable):
		return refuse(reason.Unavailable, "")
	case errors.Is(err, node.ErrMadeRoom):
		return refuse(reason.MadeRoom, "")
	}
	return explainBlob(err)
}

func refuse(code reason.Code, field string, args ...reason.Arg) *rules.Refusal {
	return &rules.Refusal{Reason: code, Action: ledger.WholeRecord, Field: field, Args: args}
}
