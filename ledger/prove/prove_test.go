package prove_test

import (
	"errors"
	"runtime"
	"testing"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	. "github.com/ocopledger/ocop/ledger/chain/chaintest"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/merkle"
	"github.com/ocopledger/ocop/ledger/prove"
	"github.com/ocopledger/ocop/ledger/receipt"
)

// What is made is checked by the tests of ledger/verify/receipts; here is what cannot be made.

func open(t *testing.T) (*chain.Ledger, *checkpoint.Signed) {
	t.Helper()
	pool, err := ident.NewPool(runtime.NumCPU(), 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	w := New()
	l, err := chain.Open(t.Context(), chain.Options{Dir: t.TempDir(), Genesis: w.Genesis.Bytes(), Verifier: pool, NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	var last chain.Applied
	for _, d := range w.Story() {
		applied, err := l.Apply(t.Context(), []chain.Entry{{Index: d.Index, Term: d.Term, Data: d.Data}})
		if err != nil {
			t.Fatal(err)
		}
		last = applied[0]
	}
	return l, Cosign(last.Policy, l.Head(), w.Now/1000)
}

func TestWhatCannotBeMade(t *testing.T) {
	l, signed := open(t)
	earlier := *signed
	earlier.Tree.Size--
	high := l.Head().Height + 1
	if err := l.View(func(v *chain.View) error {
		none := func(_ *receipt.Receipt, err error) error { return err }
		for name, row := range map[string]struct {
			err, want error
		}{
			"unknown product":         {none(prove.Product(v, signed, ledger.ProductID{Producer: Coop, Number: 99}, prove.Options{})), prove.ErrNotFound},
			"unknown certificate":     {none(prove.Certificate(v, signed, ledger.CertificateID{Decision: Old, Item: 9}, prove.Options{})), prove.ErrNotFound},
			"unknown lot":             {none(prove.Lot(v, signed, ledger.LotID{Product: Coffee, Lot: "none"}, prove.Options{})), prove.ErrNotFound},
			"another head":            {none(prove.Product(v, &earlier, Coffee, prove.Options{})), prove.ErrHead},
			"a height to come":        {none(prove.Product(v, signed, Coffee, prove.Options{AsOf: &high})), prove.ErrHead},
			"an action it has not":    {none(prove.Action(v, signed, 1, 2, prove.Options{})), prove.ErrNotFound},
			"an action of a seal":     {none(prove.Action(v, signed, 0, 0, prove.Options{})), prove.ErrCorrupt},
			"an action under another": {none(prove.Action(v, &earlier, 1, 0, prove.Options{})), prove.ErrHead},
		} {
			if !errors.Is(row.err, row.want) {
				t.Errorf("%s: %v, want %v", name, row.err, row.want)
			}
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
}

func TestConsistency(t *testing.T) {
	l, signed := open(t)
	if err := l.View(func(v *chain.View) error {
		hashes, err := v.Hashes()
		if err != nil {
			return err
		}
		for older := range signed.Tree.Size {
			frontier, err := merkle.ReadFrontier(hashes, older)
			if err != nil {
				return err
			}
			proof, err := prove.Consistency(v, older, signed.Tree.Size)
			if err != nil {
				return err
			}
			if err := merkle.Log.CheckConsistency(proof, older, frontier.Root(merkle.Log), signed.Tree.Size, signed.Tree.Root); err != nil {
				t.Errorf("%d: %v", older, err)
			}
		}
		for _, sizes := range [][2]uint64{{2, 1}, {1, signed.Tree.Size + 1}} {
			if _, err := prove.Consistency(v, sizes[0], sizes[1]); !errors.Is(err, prove.ErrHead) {
				t.Errorf("%v: %v", sizes, err)
			}
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
}
