package subject

import (
	"github.com/ocopledger/ocop/ledger"
)

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
