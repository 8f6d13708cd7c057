package checkpoint_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/merkle"
	"github.com/ocopledger/ocop/ledger/verify/vectors"
	"github.com/ocopledger/ocop/ledger/verify/verifytest"
)

func proof(extra []byte) *checkpoint.Proof {
	w := verifytest.New()
	w.Block("a", "b")
	w.Block("c")
	p := &checkpoint.Proof{Extra: extra, Index: w.Size() - 1, Checkpoint: w.Head(1, 2)}
	_, p.Path = w.Seal(w.Size())
	return p
}

func TestProofRoundTrip(t *testing.T) {
	for _, extra := range [][]byte{nil, {0}, []byte("extra data"), make([]byte, ledger.MaxEnvelope)} {
		p := proof(extra)
		file := p.Append(nil)
		got, err := checkpoint.ParseProof(file)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got.Extra, extra) || (got.Extra == nil) != (extra == nil) || !bytes.Equal(got.Append(nil), file) {
			t.Errorf("%d bytes of extra data came back as %d", len(extra), len(got.Extra))
		}
	}
}

// TestEveryByteOfAProof: whatever is still read as a proof does not hold for the leaf, or says the same; extra data prove nothing by themselves.
func TestEveryByteOfAProof(t *testing.T) {
	w := verifytest.New()
	w.Block("a", "b")
	w.Block("c")
	p := proof([]byte("extra"))
	leaf := merkle.Log.Leaf(w.Leaf(p.Index))
	if err := p.Check(leaf); err != nil {
		t.Fatal(err)
	}
	file := p.Append(nil)
	signatures := bytes.Index(file, []byte("— "))
	eachByte(file[:signatures], func(at int, mutated []byte) {
		got, err := checkpoint.ParseProof(append(mutated, file[signatures:]...))
		if err != nil {
			if !errors.Is(err, checkpoint.ErrMalformed) {
				t.Errorf("byte %d: %v", at, err)
			}
			return
		}
		held := got.Check(leaf) == nil
		if _, err := got.Checkpoint.Certify(w.Policy()); err == nil && held && bytes.Equal(got.Extra, p.Extra) {
			t.Errorf("byte %d changed, and nothing noticed:\n%s", at, got.Append(nil))
		}
	})
}

func TestParseProofRefuses(t *testing.T) {
	good := string(proof([]byte("some extra data")).Append(nil))
	header, rest, _ := strings.Cut(good, "\n")
	hash := base64.StdEncoding.EncodeToString(make([]byte, 32)) + "\n"
	g := vectors.New(t, vectorsDir, "proof-refused", "What is no proof file, and so no record receipt.")
	for name, bad := range map[string]string{
		"empty":            "",
		"other version":    "c2sp.org/tlog-proof@v2\n" + rest,
		"no checkpoint":    strings.SplitAfter(good, "\n\n")[0],
		"header only":      header + "\n\n" + strings.SplitN(good, "\n\n", 2)[1],
		"extra twice":      strings.Replace(good, "index", "extra AAAA\nindex", 1),
		"extra of nothing": strings.Replace(good, "extra "+base64.StdEncoding.EncodeToString([]byte("some extra data")), "extra ", 1),
		"extra in CRLF":    strings.Replace(good, "\nindex", "\r\nindex", 1),
		"extra with bits":  strings.Replace(good, "extra ", "extra AAB=", 1),
		"index missing":    strings.Replace(good, "index 5\n", "", 1),
		"index of zeros":   strings.Replace(good, "index 5", "index 05", 1),
		"index beyond":     strings.Replace(good, "index 5", "index 18446744073709551616", 1),
		"path too long":    strings.Replace(good, "index 5\n", "index 5\n"+strings.Repeat(hash, 64), 1),
		"hash of 31 bytes": strings.Replace(good, "index 5\n", "index 5\n"+base64.StdEncoding.EncodeToString(make([]byte, 31))+"\n", 1),
		"too long":         strings.Replace(good, "extra ", "extra "+strings.Repeat("A", checkpoint.MaxProof), 1),
	} {
		if bad == good {
			t.Fatalf("%s: nothing replaced", name)
		}
		if got, err := checkpoint.ParseProof([]byte(bad)); !errors.Is(err, checkpoint.ErrMalformed) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
		if len(bad) < keptAtMost {
			if got := g.Add(name, vectors.Record, noteCase(verifytest.New().Policy(), []byte(bad))); got.Word != "format" {
				t.Errorf("%s: as a record receipt: %q", name, got.Word)
			}
		}
	}
}

func FuzzParse(f *testing.F) {
	_, s := full()
	f.Add(s.Append(nil))
	f.Add([]byte(sofa))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := checkpoint.Parse(data)
		if err != nil {
			return
		}
		again := s.Append(nil)
		if twice := must(checkpoint.Parse(again)); !bytes.Equal(twice.Append(nil), again) || twice.Tree != s.Tree {
			t.Errorf("%q is read differently the second time", data)
		}
	})
}

func FuzzParseProof(f *testing.F) {
	f.Add(proof(nil).Append(nil))
	f.Add(proof([]byte("extra")).Append(nil))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := checkpoint.ParseProof(data)
		if err != nil {
			return
		}
		again := p.Append(nil)
		if !bytes.Equal(must(checkpoint.ParseProof(again)).Append(nil), again) {
			t.Errorf("%q is read differently the second time", data)
		}
		_ = p.Check(ledger.Hash{})
	})
}

func FuzzParseHandover(f *testing.F) {
	w := verifytest.New()
	f.Add(w.EndedBy(func() { w.Rotate(2) }, 1, 2).Append(nil))
	f.Fuzz(func(t *testing.T, data []byte) {
		h, err := checkpoint.ParseHandover(data)
		if err != nil {
			return
		}
		again := h.Append(nil)
		if !bytes.Equal(must(checkpoint.ParseHandover(again)).Append(nil), again) {
			t.Errorf("%q is read differently the second time", data)
		}
	})
}
