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
