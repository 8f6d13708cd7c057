package query

import (
	"fmt"
	"slices"
	"strings"

	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// Retail is what a timeline tells of a retail sale.
type Retail = retail

// ReadRetail reads retail sales by hand, as one answer does; false: protobuf is to read it.
func ReadRetail() func(into *Retail, action []byte) bool { return newReader(nil).readRetail }

// RetailOf is what is told of goods that protobuf read.
func RetailOf(g *recordv1.Goods) *Retail { return newReader(nil).retailOf(g) }

// EncodeSale makes the bytes of a sale by hand.
func EncodeSale(s *apiv1.Sale) ([]byte, error) {
	r := newReader(nil)
	r.room = func(int) []byte { return nil }
	e := newEncoder(r, 0)
	return e.appendSale(nil, s), e.err
}

// MaxRetries is how often Read begins again.
const MaxRetries = retries

// Dump writes all that an index holds, except the numbers of documents, which depend on the order of arrival.
func (c *Catalog) Dump() string {
	x := c.index
	x.mu.RLock()
	defer x.mu.RUnlock()
	var b strings.Builder
	fmt.Fprintf(&b, "height %d size %d documents %d\n", x.height, x.size, len(x.documents))
	for _, p := range x.productOrder {
		fmt.Fprintf(&b, "product %v %s %s %d %v %v\n", p.id, p.scheme, p.group, p.origin, p.certificates, p.words)
	}
	for _, a := range x.accountOrder {
		fmt.Fprintf(&b, "account %v %v %d %v\n", a.id, a.producer, a.seat, a.words)
	}
	for _, c := range x.issuedOrder {
		fmt.Fprintf(&b, "certificate %v %+v %v\n", c.id, c.value, c.words)
	}
	for _, w := range x.words.words {
		var names []string
		for _, d := range x.words.postings[w] {
			switch f := x.documents[d]; {
			case f.product != nil:
				names = append(names, "product "+f.product.id.String())
			case f.account != nil:
				names = append(names, "account "+f.account.id.String())
			default:
				names = append(names, "certificate "+f.certificate.id.String())
			}
		}
		slices.Sort(names)
		fmt.Fprintf(&b, "word %s: %s\n", w, strings.Join(names, ", "))
	}
	fmt.Fprintf(&b, "%d words, %d postings, %d products, %d accounts, %d certificates\n",
		len(x.words.words), len(x.words.postings), len(x.products), len(x.accounts), len(x.issued))
	return b.String()
}
