package query

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/subject"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

// Bounds of a trace: a product may have thousands of lots, and a lot thousands of sales.
const (
	scannedLots  = 5000 // ids looked through
	tracedLots   = 500  // the last by code: their sales are in a product's timeline, and the newest of them are listed
	shownLots    = 50   // listed in a product's trace
	shownHolders = 100  // listed in a lot's trace

	// fewEntries is how long a history is at most that is read whole to find leaves in it.
	fewEntries = 64

	// searchedEntries is how much of histories is looked through, from their ends: for holders, for lots made of a lot, for inspections.
	searchedEntries = 1000
)

// TraceProduct tells all about a product.
func (s *Snapshot) TraceProduct(q *apiv1.TraceProductRequest, on ledger.Date) (*apiv1.TraceProductResponse, error) {
	id, err := ledger.ParseProductID(q.GetProduct())
	if err != nil {
		return nil, formProduct.not("product", q.GetProduct())
	}
	r := s.reader()
	v, err := r.productValue(id)
	if err != nil {
		return nil, err
	}
	a := &apiv1.TraceProductResponse{Product: r.showProduct(v, on)}
	a.Verdict = a.Product.Verdict
	if a.Certificates, a.Decisions, err = r.certificatesOf(v, on); err != nil {
		return nil, err
	}
	if a.Inspections, err = r.inspectionsOf(subject.Product(id), v.Inspections, ""); err != nil {
		return nil, err
	}
	a.Inspections = newestInspections(a.Inspections)
	if a.Contacts, err = r.contacts(r.answerable(id, a.Verdict)...); err != nil {
		return nil, err
	}
	lots, more, err := r.lotsOf(id)
	if err != nil {
		return nil, err
	}
	if a.Lots, a.StoppedLots, err = r.newestLots(lots); err != nil {
		return nil, err
	}
	a.MoreLots = more || len(lots) > shownLots
	var tracks []track
	if part := q.GetTimeline().GetPart(); part != apiv1.TimelinePart_TIMELINE_PART_TRADE {
		tracks = r.certificationTracks(v)
	}
	if part := q.GetTimeline().GetPart(); part != apiv1.TimelinePart_TIMELINE_PART_CERTIFICATION {
		for _, lot := range lots {
			tracks = append(tracks, track{id: subject.Lot(lot)})
		}
	}
	a.Timeline, err = r.timeline(tracks, q.GetTimeline())
	return a, err
}

// certificatesOf shows a product's certificates and the Decisions they are items of.
func (r *reader) certificatesOf(p *subject.ProductValue, on ledger.Date) (certificates []*apiv1.Certificate, decisions []*apiv1.Decision, err error) {
	for _, id := range decisionsOf(p) {
		d, err := must(read(r.Source, subject.Decision(id), subject.ParseDecision))
		if err != nil {
			return nil, nil, err
		}
		decisions = append(decisions, r.showDecision(&d))
	}
	for _, term := range p.Certificates {
		c, err := must(r.certificateValue(term.Certificate))
		if err != nil {
			return nil, nil, err
		}
		certificates = append(certificates, r.showCertificate(c, on))
	}
	return certificates, decisions, nil
}

func decisionsOf(p *subject.ProductValue) (ids []ledger.DecisionID) {
	for _, term := range p.Certificates {
		if !slices.Contains(ids, term.Certificate.Decision) {
			ids = append(ids, term.Certificate.Decision)
		}
	}
	return ids
}

// lotsOf lists the last of the product's lots in the order of their codes, which mostly is that of their dates.
func (r *reader) lotsOf(p ledger.ProductID) (lots []ledger.LotID, more bool, err error) {
	ids, err := r.Subjects(subject.KindLot, subject.Product(p).Name, scannedLots)
	if err != nil {
		return nil, false, err
	}
	for _, id := range ids {
		lot, err := id.LotID()
		if err != nil {
			return nil, false, fmt.Errorf("%w: %w", ErrCorrupt, err)
		}
		if lot.Product != p {
			break
		}
		lots = append(lots, lot)
	}
	more = len(lots) > tracedLots
	return lots[max(0, len(lots)-tracedLots):], more, nil
}

// newestLots shows the lots produced last, and which of all must not be used.
func (r *reader) newestLots(ids []ledger.LotID) (shown []*apiv1.Lot, stopped []*apiv1.LotLink, err error) {
	values := make([]subject.LotValue, len(ids))
	for i, id := range ids {
		if values[i], err = must(read(r.Source, subject.Lot(id), subject.ParseLot)); err != nil {
			return nil, nil, err
		}
	}
	slices.SortStableFunc(values, func(a, b subject.LotValue) int { return cmp.Compare(b.Produced, a.Produced) })
	for _, v := range values[:min(len(values), shownLots)] {
		l, err := r.showLot(&v)
		if err != nil {
			return nil, nil, err
		}
		shown = append(shown, l)
	}
	stopped, err = r.stoppedLots(values)
	return shown, stopped, err
}

// certificationTracks are the histories that tell how a product came to be certified, and what became of that.
func (r *reader) certificationTracks(p *subject.ProductValue) []track {
	product := subject.Product(p.Product)
	tracks := []track{
		{id: product},
		{id: subject.Account(p.Product.Producer), keep: r.registration},
	}
	for _, term := range p.Certificates {
		tracks = append(tracks, track{id: subject.Certificate(term.Certificate)})
	}
	for _, d := range decisionsOf(p) {
		tracks = append(tracks, track{id: subject.Decision(d), keep: func(t ledger.Touch) (bool, error) { return r.touchedBy(product, t.Leaf) }})
	}
	return tracks
}

// registration keeps, of an account's history, what says who the account is: not its keys.
func (r *reader) registration(t ledger.Touch) (bool, error) {
	kind, err := r.kindOf(t)
	return kind == kindRegisterAccount || kind == kindCorrect, err
}

// touchedBy tells whether a record touched the subject: a Decision comes in parts, and only the one that certified the product is told.
func (r *reader) touchedBy(id subject.ID, leaf uint64) (bool, error) {
	n, err := r.HistoryLen(id)
	if err != nil {
		return false, err
	}
	if n <= fewEntries {
		leaves, err := r.leavesOf(id, n)
		return slices.Contains(leaves, leaf), err
	}
	at, err := seek(r, id, n, func(p position) bool { return p.leaf >= leaf })
	if err != nil || at == n {
		return false, err
	}
	entries, err := r.Touches(id, at, 1)
	return err == nil && len(entries) == 1 && entries[0].Leaf == leaf, err
}

// leavesOf lists the leaves that touched a subject of few entries, read once for an answer: a Decision in hundreds of parts asks for each of them.
func (r *reader) leavesOf(id subject.ID, n uint64) ([]uint64, error) {
	if leaves, ok := r.touching[id]; ok {
		return leaves, nil
	}
	entries, err := r.Touches(id, 0, int(n))
	if err != nil {
		return nil, err
	}
	leaves := make([]uint64, len(entries))
	for i := range entries {
		leaves[i] = entries[i].Leaf
	}
	r.touching[id] = leaves
	return leaves, nil
}

// TraceCertificate tells all about a certificate.
func (s *Snapshot) TraceCertificate(q *apiv1.TraceCertificateRequest, on ledger.Date) (*apiv1.TraceCertificateResponse, error) {
	id, err := ledger.ParseCertificateID(q.GetCertificate())
	if err != nil {
		return nil, formCertificate.not("certificate", q.GetCertificate())
	}
	r := s.reader()
	v, err := r.certificateValue(id)
	if err != nil {
		return nil, err
	}
	p, err := must(r.productValue(v.Product))
	if err != nil {
		return nil, err
	}
	d, err := must(read(s.Source, subject.Decision(id.Decision), subject.ParseDecision))
	if err != nil {
		return nil, err
	}
	a := &apiv1.TraceCertificateResponse{Certificate: r.showCertificate(v, on), Product: r.showProduct(p, on), Decision: r.showDecision(&d)}
	a.Verdict = a.Certificate.Verdict
	certificate := subject.Certificate(id)
	a.Timeline, err = r.timeline([]track{
		{id: certificate},
		{id: subject.Decision(id.Decision), keep: func(t ledger.Touch) (bool, error) { return r.touchedBy(certificate, t.Leaf) }},
	}, q.GetTimeline())
	return a, err
}

// TraceLot tells all about a lot.
func (s *Snapshot) TraceLot(q *apiv1.TraceLotRequest, on ledger.Date) (*apiv1.TraceLotResponse, error) {
	id, err := ledger.ParseLotID(q.GetLot())
	if err != nil {
		return nil, formLot.not("lot", q.GetLot())
	}
	r := s.reader()
	v, err := read(s.Source, subject.Lot(id), subject.ParseLot)
	if err != nil {
		return nil, err
	}
	p, err := must(r.productValue(id.Product))
	if err != nil {
		return nil, err
	}
	a := &apiv1.TraceLotResponse{Product: r.showProduct(p, on)}
	if err := r.supplyOf(a, p, &v); err != nil {
		return nil, err
	}
	if a.Lot, err = r.showLot(&v); err != nil {
		return nil, err
	}
	if a.Holders, a.MoreHolders, err = r.holders(&v); err != nil {
		return nil, err
	}
	tracks := []track{{id: subject.Lot(id)}}
	if q.GetTimeline().GetPart() == apiv1.TimelinePart_TIMELINE_PART_ALL || q.GetTimeline().GetPart() == apiv1.TimelinePart_TIMELINE_PART_UNSPECIFIED {
		tracks = append(tracks, r.certificationTracks(p)...)
	} else if q.GetTimeline().GetPart() == apiv1.TimelinePart_TIMELINE_PART_CERTIFICATION {
		tracks = r.certificationTracks(p)
	}
	a.Timeline, err = r.timeline(tracks, q.GetTimeline())
	return a, err
}

// supplyOf tells what a lot was made of and into, what became of all that, and whom to call.
func (r *reader) supplyOf(a *apiv1.TraceLotResponse, p *subject.ProductValue, v *subject.LotValue) error {
	sources, err := r.ancestors(v)
	if err != nil {
		return err
	}
	made, more, err := r.descendants(v)
	if err != nil {
		return err
	}
	if a.Ancestors, err = r.showRelatives(sources); err != nil {
		return err
	}
	if a.Descendants, err = r.showRelatives(made); err != nil {
		return err
	}
	a.MoreDescendants = more
	stopped := restrained(v, sources)
	a.Verdict = lotVerdict(stopped, a.Product.Verdict)
	ofLot, err := r.inspectionsOf(subject.Lot(v.Lot), v.Inspections, v.Lot.String())
	if err != nil {
		return err
	}
	ofProduct, err := r.inspectionsOf(subject.Product(v.Lot.Product), p.Inspections, "")
	if err != nil {
		return err
	}
	a.Inspections = newestInspections(ofLot, ofProduct)
	var agencies []ledger.AccountID
	if stopped != nil {
		agencies = append(agencies, stopped.Restraint.Author)
	}
	a.Contacts, err = r.contacts(append(agencies, r.answerable(v.Lot.Product, a.Product.Verdict)...)...)
	return err
}
