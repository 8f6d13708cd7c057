package ledger_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ocopledger/ocop/ledger"
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// goldenVersions are the protocol versions that have a golden ledger.
var goldenVersions = []string{"v1", "v2", "v3", "v4"}

func goldenFile(version, name string) []byte {
	return must(os.ReadFile(filepath.Join("testdata", "golden", version, name)))
}

// goldenLeaves are the leaves of a golden ledger.
func goldenLeaves(version string) (leaves [][]byte) {
	for line := range strings.Lines(string(goldenFile(version, "leaves.txt"))) {
		leaves = append(leaves, must(hex.DecodeString(strings.TrimSpace(line))))
	}
	return leaves
}

// ofAll joins what each golden ledger gives.
func ofAll(of func(version string) [][]byte) func() [][]byte {
	return func() (all [][]byte) {
		for _, version := range goldenVersions {
			all = append(all, of(version)...)
		}
		return all
	}
}

func leavesOf(kind byte) (leaves [][]byte) {
	for _, leaf := range ofAll(goldenLeaves)() {
		if leaf[0] == kind {
			leaves = append(leaves, leaf)
		}
	}
	return leaves
}

// noun is an encoding: what its parser makes of bytes, written again.
type noun struct {
	again   func([]byte) ([]byte, error)
	samples func() [][]byte
}

// recode parses and writes again.
func recode[T any](parse func([]byte) (T, error), write func(T) []byte) func([]byte) ([]byte, error) {
	return func(data []byte) ([]byte, error) {
		v, err := parse(data)
		if err != nil {
			return nil, err
		}
		return write(v), nil
	}
}

func writeEnvelope(e *ledger.Envelope) []byte {
	return ledger.AppendEnvelope(nil, &e.Header, e.PublicKey, e.Signature, e.Actions)
}

var nouns = map[string]noun{
	"header": {
		recode(ledger.ParseHeader, func(h ledger.Header) []byte { return h.Append(nil) }),
		func() (samples [][]byte) {
			for _, leaf := range leavesOf(ledger.KindRecord) {
				samples = append(samples, leaf[101:101+ledger.HeaderSize])
			}
			return samples
		},
	},
	"envelope": {recode(ledger.ParseEnvelope, writeEnvelope), func() [][]byte { return leavesOf(ledger.KindRecord) }},
	"seal":     {recode(ledger.ParseSeal, func(s *ledger.Seal) []byte { return s.Append(nil) }), func() [][]byte { return leavesOf(ledger.KindSeal) }},
	"refusals": {recode(ledger.ParseRefusals, func(r *ledger.Refusals) []byte { return r.Append(nil) }), func() [][]byte { return leavesOf(ledger.KindRefusals) }},
	"draft header": {
		recode(ledger.ParseDraftHeader, func(h ledger.DraftHeader) []byte { return h.Append(nil) }),
		func() (samples [][]byte) {
			for _, leaf := range leavesOf(ledger.KindSeal) {
				samples = append(samples, leaf[231:231+ledger.DraftHeaderSize])
			}
			return samples
		},
	},
	"draft":         {recode(ledger.ParseDraft, func(d *ledger.Draft) []byte { return d.Append(nil) }), ofAll(goldenDrafts)},
	"history entry": {recode(ledger.ParseEntry, func(e ledger.Entry) []byte { return e.Append(nil) }), ofAll(goldenEntries)},
	"policy":        {recode(ledger.ParsePolicy, func(p *ledger.Policy) []byte { return p.Append(nil) }), ofAll(goldenPolicies)},
	"genesis file": {
		recode(ledger.ParseGenesisFile, func(g *ledger.GenesisFile) []byte { return g.Append(nil) }),
		ofAll(func(version string) [][]byte { return [][]byte{goldenFile(version, "genesis.bin")} }),
	},
}

// goldenDrafts are the drafts of blocks all of whose records were accepted, without and with hints: the seal has their header and signature.
func goldenDrafts(version string) (drafts [][]byte) {
	var records [][]byte
	for _, leaf := range goldenLeaves(version)[1:] {
		if leaf[0] == ledger.KindRecord {
			records = append(records, leaf)
		}
		if leaf[0] != ledger.KindSeal {
			continue
		}
		s := must(ledger.ParseSeal(leaf))
		if int(s.Draft.Count) == len(records) {
			d := ledger.Draft{Header: s.Draft, Signature: s.Signature, Records: records}
			drafts = append(drafts, d.Append(nil))
			d.Hints = []byte("hints")
			drafts = append(drafts, d.Append(nil))
		}
		records = nil
	}
	return drafts
}

func goldenEntries(version string) (entries [][]byte) {
	for _, b := range goldenExpected(version).Blocks {
		for _, c := range b.Changes {
			for _, e := range c.Entries {
				entries = append(entries, must(hex.DecodeString(e)))
			}
		}
	}
	return entries
}

// goldenPolicies are the documents of all epochs: behind the version byte of the policy subject's values.
func goldenPolicies(version string) (documents [][]byte) {
	for _, b := range goldenExpected(version).Blocks {
		for _, c := range b.Changes {
			if c.Kind == 2 {
				documents = append(documents, must(hex.DecodeString(c.Value))[1:])
			}
		}
	}
	return documents
}

func TestNounsComeBack(t *testing.T) {
	for name, n := range nouns {
		samples := n.samples()
		if len(samples) == 0 {
			t.Errorf("%s: no samples", name)
		}
		for i, data := range samples {
			if again, err := n.again(data); err != nil || !bytes.Equal(again, data) {
				t.Errorf("%s %d comes back as %x, %v", name, i, again, err)
			}
		}
	}
}

func TestCutOrLongNounsAreRefused(t *testing.T) {
	for name, n := range nouns {
		for _, data := range n.samples() {
			for end := range data {
				if _, err := n.again(data[:end]); !errors.Is(err, ledger.ErrMalformed) {
					t.Fatalf("the first %d of %d bytes of a %s: %v", end, len(data), name, err)
				}
			}
			if _, err := n.again(append(bytes.Clone(data), 0)); !errors.Is(err, ledger.ErrMalformed) {
				t.Fatalf("a %s with one byte more: %v", name, err)
			}
			if len(data) > 1000 {
				break // one of the large ones is enough
			}
		}
	}
}

// TestAlteredNouns alters every bit: the bytes are refused, or are another value with no other encoding.
func TestAlteredNouns(t *testing.T) {
	for name, n := range nouns {
		for _, data := range n.samples()[:1] {
			for i := range len(data) * 8 {
				checkNoun(t, name, flip(data, i))
			}
		}
	}
}

func flip(data []byte, bit int) []byte {
	data = bytes.Clone(data)
	data[bit/8] ^= 1 << (bit % 8)
	return data
}

func checkNoun(t *testing.T, name string, data []byte) {
	t.Helper()
	again, err := nouns[name].again(data)
	switch {
	case err != nil && !errors.Is(err, ledger.ErrMalformed):
		t.Fatalf("%s: an error of another kind: %v", name, err)
	case err == nil && !bytes.Equal(again, data):
		t.Fatalf("%s: a second encoding of %x is %x", name, again, data)
	}
}

// TestEveryByteOfEveryGoldenRecord alters records: what still parses is not what the author signed.
func TestEveryByteOfEveryGoldenRecord(t *testing.T) {
	for _, leaf := range leavesOf(ledger.KindRecord) {
		id := must(ledger.ParseEnvelope(leaf)).ID
		for i := range leaf {
			data := flip(leaf, i*8+i*3%8)
			e, err := ledger.ParseEnvelope(data)
			if err == nil {
				err = e.PublicKey.Verify(e.Digest, e.Signature)
			}
			if err == nil {
				t.Fatalf("record %v with another byte %d passes", id, i)
			}
		}
	}
}

func fuzzNoun(f *testing.F, name string) {
	for _, data := range nouns[name].samples() {
		f.Add(data)
	}
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) { checkNoun(t, name, data) })
}

func FuzzHeader(f *testing.F)      { fuzzNoun(f, "header") }
func FuzzEnvelope(f *testing.F)    { fuzzNoun(f, "envelope") }
func FuzzSeal(f *testing.F)        { fuzzNoun(f, "seal") }
func FuzzRefusals(f *testing.F)    { fuzzNoun(f, "refusals") }
func FuzzDraftHeader(f *testing.F) { fuzzNoun(f, "draft header") }
func FuzzDraft(f *testing.F)       { fuzzNoun(f, "draft") }
func FuzzEntry(f *testing.F)       { fuzzNoun(f, "history entry") }
func FuzzPolicy(f *testing.F)      { fuzzNoun(f, "policy") }
func FuzzGenesisFile(f *testing.F) { fuzzNoun(f, "genesis file") }
