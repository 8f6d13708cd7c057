package replica_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/raft"

	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/node/replica"
)

// ends are two replicas' transports with TLS identities of their own, and a raft of the second that grants all it is asked.
type ends struct {
	a, b    *identity
	peers   *directory // b's
	from    *replica.Transport
	reached chan raft.WithRPCHeader
}

// heightHeld is how far the ledgers of these tests have come.
const heightHeld = 5

func newTransport(t testing.TB, id *identity, d *directory) *replica.Transport {
	t.Helper()
	s := openDoor(id, d)
	gate := replica.NewGate(time.Now, func() time.Duration { return time.Second })
	tr := replica.NewTransport(id.member, d, s, gate, 2*time.Second, slog.New(slog.DiscardHandler))
	tr.ListenAs(func(m replica.Mark) error {
		if m.Height > heightHeld {
			return &replica.BehindError{Mark: m}
		}
		return nil
	}, func(replica.Mark) {})
	t.Cleanup(func() { tr.Close(); s.Peer.Close() })
	return tr
}

func newEnds(t *testing.T) *ends {
	t.Helper()
	a, b := newIdentity(t, 1), newIdentity(t, 2)
	members := []replica.Member{a.member, b.member, {ID: "3-1", Address: "127.0.0.1:1", Key: ident.Ed25519Key{3}}}
	e := &ends{a: a, b: b, peers: &directory{members: members}, reached: make(chan raft.WithRPCHeader, 64)}
	e.from = newTransport(t, a, &directory{members: append([]replica.Member(nil), members...)})
	to := newTransport(t, b, e.peers)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			select {
			case rpc := <-to.Consumer():
				e.reached <- rpc.Command.(raft.WithRPCHeader)
				switch rpc.Command.(type) {
				case *raft.AppendEntriesRequest:
					rpc.Respond(&raft.AppendEntriesResponse{Term: 1, Success: true}, nil)
				case *raft.RequestVoteRequest:
					rpc.Respond(&raft.RequestVoteResponse{Term: 1, Granted: true}, nil)
				case *raft.RequestPreVoteRequest:
					rpc.Respond(&raft.RequestPreVoteResponse{Term: 1, Granted: true}, nil)
				case *raft.TimeoutNowRequest:
					rpc.Respond(&raft.TimeoutNowResponse{}, nil)
				case *raft.InstallSnapshotRequest:
					rpc.Respond(&raft.InstallSnapshotResponse{Term: 1, Success: true}, nil)
				}
			case <-ctx.Done():
				return
			}
		}
	}()
	t.Cleanup(func() { cancel(); <-ended })
	return e
}

// messages sends one message of each kind from a to b under a header.
func (e *ends) messages(h raft.RPCHeader) map[string]error {
	id, address := raft.ServerID(e.b.member.ID), raft.ServerAddress(e.b.member.Address)
	return map[string]error{
		"AppendEntries":   e.from.AppendEntries(id, address, &raft.AppendEntriesRequest{RPCHeader: h, Term: 1}, &raft.AppendEntriesResponse{}),
		"RequestVote":     e.from.RequestVote(id, address, &raft.RequestVoteRequest{RPCHeader: h, Term: 1}, &raft.RequestVoteResponse{}),
		"RequestPreVote":  e.from.RequestPreVote(id, address, &raft.RequestPreVoteRequest{RPCHeader: h, Term: 1}, &raft.RequestPreVoteResponse{}),
		"TimeoutNow":      e.from.TimeoutNow(id, address, &raft.TimeoutNowRequest{RPCHeader: h}, &raft.TimeoutNowResponse{}),
		"pipeline":        e.pipelined(h),
		"InstallSnapshot": e.from.InstallSnapshot(id, address, &raft.InstallSnapshotRequest{RPCHeader: h, Configuration: raft.EncodeConfiguration(raft.Configuration{})}, &raft.InstallSnapshotResponse{}, bytes.NewReader((&replica.Mark{}).Append(nil))),
	}
}

func (e *ends) pipelined(h raft.RPCHeader) error {
	p, err := e.from.AppendEntriesPipeline(raft.ServerID(e.b.member.ID), "")
	if err != nil {
		return err
	}
	defer p.Close()
	f, err := p.AppendEntries(&raft.AppendEntriesRequest{RPCHeader: h, Term: 1}, &raft.AppendEntriesResponse{})
	if err != nil {
		return err
	}
	<-p.Consumer()
	return f.Error()
}

func headerOf(m replica.Member) raft.RPCHeader {
	return raft.RPCHeader{ID: []byte(m.ID), Addr: []byte(m.Address)}
}

func TestMessagesUnderOnesOwnName(t *testing.T) {
	e := newEnds(t)
	for kind, err := range e.messages(headerOf(e.a.member)) {
		if err != nil {
			t.Errorf("%s: %v", kind, err)
		}
	}
	if n := len(e.reached); n != 6 {
		t.Errorf("%d messages reached raft, want 6", n)
	}
}

func TestMessagesUnderAnothersNameAreRefused(t *testing.T) {
	e := newEnds(t)
	third, _ := e.peers.ByID("3-1")
	for name, h := range map[string]raft.RPCHeader{
		"another validator": headerOf(third), "the receiver": headerOf(e.b.member), "nobody": {},
		"an earlier incarnation": {ID: []byte("1-0"), Addr: []byte(e.a.member.Address)},
	} {
		for kind, err := range e.messages(h) {
			var refused *replica.RefusedError
			if !errors.As(err, &refused) {
				t.Errorf("%s in the name of %s: %v", kind, name, err)
			}
		}
	}
	if n := len(e.reached); n != 0 {
		t.Errorf("%d messages reached raft", n)
	}
}

// A snapshot that stands for more than the ledger holds never reaches raft: finished there and not restored, it would lose blocks at the next start.
func TestSnapshotsWaitForTheLedger(t *testing.T) {
	e := newEnds(t)
	install := func(m replica.Mark) error {
		q := &raft.InstallSnapshotRequest{RPCHeader: headerOf(e.a.member), Term: 1, LastLogIndex: 9, LastLogTerm: 1, Configuration: raft.EncodeConfiguration(raft.Configuration{})}
		return e.from.InstallSnapshot(raft.ServerID(e.b.member.ID), "", q, &raft.InstallSnapshotResponse{}, bytes.NewReader(m.Append(nil)))
	}
	var refused *replica.RefusedError
	if err := install(replica.Mark{Height: heightHeld + 1}); !errors.As(err, &refused) || !strings.Contains(err.Error(), "catching up") {
		t.Errorf("ahead of the ledger: %v", err)
	}
	if n := len(e.reached); n != 0 {
		t.Errorf("%d messages reached raft", n)
	}
	if err := install(replica.Mark{Height: heightHeld}); err != nil {
		t.Errorf("held: %v", err)
	}
	if n := len(e.reached); n != 1 {
		t.Errorf("%d messages reached raft, want 1", n)
	}
}

func TestRemovedValidatorIsRefusedOnOpenConnections(t *testing.T) {
	e := newEnds(t)
	id := raft.ServerID(e.b.member.ID)
	vote := func() error {
		return e.from.RequestVote(id, "", &raft.RequestVoteRequest{RPCHeader: headerOf(e.a.member)}, &raft.RequestVoteResponse{})
	}
	if err := vote(); err != nil {
		t.Fatal(err)
	}
	e.peers.remove(e.a.member.Key)
	var refused *replica.RefusedError
	if err := vote(); !errors.As(err, &refused) {
		t.Errorf("over the connection from before: %v", err)
	}
	if err := vote(); err == nil {
		t.Error("over a new connection: accepted")
	}
	if n := len(e.reached); n != 1 {
		t.Errorf("%d messages reached raft, want 1", n)
	}
}

func TestUnpinnedKeyGetsNoConnection(t *testing.T) {
	e := newEnds(t)
	stranger := newIdentity(t, 1) // claims to be agency 1
	stranger.member.ID, stranger.member.Address = e.a.member.ID, e.a.member.Address
	from := newTransport(t, stranger, &directory{members: []replica.Member{e.b.member}})
	err := from.RequestVote(raft.ServerID(e.b.member.ID), "", &raft.RequestVoteRequest{RPCHeader: headerOf(e.a.member)}, &raft.RequestVoteResponse{})
	var refused *replica.RefusedError
	if err == nil || errors.As(err, &refused) {
		t.Errorf("got %v; the TLS handshake itself must fail", err)
	}
	// The other way round: the node called must hold the pinned key.
	e.b.member.Key = ident.Ed25519Key{9}
	wrong := newTransport(t, newIdentity(t, 4), &directory{members: []replica.Member{e.b.member}})
	if err := wrong.RequestVote(raft.ServerID(e.b.member.ID), "", &raft.RequestVoteRequest{}, &raft.RequestVoteResponse{}); err == nil {
		t.Error("called a node under another key")
	}
	if n := len(e.reached); n != 0 {
		t.Errorf("%d messages reached raft", n)
	}
}

// TestHeartbeatsGoThroughTheMainLoop: hashicorp/raft #695. The handler would be called beside it.
func TestHeartbeatsGoThroughTheMainLoop(t *testing.T) {
	a, b := newIdentity(t, 1), newIdentity(t, 2)
	members := &directory{members: []replica.Member{a.member, b.member}}
	from, to := newTransport(t, a, members), newTransport(t, b, members)
	to.SetHeartbeatHandler(func(raft.RPC) { t.Error("heartbeat handled beside raft's main loop") })
	sent := make(chan error, 1)
	go func() {
		sent <- from.AppendEntries("2-1", "", &raft.AppendEntriesRequest{RPCHeader: headerOf(a.member), Term: 9}, &raft.AppendEntriesResponse{})
	}()
	rpc := <-to.Consumer()
	if q := rpc.Command.(*raft.AppendEntriesRequest); q.Term != 9 || q.PrevLogEntry != 0 || len(q.Entries) != 0 {
		t.Errorf("got %+v", q)
	}
	rpc.Respond(&raft.AppendEntriesResponse{Term: 9}, nil)
	if err := <-sent; err != nil {
		t.Error(err)
	}
	var _ raft.WithPreVote = from // raft asks for it by type, and does without when it is missing
}

// TestVoteSurvivesARestartOfThePeer: the connection kept from before is dead, and raft asks once.
func TestVoteSurvivesARestartOfThePeer(t *testing.T) {
	a, b := newIdentity(t, 1), newIdentity(t, 2)
	members := &directory{members: []replica.Member{a.member, b.member}}
	from := newTransport(t, a, members)
	vote := func() error {
		return from.RequestVote("2-1", "", &raft.RequestVoteRequest{RPCHeader: headerOf(a.member)}, &raft.RequestVoteResponse{})
	}
	for range 2 {
		to := newTransport(t, b, members)
		answered := make(chan struct{})
		go func() {
			rpc := <-to.Consumer()
			rpc.Respond(&raft.RequestVoteResponse{Granted: true}, nil)
			close(answered)
		}()
		if err := vote(); err != nil {
			t.Error(err)
		}
		<-answered
		if err := to.Close(); err != nil && !errors.Is(err, io.EOF) {
			t.Error(err)
		}
		b.reopen(t)
	}
}

func TestRefusalClosesTheConnection(t *testing.T) {
	e := newEnds(t)
	spare := newIdentity(t, 3)
	s := openDoor(spare, e.peers)
	defer s.Peer.Close()
	e.peers.mu.Lock()
	e.peers.members = append(e.peers.members, spare.member)
	e.peers.mu.Unlock()
	c, err := s.Dial(context.Background(), e.b.member.Address, e.b.member.Key)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	var refused *replica.RefusedError
	answer, next := replica.Say(c, &raft.TimeoutNowRequest{RPCHeader: headerOf(e.a.member)})
	if !errors.As(answer, &refused) || !errors.Is(next, io.EOF) {
		t.Errorf("answer %v, then %v", answer, next)
	}
}

// TestPipelineEndsWithItsReader: raft reads no further answer after one without success, and may be sending meanwhile.
func TestPipelineEndsWithItsReader(t *testing.T) {
	a, b := newIdentity(t, 1), newIdentity(t, 2)
	members := &directory{members: []replica.Member{a.member, b.member}}
	from, to := newTransport(t, a, members), newTransport(t, b, members)
	stop := make(chan struct{})
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			select {
			case rpc := <-to.Consumer():
				rpc.Respond(&raft.AppendEntriesResponse{Term: 9}, nil)
			case <-stop:
				return
			}
		}
	}()
	defer func() { close(stop); <-ended }()
	p, err := from.AppendEntriesPipeline("2-1", "")
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	sent := make(chan error, 1)
	go func() {
		for {
			if _, err := p.AppendEntries(&raft.AppendEntriesRequest{RPCHeader: headerOf(a.member), Term: 1}, &raft.AppendEntriesResponse{}); err != nil {
				sent <- err
				return
			}
		}
	}()
	<-p.Consumer() // and no more
	if err := <-sent; !errors.Is(err, raft.ErrPipelineShutdown) {
		t.Errorf("got %v", err)
	}
}
