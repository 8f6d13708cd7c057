package node

import (
	"errors"
	"testing"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/evidence"
)

// TestBrokenPromise: a validator promises and does nothing. Whoever asks any node has evidence as soon as a head past the deadline is certified, and all nodes
// come to hold it.
func TestBrokenPromise(t *testing.T) {
	t.Parallel()
	w := newNetwork(t, 3).start()
	w.certifies(w.nodes...)
	sign := func(p ledger.Promise) *ledger.SignedPromise {
		t.Helper()
		s := &ledger.SignedPromise{Promise: p}
		var err error
		if s.Signature, err = w.Nodes[2].Node.Sign(p.Message()); err != nil {
			t.Fatal(err)
		}
		return s
	}
	h := w.nodes[0]
	at := w.agree()
	promise := ledger.Promise{Chain: w.Genesis.Chain, Receiver: 3, Record: ledger.RecordID{9}, Author: 1, Size: at.Size, Deadline: at.Time}
	check := func(s *ledger.SignedPromise) (*chain.Outcome, []byte) {
		t.Helper()
		kept, broken, _, err := h.CheckPromise(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		return kept, broken
	}
	if kept, broken := check(sign(promise)); kept != nil || broken != nil {
		t.Errorf("before the deadline: %+v, %d bytes", kept, len(broken))
	}
	began := time.Now()
	w.certifies(w.nodes...)
	kept, broken := check(sign(promise))
	if e, err := evidence.Parse(broken); err != nil || kept != nil || e.Breach == nil {
		t.Fatalf("after the deadline: %+v, %v", kept, err)
	}
	w.found(evidence.KindBreach, 3, began, w.nodes...)

	r := w.Register(1, 5000)
	o := h.accepted(r.Envelope)[0]
	w.certifies(w.nodes...)
	promise.Record = r.ID
	if kept, broken := check(sign(promise)); kept == nil || kept.Leaf != o.Leaf || broken != nil {
		t.Errorf("kept: %+v, %d bytes", kept, len(broken))
	}
	forged := sign(promise)
	forged.Signature[3] ^= 1
	promise.Chain[0] ^= 1
	for name, s := range map[string]*ledger.SignedPromise{"forged": forged, "of another ledger": sign(promise)} {
		if _, _, _, err := h.CheckPromise(t.Context(), s); !errors.Is(err, ErrNoPromise) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
