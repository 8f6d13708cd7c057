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
	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/prove"
	"github.com/ocopledger/ocop/ledger/verify"
)

// market is a ledger with two sales of different goods.
type market struct {
	t      *testing.T
	w      *chaintest.World
	ledger *chain.Ledger
	last   chain.Applied // the newest block
	sales  []Sale
}

func newMarket(t *testing.T) *market {
	t.Helper()
	pool, err := ident.NewPool(2, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	m := &market{t: t, w: chaintest.New()}
	m.ledger, err = chain.Open(t.Context(), chain.Options{Dir: t.TempDir(), Genesis: m.w.Genesis.Bytes(), Verifier: pool, NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.ledger.Close() })
	drafts, _ := m.w.Many()
	for _, d := range drafts {
		m.apply(d)
	}
	m.w.Tick(time.Minute)
	for i := range 2 {
		lot := ledger.LotID{Product: ledger.ProductID{Producer: chaintest.Coop, Number: uint32(20 + i)}, Lot: "L-1"}
		certificate := ledger.CertificateID{Decision: ledger.DecisionID{Issuer: chaintest.Province, Year: 2026, Number: "250/QĐ-UBND"}, Item: uint16(20 + i)}
		m.record(m.w.Sign(chaintest.Coop, chaintest.Lot(lot, 1_000, chaintest.Today, 0)))
		r := m.w.Sign(chaintest.Coop, chaintest.Retail(m.w.Goods(lot, 1, certificate)))
		m.record(r)
		sale, err := SaleOf(r.Envelope)
		if err != nil || sale != (Sale{r.ID, lot, certificate}) {
			t.Fatalf("%v: %+v", err, sale)
		}
		m.sales = append(m.sales, sale)
	}
	return m
}

func (m *market) apply(d chaintest.Draft) {
	m.t.Helper()
	applied, err := m.ledger.Apply(context.Background(), []chain.Entry{{Index: d.Index, Term: d.Term, Data: d.Data}})
	if err != nil || applied[0].Bad != nil {
		m.t.Fatalf("%v, %+v", err, applied)
	}
	m.last = applied[0]
}

func (m *market) record(r *compose.Signed) {
	m.t.Helper()
	data := m.w.Draft(r)
	m.apply(chaintest.Draft{Index: m.w.Index, Term: m.w.Term, Data: data})
	m.w.Tick(time.Second)
}

// rotate ends the policy epoch, and returns the handover file.
func (m *market) rotate() []byte {
	m.t.Helper()
	m.record(m.w.Sign(chaintest.Province, m.w.Rotate(chaintest.Province, "1", "")))
	h := &checkpoint.Handover{Policy: m.ledger.Policy(), Checkpoint: chaintest.Cosign(m.last.Policy, m.last.Head, m.last.Head.Time/1000)}
	if err := m.ledger.View(func(v *chain.View) error {
		seal, path, err := prove.Seal(v, h.Checkpoint)
		if err != nil {
			return err
		}
		h.Seal, h.Path = seal.Append(nil), path
		return nil
	}); err != nil || !m.last.Ends {
		m.t.Fatalf("%v, %+v", err, m.last)
	}
	return h.Append(nil)
}

// answers are what answers every question about a sale, of whoever is pinned at an epoch, under the newest head.
func (m *market) answers(s *Sale, epoch uint32, handovers ...[]byte) (kept []Kept) {
	m.t.Helper()
	list, err := Questions([]Sale{*s}, Kinds(), epoch)
	if err != nil {
		m.t.Fatal(err)
	}
	signed := chaintest.Cosign(m.last.Policy, m.ledger.Head(), m.w.Now/1000, chaintest.Province, chaintest.Ministry) // a quorum; the first one's key is that of the epoch alone
	if err := m.ledger.View(func(v *chain.View) error {
		for k := range list {
			file, err := made(v, signed, list[k].Kind, s, prove.Options{Handovers: handovers})
			if err != nil {
				return err
			}
			kept = append(kept, Kept{&list[k], file})
		}
		return nil
	}); err != nil {
		m.t.Fatal(err)
	}
	return kept
}

// trust is of who believes the newest block's epoch, and verifies a while later.
func (m *market) trust() verify.Trust {
	m.t.Helper()
	trust, err := verify.NewTrust(m.last.Policy, uint64(chaintest.Start.Unix()), m.w.Now/1000+60)
	if err != nil {
		m.t.Fatal(err)
	}
	return trust
}

// made is the file that a node makes.
func made(v *chain.View, signed *checkpoint.Signed, kind Kind, s *Sale, o prove.Options) ([]byte, error) {
	c := prove.NewCache(1 << 20)
	switch kind {
	case Product:
		return c.Product(v, signed, s.Lot.Product, o)
	case Certificate:
		return c.Certificate(v, signed, s.Certificate, o)
	case Lot:
		return c.Lot(v, signed, s.Lot, o)
	}
	outcome, _, err := v.Record(s.Record)
	if err != nil {
		return nil, err
	}
	if kind == Action {
		return c.Action(v, signed, outcome.Leaf, 0, o)
	}
	p, err := prove.Record(v, signed, outcome.Leaf)
	if err != nil {
		return nil, err
	}
	return p.Append(nil), nil
}

// TestCheck: what nodes make for each kind of question is taken; the answer to another question is not, nor one in which a byte differs, nor what somebody who is not
// believed has signed.
func TestCheck(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	trust := m.trust()
	kept := [][]Kept{m.answers(&m.sales[0], trust.Policy.Number), m.answers(&m.sales[1], trust.Policy.Number)}
	both := append(kept[0][:len(kept[0]):len(kept[0])], kept[1]...)
	if wrong, err := CheckAll(t.Context(), both, trust, nil, 2); err != nil || len(wrong) > 0 {
		t.Fatalf("%v, %v", err, wrong)
	}
	stranger := trust
	stranger.Policy = chaintest.NewAt(chaintest.Start.Add(time.Hour)).Genesis.Policy()
	for i := range kept[0] {
		k, other := &kept[0][i], &kept[1][i]
		err := Check(t.Context(), &Kept{k.Question, other.File}, trust, nil)
		if !errors.Is(err, ErrOther) && !verify.Failed(err, verify.WordSubject) {
			t.Errorf("the receipt of %v is taken for that of %v: %v", other.Question, k.Question, err)
		}
		for _, at := range []int{len(k.File) / 3, len(k.File) / 2, len(k.File) - 2} {
			bad := bytes.Clone(k.File)
			bad[at] ^= 1
			if Check(t.Context(), &Kept{k.Question, bad}, trust, nil) == nil {
				t.Errorf("the receipt of %v is taken with byte %d changed", k.Question, at)
			}
		}
		if Check(t.Context(), k, stranger, nil) == nil {
			t.Errorf("the receipt of %v is taken whoever signed it", k.Question)
		}
	}
	both[3].File = kept[1][3].File
	both[7].File = nil
	if wrong, err := CheckAll(t.Context(), both, trust, nil, 2); err != nil || len(wrong) != 2 || wrong[0].Question != both[3].Question || wrong[1].Question != both[7].Question {
		t.Errorf("%v, %v", err, wrong)
	}
}

// TestCheckAcrossEpochs: a receipt counts under the epoch of its own head, whether that began before it was asked for or afterwards; without the handovers there is
// nothing that leads from the epoch believed to a record's receipt.
func TestCheckAcrossEpochs(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	trust := m.trust()
	before := m.answers(&m.sales[0], trust.Policy.Number)
	handover := m.rotate()
	m.record(m.w.Sign(chaintest.Coop, chaintest.Retail(m.w.Goods(m.sales[0].Lot, 1, m.sales[0].Certificate))))
	if m.last.Policy.Number != trust.Policy.Number+1 {
		t.Fatalf("epoch %d after %d", m.last.Policy.Number, trust.Policy.Number)
	}
	after := m.answers(&m.sales[1], trust.Policy.Number, handover)
	trust.Now = m.w.Now/1000 + 60
	both := append(before[:len(before):len(before)], after...)
	if wrong, err := CheckAll(t.Context(), both, trust, [][]byte{handover}, 2); err != nil || len(wrong) > 0 {
		t.Errorf("%v, %v", err, wrong)
	}
	wrong, err := CheckAll(t.Context(), both, trust, nil, 2)
	if err != nil || len(wrong) != 1 || wrong[0].Question.Kind != Record || wrong[0].Question.Record != m.sales[1].Record {
		t.Errorf("without handovers: %v, %v", err, wrong)
	}
	forged := bytes.Clone(handover)
	forged[len(forged)-40] ^= 1
	if wrong, err := CheckAll(t.Context(), after, trust, [][]byte{forged}, 2); err != nil || len(wrong) != 1 || wrong[0].Question.Kind != Record {
		t.Errorf("with a handover that nobody signed: %v, %v", err, wrong)
	}
}
