package receipts_test

import (
	"context"
	"runtime"
	"testing"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/chain/chaintest"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/prove"
	"github.com/ocopledger/ocop/ledger/receipt"
	"github.com/ocopledger/ocop/ledger/verify"
	"github.com/ocopledger/ocop/ledger/verify/receipts"
)

// scene is a ledger of the story, its certified head, and a verifier pinned at its genesis.
type scene struct {
	t      testing.TB
	world  *chaintest.World
	ledger *chain.Ledger
	signed *checkpoint.Signed
	policy *ledger.Policy // of the head's block
	now    uint64
}

func pool(t testing.TB) *ident.Pool {
	t.Helper()
	p, err := ident.NewPool(runtime.NumCPU(), 1024)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

func newScene(t testing.TB, w *chaintest.World, drafts ...chaintest.Draft) *scene {
	t.Helper()
	l, err := chain.Open(t.Context(), chain.Options{Dir: t.TempDir(), Genesis: w.Genesis.Bytes(), Verifier: pool(t), NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	s := &scene{t: t, world: w, ledger: l, now: w.Now/1000 + 10}
	s.apply(drafts...)
	return s
}

func story(t testing.TB) *scene {
	w := chaintest.New()
	return newScene(t, w, w.Story()...)
}

func (s *scene) apply(drafts ...chaintest.Draft) {
	s.t.Helper()
	entries := make([]chain.Entry, len(drafts))
	for i, d := range drafts {
		entries[i] = chain.Entry{Index: d.Index, Term: d.Term, Data: d.Data}
	}
	applied, err := s.ledger.Apply(context.Background(), entries)
	if err != nil {
		s.t.Fatal(err)
	}
	for i, a := range applied {
		if a.Bad != nil {
			s.t.Fatalf("draft %d: %v", i, a.Bad)
		}
	}
	s.policy = applied[len(applied)-1].Policy
	s.signed = s.cosign(s.ledger.Head())
}

// cosign signs a head by exactly a quorum of the head's epoch.
func (s *scene) cosign(head ledger.Head) *checkpoint.Signed {
	return chaintest.Cosign(s.policy, head, s.now-10, chaintest.Province, chaintest.Ministry)
}

// trust is pinned at the epoch of the head.
func (s *scene) trust() verify.Trust {
	t, err := verify.NewTrust(s.policy, uint64(chaintest.Start.Unix()), s.now)
	if err != nil {
		s.t.Fatal(err)
	}
	return t
}

func (s *scene) options() receipts.Options {
	return receipts.Options{Trust: s.trust(), MaxAge: 60, Date: chaintest.Today}
}

// make makes a receipt.
func (s *scene) make(with func(prove.Source) (*receipt.Receipt, error)) *receipt.Receipt {
	s.t.Helper()
	var out *receipt.Receipt
	err := s.ledger.View(func(v *chain.View) (err error) {
		out, err = with(v)
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return out
}

func (s *scene) product(id ledger.ProductID) *receipt.Receipt {
	s.t.Helper()
	return s.make(func(v prove.Source) (*receipt.Receipt, error) { return prove.Product(v, s.signed, id, prove.Options{}) })
}

func (s *scene) certificate(id ledger.CertificateID) *receipt.Receipt {
	s.t.Helper()
	return s.make(func(v prove.Source) (*receipt.Receipt, error) {
		return prove.Certificate(v, s.signed, id, prove.Options{})
	})
}

func (s *scene) lot(id ledger.LotID) *receipt.Receipt {
	s.t.Helper()
	return s.make(func(v prove.Source) (*receipt.Receipt, error) { return prove.Lot(v, s.signed, id, prove.Options{}) })
}
