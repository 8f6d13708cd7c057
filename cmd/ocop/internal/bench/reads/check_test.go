package reads

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/chain/chaintest"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/prove"
	"github.com/ocopledger/ocop/ledger/verify"
)

// sold is a ledger with two sales of different goods, what answers the questions about each, and who verifies.
func sold(t *testing.T) (kept [2][]Kept, trust verify.Trust) {
	t.Helper()
	pool, err := ident.NewPool(2, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	w := chaintest.New()
	l, err := chain.Open(t.Context(), chain.Options{Dir: t.TempDir(), Genesis: w.Genesis.Bytes(), Verifier: pool, NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	var policy *ledger.Policy
	apply := func(d chaintest.Draft) {
		t.Helper()
		applied, err := l.Apply(context.Background(), []chain.Entry{{Index: d.Index, Term: d.Term, Data: d.Data}})
		if err != nil || applied[0].Bad != nil {
			t.Fatalf("%v, %+v", err, applied)
		}
		policy = applied[0].Policy
	}
	record := func(data []byte) { apply(chaintest.Draft{Index: w.Index, Term: w.Term, Data: data}) }
	drafts, _ := w.Many()
	for _, d := range drafts {
		apply(d)
	}
	w.Tick(time.Minute)
	var all []Sale
	for i := range kept {
		lot := ledger.LotID{Product: ledger.ProductID{Producer: chaintest.Coop, Number: uint32(20 + i)}, Lot: "L-1"}
		certificate := ledger.CertificateID{Decision: ledger.DecisionID{Issuer: chaintest.Province, Year: 2026, Number: "250/QĐ-UBND"}, Item: uint16(20 + i)}
		record(w.Draft(w.Sign(chaintest.Coop, chaintest.Lot(lot, 1_000, chaintest.Today, 0))))
		w.Tick(time.Second)
		r := w.Sign(chaintest.Coop, chaintest.Retail(w.Goods(lot, 1, certificate)))
		record(w.Draft(r))
		sale, err := SaleOf(r.Envelope)
		if err != nil || sale != (Sale{r.ID, lot, certificate}) {
			t.Fatalf("%v: %+v", err, sale)
		}
		all = append(all, sale)
	}
	signed := chaintest.Cosign(policy, l.Head(), w.Now/1000)
	for i := range kept {
		list, err := Questions(all[i:i+1], Kinds(), policy.Number)
		if err != nil {
			t.Fatal(err)
		}
		if err := l.View(func(v *chain.View) error {
			for k := range list {
				file, err := made(v, signed, list[k].Kind, &all[i])
				if err != nil {
					return err
				}
				kept[i] = append(kept[i], Kept{&list[k], file})
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	if trust, err = verify.NewTrust(policy, uint64(chaintest.Start.Unix()), w.Now/1000+10); err != nil {
		t.Fatal(err)
	}
	return kept, trust
}

// made is the file that a node makes.
func made(v *chain.View, signed *checkpoint.Signed, kind Kind, s *Sale) ([]byte, error) {
	c := prove.NewCache(1 << 20)
	switch kind {
	case Product:
		return c.Product(v, signed, s.Lot.Product, prove.Options{})
	case Certificate:
		return c.Certificate(v, signed, s.Certificate, prove.Options{})
	case Lot:
		return c.Lot(v, signed, s.Lot, prove.Options{})
	}
	o, _, err := v.Record(s.Record)
	if err != nil {
		return nil, err
	}
	if kind == Action {
		return c.Action(v, signed, o.Leaf, 0, prove.Options{})
	}
	p, err := prove.Record(v, signed, o.Leaf)
	if err != nil {
		return nil, err
	}
	return p.Append(nil), nil
}

// TestCheck: what nodes make for each kind of question is taken; the answer to another question is not, nor one in which a byte differs, nor what somebody who is not
// believed has signed.
func TestCheck(t *testing.T) {
	t.Parallel()
	kept, trust := sold(t)
	both := append(kept[0][:len(kept[0]):len(kept[0])], kept[1]...)
	if wrong, err := CheckAll(t.Context(), both, trust, 2); err != nil || len(wrong) > 0 {
		t.Fatalf("%v, %v", err, wrong)
	}
	stranger := trust
	stranger.Policy = chaintest.NewAt(chaintest.Start.Add(time.Hour)).Genesis.Policy()
	for i := range kept[0] {
		k, other := &kept[0][i], &kept[1][i]
		err := Check(t.Context(), &Kept{k.Question, other.File}, trust)
		if !errors.Is(err, ErrOther) && !verify.Failed(err, verify.WordSubject) {
			t.Errorf("the receipt of %v is taken for that of %v: %v", other.Question, k.Question, err)
		}
		for _, at := range []int{len(k.File) / 3, len(k.File) / 2, len(k.File) - 2} {
			bad := bytes.Clone(k.File)
			bad[at] ^= 1
			if Check(t.Context(), &Kept{k.Question, bad}, trust) == nil {
				t.Errorf("the receipt of %v is taken with byte %d changed", k.Question, at)
			}
		}
		if Check(t.Context(), k, stranger) == nil {
			t.Errorf("the receipt of %v is taken whoever signed it", k.Question)
		}
	}
	both[3].File = kept[1][3].File
	both[7].File = nil
	if wrong, err := CheckAll(t.Context(), both, trust, 2); err != nil || len(wrong) != 2 || wrong[0].Question != both[3].Question || wrong[1].Question != both[7].Question {
		t.Errorf("%v, %v", err, wrong)
	}
}
