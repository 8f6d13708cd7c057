package query

import (
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/ledger/merkle"
	"github.com/ocopledger/ocop/ledger/subject"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// rememberedLeaves bounds what one answer keeps of the envelopes it has parsed: a Decision of 250 products is one leaf, up to 64 KiB.
const rememberedLeaves = 64

func (r *reader) envelope(leaf uint64) (*ledger.Envelope, error) {
	if e, ok := r.leaves[leaf]; ok {
		return e, nil
	}
	data, err := r.Leaf(leaf)
	if err != nil {
		return nil, err
	}
	e, err := ledger.ParseEnvelope(data)
	if err != nil {
		return nil, fmt.Errorf("leaf %d: %w: %w", leaf, ErrCorrupt, err)
	}
	if len(r.leaves) >= rememberedLeaves {
		clear(r.leaves)
	}
	r.leaves[leaf] = e
	return e, nil
}

// action is what a history entry names, if it is really there.
func (r *reader) action(e ledger.Entry) (*ledger.Envelope, *recordv1.Action, error) {
	envelope, data, err := r.actionBytes(e)
	if err != nil {
		return nil, nil, err
	}
	a := new(recordv1.Action)
	if err := proto.Unmarshal(data, a); err != nil {
		return nil, nil, fmt.Errorf("leaf %d action %d: %w: %w", e.Leaf, e.Action, ErrCorrupt, err)
	}
	return envelope, a, nil
}

func (r *reader) actionBytes(e ledger.Entry) (*ledger.Envelope, []byte, error) {
	envelope, err := r.envelope(e.Leaf)
	if err != nil {
		return nil, nil, err
	}
	if envelope.ID != e.Record || int(e.Action) >= len(envelope.Actions) || merkle.Actions.Leaf(envelope.Actions[e.Action]) != e.ActionHash {
		return nil, nil, fmt.Errorf("leaf %d is not the record and action that a history names: %w", e.Leaf, ErrCorrupt)
	}
	return envelope, envelope.Actions[e.Action], nil
}

// kindOf is the kind of the action that a history entry names, told from the first bytes of it alone: whoever looks through a history for one kind parses no others.
func (r *reader) kindOf(e ledger.Entry) (kind protowire.Number, err error) {
	leaf, err := r.Leaf(e.Leaf)
	if err != nil {
		return 0, err
	}
	number := 0
	err = ledger.EachAction(leaf, func(action []byte) error {
		if number == int(e.Action) {
			kind = kindNumber(action)
		}
		number++
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("leaf %d: %w: %w", e.Leaf, ErrCorrupt, err)
	}
	return kind, nil
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

func (r *reader) event(e ledger.Entry) (*apiv1.Event, error) {
	envelope, a, err := r.action(e)
	if err != nil {
		return nil, err
	}
	shown := &apiv1.Event{
		Leaf:         e.Leaf,
		Height:       e.Height,
		Time:         e.Time,
		Record:       e.Record.String(),
		ActionNumber: uint32(e.Action),
		Author:       r.actor(envelope.Header.Author),
		Action:       a,
		Historical:   a.GetOpenDecision().GetHistorical(),
	}
	if c := a.GetCertify(); c != nil {
		v, err := must(r.certificateValue(compose.CertificateID(c.GetCertificate())))
		if err != nil {
			return nil, err
		}
		shown.Historical = v.Historical
	}
	shown.Sale, err = r.sale(e, envelope, a)
	return shown, err
}

// sale tells what changed hands by an action; nil when it is no sale. Buyers accept a sale by its name alone, so what they accepted is read
// from the sale itself.
func (r *reader) sale(e ledger.Entry, envelope *ledger.Envelope, a *recordv1.Action) (*apiv1.Sale, error) {
	id := ledger.SaleID{Record: e.Record, Action: e.Action}
	switch k := a.GetKind().(type) {
	case *recordv1.Action_ProposeSale, *recordv1.Action_OutsideSale:
	case *recordv1.Action_AcceptSale:
		id = compose.SaleID(k.AcceptSale.GetSale())
	case *recordv1.Action_RetailSale:
		return r.retail(e, envelope.Header.Author, k.RetailSale.GetGoods())
	default:
		return nil, nil
	}
	v, err := must(read(r.Source, subject.Sale(id), subject.ParseSale))
	if err != nil {
		return nil, err
	}
	return r.showSale(&v), nil
}

func (r *reader) retail(e ledger.Entry, seller ledger.AccountID, g *recordv1.Goods) (*apiv1.Sale, error) {
	s := &apiv1.Sale{
		Status:       apiv1.SaleStatus_SALE_STATUS_RETAIL,
		Seller:       r.actor(seller),
		Lot:          compose.LotID(g.GetLot()).String(),
		Quantity:     g.GetQuantity(),
		Unit:         g.GetUnit(),
		EventTime:    g.GetEventTime(),
		Ocop:         g.GetCertificate() != nil,
		ProposedLeaf: e.Leaf,
	}
	if s.Ocop {
		s.Certificate = compose.CertificateID(g.GetCertificate()).String()
	}
	// A retail sale has no subject to keep the mark in; it is told from the times, as the rules did.
	backdating, err := r.backdating(e.Height)
	s.Late = g.GetEventTime() < e.Time-min(e.Time, backdating)
	return s, err
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
	entries, err := r.History(subject.Parameters(), 0, int(n))
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
