package compose

import (
	"crypto/sha256"
	"fmt"
	"io"

	"github.com/ocopledger/ocop/ledger"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// References: nouns into messages, and back. The way back takes what a message says as it stands; whether it may stand in a leaf is said by
// package wire.

// ProductRef names a product.
func ProductRef(p ledger.ProductID) *recordv1.ProductRef {
	return &recordv1.ProductRef{Producer: uint64(p.Producer), Number: p.Number}
}

// ProductID is the product a message names.
func ProductID(r *recordv1.ProductRef) ledger.ProductID {
	return ledger.ProductID{Producer: ledger.AccountID(r.GetProducer()), Number: r.GetNumber()}
}

// DecisionRef names a Decision.
func DecisionRef(d ledger.DecisionID) *recordv1.DecisionRef {
	return &recordv1.DecisionRef{Issuer: uint64(d.Issuer), Year: uint32(d.Year), Number: d.Number}
}

// DecisionID is the Decision a message names. Years are at most 9999 in a canonical message.
func DecisionID(r *recordv1.DecisionRef) ledger.DecisionID {
	return ledger.DecisionID{Issuer: ledger.AccountID(r.GetIssuer()), Year: uint16(r.GetYear()), Number: r.GetNumber()}
}

// CertificateRef names a certificate; nil for none.
func CertificateRef(c ledger.CertificateID) *recordv1.CertificateRef {
	if c.IsZero() {
		return nil
	}
	return &recordv1.CertificateRef{Decision: DecisionRef(c.Decision), Item: uint32(c.Item)}
}

// CertificateID is the certificate a message names; zero for nil.
func CertificateID(r *recordv1.CertificateRef) ledger.CertificateID {
	return ledger.CertificateID{Decision: DecisionID(r.GetDecision()), Item: uint16(r.GetItem())}
}

// LotRef names a lot.
func LotRef(l ledger.LotID) *recordv1.LotRef {
	return &recordv1.LotRef{Product: ProductRef(l.Product), Lot: l.Lot}
}

// LotID is the lot a message names.
func LotID(r *recordv1.LotRef) ledger.LotID {
	return ledger.LotID{Product: ProductID(r.GetProduct()), Lot: r.GetLot()}
}

// ActionRef names an action, and with it the sale it made.
func ActionRef(s ledger.SaleID) *recordv1.ActionRef {
	return &recordv1.ActionRef{Record: s.Record[:], Action: uint32(s.Action)}
}

// SaleID is the action a message names.
func SaleID(r *recordv1.ActionRef) (s ledger.SaleID) {
	copy(s.Record[:], r.GetRecord())
	s.Action = uint16(r.GetAction())
	return s
}

// RegisterName is a name from a public register. It is public for ever: for natural persons use BlobName.
func RegisterName(name string) *recordv1.Name {
	return &recordv1.Name{Choice: &recordv1.Name_Register{Register: name}}
}

// BlobName is a name kept outside the ledger, by its commitment.
func BlobName(commitment ledger.Hash) *recordv1.Name {
	return &recordv1.Name{Choice: &recordv1.Name_Blob{Blob: commitment[:]}}
}

// AccountParty is a side of a sale that has an account.
func AccountParty(a ledger.AccountID) *recordv1.Party {
	return &recordv1.Party{Choice: &recordv1.Party_Account{Account: uint64(a)}}
}

// HiddenParty is a side of a sale without an account, by its commitment.
func HiddenParty(commitment ledger.Hash) *recordv1.Party {
	return &recordv1.Party{Choice: &recordv1.Party_Commitment{Commitment: commitment[:]}}
}

// Document describes a file published elsewhere by hash, size and name.
func Document(name string, file io.Reader) (*recordv1.Document, error) {
	h := sha256.New()
	n, err := io.Copy(h, file)
	if err != nil {
		return nil, fmt.Errorf("document %s: %w", name, err)
	}
	if n == 0 {
		return nil, fmt.Errorf("document %s: %w", name, ErrEmptyDocument)
	}
	return &recordv1.Document{Sha256: h.Sum(nil), Size: uint64(n), Name: name}, nil
}
