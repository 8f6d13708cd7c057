package chain_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/chain/chaintest"
)

// A reader that pauses in the middle of its view stops neither Apply nor the writing of index.db, at whatever step of that it pauses, and goes on seeing its own
// height when it comes back: also one that is no longer among the newest states.
func TestPausedReaderStopsNobody(t *testing.T) {
	for seed := range some(10) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 5))
			market := chaintest.NewMarket(seed)
			drafts := append(market.Story, market.Drafts(60, 8)...)
			m := newModel(market.World)
			o := options(t, market.World)
			o.Roots = 4
			l := open(t, o)
			var flush []func() error
			finish := func() {
				for ; len(flush) > 0; flush = flush[1:] {
					if err := flush[0](); err != nil {
						t.Error(err)
					}
				}
			}
			t.Cleanup(finish) // Close waits for it
			grow := func(d chaintest.Draft) {
				m.draft(t, d)
				apply(t, l, d)
				if r.IntN(2+3*int(seed)) > 0 { // rarely: so that whole chunks of entries are in memory alone
					return
				}
				if len(flush) == 0 {
					flush = chain.SlowFlush(l)
					return
				}
				if err := flush[0](); err != nil {
					t.Fatal(err)
				}
				flush = flush[1:]
			}
			before := len(drafts)/4 + r.IntN(len(drafts)/2)
			for _, d := range drafts[:before] {
				grow(d)
			}
			if seed%2 == 0 {
				finish()
			}
			at := uint64(0)
			if err := l.View(func(v *chain.View) error { at = v.Head().Height; return nil }); err != nil {
				t.Fatal(err)
			}
			if r.IntN(2) == 0 {
				at -= uint64(r.IntN(4))
			}
			if err := l.ViewAt(at, func(v *chain.View) error {
				seal := m.seals[at]
				if seed%2 == 0 { // rows as they will be written are what the next blocks replace
					m.compareViewAt(t, v, seal)
					flush = chain.SlowFlush(l)
				}
				for i, d := range drafts[before:] {
					grow(d)
					if i < 6 || r.IntN(8) == 0 {
						m.compareViewAt(t, v, seal)
					}
				}
				m.compareViewAt(t, v, seal)
				return m.compareRecordsAt(v)
			}); err != nil {
				t.Fatal(err)
			}
			finish()
			m.compare(t, l)
			l.Close()
			checkClean(t, o)
		})
	}
}

// compareRecordsAt looks for every record that was ever ordered: those that the view has are known, those that came after it are not.
func (m *model) compareRecordsAt(v *chain.View) error {
	for _, all := range m.history {
		for _, e := range all {
			if e.Record == (ledger.RecordID{}) {
				continue
			}
			if o, ok, err := v.Record(e.Record); err != nil || ok != (e.Height <= v.Head().Height) || ok && o.Height != e.Height {
				return fmt.Errorf("record %v of block %d at %d: %v, %+v, %v", e.Record, e.Height, v.Head().Height, ok, o, err)
			}
		}
	}
	return nil
}
