// Package subject defines what the ledger's state is made of: subjects, each with an id and a value in a fixed encoding.
//
// A subject's key in the state map is SHA-256(0x32 ‖ kind ‖ id); the map commits to SHA-256(0x33 ‖ value) and to the root of the subject's
// history. Values begin with a version byte; one value has one encoding. FORMAT.md draws them.
package subject

import (
	"crypto/sha256"
	"fmt"

	"github.com/ocopledger/ocop/ledger"
)

// Kind is the kind of a subject. Numbers are part of the format; kinds of later protocol versions take the next ones.
type Kind byte

// Kinds of subjects, with the binary id of each. Validator keys exist since protocol version 2, proposals since version 3, serials and contacts
// since version 4, the others since version 1.
const (
	KindParameters  Kind = 1  // empty
	KindPolicy      Kind = 2  // empty
	KindTerritory   Kind = 3  // code u32
	KindScheme      Kind = 4  // id as text
	KindAuthority   Kind = 5  // account u64: what an agency may do; rarely written
	KindAccount     Kind = 6  // account u64: who it is, keys and roles
	KindActivity    Kind = 7  // account u64: every record and refusal of the account
	KindProduct     Kind = 8  // producer u64 ‖ number u32
	KindDecision    Kind = 9  // issuer u64 ‖ year u16 ‖ number as text
	KindCertificate Kind = 10 // issuer u64 ‖ year u16 ‖ item u16 ‖ number as text
	KindLot         Kind = 11 // producer u64 ‖ number u32 ‖ lot as text
	KindHolding     Kind = 12 // account u64 ‖ producer u64 ‖ number u32 ‖ lot as text
	KindSale        Kind = 13 // record id ‖ action u16
	KindNode        Kind = 14 // agency u64: incarnation, addresses, TLS key of its validator
	KindProtocol    Kind = 15 // empty: the protocol version in force
	KindSchemes     Kind = 16 // empty: the dates of all rule sets
	KindProductName Kind = 17 // producer u64 ‖ register name as text: which of the producer's products has the name
	KindGTIN        Kind = 18 // 14 digits as text: which product has the GTIN

	KindValidatorKeys Kind = 19 // agency u64: all keys its validator ever had
	KindProposal      Kind = 20 // record id ‖ action u16: a change put to the vote
	KindSerials       Kind = 21 // producer u64 ‖ number u32: how many stamps the product has
	KindContact       Kind = 22 // agency u64: its public telephone number
)

var kindNames = [...]string{"", "parameters", "policy", "territory", "scheme", "authority", "account", "activity", "product", "decision", "certificate",
	"lot", "holding", "sale", "node", "protocol", "schemes", "product name", "GTIN", "validator keys", "proposal", "serials", "contact"}

func (k Kind) String() string {
	if int(k) < len(kindNames) && k > 0 {
		return kindNames[k]
	}
	return "unknown"
}

// Kept tells whether a ledger shows every value a subject of the kind ever had, and not only the newest: what a receipt as of an earlier height shows.
// Trade is left out: it is nearly all that is ever written, and no verdict on a certificate rests on it.
func (k Kind) Kept() bool {
	switch k {
	case KindActivity, KindLot, KindHolding, KindSale, KindSerials:
		return false
	}
	return true
}

// Paths tells whether receipts and evidence show parts of the history of such a subject, by hashes of the subtrees beside them; a ledger keeps those hashes. All other
// histories are shown whole.
func (k Kind) Paths() bool { return k == KindActivity }

// ID is a subject's kind and binary id. It is comparable: a subject's name in memory.
type ID struct {
	Kind Kind
	Name string // binary
}

// Hash tags of state keys and values.
const (
	tagKey   = 0x32
	tagValue = 0x33
)

// Key is the subject's key in the state map.
func (id ID) Key() ledger.Hash {
	b := make([]byte, 0, 96)
	b = append(b, tagKey, byte(id.Kind))
	return sha256.Sum256(append(b, id.Name...))
}

// shortValue is what is hashed in one go: values of trade. Longer ones are not worth copying.
const shortValue = 255

// ValueHash is what the state map holds of a value.
func ValueHash(value []byte) (h ledger.Hash) {
	if len(value) <= shortValue {
		var buf [1 + shortValue]byte
		buf[0] = tagValue
		return sha256.Sum256(buf[:1+copy(buf[1:], value)])
	}
	d := sha256.New()
	d.Write([]byte{tagValue})
	d.Write(value)
	d.Sum(h[:0])
	return h
}

func idOf(kind Kind, name []byte) ID { return ID{kind, string(name)} }

// nameRoom is room on the stack for a name on its way into an ID: ids are made for every look at the state, and longer names than this are rare.
type nameRoom [80]byte

func ofAccount(kind Kind, a ledger.AccountID) ID {
	var room nameRoom
	return idOf(kind, ledger.AppendU64(room[:0], uint64(a)))
}

func ofProduct(kind Kind, p ledger.ProductID) ID {
	var room nameRoom
	return idOf(kind, AppendProductID(room[:0], p))
}

func ofAction(kind Kind, a ledger.ActionID) ID {
	var room nameRoom
	return idOf(kind, appendAction(room[:0], a))
}

// Parameters is the id of the one subject that holds windows and limits.
func Parameters() ID { return ID{Kind: KindParameters} }

// Policy is the id of the one subject that holds the policy epoch in force.
func Policy() ID { return ID{Kind: KindPolicy} }

// Protocol is the id of the one subject that holds the protocol version in force.
func Protocol() ID { return ID{Kind: KindProtocol} }

// Schemes is the id of the one subject that says which rule set a date selects.
func Schemes() ID { return ID{Kind: KindSchemes} }

// Territory is the id of a territory.
func Territory(code uint32) ID { return idOf(KindTerritory, ledger.AppendU32(nil, code)) }

// Scheme is the id of a rule set.
func Scheme(id string) ID { return ID{KindScheme, id} }

// Authority is the id of an agency's authority.
func Authority(a ledger.AccountID) ID { return ofAccount(KindAuthority, a) }

// Account is the id of an account.
func Account(a ledger.AccountID) ID { return ofAccount(KindAccount, a) }

// Activity is the id of an account's activity.
func Activity(a ledger.AccountID) ID { return ofAccount(KindActivity, a) }

// Node is the id of an agency's node.
func Node(a ledger.AccountID) ID { return ofAccount(KindNode, a) }

// ValidatorKeys is the id of the list of an agency's validator keys.
func ValidatorKeys(a ledger.AccountID) ID {
	return ofAccount(KindValidatorKeys, a)
}

// Product is the id of a product.
func Product(p ledger.ProductID) ID { return ofProduct(KindProduct, p) }

// Serials is the id of the count of a product's stamps.
func Serials(p ledger.ProductID) ID { return ofProduct(KindSerials, p) }

// Contact is the id of an agency's public telephone number.
func Contact(a ledger.AccountID) ID { return ofAccount(KindContact, a) }

// ProductName is the id of a register name among a producer's products.
func ProductName(producer ledger.AccountID, name string) ID {
	var room nameRoom
	return idOf(KindProductName, append(ledger.AppendU64(room[:0], uint64(producer)), name...))
}

// GTIN is the id of a GTIN-14.
func GTIN(digits string) ID { return ID{KindGTIN, digits} }

// Decision is the id of a Decision.
func Decision(d ledger.DecisionID) ID {
	var room nameRoom
	b := ledger.AppendU64(room[:0], uint64(d.Issuer))
	b = ledger.AppendU16(b, d.Year)
	return idOf(KindDecision, append(b, d.Number...))
}

// Certificate is the id of a certificate.
func Certificate(c ledger.CertificateID) ID {
	var room nameRoom
	return idOf(KindCertificate, AppendCertificateID(room[:0], c))
}

// Lot is the id of a lot.
func Lot(l ledger.LotID) ID {
	var room nameRoom
	return idOf(KindLot, AppendLotID(room[:0], l))
}

// Holding is the id of what an account holds of a lot.
func Holding(a ledger.AccountID, l ledger.LotID) ID {
	var room nameRoom
	return idOf(KindHolding, AppendLotID(ledger.AppendU64(room[:0], uint64(a)), l))
}

// Sale is the id of a sale.
func Sale(s ledger.SaleID) ID { return ofAction(KindSale, s) }

// Proposal is the id of a change put to the vote: the action that proposed it.
func Proposal(a ledger.ActionID) ID { return ofAction(KindProposal, a) }

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

// Parse methods of ids: the binary name back into the noun, for tools that walk the state.

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

// String is a readable name, such as "product 1000012.3".
func (id ID) String() string {
	var text interface{ String() string }
	var err error
	switch id.Kind {
	case KindAuthority, KindAccount, KindActivity, KindNode, KindValidatorKeys, KindContact:
		text, err = id.AccountID()
	case KindProduct, KindSerials:
		text, err = id.ProductID()
	case KindCertificate:
		text, err = id.CertificateID()
	case KindLot:
		text, err = id.LotID()
	case KindSale:
		text, err = id.SaleID()
	case KindProposal:
		text, err = id.ProposalID()
	case KindHolding:
		a, l, err := id.HoldingID()
		if err != nil {
			return "holding (malformed id)"
		}
		return "holding of " + a.String() + " in " + l.String()
	case KindProductName:
		producer, name, err := id.ProductName()
		if err != nil {
			return "product name (malformed id)"
		}
		return fmt.Sprintf("product name %q of %d", name, producer)
	case KindDecision:
		text, err = id.DecisionID()
	case KindTerritory:
		var code uint32
		code, err = id.TerritoryCode()
		text = ledger.AccountID(code)
	case KindScheme, KindGTIN:
		return id.Kind.String() + " " + id.Name
	default:
		return id.Kind.String()
	}
	if err != nil {
		return id.Kind.String() + " (malformed id)"
	}
	return id.Kind.String() + " " + text.String()
}
