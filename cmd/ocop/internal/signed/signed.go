// Package signed is the file in which signed records travel from the machine that signs to one that has a network: text that survives mail and
// memory sticks, with what was signed as comments above the records.
package signed

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/compose"
)

// magic begins the first line that is no comment.
const magic = "ocop-signed 1"

// MaxFile bounds a file: 255 full records in base 64, and comments.
const MaxFile = 32 << 20

// File is signed records of one author.
type File struct {
	Records []*Record // at least one
}

// Record is a signed record.
type Record struct {
	Bytes    []byte
	Envelope *ledger.Envelope
}

// Fingerprint is the digest of the draft that was signed.
func (f *File) Fingerprint() compose.Fingerprint {
	h := &f.Records[0].Envelope.Header
	roots := make([]ledger.Hash, len(f.Records))
	for i, r := range f.Records {
		roots[i] = r.Envelope.Header.ActionsRoot
	}
	return compose.NewFingerprint(h.Chain, h.Author, h.Schema, roots)
}

// Is tells a file of this kind from a draft.
func Is(data []byte) bool {
	for line := range strings.Lines(string(data)) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			return line == magic
		}
	}
	return false
}

// Format writes the file, with a summary of what was signed as comments.
func Format(summary string, envelopes [][]byte) []byte {
	var b bytes.Buffer
	for line := range strings.Lines(summary) {
		fmt.Fprintf(&b, "%s\n", strings.TrimRight("# "+line, " \n"))
	}
	fmt.Fprintln(&b, magic)
	for _, e := range envelopes {
		fmt.Fprintln(&b, base64.StdEncoding.EncodeToString(e))
	}
	return b.Bytes()
}

// Parse reads the file, and checks that each record is whole, signed by the key it names, and of the author and ledger of the first.
func Parse(data []byte) (*File, error) {
	if len(data) > MaxFile {
		return nil, lang.Errorf(lang.Text{Vi: "tệp lớn hơn %d MiB", En: "the file is larger than %d MiB"}, MaxFile>>20)
	}
	f := new(File)
	number, begun := 0, false
	for line := range strings.Lines(string(data)) {
		number++
		line = strings.TrimSpace(line)
		switch {
		case line == "" || line[0] == '#':
		case !begun:
			if begun = line == magic; !begun {
				return nil, lang.Errorf(lang.Text{Vi: "không phải tệp đã ký: cần dòng %q", En: "not a file of signed records: want the line %q"}, magic)
			}
		default:
			r, err := parse(line)
			if err != nil {
				return nil, lang.Errorf(lang.Text{Vi: "dòng %d: bản ghi đã ký bị hỏng: %v", En: "line %d: the signed record is damaged: %v"}, number, err)
			}
			f.Records = append(f.Records, r)
		}
	}
	if len(f.Records) == 0 {
		return nil, lang.Errorf(lang.Text{Vi: "tệp không có bản ghi nào", En: "there are no records in the file"})
	}
	first := f.Records[0].Envelope.Header
	for i, r := range f.Records {
		if h := r.Envelope.Header; h.Chain != first.Chain || h.Author != first.Author || h.Schema != first.Schema {
			return nil, lang.Errorf(lang.Text{Vi: "bản ghi %d là của sổ cái hoặc người ký khác", En: "record %d is of another ledger or author"}, i+1)
		}
	}
	return f, nil
}

func parse(line string) (*Record, error) {
	data, err := base64.StdEncoding.DecodeString(line)
	if err != nil {
		return nil, err
	}
	e, err := ledger.ParseEnvelope(data)
	if err != nil {
		return nil, err
	}
	if err := e.PublicKey.Verify(e.Digest, e.Signature); err != nil {
		return nil, err
	}
	return &Record{data, e}, nil
}
