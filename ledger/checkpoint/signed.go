package checkpoint

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"slices"

	"golang.org/x/mod/sumdb/note"

	"github.com/ocopledger/ocop/ledger/ident"
)

const (
	// MaxSigned bounds a signed checkpoint in bytes. One log key, 7 validators and 8 witnesses take less than 4 KiB; signatures of later types, which
	// may stand beside them, up to 5 KiB each.
	MaxSigned = 64 << 10
	// maxSignature bounds what follows the key id in a line.
	maxSignature = 8 << 10
)

// Line is a signature line of a note.
type Line struct {
	Name      string
	ID        uint32 // of name, type and key
	Signature []byte // what follows the id
}

// CosignatureLine is the line of a validator's or witness's cosignature.
func CosignatureLine(key ident.VKey, c ident.Cosignature) Line {
	return Line{Name: key.Name, ID: key.ID(), Signature: c.Append(nil)}
}

// Signed is a tree head with signature lines, verified or not.
type Signed struct {
	Tree  Tree
	Lines []Line // in the order of the text; of one name and id there is one
}

// Parse reads a signed checkpoint and verifies nothing. It must have a signature line. Of two lines with the same name and id the first counts, as with
// all verifiers of notes.
func Parse(data []byte) (*Signed, error) {
	if len(data) > MaxSigned {
		return nil, malformed("%d bytes, at most %d", len(data), MaxSigned)
	}
	_, err := note.Open(data, nil)
	var open *note.UnverifiedNoteError
	if !errors.As(err, &open) {
		return nil, malformed("not a signed note")
	}
	s := new(Signed)
	if s.Tree, err = ParseTree([]byte(open.Note.Text)); err != nil {
		return nil, err
	}
	for _, sig := range open.Note.UnverifiedSigs {
		b, err := base64.StdEncoding.Strict().DecodeString(sig.Base64)
		if err != nil || len(b) > 4+maxSignature {
			return nil, malformed("a signature line")
		}
		if _, twice := s.Line(sig.Name, sig.Hash); !twice {
			s.Lines = append(s.Lines, Line{sig.Name, sig.Hash, b[4:]})
		}
	}
	return s, nil
}

// Append appends the note: text, an empty line, a line for each signature.
func (s *Signed) Append(b []byte) []byte {
	b = append(append(b, s.Tree.Text()...), '\n')
	for _, l := range s.Lines {
		b = append(b, "— "...)
		b = append(append(b, l.Name...), ' ')
		b = base64.StdEncoding.AppendEncode(b, append(binary.BigEndian.AppendUint32(nil, l.ID), l.Signature...))
		b = append(b, '\n')
	}
	return b
}

// Line finds a signature line.
func (s *Signed) Line(name string, id uint32) (Line, bool) {
	i := slices.IndexFunc(s.Lines, func(l Line) bool { return l.Name == name && l.ID == id })
	if i < 0 {
		return Line{}, false
	}
	return s.Lines[i], true
}

// With is the checkpoint with a line added, or put in the place of the one with the same name and id. s stays as it is.
func (s *Signed) With(l Line) *Signed {
	next := &Signed{Tree: s.Tree, Lines: slices.Clone(s.Lines)}
	if i := slices.IndexFunc(next.Lines, func(o Line) bool { return o.Name == l.Name && o.ID == l.ID }); i >= 0 {
		next.Lines[i] = l
	} else {
		next.Lines = append(next.Lines, l)
	}
	return next
}
