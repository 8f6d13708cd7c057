package node

import (
	"testing"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/node/peer"
)

// The leader waits for the slowest healthy voter, and for nobody else; and for a majority in any case.
func TestPace(t *testing.T) {
	const own = 1 << 20
	begin := time.Unix(0, 0)
	at := func(agency ledger.AccountID, behind uint64) stand {
		return stand{agency, peer.Standing{Size: own - behind, Seated: true}}
	}
	unseated, diverged := at(2, lagLimit+1), at(2, lagLimit+1)
	unseated.Seated, diverged.Diverged = false, true
	for name, c := range map[string]struct {
		voters int
		seen   []stand
		at     time.Duration // after the first look
		want   bool
	}{
		"alone":                          {1, nil, 0, false},
		"nobody seen":                    {3, nil, 0, false},
		"all near":                       {3, []stand{at(2, 0), at(3, lagLimit)}, 0, false},
		"one slow":                       {3, []stand{at(2, 0), at(3, lagLimit+1)}, 0, true},
		"one slow, almost given up":      {3, []stand{at(2, 0), at(3, lagLimit+1)}, waitLimit - 1, true},
		"one hangs":                      {3, []stand{at(2, 0), at(3, lagLimit+1)}, waitLimit, false},
		"one catches up":                 {3, []stand{at(2, 0), at(3, awayLimit+1)}, 0, false},
		"one dead, one slow":             {3, []stand{at(3, lagLimit+1)}, waitLimit, true},
		"one dead, one near":             {3, []stand{at(3, 0)}, 0, false},
		"no majority near":               {3, []stand{at(2, awayLimit+1), at(3, awayLimit+1)}, waitLimit, true},
		"takes no part":                  {3, []stand{unseated, at(3, 0)}, 0, false},
		"contradicts":                    {3, []stand{diverged, at(3, 0)}, 0, false},
		"slowest of five":                {5, []stand{at(2, 0), at(3, 0), at(4, 0), at(5, lagLimit+1)}, 0, true},
		"two of five hang":               {5, []stand{at(2, 0), at(3, 0), at(4, lagLimit+1), at(5, awayLimit)}, waitLimit, false},
		"ahead, as an old leader may be": {3, []stand{{2, peer.Standing{Size: own + 5, Seated: true}}, at(3, 0)}, 0, false},
	} {
		var p pace
		p.hold(own, c.voters, c.seen, begin)
		if got := p.hold(own, c.voters, c.seen, begin.Add(c.at)); got != c.want {
			t.Errorf("%s: hold %v, want %v", name, got, c.want)
		}
	}
}

// A voter that is slow and goes on is waited for again each time, however long in all; one that was given up is waited for again once it has been near.
func TestPaceOfASlowVoter(t *testing.T) {
	var p pace
	own, applied, now := uint64(0), uint64(0), time.Unix(0, 0)
	const perSecond, offered = 1000, 10_000
	for range 300 * 4 { // looks, a quarter of a second each
		if !p.hold(own, 3, []stand{{2, peer.Standing{Size: own, Seated: true}}, {3, peer.Standing{Size: applied, Seated: true}}}, now) {
			own += offered / 4
		}
		applied = min(applied+perSecond/4, own)
		now = now.Add(time.Second / 4)
		if own-applied > lagLimit+offered/4 {
			t.Fatalf("after %v: %d behind", now.Sub(time.Unix(0, 0)), own-applied)
		}
	}
	if own < 300*perSecond {
		t.Errorf("the leader made %d leaves while the slow voter could have had %d", own, 300*perSecond)
	}
	stuck := func(behind uint64, at time.Duration) bool {
		return p.hold(own, 3, []stand{{2, peer.Standing{Size: own, Seated: true}}, {3, peer.Standing{Size: own - behind, Seated: true}}}, now.Add(at))
	}
	if !stuck(lagLimit+1, 0) || stuck(lagLimit+1, waitLimit) || stuck(lagLimit+1, time.Hour) {
		t.Error("a voter that hangs is waited for at first, and not for ever")
	}
	if stuck(lagLimit, time.Hour) || !stuck(lagLimit+1, time.Hour) {
		t.Error("a voter that came near is waited for again")
	}
}
