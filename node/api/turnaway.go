package api

import (
	"context"
	"sync"
	"time"

	"google.golang.org/grpc/tap"

	"github.com/ocopledger/ocop/ledger/reason"
	"github.com/ocopledger/ocop/proto/ocop/api/v1/apigrpc"
	"github.com/ocopledger/ocop/proto/ocop/api/v1/carries"
)

// TurnAway has calls to Submit refused before anything is done for them, their message unread, while there is no room for what they say that they carry, or for a single
// record: as Submit itself would refuse them, for a fifth of what that takes. What a node spends on callers whom it cannot serve is missing to those whom it can; with ten
// callers for each that it has room for, the refusals of Submit took nearly all of it. full is asked by the goroutine that reads the caller's connection, and must not wait.
//
// Calls over TLS that come through net/http, which has no such place, are turned away by Submit; so are those for whose clock there is no room (clocks). Who would be
// content with a promise is turned away as well: a node that cannot take calls is to promise nothing.
func TurnAway(full func(records, bytes int64) bool) tap.ServerInHandle {
	refusal := short(reason.Overloaded, retryHint)
	running := new(clocks)
	return func(ctx context.Context, info *tap.Info) (context.Context, error) {
		if info.FullMethodName != apigrpc.SubmitService_Submit_FullMethodName {
			return ctx, nil
		}
		if deadline, ok := ctx.Deadline(); ok && !running.room(time.Now(), deadline) || !full(carries.Told(info.Header)) {
			return ctx, nil
		} else if ok {
			running.add(deadline)
		}
		return ctx, refusal
	}
}

const (
	// clockSeconds is how far off a deadline may be. Our clients tell none.
	clockSeconds = 30
	// mostClocks is some 200 MiB of them.
	mostClocks = 1 << 19
)

// clocks counts calls that were turned away unread and whose deadlines are to come. gRPC stops the clock of a call when it has been handled, and that of a call that it was
// told to refuse by the tap never (Server.handleStream of its transport, 1.85.0): it runs until the deadline, which the caller chooses.
type clocks struct {
	mu     sync.Mutex
	ending [clockSeconds + 2]int // by the second of the deadline, modulo their number
	passed int64                 // second, before which none is counted any more
	n      int
}

// room tells whether a call with such a deadline may be turned away.
func (c *clocks) room(now, deadline time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	second := now.Unix()
	if second-c.passed >= int64(len(c.ending)) {
		c.ending, c.n, c.passed = [clockSeconds + 2]int{}, 0, second
	}
	for ; c.passed < second; c.passed++ {
		ended := &c.ending[c.passed%int64(len(c.ending))]
		c.n -= *ended
		*ended = 0
	}
	return c.n < mostClocks && deadline.Sub(now) <= clockSeconds*time.Second
}

// add counts a call for which there was room.
func (c *clocks) add(deadline time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if second := deadline.Unix(); second >= c.passed { // a deadline that is over has no clock
		c.ending[second%int64(len(c.ending))]++
		c.n++
	}
}
