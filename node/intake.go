package node

import (
	"context"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/node/admit"
	"github.com/ocopledger/ocop/node/batch"
	"github.com/ocopledger/ocop/node/metrics"
)

// What a node takes in at one time. Callers who can be told to come back are turned away when their room is full, before anything is done for them; streams
// wait, and their senders with them. Both have a part of the leader's queue, so that neither can shut the other out of it: streams half, calls a quarter, as whoever
// calls waits for all that was taken in before, at every node, and gives up when that takes long.
const (
	// callBytes bounds the envelopes of calls under way.
	callBytes = 64 << 20
	// maxSubmitStreams is how many streams there may be; each costs some goroutines and, in the worst case, a message read, one in gRPC's hands, and an answer unread.
	maxSubmitStreams = 256
	// maxFollowers is how many streams of leaves may stay and wait for more; each costs a goroutine, reads every new leaf, and has a run of them unread at worst.
	maxFollowers = 256
	// streamBytes bounds the envelopes of streams that have no outcome yet.
	streamBytes = 64 << 20
	// streamWindow and streamWindowBytes bound what one stream has in hand that is not acknowledged: four drafts, two in the order and two on their way.
	streamWindow      = 4 * ledger.MaxDraftRecords
	streamWindowBytes = 4 * ledger.MaxDraftBytes
	// portionsUnderway is how many portions of one stream may be on their way: as many as its window fills, when they are full.
	portionsUnderway = 4
)

// intake is the room for what clients hand in.
type intake struct {
	calls     *room
	streams   *places
	stream    *room   // of the streams together
	followers *places // nothing is handed in here, but the bound is of the same kind
}

// newIntake makes room for a queue of the leader's of so many records.
func newIntake(queue int) *intake {
	return &intake{
		calls: newRoom(max(int64(queue)/4, MaxSubmit), callBytes), streams: newPlaces(maxSubmitStreams, time.Now), stream: newRoom(max(int64(queue)/2, MaxStreamMessage), streamBytes),
		followers: newPlaces(maxFollowers, time.Now),
	}
}

// busyCalls is how many records of calls are under way on a busy node. With fewer, each is answered in less time than waiting for others would add to.
const busyCalls = 32

// busy tells whether so many calls are under way that they gain by waiting for each other.
func (i *intake) busy() bool {
	records, _ := i.calls.taken()
	return records >= busyCalls
}

// Follow takes a place for a stream that stays and waits for leaves, until leave. The context that it gives ends with ErrMadeRoom as its cause when another has taken the
// place: one makes room whose newest leaves are the longest ago, and moved says that its client was sent some. The error is admit.ErrOverloaded.
func (n *Node) Follow(ctx context.Context) (following context.Context, moved, leave func(), err error) {
	following, cancel := context.WithCancelCause(ctx)
	place, err := n.intake.followers.take(ctx, cancel)
	if err != nil {
		cancel(nil)
		n.turnedAway(err)
		return nil, nil, nil, err
	}
	return following, func() { place.told(0) }, func() {
		place.leave()
		cancel(nil)
	}, nil
}

// TurnsAway tells that there is no room for a call of so many records and bytes of theirs, and counts the one that is turned away for it. More than a call holds is refused
// for that, and in other words: where there is room for a record at least, it is not turned away.
func (n *Node) TurnsAway(records, bytes int64) bool {
	if records > MaxSubmit || bytes > MaxSubmitBytes {
		records, bytes = 1, 1
	}
	calls := n.intake.calls
	if haveRecords, haveBytes := calls.taken(); haveRecords+records <= calls.maxima[0] && haveBytes+bytes <= calls.maxima[1] {
		return false
	}
	n.turnedAway(admit.ErrOverloaded)
	return true
}

// Allow counts what somebody asks at the public door from an address, host:port, and tells when the client has asked too often, with the time after which to try again.
func (n *Node) Allow(address string) (wait time.Duration, ok bool) {
	if n.clients == nil {
		return 0, true
	}
	if wait, ok = n.clients.Allow(address, n.o.Now()); !ok {
		n.monitor.metrics.Overloaded(metrics.Client)
	}
	return wait, ok
}

// Intake is what a node has in hand and is not done with: records and their bytes.
type Intake struct {
	CallRecords, CallBytes     int64 // of Submit
	StreamRecords, StreamBytes int64 // of streams, without an outcome
	Streams, Followers         int64
	Verifying                  int64
	QueueRecords, QueueBytes   int64 // in the queue to be ordered here
}

// IntakeLimits are the bounds of what Intake shows.
func (n *Node) IntakeLimits() Intake {
	return Intake{
		CallRecords: n.intake.calls.maxima[0], CallBytes: n.intake.calls.maxima[1], StreamRecords: n.intake.stream.maxima[0], StreamBytes: n.intake.stream.maxima[1],
		Streams: maxSubmitStreams, Followers: maxFollowers, Verifying: admit.MaxUnderway, QueueRecords: int64(n.o.Config.Limits.Queue), QueueBytes: batch.QueueBytes,
	}
}

// Intake tells what the node has in hand.
func (n *Node) Intake() (i Intake) {
	i.CallRecords, i.CallBytes = n.intake.calls.taken()
	i.StreamRecords, i.StreamBytes = n.intake.stream.taken()
	i.Streams, i.Followers = n.intake.streams.count(), n.intake.followers.count()
	i.Verifying = n.admit.Underway()
	select {
	case <-n.begun:
		i.QueueRecords, i.QueueBytes = n.batch.Waiting()
	default:
	}
	return i
}
