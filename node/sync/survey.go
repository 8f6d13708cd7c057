package sync

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// mark is what became of a source.
type mark struct {
	size     uint64
	err      error
	failures int // in a row
	until    time.Time
}

// candidate is a source with a head that was verified.
type candidate struct {
	source Source
	head   *verified
	order  int // among the sources
}

// maxAsked bounds the sources asked at one time: a network has fewer nodes.
const maxAsked = 16

// survey asks the sources that are not left alone for their newest certified head, and chooses the one with the largest: among equals the first. It
// waits until there is one. Nobody can claim a larger head than there is, so that the largest is the truth, however many sources are cut off or lie.
func (f *Follower) survey(ctx context.Context) (*candidate, error) {
	for {
		if _, err := f.believed(); err != nil {
			return nil, err
		}
		sources, wake := f.awake()
		best, err := f.ask(ctx, sources)
		if best != nil || err != nil {
			return best, err
		}
		if err := pause(ctx, wake); err != nil {
			return nil, err
		}
	}
}

// awake are the sources that are not left alone, and after how long to look again.
func (f *Follower) awake() (awake []Source, wake time.Duration) {
	sources, now := f.o.Sources(), f.o.Now()
	f.mu.Lock()
	defer f.mu.Unlock()
	wake = f.pace.look
	known := make(map[string]*mark, len(sources))
	for _, s := range sources {
		m := f.marks[s.Name()]
		if m == nil {
			m = new(mark)
		}
		known[s.Name()] = m
		if left := m.until.Sub(now); left > 0 {
			wake = min(wake, left)
			continue
		}
		if len(awake) < maxAsked {
			awake = append(awake, s)
		}
	}
	f.marks = known
	if len(awake) > 0 {
		wake = min(wake, f.pace.first)
	}
	return awake, wake
}

// ask asks sources; nil: none has a head that is taken.
func (f *Follower) ask(ctx context.Context, sources []Source) (best *candidate, err error) {
	asking, stop := context.WithCancel(ctx)
	answers := make(chan answer, len(sources))
	waiting := len(sources)
	defer func() {
		stop()
		for ; waiting > 0; waiting-- {
			<-answers
		}
	}()
	for i, s := range sources {
		go func() {
			head, err := f.askOne(asking, s)
			answers <- answer{candidate{s, head, i}, err}
		}()
	}
	var enough <-chan time.Time
	for waiting > 0 {
		select {
		case a := <-answers:
			waiting--
			failure, ofSource := errors.AsType[*SourceError](a.err)
			switch {
			case ofSource:
				f.failed(failure)
			case a.err != nil:
				return nil, a.err
			case best == nil || a.head.size() > best.head.size() || a.head.size() == best.head.size() && a.order < best.order:
				best = &a.candidate
			}
			if best != nil && enough == nil {
				enough = time.After(f.pace.others)
			}
		case <-enough:
			return best, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return best, nil
}

type answer struct {
	candidate
	err error
}

func (f *Follower) askOne(ctx context.Context, s Source) (*verified, error) {
	c, err := question(ctx, s, f.pace.answer, func(ctx context.Context) (*Claim, error) { return s.Head(ctx, 0, f.pinned()) })
	if err != nil {
		return nil, err
	}
	head, err := f.take(s, c)
	if err == nil {
		f.mu.Lock()
		f.mark(s.Name()).size = head.size()
		f.mu.Unlock()
	}
	return head, err
}

// question asks a source, which has so long to answer. The error is the source's, or ctx's own.
func question[T any](ctx context.Context, s Source, limit time.Duration, ask func(context.Context) (T, error)) (T, error) {
	limited, stop := context.WithTimeout(ctx, limit)
	defer stop()
	a, err := ask(limited)
	if err != nil && limited.Err() != nil {
		err = fault(Slow, fmt.Errorf("no answer in %v", limit))
	}
	return a, of(ctx, s, err)
}

// mark is what is noted of a source. The caller holds mu.
func (f *Follower) mark(name string) *mark {
	m := f.marks[name]
	if m == nil {
		m = new(mark)
		f.marks[name] = m
	}
	return m
}

// failed leaves a source alone for a while.
func (f *Follower) failed(e *SourceError) {
	f.mu.Lock()
	defer f.mu.Unlock()
	m := f.mark(e.Source)
	m.failures++
	m.err = e
	rest := f.pace.rest(e.Fault, m.failures)
	m.until = f.o.Now().Add(rest)
	level := slog.LevelDebug
	switch {
	case e.Fault.Lies():
		level = slog.LevelWarn
	case m.failures == 1:
		level = slog.LevelInfo
	}
	f.o.Log.Log(context.Background(), level, "a source of the ledger failed", "source", e.Source, "fault", e.Fault, "error", e.Err, "left_alone_for", rest)
}

// wasOfUse forgets a source's failures.
func (f *Follower) wasOfUse(s Source, head *verified) {
	f.mu.Lock()
	defer f.mu.Unlock()
	*f.mark(s.Name()) = mark{size: head.size()}
}
