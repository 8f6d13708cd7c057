package serve

import (
	"context"
	"errors"
	"testing"

	"github.com/ocopledger/ocop/ledger/query"
)

// heights is what a shown shows, asked again and again.
func (s *shown) heightShown(t *testing.T) (height uint64) {
	t.Helper()
	if err := s.view(func(src query.Source) error {
		height = src.Head().Height
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return height
}

var errWrong = errors.New("wrong")

// TestShownNeverGoesBack: queries show what is certified; whoever wrote sees what he wrote; nobody is shown less than was shown before.
func TestShownNeverGoesBack(t *testing.T) {
	served, err := OpenDir(t.Context(), network(t).Nodes[0].Dir, options(t))
	if err != nil {
		t.Fatal(err)
	}
	defer served.Close()
	s := &shown{node: served.Node()} // it does not run: nothing is certified
	if got := s.heightShown(t); got != 0 {
		t.Errorf("height %d", got)
	}
	if err := s.view(func(query.Source) error { return errWrong }); !errors.Is(err, errWrong) {
		t.Errorf("an error of the reader: %v", err)
	}
	s.raise(5)
	s.raise(3)
	if least := s.least.Load(); least != 5 {
		t.Errorf("raised to %d", least)
	}
	if got := s.heightShown(t); got != 0 { // the newest there is
		t.Errorf("height %d", got)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if s.reach(ctx, 9); s.least.Load() != 9 {
		t.Errorf("certification that does not come leaves queries at %d", s.least.Load())
	}
}
