package query

import (
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/ledger/subject"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// told is an action with who signed it, where, and what of it its own message does not say.
type told struct {
	author     ledger.AccountID
	record     ledger.RecordID
	action     *recordv1.Action
	historical bool
	sale       *apiv1.Sale
}

// action reads the action of a history entry.
func (r *reader) action(t ledger.Touch) (of told, err error) {
	record, data, err := r.peek(t)
	if err != nil {
		return of, err
	}
	of = told{author: record.Header.Author, record: record.ID()}
	of.action, err = parseAction(t, data)
	return of, err
}

func parseAction(t ledger.Touch, data []byte) (*recordv1.Action, error) {
	a := new(recordv1.Action)
	if err := proto.Unmarshal(data, a); err != nil {
		return nil, fmt.Errorf("leaf %d action %d: %w: %w", t.Leaf, t.Slot, ErrCorrupt, err)
	}
	return a, nil
}

// kindOf is the kind of the action of a history entry, told from the first bytes of it alone: whoever looks through a history for one kind parses no others.
func (r *reader) kindOf(t ledger.Touch) (protowire.Number, error) {
	_, data, err := r.peek(t)
	return kindNumber(data), err
}

// peek finds the action of a history entry in its leaf. The bytes are valid until the next call.
func (r *reader) peek(t ledger.Touch) (record ledger.Peeked, action []byte, err error) {
	leaf, err := r.Peek(t.Leaf)
	if err != nil {
		return record, nil, err
	}
	if record, err = ledger.PeekRecord(leaf); err != nil {
		return record, nil, fmt.Errorf("leaf %d: %w: %w", t.Leaf, ErrCorrupt, err)
	}
	action, ok := record.Action(t.Slot)
	if !ok {
		return record, nil, fmt.Errorf("leaf %d has no action %d, which a history names: %w", t.Leaf, t.Slot, ErrCorrupt)
	}
	return record, action, nil
}

// Numbers of the kinds of action (ocop.record.v1.Action) that are told apart without decoding: of many actions few matter.
const (
	kindRegisterAccount protowire.Number = 1
	kindRegisterProduct protowire.Number = 4
	kindCertify         protowire.Number = 6
	kindCorrect         protowire.Number = 7
	kindRevoke          protowire.Number = 8
	kindRegisterLot     protowire.Number = 9
	kindAcceptSale      protowire.Number = 11
	kindRetailSale      protowire.Number = 13
	kindInspect         protowire.Number = 22
)

// kindNumber is the number of an action's kind; negative when the bytes are none.
func kindNumber(action []byte) protowire.Number {
	n, _, size := protowire.ConsumeTag(action)
	if size < 0 {
		return protowire.Number(size)
	}
	return n
}

func (r *reader) event(t ledger.Touch) (*apiv1.Event, error) {
	of, err := r.action(t)
	if err == nil {
		err = r.complete(t, &of)
	}
	if err != nil {
		return nil, err
	}
	shown := r.slabs.events.next()
	shown.Leaf, shown.Height, shown.Time = t.Leaf, t.Height, t.Time
	shown.Record, shown.ActionNumber = of.record.String(), uint32(t.Slot)
	shown.Author, shown.Action = r.actor(of.author), of.action
	shown.Historical, shown.Sale = of.historical, of.sale
	return shown, nil
}

// complete finds what is told of an action that its message does not say. It reads no leaf.
func (r *reader) complete(t ledger.Touch, of *told) (err error) {
	of.historical = of.action.GetOpenDecision().GetHistorical()
	if c := of.action.GetCertify(); c != nil {
		v, err := must(r.certificateValue(compose.CertificateID(c.GetCertificate())))
		if err != nil {
			return err
		}
		of.historical = v.Historical
	}
	of.sale, err = r.sale(t, of)
	return err
}

// sale tells what changed hands by an action; nil when it is no sale. Buyers accept a sale by its name alone, so what they accepted is read
// from the sale itself.
func (r *reader) sale(t ledger.Touch, of *told) (*apiv1.Sale, error) {
	id := ledger.SaleID{Record: of.record, Action: t.Slot}
	switch k := of.action.GetKind().(type) {
	case *recordv1.Action_ProposeSale, *recordv1.Action_OutsideSale:
	case *recordv1.Action_AcceptSale:
		id = compose.SaleID(k.AcceptSale.GetSale())
	case *recordv1.Action_RetailSale:
		s := r.slabs.sales.next()
		return s, r.showRetail(s, t, of.author, r.retailOf(k.RetailSale.GetGoods()))
	default:
		return nil, nil
	}
	v, err := must(read(r.Source, subject.Sale(id), subject.ParseSale))
	if err != nil {
		return nil, err
	}
	return r.showSale(&v), nil
}

// showRetail fills a sale that is empty, or was filled by it before.
func (r *reader) showRetail(s *apiv1.Sale, t ledger.Touch, seller ledger.AccountID, sold *retail) error {
	s.Status = apiv1.SaleStatus_SALE_STATUS_RETAIL
	s.Seller, s.Lot = r.actor(seller), sold.lot
	s.Quantity, s.Unit = sold.quantity, sold.unit
	s.EventTime, s.ProposedLeaf = sold.eventTime, t.Leaf
	s.Ocop, s.Certificate = sold.ocop, sold.certificate
	// A retail sale has no subject to keep the mark in; it is told from the times, as the rules did.
	backdating, err := r.backdating(t.Height)
	s.Late = sold.eventTime < t.Time-min(t.Time, backdating)
	return err
}

// window is how far before block time a sale's event may lie without being late, in the blocks after one.
type window struct{ after, span uint64 }

// backdating is the window of the block of a height. A change of parameters is for the blocks after its own.
func (r *reader) backdating(height uint64) (span uint64, err error) {
	if r.windows == nil {
		if err := r.readWindows(); err != nil {
			return 0, err
		}
	}
	for _, w := range r.windows {
		if w.after < height {
			span = w.span
		}
	}
	return span, nil
}

func (r *reader) readWindows() error {
	n, err := r.HistoryLen(subject.Parameters())
	if err != nil {
		return err
	}
	entries, err := r.Touches(subject.Parameters(), 0, int(n))
	if err != nil {
		return err
	}
	for i := range entries {
		value, ok, err := r.ValueAt(subject.Parameters(), uint64(i))
		if err != nil {
			return err
		}
		p, err := subject.ParseParameters(value)
		if !ok || err != nil {
			return fmt.Errorf("%w: entry %d of the parameters: %w", ErrCorrupt, i, err)
		}
		r.windows = append(r.windows, window{entries[i].Height, p.BackdatingWindow})
	}
	return nil
}
