package replica_test

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/node/door"
	"github.com/ocopledger/ocop/node/replica"
)

// deadline bounds every wait of these tests; none depends on how long anything takes.
const deadline = 30 * time.Second

var timing = replica.Timing{Heartbeat: 300 * time.Millisecond, Commit: 2 * time.Millisecond, Request: 10 * time.Second, Write: time.Minute}

// identity is a TLS key and the place it listens at.
type identity struct {
	member   replica.Member
	cert     tls.Certificate
	listener net.Listener
}

func newIdentity(t testing.TB, agency ledger.AccountID) *identity {
	t.Helper()
	key, err := ident.GenerateEd25519(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := door.Certificate(key)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return &identity{
		member: replica.Member{ID: fmt.Sprintf("%d-1", agency), Agency: agency, Address: l.Addr().String(), Key: key.Public()},
		cert:   cert, listener: l,
	}
}

// reopen listens at the same place again.
func (id *identity) reopen(t *testing.T) {
	t.Helper()
	id.listener.Close()
	l := listenAgain(t, id.member.Address)
	id.listener = l
	t.Cleanup(func() { l.Close() })
}

// directory is a list of members that tests change.
type directory struct {
	mu      sync.Mutex
	members []replica.Member
}

func (d *directory) find(match func(replica.Member) bool) (replica.Member, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, m := range d.members {
		if match(m) {
			return m, true
		}
	}
	return replica.Member{}, false
}

func (d *directory) ByKey(key ident.Ed25519Key) (replica.Member, bool) {
	return d.find(func(m replica.Member) bool { return m.Key == key })
}

func (d *directory) ByID(id string) (replica.Member, bool) {
	return d.find(func(m replica.Member) bool { return m.ID == id })
}

func (d *directory) add(m replica.Member) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.members = append(d.members, m)
}

func (d *directory) remove(key ident.Ed25519Key) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for i, m := range d.members {
		if m.Key == key {
			d.members = append(d.members[:i:i], d.members[i+1:]...)
			return
		}
	}
}

// peerStream is a peer door as a stream of raft connections.
type peerStream struct{ *door.Peer }

func (s peerStream) Accept() (net.Conn, ident.Ed25519Key, error) {
	c, err := s.Raft().Accept()
	if err != nil {
		return nil, ident.Ed25519Key{}, err
	}
	state := c.(*tls.Conn).ConnectionState()
	key, err := door.KeyOf(&state)
	return c, key, err
}

func (s peerStream) Dial(ctx context.Context, address string, key ident.Ed25519Key) (net.Conn, error) {
	return s.Peer.Dial(ctx, address, door.ProtocolRaft, key)
}

func openDoor(id *identity, d *directory) peerStream {
	pinned := func(key ident.Ed25519Key) bool { _, ok := d.ByKey(key); return ok }
	return peerStream{door.NewPeer(id.listener, func() []tls.Certificate { return []tls.Certificate{id.cert} }, pinned, slog.New(slog.DiscardHandler))}
}

// register is a machine that remembers what it was given; its memory outlives restarts as a ledger's disk does.
type register struct {
	mu      sync.Mutex
	entries []replica.Entry
	calls   int           // of Apply begun
	batches int           // and ended
	given   int           // entries given, skipped ones included
	fail    error         // of Apply
	unkept  error         // of Mark
	hold    chan struct{} // Apply waits for it when set

	advanced uint64 // index
}

// Mark implements replica.Machine.
func (r *register) Mark() (replica.Mark, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.mark(len(r.entries)), r.unkept
}

func (r *register) mark(n int) replica.Mark {
	h := sha256.New()
	for _, e := range r.entries[:n] {
		fmt.Fprintf(h, "%d %s\n", e.Term, e.Data)
	}
	return replica.Mark{Height: uint64(n), Size: uint64(n), Root: ledger.Hash(h.Sum(nil))}
}

// Holds implements replica.Machine.
func (r *register) Holds(m replica.Mark) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if m.Size > uint64(len(r.entries)) {
		return &replica.BehindError{Mark: m}
	}
	if r.mark(int(m.Size)) != m {
		return fmt.Errorf("mark %v contradicts the register", m)
	}
	return nil
}

// Advance implements replica.Machine.
func (r *register) Advance(index, _ uint64) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.advanced = max(r.advanced, index)
	return nil
}

// fetch copies another's entries up to a mark, as a node fetches leaves.
func (r *register) fetch(from *register, m replica.Mark) {
	from.mu.Lock()
	defer from.mu.Unlock()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.entries = append(r.entries[:0:0], from.entries[:m.Size]...)
}

func (r *register) Apply(_ context.Context, entries []replica.Entry) ([]int, error) {
	r.mu.Lock()
	r.calls++
	hold := r.hold
	r.mu.Unlock()
	if hold != nil {
		<-hold
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.batches++
	r.given += len(entries)
	if r.fail != nil {
		return nil, r.fail
	}
	places := make([]int, len(entries))
	for i, e := range entries {
		places[i] = len(r.entries)
		if len(r.entries) > 0 && e.Index <= r.entries[len(r.entries)-1].Index {
			continue // came another way
		}
		r.entries = append(r.entries, e)
	}
	return places, nil
}

func (r *register) AppliedIndex() uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.entries) == 0 {
		return r.advanced
	}
	return max(r.entries[len(r.entries)-1].Index, r.advanced)
}

func (r *register) Preverify([]byte) {}

func (r *register) texts() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	texts := make([]string, len(r.entries))
	for i, e := range r.entries {
		texts[i] = string(e.Data)
	}
	return texts
}

// seat is one replica of a test cluster, which can be stopped and started again.
type seat struct {
	t       *testing.T
	id      *identity
	dir     string
	peers   *directory
	machine *register
	clock   func() time.Time
	timing  replica.Timing // zero: the usual one

	*replica.Replica[int]
	store *replica.Store
	door  peerStream
	fatal chan error
	terms chan uint64

	proposed atomic.Int64 // drafts of its own that it was told are committed

	bytes  uint64 // bound of the log
	behind chan replica.Mark
	reopen chan struct{}
}

// listenAgain listens where somebody did before. Meanwhile the system may have given the port to a connection of anybody's, for as long as that lasts.
func listenAgain(t testing.TB, address string) net.Listener {
	t.Helper()
	for end := time.Now().Add(deadline); ; time.Sleep(10 * time.Millisecond) {
		l, err := net.Listen("tcp", address)
		if err == nil {
			return l
		}
		if !errors.Is(err, syscall.EADDRINUSE) || time.Now().After(end) {
			t.Fatal(err)
		}
	}
}

func (s *seat) start(voters []replica.Member) {
	s.t.Helper()
	if s.id.listener == nil {
		s.id.listener = listenAgain(s.t, s.id.member.Address)
	}
	var err error
	if s.store, err = replica.OpenStore(filepath.Join(s.dir, "raft.db"), rand.Reader); err != nil {
		s.t.Fatal(err)
	}
	s.door = openDoor(s.id, s.peers)
	s.fatal, s.terms, s.behind = make(chan error, 16), make(chan uint64, 64), make(chan replica.Mark, 1)
	s.reopen = make(chan struct{}, 1)
	s.Replica, err = replica.Start(replica.Options[int]{
		Self: s.id.member, Voters: voters, Peers: s.peers, Stream: s.door, Store: s.store, Machine: s.machine,
		Gate:   replica.NewGate(s.clock, func() time.Duration { return 5 * time.Second }),
		Timing: cmp.Or(s.timing, timing), Log: slog.New(slog.DiscardHandler),
		LogBytes: s.bytes,
		Committed: func(at time.Time) {
			if waited := time.Since(at); waited < 0 || waited > deadline {
				s.t.Errorf("a draft was proposed %v ago", waited)
			}
			s.proposed.Add(1)
		},
		Behind: func(m replica.Mark) {
			select {
			case s.behind <- m:
			default:
			}
		},
		Reopen: func() {
			select {
			case s.reopen <- struct{}{}:
			default:
			}
		},
		Fatal:  func(err error) { s.fatal <- err },
		Office: func(term uint64) { s.terms <- term },
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *seat) stop() {
	s.t.Helper()
	if s.Replica == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), deadline)
	defer cancel()
	if err := s.Close(ctx); err != nil {
		s.t.Error(err)
	}
	s.door.Close()
	if err := s.store.Close(); err != nil {
		s.t.Error(err)
	}
	s.Replica, s.id.listener = nil, nil
}

type cluster []*seat

func newCluster(t *testing.T, n int) cluster {
	t.Helper()
	return newPatientCluster(t, n, timing)
}

// newPatientCluster is newCluster with a timing of its own.
func newPatientCluster(t *testing.T, n int, timing replica.Timing) cluster {
	t.Helper()
	var c cluster
	var members []replica.Member
	for i := range n {
		id := newIdentity(t, ledger.AccountID(i+1))
		members = append(members, id.member)
		c = append(c, &seat{t: t, id: id, dir: t.TempDir(), machine: &register{}, clock: time.Now, timing: timing})
	}
	for _, s := range c {
		s.peers = &directory{members: append([]replica.Member(nil), members...)}
		s.start(members)
	}
	t.Cleanup(func() {
		for _, s := range c {
			s.stop()
		}
	})
	return c
}

func (c cluster) members() (members []replica.Member) {
	for _, s := range c {
		members = append(members, s.id.member)
	}
	return members
}

// eventually waits for a condition that the cluster must come to.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(deadline); !holds(); {
		if time.Now().After(end) {
			t.Fatalf("not reached in %v: %s", deadline, what)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func (c cluster) leader() *seat {
	c[0].t.Helper()
	var leader *seat
	eventually(c[0].t, "a leader", func() bool {
		for _, s := range c {
			if s.Replica != nil && s.Term() != 0 {
				leader = s
				return true
			}
		}
		return false
	})
	return leader
}
