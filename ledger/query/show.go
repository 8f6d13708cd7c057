package query

import (
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/subject"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// Values of the state as messages.

func (r *reader) showProduct(v *subject.ProductValue, on ledger.Date) *apiv1.Product {
	p := &apiv1.Product{
		Product:   v.Product.String(),
		Name:      v.Name.Register,
		Producer:  r.actor(v.Product.Producer),
		Group:     r.group(v.Scheme, v.Group),
		Unit:      recordv1.Unit(v.Unit),
		Gtin:      v.GTIN,
		Origin:    r.place(v.Origin),
		Registrar: r.actor(v.Registrar),
		Verdict:   r.productVerdict(v, on),

		Inspections: showInspections(v.Inspections),
	}
	if v.Picture != (ledger.Hash{}) {
		p.Picture = v.Picture[:]
	}
	return p
}

func (r *reader) showCertificate(v *subject.CertificateValue, on ledger.Date) *apiv1.Certificate {
	c := &apiv1.Certificate{
		Certificate:  v.Certificate.String(),
		Product:      v.Product.String(),
		Star:         uint32(v.Star),
		Scores:       &recordv1.Scores{A: v.ScoreA, B: v.ScoreB, C: v.ScoreC, Total: v.Total},
		MinimumsMet:  v.MinimumsMet,
		Group:        r.group(v.Scheme, v.Group),
		Decision:     v.Certificate.Decision.String(),
		DecisionDate: uint32(v.DecisionDate),
		Issuer:       r.actor(v.Certificate.Decision.Issuer),
		ValidFrom:    uint32(v.ValidFrom),
		ValidUntil:   uint32(v.ValidUntil),
		LastDay:      uint32(v.EffectiveLast),
		Historical:   v.Historical,
		Predecessor:  optional(v.Predecessor),
		Successor:    optional(v.Successor),
		Corrections:  uint32(v.Corrections),
		Verdict:      certificateVerdict(v, on),
	}
	if p, err := r.productValue(v.Product); err == nil {
		c.ProductName = p.Name.Register
	}
	if v.Status == subject.CertificateRevoked {
		c.Revocation = &apiv1.Revocation{
			Decision:  v.Revocation.Decision.String(),
			Date:      uint32(v.Revocation.Date),
			Document:  showDocument(v.Revocation.Document),
			Reason:    recordv1.RevocationReason(v.Revocation.Reason),
			Effective: uint32(v.Revocation.Effective),
			Author:    r.actor(v.Revocation.Author),
			Leaf:      v.Revocation.Leaf,
		}
	}
	return c
}

func optional(c ledger.CertificateID) string {
	if c.IsZero() {
		return ""
	}
	return c.String()
}

func showDocument(d subject.Document) *recordv1.Document {
	return &recordv1.Document{Sha256: d.SHA256[:], Size: d.Size, Name: d.Name}
}

func (r *reader) showDecision(v *subject.DecisionValue) *apiv1.Decision {
	d := &apiv1.Decision{
		Decision:     v.Decision.String(),
		Issuer:       r.actor(v.Decision.Issuer),
		Date:         uint32(v.Date),
		Scheme:       v.Scheme,
		SchemeSource: r.scheme(v.Scheme).Source,
		Historical:   v.Historical,
		Document:     showDocument(v.Document),
		Parts:        uint32(v.Parts),
		Author:       r.actor(v.Author),
	}
	for _, part := range v.Missing() {
		d.MissingParts = append(d.MissingParts, uint32(part))
	}
	return d
}

func (r *reader) showLot(v *subject.LotValue) (*apiv1.Lot, error) {
	n, err := r.HistoryLen(subject.Lot(v.Lot))
	if err != nil {
		return nil, err
	}
	sources, err := r.ancestors(v)
	if err != nil {
		return nil, err
	}
	l := &apiv1.Lot{
		Lot:      v.Lot.String(),
		Product:  v.Lot.Product.String(),
		Unit:     recordv1.Unit(v.Unit),
		Quantity: v.Quantity,
		Left:     v.Left,
		Traded:   v.Traded,
		Produced: uint32(v.Produced),
		Expires:  uint32(v.Expires),
		Events:   n,

		ProductName:   r.productName(v.Lot.Product),
		Used:          v.Used,
		DeclaredYield: v.DeclaredYield,
		Stamped:       v.Stamped(),
		Inspections:   showInspections(v.Inspections),
		Restraint:     r.showRestraint(restrained(v, sources)),
	}
	for _, in := range v.Inputs {
		l.Inputs = append(l.Inputs, &apiv1.LotInput{
			Lot: in.Lot.String(), ProductName: r.productName(in.Lot.Product), Quantity: in.Quantity, Unit: recordv1.Unit(v.InputUnit),
		})
	}
	for _, b := range v.Stamps {
		l.Stamps = append(l.Stamps, &apiv1.StampBatch{First: b.First, Last: b.First + uint64(b.Count) - 1, PerStamp: b.PerStamp})
	}
	return l, nil
}

func (r *reader) showSale(v *subject.SaleValue) *apiv1.Sale {
	s := r.slabs.sales.next()
	s.Sale, s.Status = v.Sale.String(), apiv1.SaleStatus(v.Status)
	s.Seller, s.Lot = r.actor(v.Seller), r.lotName(v.Lot)
	s.Quantity, s.Unit, s.EventTime = v.Quantity, recordv1.Unit(v.Unit), v.EventTime
	s.Ocop, s.Late = v.Marks&subject.MarkOCOP != 0, v.Marks&subject.MarkLate != 0
	s.ProposedLeaf, s.Accepted = v.Leaf, v.Accepted
	if !v.Certificate.IsZero() {
		s.Certificate = r.certificateName(v.Certificate)
	}
	if v.Buyer.Account != 0 {
		s.Buyer = r.actor(v.Buyer.Account)
	} else {
		s.BuyerCommitment = v.Buyer.Commitment[:]
	}
	return s
}

func (r *reader) showProducer(v *subject.AccountValue) *apiv1.Producer {
	p := &apiv1.Producer{Actor: r.actor(v.Account), BusinessNumber: v.BusinessNumber, Registrar: r.actor(v.Registrar)}
	for _, k := range v.Keys {
		p.HasKey = p.HasKey || k.Retired == 0
	}
	return p
}
