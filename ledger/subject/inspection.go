package subject

import "github.com/ocopledger/ocop/ledger"

// Inspections sum up the inspections (kiểm tra) of a product or a lot. The zero value is none.
type Inspections struct {
	Count   uint32
	Date    ledger.Date // of the latest one
	Outcome uint8       // ocop.record.v1.Outcome of the latest one
}

// Add counts an inspection. The latest by date is the one that is remembered, and of one day the one that was entered last.
func (v *Inspections) Add(date ledger.Date, outcome uint8) {
	v.Count++
	if date >= v.Date {
		v.Date, v.Outcome = date, outcome
	}
}

func (v Inspections) append(b []byte) []byte {
	b = ledger.AppendU32(b, v.Count)
	return append(ledger.AppendU32(b, uint32(v.Date)), v.Outcome)
}

func inspections(r *ledger.Reader) (v Inspections) {
	v.Count, v.Date, v.Outcome = r.U32(), ledger.Date(r.U32()), r.U8()
	if none := v.Count == 0; !r.Failed() && (none != (v.Date == 0) || none != (v.Outcome == 0)) {
		r.Fail("%d inspections, the latest on %d with outcome %d", v.Count, v.Date, v.Outcome)
	}
	return v
}
