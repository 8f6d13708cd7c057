package rules

import (
	"github.com/ocopledger/ocop/ledger/reason"
	"github.com/ocopledger/ocop/ledger/subject"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// applyStamps numbers stamps and puts them on a lot. A stamp bears the mark, so it takes what the mark takes.
func (r *record) applyStamps(a *recordv1.ApplyStamps) *Refusal {
	const field = "apply_stamps"
	if refusal := r.keyRole(subject.KeyTrade); refusal != nil {
		return refusal
	}
	lot, refusal := r.lot(lotOf(a.Lot), field+".lot")
	if refusal != nil {
		return refusal
	}
	id := lot.Lot.Product
	if r.author.Account != id.Producer {
		return refuse(reason.NotTheProducer, field+".lot.product", reason.Text("product", id.String()), accountArg(r.author.Account))
	}
	if refusal := r.movable(&lot, field+".lot"); refusal != nil {
		return refusal
	}
	product, refusal := r.product(id, field+".lot.product")
	if refusal != nil {
		return refusal
	}
	if !product.Certified(r.today) {
		return refuse(reason.NoRightToMark, field+".lot.product", reason.Day("date", r.today), reason.Text("product", id.String()))
	}
	serials, ok := read(r.Block, subject.Serials(id), subject.ParseSerials)
	if !ok {
		serials = subject.SerialsValue{Product: id, Next: subject.FirstSerial}
	}
	if a.First != serials.Next {
		return refuse(reason.SerialNotNext, field+".first", reason.Count("want", serials.Next), reason.Text("product", id.String()), reason.Count("have", a.First))
	}
	if len(lot.Stamps) >= subject.MaxBatches {
		return refuse(reason.LimitReached, field, reason.Count("want", subject.MaxBatches), reason.Words("what", "đợt tem của một lô", "batches of stamps of a lot"))
	}
	if rest := lot.Quantity - lot.Stamped(); a.PerStamp > rest/uint64(a.Count) {
		return refuse(reason.MoreStampsThanLot, field+".count", stamped(a, lot.Unit), amount("want", rest, lot.Unit))
	}
	lot.Stamps = append(lot.Stamps, subject.Stamps{First: a.First, Count: a.Count, PerStamp: a.PerStamp})
	serials.Next += uint64(a.Count) // the walker bounds the next first, so that this never overflows
	r.write(subject.Lot(lot.Lot), lot.Append(r.buffer()))
	r.write(subject.Serials(id), serials.Append(r.buffer()))
	return nil
}

// stamped says what stamps stand for, as a product: it can be more than a number holds.
func stamped(a *recordv1.ApplyStamps, unit uint8) reason.Arg {
	count, each := reason.Count("have", uint64(a.Count)), amount("have", a.PerStamp, unit)
	return reason.Words("have", count.Vietnamese+" × "+each.Vietnamese, count.English+" × "+each.English)
}
