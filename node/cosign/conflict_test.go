package cosign

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"

	"github.com/ocopledger/ocop/ledger"
)

// checks that the bytes of a conflict prove it: every line verifies under its policy.
func (r *room) proves(c Conflict, one, other int) {
	r.t.Helper()
	if c.One.Tree.Size != c.Other.Tree.Size || c.One.Tree.Root == c.Other.Tree.Root {
		r.t.Errorf("%v and %v do not contradict each other", c.One.Tree, c.Other.Tree)
	}
	a, err := c.One.Verify(c.Policy)
	if err != nil {
		r.t.Fatal(err)
	}
	b, err := c.Other.Verify(c.Policy)
	if err != nil {
		r.t.Fatal(err)
	}
	if len(a.Validators) != one || len(b.Validators) != other {
		r.t.Errorf("%v: signed by %d and %d, want %d and %d", c.Kind, len(a.Validators), len(b.Validators), one, other)
	}
}

func TestConflicts(t *testing.T) {
	lie := func(r *room) Cosignature { return r.all[2].forge(5, "lie") }
	for name, c := range map[string]struct {
		run        func(r *room, s *seat)
		kinds      []Kind
		one, other int // lines of the last one's heads
	}{
		"another root": {
			func(r *room, s *seat) { s.Receive(3, lie(r)) }, []Kind{Differs}, 2, 1,
		},
		"another root, before the own": {
			func(r *room, s *seat) { r.apply(6); s.Receive(3, lie(r)) }, []Kind{Differs}, 2, 1,
		},
		"the same again": {
			func(r *room, s *seat) { s.Receive(3, lie(r)); s.Receive(3, lie(r)) }, []Kind{Differs}, 2, 1,
		},
		"after the right one": {
			func(r *room, s *seat) { s.Receive(3, r.all[2].right(5)); s.Receive(3, lie(r)) }, []Kind{Twice}, 3, 1,
		},
		"and then the right one": {
			func(r *room, s *seat) { s.Receive(3, lie(r)); s.Receive(3, r.all[2].right(5)) }, []Kind{Differs, Twice}, 3, 1,
		},
		"two others": {
			func(r *room, s *seat) { s.Receive(3, lie(r)); s.Receive(3, r.all[2].forge(5, "third")) }, []Kind{Differs, Twice}, 1, 1,
		},
		"where no point is": {
			func(r *room, s *seat) { s.Receive(3, r.all[2].forge(4, "lie")) }, []Kind{Differs}, 0, 1,
		},
		"a right one where no point is": {
			func(r *room, s *seat) { s.Receive(3, r.all[2].right(4)) }, nil, 0, 0,
		},
		"early": {
			func(r *room, s *seat) {
				s.Receive(3, r.all[2].forge(9, "lie"))
				s.Receive(3, r.all[2].right(9))
				r.apply(9)
			}, []Kind{Differs, Twice}, -1, 1,
		},
	} {
		t.Run(name, func(t *testing.T) {
			bench(t, 3, func(t *testing.T, r *room) {
				r.start()
				r.all[2].end()
				r.apply(5)
				s := r.all[0]
				c.run(r, s)
				synctest.Wait()
				if got := fmt.Sprint(kindsOf(s)); got != fmt.Sprint(c.kinds) && !(name == "early" && len(s.conflicts) > 0 && s.conflicts[len(s.conflicts)-1].Kind == Twice) {
					t.Fatalf("conflicts %v, want %v", got, c.kinds)
				}
				if n := len(s.conflicts); n > 0 {
					last := s.conflicts[n-1]
					if last.Agency != 3 {
						t.Errorf("said of validator %v", last.Agency)
					}
					if c.one >= 0 {
						r.proves(last, c.one, c.other)
					}
				}
				r.apply(12) // a minority changes nothing
				if s.Status().State != Signing || s.certified() != 12 {
					t.Errorf("%s, certified %d", s.Status().State, s.certified())
				}
			})
		})
	}
}

func kindsOf(s *seat) (kinds []Kind) {
	for _, c := range s.conflicts {
		kinds = append(kinds, c.Kind)
	}
	return kinds
}

// TestQuorumAgainstUs: when a quorum signs another head, this node signs nothing any more and serves what was certified before.
func TestQuorumAgainstUs(t *testing.T) {
	bench(t, 4, func(t *testing.T, r *room) {
		r.start().apply(5)
		s := r.all[0]
		for i, other := range r.all[1:] {
			other.end()
			if s.Status().State != Signing {
				t.Errorf("stopped by %d of 4", i)
			}
			s.apply(8)
			s.Receive(other.agency, other.forge(8, "theirs"))
		}
		last := s.conflicts[len(s.conflicts)-1]
		if last.Kind != Diverged || s.Status().State != Stopped || !errors.Is(s.Status().Why, ErrDiverged) {
			t.Fatalf("%v, %+v", kindsOf(s), s.Status())
		}
		r.proves(last, 1, 3)
		before := len(s.signs())
		s.apply(10)
		for _, other := range r.all[1:] {
			s.Receive(other.agency, other.right(10))
		}
		if len(s.signs()) != before || s.certified() != 5 {
			t.Errorf("signed %v, certified %d", s.signs(), s.certified())
		}
	})
}

// TestFloodOfLies: a liar makes as many as he likes, and fills neither memory nor the log.
func TestFloodOfLies(t *testing.T) {
	bench(t, 3, func(t *testing.T, r *room) {
		r.start().apply(5)
		s := r.all[0]
		for i := range 3 * maxConflicts {
			s.Receive(3, r.all[2].forge(uint64(2+i%4), fmt.Sprint("lie ", i)))
		}
		if got := len(s.conflicts); got != maxConflicts || len(s.validators[3].conflicts) != maxConflicts {
			t.Errorf("%d reported, %d kept", got, len(s.validators[3].conflicts))
		}
		if got := s.Status(); got.Conflicts != 3*maxConflicts || got.Validators[2].Agency != ledger.AccountID(3) {
			t.Errorf("%+v", got)
		}
		r.apply(9)
		r.want(9)
	})
}
