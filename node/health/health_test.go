package health

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var start = time.Date(2026, 11, 1, 8, 0, 0, 0, time.UTC)

// well is a follower to which nothing is wrong.
func well() *Facts {
	return &Facts{
		Started: true, Patience: time.Minute, Role: "follower", Leader: 2, Term: 3, Members: 3, Size: 1000, Reported: []uint64{1000, 1001},
		Certified: true, CertifiedSize: 998, Age: time.Second, Cosigning: "signing", Room: Room{Known: true, Free: 50 << 30, Total: 100 << 30},
	}
}

// TestJudgement: which facts fail which check, and what that does to the two reports.
func TestJudgement(t *testing.T) {
	for _, c := range []struct {
		name        string
		change      func(f *Facts)
		fails       []string // checks, in their order
		live, ready bool
		says        string // part of an English sentence
	}{
		{"well", func(*Facts) {}, nil, true, true, "agency 2 leads, term 3"},
		{"a fault", func(f *Facts) { f.Fault = errors.New("disk: I/O error") }, []string{"storage"}, false, false, "disk: I/O error"},
		{"a write that hangs", func(f *Facts) { f.Writing, f.File = 61*time.Second, "raft.db" }, []string{"storage"}, false, false, "a write to raft.db has not ended for 1m1s"},
		{"a slow write", func(f *Facts) { f.Writing, f.File = time.Minute, "raft.db" }, nil, true, true, ""},
		{"an apply loop that hangs", func(f *Facts) { f.Applying = 90 * time.Second }, []string{"apply"}, false, false, "has not been applied for 1m30s"},
		{"starting", func(f *Facts) { f.Started, f.Leader = false, 0 }, []string{"started", "leader"}, true, false, "the node is starting"},
		{"stopping", func(f *Facts) { f.Stopping = true }, []string{"started"}, true, false, "the node is stopping"},
		{"alone", func(f *Facts) { f.Leader, f.Reported = 0, nil }, []string{"leader"}, true, false, "1 of 3 validators can be seen (this one included), and 2 are needed"},
		{"without a place, and fetching", func(f *Facts) { f.Follows, f.Place = true, "asking" }, []string{"leader", "place"}, true, false, "is fetching the ledger"},
		{"an election", func(f *Facts) { f.Leader, f.Role = 0, "candidate" }, []string{"leader"}, true, false, "an election is under way (role candidate"},
		{"without a place", func(f *Facts) {
			f.Follows, f.Live, f.Place, f.Why, f.Role = true, true, "store_lost", Say("kho mới", "the store is new"), "following"
		}, []string{"place"}, true, true, "takes no part in raft (store_lost) and follows: the store is new"},
		{"behind", func(f *Facts) { f.Reported = []uint64{9000, 9001} }, []string{"caught_up"}, true, false, "8000 leaves behind"},
		{"as far behind as is allowed", func(f *Facts) { f.Reported = []uint64{1000 + maxBehind, 9001} }, nil, true, true, ""},
		{"one of three boasts", func(f *Facts) { f.Reported = []uint64{1000, 1 << 60} }, nil, true, true, ""},
		{"the only one seen boasts", func(f *Facts) { f.Reported = []uint64{1 << 60} }, nil, true, true, ""},
		{"behind a certified head", func(f *Facts) { f.CertifiedSize = 99999 }, []string{"caught_up"}, true, false, ""},
		{"diverged", func(f *Facts) { f.Diverged = errors.New("size 77") }, []string{"history"}, true, false, "size 77"},
		{"certification pauses", func(f *Facts) { f.Age, f.Cosigning = 3*time.Minute, "learning" }, []string{"certified"}, true, true, "3m0s old (this node: learning)"},
		{"nothing certified yet", func(f *Facts) { f.Certified = false }, []string{"certified"}, true, true, ""},
		{"a disk that is nearly full", func(f *Facts) { f.Room.Free = 4 << 30 }, []string{"disk_space"}, true, true, "4.0 GiB left, less than one part in 20"},
		{"a disk that fills", func(f *Facts) { f.Room.Left = 9 * day }, []string{"disk_space"}, true, true, "about 9 days"},
		{"a disk not known", func(f *Facts) { f.Room = Room{} }, nil, true, true, ""},
		{"a network of one", func(f *Facts) { f.Members, f.Reported, f.Role, f.Leader = 1, nil, "leader", 1 }, nil, true, true, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := well()
			c.change(f)
			b := NewBoard(start)
			b.Look(start, f, []Alarm{{Name: "clock"}})
			live, ready := b.Live(start), b.Ready(start)
			var failed []string
			said := ""
			for _, check := range ready.Checks {
				if !check.OK {
					failed = append(failed, check.Name)
				}
				if check.Vietnamese == "" || check.English == "" || check.Since.IsZero() {
					t.Errorf("%+v", check)
				}
				said += check.English + "\n"
			}
			if !slices.Equal(failed, c.fails) || live.OK != c.live || ready.OK != c.ready || !strings.Contains(said, c.says) {
				t.Errorf("fails %v, live %v, ready %v:\n%s", failed, live.OK, ready.OK, said)
			}
			if len(live.Alarms) != 1 || len(ready.Alarms) != 1 {
				t.Error("the alarm is not told")
			}
		})
	}
}

// TestMinority: whatever fewer than half of the validators report, and whether they answer at all, a node that is well stays ready; and whatever they report, a
// node that is too far behind what all others report is found behind.
func TestMinority(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		members := rapid.IntRange(1, 13).Draw(t, "validators")
		liars := rapid.IntRange(0, (members-1)/2).Draw(t, "liars")
		size := rapid.Uint64Range(0, 1<<40).Draw(t, "size")
		var reported []uint64
		for i := range members - 1 {
			switch {
			case rapid.Bool().Draw(t, "silent"):
			case i < liars:
				reported = append(reported, rapid.Uint64().Draw(t, "lie"))
			default:
				reported = append(reported, rapid.Uint64Range(0, size+maxBehind).Draw(t, "truth"))
			}
		}
		f := well()
		f.Members, f.Size, f.Reported, f.CertifiedSize = members, size, reported, 0
		if c := caughtUp(f); !c.OK {
			t.Fatalf("%d of %d lie: %s", liars, members, c.English)
		}
		honest := members - 1 - liars
		if members < 2 || honest <= (members-1)/2 {
			return // too few to outvote the liars
		}
		f.Reported = slices.Repeat([]uint64{size + maxBehind + 1}, honest)
		for range liars {
			f.Reported = append(f.Reported, rapid.Uint64().Draw(t, "lie"))
		}
		if c := caughtUp(f); c.OK {
			t.Fatalf("%d of %d lie, and the node does not see that it is behind", liars, members)
		}
	})
}

func find(t *testing.T, r Report, name string) Check {
	t.Helper()
	for _, c := range r.Checks {
		if c.Name == name {
			return c
		}
	}
	t.Fatalf("no check %s", name)
	return Check{}
}

// TestSince: a check says since when it is as it is, and a short lag is not told.
func TestSince(t *testing.T) {
	b := NewBoard(start)
	at := func(s int) time.Time { return start.Add(time.Duration(s) * time.Second) }
	b.Look(at(0), well(), nil)
	lagging := well()
	lagging.Reported = []uint64{90000, 90000}
	for s := 1; s <= 5; s++ {
		b.Look(at(s), lagging, nil)
		if c := find(t, b.Ready(at(s)), "caught_up"); !c.OK || c.Since != at(0) {
			t.Errorf("%d s: %+v", s, c)
		}
	}
	b.Look(at(6), lagging, nil)
	if c := find(t, b.Ready(at(6)), "caught_up"); c.OK || c.Since != at(6) {
		t.Errorf("%+v", c)
	}
	b.Look(at(9), lagging, nil)
	if c := find(t, b.Ready(at(9)), "caught_up"); c.OK || c.Since != at(6) {
		t.Errorf("%+v", c)
	}
	b.Look(at(10), well(), nil)
	if c := find(t, b.Ready(at(10)), "caught_up"); !c.OK || c.Since != at(10) {
		t.Errorf("%+v", c)
	}
	b.Look(at(11), lagging, nil) // patience begins anew
	if c := find(t, b.Ready(at(11)), "caught_up"); !c.OK {
		t.Errorf("%+v", c)
	}
}

// TestBehindFromTheStart: patience is for lags of a node that kept up. One that starts far behind is not ready for a moment.
func TestBehindFromTheStart(t *testing.T) {
	b, f := NewBoard(start), well()
	f.Reported = []uint64{90000, 90000}
	b.Look(start, f, nil)
	if b.Ready(start).OK {
		t.Error("ready")
	}
}

// TestHang: who does not look any more hangs.
func TestHang(t *testing.T) {
	b := NewBoard(start)
	if !b.Live(start).OK || b.Ready(start).OK {
		t.Error("before anything was looked at, a node lives and is not ready")
	}
	b.Look(start.Add(time.Second), well(), nil)
	last := start.Add(time.Second + unseen)
	if !b.Live(last).OK || !b.Ready(last).OK {
		t.Error("a look that is due is no hang")
	}
	late := last.Add(time.Millisecond)
	live, ready := b.Live(late), b.Ready(late)
	if live.OK || ready.OK || live.Checks[0].Name != "process" || live.Checks[0].Since != start.Add(time.Second) {
		t.Errorf("%+v", live)
	}
}
