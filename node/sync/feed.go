package sync

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ocopledger/ocop/ledger"
)

// feed is a source's stream of leaves, cut into whole blocks. One goroutine takes from it.
type feed struct {
	pace   *pace
	runs   chan Run
	err    error // why runs was closed; of the source, named already
	next   uint64
	rest   [][]byte // leaves of the newest run that are not taken yet
	block  [][]byte // leaves after the last seal
	bytes  int      // of block
	waited time.Duration
	got    int // bytes, while waited grew
	stop   context.CancelFunc
	done   chan struct{} // closed when nothing is read any more
}

// ahead is how many runs may wait to be taken: a source's messages hold up to 1 MiB, or one leaf.
const ahead = 2

// newFeed begins to read a source from a leaf on, until it is closed.
func newFeed(ctx context.Context, s Source, from uint64, p *pace) *feed {
	ctx, stop := context.WithCancel(ctx)
	f := &feed{pace: p, runs: make(chan Run, ahead), next: from, stop: stop, done: make(chan struct{})}
	go func() {
		defer close(f.done)
		defer close(f.runs)
		f.err = f.read(ctx, s, from)
	}()
	return f
}

// close ends the reading.
func (f *feed) close() {
	if f != nil {
		f.stop()
		<-f.done
	}
}

// read hands runs on that follow each other.
func (f *feed) read(ctx context.Context, s Source, next uint64) error {
	for run, err := range s.Leaves(ctx, next) {
		switch {
		case err != nil:
			return of(ctx, s, err)
		case run.First != next:
			return of(ctx, s, fault(Disordered, fmt.Errorf("leaf %d came, want %d", run.First, next)))
		}
		for i, leaf := range run.Leaves {
			if len(leaf) == 0 || len(leaf) > ledger.MaxEnvelope {
				return of(ctx, s, fault(Malformed, fmt.Errorf("leaf %d of %d bytes", next+uint64(i), len(leaf))))
			}
		}
		next += uint64(len(run.Leaves))
		select {
		case f.runs <- run:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return of(ctx, s, fault(Unreachable, errors.New("the stream of leaves ended")))
}

// caughtUp forgets how slow the source was: from now on the validators are waited for, and not the source.
func (f *feed) caughtUp() {
	if f != nil {
		f.waited, f.got = 0, 0
	}
}

// take gathers whole blocks that end at leaf end at the latest: as many as a chunk holds, or as have come after a while.
func (f *feed) take(ctx context.Context, end uint64) (leaves [][]byte, err error) {
	bytes := 0
	settled := f.waited + f.pace.settle
	for {
		if len(f.rest) == 0 {
			limit := f.pace.patience
			if len(leaves) > 0 {
				limit = min(limit, settled-f.waited)
			}
			came, err := f.wait(ctx, limit)
			switch {
			case (err != nil || !came) && len(leaves) > 0:
				return leaves, nil // what has come is of use; what went wrong is found again
			case err != nil:
				return nil, err
			case !came:
				return nil, fault(Slow, fmt.Errorf("no block in %v", limit))
			}
			continue
		}
		leaf := f.rest[0]
		f.rest, f.next = f.rest[1:], f.next+1
		f.block, f.bytes = append(f.block, leaf), f.bytes+len(leaf)
		switch {
		case len(f.block) > maxBlockLeaves || f.bytes > maxBlockBytes:
			return nil, fault(Endless, fmt.Errorf("%d leaves of %d bytes up to leaf %d, and no seal", len(f.block), f.bytes, f.next-1))
		case leaf[0] != ledger.KindSeal:
			if f.next >= end {
				return nil, fault(Untrue, fmt.Errorf("leaf %d, the last of the certified head, is no seal", f.next-1))
			}
			continue
		}
		leaves, bytes = append(leaves, f.block...), bytes+f.bytes
		f.block, f.bytes = nil, 0
		if f.next >= end || len(leaves)+maxBlockLeaves > f.pace.leaves || bytes+maxBlockBytes > chunkBytes {
			return leaves, nil
		}
	}
}

// wait waits for a run, no longer than a limit. Of a source that is too slow it gives up: what it has must come, at a rate that gets one somewhere.
func (f *feed) wait(ctx context.Context, limit time.Duration) (came bool, err error) {
	since := time.Now() // the monotonic clock of this machine: a span, no moment
	defer func() { f.waited += time.Since(since) }()
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case run, ok := <-f.runs:
		if !ok {
			return false, f.err
		}
		f.rest = run.Leaves
		for _, leaf := range run.Leaves {
			f.got += len(leaf)
		}
	case <-timer.C:
		return false, nil
	case <-ctx.Done():
		return false, ctx.Err()
	}
	if least := int(f.waited.Seconds() * float64(f.pace.rate)); f.waited > f.pace.patience && f.got < least {
		return true, fault(Slow, fmt.Errorf("%d bytes in %v", f.got, f.waited.Round(time.Second)))
	}
	return true, nil
}
