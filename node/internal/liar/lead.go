package liar

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"net"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/node/door"
	"github.com/ocopledger/ocop/node/replica"
)

// Speech is what a leader says.
type Speech struct {
	Draft []byte // for all
	Other []byte // for the victim, in place of Draft and as long; nil: the same
}

// Leader is a liar's seat in raft. It stands for election, votes for nobody, applies nothing, and says what it is told to say.
type Leader struct {
	*replica.Replica[struct{}]
	stream *twoFaced
	store  *replica.Store
	office chan uint64
}

// Lead takes the seat in an empty directory. With one other node, which cannot be elected without the liar's vote, the liar comes to lead.
func (l *Liar) Lead(dir string, heartbeat time.Duration, victim ledger.AccountID) (*Leader, error) {
	store, err := replica.OpenStore(filepath.Join(dir, "raft.db"), rand.Reader)
	if err != nil {
		return nil, err
	}
	m, _ := l.find(func(m *replica.Member) bool { return m.Agency == victim })
	self, _ := l.find(func(m *replica.Member) bool { return m.Agency == l.agency })
	s := &Leader{store: store, stream: &twoFaced{Peer: l.door, victim: m.Key}, office: make(chan uint64, 16)}
	s.Replica, err = replica.Start(replica.Options[struct{}]{
		Self: self, Voters: l.members, Peers: l, Stream: s.stream, Store: store, Machine: new(deaf),
		Gate:   replica.NewGate(time.Now, func() time.Duration { return 24 * time.Hour }),
		Timing: replica.Timing{Heartbeat: heartbeat, Commit: 2 * time.Millisecond, Request: 5 * time.Second, Write: time.Minute},
		Fatal:  func(err error) { l.log.Error("the liar's disk", "error", err) },
		Reopen: func() {},
		Office: func(term uint64) { s.office <- term },
		Log:    l.log,
	})
	if err != nil {
		return nil, errors.Join(err, store.Close())
	}
	return s, nil
}

// Elected waits for office and gives its term. The error is ctx's.
func (s *Leader) Elected(ctx context.Context) (term uint64, err error) {
	for {
		select {
		case term := <-s.office:
			if term != 0 {
				return term, nil
			}
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
}

// Say says something in office. The error is what raft says of the draft.
func (s *Leader) Say(what Speech) error {
	s.stream.speech.Store(&what)
	_, err := s.Propose(what.Draft).Wait()
	return err
}

// Fooled is how often the victim was sent the other draft.
func (s *Leader) Fooled() int64 { return s.stream.fooled.Load() }

// Close leaves the seat.
func (s *Leader) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	return errors.Join(s.Replica.Close(ctx), s.store.Close())
}

// deaf applies nothing.
type deaf struct{ applied atomic.Uint64 }

func (d *deaf) Apply(_ context.Context, entries []replica.Entry) ([]struct{}, error) {
	d.applied.Store(entries[len(entries)-1].Index)
	return make([]struct{}, len(entries)), nil
}

func (d *deaf) AppliedIndex() uint64 { return d.applied.Load() }

func (d *deaf) Preverify([]byte) {}

// Mark implements replica.Machine.
func (d *deaf) Mark() (replica.Mark, error) { return replica.Mark{}, nil }

// Holds implements replica.Machine.
func (d *deaf) Holds(replica.Mark) error { return nil }

// Advance implements replica.Machine.
func (d *deaf) Advance(index, _ uint64) error {
	d.applied.Store(index)
	return nil
}

// twoFaced carries raft's connections, and tells one validator something else.
type twoFaced struct {
	*door.Peer
	victim ident.Ed25519Key
	speech atomic.Pointer[Speech]
	fooled atomic.Int64
}

// Accept implements replica.Stream. Whoever comes wants a vote, and gets none: a leader speaks over connections of its own.
func (s *twoFaced) Accept() (net.Conn, ident.Ed25519Key, error) {
	for {
		c, err := s.Raft().Accept()
		if err != nil {
			return nil, ident.Ed25519Key{}, err
		}
		c.Close()
	}
}

// Dial implements replica.Stream.
func (s *twoFaced) Dial(ctx context.Context, address string, key ident.Ed25519Key) (net.Conn, error) {
	c, err := s.Peer.Dial(ctx, address, door.ProtocolRaft, key)
	if err == nil && key == s.victim {
		c = &forked{c, s}
	}
	return c, err
}

// Close implements replica.Stream.
func (s *twoFaced) Close() error { return s.Raft().Close() }

// forked puts the other draft in the place of the one. Messages of tests fit one write.
type forked struct {
	net.Conn
	stream *twoFaced
}

func (c *forked) Write(b []byte) (int, error) {
	if what := c.stream.speech.Load(); what != nil && what.Other != nil && bytes.Contains(b, what.Draft) {
		c.stream.fooled.Add(1)
		b = bytes.ReplaceAll(b, what.Draft, what.Other)
	}
	return c.Conn.Write(b)
}
