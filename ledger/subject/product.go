package subject

import (
	"slices"

	"github.com/ocopledger/ocop/ledger"
)

// MaxCertificates is how many certificates a product may ever have: two centuries of renewals every 36 months.
const MaxCertificates = 64

// ProductValue is a product (sản phẩm).
type ProductValue struct {
	Product      ledger.ProductID
	Name         Name
	Scheme       string // rule set of the group code
	Group        string
	Unit         uint8            // ocop.record.v1.Unit
	GTIN         string           // GTIN-14 or empty
	Origin       uint32           // territory
	Registrar    ledger.AccountID // who registered it: the producer or an agency
	Stated       ledger.ActionID  // the action that registered it
	Certificates []Term           // in the order they were issued

	// Since protocol version 4.
	Picture     ledger.Hash // salted hash of a public blob; zero: none
	Inspections Inspections
}

// supplied tells whether the value holds what protocol version 4 brought.
func (v *ProductValue) supplied() bool {
	return v.Picture != (ledger.Hash{}) || v.Inspections != (Inspections{})
}

// Term is the time a certificate of the product counts for, as far as known: what "one certificate in force" is checked against.
type Term struct {
	Certificate ledger.CertificateID
	From        ledger.Date
	Until       ledger.Date // last day, after revocation or supersession; before From when it never counted
}

// Append appends the value's bytes.
func (v *ProductValue) Append(b []byte) []byte {
	written := byte(version)
	if v.supplied() {
		written = versionSupply
	}
	b = append(b, written)
	b = AppendProductID(b, v.Product)
	b = appendName(b, v.Name)
	b = ledger.AppendText8(b, v.Scheme)
	b = ledger.AppendText8(b, v.Group)
	b = append(b, v.Unit)
	b = ledger.AppendText8(b, v.GTIN)
	b = ledger.AppendU32(b, v.Origin)
	b = ledger.AppendU64(b, uint64(v.Registrar))
	b = appendAction(b, v.Stated)
	b = append(b, byte(len(v.Certificates)))
	for _, t := range v.Certificates {
		b = appendCertificate8(b, t.Certificate)
		b = ledger.AppendU32(b, uint32(t.From))
		b = ledger.AppendU32(b, uint32(t.Until))
	}
	if written == versionSupply {
		b = v.Inspections.append(append(b, v.Picture[:]...))
	}
	return b
}

// ParseProduct reads the value.
func ParseProduct(data []byte) (v ProductValue, err error) {
	r := ledger.NewReader("product", data)
	written := versionIn(data, versionSupply)
	r.Version(written)
	v.Product = productID(r)
	v.Name = name(r)
	v.Scheme = r.Text8()
	v.Group = r.Text8()
	v.Unit = r.U8()
	v.GTIN = r.Text8()
	v.Origin = r.U32()
	v.Registrar = ledger.AccountID(r.U64())
	v.Stated = actionID(r)
	n := r.U8()
	if n > MaxCertificates {
		r.Fail("%d certificates, at most %d", n, MaxCertificates)
	}
	for ; n > 0 && !r.Failed(); n-- {
		v.Certificates = append(v.Certificates, Term{certificate8(r), ledger.Date(r.U32()), ledger.Date(r.U32())})
	}
	if written == versionSupply {
		v.Picture = r.Hash()
		v.Inspections = inspections(r)
		if !r.Failed() && !v.supplied() {
			r.Fail("version %d without need", versionSupply)
		}
	}
	return v, r.Close()
}

// Certified tells whether a certificate of the product is in force on a day, as far as the ledger knows.
func (v *ProductValue) Certified(on ledger.Date) bool {
	return slices.ContainsFunc(v.Certificates, func(t Term) bool { return t.From <= on && on <= t.Until })
}

// TakenValue says which product a name or GTIN belongs to.
type TakenValue struct {
	Product ledger.ProductID // zero: free again after a correction
}

// Append appends the value's bytes.
func (v *TakenValue) Append(b []byte) []byte { return AppendProductID(append(b, version), v.Product) }

// ParseTaken reads the value.
func ParseTaken(data []byte) (v TakenValue, err error) {
	r := ledger.NewReader("taken", data)
	r.Version(version)
	v.Product = productID(r)
	return v, r.Close()
}

// Document is a file published elsewhere.
type Document struct {
	SHA256 ledger.Hash
	Size   uint64
	Name   string
}

func appendDocument(b []byte, d Document) []byte {
	b = append(b, d.SHA256[:]...)
	return ledger.AppendText8(ledger.AppendU64(b, d.Size), d.Name)
}

func document(r *ledger.Reader) Document { return Document{r.Hash(), r.U64(), r.Text8()} }

// DecisionValue is a Decision (quyết định) as far as its parts are on the ledger.
type DecisionValue struct {
	Decision   ledger.DecisionID
	Date       ledger.Date
	Scheme     string // rule set in force on the date
	Historical bool
	Document   Document
	Parts      uint8    // m, fixed by the first part
	Present    [32]byte // bit i−1 of the big-endian number: part i is on the ledger
	Author     ledger.AccountID
}

// HasPart tells whether part i (1–255) is on the ledger.
func (v *DecisionValue) HasPart(i uint8) bool {
	i--
	return v.Present[31-i/8]&(1<<(i%8)) != 0
}

// AddPart marks part i (1–255) as present.
func (v *DecisionValue) AddPart(i uint8) {
	i--
	v.Present[31-i/8] |= 1 << (i % 8)
}

// Missing lists the parts not yet on the ledger.
func (v *DecisionValue) Missing() (parts []uint8) {
	for i := uint8(1); i <= v.Parts && i > 0; i++ {
		if !v.HasPart(i) {
			parts = append(parts, i)
		}
	}
	return parts
}

// Append appends the value's bytes.
func (v *DecisionValue) Append(b []byte) []byte {
	b = appendDecision8(append(b, version), v.Decision)
	b = ledger.AppendU32(b, uint32(v.Date))
	b = ledger.AppendText8(b, v.Scheme)
	b = ledger.AppendBool(b, v.Historical)
	b = appendDocument(b, v.Document)
	b = append(b, v.Parts)
	b = append(b, v.Present[:]...)
	return ledger.AppendU64(b, uint64(v.Author))
}

// ParseDecision reads the value.
func ParseDecision(data []byte) (v DecisionValue, err error) {
	r := ledger.NewReader("decision", data)
	r.Version(version)
	v.Decision = decision8(r)
	v.Date = ledger.Date(r.U32())
	v.Scheme = r.Text8()
	v.Historical = r.Bool()
	v.Document = document(r)
	v.Parts = r.U8()
	r.Copy(v.Present[:])
	v.Author = ledger.AccountID(r.U64())
	return v, r.Close()
}

// CertificateStatus is what happened to a certificate. Expiry is no status: it follows from the date one asks for.
type CertificateStatus uint8

// Statuses of a certificate.
const (
	CertificateIssued     CertificateStatus = 1
	CertificateRevoked    CertificateStatus = 2
	CertificateSuperseded CertificateStatus = 3
)

// CertificateValue is a certificate (giấy chứng nhận).
type CertificateValue struct {
	Certificate   ledger.CertificateID
	Stated        ledger.ActionID // the action that certified
	Product       ledger.ProductID
	Star          uint8
	ScoreA        uint32 // hundredths of a point
	ScoreB        uint32
	ScoreC        uint32
	Total         uint32
	MinimumsMet   bool
	Scheme        string
	Group         string
	DecisionDate  ledger.Date
	ValidFrom     ledger.Date
	ValidUntil    ledger.Date // last valid day as issued or corrected
	Historical    bool
	Status        CertificateStatus
	EffectiveLast ledger.Date // last day it counts after revocation or supersession; ValidUntil while issued
	Predecessor   ledger.CertificateID
	Successor     ledger.CertificateID
	Corrections   uint16
	Revocation    Revocation // when revoked
}

// Revocation says how a certificate was revoked (thu hồi).
type Revocation struct {
	Decision  ledger.DecisionID
	Date      ledger.Date
	Document  Document
	Reason    uint8 // ocop.record.v1.RevocationReason
	Effective ledger.Date
	Author    ledger.AccountID
	Leaf      uint64 // index of the revoking record: sales proposed before it keep their claim
}

// Term is the time the certificate counts for.
func (v *CertificateValue) Term() Term { return Term{v.Certificate, v.ValidFrom, v.EffectiveLast} }

// InForce tells whether the certificate is in force on a date, as far as the ledger knows.
func (v *CertificateValue) InForce(d ledger.Date) bool {
	return v.ValidFrom <= d && d <= v.EffectiveLast
}

// Append appends the value's bytes.
func (v *CertificateValue) Append(b []byte) []byte {
	b = appendCertificate8(append(b, version), v.Certificate)
	b = appendAction(b, v.Stated)
	b = AppendProductID(b, v.Product)
	b = append(b, v.Star)
	for _, n := range []uint32{v.ScoreA, v.ScoreB, v.ScoreC, v.Total} {
		b = ledger.AppendU32(b, n)
	}
	b = ledger.AppendBool(b, v.MinimumsMet)
	b = ledger.AppendText8(b, v.Scheme)
	b = ledger.AppendText8(b, v.Group)
	for _, d := range []ledger.Date{v.DecisionDate, v.ValidFrom, v.ValidUntil} {
		b = ledger.AppendU32(b, uint32(d))
	}
	b = ledger.AppendBool(b, v.Historical)
	b = append(b, byte(v.Status))
	b = ledger.AppendU32(b, uint32(v.EffectiveLast))
	b = appendCertificate8(b, v.Predecessor)
	b = appendCertificate8(b, v.Successor)
	b = ledger.AppendU16(b, v.Corrections)
	if v.Status != CertificateRevoked {
		return b
	}
	b = appendDecision8(b, v.Revocation.Decision)
	b = ledger.AppendU32(b, uint32(v.Revocation.Date))
	b = appendDocument(b, v.Revocation.Document)
	b = append(b, v.Revocation.Reason)
	b = ledger.AppendU32(b, uint32(v.Revocation.Effective))
	b = ledger.AppendU64(b, uint64(v.Revocation.Author))
	return ledger.AppendU64(b, v.Revocation.Leaf)
}

// ParseCertificate reads the value.
func ParseCertificate(data []byte) (v CertificateValue, err error) {
	r := ledger.NewReader("certificate", data)
	r.Version(version)
	v.Certificate = certificate8(r)
	v.Stated = actionID(r)
	v.Product = productID(r)
	v.Star = r.U8()
	v.ScoreA, v.ScoreB, v.ScoreC, v.Total = r.U32(), r.U32(), r.U32(), r.U32()
	v.MinimumsMet = r.Bool()
	v.Scheme = r.Text8()
	v.Group = r.Text8()
	v.DecisionDate, v.ValidFrom, v.ValidUntil = ledger.Date(r.U32()), ledger.Date(r.U32()), ledger.Date(r.U32())
	v.Historical = r.Bool()
	v.Status = CertificateStatus(r.U8())
	v.EffectiveLast = ledger.Date(r.U32())
	v.Predecessor = certificate8(r)
	v.Successor = certificate8(r)
	v.Corrections = r.U16()
	switch v.Status {
	case CertificateIssued, CertificateSuperseded:
	case CertificateRevoked:
		v.Revocation = Revocation{decision8(r), ledger.Date(r.U32()), document(r), r.U8(), ledger.Date(r.U32()), ledger.AccountID(r.U64()), r.U64()}
	default:
		r.Fail("status %d", v.Status)
	}
	return v, r.Close()
}
