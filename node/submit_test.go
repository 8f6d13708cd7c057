package node

import (
	"testing"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/reason"
	"github.com/ocopledger/ocop/node/admit"
)

// Who waited for a refusal that is recorded is told it with its values, also when the ledger is looked at first; afterwards there are none.
func TestRefusalsAreToldWithTheirValues(t *testing.T) {
	t.Parallel()
	w := newNetwork(t, 1).start()
	h := w.leader()
	good, taken := w.Register(1, 1), w.RegisterAt(1, 1, time.Now().Add(-time.Minute))
	e, err := ledger.ParseEnvelope(taken.Envelope)
	if err != nil {
		t.Fatal(err)
	}
	s := h.newSubmission([]admit.Record{{Bytes: taken.Envelope, Envelope: e}})
	defer s.waiter.end()
	if _, err := h.batch.Submit(t.Context(), [][]byte{good.Envelope, taken.Envelope}, false); err != nil { // past the leader's own look
		t.Fatal(err)
	}
	if err := s.lookUp(all); err != nil {
		t.Fatal(err)
	}
	if o := s.outcomes[0]; o.Status != chain.Refused || o.Refusal.Reason != reason.AccountTaken || len(o.Refusal.Args) == 0 {
		t.Errorf("told %+v, %v", o, o.Refusal)
	}
	if o := h.submit(taken.Envelope)[0]; !o.Duplicate || o.Status != chain.Refused || len(o.Refusal.Args) != 0 {
		t.Errorf("told again %+v, %v", o, o.Refusal)
	}
}
