package audit

import (
	"context"
	"errors"
	"iter"
	"testing"

	"github.com/ocopledger/ocop/node/client"
)

// counting gives so many runs and then an error, and notes when it has returned.
type counting struct {
	runs     int
	err      error
	given    func(int) // before each run
	returned bool
}

func (c *counting) Leaves(context.Context, uint64) iter.Seq2[client.Run, error] {
	return func(yield func(client.Run, error) bool) {
		defer func() { c.returned = true }()
		for i := range c.runs {
			c.given(i)
			if !yield(client.Run{First: uint64(i)}, nil) {
				return
			}
		}
		if c.err != nil {
			yield(client.Run{}, c.err)
		}
	}
}

func TestAheadGivesWhatTheSourceGives(t *testing.T) {
	broken := errors.New("broken")
	for _, want := range []error{nil, broken} {
		source := &counting{runs: 20, err: want, given: func(int) {}}
		var next uint64
		var got error
		for run, err := range ahead(t.Context(), source) {
			if err != nil {
				got = err
				break
			}
			if run.First != next {
				t.Fatalf("run %d, want %d", run.First, next)
			}
			next++
		}
		if next != 20 || got != want || !source.returned {
			t.Errorf("%d runs, error %v, want 20 and %v; source has returned: %v", next, got, want, source.returned)
		}
	}
}

// Who stops reading, or is told to, has no source that goes on behind it.
func TestAheadLeavesTheSourceAlone(t *testing.T) {
	source := &counting{runs: 1_000_000, given: func(int) {}}
	for run := range ahead(t.Context(), source) {
		if run.First == 3 {
			break
		}
	}
	if !source.returned {
		t.Error("the source goes on")
	}

	ctx, cancel := context.WithCancel(t.Context())
	source = &counting{runs: 1_000_000, given: func(i int) {
		if i == 10 {
			cancel()
		}
	}}
	var last error
	for _, err := range ahead(ctx, source) {
		last = err
	}
	if !errors.Is(last, context.Canceled) || !source.returned {
		t.Errorf("ended with %v; source has returned: %v", last, source.returned)
	}
}
