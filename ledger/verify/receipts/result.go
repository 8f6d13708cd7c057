package receipts

import (
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/receipt"
	"github.com/ocopledger/ocop/ledger/subject"
	"github.com/ocopledger/ocop/ledger/verify"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// Result is what a receipt of a subject shows, all of it checked.
type Result struct {
	Kind    receipt.Kind
	Subject subject.ID
	Head    *verify.Head
	Height  uint64        // of the head
	Time    uint64        // block time of the head, Unix milliseconds
	Age     time.Duration // of the head by the caller's clock; negative when it is ahead
	AsOf    uint64        // height that verdict, product, lot and certificates are of
	Verdict Verdict       // of the certificate, or of the product; a lot's is its product's unless it, or what it was made of, is held or recalled

	Product      *subject.ProductValue // nil: not registered at the height asked for
	Producer     *subject.AccountValue // likewise
	Lot          *subject.LotValue     // of a receipt of a lot; nil also when an earlier height's amounts cannot be told from the receipt
	Sources      []Source              // of a receipt of a lot: what it was made of, and what that was made of, the nearest first
	Restraint    *subject.Restraint    // of the lot that Verdict.Lot names; nil: none
	Certificates []Certificate         // of the product, in the order they were issued
	Accounts     map[ledger.AccountID]*subject.AccountValue
	Schemes      map[string]*subject.SchemeValue
	Timeline     []Event // everything that ever touched the closure, up to the head, in order
}

// Source is a lot that a lot was made of, at the height asked for.
type Source struct {
	Lot       ledger.LotID
	Produced  ledger.Date
	Expires   ledger.Date // 0: none given
	Inputs    []subject.LotInput
	Restraint subject.Restraint
}

// Certificate is a certificate of the product, and why it is one.
type Certificate struct {
	Value      *subject.CertificateValue
	Standing   VerdictKind // by itself, on the date of the verdict
	Decision   *subject.DecisionValue
	Competence *Grounds // why the issuer could give the star
	Revocation *Grounds // why the revoking agency could; nil: not revoked
}

// Event is an action of the timeline.
type Event struct {
	Leaf     uint64
	Height   uint64
	Time     uint64 // block time, Unix milliseconds
	Record   ledger.RecordID
	Number   uint16 // of the action in its record
	Author   ledger.AccountID
	Key      ident.KeyID // that signed
	Action   *recordv1.Action
	Subjects []subject.ID // of the closure, that it touched
}

// tell adds an action to the timeline.
func (w *world) tell(a *acting, s step, action *recordv1.Action) {
	e := Event{
		Leaf: a.at.Leaf, Height: a.at.Height, Time: a.at.Time, Record: a.id, Number: a.number, Author: a.author.Account, Key: a.at.Key.ID(), Action: action,
	}
	for _, t := range w.touches[s] {
		e.Subjects = append(e.Subjects, w.r.Members[t.member].ID)
	}
	w.events = append(w.events, e)
}

func (w *world) result(head *verify.Head, o *Options) *Result {
	out := &Result{
		Kind: w.r.Kind, Subject: w.r.ID(), Head: head, Height: w.r.Seal.Height, Time: w.r.Seal.Time, AsOf: asOf(w.r, o), Accounts: w.accounts,
		Schemes: w.schemes, Timeline: w.events, Age: age(head.Certified, o),
	}
	on := o.Date
	if on == 0 {
		on = ledger.DateAt(o.Trust.Now * 1000)
	}
	out.Verdict = Verdict{Kind: VerdictUnknown, Date: on}
	switch id := out.Subject; id.Kind {
	case subject.KindProduct:
		p, _ := id.ProductID()
		w.productResult(out, p)
	case subject.KindLot:
		l, _ := id.LotID()
		if known := w.then.lots[l]; known != nil {
			w.productResult(out, l.Product)
			w.lotResult(out, known)
		}
	case subject.KindCertificate:
		c, _ := id.CertificateID()
		if known := w.then.certificates[c]; known != nil {
			w.productResult(out, known.Product)
			out.Verdict = verdict(known.Standing(on), known, on)
		}
	}
	return out
}

// age takes the head's seconds as they are: a clock that is centuries off is the caller's to notice.
func age(head *checkpoint.Certified, o *Options) time.Duration {
	return time.Duration(int64(o.Trust.Now)-int64(head.Time)) * time.Second
}

func (w *world) lotResult(out *Result, known *lot) {
	if !known.traded {
		out.Lot = &known.LotValue
	}
	// What a lot was made of was there before it, and is in the closure: nothing is missing here.
	sources, _ := w.sources(w.then.lots, &known.LotValue)
	for _, s := range sources {
		out.Sources = append(out.Sources, Source{s.Lot, s.Produced, s.Expires, s.Inputs, s.Restraint})
	}
	if speaks, _ := w.restrained(w.then.lots, &known.LotValue); speaks != nil {
		out.Restraint = &speaks.Restraint
		out.Verdict.Kind, out.Verdict.Lot, out.Verdict.Day = VerdictHeld, speaks.Lot, out.Verdict.Until
		if speaks.Restraint.Status == subject.LotRecalled {
			out.Verdict.Kind = VerdictRecalled
		}
	}
}

func (w *world) productResult(out *Result, id ledger.ProductID) {
	then := w.then
	if out.Product = then.products[id]; out.Product == nil {
		return
	}
	out.Producer = then.accounts[id.Producer]
	var all []*subject.CertificateValue
	for _, t := range out.Product.Certificates {
		v := then.certificates[t.Certificate]
		c := Certificate{Value: v, Standing: verdictKinds[v.Standing(out.Verdict.Date)], Decision: then.decisions[t.Certificate.Decision], Competence: w.grounds[t.Certificate]}
		if v.Status == subject.CertificateRevoked {
			c.Revocation = w.revoked[t.Certificate]
		}
		out.Certificates = append(out.Certificates, c)
		all = append(all, v)
	}
	out.Verdict = judge(all, out.Verdict.Date)
}
