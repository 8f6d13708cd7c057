package client

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"google.golang.org/grpc/codes"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/reason"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

// The window of a stream when none is said: as much as a node takes in without acknowledging it.
const (
	defaultWindow      = 4096
	defaultWindowBytes = 4 << 20
)

// ErrStreamClosed: the stream takes no more records.
var ErrStreamClosed = errors.New("the stream is closed")

// Acknowledgement says what became of records of a stream: of one, or of consecutive ones that were accepted at consecutive leaves of a block.
type Acknowledgement struct {
	First        uint64         // number of the first record
	Count        uint64         // how many, 1 and more
	Height, Time uint64         // of a run
	Leaf         uint64         // of the run's first record
	Outcome      *apiv1.Outcome // of a single record: refused, known before, or with a receipt. nil: a run of accepted ones
}

// Accepted tells whether the records are on the ledger, now or since before.
func (a *Acknowledgement) Accepted() bool { return a.Outcome == nil || a.Outcome.GetAccepted() != nil }

// StreamOptions of a stream. The zero value waits until records are committed.
type StreamOptions struct {
	Wait     apiv1.Wait // WAIT_COMMITTED, also when unspecified, or WAIT_CERTIFIED
	Receipts bool       // with WAIT_CERTIFIED: every acknowledgement is of one record and has its receipt
	// Records and Bytes bound what waits for acknowledgements, sent or not; 0: 4,096 and 4 MiB. A single record is taken whatever its size.
	Records, Bytes int
	// Settled is called with every acknowledgement, in the order in which they come, by one goroutine. It must not call the stream.
	Settled func(Acknowledgement)
	// Lost is called when a connection has ended while records wait for acknowledgements, with the reason why: they are sent again over the next one. It must not call the stream.
	Lost func(error)
}

// Stream hands many records to the ledger, one after the other, and tells what becomes of each. It goes on at the next of its nodes when one is lost or cannot
// go on, and sends again there what has no outcome: a record has one, however often it is sent. Every number is acknowledged once.
type Stream struct {
	o      StreamOptions
	nodes  []*Client
	ctx    context.Context
	cancel context.CancelFunc
	ended  chan struct{}

	mu      sync.Mutex
	open    []*pending // without an acknowledgement, in order; settled ones leave when they are the first
	unsent  int        // from here on, open was not sent over the connection of the moment
	records int        // that have no acknowledgement
	bytes   int
	next    uint64 // number of the next record
	closed  bool
	err     error
	last    error         // why the newest connection ended
	watched bool          // somebody waits for changed
	changed chan struct{} // closed when any of the above has changed, and made anew
}

// pending is a record on its way.
type pending struct {
	number  uint64
	data    []byte
	settled bool
}

// NewStream opens a stream to the first of some nodes (at least one), until ctx ends or Close. It asks no node before there is a record.
func NewStream(ctx context.Context, nodes []*Client, o StreamOptions) *Stream {
	if o.Records == 0 {
		o.Records = defaultWindow
	}
	if o.Bytes == 0 {
		o.Bytes = defaultWindowBytes
	}
	s := &Stream{o: o, nodes: nodes, ended: make(chan struct{}), changed: make(chan struct{})}
	s.ctx, s.cancel = context.WithCancel(ctx)
	go s.run()
	return s
}

// Send takes a record when the window has room for it, and gives its number: 0, 1, 2 … in the order of the calls. The data must not be changed any more.
// Errors are ctx's, ErrStreamClosed, and why the stream has ended.
func (s *Stream) Send(ctx context.Context, envelope []byte) (uint64, error) {
	if len(envelope) == 0 || len(envelope) > ledger.MaxEnvelope {
		return 0, because(codes.InvalidArgument, reason.RecordTooLarge, "", reason.Count("have", uint64(len(envelope))), reason.Count("want", ledger.MaxEnvelope))
	}
	for {
		s.mu.Lock()
		switch {
		case s.err != nil:
			defer s.mu.Unlock()
			return 0, s.err
		case s.closed:
			s.mu.Unlock()
			return 0, ErrStreamClosed
		case s.records == 0 || s.records < s.o.Records && s.bytes+len(envelope) <= s.o.Bytes:
			defer s.mu.Unlock()
			number := s.next
			s.next++
			s.open = append(s.open, &pending{number: number, data: envelope})
			s.records, s.bytes = s.records+1, s.bytes+len(envelope)
			s.change()
			return number, nil
		}
		changed := s.watch()
		s.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
}

// Waiting is how many records have no acknowledgement.
func (s *Stream) Waiting() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.records
}

// Flush waits until all that was sent so far is acknowledged. Errors are ctx's, joined with what the nodes said last, and why the stream has ended.
func (s *Stream) Flush(ctx context.Context) error {
	s.mu.Lock()
	end := s.next
	s.mu.Unlock()
	return s.until(ctx, func() bool { return len(s.open) == 0 || s.open[0].number >= end })
}

// Close takes no more records, waits for the acknowledgements of all, and ends the stream; when ctx ends first, without them, as Flush does. The last call of
// Settled has returned when Close returns.
func (s *Stream) Close(ctx context.Context) error {
	s.mu.Lock()
	s.closed = true
	s.change()
	s.mu.Unlock()
	err := s.until(ctx, func() bool { return len(s.open) == 0 })
	if err != nil {
		s.cancel()
	}
	<-s.ended
	s.cancel()
	return err
}

// lastError is why the newest connection ended; nil: none has.
func (s *Stream) lastError() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.last
}

// until waits for a condition on the locked stream.
func (s *Stream) until(ctx context.Context, holds func() bool) error {
	for {
		s.mu.Lock()
		done, err, last, changed := holds(), s.err, s.last, s.watch()
		s.mu.Unlock()
		switch {
		case done:
			return nil
		case err != nil:
			return err
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return errors.Join(ctx.Err(), last)
		}
	}
}

// watch is closed when something changes next. Callers hold the lock.
func (s *Stream) watch() <-chan struct{} {
	s.watched = true
	return s.changed
}

// change tells everybody who waits. Callers hold the lock.
func (s *Stream) change() {
	if s.watched {
		close(s.changed)
		s.changed, s.watched = make(chan struct{}), false
	}
}

// run opens one connection after the other.
func (s *Stream) run() {
	defer close(s.ended)
	for turn, pause := 0, firstPause; s.wanted(); turn++ {
		l := s.link(s.nodes[turn%len(s.nodes)])
		err := l.run()
		if err == nil {
			continue
		}
		if s.ctx.Err() != nil || !again(err) {
			s.end(err)
			return
		}
		s.mu.Lock()
		s.last = err
		s.mu.Unlock()
		if s.o.Lost != nil && s.Waiting() > 0 {
			s.o.Lost(err)
		}
		if l.settled > 0 {
			pause = firstPause
		}
		if wait(s.ctx, pause) != nil {
			s.end(err)
			return
		}
		pause = min(2*pause, longPause)
	}
}

// wanted waits until there is something to send; false: there never will be.
func (s *Stream) wanted() bool {
	for {
		s.mu.Lock()
		some, closed, changed := len(s.open) > 0, s.closed, s.watch()
		s.mu.Unlock()
		switch {
		case some:
			return true
		case closed:
			return false
		}
		select {
		case <-changed:
		case <-s.ctx.Done():
			s.end(s.ctx.Err())
			return false
		}
	}
}

func (s *Stream) end(err error) {
	if s.ctx.Err() != nil {
		err = s.ctx.Err()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err = fmt.Errorf("the stream of records has ended: %w", err)
	s.change()
}
