package subject

import (
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/ident"
)

// MaxValidatorKeys is how many keys, replaced ones included, an agency's validator may ever have: both rotated every month for four decades.
const MaxValidatorKeys = 1024

// ValidatorRole is what a validator's key is for. Numbers are part of the format.
type ValidatorRole uint8

// Roles of validator keys.
const (
	ValidatorNode     ValidatorRole = 1 // signs drafts
	ValidatorCosigner ValidatorRole = 2 // cosigns heads
)

// ValidatorKeysValue lists all keys that an agency's validator ever had in the policy, so that none comes back. The agency's first rotation makes it.
type ValidatorKeysValue struct {
	Agency ledger.AccountID
	Keys   []ValidatorKey // in the order in which they came; of each role the last one is in the policy
}

// ValidatorKey is a key and the policy epochs it belongs to: From ≤ epoch < Until. A key replaced in the block that brought it has From = Until: it
// never belonged to one.
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
		if k.Role != ValidatorNode && k.Role != ValidatorCosigner {
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

// Replace ends the open key of a role, and begins another, with an epoch.
func (v *ValidatorKeysValue) Replace(role ValidatorRole, key ident.Ed25519Key, epoch uint32) {
	for i := range v.Keys {
		if k := &v.Keys[i]; k.Role == role && k.Until == 0 {
			k.Until = epoch
		}
	}
	v.Keys = append(v.Keys, ValidatorKey{Role: role, Key: key, From: epoch})
}
