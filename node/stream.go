package node

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/node/metrics"
)

// Bounds of one message of a stream: a draft's records, and of bytes so few that all streams may read one at a time. A usual record has 400 bytes.
const (
	MaxStreamMessage      = ledger.MaxDraftRecords
	MaxStreamMessageBytes = 512 << 10
	// toldBytes bounds the receipts that are handed on at once, as what comes is bounded.
	toldBytes = MaxStreamMessageBytes
)

// settledFunc is told what became of records of a stream: their numbers, and an outcome each; when receipts are wanted, with one for each that has a leaf. While it
// does not return, the stream takes in no more than its window.
type settledFunc = func(numbers []uint64, outcomes []chain.Outcome, receipts [][]byte) error

// SubmitStream has records ordered as they come. receive gives the next of them, at most MaxStreamMessage of MaxStreamMessageBytes, until io.EOF, and is asked
// only when there is room for more. Records are numbered from 0; settled is told of each once, when it is on this node's own ledger or refused, or with certified
// when a certified head covers it.
//
// They are ordered as they came: while this node leads a term, each has its place behind those before it. Otherwise one batch after the other is handed to the
// leader, and the next when this node's ledger has the one before, as after a change of leader. A refusal that is not recorded counts only when all records before
// had their outcomes: what they made is there. A record that has no outcome after a minute is rejected with the reason NoLeader or UnknownOutcome, and those
// behind it go on.
//
// It ends with nil after io.EOF when all is settled; with another error of receive's, or ErrUnavailable when the node stops, after what came before has settled; at
// once with the error of ctx or of settled, with admit.ErrOverloaded when there are too many streams, with ErrMadeRoom when another needed its place, and with a fault
// of the ledger. receive, and after ErrMadeRoom settled, may still be under way then, and are not called again.
func (n *Node) SubmitStream(ctx context.Context, certified, receipts bool, receive func() ([][]byte, error), settled settledFunc) error {
	if !n.enter() {
		return ErrUnavailable
	}
	defer n.calls.Done()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	gone := make(chan struct{})
	place, err := n.intake.streams.take(ctx, func(why error) {
		cancel(why)
		close(gone)
	})
	if err != nil {
		n.turnedAway(err)
		return err
	}
	defer place.leave()
	defer context.AfterFunc(n.stopping, func() { cancel(ErrUnavailable) })()
	s := &stream{
		Node: n, place: place, ctx: ctx, fail: cancel, certified: certified, receipts: receipts, window: newRoom(streamWindow, streamWindowBytes),
		came: newShelf[message](), verified: make(chan *portion, 1), underway: make(chan struct{}, portionsUnderway), settled: newShelf[*portion](),
	}
	defer context.AfterFunc(n.leaving, func() { s.came.end(ErrUnavailable) })()
	go s.read(receive)
	var running sync.WaitGroup
	running.Go(s.verify)
	running.Go(s.order)
	told := make(chan error, 1)
	n.calls.Add(1)
	go func() {
		defer n.calls.Done()
		told <- s.tell(settled)
	}()
	select {
	case err = <-told:
	case <-gone: // settled may wait for a client who reads nothing, until this call has ended
		err = ErrMadeRoom
	}
	cancel(err)
	running.Wait()
	s.letGo()
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// stream is a stream of records: read ─► verify ─► order ─► tell, a goroutine each. Only order has more than one portion in hand.
type stream struct {
	*Node
	place               *place
	ctx                 context.Context
	fail                context.CancelCauseFunc
	certified, receipts bool
	window              *room // taken from reading to telling

	came     *shelf[message]
	verified chan *portion
	underway chan struct{} // a place for each portion without outcomes
	settled  *shelf[*portion]
	led      uint64 // term in which the newest portion was ordered here, 0 if it was not; order's alone

	mu             sync.Mutex
	over           bool
	records, bytes int64 // of the room of all streams that this one has
}

// message is what receive gave at once.
type message struct {
	envelopes [][]byte
	bytes     int64
	came      time.Time // taken in: there was room for it
}

// read takes in what comes while there is room: the stream's own first, so that a sender who reads no acknowledgements takes nothing away from others.
func (s *stream) read(receive func() ([][]byte, error)) {
	for {
		envelopes, err := receive()
		m := message{envelopes: envelopes, bytes: sizeOf(envelopes)}
		records := int64(len(envelopes))
		if err == nil && (records > MaxStreamMessage || m.bytes > MaxStreamMessageBytes) {
			err = &TooMuchError{int(records), int(m.bytes)}
		}
		if err == nil && records == 0 {
			continue
		}
		if err == nil {
			s.place.came(records)
			err = s.window.wait(s.ctx, records, m.bytes)
		}
		if err == nil {
			err = s.intake.stream.wait(s.ctx, records, m.bytes)
		}
		if err == nil && !s.hold(records, m.bytes) {
			s.intake.stream.leave(records, m.bytes)
			return
		}
		m.came = time.Now()
		if err != nil || !s.came.put(m) {
			s.came.end(err)
			return
		}
	}
}

// hold notes what the stream has of the room of all; false: the stream is over.
func (s *stream) hold(records, bytes int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over {
		return false
	}
	s.records, s.bytes = s.records+records, s.bytes+bytes
	return true
}

func (s *stream) release(records, bytes int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.records, s.bytes = s.records-records, s.bytes-bytes
	s.intake.stream.leave(records, bytes)
}

// letGo gives back what is held at the end.
func (s *stream) letGo() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.over = true
	s.intake.stream.leave(s.records, s.bytes)
	s.records, s.bytes = 0, 0
}

// verify makes portions of what has come, and verifies one while others are being ordered.
func (s *stream) verify() {
	defer close(s.verified)
	for first := uint64(0); ; {
		messages, err := s.came.take(s.ctx, fit)
		if err != nil {
			return
		}
		p := &portion{first: first, came: messages[0].came, settled: make(chan struct{})}
		var envelopes [][]byte
		for _, m := range messages {
			envelopes, p.bytes = append(envelopes, m.envelopes...), p.bytes+m.bytes
		}
		first += uint64(len(envelopes))
		if p.records, err = s.admit.Await(s.ctx, envelopes); err != nil {
			s.fail(err)
			return
		}
		select {
		case s.verified <- p:
		case <-s.ctx.Done():
			return
		}
	}
}

// fit is how many messages a draft holds.
func fit(messages []message) (n int) {
	records, bytes := 0, int64(0)
	for _, m := range messages {
		records, bytes = records+len(m.envelopes), bytes+m.bytes
		if n > 0 && (records > ledger.MaxDraftRecords || bytes > ledger.MaxDraftBytes) {
			break
		}
		n++
	}
	return n
}

// tell passes on what has settled until everything has, and gives the reason of the end.
func (s *stream) tell(settled settledFunc) error {
	for {
		portions, err := s.settled.take(s.ctx, func(p []*portion) int { return len(p) })
		if err != nil {
			return err
		}
		var numbers []uint64
		var outcomes []chain.Outcome
		bytes, size := int64(0), uint64(0)
		for _, p := range portions {
			for i := range p.outcomes {
				numbers = append(numbers, p.first+uint64(i))
				if p.outcomes[i].Status != chain.Rejected {
					size = max(size, p.outcomes[i].Leaf+1)
				}
			}
			outcomes, bytes = append(outcomes, p.outcomes...), bytes+p.bytes
		}
		if err := s.pass(numbers, outcomes, size, settled); err != nil {
			return err
		}
		s.window.leave(int64(len(numbers)), bytes)
		for _, p := range portions {
			s.monitor.metrics.Took(metrics.Streamed, time.Since(p.came))
		}
	}
}

// pass tells of outcomes, when a certified head covers so many leaves if that is waited for. Receipts are made and told of part by part: of all that a window holds,
// they may have a hundred times its bytes.
func (s *stream) pass(numbers []uint64, outcomes []chain.Outcome, size uint64, settled settledFunc) error {
	if !s.certified || size == 0 {
		return s.hand(numbers, outcomes, nil, settled)
	}
	head, err := s.heads.Wait(s.ctx, size)
	if err != nil {
		return context.Cause(s.ctx)
	}
	if !s.receipts {
		return s.hand(numbers, outcomes, nil, settled)
	}
	for len(outcomes) > 0 {
		receipts, err := s.Node.receipts(head, outcomes, toldBytes)
		if err != nil {
			return err
		}
		n := len(receipts)
		if err := s.hand(numbers[:n], outcomes[:n], receipts, settled); err != nil {
			return err
		}
		numbers, outcomes = numbers[n:], outcomes[n:]
	}
	return nil
}

func (s *stream) hand(numbers []uint64, outcomes []chain.Outcome, receipts [][]byte, settled settledFunc) error {
	s.place.telling()
	defer s.place.told(int64(len(numbers)))
	return settled(numbers, outcomes, receipts)
}
