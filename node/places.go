package node

import (
	"context"
	"errors"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc/peer"

	"github.com/ocopledger/ocop/node/admit"
)

// unreadLimit is for how long a client may leave acknowledgements unread before its stream counts as one that waits. A client that reads has them after a round trip.
const unreadLimit = 10 * time.Second

// ErrMadeRoom: a stream was ended so that another could have its place. Nothing is lost by opening it again.
var ErrMadeRoom = errors.New("the stream made room for another")

// places bounds how many streams there are. A stream costs whoever has it nothing while it stands, so a place cannot be for who came first: for 256 streams without a
// record, one connection would shut out everybody else. When all are taken, a stream that waits for its client makes room for whoever comes: one of the connection that
// has most of them, and of those the one that has waited longest. When all are at work, as also those are that are sent nothing but nonsense all the time, one makes room
// for a connection that has less than half as many. So who takes many takes them from himself, and others are reached only by as many connections as there are places.
// There is no bound for each connection: behind a proxy, many clients have one.
type places struct {
	most int64
	now  func() time.Time
	zero time.Time // of what places remember

	mu    sync.Mutex
	taken map[*place]struct{}
	given uint64 // places, so far
	made  uint64 // of them by somebody's making room
}

func newPlaces(most int64, now func() time.Time) *places {
	return &places{most: most, now: now, zero: now(), taken: make(map[*place]struct{})}
}

// place is one stream's.
type place struct {
	of         *places
	number     uint64 // in the order in which they were given
	connection string
	gone       context.CancelCauseFunc // is told ErrMadeRoom when another has the place
	from       atomic.Int64            // when it begins to wait, in the places' nanoseconds; atWork: it does not

	mu     sync.Mutex
	inHand int64 // records that its client has not been told of
	tells  bool  // it hands something to its client
}

// atWork is when a stream will wait that has records to look after.
const atWork = math.MaxInt64

// take takes a place for a stream of the call whose context is given. gone is told when another needs it. The error is admit.ErrOverloaded: nobody is to make room.
func (p *places) take(ctx context.Context, gone context.CancelCauseFunc) (*place, error) {
	t := &place{of: p, gone: gone}
	if caller, ok := peer.FromContext(ctx); ok {
		t.connection = caller.Addr.String()
	}
	t.from.Store(p.time())
	p.mu.Lock()
	defer p.mu.Unlock()
	if int64(len(p.taken)) >= p.most {
		old := p.yields(t)
		if old == nil {
			return nil, admit.ErrOverloaded
		}
		delete(p.taken, old)
		p.made++
		old.gone(ErrMadeRoom)
	}
	p.given++
	t.number = p.given
	p.taken[t] = struct{}{}
	return t, nil
}

// yields finds who makes room for a stream that comes; nil: nobody.
func (p *places) yields(comes *place) *place {
	has := map[string]int{comes.connection: 1}
	for t := range p.taken {
		has[t.connection]++
	}
	var waits, works *place
	now, since := p.time(), int64(0)
	for t := range p.taken {
		switch from, n := t.from.Load(), has[t.connection]; {
		case from <= now:
			if waits == nil || n > has[waits.connection] || n == has[waits.connection] && (from < since || from == since && t.number < waits.number) {
				waits, since = t, from
			}
		case n > 2*has[comes.connection]:
			if works == nil || n > has[works.connection] || n == has[works.connection] && t.number > works.number { // the newest has least on its way
				works = t
			}
		}
	}
	if waits != nil {
		return waits
	}
	return works
}

func (p *places) time() int64 { return int64(p.now().Sub(p.zero)) }

// count tells how many places are taken.
func (p *places) count() int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return int64(len(p.taken))
}

// madeRoom tells how often a stream made room for another.
func (p *places) madeRoom() uint64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.made
}

// leave gives the place back, unless another has it.
func (t *place) leave() {
	t.of.mu.Lock()
	defer t.of.mu.Unlock()
	delete(t.of.taken, t)
}

// came: the stream has so many records more to look after.
func (t *place) came(records int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.inHand += records
	if !t.tells { // who sends and does not read is not at work
		t.from.Store(atWork)
	}
}

// telling: the stream hands its client something, and may have to wait until that reads.
func (t *place) telling() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.tells = true
	t.from.Store(t.of.time() + int64(unreadLimit))
}

// told: the client has taken what it was handed, and knows of so many records more.
func (t *place) told(records int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.inHand, t.tells = t.inHand-records, false
	if t.inHand > 0 {
		t.from.Store(atWork)
	} else {
		t.from.Store(t.of.time())
	}
}
