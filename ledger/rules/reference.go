package rules

import (
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/reason"
	"github.com/ocopledger/ocop/ledger/subject"
	"github.com/ocopledger/ocop/ledger/wire/text"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// References as nouns. The walker has bounded every number to its type.

func productOf(p *recordv1.ProductRef) ledger.ProductID {
	return ledger.ProductID{Producer: ledger.AccountID(p.Producer), Number: p.Number}
}

func decisionOf(d *recordv1.DecisionRef) ledger.DecisionID {
	return ledger.DecisionID{Issuer: ledger.AccountID(d.Issuer), Year: uint16(d.Year), Number: d.Number}
}

func certificateOf(c *recordv1.CertificateRef) ledger.CertificateID {
	return ledger.CertificateID{Decision: decisionOf(c.Decision), Item: uint16(c.Item)}
}

func lotOf(l *recordv1.LotRef) ledger.LotID {
	return ledger.LotID{Product: productOf(l.Product), Lot: l.Lot}
}

func actionOf(a *recordv1.ActionRef) ledger.ActionID {
	return ledger.ActionID{Record: ledger.RecordID(a.Record), Action: uint16(a.Action)}
}

func documentOf(d *recordv1.Document) subject.Document {
	return subject.Document{SHA256: ledger.Hash(d.Sha256), Size: d.Size, Name: d.Name}
}

func nameOf(n *recordv1.Name) subject.Name {
	if blob := n.GetBlob(); blob != nil {
		return subject.Name{Blob: ledger.Hash(blob)}
	}
	return subject.Name{Register: n.GetRegister()}
}

func hashOf(b []byte) (h ledger.Hash) {
	copy(h[:], b)
	return h
}

// Subjects that must be there. What is missing may still come, so these refusals are not final.

func (r *record) account(a ledger.AccountID, field string) (subject.AccountValue, *Refusal) {
	v, ok := read(r.Block, subject.Account(a), subject.ParseAccount)
	if !ok {
		return v, refuse(reason.UnknownAccount, field, accountArg(a))
	}
	return v, nil
}

func (r *record) product(p ledger.ProductID, field string) (subject.ProductValue, *Refusal) {
	v, ok := read(r.Block, subject.Product(p), subject.ParseProduct)
	if !ok {
		return v, refuse(reason.UnknownProduct, field, reason.Text("product", p.String()))
	}
	return v, nil
}

func (r *record) certificate(c ledger.CertificateID, field string) (subject.CertificateValue, *Refusal) {
	v, ok := read(r.Block, subject.Certificate(c), subject.ParseCertificate)
	if !ok {
		return v, refuse(reason.UnknownCertificate, field, certificateArg(c))
	}
	return v, nil
}

func (r *record) lot(l ledger.LotID, field string) (subject.LotValue, *Refusal) {
	v, ok := read(r.Block, subject.Lot(l), subject.ParseLot)
	if !ok {
		return v, refuse(reason.UnknownLot, field, reason.Text("lot", l.String()))
	}
	return v, nil
}

func (r *record) territory(code uint32, field string) *Refusal {
	if _, ok := fixed(r.Block, subject.Territory(code), subject.ParseTerritory); !ok {
		return refuse(reason.UnknownTerritory, field, territoryArg(code))
	}
	return nil
}

// producerOf is the account of a product that is on the ledger, and so is there itself.
func (r *record) producerOf(p ledger.ProductID) subject.AccountValue {
	v, ok := read(r.Block, subject.Account(p.Producer), subject.ParseAccount)
	if !ok {
		panic("rules: the state holds product " + p.String() + " without its producer")
	}
	return v
}

func certificateArg(c ledger.CertificateID) reason.Arg {
	return reason.Text("certificate", c.String())
}

func decisionArg(d ledger.DecisionID) reason.Arg { return reason.Text("decision", d.String()) }

func territoryArg(code uint32) reason.Arg {
	return reason.Text("territory", ledger.AccountID(code).String())
}

// day checks a legal date that must not lie in the future.
func (r *record) day(d ledger.Date, field, vietnamese, english string) *Refusal {
	if refusal := calendar(d, field, vietnamese, english); refusal != nil {
		return refusal
	}
	if d > r.today {
		return refuse(reason.DateInFuture, field, reason.Day("have", d), reason.Day("want", r.today))
	}
	return nil
}

// calendar checks that a number is a date.
func calendar(d ledger.Date, field, vietnamese, english string) *Refusal {
	if !d.Valid() {
		return refuse(reason.DateInvalid, field, reason.Words("name", vietnamese, english), reason.Day("have", d))
	}
	return nil
}

// impersonal checks that a text holds no telephone or identity number.
func impersonal(s, field, vietnamese, english string) *Refusal {
	if text.HasPersonalNumber(s) {
		return refuse(reason.PersonalNumber, field, reason.Words("name", vietnamese, english))
	}
	return nil
}
