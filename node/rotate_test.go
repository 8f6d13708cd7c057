package node

import (
	"crypto/rand"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/store"
	"github.com/ocopledger/ocop/node/cosign"
	"github.com/ocopledger/ocop/node/keys"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// rotateKey draws the next node or cosigner key of a host, in its directory, while it runs, and gives the record that names it.
func (h *host) rotateKey(purpose ident.Purpose) (key *ident.Ed25519PrivateKey, record []byte) {
	h.net.t.Helper()
	dir := filepath.Join(h.dir, "keys")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		h.net.t.Fatal(err)
	}
	key, _, err := keys.CreateNext(dir, rand.Reader, purpose)
	if err != nil {
		h.net.t.Fatal(err)
	}
	v, _ := h.Ledger().Policy().Validator(h.agency)
	place := ident.ValidatorPossession{Chain: h.net.Genesis.Chain, Agency: uint64(h.agency), Purpose: purpose, CosignerName: v.CosignerName}
	proof, err := place.Prove(key)
	if err != nil {
		h.net.t.Fatal(err)
	}
	public := key.Public()
	next := &recordv1.ValidatorKey{PublicKey: public[:], Proof: proof[:]}
	action := &recordv1.RotateValidator{Node: next}
	if purpose == ident.PurposeCosigner {
		action = &recordv1.RotateValidator{Cosigner: next}
	}
	return key, h.net.Record(h.agency, time.Now(), compose.Act(action)).Envelope
}

// seal is the seal of a host's newest block.
func (h *host) seal() (s *ledger.Seal) {
	h.net.t.Helper()
	err := h.Ledger().View(func(v *chain.View) error {
		leaf, err := v.Leaf(v.Head().Size - 1)
		if err == nil {
			s, err = ledger.ParseSeal(leaf)
		}
		return err
	})
	if err != nil {
		h.net.t.Fatal(err)
	}
	return s
}

// TestNodeKeyIsRotatedInOffice: the leader's agency rotates its node key; the leader goes on in the same term with the new key, and every node takes its drafts.
func TestNodeKeyIsRotatedInOffice(t *testing.T) {
	t.Parallel()
	w := newNetwork(t, 3).start()
	w.nodes[0].accepted(w.Register(1, 1).Envelope)
	leader := w.leader()
	key, record := leader.rotateKey(ident.PurposeNode)
	for i := range 3 {
		w.nodes[i].accepted(w.Register(2, i+1).Envelope)
	}
	leader.accepted(record)
	for i := range 6 {
		w.nodes[i%3].accepted(w.Register(3, i+1).Envelope)
	}
	w.agree()
	for _, h := range w.nodes {
		if p := h.Ledger().Policy(); p.Number != 1 || h.Ledger().Epoch().Number != 1 {
			t.Errorf("node %v is in epoch %d", h.agency, p.Number)
		}
	}
	if s := leader.seal(); s.Draft.Proposer == leader.agency {
		if err := key.Public().Verify(s.Draft.Message(), s.Signature); err != nil {
			t.Errorf("the newest draft is not signed with the new key: %v", err)
		}
	}
	// A node that comes back finds its place with a key that genesis does not name.
	leader.stop()
	for _, h := range w.running() {
		h.accepted(w.Register(1, int(h.agency)+10).Envelope)
	}
	leader.start()
	leader.accepted(w.Register(1, 20).Envelope)
	w.agree()
}

// TestCosignerKeyIsRotated: the head of the rotation is certified with the old keys, those after it with the new one, by all who were there, who start again, and
// who have lost what was certified.
func TestCosignerKeyIsRotated(t *testing.T) {
	t.Parallel()
	w := newNetwork(t, 3).start()
	n := 0
	on := func(epoch uint32) {
		t.Helper()
		for _, h := range w.running() {
			n++
			h.accepted(w.Register(1, n).Envelope)
		}
		w.certified()
		w.eventually("everyone signs in the new epoch", func() bool {
			for _, h := range w.nodes {
				_, policy, _, c := h.Certified()
				if s := h.Status().Cosign; policy.Number != epoch || len(c.Validators) != 3 || s.State != cosign.Signing || s.Conflicts != 0 {
					return false
				}
			}
			return true
		})
		for _, h := range w.nodes {
			for e := range epoch {
				end, err := h.heads.store.End(e)
				if err != nil || !end.Ends || end.Epoch != e {
					t.Errorf("node %v: end of epoch %d: %+v, %v", h.agency, e, end, err)
				}
			}
		}
	}
	on(0)
	for i, h := range []*host{w.nodes[1], w.nodes[2], w.nodes[1]} {
		if i == 2 { // the key of genesis is destroyed by now
			h.stop()
			set := w.Nodes[h.agency-1]
			set.Cosigner, set.NextCosigner = set.NextCosigner, nil
			if err := os.Remove(filepath.Join(h.dir, "keys", "cosigner.next.key")); err != nil {
				t.Fatal(err)
			}
			h.start()
			on(2)
		}
		key, record := h.rotateKey(ident.PurposeCosigner)
		h.accepted(record)
		on(uint32(i + 1))
		if v, _ := h.Ledger().Policy().Validator(h.agency); v.CosignerKey != key.Public() {
			t.Errorf("the policy of epoch %d has another key", i+1)
		}
	}
	for _, h := range w.nodes {
		h.stop()
	}
	w.start()
	on(3)
	h := w.nodes[0]
	h.stop()
	if err := os.Remove(filepath.Join(h.dir, "data", store.HeadsFile)); err != nil {
		t.Fatal(err)
	}
	h.start()
	on(3)
}
