package subject

import (
	"errors"
	"slices"
	"testing"

	"github.com/ocopledger/ocop/ledger"
)

// TestBlobs: what a value names is found, and nothing where it names nothing.
func TestBlobs(t *testing.T) {
	name, picture := ledger.Hash{1}, ledger.Hash{2}
	account := AccountValue{Account: 1, Name: Name{Blob: name}}
	registered := AccountValue{Account: 1, Name: Name{Register: "HTX"}}
	both := ProductValue{Name: Name{Blob: name}, Picture: picture}
	one := ProductValue{Name: Name{Register: "Mắc ca"}, Picture: picture}
	none := ProductValue{Name: Name{Register: "Mắc ca"}}
	for what, c := range map[string]struct {
		kind  Kind
		value []byte
		want  []ledger.Hash
	}{
		"a person's account": {KindAccount, account.Append(nil), []ledger.Hash{name}}, "a cooperative's": {KindAccount, registered.Append(nil), nil},
		"a product with both": {KindProduct, both.Append(nil), []ledger.Hash{name, picture}}, "with a picture": {KindProduct, one.Append(nil), []ledger.Hash{picture}},
		"with neither": {KindProduct, none.Append(nil), nil}, "a lot": {KindLot, []byte("x"), nil},
	} {
		if got, err := Blobs(c.kind, c.value); err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, %v", what, got, err)
		}
	}
	for _, kind := range []Kind{KindAccount, KindProduct} {
		if _, err := Blobs(kind, nil); !errors.Is(err, ledger.ErrMalformed) {
			t.Errorf("kind %d without value: %v", kind, err)
		}
	}
}
