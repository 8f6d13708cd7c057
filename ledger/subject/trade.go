package subject

import "github.com/ocopledger/ocop/ledger"

// HoldingValue is what an account holds of a lot.
type HoldingValue struct {
	Holder   ledger.AccountID
	Lot      ledger.LotID
	Quantity uint64
}

// Append appends the value's bytes.
func (v *HoldingValue) Append(b []byte) []byte {
	b = ledger.AppendU64(append(b, version), uint64(v.Holder))
	return ledger.AppendU64(appendLot8(b, v.Lot), v.Quantity)
}

// ParseHolding reads the value.
func ParseHolding(data []byte) (v HoldingValue, err error) {
	r := ledger.NewReader("holding", data)
	r.Version(version)
	v.Holder = ledger.AccountID(r.U64())
	v.Lot = lot8(r)
	v.Quantity = r.U64()
	return v, r.Close()
}

// SaleStatus is how far a sale has come. That a proposal has lapsed is no status: it follows from the time one asks for.
type SaleStatus uint8

// Statuses of a sale.
const (
	SaleProposed    SaleStatus = 1
	SaleAccepted    SaleStatus = 2
	SaleUnconfirmed SaleStatus = 3 // to a business without an account: the buyer has not confirmed
)

// Marks of a sale, as bits.
const (
	MarkLate = 1 << iota // entered after the backdating window, without the OCOP claim
	MarkOCOP             // sold with the OCOP claim
)

// Party is a side of a sale: an account, or a commitment.
type Party struct {
	Account    ledger.AccountID
	Commitment ledger.Hash // when Account is 0
}

const (
	partyAccount    = 1
	partyCommitment = 2
)

func appendParty(b []byte, p Party) []byte {
	if p.Account != 0 {
		return ledger.AppendU64(append(b, partyAccount), uint64(p.Account))
	}
	return append(append(b, partyCommitment), p.Commitment[:]...)
}

func party(r *ledger.Reader) (p Party) {
	switch tag := r.U8(); tag {
	case partyAccount:
		if p.Account = ledger.AccountID(r.U64()); p.Account == 0 {
			r.Fail("party account 0")
		}
	case partyCommitment:
		p.Commitment = r.Hash()
	default:
		r.Fail("party of kind %d", tag)
	}
	return p
}

// SaleValue is a sale (giao dịch mua bán) proposed to an account or made to an outside business. Retail sales touch lot and holding alone.
type SaleValue struct {
	Sale        ledger.SaleID
	Seller      ledger.AccountID
	Buyer       Party
	Lot         ledger.LotID
	Quantity    uint64
	Unit        uint8
	EventTime   uint64 // Unix milliseconds
	Marks       uint8
	Certificate ledger.CertificateID // with the OCOP claim
	Price       ledger.Hash          // salted commitments; zero: none
	Terms       ledger.Hash
	Status      SaleStatus
	Leaf        uint64 // index of the proposing record
	Lapses      uint64 // Unix milliseconds; 0 for outside sales
	Accepted    uint64 // block time of the acceptance; 0 before
}

// Append appends the value's bytes.
func (v *SaleValue) Append(b []byte) []byte {
	b = AppendSaleID(append(b, version), v.Sale)
	b = ledger.AppendU64(b, uint64(v.Seller))
	b = appendParty(b, v.Buyer)
	b = appendLot8(b, v.Lot)
	b = ledger.AppendU64(b, v.Quantity)
	b = append(b, v.Unit)
	b = ledger.AppendU64(b, v.EventTime)
	b = append(b, v.Marks)
	b = appendCertificate8(b, v.Certificate)
	b = append(b, v.Price[:]...)
	b = append(b, v.Terms[:]...)
	b = append(b, byte(v.Status))
	for _, n := range []uint64{v.Leaf, v.Lapses, v.Accepted} {
		b = ledger.AppendU64(b, n)
	}
	return b
}

// ParseSale reads the value.
func ParseSale(data []byte) (v SaleValue, err error) {
	r := ledger.NewReader("sale", data)
	r.Version(version)
	v.Sale = actionID(r)
	v.Seller = ledger.AccountID(r.U64())
	v.Buyer = party(r)
	v.Lot = lot8(r)
	v.Quantity = r.U64()
	v.Unit = r.U8()
	v.EventTime = r.U64()
	v.Marks = r.U8()
	v.Certificate = certificate8(r)
	v.Price, v.Terms = r.Hash(), r.Hash()
	v.Status = SaleStatus(r.U8())
	v.Leaf, v.Lapses, v.Accepted = r.U64(), r.U64(), r.U64()
	if v.Status < SaleProposed || v.Status > SaleUnconfirmed {
		r.Fail("status %d", v.Status)
	}
	return v, r.Close()
}
