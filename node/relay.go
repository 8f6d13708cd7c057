package node

import (
	"context"
	"errors"

	"google.golang.org/grpc"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/reason"
	"github.com/ocopledger/ocop/ledger/rules"
	"github.com/ocopledger/ocop/node/peer"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
	"github.com/ocopledger/ocop/proto/ocop/api/v1/apigrpc"
	"github.com/ocopledger/ocop/proto/ocop/api/v1/carries"
)

// errNobody: no source takes records.
var errNobody = errors.New("no validator's public door is known")

// relay hands records on for a node without a seat: to a public door, as any client would. What is said there is told on, if it is a refusal that leaves no
// trace; what became of the others this node's own ledger will tell.
func (s *submission) relay(ctx context.Context, envelopes [][]byte) ([]peer.Fate, error) {
	err := errNobody
	for _, source := range s.following.list() {
		remote, ok := source.(interface {
			Conn() grpc.ClientConnInterface
		})
		if !ok {
			continue
		}
		var fates []peer.Fate
		if fates, err = handOn(ctx, remote.Conn(), envelopes, s.Certify); err == nil {
			return fates, nil
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
	return nil, err
}

// errOutcomes: a door has not answered for each record.
var errOutcomes = errors.New("not as many outcomes as records")

// handOn hands records to a public door. It says how many they are, as all clients of ours do: a door without so much room refuses them unread.
func handOn(ctx context.Context, door grpc.ClientConnInterface, envelopes [][]byte, certify bool) ([]peer.Fate, error) {
	wait := apiv1.Wait_WAIT_COMMITTED
	if certify {
		wait = apiv1.Wait_WAIT_CERTIFIED
	}
	a, err := apigrpc.NewSubmitServiceClient(door).Submit(carries.Tell(ctx, envelopes), &apiv1.SubmitRequest{Envelopes: envelopes, Wait: wait})
	if err != nil {
		return nil, err
	}
	if len(a.GetOutcomes()) != len(envelopes) {
		return nil, errOutcomes
	}
	fates := make([]peer.Fate, len(envelopes))
	for i, o := range a.GetOutcomes() {
		fates[i] = relayed(o)
	}
	return fates, nil
}

// Bounds of what a stranger's sentence may hold.
const (
	maxRelayed     = 16
	maxRelayedText = 1024
)

func relayed(o *apiv1.Outcome) peer.Fate {
	r := o.GetRefused()
	if o.GetAccepted() != nil || r.GetRefusal().GetFinal() {
		return peer.Fate{Ordered: true}
	}
	f := r.GetRefusal()
	if f.GetCode() == 0 || f.GetCode() > 0xFFFF || f.GetAction() > 0xFFFF || reason.Of(reason.Code(f.GetCode())).Final {
		return peer.Fate{Refusal: peer.Unknown()}
	}
	refusal := &rules.Refusal{Reason: reason.Code(f.GetCode()), Action: ledger.WholeRecord, Field: clip(f.GetField())}
	if f.Action != nil {
		refusal.Action = uint16(f.GetAction())
	}
	for _, a := range f.GetArguments()[:min(len(f.GetArguments()), maxRelayed)] {
		refusal.Args = append(refusal.Args, reason.Arg{Name: clip(a.GetName()), Vietnamese: clip(a.GetVietnamese()), English: clip(a.GetEnglish())})
	}
	return peer.Fate{Refusal: refusal}
}

func clip(s string) string { return s[:min(len(s), maxRelayedText)] }
