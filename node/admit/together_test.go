package admit

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ocopledger/ocop/ledger/ident"
)

// noting is a verifier that says of each signature what its digest says, and notes how many it was given at once.
type noting struct {
	begin func() // called first
	err   error

	mu    sync.Mutex
	sizes []int
}

var errBad = errors.New("bad")

func (n *noting) Verify(ctx context.Context, jobs []ident.Job) ([]error, error) {
	if n.begin != nil {
		n.begin()
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.sizes = append(n.sizes, len(jobs))
	if n.err != nil {
		return nil, n.err
	}
	verdicts := make([]error, len(jobs))
	for i := range jobs {
		if jobs[i].Digest[0] == 1 {
			verdicts[i] = errBad
		}
	}
	return verdicts, ctx.Err()
}

// jobs are signatures of which each third is bad, beginning with the number of the caller.
func jobs(caller, n int) []ident.Job {
	list := make([]ident.Job, n)
	for i := range list {
		if (caller+i)%3 == 0 {
			list[i].Digest[0] = 1
		}
	}
	return list
}

// TestTogether: on a busy node signatures of many callers are verified together, in gatherings that share a division, and each caller has the verdicts of its own; on
// one that is not busy nobody waits for anybody, and large calls never do.
func TestTogether(t *testing.T) {
	const callers = 200
	for _, c := range []struct {
		name      string
		busy      bool
		jobs      int
		few, most int // calls of the verifier
	}{
		{"busy", true, 1, callers / (enough + fewJobs), callers / 2},
		{"busy, of some records", true, 3, 3 * callers / (enough + fewJobs), callers - 1},
		{"busy, of many records", true, fewJobs + 1, callers, callers},
		{"quiet", false, 1, callers, callers},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := new(noting)
			v := &together{verifier: n, busy: func() bool { return c.busy }}
			var all sync.WaitGroup
			start := make(chan struct{})
			for caller := range callers {
				all.Go(func() {
					<-start
					own := jobs(caller, c.jobs)
					verdicts, err := v.Verify(t.Context(), own)
					if err != nil || len(verdicts) != len(own) {
						t.Errorf("caller %d: %d verdicts, %v", caller, len(verdicts), err)
						return
					}
					for i, verdict := range verdicts {
						if bad := (caller+i)%3 == 0; bad != errors.Is(verdict, errBad) || !bad && verdict != nil {
							t.Errorf("caller %d, signature %d: %v", caller, i, verdict)
						}
					}
				})
			}
			close(start)
			all.Wait()
			if len(n.sizes) < c.few || len(n.sizes) > c.most {
				t.Errorf("verified in %d calls, want %d to %d", len(n.sizes), c.few, c.most)
			}
			for _, size := range n.sizes {
				if size >= enough+fewJobs && c.jobs <= fewJobs {
					t.Errorf("%d signatures at once", size)
				}
			}
		})
	}
}

// TestTogetherEnds: a caller who goes away takes nobody with him, not even when he was the first; that there are no verdicts is told to all.
func TestTogetherEnds(t *testing.T) {
	var once atomic.Bool
	reached, goOn := make(chan struct{}), make(chan struct{})
	n := &noting{begin: func() {
		if once.CompareAndSwap(false, true) {
			close(reached)
			<-goOn
		}
	}}
	v := &together{verifier: n, busy: func() bool { return true }}
	first, leave := context.WithCancel(t.Context())
	gone, answered := make(chan error, 1), make(chan error, 1)
	go func() {
		_, err := v.Verify(first, jobs(0, 1))
		gone <- err
	}()
	for open := false; !open; time.Sleep(time.Millisecond) {
		v.mu.Lock()
		open = v.open != nil
		v.mu.Unlock()
		select {
		case <-reached: // it is being verified already: whoever comes now is of another gathering, and not held up either
			open = true
		default:
		}
	}
	go func() {
		verdicts, err := v.Verify(t.Context(), jobs(1, 1))
		if err == nil && verdicts[0] != nil {
			err = verdicts[0]
		}
		answered <- err
	}()
	leave()
	<-reached
	select {
	case err := <-gone:
		t.Errorf("who went away is told %v while his signature is being verified", err)
	default:
	}
	close(goOn)
	if err := <-gone; !errors.Is(err, context.Canceled) {
		t.Errorf("who went away is told %v", err)
	}
	if err := <-answered; err != nil {
		t.Errorf("who stayed is told %v", err)
	}
	n.err = ident.ErrClosed
	if _, err := v.Verify(t.Context(), jobs(1, 1)); !errors.Is(err, ident.ErrClosed) {
		t.Errorf("%v, want %v", err, ident.ErrClosed)
	}
}
