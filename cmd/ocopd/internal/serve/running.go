package serve

import (
	"context"
	"fmt"
)

// Running is a node that is served beside others.
type Running struct {
	*Served
	stop context.CancelFunc
	done chan struct{}
	err  error // set before done is closed
}

// Start begins to serve. The node ends with ctx, too.
func (s *Served) Start(ctx context.Context) *Running {
	ctx, stop := context.WithCancel(ctx)
	r := &Running{Served: s, stop: stop, done: make(chan struct{})}
	go func() {
		defer close(r.done)
		r.err = s.Run(ctx)
	}()
	return r
}

// Done is closed when the node has ended, by Close or by a fault.
func (r *Running) Done() <-chan struct{} { return r.done }

// Close shuts the node down, waits for that until ctx ends, and returns what Run returned.
func (r *Running) Close(ctx context.Context) error {
	r.stop()
	select {
	case <-r.done:
		return r.err
	case <-ctx.Done():
		return fmt.Errorf("the node has not ended yet: %w", ctx.Err())
	}
}
