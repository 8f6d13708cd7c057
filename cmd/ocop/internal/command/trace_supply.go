package command

import (
	"encoding/hex"
	"fmt"
	"io"
	"strings"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/ocop/internal/explain"
	"github.com/ocopledger/ocop/cmd/ocop/internal/words"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

// supplyText says what a lot was made of and into, what stops it, its stamps and inspections, and whom to call.
func (a *app) supplyText(w io.Writer, r *apiv1.TraceLotResponse) {
	lot := r.GetLot()
	t := a.lines(w)
	if x := lot.GetRestraint(); x != nil {
		t.line(restraints[x.GetStatus()], a.restraint(x))
	}
	for _, in := range lot.GetInputs() {
		t.line(lang.Text{Vi: "Làm từ", En: "Made of"}, words.Quantity(a.lang, in.GetQuantity(), in.GetUnit())+" · "+named(in.GetProductName(), in.GetLot()))
	}
	if n := lot.GetDeclaredYield(); n > 0 {
		t.line(lang.Text{Vi: "Định mức", En: "Declared yield"}, lang.Text{Vi: "nhiều nhất %s từ 1.000 đơn vị nhỏ nhất", En: "at most %s from 1,000 smallest units"}.F(a.lang, words.Grouped(a.lang, uint64(n))))
	}
	for _, b := range lot.GetStamps() {
		t.line(lang.Text{Vi: "Tem", En: "Stamps"}, lang.Text{Vi: "số %d đến %d, mỗi tem %s", En: "numbers %d to %d, %s behind each"}.F(a.lang, b.GetFirst(), b.GetLast(), words.Quantity(a.lang, b.GetPerStamp(), lot.GetUnit())))
	}
	for _, l := range r.GetAncestors() {
		if l.GetDistance() > 1 || l.GetRestraint() != nil { // what it was made of directly stands above
			t.line(lang.Text{Vi: "Nguồn gốc", En: "Goes back to"}, a.relative(l))
		}
	}
	for _, l := range r.GetDescendants() {
		t.line(lang.Text{Vi: "Đã làm thành", En: "Made into"}, a.relative(l))
	}
	if r.GetMoreDescendants() {
		t.line(lang.Text{Vi: "Đã làm thành", En: "Made into"}, "…")
	}
	a.inspectionText(w, r.GetInspections())
	a.contactText(w, r.GetContacts())
}

var restraints = map[apiv1.RestraintStatus]lang.Text{
	apiv1.RestraintStatus_RESTRAINT_STATUS_HELD:     {Vi: "TẠM GIỮ", En: "HELD"},
	apiv1.RestraintStatus_RESTRAINT_STATUS_RECALLED: {Vi: "THU HỒI", En: "RECALLED"},
}

// restraint says since when, by whom and why a lot is stopped, and which.
func (a *app) restraint(x *apiv1.Restraint) string {
	s := lang.Text{Vi: "từ %s, %s: %s; lô %s", En: "since %s, by %s: %s; lot %s"}.F(a.lang, date(x.GetDate()), a.actor(x.GetAuthor()), explain.LotReason(x.GetReason()), x.GetLot())
	if d := x.GetDocument(); d != nil {
		s += lang.Text{Vi: "; văn bản %s, SHA-256 %s", En: "; document %s, SHA-256 %s"}.F(a.lang, d.GetName(), hex.EncodeToString(d.GetSha256()))
	}
	return s
}

// named is what a product is called, with the id of a lot of it.
func named(name, lot string) string {
	if name == "" {
		return lot
	}
	return name + " (" + lot + ")"
}

func (a *app) relative(l *apiv1.LotLink) string {
	s := named(l.GetProductName(), l.GetLot())
	if x := l.GetRestraint(); x != nil {
		s += ", " + strings.ToUpper(restraints[x.GetStatus()].In(a.lang))
	}
	return s
}

func (a *app) inspectionText(w io.Writer, list []*apiv1.Inspection) {
	t := a.lines(w)
	for _, i := range list {
		what := a.t(lang.Text{Vi: "sản phẩm", En: "the product"})
		if i.GetLot() != "" {
			what = lang.Text{Vi: "lô %s", En: "lot %s"}.F(a.lang, i.GetLot())
		}
		t.line(lang.Text{Vi: "Kiểm tra", En: "Inspection"}, fmt.Sprintf("%s, %s, %s: %s; %s", date(i.GetDate()), i.GetKind(), what, explain.Outcome(i.GetOutcome()).In(a.lang), a.actor(i.GetAgency())))
	}
}

func (a *app) contactText(w io.Writer, list []*apiv1.Contact) {
	t := a.lines(w)
	for _, c := range list {
		t.line(lang.Text{Vi: "Đường dây nóng", En: "Whom to call"}, c.GetPhone()+", "+a.actor(c.GetAgency()))
	}
}
