package query

import (
	"errors"
	"slices"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/subject"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

// phone is an agency's public number; empty when it publishes none.
func (r *reader) phone(agency ledger.AccountID) (string, error) {
	v, err := read(r.Source, subject.Contact(agency), subject.ParseContact)
	if errors.Is(err, ErrNotFound) {
		return "", nil
	}
	return v.Phone, err
}

// contacts are the numbers of the agencies that publish one, in the order given, each agency once. Accounts that are no agencies have no numbers here.
func (r *reader) contacts(agencies ...ledger.AccountID) (list []*apiv1.Contact, err error) {
	for i, a := range agencies {
		if !a.IsAgency() || slices.Contains(agencies[:i], a) {
			continue
		}
		phone, err := r.phone(a)
		if err != nil {
			return nil, err
		}
		if phone != "" {
			list = append(list, &apiv1.Contact{Agency: r.actor(a), Phone: phone})
		}
	}
	return list, nil
}

// answerable are the agencies that answer for a product: who issued the certificate of the verdict, and who registered its producer.
func (r *reader) answerable(p ledger.ProductID, v *apiv1.Verdict) (agencies []ledger.AccountID) {
	if c, err := ledger.ParseCertificateID(v.GetCertificate()); err == nil {
		agencies = append(agencies, c.Decision.Issuer)
	}
	if a, err := r.account(p.Producer); err == nil {
		agencies = append(agencies, a.Registrar)
	}
	return agencies
}
