package subject

import (
	"encoding/binary"

	"github.com/ocopledger/ocop/ledger"
)

// Bounds of a lot since protocol version 4.
const (
	MaxInputs    = 16 // lots that one lot was made of: a recipe, not a warehouse
	MaxAncestors = 64 // lots that a lot was made of in the end; every sale and every receipt walks them
	MaxBatches   = 32 // batches of stamps of a lot: a print run each
)

// YieldBase is how many smallest units of inputs a declared yield speaks of.
const YieldBase = 1000

// versionSupply is the version byte of lots and products that hold what protocol version 4 brought. Those that do not are written as version 1 wrote them.
const versionSupply = 2

// LotValue is a production lot (lô sản xuất). Produced = held by all accounts together + Left + Used.
type LotValue struct {
	Lot      ledger.LotID
	Unit     uint8
	Quantity uint64 // produced, in smallest units
	Left     uint64 // sold to consumers and outside businesses
	Traded   uint64 // moved between accounts, each time counted
	Produced ledger.Date
	Expires  ledger.Date // of the goods; 0: none given

	// Since protocol version 4.
	Used          uint64     // made into other lots
	DeclaredYield uint32     // smallest units per YieldBase smallest units of inputs; 0: no inputs
	InputUnit     uint8      // of all inputs; 0: no inputs
	Inputs        []LotInput // ascending by lot, at most MaxInputs
	Stamps        []Stamps   // in the order they were applied, at most MaxBatches
	Inspections   Inspections
	Restraint     Restraint
}

// LotInput is what a lot was made of.
type LotInput struct {
	Lot      ledger.LotID
	Quantity uint64 // smallest units of that lot
}

// Stamps are a batch of stamps (tem) with the serial numbers First to First + Count − 1 of the product.
type Stamps struct {
	First    uint64
	Count    uint32
	PerStamp uint64 // smallest units behind one stamp
}

// Has tells whether a serial number is of the batch.
func (s Stamps) Has(serial uint64) bool {
	return s.First <= serial && serial-s.First < uint64(s.Count)
}

// RestraintStatus is whether a lot may be traded. What was made of it is restrained with it; that is nowhere written, but follows from its inputs.
type RestraintStatus uint8

// Statuses of a lot.
const (
	LotFree     RestraintStatus = 0
	LotHeld     RestraintStatus = 1 // đang bị tạm giữ
	LotRecalled RestraintStatus = 2 // đã bị thu hồi, for good
)

// Restraint says that a lot is held or recalled, and why. The zero value is a lot that is free.
type Restraint struct {
	Status   RestraintStatus
	Reason   uint8 // ocop.record.v1.LotReason
	Author   ledger.AccountID
	Date     ledger.Date // of the block
	Document Document    // zero: none
}

// Stamped is how much of the lot stands behind stamps, at most Quantity.
func (v *LotValue) Stamped() (units uint64) {
	for _, s := range v.Stamps {
		units += uint64(s.Count) * s.PerStamp
	}
	return units
}

// supplied tells whether the value holds what protocol version 4 brought.
func (v *LotValue) supplied() bool {
	return v.Used != 0 || len(v.Inputs) > 0 || len(v.Stamps) > 0 || v.Inspections != (Inspections{}) || v.Restraint != (Restraint{})
}

// Append appends the value's bytes.
func (v *LotValue) Append(b []byte) []byte {
	written := byte(version)
	if v.supplied() {
		written = versionSupply
	}
	b = appendLot8(append(b, written), v.Lot)
	b = append(b, v.Unit)
	for _, n := range []uint64{v.Quantity, v.Left, v.Traded} {
		b = ledger.AppendU64(b, n)
	}
	b = ledger.AppendU32(ledger.AppendU32(b, uint32(v.Produced)), uint32(v.Expires))
	if written == version {
		return b
	}
	b = ledger.AppendU64(b, v.Used)
	b = ledger.AppendU32(b, v.DeclaredYield)
	b = append(b, v.InputUnit, byte(len(v.Inputs)))
	for _, in := range v.Inputs {
		b = ledger.AppendU64(appendLot8(b, in.Lot), in.Quantity)
	}
	b = append(b, byte(len(v.Stamps)))
	for _, s := range v.Stamps {
		b = ledger.AppendU64(b, s.First)
		b = ledger.AppendU32(b, s.Count)
		b = ledger.AppendU64(b, s.PerStamp)
	}
	return v.Restraint.append(v.Inspections.append(b))
}

// PeekLotMoved reads of a lot's value only Left and Traded, for whoever looks through the thousand values that a lot had. ok is false when the bytes are no lot's.
func PeekLotMoved(data []byte) (left, traded uint64, ok bool) {
	const code = 1 + 8 + 4 // behind version and product: its length, then the code
	if len(data) <= code {
		return 0, 0, false
	}
	at := code + 1 + int(data[code]) + 1 + 8 // behind unit and quantity
	if len(data) < at+16 {
		return 0, 0, false
	}
	return binary.BigEndian.Uint64(data[at:]), binary.BigEndian.Uint64(data[at+8:]), true
}

// ParseLot reads the value.
func ParseLot(data []byte) (v LotValue, err error) {
	r := ledger.NewReader("lot", data)
	written := versionIn(data, versionSupply)
	r.Version(written)
	v.Lot = lot8(r)
	v.Unit = r.U8()
	v.Quantity, v.Left, v.Traded = r.U64(), r.U64(), r.U64()
	v.Produced, v.Expires = ledger.Date(r.U32()), ledger.Date(r.U32())
	if written == versionSupply {
		v.readSupply(r)
	}
	return v, r.Close()
}

func (v *LotValue) readSupply(r *ledger.Reader) {
	v.Used, v.DeclaredYield, v.InputUnit = r.U64(), r.U32(), r.U8()
	n := r.U8()
	if n > MaxInputs {
		r.Fail("%d inputs, at most %d", n, MaxInputs)
	}
	if (n > 0) != (v.DeclaredYield > 0) || (n > 0) != (v.InputUnit > 0) {
		r.Fail("%d inputs in unit %d with a yield of %d", n, v.InputUnit, v.DeclaredYield)
	}
	for ; n > 0 && !r.Failed(); n-- {
		v.Inputs = append(v.Inputs, LotInput{lot8(r), r.U64()})
	}
	if n = r.U8(); n > MaxBatches {
		r.Fail("%d batches of stamps, at most %d", n, MaxBatches)
	}
	for ; n > 0 && !r.Failed(); n-- {
		v.Stamps = append(v.Stamps, Stamps{r.U64(), r.U32(), r.U64()})
	}
	v.Inspections = inspections(r)
	v.Restraint = restraint(r)
	if !r.Failed() && !v.supplied() {
		r.Fail("version %d without need", versionSupply)
	}
}

func (v Restraint) append(b []byte) []byte {
	b = append(b, byte(v.Status))
	if v.Status == LotFree {
		return b
	}
	b = append(b, v.Reason)
	b = ledger.AppendU64(b, uint64(v.Author))
	b = ledger.AppendU32(b, uint32(v.Date))
	return appendDocument(b, v.Document)
}

func restraint(r *ledger.Reader) (v Restraint) {
	switch v.Status = RestraintStatus(r.U8()); v.Status {
	case LotFree:
		return v
	case LotHeld, LotRecalled:
	default:
		r.Fail("status %d", v.Status)
	}
	v.Reason, v.Author, v.Date = r.U8(), ledger.AccountID(r.U64()), ledger.Date(r.U32())
	v.Document = document(r)
	return v
}

// versionIn is the version byte of a value that has one of two, later if it says so.
func versionIn(data []byte, later byte) byte {
	if len(data) > 0 && data[0] == later {
		return later
	}
	return version
}

// FirstSerial is the serial number of a product's first stamp.
const FirstSerial = 1

// SerialsValue counts the stamps of a product (tem). A serial number is written in decimal digits without leading zeros.
type SerialsValue struct {
	Product ledger.ProductID
	Next    uint64 // the first that no stamp has yet
}

// Append appends the value's bytes.
func (v *SerialsValue) Append(b []byte) []byte {
	return ledger.AppendU64(AppendProductID(append(b, version), v.Product), v.Next)
}

// ParseSerials reads the value.
func ParseSerials(data []byte) (v SerialsValue, err error) {
	r := ledger.NewReader("serials", data)
	r.Version(version)
	v.Product, v.Next = productID(r), r.U64()
	return v, r.Close()
}
