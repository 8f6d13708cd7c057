package evidence_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/evidence"
	"github.com/ocopledger/ocop/ledger/verify/verifytest"
)

// files are golden files, one of each kind; package verify says that they show what their names say.
func files(t testing.TB) map[string][]byte {
	paths, err := filepath.Glob("../verify/testdata/*.evidence")
	if err != nil || len(paths) != 4 {
		t.Fatal(paths, err)
	}
	all := map[string][]byte{}
	for _, p := range paths {
		b, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		all[filepath.Base(p)] = b
	}
	return all
}

func TestRoundTrip(t *testing.T) {
	for name, file := range files(t) {
		e, err := evidence.Parse(file)
		if err != nil {
			t.Fatal(err)
		}
		if e.Kind().String()+".evidence" != name || !bytes.Equal(e.Append(nil), file) || !evidence.IsEvidence(file) {
			t.Errorf("%s came back as %v", name, e.Kind())
		}
	}
}

func TestParseRefuses(t *testing.T) {
	refuse := func(what string, bad []byte) {
		t.Helper()
		if e, err := evidence.Parse(bad); !errors.Is(err, ledger.ErrMalformed) {
			t.Errorf("%s: %+v, %v", what, e, err)
		}
	}
	for name, file := range files(t) {
		for n := range file {
			refuse(name+" cut short", file[:n])
		}
		refuse(name+" with a byte more", append(bytes.Clone(file), 0))
		for at := range 12 { // magic, version, kind, number of handovers
			bad := bytes.Clone(file)
			bad[at] ^= 0x10
			refuse(name+": its first bytes", bad)
		}
	}
	refuse("too long", make([]byte, evidence.MaxFile+1))
	big := &evidence.Breach{Head: &checkpoint.Proof{Checkpoint: verifytest.New().Head(1)}, State: make([]byte, evidence.MaxFile)}
	refuse("too long, and otherwise good", (&evidence.Evidence{Breach: big}).Append(nil))
	refuse("of no kind", (&evidence.Evidence{}).Append(nil))
	w := verifytest.New()
	h := w.EndedBy(func() { w.Rotate(2) }, 1, 2)
	many := &evidence.Evidence{Proposer: new(evidence.Proposer)}
	for range evidence.MaxHandovers + 1 {
		many.Handovers = append(many.Handovers, h)
	}
	refuse("more handovers than anybody walks", many.Append(nil))
	heads := &evidence.Heads{Heads: [2]*checkpoint.Signed{w.Head(1), w.Head(2)}, Path: make([]ledger.Hash, 65)}
	refuse("a path longer than any", (&evidence.Evidence{Validator: heads}).Append(nil))
	breach := &evidence.Breach{
		Head: &checkpoint.Proof{Checkpoint: w.Head(1)}, Entries: make([]ledger.Entry, evidence.MaxEntries+1),
	}
	refuse("too many entries", (&evidence.Evidence{Breach: breach}).Append(nil))
	breach.Entries = breach.Entries[1:]
	if _, err := evidence.Parse((&evidence.Evidence{Breach: breach}).Append(nil)); err != nil {
		t.Errorf("as many entries as may be: %v", err)
	}
}

// TestOneSpelling: a head that has a line twice says the same, and is refused: a file has one spelling.
func TestOneSpelling(t *testing.T) {
	file := files(t)["validator.evidence"]
	e, err := evidence.Parse(file)
	if err != nil {
		t.Fatal(err)
	}
	note := e.Validator.Heads[1].Append(nil)
	line := note[bytes.LastIndex(note, []byte("— ")):]
	at := bytes.Index(file, note)
	bad := append(bytes.Clone(file[:at+len(note)]), line...)
	bad = append(bad, file[at+len(note):]...)
	binary.BigEndian.PutUint32(bad[at-4:], uint32(len(note)+len(line)))
	if _, err := evidence.Parse(bad); !errors.Is(err, ledger.ErrMalformed) {
		t.Error(err)
	}
}

func FuzzParse(f *testing.F) {
	for _, file := range files(f) {
		f.Add(file)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if e, err := evidence.Parse(data); err == nil && !bytes.Equal(e.Append(nil), data) {
			t.Errorf("%x has another spelling", data)
		}
	})
}
