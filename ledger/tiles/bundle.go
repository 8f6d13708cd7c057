package tiles

import (
	"encoding/binary"
	"errors"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/flaw"
	"github.com/ocopledger/ocop/ledger/merkle"
)

// MaxBundle is the size in bytes of the largest entry bundle: 256 leaves of 65,535 bytes.
const MaxBundle = merkle.TileWidth * (2 + ledger.MaxEnvelope)

// ErrMalformed says that a file of the log is not what Read makes.
var ErrMalformed = errors.New("malformed file of the log")

// malformed is an ErrMalformed that says why, in both languages.
type malformed struct{ why flaw.Flaw }

// Malformed makes an error that wraps ErrMalformed. Both formats are filled with the same values.
func Malformed(vietnamese, english string, args ...any) error {
	return &malformed{flaw.New("file_malformed", vietnamese, english, args...)}
}

func (e *malformed) Error() string { return ErrMalformed.Error() + ": " + e.why.English }

func (e *malformed) Unwrap() error { return ErrMalformed }

// Sentences say why to people.
func (e *malformed) Sentences() (vietnamese, english string) {
	return e.why.Vietnamese, e.why.English
}

// AppendLeaf appends a leaf to a bundle, after its length as u16. No leaf is longer: an envelope is bounded to fit.
func AppendLeaf(b, leaf []byte) []byte {
	if len(leaf) > ledger.MaxEnvelope {
		panic("tiles: a leaf longer than an entry bundle can hold")
	}
	return append(binary.BigEndian.AppendUint16(b, uint16(len(leaf))), leaf...)
}

// ParseBundle takes a bundle of so many leaves apart. They alias data.
func ParseBundle(data []byte, width int) ([][]byte, error) {
	leaves := make([][]byte, 0, width)
	for range width {
		if len(data) < 2 {
			return nil, Malformed("gói có %d lá, phải là %d", "a bundle of %d leaves, want %d", len(leaves), width)
		}
		n := int(binary.BigEndian.Uint16(data))
		if data = data[2:]; len(data) < n {
			return nil, Malformed("lá thứ %d của gói bị cắt cụt", "leaf %d of a bundle is cut short", len(leaves))
		}
		leaves, data = append(leaves, data[:n:n]), data[n:]
	}
	if len(data) > 0 {
		return nil, Malformed("thừa %d byte sau %d lá của gói", "%d bytes after the %d leaves of a bundle", len(data), width)
	}
	return leaves, nil
}
