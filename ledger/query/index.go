package query

import (
	"cmp"
	"slices"
	"sync"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/subject"
)

// Index is what lists and search go through: the products, producers and certificates of the ledger, in memory. It grows with their number and
// never with that of lots, sales or records. It is safe for use by many goroutines.
type Index struct {
	mu       sync.RWMutex
	height   uint64
	size     uint64 // leaves of the log it has followed
	products map[ledger.ProductID]*productRow
	accounts map[ledger.AccountID]*accountRow
	issued   map[ledger.CertificateID]*certificateRow

	// In the order of ids, which is the order of lists.
	productOrder []*productRow
	accountOrder []*accountRow
	issuedOrder  []*certificateRow

	parents   map[uint32]uint32 // territory → the one it lies in
	words     *vocabulary
	documents []found // by number
}

// found is what a document of the vocabulary is: one of the three.
type found struct {
	product     *productRow
	account     *accountRow
	certificate *certificateRow
}

type productRow struct {
	id           ledger.ProductID
	scheme       string
	group        string
	origin       uint32
	certificates []ledger.CertificateID
	words        []string
	document     document
}

type accountRow struct {
	id       ledger.AccountID
	producer bool
	seat     uint32
	words    []string // none unless it is a producer
	document document
}

type certificateRow struct {
	id       ledger.CertificateID
	value    subject.CertificateValue
	words    []string
	document document
}

func newIndex() *Index {
	return &Index{
		products: make(map[ledger.ProductID]*productRow),
		accounts: make(map[ledger.AccountID]*accountRow),
		issued:   make(map[ledger.CertificateID]*certificateRow),
		parents:  make(map[uint32]uint32),
		words:    newVocabulary(),
	}
}

func compareProducts(a, b ledger.ProductID) int {
	return cmp.Or(cmp.Compare(a.Producer, b.Producer), cmp.Compare(a.Number, b.Number))
}

// compareCertificates is the order of their binary ids.
func compareCertificates(a, b ledger.CertificateID) int {
	return cmp.Or(cmp.Compare(a.Decision.Issuer, b.Decision.Issuer), cmp.Compare(a.Decision.Year, b.Decision.Year),
		cmp.Compare(a.Item, b.Item), cmp.Compare(a.Decision.Number, b.Decision.Number))
}

func productPlace(rows []*productRow, id ledger.ProductID) (int, bool) {
	return slices.BinarySearchFunc(rows, id, func(r *productRow, id ledger.ProductID) int { return compareProducts(r.id, id) })
}

func accountPlace(rows []*accountRow, id ledger.AccountID) (int, bool) {
	return slices.BinarySearchFunc(rows, id, func(r *accountRow, id ledger.AccountID) int { return cmp.Compare(r.id, id) })
}

func certificatePlace(rows []*certificateRow, id ledger.CertificateID) (int, bool) {
	return slices.BinarySearchFunc(rows, id, func(r *certificateRow, id ledger.CertificateID) int { return compareCertificates(r.id, id) })
}

// productsOf are the rows of a producer's products.
func (x *Index) productsOf(a ledger.AccountID) []*productRow {
	from, _ := productPlace(x.productOrder, ledger.ProductID{Producer: a})
	to, _ := productPlace(x.productOrder, ledger.ProductID{Producer: a + 1})
	return x.productOrder[from:to]
}

// within tells whether a territory is another one or lies in it.
func (x *Index) within(code, in uint32) bool {
	for range maxDepth {
		if code == in {
			return true
		}
		if code = x.parents[code]; code == 0 {
			return false
		}
	}
	return false
}
