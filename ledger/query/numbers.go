package query

import (
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/subject"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

// mostProducts is the highest product number of a producer (ocop.record.v1.ProductRef).
const mostProducts = 999_999

// NextNumbers tells the numbers after the highest ones in use. Nothing is reserved.
func (s *Snapshot) NextNumbers(q *apiv1.NextNumbersRequest) (*apiv1.NextNumbersResponse, error) {
	agency, producer := ledger.AccountID(q.GetAgency()), ledger.AccountID(q.GetProducer())
	if agency != 0 && !agency.IsAgency() {
		return nil, formAgency.not("agency", agency.String())
	}
	for _, a := range []ledger.AccountID{agency, producer} {
		if a == 0 {
			continue
		}
		if _, err := read(s.Source, subject.Account(a), subject.ParseAccount); err != nil {
			return nil, err
		}
	}
	a := new(apiv1.NextNumbersResponse)
	return a, s.indexed(func(x *Index) error {
		if agency != 0 {
			a.Account = uint64(x.nextAccount(agency))
		}
		if producer != 0 {
			n := uint32(1)
			if rows := x.productsOf(producer); len(rows) > 0 {
				n = rows[len(rows)-1].id.Number + 1
			}
			if n <= mostProducts {
				a.Product = ledger.ProductID{Producer: producer, Number: n}.String()
			}
		}
		return nil
	})
}

func (x *Index) nextAccount(agency ledger.AccountID) ledger.AccountID {
	first, end := agency*ledger.AccountRange+1, (agency+1)*ledger.AccountRange
	at, _ := accountPlace(x.accountOrder, end)
	if at == 0 || x.accountOrder[at-1].id < first {
		return first
	}
	if next := x.accountOrder[at-1].id + 1; next < end {
		return next
	}
	return 0
}
