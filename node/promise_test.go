package node

import (
	"slices"
	"testing"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/ledger/reason"
)

// becomes waits for the outcome of a record by a host's own ledger.
func (h *host) becomes(id ledger.RecordID) (o chain.Outcome) {
	h.net.t.Helper()
	h.net.eventually("the record has an outcome", func() (ok bool) {
		err := h.Ledger().View(func(v *chain.View) (err error) {
			o, ok, err = v.Record(id)
			return err
		})
		if err != nil {
			h.net.t.Fatal(err)
		}
		return ok
	})
	return o
}

func (h *host) promises(envelopes ...[]byte) ([]chain.Outcome, []*ledger.SignedPromise) {
	h.net.t.Helper()
	outcomes, promises, err := h.Promise(h.net.t.Context(), envelopes)
	if err != nil {
		h.net.t.Fatal(err)
	}
	return outcomes, promises
}

// TestPromisesAreKept: whoever promises, and whatever else happens, the ledger holds the record: accepted, or refused.
func TestPromisesAreKept(t *testing.T) {
	t.Parallel()
	w := newNetwork(t, 3).start()
	w.certifies(w.nodes...)
	for i, h := range []*host{w.leader(), w.follower()} {
		one, other := w.RegisterAt(1, 2000+i, time.Now()), w.RegisterAt(1, 2000+i, time.Now().Add(time.Millisecond)) // of one account: one of them is too late
		before := time.Now()
		_, _, _, certified := h.Certified()
		outcomes, promises := h.promises(one.Envelope, other.Envelope, one.Envelope)
		for j, r := range []*compose.Signed{one, other, one} {
			p := promises[j]
			if p == nil || outcomes[j].Refusal.Reason != reason.UnknownOutcome {
				t.Fatalf("node %v, record %d: %+v, %+v", h.agency, j, p, outcomes[j])
			}
			v, _ := h.Ledger().Policy().Validator(h.agency)
			if err := v.NodeKey.Verify(p.Promise.Message(), p.Signature); err != nil {
				t.Error(err)
			}
			span := time.UnixMilli(int64(p.Promise.Deadline)).Sub(before)
			if q := p.Promise; q.Record != r.ID || q.Author != 1 || q.Receiver != h.agency || q.Chain != w.Genesis.Chain || q.Size < certified.Tree.Size || span < promiseSpan-time.Second {
				t.Errorf("promise %+v", q)
			}
		}
		if *promises[0] != *promises[2] {
			t.Error("two promises for one record")
		}
		kept := []chain.Status{h.becomes(one.ID).Status, h.becomes(other.ID).Status}
		if slices.Sort(kept); !slices.Equal(kept, []chain.Status{chain.Accepted, chain.Refused}) {
			t.Errorf("node %v: %v", h.agency, kept)
		}
		if again, p := h.promises(one.Envelope); p[0] != nil || !again[0].Duplicate {
			t.Errorf("promised again: %+v", again[0])
		}
		w.eventually("nothing is owed", func() bool {
			open, made, missed := h.Node.promises.count()
			return open == 0 && made == 2 && missed == 0
		})
	}
}

// TestPromiseOutlivesItsLeader: a record that was on its way to a leader that stops is ordered by the next.
func TestPromiseOutlivesItsLeader(t *testing.T) {
	t.Parallel()
	w := newNetwork(t, 3).start()
	w.certifies(w.nodes...)
	leader, h := w.leader(), w.follower()
	r := w.Register(1, 3000)
	if _, promises := h.promises(r.Envelope); promises[0] == nil {
		t.Fatal("no promise")
	}
	leader.stop()
	if o := h.becomes(r.ID); o.Status != chain.Accepted {
		t.Errorf("%+v", o)
	}
}

func TestNoPromise(t *testing.T) {
	t.Parallel()
	w := newNetwork(t, 3)
	w.nodes[0].start()
	h := w.nodes[0]
	w.eventually("it runs", func() bool { _, _, err := h.Promise(t.Context(), nil); return err == nil })
	want := func(name string, record *compose.Signed, code reason.Code) {
		t.Helper()
		outcomes, promises := h.promises(record.Envelope)
		if promises[0] != nil || outcomes[0].Status != chain.Rejected || outcomes[0].Refusal.Reason != code {
			t.Errorf("%s: %+v, %+v", name, promises[0], outcomes[0])
		}
	}
	want("without a leader", w.Register(1, 1), reason.NoLeader)
	w.start().certifies(w.nodes...)
	w.leader()
	want("of nothing that is registered", w.Product(1, 77), reason.UnknownAccount)
	soon := w.RegisterAt(1, 1, time.Now().Add(-compose.AtOnce+promiseSpan/2))
	want("that expires soon", soon, reason.UnknownOutcome)
	h.Node.promises.records = maxPromised
	want("with too much promised", w.Register(1, 2), reason.UnknownOutcome)
	h.Node.promises.records, h.Node.promises.bytes = 0, maxPromisedBytes
	want("with too many bytes promised", w.Register(1, 2), reason.UnknownOutcome)
	h.Node.promises.bytes = 0
	if outcomes, promises := h.promises([]byte("no record")); promises[0] != nil || outcomes[0].Refusal == nil {
		t.Errorf("no record: %+v, %+v", promises[0], outcomes[0])
	}
	if _, _, err := h.Promise(t.Context(), make([][]byte, MaxSubmit+1)); err == nil {
		t.Error("too much is taken")
	}
}
