package chaintest

import (
	"fmt"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/compose"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// Of Many.
const (
	ManyProducts = 250
	ManyRecords  = 20
)

var big = ledger.DecisionID{Issuer: Province, Year: 2026, Number: "250/QĐ-UBND"}

// Many is a ledger on which one Decision certified 250 products, one of which has twenty records in its closure: a renewal, and corrections of everything.
func (w *World) Many() (drafts []Draft, one ledger.ProductID) {
	add := func(r *compose.Signed) *compose.Signed {
		w.Tick(time.Minute)
		data := w.Draft(r)
		drafts = append(drafts, Draft{Index: w.Index, Term: w.Term, Data: data})
		return r
	}
	one = ledger.ProductID{Producer: Coop, Number: 17}
	add(w.Sign(Province, w.Cooperative(Coop, "HTX Nông nghiệp Công Bằng Thuận An")))
	var products []*recordv1.Action
	items := []*recordv1.Action{Open(big, 20260220, 1, 1, false)}
	old := []*recordv1.Action{Open(Old, 20201103, 1, 1, true)}
	for i := range ManyProducts {
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
	for i := len(drafts); i < ManyRecords; i++ {
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
	return drafts, one
}
