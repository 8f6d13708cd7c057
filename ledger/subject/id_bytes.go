package subject

import (
	"github.com/ocopledger/ocop/ledger"
)

// AppendProductID appends the 12-byte id.
func AppendProductID(b []byte, p ledger.ProductID) []byte {
	return ledger.AppendU32(ledger.AppendU64(b, uint64(p.Producer)), p.Number)
}

// AppendCertificateID appends the id, whose number runs to the end.
func AppendCertificateID(b []byte, c ledger.CertificateID) []byte {
	b = ledger.AppendU64(b, uint64(c.Decision.Issuer))
	b = ledger.AppendU16(b, c.Decision.Year)
	b = ledger.AppendU16(b, c.Item)
	return append(b, c.Decision.Number...)
}

// AppendLotID appends the id, whose lot code runs to the end.
func AppendLotID(b []byte, l ledger.LotID) []byte {
	return append(AppendProductID(b, l.Product), l.Lot...)
}

// AppendSaleID appends the 34-byte id.
func AppendSaleID(b []byte, s ledger.SaleID) []byte { return appendAction(b, s) }

func appendAction(b []byte, a ledger.ActionID) []byte {
	return ledger.AppendU16(append(b, a.Record[:]...), a.Action)
}

func productID(r *ledger.Reader) ledger.ProductID {
	return ledger.ProductID{Producer: ledger.AccountID(r.U64()), Number: r.U32()}
}

func actionID(r *ledger.Reader) (a ledger.ActionID) {
	r.Copy(a.Record[:])
	a.Action = r.U16()
	return a
}

func certificateID(r *ledger.Reader, number func() string) (c ledger.CertificateID) {
	c.Decision.Issuer = ledger.AccountID(r.U64())
	c.Decision.Year = r.U16()
	c.Item = r.U16()
	c.Decision.Number = number()
	return c
}

// Inside values the parts that run to the end of an id are written with a one-byte length.
func appendCertificate8(b []byte, c ledger.CertificateID) []byte {
	b = AppendCertificateID(b, ledger.CertificateID{Decision: ledger.DecisionID{Issuer: c.Decision.Issuer, Year: c.Decision.Year}, Item: c.Item})
	return ledger.AppendText8(b, c.Decision.Number)
}

func certificate8(r *ledger.Reader) ledger.CertificateID { return certificateID(r, r.Text8) }

func appendDecision8(b []byte, d ledger.DecisionID) []byte {
	b = ledger.AppendU64(b, uint64(d.Issuer))
	b = ledger.AppendU16(b, d.Year)
	return ledger.AppendText8(b, d.Number)
}

func decision8(r *ledger.Reader) (d ledger.DecisionID) {
	d.Issuer = ledger.AccountID(r.U64())
	d.Year = r.U16()
	d.Number = r.Text8()
	return d
}

func appendLot8(b []byte, l ledger.LotID) []byte {
	return ledger.AppendText8(AppendProductID(b, l.Product), l.Lot)
}

func lot8(r *ledger.Reader) ledger.LotID { return ledger.LotID{Product: productID(r), Lot: r.Text8()} }

// What follows reads the binary name of a subject back into the noun, for tools that walk the state.

// AccountID reads the id of an authority, account, activity, node, validator keys or contact subject.
func (id ID) AccountID() (ledger.AccountID, error) {
	r := ledger.NewReader(id.Kind.String()+" id", []byte(id.Name))
	a := ledger.AccountID(r.U64())
	return a, r.Close()
}

// ProductID reads the id of a product or serials subject.
func (id ID) ProductID() (ledger.ProductID, error) {
	r := ledger.NewReader(id.Kind.String()+" id", []byte(id.Name))
	p := productID(r)
	return p, r.Close()
}

// DecisionID reads the id of a Decision subject.
func (id ID) DecisionID() (ledger.DecisionID, error) {
	r := ledger.NewReader("decision id", []byte(id.Name))
	d := ledger.DecisionID{Issuer: ledger.AccountID(r.U64()), Year: r.U16(), Number: string(r.Bytes(r.Left()))}
	return d, r.Close()
}

// TerritoryCode reads the id of a territory subject.
func (id ID) TerritoryCode() (uint32, error) {
	r := ledger.NewReader("territory id", []byte(id.Name))
	code := r.U32()
	return code, r.Close()
}

// ProductName reads the id of a product name subject.
func (id ID) ProductName() (ledger.AccountID, string, error) {
	r := ledger.NewReader("product name id", []byte(id.Name))
	producer := ledger.AccountID(r.U64())
	name := string(r.Bytes(r.Left()))
	return producer, name, r.Close()
}

// CertificateID reads the id of a certificate subject.
func (id ID) CertificateID() (ledger.CertificateID, error) {
	r := ledger.NewReader("certificate id", []byte(id.Name))
	c := certificateID(r, func() string { return string(r.Bytes(r.Left())) })
	return c, r.Close()
}

// LotID reads the id of a lot subject.
func (id ID) LotID() (ledger.LotID, error) {
	r := ledger.NewReader("lot id", []byte(id.Name))
	l := ledger.LotID{Product: productID(r), Lot: string(r.Bytes(r.Left()))}
	return l, r.Close()
}

// HoldingID reads the id of a holding subject.
func (id ID) HoldingID() (ledger.AccountID, ledger.LotID, error) {
	r := ledger.NewReader("holding id", []byte(id.Name))
	a := ledger.AccountID(r.U64())
	l := ledger.LotID{Product: productID(r), Lot: string(r.Bytes(r.Left()))}
	return a, l, r.Close()
}

// SaleID reads the id of a sale subject.
func (id ID) SaleID() (ledger.SaleID, error) {
	r := ledger.NewReader("sale id", []byte(id.Name))
	s := actionID(r)
	return s, r.Close()
}

// ProposalID reads the id of a proposal subject.
func (id ID) ProposalID() (ledger.ActionID, error) {
	r := ledger.NewReader("proposal id", []byte(id.Name))
	a := actionID(r)
	return a, r.Close()
}
