package query

import (
	"errors"
	"slices"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/subject"
)

// What the index holds of a subject is read from its value, and from nothing else: an index that was kept up to date for a year holds what one
// that is built today does.

// adder puts rows in: one by one in their place, or a bulk of them that is sorted at the end.
type adder struct {
	*Index
	bulk bool
}

func (a adder) newDocument(f found) document {
	a.documents = append(a.documents, f)
	return document(len(a.documents) - 1)
}

func (a adder) setWords(d document, old *[]string, texts ...string) {
	var words []string
	for _, t := range texts {
		words = append(words, Words(t)...)
	}
	slices.Sort(words)
	words = slices.Compact(words)
	if a.bulk && *old == nil {
		a.words.addUnsorted(d, words)
	} else {
		a.words.replace(d, *old, words)
	}
	*old = words
}

func (a adder) account(s Source, id ledger.AccountID) error {
	v, err := must(read(s, subject.Account(id), subject.ParseAccount))
	if err != nil {
		return err
	}
	row, known := a.accounts[id]
	if !known {
		row = &accountRow{id: id}
		a.accounts[id] = row
		if at, _ := accountPlace(a.accountOrder, id); a.bulk {
			a.accountOrder = append(a.accountOrder, row)
		} else {
			a.accountOrder = slices.Insert(a.accountOrder, at, row)
		}
	}
	row.seat = v.Territory
	if v.Roles&subject.RoleProducer == 0 {
		return nil
	}
	if !row.producer {
		row.producer, row.document = true, a.newDocument(found{account: row})
	}
	a.setWords(row.document, &row.words, id.String(), v.Name.Register, v.BusinessNumber)
	return nil
}

func (a adder) product(s Source, id ledger.ProductID) error {
	v, err := must(read(s, subject.Product(id), subject.ParseProduct))
	if err != nil {
		return err
	}
	row, known := a.products[id]
	if !known {
		row = &productRow{id: id}
		row.document = a.newDocument(found{product: row})
		a.products[id] = row
		if at, _ := productPlace(a.productOrder, id); a.bulk {
			a.productOrder = append(a.productOrder, row)
		} else {
			a.productOrder = slices.Insert(a.productOrder, at, row)
		}
	}
	row.scheme, row.group, row.origin = v.Scheme, v.Group, v.Origin
	row.certificates = row.certificates[:0]
	for _, term := range v.Certificates {
		row.certificates = append(row.certificates, term.Certificate)
	}
	texts := []string{id.String(), v.Name.Register, v.GTIN}
	if producer, err := read(s, subject.Account(id.Producer), subject.ParseAccount); err == nil {
		texts = append(texts, producer.Name.Register)
	} else if !errors.Is(err, ErrNotFound) {
		return err
	}
	if origin, err := read(s, subject.Territory(v.Origin), subject.ParseTerritory); err == nil {
		texts = append(texts, origin.Name)
	}
	a.setWords(row.document, &row.words, texts...)
	return nil
}

func (a adder) certificate(s Source, id ledger.CertificateID) error {
	v, err := must(read(s, subject.Certificate(id), subject.ParseCertificate))
	if err != nil {
		return err
	}
	row, known := a.issued[id]
	if !known {
		row = &certificateRow{id: id}
		row.document = a.newDocument(found{certificate: row})
		a.issued[id] = row
		if at, _ := certificatePlace(a.issuedOrder, id); a.bulk {
			a.issuedOrder = append(a.issuedOrder, row)
		} else {
			a.issuedOrder = slices.Insert(a.issuedOrder, at, row)
		}
	}
	row.value = v
	a.setWords(row.document, &row.words, id.String())
	return nil
}
