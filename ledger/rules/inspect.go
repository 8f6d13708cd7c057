package rules

import (
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/reason"
	"github.com/ocopledger/ocop/ledger/subject"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// inspect enters an inspection of a product or a lot. It stops nothing: that takes an act of its own, by whoever may.
func (r *record) inspect(a *recordv1.Inspect) *Refusal {
	if refusal := r.agency(); refusal != nil {
		return refusal
	}
	if refusal := r.keyRole(subject.KeyCertify); refusal != nil {
		return refusal
	}
	date := ledger.Date(a.Date)
	if refusal := r.day(date, "inspect.date", "Ngày kiểm tra", "day of the inspection"); refusal != nil {
		return refusal
	}
	if refusal := impersonal(a.Document.Name, "inspect.document.name", "tên tệp", "document's name"); refusal != nil {
		return refusal
	}
	if refusal := impersonal(a.Kind, "inspect.kind", "loại kiểm tra", "kind of inspection"); refusal != nil {
		return refusal
	}
	if named := a.GetLot(); named != nil {
		lot, refusal := r.lot(lotOf(named), "inspect.lot")
		if refusal != nil {
			return refusal
		}
		if refusal := r.mayInspect(lot.Lot.Product, date); refusal != nil {
			return refusal.in("inspect.lot")
		}
		lot.Inspections.Add(date, uint8(a.Outcome))
		r.write(subject.Lot(lot.Lot), lot.Append(r.buffer()))
		return nil
	}
	product, refusal := r.product(productOf(a.GetProduct()), "inspect.product")
	if refusal != nil {
		return refusal
	}
	if refusal := r.mayInspect(product.Product, date); refusal != nil {
		return refusal.in("inspect.product")
	}
	product.Inspections.Add(date, uint8(a.Outcome))
	r.write(subject.Product(product.Product), product.Append(r.buffer()))
	return nil
}

func (r *record) mayInspect(p ledger.ProductID, date ledger.Date) *Refusal {
	return r.competent(demand{subject.PowerInspect, date, r.producerOf(p).Territory, anyLevel})
}

// setPicture gives a product its picture. Who may register the product may say what it looks like.
func (r *record) setPicture(a *recordv1.SetPicture) *Refusal {
	product, refusal := r.product(productOf(a.Product), "set_picture.product")
	if refusal != nil {
		return refusal
	}
	producer := r.producerOf(product.Product)
	if refusal := r.speaksFor(product.Product, &producer, subject.PowerRegister); refusal != nil {
		return refusal.in("set_picture.product")
	}
	picture := hashOf(a.Blob)
	if picture == product.Picture {
		return refuse(reason.NothingChanges, "set_picture.blob", reason.Words("name", "Ảnh sản phẩm", "product's picture"))
	}
	product.Picture = picture
	r.write(subject.Product(product.Product), product.Append(r.buffer()))
	return nil
}

// setContact publishes an agency's own telephone number. A number of an office is not personal; what an agency says of itself it answers for.
func (r *record) setContact(a *recordv1.SetContact) *Refusal {
	if refusal := r.agency(); refusal != nil {
		return refusal
	}
	if refusal := r.keyRole(subject.KeyGovern); refusal != nil {
		return refusal
	}
	if a.Phone != "" && !subject.ValidPhone(a.Phone) {
		return refuse(reason.PhoneInvalid, "set_contact.phone", reason.Text("have", a.Phone))
	}
	id := subject.Contact(r.author.Account)
	before, _ := read(r.Block, id, subject.ParseContact)
	if a.Phone == before.Phone {
		return refuse(reason.NothingChanges, "set_contact.phone", reason.Words("name", "Số điện thoại", "telephone number"))
	}
	r.write(id, (&subject.ContactValue{Agency: r.author.Account, Phone: a.Phone}).Append(r.buffer()))
	return nil
}
