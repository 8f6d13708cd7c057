package cosign

import (
	"context"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/ident"
)

const origin = "log.example/test"

var chainID = ledger.ChainID{1, 2, 3}

// room is some validators that hear each other, in a bubble of time. All methods of bench settle first: what can happen without time passing has happened.
type room struct {
	t      *testing.T
	policy *ledger.Policy // of the points made next
	all    []*seat
	deaf   bool // cosignatures are held back, for deliver
	held   []letter
	mu     sync.Mutex
}

type letter struct {
	from ledger.AccountID
	s    Cosignature
}

// seat is a validator's place: what stays when it starts anew.
type seat struct {
	*Cosigner
	room      *room
	agency    ledger.AccountID
	path      string
	log       []ledger.Hash // root by size
	keys      map[ident.Ed25519Key]*ident.Ed25519PrivateKey
	sent      []Cosignature
	kept      []Head
	conflicts []Conflict
	faults    []error
	delays    []time.Duration // of heads, as they were certified
	sync      func() error    // instead of the slot file's
	up        atomic.Bool
	stop      func()
}

func key(t *testing.T, text string) *ident.Ed25519PrivateKey {
	t.Helper()
	seed := sha256.Sum256([]byte(text))
	k, err := ident.NewEd25519PrivateKey(seed[:])
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// epochOf is a policy of n validators whose keys are those of an epoch.
func epochOf(t *testing.T, n int, epoch uint32) *ledger.Policy {
	p := &ledger.Policy{Number: epoch, Chain: chainID, Origin: origin, Publisher: 1, LogKey: key(t, "log").Public(), Quorum: uint8(ledger.DefaultQuorum(n))}
	for i := range n {
		a := ledger.AccountID(i + 1)
		p.Validators = append(p.Validators, ledger.PolicyValidator{Agency: a, CosignerName: fmt.Sprintf("v%d.example", a), CosignerKey: cosignerKey(t, a, epoch).Public()})
	}
	return p
}

func cosignerKey(t *testing.T, a ledger.AccountID, epoch uint32) *ident.Ed25519PrivateKey {
	return key(t, fmt.Sprintf("cosigner %d %d", a, epoch))
}

// bench runs a test with n validators, none of which has begun.
func bench(t *testing.T, n int, test func(t *testing.T, r *room)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		r := &room{t: t, policy: epochOf(t, n, 0)}
		dir := t.TempDir()
		for i := range n {
			s := &seat{room: r, agency: ledger.AccountID(i + 1), keys: make(map[ident.Ed25519Key]*ident.Ed25519PrivateKey)}
			s.path = filepath.Join(dir, fmt.Sprint(s.agency))
			for epoch := range uint32(3) {
				k := cosignerKey(t, s.agency, epoch)
				s.keys[k.Public()] = k
			}
			s.grow(1)
			r.all = append(r.all, s)
		}
		defer func() {
			for _, s := range r.all {
				s.end()
			}
		}()
		test(t, r)
	})
}

// grow makes the log so large, with the same roots at every validator.
func (s *seat) grow(size uint64) {
	s.room.mu.Lock()
	defer s.room.mu.Unlock()
	for uint64(len(s.log)) <= size {
		s.log = append(s.log, sha256.Sum256(fmt.Appendf(nil, "root %d", len(s.log))))
	}
}

// alter changes the log from a size on.
func (s *seat) alter(from uint64) {
	for i := from; i < uint64(len(s.log)); i++ {
		s.log[i] = sha256.Sum256(fmt.Appendf(nil, "another root %d", i))
	}
}

func (s *seat) rootAt(size uint64) (ledger.Hash, bool, error) {
	s.room.mu.Lock()
	defer s.room.mu.Unlock()
	if size >= uint64(len(s.log)) {
		return ledger.Hash{}, false, nil
	}
	return s.log[size], true, nil
}

// open makes the cosigner, which has not begun.
func (s *seat) open() *Slot {
	s.room.t.Helper()
	slot, err := OpenSlot(s.path, chainID)
	if err != nil {
		s.room.t.Fatal(err)
	}
	if s.sync != nil {
		slot.sync = func(f *osFile) error { return s.sync() }
	}
	s.Cosigner = New(Options{
		Chain: chainID, Agency: s.agency, Slot: slot, RootAt: s.rootAt, Send: s.send, Now: time.Now, Log: slog.New(slog.DiscardHandler),
		Key: func(k ident.Ed25519Key) (*ident.Ed25519PrivateKey, bool) { p, ok := s.keys[k]; return p, ok },
		Keep: func(h Head) error {
			s.room.mu.Lock()
			defer s.room.mu.Unlock()
			s.kept = append(s.kept, h)
			return nil
		},
		Conflict:  func(c Conflict) { s.conflicts = append(s.conflicts, c) },
		Fault:     func(err error) { s.faults = append(s.faults, err) },
		Certified: func(delay time.Duration) { s.delays = append(s.delays, delay) },
	})
	return slot
}

// begin starts the cosigner at the head of its log.
func (s *seat) begin() {
	s.room.t.Helper()
	slot := s.open()
	s.Begin(s.point(uint64(len(s.log) - 1)))
	ctx, cancel := context.WithCancel(s.room.t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.Run(ctx)
	}()
	s.up.Store(true)
	s.stop = func() {
		s.up.Store(false)
		cancel()
		<-done
		slot.Close()
	}
	synctest.Wait()
}

func (s *seat) end() {
	if s.stop != nil {
		s.stop()
		s.stop = nil
	}
}

func (s *seat) running() bool { return s.up.Load() }

// all starts everyone and lets them tell each other what they hold.
func (r *room) start() *room {
	for _, s := range r.all {
		s.begin()
	}
	r.tell()
	return r
}

// tell answers the question that each asks each.
func (r *room) tell() {
	for _, s := range r.all {
		for _, other := range r.all {
			if s != other && s.running() && other.running() {
				s.Learned(other.agency, other.Of(s.agency))
			}
		}
	}
	synctest.Wait()
}

func (s *seat) send(c Cosignature) {
	s.room.mu.Lock()
	s.sent = append(s.sent, c)
	deaf := s.room.deaf
	if deaf {
		s.room.held = append(s.room.held, letter{s.agency, c})
	}
	s.room.mu.Unlock()
	if deaf {
		return
	}
	for _, other := range s.room.all {
		if other != s && other.running() {
			other.Receive(s.agency, c)
		}
	}
}

// deliver hands out what was held back.
func (r *room) deliver() {
	r.mu.Lock()
	held := r.held
	r.deaf, r.held = false, nil
	r.mu.Unlock()
	for _, l := range held {
		for _, other := range r.all {
			if other.agency != l.from && other.running() {
				other.Receive(l.from, l.s)
			}
		}
	}
	synctest.Wait()
}

func (s *seat) point(size uint64) Point {
	root, _, _ := s.rootAt(size)
	return Point{Tree: checkpoint.Tree{Origin: origin, Size: size, Root: root}, Height: size, Policy: s.room.policy}
}

// apply feeds a point, after growing the log to it.
func (s *seat) apply(sizes ...uint64) {
	for _, size := range sizes {
		s.grow(size)
		s.Points(s.point(size))
	}
	synctest.Wait()
}

func (r *room) apply(sizes ...uint64) {
	for _, s := range r.all {
		if s.running() {
			s.apply(sizes...)
		}
	}
}

// certified is the size of the newest certified head, after checking that a stranger would say so, too.
func (s *seat) certified() uint64 {
	s.room.t.Helper()
	h := s.Certified()
	if h == nil {
		return 0
	}
	made, err := h.Signed.Certify(h.Policy)
	if err != nil {
		s.room.t.Fatalf("validator %v: head of %d leaves: %v", s.agency, h.Tree.Size, err)
	}
	if got, want := fmt.Sprintf("%+v", *h.Certified), fmt.Sprintf("%+v", *made); got != want {
		s.room.t.Fatalf("validator %v: certified as %s, want %s", s.agency, got, want)
	}
	return h.Tree.Size
}

// want checks that everyone who runs has a certified head of a size.
func (r *room) want(size uint64) {
	r.t.Helper()
	for _, s := range r.all {
		if s.running() {
			if got := s.certified(); got != size {
				r.t.Errorf("validator %v: certified %d, want %d", s.agency, got, size)
			}
		}
	}
}

// signs are the sizes that a validator has signed, in order.
func (s *seat) signs() (sizes []uint64) {
	s.room.mu.Lock()
	defer s.room.mu.Unlock()
	for _, c := range s.sent {
		sizes = append(sizes, c.Size)
	}
	return sizes
}

// forge is a cosignature of any root.
func (s *seat) forge(size uint64, text string) Cosignature {
	tree := checkpoint.Tree{Origin: origin, Size: size, Root: sha256.Sum256([]byte(text))}
	p := s.room.policy
	v, _ := p.Validator(s.agency)
	signer, err := ident.NewCosigner(v.CosignerName, s.keys[v.CosignerKey])
	if err != nil {
		s.room.t.Fatal(err)
	}
	made, err := signer.Cosign(tree.Text(), uint64(time.Now().Unix()))
	if err != nil {
		s.room.t.Fatal(err)
	}
	return Cosignature{Mark: Mark{size, tree.Root}, Epoch: p.Number, Cosignature: made}
}

// right is a cosignature of the root that all have.
func (s *seat) right(size uint64) Cosignature { return s.forge(size, fmt.Sprintf("root %d", size)) }
