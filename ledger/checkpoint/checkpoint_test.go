package checkpoint_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/verify/vectors"
	"github.com/ocopledger/ocop/ledger/verify/verifytest"
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// sofa is the example of c2sp.org/tlog-cosignature.
const sofa = `example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==
`

func TestSpecificationExample(t *testing.T) {
	s := must(checkpoint.Parse([]byte(sofa)))
	if s.Tree.Origin != "example.com/behind-the-sofa" || s.Tree.Size != 20852163 || s.Tree.Root.String()[:8] != "0ac5186a" || len(s.Lines) != 2 {
		t.Errorf("%+v", s)
	}
	if c := must(ident.ParseCosignature(s.Lines[1].Signature)); c.Time != 1679315147 {
		t.Errorf("cosigned at %d", c.Time)
	}
	if got := string(s.Append(nil)); got != sofa {
		t.Errorf("written back:\n%s", got)
	}
}

// full is a head with all the lines that this ledger puts there.
func full() (*ledger.Policy, *checkpoint.Signed) {
	w := verifytest.New()
	w.Block("a", "b")
	s := w.Published(w.Head(1))
	w.Now += 10
	s = w.Cosign(s, 2)
	w.Now += 10
	return w.Policy(), w.Witnessed(w.Cosign(s, 3))
}

func TestCertify(t *testing.T) {
	p, s := full()
	c := must(s.Certify(p))
	if len(c.Validators) != 3 || len(c.Witnesses) != 1 || !c.Log || c.Tree != s.Tree {
		t.Fatalf("%+v", c)
	}
	if want := c.Validators[1].Time; c.Time != want || c.Time != verifytest.Start+11 {
		t.Errorf("time %d, want that of the second newest, %d", c.Time, want)
	}
	if c.Validators[2].Agency != 3 || c.Witnesses[0].Agency != 0 || c.Witnesses[0].Name != verifytest.Witness {
		t.Errorf("%+v", c)
	}

	early := c.Until(c.Time, p.Quorum)
	if len(early.Validators) != 2 || len(early.Witnesses) != 0 || early.Time != c.Time-10 {
		t.Errorf("until the second: %+v", early)
	}
	if none := c.Until(0, p.Quorum); none.Time != 0 || len(c.Validators) != 3 {
		t.Errorf("until nothing: %+v, from %+v", none, c)
	}
}

func TestQuorum(t *testing.T) {
	p, s := full()
	s.Lines = slices.DeleteFunc(s.Lines, func(l checkpoint.Line) bool {
		return strings.HasPrefix(l.Name, "node2") || strings.HasPrefix(l.Name, "node3")
	})
	_, err := s.Certify(p)
	var q *checkpoint.QuorumError
	if !errors.As(err, &q) || q.Have != 1 || q.Want != 2 || !errors.Is(err, checkpoint.ErrQuorum) {
		t.Errorf("one of three, log and witness: %v", err)
	}
	if c := must(s.Verify(p)); c.Time != 0 || len(c.Validators) != 1 {
		t.Errorf("%+v", c)
	}
}

func TestLinesOfNobodyKnownSayNothing(t *testing.T) {
	p, s := full()
	stranger := must(ident.NewCosigner("node1.example", must(ident.NewEd25519PrivateKey(bytes.Repeat([]byte{9}, 32)))))
	s = s.With(checkpoint.CosignatureLine(stranger.VKey(), ident.Cosignature{Time: 1})) // a known name, another key, and no signature of it either
	s = s.With(checkpoint.Line{Name: "post-quantum.example", ID: 6, Signature: make([]byte, 5000)})
	g := vectors.New(t, vectorsDir, "note-strangers", "A signed head with lines by keys that nobody knows.")
	g.Add("a known name with another key, and a signature of another kind", vectors.Certify, noteCase(p, s.Append(nil)))
	if c, err := must(checkpoint.Parse(s.Append(nil))).Certify(p); err != nil || len(c.Validators) != 3 {
		t.Errorf("%+v, %v", c, err)
	}
}

// TestOneBadLineOfAKnownKeyRefusesAll: the note is not what its signers saw, whatever else it has.
func TestOneBadLineOfAKnownKeyRefusesAll(t *testing.T) {
	p, s := full()
	g := vectors.New(t, vectorsDir, "note-bad-lines", "A signed head of which one line by a known key does not verify.")
	for i := range s.Lines {
		bad := s.With(checkpoint.Line{Name: s.Lines[i].Name, ID: s.Lines[i].ID, Signature: slices.Clone(s.Lines[i].Signature)})
		bad.Lines[i].Signature[40] ^= 1
		if _, err := bad.Certify(p); !errors.Is(err, checkpoint.ErrSignature) || !strings.Contains(err.Error(), s.Lines[i].Name) && s.Lines[i].Name != p.Origin {
			t.Errorf("%s: %v", s.Lines[i].Name, err)
		}
		refused(t, g, fmt.Sprintf("line %d altered", i), p, bad.Append(nil), "cosignature")
		bad.Lines[i].Signature = bad.Lines[i].Signature[:9]
		refused(t, g, fmt.Sprintf("line %d cut short", i), p, bad.Append(nil), "cosignature")
		if _, err := bad.Certify(p); !errors.Is(err, checkpoint.ErrSignature) {
			t.Errorf("%s, cut short: %v", s.Lines[i].Name, err)
		}
	}
}

// TestFirstOfTwoLinesCounts: so it is in all verifiers of notes; a verifier that took the second would be of another opinion.
func TestFirstOfTwoLinesCounts(t *testing.T) {
	p, s := full()
	text := s.Append(nil)
	bad := slices.Clone(s.Lines[1].Signature)
	bad[20] ^= 1
	s.Lines[1].Signature = bad
	lines := bytes.SplitAfter(s.Append(nil), []byte{'\n'})
	twice := append(slices.Clone(text), lines[5]...)
	g := vectors.New(t, vectorsDir, "note-twice", "A signed head with two lines by one key: the first counts.")
	refused(t, g, "the second does not verify", p, twice, "")
	refused(t, g, "the first does not verify", p, append(s.Append(nil), bytes.SplitAfter(text, []byte{'\n'})[5]...), "cosignature")
	refused(t, g, "a line repeated", p, append(slices.Clone(text), text[bytes.LastIndex(text, []byte("— ")):]...), "")
	if _, err := must(checkpoint.Parse(twice)).Certify(p); err != nil {
		t.Errorf("a second line by the same key: %v", err)
	}
	if n := len(must(checkpoint.Parse(twice)).Lines); n != 5 {
		t.Errorf("%d lines by 5 keys", n)
	}
	if s := must(checkpoint.Parse(append(slices.Clone(text), text[bytes.LastIndex(text, []byte("— ")):]...))); len(s.Lines) != 5 {
		t.Errorf("%d lines of 5 and one repeated", len(s.Lines))
	}
}

func TestWithReplaces(t *testing.T) {
	_, s := full()
	l := s.Lines[2]
	l.Signature = []byte{1, 2, 3, 4, 5}
	next := s.With(l)
	if len(next.Lines) != len(s.Lines) || len(next.Lines[2].Signature) != 5 || len(s.Lines[2].Signature) == 5 {
		t.Error("a line of the same name and id was not put in the place of the old one, or the old checkpoint changed")
	}
}

// TestEveryByteOfACheckpoint changes each byte in several ways: the note is refused, or says the same with a line less.
func TestEveryByteOfACheckpoint(t *testing.T) {
	p, s := full()
	text := s.Append(nil)
	want := must(s.Certify(p))
	refused := 0
	eachByte(text, func(at int, mutated []byte) {
		m, err := checkpoint.Parse(mutated)
		if err != nil {
			if !errors.Is(err, checkpoint.ErrMalformed) {
				t.Fatalf("byte %d: %v", at, err)
			}
			refused++
			return
		}
		c, err := m.Certify(p)
		if err != nil {
			refused++
			return
		}
		if c.Tree != want.Tree || len(c.Validators)+len(c.Witnesses) >= 4 && c.Log {
			t.Errorf("byte %d changed, and nothing noticed", at)
		}
	})
	if refused < 3*len(text)/2 {
		t.Errorf("%d of %d changes refused", refused, 4*len(text))
	}
}

// eachByte gives every text that differs from data in one byte, by a flipped bit, the next value, a space, or the byte left out.
func eachByte(data []byte, try func(at int, mutated []byte)) {
	for i := range data {
		for _, b := range []byte{data[i] ^ 1, data[i] ^ 0x80, data[i] + 1, '\r'} {
			m := slices.Clone(data)
			m[i] = b
			try(i, m)
		}
		try(i, slices.Delete(slices.Clone(data), i, i+1))
	}
}

func TestParseRefuses(t *testing.T) {
	p, s := full()
	g := vectors.New(t, vectorsDir, "note-refused", "What is no signed head.")
	good := string(s.Append(nil))
	long := *s
	for len(long.Append(nil)) <= checkpoint.MaxSigned {
		long.Lines = append(slices.Clone(long.Lines), checkpoint.Line{Name: "x", ID: uint32(len(long.Lines)), Signature: make([]byte, 8000)})
	}
	text, _, _ := strings.Cut(good, "\n\n")
	for name, bad := range map[string]string{
		"empty":             "",
		"no signature":      text + "\n\n",
		"extension line":    strings.Replace(good, "\n\n", "\nextension\n\n", 1),
		"leading zero":      strings.Replace(good, "\n4\n", "\n04\n", 1),
		"plus":              strings.Replace(good, "\n4\n", "\n+4\n", 1),
		"size beyond int64": strings.Replace(good, "\n4\n", "\n9223372036854775808\n", 1),
		"origin with space": strings.Replace(good, "log.example/test\n4", "log.example test\n4", 1),
		"origin empty":      strings.Replace(good, "log.example/test\n4", "\n4", 1),
		"short root":        strings.Replace(good, "=\n\n", "\n\n", 1),
		"too long":          string(long.Append(nil)),
		"bytes after":       good + "x",
		"carriage returns":  strings.ReplaceAll(good, "\n", "\r\n"),
		"long signature":    good + "— x " + strings.Repeat("AAAA", 3000) + "\n",
		"odd padding":       good + "— x AAAAAAB=\n",
	} {
		if got, err := checkpoint.Parse([]byte(bad)); !errors.Is(err, checkpoint.ErrMalformed) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
		if len(bad) < keptAtMost {
			refused(t, g, name, p, []byte(bad), "format")
		}
	}
}

// keptAtMost bounds what is kept as a vector, in bytes: a file that is too long says little for its size.
const keptAtMost = 20_000

func noteCase(p *ledger.Policy, note []byte) vectors.Case {
	return vectors.Case{File: note, With: vectors.With{Policy: p.Append(nil), Since: verifytest.Start, Now: verifytest.Start + 60}}
}

// refused keeps a signed head that is refused with a word, or with none taken.
func refused(t *testing.T, g *vectors.Group, name string, p *ledger.Policy, note []byte, word string) {
	t.Helper()
	if got := g.Add(name, vectors.Certify, noteCase(p, note)); got.Word != word {
		t.Errorf("%s: as a head to certify: %q, want %q", name, got.Word, word)
	}
}

func TestOtherLog(t *testing.T) {
	p, s := full()
	other := *p
	other.Origin = "log.example/other"
	if _, err := s.Certify(&other); !errors.Is(err, checkpoint.ErrOrigin) {
		t.Error(err)
	}
}

func BenchmarkCertify(b *testing.B) {
	w := verifytest.NewOf("bench", ledger.MaxValidators)
	s := w.Witnessed(w.Published(w.Head(1, 2, 3, 4, 5, 6, 7)))
	text := s.Append(nil)
	b.ReportMetric(float64(len(text)), "bytes")
	b.Run("parse", func(b *testing.B) {
		for b.Loop() {
			must(checkpoint.Parse(text))
		}
	})
	b.Run("7-validators", func(b *testing.B) {
		for b.Loop() {
			must(s.Certify(w.Policy()))
		}
	})
	b.Run("3-validators", func(b *testing.B) {
		p, s := full()
		for b.Loop() {
			must(s.Certify(p))
		}
	})
}
