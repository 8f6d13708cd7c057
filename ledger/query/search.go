package query

import (
	"cmp"
	"slices"

	"github.com/ocopledger/ocop/ledger"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

// Bounds of a search.
const (
	maxQuery     = 200 // bytes
	maxWords     = 10
	usualResults = 20
	mostResults  = 100
)

// hit is a document that has all words, and how well it has them: the sum over the words, lower is better.
type hit struct {
	found
	cost int
}

// Search looks for products, producers and certificates by words.
func (s *Snapshot) Search(q *apiv1.SearchRequest, on ledger.Date) (*apiv1.SearchResponse, error) {
	if len(q.GetQ()) > maxQuery {
		return nil, beyond("q", "too_long", len(q.GetQ()), maxQuery, "byte", "bytes")
	}
	words := Words(q.GetQ())
	if len(words) > maxWords {
		return nil, beyond("q", "too_many_words", len(words), maxWords, "từ", "words")
	}
	skip, err := offset(q.GetPage())
	if err != nil {
		return nil, err
	}
	a, r := new(apiv1.SearchResponse), newReader(s.Source)
	return a, s.indexed(func(x *Index) error {
		hits := x.search(words)
		a.Total = uint64(len(hits))
		hits, a.NextPage = ranked(hits, skip, size(q.GetPage(), usualResults, mostResults))
		for _, h := range hits {
			result, err := x.result(r, h.found, on)
			if err != nil {
				return err
			}
			a.Results = append(a.Results, result)
		}
		return nil
	})
}

// search finds the documents that have all words. Equally good ones stand in the order products, producers, certificates, each by id, whatever
// the order in which they came into the index.
func (x *Index) search(words []string) (hits []hit) {
	if len(words) == 0 {
		return nil
	}
	costs := make([]int, len(x.documents))
	for _, w := range words {
		for d, m := range x.words.find(w, len(x.documents)) {
			if m == missed || costs[d] < 0 {
				costs[d] = -1
				continue
			}
			costs[d] += int(m)
		}
	}
	for d, cost := range costs {
		if cost >= 0 {
			hits = append(hits, hit{x.documents[d], cost})
		}
	}
	slices.SortFunc(hits, func(a, b hit) int { return cmp.Or(cmp.Compare(a.cost, b.cost), a.compare(b.found)) })
	return hits
}

func (f found) rank() int {
	switch {
	case f.product != nil:
		return 0
	case f.account != nil:
		return 1
	}
	return 2
}

func (f found) compare(g found) int {
	if d := cmp.Compare(f.rank(), g.rank()); d != 0 {
		return d
	}
	switch {
	case f.product != nil:
		return compareProducts(f.product.id, g.product.id)
	case f.account != nil:
		return cmp.Compare(f.account.id, g.account.id)
	}
	return compareCertificates(f.certificate.id, g.certificate.id)
}

func (x *Index) result(r *reader, f found, on ledger.Date) (*apiv1.SearchResult, error) {
	switch {
	case f.product != nil:
		v, err := must(r.productValue(f.product.id))
		if err != nil {
			return nil, err
		}
		return &apiv1.SearchResult{Found: &apiv1.SearchResult_Product{Product: r.showProduct(v, on)}}, nil
	case f.account != nil:
		p, err := x.producer(r, f.account, on)
		return &apiv1.SearchResult{Found: &apiv1.SearchResult_Producer{Producer: p}}, err
	}
	return &apiv1.SearchResult{Found: &apiv1.SearchResult_Certificate{Certificate: r.showCertificate(&f.certificate.value, on)}}, nil
}
