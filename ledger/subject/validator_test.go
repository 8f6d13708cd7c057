package subject

import (
	"testing"

	"github.com/ocopledger/ocop/ledger/ident"
)

// A key belongs to the epochs from the one after its rotation to the one that ends with its replacement; one replaced in the block that brought it, to none.
func TestValidatorKeysOfEpochs(t *testing.T) {
	key := func(b byte) ident.Ed25519Key { return ident.Ed25519Key(hash(b)) }
	v := ValidatorKeysValue{Agency: 2, Keys: []ValidatorKey{{Role: ValidatorNode, Key: key(1)}, {Role: ValidatorCosigner, Key: key(2)}}}
	v.Replace(ValidatorCosigner, key(3), 4)
	v.Replace(ValidatorCosigner, key(4), 4)
	v.Replace(ValidatorNode, key(5), 6)
	for _, c := range []struct {
		epoch          uint32
		node, cosigner byte
	}{{0, 1, 2}, {3, 1, 2}, {4, 1, 4}, {5, 1, 4}, {6, 5, 4}, {1 << 31, 5, 4}} {
		node, _ := v.At(ValidatorNode, c.epoch)
		cosigner, _ := v.At(ValidatorCosigner, c.epoch)
		if node != key(c.node) || cosigner != key(c.cosigner) {
			t.Errorf("epoch %d: node key %v, cosigner key %v", c.epoch, node, cosigner)
		}
	}
	for b := byte(1); b <= 5; b++ {
		if !v.Used(key(b)) {
			t.Errorf("key %d was never used", b)
		}
	}
	if v.Used(key(6)) {
		t.Error("a new key was used")
	}
}
