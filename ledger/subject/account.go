package subject

import (
	"strings"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/ident"
)

// MaxKeys is how many keys, retired ones included, an account may ever have: a yearly rotation for a century.
const MaxKeys = 128

// Bounds of texts in bytes, where an action states them first and where a correction states them again.
const (
	MaxBusinessNumber = 20
	MaxGroup          = 16 // code of a product group
	GTINDigits        = 14
)

// Name is a tagged choice: a name from a public register, or the salted hash of a public blob.
type Name struct {
	Register string
	Blob     ledger.Hash // when Register is empty
}

const (
	nameRegister = 1
	nameBlob     = 2
)

func appendName(b []byte, n Name) []byte {
	if n.Register == "" {
		return append(append(b, nameBlob), n.Blob[:]...)
	}
	return ledger.AppendText8(append(b, nameRegister), n.Register)
}

func name(r *ledger.Reader) (n Name) {
	switch tag := r.U8(); tag {
	case nameRegister:
		if n.Register = r.Text8(); n.Register == "" {
			r.Fail("empty register name")
		}
	case nameBlob:
		n.Blob = r.Hash()
	default:
		r.Fail("name of kind %d", tag)
	}
	return n
}

// AccountValue is an account (chủ thể, cơ quan, thương nhân): who it is, its roles and its keys.
type AccountValue struct {
	Account        ledger.AccountID
	Kind           uint8 // ocop.record.v1.AccountKind
	Roles          uint16
	Name           Name
	Territory      uint32
	BusinessNumber string
	Registrar      ledger.AccountID // agency that registered it; itself for agencies
	Stated         ledger.ActionID  // the action that registered it; of genesis: record zero, action WholeRecord
	Epoch          uint32           // raised by each change of keys; 0: never had a key
	Keys           []Key            // in the order they were bound
}

// Key is a key of an account. Retired keys stay, so that old signatures can be explained and a retired key is told from an unknown one.
type Key struct {
	PublicKey ident.PublicKey
	Roles     uint16
	Bound     uint32 // epoch since which it signs
	Retired   uint32 // epoch since which it no longer signs; 0: active
}

// Append appends the value's bytes.
func (v *AccountValue) Append(b []byte) []byte {
	b = append(b, version)
	b = ledger.AppendU64(b, uint64(v.Account))
	b = append(b, v.Kind)
	b = ledger.AppendU16(b, v.Roles)
	b = appendName(b, v.Name)
	b = ledger.AppendU32(b, v.Territory)
	b = ledger.AppendText8(b, v.BusinessNumber)
	b = ledger.AppendU64(b, uint64(v.Registrar))
	b = appendAction(b, v.Stated)
	b = ledger.AppendU32(b, v.Epoch)
	b = append(b, byte(len(v.Keys)))
	for i := range v.Keys {
		k := &v.Keys[i]
		b = append(b, k.PublicKey[:]...)
		b = ledger.AppendU16(b, k.Roles)
		b = ledger.AppendU32(b, k.Bound)
		b = ledger.AppendU32(b, k.Retired)
	}
	return b
}

// ParseAccount reads the value.
func ParseAccount(data []byte) (v AccountValue, err error) {
	r := ledger.NewReader("account", data)
	r.Version(version)
	v.Account = ledger.AccountID(r.U64())
	v.Kind = r.U8()
	v.Roles = r.U16()
	v.Name = name(r)
	v.Territory = r.U32()
	v.BusinessNumber = r.Text8()
	v.Registrar = ledger.AccountID(r.U64())
	v.Stated = actionID(r)
	v.Epoch = r.U32()
	n := r.U8()
	if n > MaxKeys {
		r.Fail("%d keys, at most %d", n, MaxKeys)
	}
	for ; n > 0 && !r.Failed(); n-- {
		var k Key
		r.Copy(k.PublicKey[:])
		k.Roles = r.U16()
		k.Bound = r.U32()
		k.Retired = r.U32()
		v.Keys = append(v.Keys, k)
	}
	return v, r.Close()
}

// ActivityValue counts an account's records: every one is in the activity's history.
type ActivityValue struct{ Accepted, Refused uint64 }

// Append appends the value's bytes.
func (v *ActivityValue) Append(b []byte) []byte {
	return ledger.AppendU64(ledger.AppendU64(append(b, version), v.Accepted), v.Refused)
}

// ParseActivity reads the value.
func ParseActivity(data []byte) (v ActivityValue, err error) {
	r := ledger.NewReader("activity", data)
	r.Version(version)
	v.Accepted, v.Refused = r.U64(), r.U64()
	return v, r.Close()
}

// ContactValue is how the public reaches an agency (đường dây nóng).
type ContactValue struct {
	Agency ledger.AccountID
	Phone  string // digits, at most one + before them; empty: none any more
}

// ValidPhone tells whether a text is a telephone number: digits, with a + before them or not, 3 (113) to 16 characters (E.164 has 15 digits).
func ValidPhone(s string) bool {
	digits := strings.TrimPrefix(s, "+")
	return len(s) >= 3 && len(s) <= 16 && digits != "" && strings.Trim(digits, "0123456789") == ""
}

// Append appends the value's bytes.
func (v *ContactValue) Append(b []byte) []byte {
	return ledger.AppendText8(ledger.AppendU64(append(b, version), uint64(v.Agency)), v.Phone)
}

// ParseContact reads the value.
func ParseContact(data []byte) (v ContactValue, err error) {
	r := ledger.NewReader("contact", data)
	r.Version(version)
	v.Agency = ledger.AccountID(r.U64())
	v.Phone = r.Text8()
	return v, r.Close()
}
