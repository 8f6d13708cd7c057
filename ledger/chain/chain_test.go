package chain_test

import (
	"context"
	"reflect"
	"runtime"
	"testing"

	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/chain/chaintest"
	"github.com/ocopledger/ocop/ledger/ident"
)

func pool(t testing.TB) *ident.Pool {
	t.Helper()
	p, err := ident.NewPool(runtime.NumCPU(), 1024)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

func options(t testing.TB, w *chaintest.World) chain.Options {
	return chain.Options{Dir: t.TempDir(), Genesis: w.Genesis.Bytes(), Verifier: pool(t), NoSync: true}
}

func open(t testing.TB, o chain.Options) *chain.Ledger {
	t.Helper()
	l, err := chain.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

func apply(t testing.TB, l *chain.Ledger, drafts ...chaintest.Draft) []chain.Applied {
	t.Helper()
	entries := make([]chain.Entry, len(drafts))
	for i, d := range drafts {
		entries[i] = chain.Entry{Index: d.Index, Term: d.Term, Data: d.Data}
	}
	applied, err := l.Apply(context.Background(), entries)
	if err != nil {
		t.Fatal(err)
	}
	for i, a := range applied {
		if a.Bad != nil {
			t.Fatalf("draft %d: %v", i, a.Bad)
		}
	}
	return applied
}

// statuses of the story's records, draft by draft: a accepted, r refused, - rejected; upper case: a duplicate.
var storyOutcomes = []string{"aaa", "aaa", "a", "aa", "aa", "aa", "a", "aaa", "aa", "aa", "a", "rarr", "RA-", "r", "a", "ara", "a", "aaa", "aaaraa", "aaar", "a", "aaaar", "a", "a", "aa", "ar", "a", "a", "-aaaa", "aaar", "a"}

func word(o *chain.Outcome) string {
	s := map[chain.Status]string{chain.Accepted: "a", chain.Refused: "r", chain.Rejected: "-"}[o.Status]
	if o.Duplicate {
		return map[string]string{"a": "A", "r": "R"}[s]
	}
	return s
}

func TestStory(t *testing.T) {
	w := chaintest.New()
	l := open(t, options(t, w))
	story := w.Story()
	for i, d := range story {
		a := apply(t, l, d)[0]
		got := ""
		for j := range a.Outcomes {
			o := &a.Outcomes[j]
			got += word(o)
			if want := storyOutcomes[i]; j < len(want) && word(o) != want[j:j+1] {
				t.Errorf("draft %d (%s): record %d: %v", i, d.Note, j, o.Refusal)
			}
		}
		if got != storyOutcomes[i] {
			t.Errorf("draft %d (%s): outcomes %s, want %s", i, d.Note, got, storyOutcomes[i])
		}
		if want := i != 12; a.Sealed != want {
			t.Errorf("draft %d: sealed %v", i, a.Sealed)
		}
	}
	if h := l.Head(); h.Height != uint64(len(story)-1) || l.AppliedIndex() != w.Index {
		t.Errorf("head %+v, applied %d", h, l.AppliedIndex())
	}
}

// outcomes of one batch and of batches of one are the same.
func TestBatchesDoNotMatter(t *testing.T) {
	story := chaintest.New().Story()
	w := chaintest.New()
	one, all := open(t, options(t, w)), open(t, options(t, w))
	var single []chain.Applied
	for _, d := range story {
		single = append(single, apply(t, one, d)...)
	}
	together := apply(t, all, story...)
	if !reflect.DeepEqual(single, together) {
		t.Error("outcomes differ")
	}
	if one.Head() != all.Head() {
		t.Errorf("heads differ: %+v, %+v", one.Head(), all.Head())
	}
}

// some is how many of so many alike are tried: all of them, and half under the race detector, which has seen the same goroutines then.
func some(n uint64) uint64 {
	if testing.Short() {
		return (n + 1) / 2
	}
	return n
}
