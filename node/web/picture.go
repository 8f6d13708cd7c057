package web

import (
	"net/http"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/query"
	"github.com/ocopledger/ocop/ledger/subject"
)

// shows tells whether there is a picture of that hash on the ledger's word, and here: a page does not point at what is gone.
func (s *site) shows(picture []byte) bool {
	var id ledger.Hash
	return copy(id[:], picture) == len(id) && id != (ledger.Hash{}) && (s.Pictured == nil || s.Pictured(id))
}

// pictured is what the ETag of a product's page has beside height and day: a picture comes and goes with neither.
func (s *site) pictured(r *http.Request, snapshot *query.Snapshot) string {
	id, err := ledger.ParseProductID(r.PathValue("id"))
	if err != nil || s.Pictured == nil {
		return ""
	}
	data, ok := snapshot.Value(subject.Product(id))
	if !ok {
		return ""
	}
	if v, err := subject.ParseProduct(data); err == nil && s.shows(v.Picture[:]) {
		return "p"
	}
	return ""
}
