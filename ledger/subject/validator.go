package subject

import (
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/ident"
)

// MaxValidatorKeys is how many keys, replaced ones included, an agency's validator may ever have: all three rotated every month for two decades and more.
const MaxValidatorKeys = 1024

// ValidatorRole is what a validator's key is for. Numbers are part of the format.
type ValidatorRole uint8

// Roles of validator keys.
const (
	ValidatorNode     ValidatorRole = 1 // signs drafts
	ValidatorCosigner ValidatorRole = 2 // cosigns heads
	ValidatorTLS      ValidatorRole = 3 // identifies the node to its peers; since protocol version 3
)

// ValidatorKeysValue lists all keys that an agency's validator ever had, so that none comes back. The agency's first rotation makes it, or the vote that
// lets it join or leave.
type ValidatorKeysValue struct {
	Agency ledger.AccountID
	Keys   []ValidatorKey // in the order in which they came; of each role the last one is in force, as long as it is open
}

// ValidatorKey is a key and the policy epochs it belongs to: From ≤ epoch < Until. A key replaced in the block that brought it has From = Until: it
// never belonged to one. TLS keys are in no policy and change without an epoch: theirs are the epochs at whose beginning the node had them, counting the
// one that would have begun with the next block.
type ValidatorKey struct {
	Role  ValidatorRole
	Key   ident.Ed25519Key
	From  uint32
	Until uint32 // 0: open
}

// Append appends the value's bytes.
func (v *ValidatorKeysValue) Append(b []byte) []byte {
	b = append(b, version)
	b = ledger.AppendU64(b, uint64(v.Agency))
	b = ledger.AppendU16(b, uint16(len(v.Keys)))
	for i := range v.Keys {
		k := &v.Keys[i]
		b = append(append(b, byte(k.Role)), k.Key[:]...)
		b = ledger.AppendU32(ledger.AppendU32(b, k.From), k.Until)
	}
	return b
}

// ParseValidatorKeys reads the value.
func ParseValidatorKeys(data []byte) (v ValidatorKeysValue, err error) {
	r := ledger.NewReader("validator keys", data)
	r.Version(version)
	v.Agency = ledger.AccountID(r.U64())
	n := r.U16()
	if n > MaxValidatorKeys {
		r.Fail("%d keys, at most %d", n, MaxValidatorKeys)
	}
	for ; n > 0 && !r.Failed(); n-- {
		var k ValidatorKey
		k.Role = ValidatorRole(r.U8())
		r.Copy(k.Key[:])
		k.From, k.Until = r.U32(), r.U32()
		if k.Role < ValidatorNode || k.Role > ValidatorTLS {
			r.Fail("role %d of a key", k.Role)
		}
		v.Keys = append(v.Keys, k)
	}
	return v, r.Close()
}

// At is the key of a role in a policy epoch.
func (v *ValidatorKeysValue) At(role ValidatorRole, epoch uint32) (ident.Ed25519Key, bool) {
	for _, k := range v.Keys {
		if k.Role == role && k.From <= epoch && (k.Until == 0 || epoch < k.Until) {
			return k.Key, true
		}
	}
	return ident.Ed25519Key{}, false
}

// Used tells whether the validator ever had a key, in whatever role.
func (v *ValidatorKeysValue) Used(key ident.Ed25519Key) bool {
	for _, k := range v.Keys {
		if k.Key == key {
			return true
		}
	}
	return false
}

// Has tells whether there ever was a key of a role.
func (v *ValidatorKeysValue) Has(role ValidatorRole) bool {
	for _, k := range v.Keys {
		if k.Role == role {
			return true
		}
	}
	return false
}

// Replace ends the open key of a role, if there is one, and begins another, with an epoch.
func (v *ValidatorKeysValue) Replace(role ValidatorRole, key ident.Ed25519Key, epoch uint32) {
	v.close(epoch, func(k *ValidatorKey) bool { return k.Role == role })
	v.Keys = append(v.Keys, ValidatorKey{Role: role, Key: key, From: epoch})
}

// Close ends all open keys with an epoch: the validator leaves.
func (v *ValidatorKeysValue) Close(epoch uint32) {
	v.close(epoch, func(*ValidatorKey) bool { return true })
}

func (v *ValidatorKeysValue) close(epoch uint32, which func(*ValidatorKey) bool) {
	for i := range v.Keys {
		if k := &v.Keys[i]; k.Until == 0 && which(k) {
			k.Until = epoch
		}
	}
}
