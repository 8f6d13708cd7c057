package web

import (
	"encoding/hex"
	"net/http"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/query"
	"github.com/ocopledger/ocop/ledger/subject"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

// What a page has from beside the ledger, where it can be erased: a picture, and the name of a producer who is a natural person. A page does not point at
// what this node does not have, and its ETag changes when it comes or goes, as neither height nor day does then.

// shows tells whether there is a picture of that hash on the ledger's word, and here.
func (s *site) shows(picture []byte) bool {
	var id ledger.Hash
	return copy(id[:], picture) == len(id) && id != (ledger.Hash{}) && (s.Pictured == nil || s.Pictured(id))
}

// photo is a product's picture, as pages show it.
type photo struct{ Path, Text string }

// photo gives the picture of a product; nil when there is none to show.
func (v *visit) photo(p *apiv1.Product) *photo {
	if !v.shows(p.GetPicture()) {
		return nil
	}
	return &photo{"/blob/" + hex.EncodeToString(p.GetPicture()), v.frame.L.T("picture", v.frame.L.Product(p.GetName(), p.GetProduct()))}
}

// producer is a producer's name, by the register or as a blob; the account's number while there is neither.
func (v *visit) producer(s *query.Snapshot, a *apiv1.Actor) string {
	if a.GetName() == "" {
		if name, ok := v.named(s, ledger.AccountID(a.GetAccount())); ok {
			return name
		}
	}
	return v.frame.L.Name(a)
}

// named is the name that an account has as a blob.
func (s *site) named(snapshot *query.Snapshot, account ledger.AccountID) (string, bool) {
	data, ok := snapshot.Value(subject.Account(account))
	if !ok || s.Named == nil {
		return "", false
	}
	v, err := subject.ParseAccount(data)
	if err != nil || v.Name.Register != "" {
		return "", false
	}
	return s.Named(v.Name.Blob)
}

// beside is what the ETag of a page has of all that.
func (s *site) beside(r *http.Request, snapshot *query.Snapshot) (tag string) {
	data, ok := snapshot.Value(subject.Product(productOf(r.PathValue("id"), snapshot)))
	if !ok {
		return ""
	}
	v, err := subject.ParseProduct(data)
	if err != nil {
		return ""
	}
	if s.shows(v.Picture[:]) {
		tag = "p"
	}
	if _, ok := s.named(snapshot, v.Product.Producer); ok {
		tag += "n"
	}
	return tag
}

// productOf is the product of a page about a product, lot or certificate; zero, which is none, for others.
func productOf(id string, snapshot *query.Snapshot) ledger.ProductID {
	if p, err := ledger.ParseProductID(id); err == nil {
		return p
	}
	if l, err := ledger.ParseLotID(id); err == nil {
		return l.Product
	}
	if c, err := ledger.ParseCertificateID(id); err == nil {
		if data, ok := snapshot.Value(subject.Certificate(c)); ok {
			if v, err := subject.ParseCertificate(data); err == nil {
				return v.Product
			}
		}
	}
	return ledger.ProductID{}
}
