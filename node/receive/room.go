package receive

import (
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/encoding"
	protocodec "google.golang.org/grpc/encoding/proto"
	"google.golang.org/grpc/mem"
	"google.golang.org/grpc/status"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/reason"
	"github.com/ocopledger/ocop/ledger/rules"
)

// Begun is what a call is taken to hold before a byte of its message is seen: its headers, a goroutine with its stack, and a piece in frames of a byte each.
const Begun = 64 << 10

// Options are the bounds of a door.
type Options struct {
	Bytes   int64          // of all that is being received; a call has Begun at least
	Calls   int64          // under way, whether their message is there or not; 0: no bound. Each has its headers and a goroutine
	Within  time.Duration  // after which a message must be there: of a call since its beginning, of a stream since the message's own
	Message int            // the largest message, in bytes
	Methods map[string]int // the largest of methods that need more, by full name
	// Codec reads messages; nil: that of gRPC.
	Codec encoding.CodecV2
	// Refuse makes the answer that tells a refusal. nil: a status, in English.
	Refuse func(*rules.Refusal) error
}

// Room is the room for what is being received at a door.
type Room struct {
	o       Options
	pool    mem.BufferPool
	crowded error // what those are told who make room for others
	late    error

	underway atomic.Int64

	mu             sync.Mutex
	oldest, newest *call // of those that are receiving
	holding        Holding
	watched        bool // the timer runs
}

// Holding is what a door holds of messages on their way, and how many were cut off.
type Holding struct {
	Bytes, Calls  int64
	Crowded, Late int64 // cut off since the start: for want of room, and as they took too long
}

// New makes room.
func New(o Options) *Room {
	if o.Codec == nil {
		o.Codec = encoding.GetCodecV2(protocodec.Name)
	}
	if o.Refuse == nil {
		o.Refuse = plain
	}
	pool, err := mem.NewBinaryTieredBufferPool(8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22) // gRPC's own has buffers four times as large as a frame may be made
	if err != nil {
		panic(err) // of the numbers above
	}
	seconds := uint64(o.Within.Seconds())
	return &Room{
		o: o, pool: pool,
		crowded: o.Refuse(&rules.Refusal{Reason: reason.Overloaded, Action: ledger.WholeRecord, Args: []reason.Arg{reason.Span("wait", uint64(retry.Milliseconds()))}}),
		late:    o.Refuse(&rules.Refusal{Reason: reason.InvalidRequest, Action: ledger.WholeRecord, Field: "request", Args: incomplete(seconds).Args()}),
	}
}

// retry is what is told whom there was no room for.
const retry = time.Second

// plain tells a refusal to who needs no more than a sentence.
func plain(r *rules.Refusal) error {
	_, english := r.Sentences()
	code := codes.InvalidArgument
	if r.Reason == reason.Overloaded {
		code = codes.ResourceExhausted
	}
	return status.Error(code, english)
}

// Holding tells what is being received.
func (r *Room) Holding() Holding {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.holding
}

// Bytes is the bound of Holding.Bytes.
func (r *Room) Bytes() int64 { return r.o.Bytes }

// Underway is how many calls there are, whether their message is there or not, and how many there may be; 0: there is no bound.
func (r *Room) Underway() (calls, most int64) { return r.underway.Load(), r.o.Calls }

// limit is the largest message of a method.
func (r *Room) limit(method string) int {
	if n, ok := r.o.Methods[method]; ok {
		return n
	}
	return r.o.Message
}

// enter counts a call that begins to receive. One that was cut off has ended, and is not counted again.
func (r *Room) enter(c *call) {
	r.mu.Lock()
	if c.cut != nil {
		r.mu.Unlock()
		return
	}
	c.until = time.Now().Add(r.o.Within)
	if c.older = r.newest; c.older != nil {
		c.older.newer = c
	} else {
		r.oldest = c
	}
	r.newest, c.in = c, true
	c.holds = Begun
	r.holding.Bytes += Begun
	r.holding.Calls++
	if !r.watched {
		r.watched = true
		time.AfterFunc(r.o.Within, r.watch)
	}
	over := r.fit()
	r.mu.Unlock()
	end(over)
}

// grow counts so many bytes more that a call is about to hold, unless it was cut off.
func (r *Room) grow(c *call, bytes int64) error {
	r.mu.Lock()
	if !c.in {
		defer r.mu.Unlock()
		return c.cut
	}
	c.holds += bytes
	r.holding.Bytes += bytes
	over := r.fit()
	cut := c.cut
	r.mu.Unlock()
	end(over)
	return cut
}

// leave counts a call no more: its message is there, or it is over. It tells why, if it was cut off.
func (r *Room) leave(c *call) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if c.in {
		r.remove(c)
	}
	return c.cut
}

// fit takes out the oldest until the others fit. Each is to be ended when the lock is free.
func (r *Room) fit() (over []*call) {
	for r.holding.Bytes > r.o.Bytes && r.oldest != nil {
		c := r.oldest
		r.remove(c)
		c.cut = r.crowded
		r.holding.Crowded++
		over = append(over, c)
	}
	return over
}

func (r *Room) remove(c *call) {
	if c.older != nil {
		c.older.newer = c.newer
	} else {
		r.oldest = c.newer
	}
	if c.newer != nil {
		c.newer.older = c.older
	} else {
		r.newest = c.older
	}
	c.older, c.newer, c.in = nil, nil, false
	r.holding.Bytes -= c.holds
	r.holding.Calls--
}

// watch cuts off who takes too long. It runs as long as there is anybody, once for all: they are in the order of their deadlines.
func (r *Room) watch() {
	r.mu.Lock()
	now := time.Now()
	var over []*call
	for c := r.oldest; c != nil && !c.until.After(now); c = r.oldest {
		r.remove(c)
		c.cut = r.late
		r.holding.Late++
		over = append(over, c)
	}
	if r.watched = r.oldest != nil; r.watched {
		time.AfterFunc(r.oldest.until.Sub(now), r.watch)
	}
	r.mu.Unlock()
	end(over)
}

func end(over []*call) {
	for _, c := range over {
		c.end(c.cut)
	}
}
