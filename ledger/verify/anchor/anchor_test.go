package anchor_test

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/genesis"
	"github.com/ocopledger/ocop/ledger/verify"
	"github.com/ocopledger/ocop/ledger/verify/anchor"
	"github.com/ocopledger/ocop/ledger/verify/vectors"
	"github.com/ocopledger/ocop/ledger/verify/verifytest"
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// vectorsDir is where the cases are kept for verifiers in other languages.
const vectorsDir = "../vectors"

// kind is what a case's name says its file is, or is meant for.
func kind(name string) vectors.What {
	switch word, _, _ := strings.Cut(strings.Replace(name, ":", "", 1), " "); word {
	case "genesis":
		return vectors.Genesis
	case "handover":
		return vectors.Handover
	}
	return vectors.Policy
}

func noURL(ledger.AccountID) string { return "" }

func TestParse(t *testing.T) {
	const obtained, now = verifytest.Start + 70, verifytest.Start + 100
	w := verifytest.New()
	policy := checkpoint.FormatPolicy(w.Policy(), noURL, "")
	w.Now += 5
	h := w.EndedBy(func() { w.Rotate(2) }, 1, 2)
	file := must(os.ReadFile("../../testdata/golden/v1/genesis.bin"))
	g := must(genesis.Parse(file))
	kept := vectors.New(t, vectorsDir, "anchor", "Files believed as they stand: genesis, policy file, handover.")
	for _, x := range []struct {
		what   string
		kind   vectors.What
		file   []byte
		policy ledger.Hash
		since  uint64
	}{
		{"genesis: its time", vectors.Genesis, file, g.Policy().Hash(), g.Body.Time / 1000},
		{"policy file: when it was handed over", vectors.Policy, policy, verifytest.New().Policy().Hash(), obtained},
		{"handover: the block that began the epoch", vectors.Handover, h.Append(nil), w.Policy().Hash(), verifytest.Start + 6},
	} {
		kept.Add(x.what, x.kind, vectors.Case{File: x.file, With: vectors.With{Since: obtained, Now: now}})
		trust, err := anchor.Parse(x.file, obtained, now)
		if err != nil || trust.Policy.Hash() != x.policy || trust.Since != x.since || trust.Now != now {
			t.Errorf("%s: %+v, %v", x.what, trust, err)
		}
	}
	if trust := must(anchor.Parse(policy, now+1, now)); trust.Since != now {
		t.Errorf("obtained after now: since %d", trust.Since)
	}
	kept.Add("policy file: handed over tomorrow", vectors.Policy, vectors.Case{File: policy, With: vectors.With{Since: now + 1, Now: now}})
}

func TestParseRefuses(t *testing.T) {
	file := must(os.ReadFile("../../testdata/golden/v1/genesis.bin"))
	w := verifytest.New()
	policy := checkpoint.FormatPolicy(w.Policy(), noURL, "")
	handover := func(change func(*checkpoint.Handover)) []byte {
		w := verifytest.New()
		h := w.EndedBy(func() { w.Rotate(2) }, 1, 2)
		change(h)
		return h.Append(nil)
	}
	document := func(change func(*ledger.Policy)) []byte {
		return handover(func(h *checkpoint.Handover) {
			p := *h.Policy
			change(&p)
			h.Policy = &p
		})
	}
	orphan := verifytest.New()
	unlinked := orphan.EndedBy(func() { orphan.EndEpoch(func(p *ledger.Policy) { p.Previous[0]++ }) }, 1, 2)
	flipped := bytes.Clone(file)
	flipped[len(flipped)-1] ^= 1
	kept := vectors.New(t, vectorsDir, "anchor-refused", "Files that cannot be believed as they stand.")
	for _, x := range []struct {
		what string
		file []byte
		want verify.Word
	}{
		{"nothing", nil, verify.WordFormat},
		{"genesis cut short", file[:len(file)-1], verify.WordFormat},
		{"genesis with a false countersignature", flipped, verify.WordFormat},
		{"policy file cut short", policy[:len(policy)-1], verify.WordFormat},
		{"a checkpoint", w.Head(1, 2).Append(nil), verify.WordFormat},
		{"handover cut short", handover(func(*checkpoint.Handover) {})[:500], verify.WordFormat},
		{"handover: path", handover(func(h *checkpoint.Handover) { h.Path[0][0] ^= 1 }), verify.WordHandover},
		{"handover: document", document(func(p *ledger.Policy) { p.TrustPeriod++ }), verify.WordHandover},
		{"handover: previous document", unlinked.Append(nil), verify.WordHandover},
		{"too long", make([]byte, anchor.MaxFile+1), verify.WordFormat},
	} {
		if len(x.file) < anchor.MaxFile {
			kept.Add(x.what, kind(x.what), vectors.Case{File: append([]byte{}, x.file...)})
		}
		_, err := anchor.Parse(x.file, 0, 0)
		var e *verify.Error
		if !errors.As(err, &e) || e.Word != x.want {
			t.Errorf("%s: %v, want %s", x.what, err, x.want)
		}
	}
}
