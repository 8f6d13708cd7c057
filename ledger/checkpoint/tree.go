package checkpoint

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/merkle"
)

// ErrMalformed is wrapped by every parser of this package: the text is not what the formatter writes.
var ErrMalformed = errors.New("malformed checkpoint")

func malformed(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrMalformed, fmt.Sprintf(format, args...))
}

// Tree is a tree head: the three lines of a checkpoint, which has no extension lines.
type Tree struct {
	Origin string      // of the log: a note name, 1 to 128 bytes
	Size   uint64      // leaves; ≤ merkle.MaxSize
	Root   ledger.Hash // of the log of that size
}

// Text is what cosigners and log sign: three lines, each ended by a newline.
func (t Tree) Text() []byte {
	b := make([]byte, 0, len(t.Origin)+21+46)
	b = append(append(b, t.Origin...), '\n')
	b = append(strconv.AppendUint(b, t.Size, 10), '\n')
	return append(base64.StdEncoding.AppendEncode(b, t.Root[:]), '\n')
}

// ParseTree reads exactly what Text writes.
func ParseTree(text []byte) (t Tree, err error) {
	lines := bytes.Split(text, []byte{'\n'})
	if len(lines) != 4 || len(lines[3]) != 0 {
		return t, malformed("want three lines: origin, size, root")
	}
	t.Origin = string(lines[0])
	if err := ident.CheckNoteName(t.Origin); err != nil {
		return Tree{}, malformed("origin: %v", err)
	}
	if t.Size, err = parseNumber(lines[1]); err != nil {
		return Tree{}, malformed("size: %v", err)
	}
	if t.Root, err = parseHash(lines[2]); err != nil {
		return Tree{}, malformed("root: %v", err)
	}
	return t, nil
}

// parseNumber reads a decimal number up to merkle.MaxSize without leading zeros.
func parseNumber(text []byte) (uint64, error) {
	n, err := strconv.ParseUint(string(text), 10, 64)
	if err != nil || n > merkle.MaxSize || strconv.FormatUint(n, 10) != string(text) {
		return 0, errors.New("not a decimal number up to 2^63 − 1 without leading zeros")
	}
	return n, nil
}

// parseHash reads the one base64 text of 32 bytes.
func parseHash(text []byte) (h ledger.Hash, err error) {
	const length = 44
	if len(text) != length {
		return h, fmt.Errorf("%d bytes, want %d of base64", len(text), length)
	}
	b, err := base64.StdEncoding.Strict().DecodeString(string(text))
	if err != nil || len(b) != len(h) {
		return h, errors.New("not base64 of 32 bytes")
	}
	return ledger.Hash(b), nil
}
