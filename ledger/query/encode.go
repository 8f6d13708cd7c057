package query

import (
	"encoding/hex"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"github.com/ocopledger/ocop/ledger"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

// Numbers of fields (ocop.api.v1.Timeline, Event, Sale).
const (
	timelineEvents   protowire.Number = 1
	timelineNextPage protowire.Number = 2

	eventLeaf         protowire.Number = 1
	eventHeight       protowire.Number = 2
	eventTime         protowire.Number = 3
	eventRecord       protowire.Number = 4
	eventActionNumber protowire.Number = 5
	eventAuthor       protowire.Number = 6
	eventAction       protowire.Number = 7
	eventSale         protowire.Number = 8
	eventHistorical   protowire.Number = 9

	saleSale            protowire.Number = 1
	saleStatus          protowire.Number = 2
	saleSeller          protowire.Number = 3
	saleBuyer           protowire.Number = 4
	saleBuyerCommitment protowire.Number = 5
	saleLot             protowire.Number = 6
	saleQuantity        protowire.Number = 7
	saleUnit            protowire.Number = 8
	saleEventTime       protowire.Number = 9
	saleOcop            protowire.Number = 10
	saleCertificate     protowire.Number = 11
	saleLate            protowire.Number = 12
	saleProposedLeaf    protowire.Number = 13
	saleAccepted        protowire.Number = 14
)

// usualEvent is as long as events mostly are at most, in bytes.
const usualEvent = 576

// encoder tells events as the bytes of their messages. An action is copied from its leaf, where it stands in the only form that ledgers accept; an account, which a
// timeline names again and again, is marshalled once.
type encoder struct {
	*reader
	written     map[*apiv1.Actor][]byte
	bytes       []byte // the timeline
	event, sale []byte // the last of each
	shown       apiv1.Sale
	sold        retail
	err         error // the first of marshalling
}

func newEncoder(r *reader, events int) *encoder {
	return &encoder{reader: r, written: make(map[*apiv1.Actor][]byte), bytes: r.room(events * usualEvent)}
}

func (e *encoder) tell(t ledger.Touch) error {
	record, action, err := e.peek(t) // valid until the next leaf is read, and nothing below reads one
	if err != nil {
		return err
	}
	of := told{author: record.Header.Author, record: record.ID()}
	if e.readRetail(&e.sold, action) {
		of.sale = &e.shown
		err = e.showRetail(of.sale, t, of.author, &e.sold)
	} else if of.action, err = parseAction(t, action); err == nil {
		err = e.complete(t, &of)
	}
	if err != nil {
		return err
	}
	e.event = e.appendEvent(e.event[:0], t, &of, action)
	e.bytes = appendPart(e.bytes, timelineEvents, e.event)
	return e.err
}

func (e *encoder) timeline(nextPage string) *apiv1.Timeline {
	shown := new(apiv1.Timeline)
	shown.ProtoReflect().SetUnknown(appendText(e.bytes, timelineNextPage, nextPage))
	return shown
}

func (e *encoder) appendEvent(b []byte, t ledger.Touch, of *told, action []byte) []byte {
	b = appendNumber(b, eventLeaf, t.Leaf)
	b = appendNumber(b, eventHeight, t.Height)
	b = appendNumber(b, eventTime, t.Time)
	b = protowire.AppendTag(b, eventRecord, protowire.BytesType)
	b = protowire.AppendVarint(b, uint64(hex.EncodedLen(len(of.record))))
	b = hex.AppendEncode(b, of.record[:])
	b = appendNumber(b, eventActionNumber, uint64(t.Slot))
	b = appendPart(b, eventAuthor, e.actorBytes(e.actor(of.author)))
	b = appendPart(b, eventAction, action)
	if of.sale != nil {
		e.sale = e.appendSale(e.sale[:0], of.sale)
		b = appendPart(b, eventSale, e.sale)
	}
	return appendFlag(b, eventHistorical, of.historical)
}

func (e *encoder) appendSale(b []byte, s *apiv1.Sale) []byte {
	b = appendText(b, saleSale, s.Sale)
	b = appendNumber(b, saleStatus, uint64(s.Status))
	b = appendPart(b, saleSeller, e.actorBytes(s.Seller))
	if s.Buyer != nil {
		b = appendPart(b, saleBuyer, e.actorBytes(s.Buyer))
	}
	if len(s.BuyerCommitment) > 0 {
		b = appendPart(b, saleBuyerCommitment, s.BuyerCommitment)
	}
	b = appendText(b, saleLot, s.Lot)
	b = appendNumber(b, saleQuantity, s.Quantity)
	b = appendNumber(b, saleUnit, uint64(s.Unit))
	b = appendNumber(b, saleEventTime, s.EventTime)
	b = appendFlag(b, saleOcop, s.Ocop)
	b = appendText(b, saleCertificate, s.Certificate)
	b = appendFlag(b, saleLate, s.Late)
	b = appendNumber(b, saleProposedLeaf, s.ProposedLeaf)
	return appendNumber(b, saleAccepted, s.Accepted)
}

// actorBytes is an account as protobuf marshals it. Within an answer, the same account is the same message.
func (e *encoder) actorBytes(a *apiv1.Actor) []byte {
	b, ok := e.written[a]
	if !ok {
		var err error
		if b, err = proto.Marshal(a); err != nil && e.err == nil {
			e.err = err
		}
		e.written[a] = b
	}
	return b
}

// Fields as protobuf writes them: of numbers, texts and flags only those that are not empty.

func appendNumber(b []byte, field protowire.Number, v uint64) []byte {
	if v == 0 {
		return b
	}
	return protowire.AppendVarint(protowire.AppendTag(b, field, protowire.VarintType), v)
}

func appendFlag(b []byte, field protowire.Number, v bool) []byte {
	return appendNumber(b, field, protowire.EncodeBool(v))
}

func appendText(b []byte, field protowire.Number, v string) []byte {
	if v == "" {
		return b
	}
	return protowire.AppendString(protowire.AppendTag(b, field, protowire.BytesType), v)
}

func appendPart(b []byte, field protowire.Number, v []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(b, field, protowire.BytesType), v)
}
