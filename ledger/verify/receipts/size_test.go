package receipts_test

import (
	"crypto/sha256"
	"fmt"
	"testing"
	"time"

	"github.com/ocopledger/ocop/ledger"
	. "github.com/ocopledger/ocop/ledger/chain/chaintest"
	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/ledger/merkle"
	"github.com/ocopledger/ocop/ledger/prove"
	"github.com/ocopledger/ocop/ledger/statemap"
	"github.com/ocopledger/ocop/ledger/verify/receipts"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// maxTypical is what the receipt of a product with twenty records in its closure may take.
const maxTypical = 20_000

const (
	manyProducts   = 250
	closureRecords = 20
)

var big = ledger.DecisionID{Issuer: Province, Year: 2026, Number: "250/QĐ-UBND"}

// many is a ledger on which one Decision certified 250 products, one of which then has twenty records in its closure: renewals, corrections of everything,
// changes of keys.
func many(t testing.TB) (*scene, ledger.ProductID) {
	w := New()
	var drafts []Draft
	add := func(r *compose.Signed) *compose.Signed {
		w.Tick(time.Minute)
		data := w.Draft(r)
		drafts = append(drafts, Draft{Index: w.Index, Term: w.Term, Data: data})
		return r
	}
	one := ledger.ProductID{Producer: Coop, Number: 17}
	add(w.Sign(Province, w.Cooperative(Coop, "HTX Nông nghiệp Công Bằng Thuận An")))
	var products []*recordv1.Action
	items := []*recordv1.Action{Open(big, 20260220, 1, 1, false)}
	old := []*recordv1.Action{Open(Old, 20201103, 1, 1, true)}
	for i := range manyProducts {
		p := ledger.ProductID{Producer: Coop, Number: uint32(i + 1)}
		products = append(products, Product(p, fmt.Sprintf("Sản phẩm số %d", i+1), ""))
		c := Certify(ledger.CertificateID{Decision: Old, Item: uint16(i + 1)}, p, 3, 20201103, ledger.CertificateID{})
		c.GetCertify().Group = "drinks"
		old = append(old, c)
		items = append(items, Certify(ledger.CertificateID{Decision: big, Item: uint16(i + 1)}, p, 3, 20260220, ledger.CertificateID{Decision: Old, Item: uint16(i + 1)}))
	}
	registered := add(w.Sign(Province, products...))
	add(w.Sign(Province, old...))
	certified := add(w.Sign(Province, items...))
	until, origin := uint64(20290219), uint64(Commune)
	for i := len(drafts); i < closureRecords; i++ {
		if i%2 == 0 {
			add(w.Sign(Province, compose.Act(&recordv1.Correct{
				Target:  &recordv1.Correct_Certificate{Certificate: compose.CertificateRef(ledger.CertificateID{Decision: big, Item: 17})},
				Wrong:   compose.ActionRef(ledger.ActionID{Record: certified.ID, Action: 17}),
				Changes: []*recordv1.FieldChange{Change(recordv1.Field_FIELD_VALID_UNTIL, until, until-1)}, Reason: recordv1.CorrectionReason_CORRECTION_REASON_TYPING_ERROR,
				Document: Paper("đính chính.pdf"),
			})))
			until--
			continue
		}
		next := uint64(Commune) + uint64(DistA) - origin
		add(w.Sign(Province, compose.Act(&recordv1.Correct{
			Target: &recordv1.Correct_Product{Product: compose.ProductRef(one)}, Wrong: compose.ActionRef(ledger.ActionID{Record: registered.ID, Action: 16}),
			Changes: []*recordv1.FieldChange{Change(recordv1.Field_FIELD_TERRITORY, origin, next)}, Reason: recordv1.CorrectionReason_CORRECTION_REASON_DIFFERS_FROM_DOCUMENT,
		})))
		origin = next
	}
	return newScene(t, w, drafts...), one
}

func TestReceiptsAreSmall(t *testing.T) {
	s, one := many(t)
	r := s.product(one)
	file := r.Append(nil)
	if len(r.Records) != closureRecords {
		t.Fatalf("%d records in the closure", len(r.Records))
	}
	if len(file) > maxTypical {
		t.Errorf("%d bytes for %d records and %d subjects, at most %d", len(file), len(r.Records), len(r.Members), maxTypical)
	}
	got, err := receipts.Subject(t.Context(), file, s.options())
	if err != nil || got.Verdict.Kind != receipts.VerdictInForce || got.Verdict.Until != got.Certificates[1].Value.ValidUntil {
		t.Errorf("%v, %v", got, err)
	}
	t.Logf("%d bytes, %d records, %d subjects", len(file), len(r.Records), len(r.Members))
}

// crowd is a ledger with so many more subjects and leaves than the one beneath, which are random.
type crowd struct {
	prove.Source
	head  ledger.Head
	state statemap.Map
	log   *merkle.Tree
	seal  []byte
}

func newCrowd(t testing.TB, src prove.Source, subjects int) *crowd {
	leaves := make([]statemap.Leaf, subjects)
	for i := range leaves {
		h := sha256.Sum256(fmt.Append(nil, i))
		leaves[i] = statemap.Leaf{Key: h, Value: h, N: 1, History: h}
	}
	c := &crowd{Source: src, head: src.Head(), state: src.Map().Update(leaves), log: merkle.NewTree(merkle.Log)}
	for i := range 2 * subjects {
		c.log.Append(sha256.Sum256(fmt.Append(nil, i)))
	}
	leaf, err := src.Leaf(c.head.Size - 1)
	if err != nil {
		t.Fatal(err)
	}
	seal, err := ledger.ParseSeal(leaf)
	if err != nil {
		t.Fatal(err)
	}
	seal.SizeBefore, seal.RootBefore, seal.State = c.log.Size(), c.log.Root(), c.state.Root()
	c.log.Append(seal.Leaf())
	c.seal = seal.Append(nil)
	c.head.Size, c.head.Root, c.head.State = c.log.Size(), c.log.Root(), seal.State
	return c
}

func (c *crowd) Head() ledger.Head                  { return c.head }
func (c *crowd) Map() statemap.Map                  { return c.state }
func (c *crowd) Hashes() (merkle.HashReader, error) { return c.log, nil }

func (c *crowd) Leaf(index uint64) ([]byte, error) {
	if index == c.head.Size-1 {
		return c.seal, nil
	}
	return c.Source.Leaf(index)
}
