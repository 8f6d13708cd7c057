// Package flaw says what is wrong with stored or streamed bytes: a word for machines, and half a sentence for people in Vietnamese and in English. It is
// to damage and divergence what package reason is to refusals; which language is shown is for the commands to choose.
package flaw

import (
	"errors"
	"fmt"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/ident"
)

// Flaw is what is wrong. The zero Flaw says nothing.
type Flaw struct {
	Kind       string `json:"kind"`       // snake_case, stable
	Vietnamese string `json:"vietnamese"` // without full stop
	English    string `json:"english"`
}

// New fills both formats with the same values, such as numbers and names.
func New(kind, vietnamese, english string, args ...any) Flaw {
	return Flaw{kind, fmt.Sprintf(vietnamese, args...), fmt.Sprintf(english, args...)}
}

func (f Flaw) String() string { return f.English }

// Missing says that what must be there is not.
func Missing() Flaw { return New("missing", "bị thiếu", "it is missing") }

// Checksum says that bytes are not those that were written.
func Checksum() Flaw {
	return New("checksum", "tổng kiểm không khớp với dữ liệu", "checksum does not fit the bytes")
}

// ChecksumAlone says that a checksum is damaged, and what it covers is not.
func ChecksumAlone() Flaw {
	return New("checksum_alone", "tổng kiểm hỏng, còn dữ liệu thì đúng", "it does not fit the bytes, which are right")
}

// ChecksumBit says that one bit of a checksum explains everything.
func ChecksumBit() Flaw {
	return New("checksum_bit", "một bit của tổng kiểm bị đảo", "a bit of its checksum is flipped")
}

// Bit says that one flipped bit explains everything.
func Bit(at, bit int) Flaw {
	return New("bit", "một bit bị đảo (byte %d, bit %d)", "a bit is flipped (byte %d, bit %d)", at, bit)
}

// Altered says that bytes are not those that were written, and no more.
func Altered() Flaw {
	return New("altered", "dữ liệu không phải như đã ghi", "the bytes are not those that were written")
}

// Unreadable says that something cannot be read, for a cause that speaks English alone.
func Unreadable(cause error) Flaw {
	return New("unreadable", "không đọc được: %v", "cannot be read: %v", cause)
}

// Differs says what was found, and what must be there; either may be empty.
func Differs(got, want string) Flaw {
	switch {
	case got != "" && want != "":
		return New("differs", "đang là %s, phải là %s", "have %s, want %s", got, want)
	case got != "":
		return New("differs", "đang là %[1]s", "%[1]s", got)
	case want != "":
		return New("differs", "phải là %[1]s", "want %[1]s", want)
	}
	return Flaw{}
}

// Of is what an error says: those of the ledger in both languages, others as they are.
func Of(err error) Flaw {
	type sayer interface {
		error
		Sentences() (vietnamese, english string)
	}
	if s, ok := errors.AsType[sayer](err); ok {
		vietnamese, english := s.Sentences()
		return Flaw{"refused", vietnamese, english}
	}
	for _, known := range []struct {
		err              error
		kind, vietnamese string
	}{
		{ledger.ErrMalformed, "malformed", "sai định dạng"},
		{ident.ErrPublicKey, "public_key", "khóa công khai không phải điểm nén của secp256k1"},
		{ident.ErrSignatureRange, "signature_range", "chữ ký có r hoặc s ngoài khoảng 1 … n−1"},
		{ident.ErrHighS, "signature_high_s", "chữ ký có s ở nửa trên"},
		{ident.ErrSignature, "signature", "chữ ký không khớp với khóa và nội dung"},
	} {
		if errors.Is(err, known.err) {
			return Flaw{known.kind, known.vietnamese, err.Error()}
		}
	}
	return Flaw{"error", err.Error(), err.Error()}
}

// Join is one flaw and what is behind it, either of which may say nothing.
func Join(first, behind Flaw) Flaw {
	switch (Flaw{}) {
	case first:
		return behind
	case behind:
		return first
	}
	return Flaw{first.Kind, first.Vietnamese + ": " + behind.Vietnamese, first.English + ": " + behind.English}
}
