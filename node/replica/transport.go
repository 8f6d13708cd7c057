package replica

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"sync"
	"time"

	"github.com/hashicorp/raft"
)

// Transport is raft's transport over streams with known ends.
type Transport struct {
	self   Member
	peers  Directory
	stream Stream
	gate   *Gate
	limit  time.Duration // for one request and its answer
	log    *slog.Logger
	holds  func(Mark) error
	behind func(Mark)

	notices  *notices
	consumer chan raft.RPC
	ctx      context.Context // ends with Close
	cancel   context.CancelFunc
	running  sync.WaitGroup

	mu   sync.Mutex
	idle map[raft.ServerID][]*conn
	open map[net.Conn]struct{} // accepted and dialled, to be closed by Close
}

// maxIdle is how many unused connections to a peer are kept: one for entries, one for heartbeats, one for votes, one for notices.
const maxIdle = 4

var (
	errTransportClosed = errors.New("raft transport is closed")
	errUnknownPeer     = errors.New("not a validator on this ledger")
)

// NewTransport makes a transport; listen begins to accept, Close ends it.
func NewTransport(self Member, peers Directory, stream Stream, gate *Gate, limit time.Duration, log *slog.Logger) *Transport {
	ctx, cancel := context.WithCancel(context.Background())
	t := &Transport{
		self: self, peers: peers, stream: stream, gate: gate, limit: limit, log: log,
		consumer: make(chan raft.RPC), ctx: ctx, cancel: cancel,
		idle: make(map[raft.ServerID][]*conn), open: make(map[net.Conn]struct{}),
	}
	t.notices = newNotices(t.notify)
	return t
}

func (t *Transport) listen() { t.running.Go(t.accept) }

// Close ends accepting and every connection, and waits for what runs on them.
func (t *Transport) Close() error {
	t.cancel()
	err := t.stream.Close()
	t.mu.Lock()
	for c := range t.open {
		c.Close()
	}
	t.mu.Unlock()
	t.running.Wait()
	return err
}

// Consumer implements raft.Transport.
func (t *Transport) Consumer() <-chan raft.RPC { return t.consumer }

// LocalAddr implements raft.Transport: the address on the ledger, whatever this machine calls itself.
func (t *Transport) LocalAddr() raft.ServerAddress { return raft.ServerAddress(t.self.Address) }

// EncodePeer implements raft.Transport.
func (t *Transport) EncodePeer(_ raft.ServerID, address raft.ServerAddress) []byte {
	return []byte(address)
}

// DecodePeer implements raft.Transport.
func (t *Transport) DecodePeer(b []byte) raft.ServerAddress { return raft.ServerAddress(b) }

// SetHeartbeatHandler ignores the fast path: beside raft's main loop a heartbeat of a newer term can make this follower diverge
// (hashicorp/raft #695). Heartbeats then come to the consumer like all messages, as the interface allows.
func (t *Transport) SetHeartbeatHandler(func(raft.RPC)) {}

// AppendEntries implements raft.Transport.
func (t *Transport) AppendEntries(id raft.ServerID, _ raft.ServerAddress, q *raft.AppendEntriesRequest, a *raft.AppendEntriesResponse) error {
	t.notices.sending(id, q)
	err := t.call(id, q, a)
	if err == nil && a.Success {
		t.notices.acknowledged(id, q)
	}
	return err
}

// RequestVote implements raft.Transport.
func (t *Transport) RequestVote(id raft.ServerID, _ raft.ServerAddress, q *raft.RequestVoteRequest, a *raft.RequestVoteResponse) error {
	return t.call(id, q, a)
}

// RequestPreVote implements raft.WithPreVote.
func (t *Transport) RequestPreVote(id raft.ServerID, _ raft.ServerAddress, q *raft.RequestPreVoteRequest, a *raft.RequestPreVoteResponse) error {
	return t.call(id, q, a)
}

// TimeoutNow implements raft.Transport.
func (t *Transport) TimeoutNow(id raft.ServerID, _ raft.ServerAddress, q *raft.TimeoutNowRequest, a *raft.TimeoutNowResponse) error {
	return t.call(id, q, a)
}

// InstallSnapshot implements raft.Transport. The snapshot is a mark, and goes with the message.
func (t *Transport) InstallSnapshot(id raft.ServerID, _ raft.ServerAddress, q *raft.InstallSnapshotRequest, a *raft.InstallSnapshotResponse, data io.Reader) error {
	mark, err := io.ReadAll(io.LimitReader(data, maxMark+1))
	if err != nil {
		return err
	}
	return t.call(id, &installRequest{InstallSnapshotRequest: q, mark: mark}, a)
}

// call sends a request and waits for its answer. A kept connection may have died unnoticed, as when its peer was restarted; raft does not repeat a
// vote it asked for, so that this does, once. Every request of raft may come twice.
func (t *Transport) call(id raft.ServerID, request, answer any) error {
	c, kept, err := t.take(id)
	if err != nil {
		return err
	}
	err = t.exchange(id, c, request, answer)
	if !kept || !again(err) {
		return err
	}
	t.forget(id)
	if c, _, err = t.take(id); err != nil {
		return err
	}
	return t.exchange(id, c, request, answer)
}

// again tells whether a request over a kept connection is worth another one.
func again(err error) bool {
	var refused *RefusedError
	return err != nil && !errors.As(err, &refused) && !errors.Is(err, os.ErrDeadlineExceeded)
}

func (t *Transport) exchange(id raft.ServerID, c *conn, request, answer any) error {
	if err := t.begin(c, request); err != nil {
		return err
	}
	return t.end(id, c, answer)
}

// begin sends a request. After an error the connection is closed.
func (t *Transport) begin(c *conn, request any) error {
	c.SetDeadline(time.Now().Add(t.limit))
	err := c.send(func(b []byte) ([]byte, error) { return encodeRequest(b, request) })
	if err != nil {
		t.drop(c)
	}
	return err
}

// end waits for the answer, after which the connection is unused, or closed after an error: whoever refuses closes, too.
func (t *Transport) end(id raft.ServerID, c *conn, answer any) error {
	if err := c.answer(answer); err != nil {
		t.drop(c)
		return err
	}
	t.give(id, c)
	return nil
}

func (c *conn) answer(a any) error {
	b, err := c.receive()
	if err != nil {
		return err
	}
	return decodeAnswer(b, a)
}

// take gives a connection to the validator, an unused or a new one. The ledger's address of it counts, not the one raft remembers.
func (t *Transport) take(id raft.ServerID) (c *conn, kept bool, err error) {
	if c := t.unused(id); c != nil {
		return c, true, nil
	}
	m, ok := t.peers.ByID(string(id))
	if !ok {
		return nil, false, fmt.Errorf("raft server %s: %w", id, errUnknownPeer)
	}
	ctx, cancel := context.WithTimeout(t.ctx, t.limit)
	defer cancel()
	dialled, err := t.stream.Dial(ctx, m.Address, m.Key)
	if err != nil {
		return nil, false, fmt.Errorf("raft server %s at %s: %w", id, m.Address, err)
	}
	if !t.track(dialled) {
		return nil, false, errTransportClosed
	}
	return newConn(dialled), false, nil
}

// unused gives an unused connection to the validator; nil: there is none.
func (t *Transport) unused(id raft.ServerID) *conn {
	t.mu.Lock()
	defer t.mu.Unlock()
	idle := t.idle[id]
	if len(idle) == 0 {
		return nil
	}
	t.idle[id] = idle[:len(idle)-1]
	return idle[len(idle)-1]
}

// forget closes the unused connections to a validator.
func (t *Transport) forget(id raft.ServerID) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, c := range t.idle[id] {
		delete(t.open, c.Conn)
		c.Close()
	}
	delete(t.idle, id)
}

func (t *Transport) give(id raft.ServerID, c *conn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.idle[id]) < maxIdle && t.ctx.Err() == nil {
		t.idle[id] = append(t.idle[id], c)
		return
	}
	delete(t.open, c.Conn)
	c.Close()
}

// track notes a connection for Close, or closes it when that has happened already.
func (t *Transport) track(c net.Conn) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ctx.Err() != nil {
		c.Close()
		return false
	}
	t.open[c] = struct{}{}
	return true
}

func (t *Transport) drop(c *conn) {
	t.mu.Lock()
	delete(t.open, c.Conn)
	t.mu.Unlock()
	c.Close()
}
