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

// TLS keys change without an epoch, and a validator that leaves has none of its keys open any more.
func TestValidatorKeysOfOneWhoLeaves(t *testing.T) {
	key := func(b byte) (k ident.Ed25519Key) { k[0] = b; return k }
	v := ValidatorKeysValue{Agency: 2, Keys: []ValidatorKey{{Role: ValidatorNode, Key: key(1)}, {Role: ValidatorCosigner, Key: key(2)}}}
	if v.Has(ValidatorTLS) {
		t.Error("a TLS key where there is none")
	}
	v.Replace(ValidatorTLS, key(3), 4) // in epoch 3
	v.Replace(ValidatorTLS, key(4), 4) // and once more
	v.Close(6)
	for epoch, want := range map[uint32]ident.Ed25519Key{3: {}, 4: key(4), 5: key(4), 6: {}} {
		if got, _ := v.At(ValidatorTLS, epoch); got != want {
			t.Errorf("TLS key of epoch %d: %v, want %v", epoch, got, want)
		}
	}
	for role, used := range map[ValidatorRole]ident.Ed25519Key{ValidatorNode: key(1), ValidatorCosigner: key(2), ValidatorTLS: key(3)} {
		if _, open := v.At(role, 6); open || !v.Has(role) || !v.Used(used) {
			t.Errorf("role %d after the validator has left: open %v, %+v", role, open, v.Keys)
		}
	}
}

func TestVotesNeeded(t *testing.T) {
	for _, c := range []struct {
		percent uint8
		want    [7]int // of 1 to 7 validators
	}{{0, [7]int{1, 2, 2, 3, 4, 4, 5}}, {51, [7]int{1, 2, 2, 3, 3, 4, 4}}, {66, [7]int{1, 2, 2, 3, 4, 4, 5}}, {67, [7]int{1, 2, 3, 3, 4, 5, 5}}, {75, [7]int{1, 2, 3, 3, 4, 5, 6}}, {100, [7]int{1, 2, 3, 4, 5, 6, 7}}} {
		p := ParametersValue{VotePercent: c.percent}
		for i, want := range c.want {
			if got := p.Needed(i + 1); got != want {
				t.Errorf("%d of a hundred: %d of %d, want %d", c.percent, got, i+1, want)
			}
		}
	}
}
