package node

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/node/peer"
)

// A leader's day in a test: it makes drafts of a thousand records as fast as the highest load, and looks every few milliseconds while it waits.
const (
	testDraft = 1000
	testEvery = 100 * time.Millisecond // so that it makes 10,000 leaves a second
	testLook  = 5 * time.Millisecond
)

func at(own uint64, agency ledger.AccountID, behind uint64) stand {
	return stand{agency, peer.Standing{Size: own - min(behind, own), Seated: true}}
}

// The leader waits for the slowest healthy voter, and for nobody else; and for a majority in any case.
func TestPace(t *testing.T) {
	const own = 1 << 20
	behind := func(agency ledger.AccountID, leaves uint64) stand { return at(own, agency, leaves) }
	unseated, diverged := behind(2, lagLimit+1), behind(2, lagLimit+1)
	unseated.Seated, diverged.Diverged = false, true
	for name, c := range map[string]struct {
		voters int
		seen   []stand
		at     time.Duration // after the first look
		want   []ledger.AccountID
	}{
		"alone":                          {1, nil, 0, nil},
		"nobody seen":                    {3, nil, 0, nil},
		"all near":                       {3, []stand{behind(2, 0), behind(3, lagLimit)}, 0, nil},
		"one slow":                       {3, []stand{behind(2, 0), behind(3, lagLimit+1)}, 0, []ledger.AccountID{3}},
		"one slow, almost given up":      {3, []stand{behind(2, 0), behind(3, lagLimit+1)}, waitLimit - 1, []ledger.AccountID{3}},
		"one hangs":                      {3, []stand{behind(2, 0), behind(3, lagLimit+1)}, waitLimit, nil},
		"one catches up":                 {3, []stand{behind(2, 0), behind(3, awayLimit+1)}, 0, nil},
		"one dead, one slow":             {3, []stand{behind(3, lagLimit+1)}, waitLimit, []ledger.AccountID{3}},
		"one dead, one near":             {3, []stand{behind(3, 0)}, 0, nil},
		"no majority near":               {3, []stand{behind(2, awayLimit+1), behind(3, awayLimit+1)}, time.Hour, []ledger.AccountID{2, 3}},
		"takes no part":                  {3, []stand{unseated, behind(3, 0)}, 0, nil},
		"contradicts":                    {3, []stand{diverged, behind(3, 0)}, 0, nil},
		"slowest of five":                {5, []stand{behind(2, 0), behind(3, 0), behind(4, 0), behind(5, lagLimit+1)}, 0, []ledger.AccountID{5}},
		"two slow of five":               {5, []stand{behind(2, 0), behind(3, 0), behind(4, lagLimit+1), behind(5, awayLimit)}, 0, []ledger.AccountID{4, 5}},
		"two of five hang":               {5, []stand{behind(2, 0), behind(3, 0), behind(4, lagLimit+1), behind(5, awayLimit)}, waitLimit, nil},
		"ahead, as an old leader may be": {3, []stand{{2, peer.Standing{Size: own + 5, Seated: true}}, behind(3, 0)}, 0, nil},
	} {
		var p pace
		begin := time.Unix(0, 0)
		p.hold(&sight{term: 1, own: own, voters: c.voters, seen: c.seen, now: begin})
		now := begin.Add(c.at)
		hold := p.hold(&sight{term: 1, own: own, voters: c.voters, seen: c.seen, now: now})
		if said := p.tell(now).now; hold != (c.want != nil) || !slices.Equal(said, c.want) {
			t.Errorf("%s: hold %v, said to be for %v, want %v", name, hold, said, c.want)
		}
	}
}

// leading is a leader in a test, and what the others report.
type leading struct {
	pace
	term   uint64
	voters int
	own    uint64
	now    time.Duration
	waited time.Duration
}

// step looks once: the leader makes a draft, which takes a while, or waits a little.
func (l *leading) step(every time.Duration, seen ...stand) (hold bool) {
	hold = l.hold(&sight{term: l.term, own: l.own, voters: l.voters, seen: seen, now: time.Unix(0, 0).Add(l.now)})
	if hold {
		l.now, l.waited = l.now+testLook, l.waited+testLook
	} else {
		l.now, l.own = l.now+every, l.own+testDraft
	}
	return hold
}

// A voter that is slow and healthy is waited for again each time, however long in all, and goes as fast as it can.
func TestPaceOfASlowVoter(t *testing.T) {
	l := leading{term: 1, voters: 3}
	const perSecond, most = 3000, 5 * time.Minute
	applied := 0.0
	for l.now < most {
		before := l.now
		l.step(testEvery, at(l.own, 2, 0), at(l.own, 3, l.own-uint64(applied)))
		applied = min(applied+(l.now-before).Seconds()*perSecond, float64(l.own))
		if behind := l.own - uint64(applied); behind > lagLimit+2*testDraft {
			t.Fatalf("after %v: %d behind", l.now, behind)
		}
	}
	if had := uint64(most.Seconds() * perSecond); l.own < had {
		t.Errorf("the leader made %d leaves while the slow voter could have had %d", l.own, had)
	}
	if w := l.tell(time.Unix(0, 0).Add(l.now)); w.held[3] < most/2 || w.held[3] != w.total || w.held[2] != 0 {
		t.Errorf("the leader says that it waited %v for the slow one, %v in all, %v for the other", w.held[3], w.total, w.held[2])
	}
}

// One that is slower than any healthy voter falls behind, and the leader goes on; when the load ends it catches up, and is waited for again under the next one.
func TestPaceOfAVoterTooSlow(t *testing.T) {
	l := leading{term: 1, voters: 3}
	const perSecond = 500
	applied := 0.0
	step := func(every time.Duration) bool {
		before := l.now
		hold := l.step(every, at(l.own, 2, 0), at(l.own, 3, l.own-uint64(applied)))
		applied = min(applied+(l.now-before).Seconds()*perSecond, float64(l.own))
		return hold
	}
	for l.now < time.Minute {
		step(testEvery)
	}
	if behind := l.own - uint64(applied); behind <= awayLimit || l.waited > l.now/5 {
		t.Errorf("it is %d leaves behind, and the leader waited %v of %v", behind, l.waited, l.now)
	}
	for l.own-uint64(applied) > testDraft {
		if step(time.Minute) {
			t.Fatal("one that catches up is waited for")
		}
	}
	for range 2 * lagLimit / testDraft {
		if step(testEvery) {
			return
		}
	}
	t.Error("one that has caught up is not waited for")
}

// A voter reports what it likes, or its disk stalls in this rhythm: far behind for almost as long as it is waited for, near for one look. More than a quarter of the
// highest load goes on all the same, and at a small load hardly anybody notices.
func TestPaceOfAVoterThatStutters(t *testing.T) {
	for name, c := range map[string]struct {
		every time.Duration // between drafts of 1,000 records
		least float64       // leaves a second
		most  float64       // of the time that the leader waits
	}{
		"the highest load":     {testEvery, 2500, 0.75},
		"a hundred a second":   {10 * time.Second, 95, 0.03},
		"a thousand a second":  {time.Second, 780, 0.22},
		"as fast as it can be": {10 * time.Millisecond, 3500, 0.97},
	} {
		l := leading{term: 1, voters: 3}
		l.own = 1 << 20
		begin, near := l.own, time.Duration(0)
		for l.now < time.Hour {
			lag := uint64(20_000)
			if l.now-near > waitLimit-2*testLook {
				lag, near = 0, l.now
			}
			l.step(c.every, at(l.own, 2, 0), at(l.own, 3, lag))
		}
		got, share := float64(l.own-begin)/l.now.Seconds(), l.waited.Seconds()/l.now.Seconds()
		if got < c.least || share > c.most {
			t.Errorf("%s: %.0f leaves a second, at least %.0f; the leader waits %.3f of the time, at most %.3f", name, got, c.least, share, c.most)
		}
	}
}

// Whatever a minority reports, and however many there are in it, the leader waits no longer for them than it has earned.
func TestPaceAgainstAMinority(t *testing.T) {
	for seed := range uint64(40) {
		random := rand.New(rand.NewPCG(seed, 0))
		liars := 1 + random.IntN(3)
		l := leading{term: 1, voters: 2*liars + 1}
		l.own = 1 << 20
		begin := l.own
		lags := make([]uint64, liars)
		for range 20_000 {
			seen := make([]stand, 0, 2*liars)
			for i := range lags {
				switch random.IntN(40) {
				case 0:
					lags[i] = 0
				case 1, 2, 3:
					lags[i] = lagLimit + 1 + random.Uint64N(lagLimit)
				}
				seen = append(seen, at(l.own, ledger.AccountID(2+2*i), 0), at(l.own, ledger.AccountID(3+2*i), lags[i]))
			}
			l.step(time.Duration(random.Int64N(int64(testEvery))), seen...)
			if most := waitLimit + time.Duration(l.own-begin)*time.Second/slowest + testLook; l.waited > most {
				t.Fatalf("seed %d: after %d leaves the leader has waited %v, at most %v", seed, l.own-begin, l.waited, most)
			}
		}
		if l.waited == 0 {
			t.Errorf("seed %d: the leader waited for nobody", seed)
		}
	}
}

// Who was given up in one term is waited for in the next, and a wait that the end of a term broke off is not counted on.
func TestPaceInTheNextTerm(t *testing.T) {
	var p pace
	const own = 1 << 20
	begin := time.Unix(0, 0)
	stuck := func(term uint64, after time.Duration) bool {
		return p.hold(&sight{term: term, own: own, voters: 3, seen: []stand{at(own, 2, 0), at(own, 3, lagLimit+1)}, now: begin.Add(after)})
	}
	if !stuck(7, 0) || stuck(7, waitLimit) || stuck(7, time.Hour) {
		t.Error("a voter that hangs is waited for at first, and not for ever")
	}
	if !stuck(9, 2*time.Hour) {
		t.Error("a voter that hung in an earlier term is not waited for in this one")
	}
	if !stuck(11, 3*time.Hour) {
		t.Error("it is not waited for in the term after that")
	}
	if w := p.tell(begin.Add(3 * time.Hour)); w.total != waitLimit || w.held[3] != waitLimit {
		t.Errorf("the leader says that it waited %v, %v for the one that hangs", w.total, w.held[3])
	}
	if w := p.tell(begin.Add(3*time.Hour + heldFor)); w.now != nil {
		t.Errorf("long after the last look it is said to wait for %v", w.now)
	}
	near := sight{term: 11, own: own, voters: 3, seen: []stand{at(own, 2, 0), at(own, 3, lagLimit)}, now: begin.Add(3 * time.Hour)}
	if p.hold(&near) || !stuck(11, 4*time.Hour) {
		t.Error("a voter that came near is waited for again")
	}
}

// While its clock is ahead a leader makes no drafts, and nobody else is said to be the reason, nor is it waited for at anybody's expense.
func TestPaceOfAClockAhead(t *testing.T) {
	var p pace
	const own = 1 << 20
	begin := time.Unix(0, 0)
	for after := time.Duration(0); after < time.Minute; after += testLook {
		if !p.hold(&sight{term: 1, own: own, voters: 3, seen: []stand{at(own, 2, 0), at(own, 3, 0)}, clock: true, now: begin.Add(after)}) {
			t.Fatalf("after %v the leader goes on", after)
		}
	}
	if w := p.tell(begin.Add(time.Minute)); w.now != nil || w.held != nil || w.total != time.Minute-testLook {
		t.Errorf("said to be waited for: %v, %v, %v in all", w.now, w.held, w.total)
	}
	slow := sight{term: 1, own: own, voters: 3, seen: []stand{at(own, 2, 0), at(own, 3, lagLimit+1)}, now: begin.Add(time.Minute)}
	if !p.hold(&slow) {
		t.Error("a slow voter is not waited for after that")
	}
}
