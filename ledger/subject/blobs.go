package subject

import "github.com/ocopledger/ocop/ledger"

// Blobs are the public blobs that a value of a kind names; accounts and products may name some, and values of other kinds none. Errors wrap
// ledger.ErrMalformed.
func Blobs(kind Kind, value []byte) (ids []ledger.Hash, err error) {
	named := func(n Name) {
		if n.Register == "" {
			ids = append(ids, n.Blob)
		}
	}
	switch kind {
	case KindAccount:
		v, err := ParseAccount(value)
		if err != nil {
			return nil, err
		}
		named(v.Name)
	case KindProduct:
		v, err := ParseProduct(value)
		if err != nil {
			return nil, err
		}
		named(v.Name)
		if v.Picture != (ledger.Hash{}) {
			ids = append(ids, v.Picture)
		}
	}
	return ids, nil
}
