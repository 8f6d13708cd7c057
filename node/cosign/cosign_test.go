package cosign

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ocopledger/ocop/ledger/checkpoint"
)

type osFile = os.File

func TestQuorumCertifies(t *testing.T) {
	bench(t, 3, func(t *testing.T, r *room) {
		r.start().want(1)
		r.apply(3, 5, 8)
		r.want(8)
		if n := len(r.all[0].delays); n != 4 { // 1, 3, 5, 8: also when the third signature comes
			t.Errorf("%d heads were told to be certified, want 4", n)
		}
		if h := r.all[0].Certified(); len(h.Certified.Validators) != 3 {
			t.Errorf("%d of 3 signed", len(h.Certified.Validators))
		}
		r.all[2].end()
		r.apply(9, 12)
		r.want(12)
		r.all[1].end() // one of three is no quorum
		r.apply(20)
		r.want(12)
	})
}

// TestFourNeedThree: the quorum is the policy's, not a constant.
func TestFourNeedThree(t *testing.T) {
	bench(t, 4, func(t *testing.T, r *room) {
		r.start()
		r.all[3].end()
		r.apply(5)
		r.want(5)
		r.all[2].end()
		r.apply(9)
		r.want(5)
	})
}

// TestAsking: nothing is signed before n − q + 1 others have told what they hold.
func TestAsking(t *testing.T) {
	for _, c := range []struct{ n, answers int }{{1, 0}, {2, 1}, {3, 2}, {4, 2}, {7, 3}} {
		bench(t, c.n, func(t *testing.T, r *room) {
			s := r.all[0]
			s.begin()
			for i := range c.answers {
				if got := s.signs(); got != nil || s.Status().State != Learning {
					t.Errorf("n = %d, %d answers: signed %v, %s", c.n, i, got, s.Status().State)
				}
				s.Learned(r.all[i+1].agency, nil)
				s.Learned(r.all[i+1].agency, nil) // says no more than once
				synctest.Wait()
			}
			if got := s.signs(); !slices.Equal(got, []uint64{1}) || s.Status().State != Signing {
				t.Errorf("n = %d, %d answers: signed %v, %s", c.n, c.answers, got, s.Status().State)
			}
		})
	}
}

func TestRestart(t *testing.T) {
	bench(t, 3, func(t *testing.T, r *room) {
		r.start().apply(5, 10)
		s := r.all[0]
		// A ledger that comes back shorter waits until it has what was signed.
		s.end()
		s.log, s.sent = s.log[:8], nil
		s.begin()
		r.tell()
		if got := s.Status(); got.State != Behind || s.signs() != nil {
			t.Errorf("a shorter ledger: %s, signed %v", got.State, s.signs())
		}
		s.apply(9)
		if got := s.signs(); got != nil {
			t.Errorf("signed %v, below 10", got)
		}
		s.apply(10, 11)
		if got := s.signs(); !slices.Equal(got, []uint64{10, 11}) {
			t.Errorf("signed %v, want 10 again and 11", got)
		}
		r.apply(11, 12)
		r.want(12)
	})
}

// TestLearnsWhatItSigned: the others know of a signature that the slot file does not, as when a disk was restored.
func TestLearnsWhatItSigned(t *testing.T) {
	bench(t, 3, func(t *testing.T, r *room) {
		r.start().apply(10)
		s := r.all[0]
		s.end()
		if err := os.Remove(s.path); err != nil {
			t.Fatal(err)
		}
		s.log, s.sent = s.log[:6], nil
		s.begin()
		r.tell()
		s.apply(7, 9)
		if got := s.signs(); got != nil {
			t.Errorf("signed %v, although the others hold its 10", got)
		}
		s.apply(12)
		if got := s.signs(); !slices.Equal(got, []uint64{12}) {
			t.Errorf("signed %v, want 12", got)
		}
		// A lie about it is none of its signatures.
		s.end()
		s.sent = nil
		s.begin()
		lie := r.all[1].forge(99, "lie")
		s.Learned(2, &lie)
		s.Learned(3, nil)
		synctest.Wait()
		if s.Status().State != Learning {
			t.Errorf("after a lie: %s", s.Status().State)
		}
	})
}

func TestContradictedBySlot(t *testing.T) {
	bench(t, 3, func(t *testing.T, r *room) {
		r.start().apply(5)
		s := r.all[0]
		s.end()
		s.alter(5)
		s.sent = nil
		s.begin()
		r.tell()
		r.apply(7)
		if s.signs() != nil || s.Status().State != Stopped || !errors.Is(s.Status().Why, ErrDiverged) {
			t.Errorf("%+v, signed %v", s.Status(), s.signs())
		}
		if len(s.conflicts) == 0 || s.conflicts[0].Kind != Diverged || s.conflicts[0].Other.Tree.Size != 5 || s.conflicts[0].Agency != 1 {
			t.Errorf("conflicts %+v", s.conflicts)
		}
	})
}

func TestSlotFileComesFirst(t *testing.T) {
	bench(t, 3, func(t *testing.T, r *room) {
		s := r.all[0]
		broken, calls := errors.New("disk"), 0
		s.sync = func() error {
			if calls++; calls > 2 {
				return broken
			}
			if n := len(s.signs()); n >= calls {
				t.Errorf("%d heads released before write %d", n, calls)
			}
			return nil
		}
		r.start().apply(5)
		if got := s.signs(); !slices.Equal(got, []uint64{1, 5}) || calls != 2 {
			t.Fatalf("signed %v with %d writes", got, calls)
		}
		r.apply(7, 9)
		if got := s.signs(); !slices.Equal(got, []uint64{1, 5}) || calls != 3 || len(s.faults) != 1 || !errors.Is(s.faults[0], broken) {
			t.Errorf("after a fault: signed %v, %d writes, faults %v", got, calls, s.faults)
		}
	})
}

// TestIdle: an unchanged head is signed again, so that its age tells when a quorum last knew of nothing newer.
func TestIdle(t *testing.T) {
	bench(t, 3, func(t *testing.T, r *room) {
		r.start().apply(5)
		s := r.all[0]
		time.Sleep(Resign - time.Second) // in the bubble
		synctest.Wait()
		if age := s.Certified().Age(time.Now()); age != Resign-time.Second || len(s.signs()) != 2 {
			t.Fatalf("age %v, signed %v", age, s.signs())
		}
		r.all[2].end() // its signature gets old, and the head does not
		for i := range 10 {
			time.Sleep(Resign)
			synctest.Wait()
			if age := s.Certified().Age(time.Now()); age >= Resign || s.certified() != 5 {
				t.Errorf("age %v of %d leaves", age, s.certified())
			}
			if got := s.signs(); len(got) != 3+i || got[2+i] != 5 {
				t.Errorf("signed %v", got)
			}
		}
		r.all[1].end() // the age is the q-th newest's
		time.Sleep(Resign * 2)
		synctest.Wait()
		if age := s.Certified().Age(time.Now()); age < Resign*2 {
			t.Errorf("age %v with one validator left", age)
		}
		if s.Status().Signed.Size != 5 {
			t.Errorf("%+v", s.Status())
		}
	})
}

// TestBacklog: what has piled up is signed whole, unless it is much.
func TestBacklog(t *testing.T) {
	for _, n := range []uint64{maxBacklog, maxBacklog + 1, 1000} {
		bench(t, 3, func(t *testing.T, r *room) {
			s := r.all[0]
			s.begin()
			var want []uint64
			for size := uint64(2); size <= n; size++ { // the first point is that of the start
				s.grow(size)
				p := s.point(size)
				p.Ends = size == 7 || size == 9
				s.Points(p)
				if n <= maxBacklog || p.Ends || size == n {
					want = append(want, size)
				}
			}
			if n <= maxBacklog {
				want = slices.Insert(want, 0, 1)
			}
			r.tell() // nobody runs
			s.Learned(2, nil)
			s.Learned(3, nil)
			synctest.Wait()
			if got := s.signs(); n <= maxBacklog && !slices.Equal(got, want) || n > maxBacklog && len(got) > maxBacklog+3 || got[len(got)-1] != n || !slices.Contains(got, 7) {
				t.Errorf("%d points: signed %v, want %v", n, got, want)
			}
		})
	}
}

// TestEpochs: nobody signs in an epoch before holding the certified end of the one before.
func TestEpochs(t *testing.T) {
	bench(t, 3, func(t *testing.T, r *room) {
		r.start()
		r.deaf = true
		for _, s := range r.all {
			s.grow(5)
			end := s.point(5)
			end.Ends = true
			s.Points(end)
		}
		r.policy = epochOf(t, 3, 1)
		r.apply(6, 8)
		for _, s := range r.all {
			if got := s.signs(); !slices.Equal(got, []uint64{1, 5}) || s.Status().State != Waiting {
				t.Errorf("validator %v signed %v, %s", s.agency, got, s.Status().State)
			}
		}
		r.deliver()
		r.want(8)
		for _, s := range r.all {
			if h := s.kept[slices.IndexFunc(s.kept, func(h Head) bool { return h.Ends })]; h.Tree.Size != 5 || h.Policy.Number != 0 {
				t.Errorf("validator %v kept %+v as the end of epoch 0", s.agency, h)
			}
			if c := s.sent[len(s.sent)-1]; c.Epoch != 1 {
				t.Errorf("validator %v signed with the key of epoch %d", s.agency, c.Epoch)
			}
		}
		// A start goes on in the epoch that is held.
		s := r.all[0]
		newest, held := *s.Certified(), s.kept[slices.IndexFunc(s.kept, func(h Head) bool { return h.Ends })]
		if held.Tree.Size != 5 {
			t.Fatalf("kept %+v", held)
		}
		s.end()
		s.sent = nil
		s.begin()
		r.tell()
		if s.Status().State != Waiting || s.signs() != nil {
			t.Errorf("without what it held: %s, signed %v", s.Status().State, s.signs())
		}
		if err := s.Adopt(newest.Point, newest.Signed); err != nil || s.Epoch() != 0 {
			t.Fatalf("%v, epoch %d: the end of epoch 0 is not held", err, s.Epoch())
		}
		if err := s.Adopt(held.Point, held.Signed); err != nil || s.Epoch() != 1 {
			t.Fatal(err, s.Epoch())
		}
		r.apply(9)
		r.want(9)
	})
}

// TestMissedEpochEnd: a validator that lost the signatures of an epoch's end signs again when another shows it the end.
func TestMissedEpochEnd(t *testing.T) {
	bench(t, 3, func(t *testing.T, r *room) {
		r.start()
		s := r.all[0]
		s.up.Store(false) // hears nothing, and is not heard
		r.deaf = true
		for _, one := range r.all {
			one.grow(5)
			end := one.point(5)
			end.Ends = true
			one.Points(end)
		}
		synctest.Wait()
		r.held = slices.DeleteFunc(r.held, func(l letter) bool { return l.from == 1 })
		r.deliver()
		s.up.Store(true)
		r.policy = epochOf(t, 3, 1)
		r.apply(7)
		r.want(7) // by the two others
		if got := s.signs(); !slices.Equal(got, []uint64{1, 5}) || s.Status().State != Waiting || s.Epoch() != 0 {
			t.Fatalf("signed %v, %s", got, s.Status().State)
		}
		end := r.all[1].kept[slices.IndexFunc(r.all[1].kept, func(h Head) bool { return h.Ends })].Signed
		few := &checkpoint.Signed{Tree: end.Tree, Lines: end.Lines[:1]}
		if err := s.EpochEnd(few); err == nil || s.Epoch() != 0 {
			t.Errorf("an end without a quorum: %v", err)
		}
		if err := s.EpochEnd(r.all[1].Certified().Signed); err != nil || s.Epoch() != 0 {
			t.Errorf("another head: %v", err)
		}
		if err := s.EpochEnd(end); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if got := s.signs(); !slices.Equal(got, []uint64{1, 5, 7}) || s.Epoch() != 1 || s.certified() != 7 {
			t.Errorf("signed %v, epoch %d, certified %d", got, s.Epoch(), s.certified())
		}
	})
}

func TestAdopt(t *testing.T) {
	bench(t, 3, func(t *testing.T, r *room) {
		r.start().apply(5)
		held := *r.all[1].Certified()
		s := r.all[0]
		var quorum *checkpoint.QuorumError
		few := &checkpoint.Signed{Tree: held.Tree, Lines: held.Signed.Lines[:1]}
		if err := s.Adopt(held.Point, few); !errors.As(err, &quorum) {
			t.Errorf("too few signatures: %v", err)
		}
		other := held.Point
		other.Tree.Size = 4
		if err := s.Adopt(other, held.Signed); err == nil {
			t.Error("another point was taken")
		}
		s.end()
		s.log = s.log[:3]
		s.begin()
		if err := s.Adopt(held.Point, held.Signed); !errors.Is(err, ErrAhead) || s.Certified() != nil {
			t.Errorf("a larger head than the ledger: %v, %v", err, s.Certified())
		}
		s.grow(5)
		if err := s.Adopt(held.Point, held.Signed); err != nil || s.certified() != 5 {
			t.Errorf("%v, certified %d", err, s.certified())
		}
		s.alter(5)
		if err := s.Adopt(held.Point, held.Signed); !errors.Is(err, ErrDiverged) || s.Status().State != Stopped {
			t.Errorf("another ledger: %v, %s", err, s.Status().State)
		}
	})
}

func TestWithoutAKey(t *testing.T) {
	bench(t, 3, func(t *testing.T, r *room) {
		s := r.all[2]
		clear(s.keys)
		r.start().apply(5)
		if got := s.signs(); got != nil || s.Status().State != Watching {
			t.Errorf("signed %v, %s", got, s.Status().State)
		}
		r.want(5)
	})
}

func TestWait(t *testing.T) {
	bench(t, 3, func(t *testing.T, r *room) {
		r.start()
		s := r.all[0]
		done := make(chan *Head, 1)
		go func() {
			h, _ := s.Wait(t.Context(), 4)
			done <- h
		}()
		r.apply(3)
		select {
		case h := <-done:
			t.Fatalf("waited for 4, got %d", h.Tree.Size)
		default:
		}
		changed := s.Changed()
		r.apply(6)
		<-changed
		if h := <-done; h.Tree.Size != 6 {
			t.Errorf("got %d", h.Tree.Size)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, err := s.Wait(ctx, 100); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v", err)
		}
	})
}

// TestEarly: cosignatures of what is not applied yet are kept, within bounds, and count when it is.
func TestEarly(t *testing.T) {
	bench(t, 3, func(t *testing.T, r *room) {
		r.start()
		s, other := r.all[0], r.all[1]
		r.all[2].end()
		for size := uint64(2); size < 500; size++ {
			s.Receive(2, other.right(size))
			s.Receive(2, other.right(size))
		}
		if got := len(s.validators[2].early); got != maxEarly {
			t.Errorf("%d kept, want %d", got, maxEarly)
		}
		if got := s.Of(2); got.Size != 499 {
			t.Errorf("the newest held is %d", got.Size)
		}
		other.end()
		s.apply(100) // its signature has gone
		s.apply(480)
		if got := s.certified(); got != 480 {
			t.Errorf("certified %d", got)
		}
		if got := s.validators[2].early; len(got) != 19 || got[0].Size != 481 {
			t.Errorf("%d kept", len(got))
		}
	})
}

func TestWorthless(t *testing.T) {
	bench(t, 3, func(t *testing.T, r *room) {
		r.start()
		r.all[2].end()
		r.all[1].end()
		s := r.all[0]
		s.apply(5)
		bad := r.all[1].right(5)
		bad.Cosignature.Signature[7] ^= 1
		late := r.all[1].right(5)
		late.Cosignature.Time++
		wrong := r.all[1].right(5)
		wrong.Epoch = 3
		for i, c := range []Cosignature{bad, late, wrong, r.all[2].right(5)} {
			s.Receive(2, c)
			if got := s.certified(); got != 1 || s.validators[2].bad != uint64(i+1) {
				t.Errorf("case %d: certified %d, %d bad", i, got, s.validators[2].bad)
			}
		}
		lie := r.all[2].forge(5, "other")
		s.Receive(2, lie) // not the sender's
		s.Receive(9, lie) // nobody's
		s.Receive(1, s.right(5))
		if len(s.conflicts) != 0 || s.validators[9] != nil {
			t.Errorf("conflicts %+v", s.conflicts)
		}
		s.Receive(2, r.all[1].right(5))
		if got := s.certified(); got != 5 {
			t.Errorf("certified %d", got)
		}
	})
}

// TestLog: the publisher's signature of a head travels like a cosignature, and is nobody else's to give.
func TestLog(t *testing.T) {
	bench(t, 3, func(t *testing.T, r *room) {
		r.start().apply(5)
		h := r.all[0].Certified()
		signature, err := key(t, "log").Sign(h.Tree.Text())
		if err != nil {
			t.Fatal(err)
		}
		wrong := signature
		wrong[3] ^= 1
		if r.all[0].Publish(5, wrong) || r.all[0].Publish(4, signature) {
			t.Error("a signature that does not fit was taken")
		}
		own := *r.all[1].Own()
		own.Log = &signature
		r.all[2].Receive(2, own)
		if r.all[2].Certified().Certified.Log {
			t.Error("the log's signature was taken from another than the publisher")
		}
		if !r.all[0].Publish(5, signature) {
			t.Error("not published")
		}
		for _, s := range r.all {
			if s.certified(); !s.Certified().Certified.Log {
				t.Errorf("validator %v has no signature of the log", s.agency)
			}
		}
		if r.all[0].Own().Log == nil {
			t.Error("who asks is not told")
		}
	})
}

func TestMemoryIsBounded(t *testing.T) {
	bench(t, 3, func(t *testing.T, r *room) {
		r.start()
		for size := uint64(2); size < 3*maxHeads; size++ {
			r.apply(size)
		}
		r.want(3*maxHeads - 1)
		if got := len(r.all[0].heads); got != maxHeads {
			t.Errorf("%d heads kept, want %d", got, maxHeads)
		}
		if _, ok := r.all[0].Signed(2); ok {
			t.Error("the oldest is still there")
		}
		if s, ok := r.all[0].Signed(3*maxHeads - 1); !ok || len(s.Lines) != 3 {
			t.Error("the newest is not there")
		}
	})
}

func ExampleKind() {
	fmt.Println(Differs, Twice, Diverged)
	// Output: differs twice diverged
}
