package node

import (
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/node/keys"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// rotate draws the next key of a purpose for a host, in its directory, while it runs, and gives the record that names it.
func (h *host) rotate(purpose ident.Purpose) (key *ident.Ed25519PrivateKey, record []byte) {
	h.net.t.Helper()
	dir := filepath.Join(h.dir, "keys")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		h.net.t.Fatal(err)
	}
	h.writeKeys(dir)
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
	action := new(recordv1.RotateValidator)
	if next := (&recordv1.ValidatorKey{PublicKey: public[:], Proof: proof[:]}); purpose == ident.PurposeNode {
		action.Node = next
	} else {
		action.Cosigner = next
	}
	return key, h.net.Record(h.agency, time.Now(), compose.Act(action)).Envelope
}

// writeKeys puts the keys that a host is made with where a node keeps them.
func (h *host) writeKeys(dir string) {
	h.net.t.Helper()
	set := h.net.Nodes[h.agency-1]
	for purpose, key := range map[ident.Purpose]*ident.Ed25519PrivateKey{ident.PurposeNode: set.Node, ident.PurposeCosigner: set.Cosigner} {
		seed := key.Secret()
		line := fmt.Sprintf("ocop %s %x %s\n", purpose, seed, key.Public())
		if err := os.WriteFile(filepath.Join(dir, purpose.String()+".key"), []byte(line), 0o600); err != nil {
			h.net.t.Fatal(err)
		}
	}
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
	key, record := leader.rotate(ident.PurposeNode)
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
