package blob

import (
	"slices"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/subject"
)

// Offer is an account's signed word that it is about to name a blob on the ledger. Nodes keep a blob that no leaf names for nobody else: anybody could fill
// their disks.
type Offer struct {
	Chain   ledger.ChainID
	Blob    ledger.Hash
	Account ledger.AccountID
	Time    uint64 // Unix milliseconds, by the signer's clock
}

// SignedOffer is an offer as it is handed to a node.
type SignedOffer struct {
	Offer
	Key       ident.PublicKey
	Signature ident.Signature
}

const (
	offerVersion = 1
	// OfferSize is the size of a signed offer in bytes.
	OfferSize = 1 + 32 + 32 + 8 + 8 + 33 + 64
)

func (o *Offer) append(b []byte) []byte {
	b = append(append(append(b, offerVersion), o.Chain[:]...), o.Blob[:]...)
	return ledger.AppendU64(ledger.AppendU64(b, uint64(o.Account)), o.Time)
}

// Sign signs the offer with a key of the account's.
func (o *Offer) Sign(key *ident.PrivateKey) (*SignedOffer, error) {
	signature, err := key.Sign(ident.Digest(ident.TypeBlobOffer, o.append(nil)))
	return &SignedOffer{*o, key.Public(), signature}, err
}

// Append appends offer, key and signature.
func (s *SignedOffer) Append(b []byte) []byte {
	return append(append(s.append(b), s.Key[:]...), s.Signature[:]...)
}

// ParseOffer reads a signed offer, and verifies nothing.
func ParseOffer(data []byte) (*SignedOffer, error) {
	r := ledger.NewReader("offer of a blob", data)
	r.Version(offerVersion)
	s := new(SignedOffer)
	s.Chain, s.Blob = r.Hash(), r.Hash()
	s.Account = ledger.AccountID(r.U64())
	s.Time = r.U64()
	r.Copy(s.Key[:])
	r.Copy(s.Signature[:])
	return s, r.Close()
}

// By verifies the signature, and that the key is bound to the account as it is now. Errors: *Error, those of ident.PublicKey.Verify.
func (s *SignedOffer) By(account *subject.AccountValue) error {
	if account.Account != s.Account || !slices.ContainsFunc(account.Keys, func(k subject.Key) bool { return k.PublicKey == s.Key && k.Retired == 0 }) {
		return wrong("key", "khóa ký không phải khóa đang dùng của tài khoản %v", "the key that signed is none that account %v has now", s.Account)
	}
	return s.Key.Verify(ident.Digest(ident.TypeBlobOffer, s.append(nil)), s.Signature)
}
