package govern

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// servers reads "1-0 2-0* 3-1@b:1": an asterisk is a server without a vote.
func servers(text string) (list []Server) {
	for _, word := range strings.Fields(text) {
		id, address, _ := strings.Cut(word, "@")
		s := Server{ID: strings.TrimSuffix(id, "*"), Votes: !strings.HasSuffix(id, "*"), Address: address}
		list = append(list, s)
	}
	return list
}

func (s Step) String() string {
	switch {
	case s.Yield:
		return "yield"
	case s.Remove:
		return "remove " + s.ID
	case s.Votes:
		return "vote " + s.ID + s.Address
	}
	return "add " + s.ID + s.Address
}

func TestNext(t *testing.T) {
	for _, c := range []struct{ name, self, raft, ledger, near, shut, want string }{
		{"as it should be", "1-0", "1-0 2-0 3-0", "1-0 2-0 3-0", "", "", ""},
		{"a fourth validator", "1-0", "1-0 2-0 3-0", "1-0 2-0 3-0 4-0", "", "", "add 4-0"},
		{"which is far behind", "1-0", "1-0 2-0 3-0 4-0*", "1-0 2-0 3-0 4-0", "", "", ""},
		{"and comes near", "1-0", "1-0 2-0 3-0 4-0*", "1-0 2-0 3-0 4-0", "4-0", "", "vote 4-0"},
		{"a new incarnation", "1-0", "1-0 2-0 3-0", "1-0 2-1 3-0", "", "", "remove 2-0"},
		{"which comes in then", "1-0", "1-0 3-0", "1-0 2-1 3-0", "", "", "add 2-1"},
		{"a validator voted out", "1-0", "1-0 2-0 3-0", "1-0 3-0", "", "", "remove 2-0"},
		{"the leader voted out", "1-0", "1-0 2-0 3-0", "2-0 3-0", "", "", "yield"},
		{"alone, the leader stays", "1-0", "1-0", "2-0", "", "", "add 2-0"},
		{"and until the other has a vote", "1-0", "1-0 2-0*", "2-0", "", "", ""},
		{"the last voter is not removed", "1-0", "1-0* 2-0", "1-0", "1-0", "", "vote 1-0"},
		{"a store that is lost waits", "1-0", "1-0 2-0", "1-0 2-0 3-0", "3-0", "3-0", ""},
		{"a validator that has moved", "1-0", "1-0@a 2-0@b", "1-0@a 2-0@c", "", "", "vote 2-0c"},
	} {
		in := func(list, id string) bool { return slices.Contains(strings.Fields(list), id) }
		s, ok := Next(View{Self: c.self, Configuration: servers(c.raft), Validators: servers(c.ledger),
			Near: func(id string) bool { return in(c.near, id) }, Shut: func(id string) bool { return in(c.shut, id) }})
		got := ""
		if ok {
			got = s.String()
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// Whatever the ledger wants, step by step raft comes to it, one change at a time, and always has a voter.
func TestStepsLeadToTheLedger(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		set := func(name string) (list []Server) {
			for agency := range 5 {
				if n := rapid.IntRange(-1, 2).Draw(t, fmt.Sprint(name, agency)); n >= 0 {
					list = append(list, Server{ID: fmt.Sprintf("%d-%d", agency, n), Address: fmt.Sprintf("h%d:%d", agency, n), Votes: true})
				}
			}
			return list
		}
		raft, ledger := set("raft"), set("ledger")
		if len(raft) == 0 || len(ledger) == 0 {
			return
		}
		self := raft[rapid.IntRange(0, len(raft)-1).Draw(t, "leader")].ID
		for steps := 0; ; steps++ {
			s, ok := Next(View{Self: self, Configuration: raft, Validators: ledger, Near: func(string) bool { return true }, Shut: func(string) bool { return false }})
			if !ok {
				break
			}
			if steps > 30 {
				t.Fatalf("no end: %v → %v", raft, ledger)
			}
			i := slices.IndexFunc(raft, func(r Server) bool { return r.ID == s.ID })
			switch {
			case s.Yield:
				i := slices.IndexFunc(raft, func(r Server) bool { return r.ID != self && r.Votes })
				self = raft[i].ID
			case s.Remove:
				raft = slices.Delete(raft, i, i+1)
			case i >= 0:
				raft[i] = s.Server
			default:
				raft = append(raft, s.Server)
			}
			if !slices.ContainsFunc(raft, func(r Server) bool { return r.Votes }) {
				t.Fatalf("nobody votes: %v", raft)
			}
		}
		less := func(a, b Server) int { return strings.Compare(a.ID, b.ID) }
		slices.SortFunc(raft, less)
		slices.SortFunc(ledger, less)
		if !slices.Equal(raft, ledger) {
			t.Errorf("came to %v, want %v", raft, ledger)
		}
	})
}
