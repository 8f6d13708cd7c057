package prove_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	. "github.com/ocopledger/ocop/ledger/chain/chaintest"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/prove"
	"github.com/ocopledger/ocop/ledger/receipt"
	"github.com/ocopledger/ocop/ledger/subject"
)

// grown is a ledger with the heads it had, all of which can be viewed.
func grown(t *testing.T, w *World, drafts []Draft) (l *chain.Ledger, heads []*checkpoint.Signed) {
	t.Helper()
	pool, err := ident.NewPool(runtime.NumCPU(), 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	l, err = chain.Open(t.Context(), chain.Options{Dir: t.TempDir(), Genesis: w.Genesis.Bytes(), Verifier: pool, NoSync: true, Roots: 2 * len(drafts), FlushRecords: 50})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	heads = append(heads, Cosign(l.Policy(), l.Head(), w.Now/1000))
	for _, d := range drafts {
		applied, err := l.Apply(t.Context(), []chain.Entry{{Index: d.Index, Term: d.Term, Data: d.Data}})
		if err != nil {
			t.Fatal(err)
		}
		if applied[0].Sealed {
			heads = append(heads, Cosign(applied[0].Policy, l.Head(), w.Now/1000))
		}
	}
	return l, heads
}

// shownOf makes the file of a subject's receipt, fresh and from a cache.
func shownOf(v *chain.View, c *prove.Cache, signed *checkpoint.Signed, id subject.ID, o prove.Options) (fresh, cached []byte, err, cachedErr error) {
	var r *receipt.Receipt
	switch id.Kind {
	case subject.KindProduct:
		p, _ := id.ProductID()
		r, err = prove.Product(v, signed, p, o)
		cached, cachedErr = c.Product(v, signed, p, o)
	case subject.KindCertificate:
		p, _ := id.CertificateID()
		r, err = prove.Certificate(v, signed, p, o)
		cached, cachedErr = c.Certificate(v, signed, p, o)
	default:
		p, _ := id.LotID()
		r, err = prove.Lot(v, signed, p, o)
		cached, cachedErr = c.Lot(v, signed, p, o)
	}
	if err == nil {
		fresh = r.Append(nil)
	}
	return fresh, cached, err, cachedErr
}

// same compares what a cache makes of a subject with what is made without one.
func same(v *chain.View, c *prove.Cache, signed *checkpoint.Signed, id subject.ID, o prove.Options) error {
	fresh, cached, err, cachedErr := shownOf(v, c, signed, id, o)
	if fmt.Sprint(err) != fmt.Sprint(cachedErr) || !bytes.Equal(fresh, cached) {
		return fmt.Errorf("%v at %d: %d bytes (%v), %d from the cache (%v)", id, v.Head().Height, len(fresh), err, len(cached), cachedErr)
	}
	return nil
}

// certified lists everything there can be a receipt of.
func certified(t *testing.T, l *chain.Ledger) (all []subject.ID) {
	t.Helper()
	if err := l.View(func(v *chain.View) error {
		for _, kind := range []subject.Kind{subject.KindProduct, subject.KindCertificate, subject.KindLot} {
			ids, err := v.Subjects(kind, "", 1000)
			if err != nil {
				return err
			}
			all = append(all, ids...)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return all
}

// A receipt from a cache is byte for byte the one made anew, at every head, in whatever order heads and subjects are asked for, and however much is remembered.
func TestCachedReceiptsAreTheSame(t *testing.T) {
	for seed, most := range []int{0, 40_000, 1 << 20, 64 << 20} {
		r := rand.New(rand.NewPCG(uint64(seed), 11))
		market := NewMarket(uint64(seed))
		l, heads := grown(t, market.World, append(market.Story, market.Drafts(20, 8)...))
		all := certified(t, l)
		c := prove.NewCache(most)
		for i := range 400 {
			height := min(i*len(heads)/300, len(heads)-1) // first as the ledger grew, then anywhere
			if i > 300 {
				height = r.IntN(len(heads))
			}
			if err := l.ViewAt(uint64(height), func(v *chain.View) error {
				for range 4 {
					var o prove.Options
					if r.IntN(4) == 0 {
						o.AsOf = new(uint64(r.IntN(height + 2)))
						o.Handovers = [][]byte{{1, 2, 3}}
					}
					if err := same(v, c, heads[height], all[r.IntN(len(all))], o); err != nil {
						return err
					}
				}
				return same(v, c, heads[height], subject.Product(Coffee), prove.Options{})
			}); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// The receipt of an action from a cache is the one made anew, whatever heights and authors were asked for before; so is what there is none of.
func TestCachedActionsAreTheSame(t *testing.T) {
	for seed, most := range []int{0, 20_000, 64 << 20} {
		r := rand.New(rand.NewPCG(uint64(seed), 17))
		market := NewMarket(uint64(seed))
		l, heads := grown(t, market.World, append(market.Story, market.Drafts(20, 8)...))
		c := prove.NewCache(most)
		for i := range 600 {
			height := min(i*len(heads)/400, len(heads)-1)
			if i > 400 {
				height = r.IntN(len(heads))
			}
			signed := heads[height]
			if err := l.ViewAt(uint64(height), func(v *chain.View) error {
				leaf, number := r.Uint64N(signed.Tree.Size), uint16(r.IntN(2)*r.IntN(3))
				var fresh []byte
				want, err := prove.Action(v, signed, leaf, number, prove.Options{})
				if err == nil {
					fresh = want.Append(nil)
				}
				cached, cachedErr := c.Action(v, signed, leaf, number, prove.Options{})
				if fmt.Sprint(err) != fmt.Sprint(cachedErr) || !bytes.Equal(fresh, cached) {
					return fmt.Errorf("action %d of leaf %d at %d: %d bytes (%v), %d from the cache (%v)", number, leaf, height, len(fresh), err, len(cached), cachedErr)
				}
				return nil
			}); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// Many who ask for the same products at different heads at once get each the receipt of their head.
func TestManyReadersOfOneCache(t *testing.T) {
	w := New()
	l, heads := grown(t, w, w.Story())
	all := certified(t, l)
	c := prove.NewCache(1 << 20)
	var readers sync.WaitGroup
	for n := range 4 {
		readers.Go(func() {
			r := rand.New(rand.NewPCG(uint64(n), 3))
			for range 60 {
				height := r.IntN(len(heads))
				if err := l.ViewAt(uint64(height), func(v *chain.View) error {
					return same(v, c, heads[height], all[r.IntN(min(3, len(all)))], prove.Options{})
				}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	readers.Wait()
}

// A head that is not the source's is refused by a cache that holds everything, too.
func TestCacheOfAnotherHead(t *testing.T) {
	w := New()
	l, heads := grown(t, w, w.Story())
	c := prove.NewCache(1 << 20)
	newest := heads[len(heads)-1]
	if err := l.View(func(v *chain.View) error {
		if err := same(v, c, newest, subject.Product(Coffee), prove.Options{}); err != nil {
			return err
		}
		other := *newest
		other.Tree.Root = ledger.Hash{1}
		if err := same(v, c, &other, subject.Product(Coffee), prove.Options{}); err != nil {
			return err
		}
		return same(v, c, heads[3], subject.Product(Coffee), prove.Options{})
	}); err != nil {
		t.Error(err)
	}
}
