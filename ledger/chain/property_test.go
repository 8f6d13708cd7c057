package chain_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/chain/chaintest"
	"github.com/ocopledger/ocop/ledger/store"
)

// groups divides drafts into batches of random size.
func groups(r *rand.Rand, drafts []chaintest.Draft) (batches [][]chaintest.Draft) {
	for len(drafts) > 0 {
		n := min(1+r.IntN(6), len(drafts))
		batches = append(batches, drafts[:n])
		drafts = drafts[n:]
	}
	return batches
}

// A ledger fed in random batches, flushed and reopened at random moments, is at every moment what the naive model says.
func TestLedgerIsTheModel(t *testing.T) {
	for seed := range some(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 3))
			market := chaintest.NewMarket(seed)
			drafts := append(market.Story, market.Drafts(40, 12)...)
			m := newModel(market.World)
			o := options(t, market.World)
			o.FlushRecords = 1 + r.IntN(60)
			l := open(t, o)
			for _, batch := range groups(r, drafts) {
				var want string
				for _, d := range batch {
					want += m.draft(t, d)
				}
				if got := outcomes(apply(t, l, batch...)); got != want {
					t.Fatalf("outcomes %s, want %s", got, want)
				}
				switch r.IntN(6) {
				case 0:
					l = reopen(t, l, o)
				case 1:
					if err := l.FlushIndex(); err != nil {
						t.Fatal(err)
					}
				case 2:
					m.compare(t, l)
					m.compareEarlier(t, l)
				}
			}
			m.compare(t, l)
			checkStates(t, l, m)
			m.compareEarlier(t, l)
			l.Close()
			checkClean(t, o)
		})
	}
}

// outcomes is what word says of each, with D for all duplicates.
func outcomes(applied []chain.Applied) (s string) {
	for i := range applied {
		for j := range applied[i].Outcomes {
			w := word(&applied[i].Outcomes[j])
			if strings.ToUpper(w) == w && w != "-" {
				w = "D"
			}
			s += w
		}
	}
	return s
}

func reopen(t testing.TB, l *chain.Ledger, o chain.Options) *chain.Ledger {
	t.Helper()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return open(t, o)
}

// checkStates looks at the states that are still addressable.
func checkStates(t *testing.T, l *chain.Ledger, m *model) {
	t.Helper()
	_ = l.View(func(v *chain.View) error {
		found := 0
		for _, s := range m.seals {
			if state, ok := v.MapAt(s.Height); ok {
				found++
				if state.Root() != s.State {
					t.Errorf("state after block %d is %v, want %v", s.Height, state.Root(), s.State)
				}
			}
		}
		if found == 0 {
			t.Error("no state is addressable")
		}
		return nil
	})
}

func checkClean(t testing.TB, o chain.Options) *chain.Report {
	t.Helper()
	r, err := chain.Check(t.Context(), chain.CheckOptions{Dir: o.Dir, Genesis: o.Genesis, Verifier: o.Verifier})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range r.Findings {
		t.Errorf("check finds: %v", f)
	}
	for _, u := range r.Unchecked {
		t.Errorf("check could not look at %s", u)
	}
	return r
}

// copyFile takes a copy of a file that nobody writes to at the moment.
func copyFile(t testing.TB, from, to string) {
	t.Helper()
	data, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, data[:len(strings.TrimRight(string(data), "\x00"))/4096*4096+4096], 0o600); err != nil {
		t.Fatal(err)
	}
}

// Whatever older index.db a crash leaves, or none, the ledger comes back as it was.
func TestRecoveryFromEveryOlderIndex(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 9))
	market := chaintest.NewMarket(9)
	drafts := append(market.Story, market.Drafts(20, 10)...)
	m := newModel(market.World)
	o := options(t, market.World)
	l := open(t, o)
	copies := []string{""}
	for i, batch := range groups(r, drafts) {
		for _, d := range batch {
			m.draft(t, d)
		}
		apply(t, l, batch...)
		if i%2 == 0 {
			if err := l.FlushIndex(); err != nil {
				t.Fatal(err)
			}
			copies = append(copies, filepath.Join(o.Dir, fmt.Sprint("copy", i)))
			copyFile(t, filepath.Join(o.Dir, store.IndexFile), copies[len(copies)-1])
		}
	}
	l.Close()
	index := filepath.Join(o.Dir, store.IndexFile)
	for _, older := range copies {
		if err := os.Remove(index); err != nil {
			t.Fatal(err)
		}
		if older != "" {
			copyFile(t, older, index)
		}
		l := open(t, o)
		m.compare(t, l)
		if h := l.Head(); h.Seal != hash(0x00, m.seals[len(m.seals)-1].Append(nil)) {
			t.Fatalf("from %q: head %+v", older, h)
		}
		l.Close()
		checkClean(t, o)
	}
}

// An index that is ahead of the chain, as after an older chain.db was put back, is made anew; what follows is applied again.
func TestIndexAheadOfTheChain(t *testing.T) {
	market := chaintest.NewMarket(2)
	m := newModel(market.World)
	o := options(t, market.World)
	l := open(t, o)
	apply(t, l, market.Story...)
	for _, d := range market.Story {
		m.draft(t, d)
	}
	l.Close()
	file, old := filepath.Join(o.Dir, store.ChainFile), filepath.Join(o.Dir, "old")
	copyFile(t, file, old)
	later := market.Drafts(8, 10)
	l = open(t, o)
	apply(t, l, later...)
	l.Close()
	if err := os.Rename(old, file); err != nil {
		t.Fatal(err)
	}
	l = open(t, o)
	m.compare(t, l)
	if got := l.AppliedIndex(); got != market.Story[len(market.Story)-1].Index {
		t.Errorf("applied index %d", got)
	}
	for _, d := range later {
		m.draft(t, d)
	}
	apply(t, l, later...)
	m.compare(t, l)
}

// While index.db is being written, at every step of it, blocks are applied and read as ever.
func TestBlocksWhileTheIndexIsWritten(t *testing.T) {
	for seed := range uint64(3) {
		market := chaintest.NewMarket(30 + seed)
		m := newModel(market.World)
		o := options(t, market.World)
		l := open(t, o)
		more := func(drafts ...chaintest.Draft) {
			t.Helper()
			for _, d := range drafts {
				m.draft(t, d)
			}
			apply(t, l, drafts...)
			m.compare(t, l)
		}
		more(market.Story...)
		for range 3 {
			more(market.Drafts(4, 10)...)
			for _, step := range chain.SlowFlush(l) {
				m.compare(t, l)
				more(market.Drafts(3, 10)...)
				if err := step(); err != nil {
					t.Fatal(err)
				}
				m.compare(t, l)
			}
		}
		l = reopen(t, l, o)
		m.compare(t, l)
		l.Close()
		checkClean(t, o)
	}
}
