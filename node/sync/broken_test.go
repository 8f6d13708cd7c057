package sync

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"iter"
	"math/rand/v2"
	"net"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/chain/chaintest"
)

// breaking is a source whose connection breaks at random.
type breaking struct {
	Source
	mu     sync.Mutex
	random *rand.Rand
}

var errBroken = errors.New("the connection broke")

func (b *breaking) draw(n int) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.random.IntN(n)
}

func (b *breaking) Head(ctx context.Context, above uint64, pinned uint32) (*Claim, error) {
	if b.draw(4) == 0 {
		return nil, errBroken
	}
	return b.Source.Head(ctx, above, pinned)
}

func (b *breaking) Consistency(ctx context.Context, older, newer uint64) ([]ledger.Hash, error) {
	if b.draw(6) == 0 {
		return nil, errBroken
	}
	return b.Source.Consistency(ctx, older, newer)
}

func (b *breaking) Leaves(ctx context.Context, from uint64) iter.Seq2[Run, error] {
	left := b.draw(200)
	return func(yield func(Run, error) bool) {
		for run, err := range b.Source.Leaves(ctx, from) {
			if err == nil && len(run.Leaves) > left {
				run.Leaves = run.Leaves[:left]
				if len(run.Leaves) == 0 || yield(run, nil) {
					yield(Run{}, errBroken)
				}
				return
			}
			left -= len(run.Leaves)
			if !yield(run, err) || err != nil {
				return
			}
		}
	}
}

// Whatever connections break, whenever one stops and whatever a crash loses, the ledger ends as the one that was followed.
func TestBrokenConnections(t *testing.T) {
	for seed := range uint64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			market := chaintest.NewMarket(seed)
			n := newTruth(t, market.World)
			n.tell(market.Story...)
			n.tell(market.Drafts(60, 20)...)
			n.certify()
			head := n.ledger.Head()
			random := rand.New(rand.NewPCG(seed, 5))
			sources := []Source{&breaking{Source: dialed(t, n.address), random: random}}
			dir, epoch := t.TempDir(), uint32(0)
			for size := uint64(1); size < head.Size; {
				size += uint64(1 + random.IntN(int(head.Size)/2))
				size = min(size, head.Size)
				l, err := chain.Open(t.Context(), chain.Options{Dir: dir, Genesis: market.Genesis.Bytes(), Verifier: verifier(t), NoSync: true, FlushRecords: 1 + random.IntN(50)})
				if err != nil {
					t.Fatal(err)
				}
				f := newFollower(t, l, market.Genesis, n.now, sources...)
				f.o.Epoch = func() uint32 { return max(epoch, f.epoch()) }
				f.pace.leaves = maxBlockLeaves + 1 + random.IntN(100)
				if err := f.to(size); err != nil {
					t.Fatal(err)
				}
				if h := l.Head(); h.Size < size || !holdsOf(t, n, h) {
					t.Fatalf("%+v", h)
				}
				epoch = f.o.Epoch()
				if err := l.Close(); err != nil {
					t.Fatal(err)
				}
			}
			l := openLedgerAt(t, dir, nil)
			if l.Head() != head {
				t.Fatalf("%+v, want %+v", l.Head(), head)
			}
			if int(epoch) < len(n.handovers)-1 {
				t.Errorf("told of the end of %d epochs, there were %d", epoch, len(n.handovers))
			}
		})
	}
}

// A door with TLS, of whatever certificate, is a source like one without.
func TestDialTLS(t *testing.T) {
	market := chaintest.NewMarket(1)
	n := newTruth(t, market.World)
	n.tell(market.Story...)
	n.certify()
	web := httptest.NewTLSServer(nil)
	defer web.Close()
	door, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: web.TLS.Certificates, NextProtos: []string{"h2"}})
	if err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	defer running.Wait()
	defer door.Close()
	running.Go(func() {
		for {
			c, err := door.Accept()
			if err != nil {
				return
			}
			running.Go(func() { pass(t, c, n.address) })
		}
	})
	source := dialed(t, door.Addr().String())
	f := newFollower(t, openLedger(t, market.Genesis.Bytes()), market.Genesis, n.now, source)
	if err := f.to(n.ledger.Head().Size); err != nil {
		t.Fatal(err)
	}
	if err := source.Close(); err != nil {
		t.Error(err)
	}
	if _, err := Dial("no port"); err == nil {
		t.Error("an address without a port")
	}
}

// pass joins a connection with another one.
func pass(t *testing.T, c net.Conn, to string) {
	d, err := net.Dial("tcp", to)
	if err != nil {
		t.Error(err)
		return
	}
	var both sync.WaitGroup
	for _, way := range [][2]net.Conn{{c, d}, {d, c}} {
		both.Go(func() {
			io.Copy(way[0], way[1])
			c.Close()
			d.Close()
		})
	}
	both.Wait()
}

// When the head of a source is not signed any more, the others are asked.
func TestAgedSource(t *testing.T) {
	market, again := chaintest.NewMarket(1), chaintest.NewMarket(1)
	cut, n := newTruth(t, again.World), newTruth(t, market.World)
	cut.tell(again.Story...)
	cut.certify()
	n.tell(market.Story...)
	n.certify()
	f := newFollower(t, openLedger(t, market.Genesis.Bytes()), market.Genesis, n.now, eager{dialed(t, cut.address)}, eager{dialed(t, n.address)})
	f.pace.aged = time.Second
	f.run()
	f.eventually("the first is followed", func() bool { s := f.Status(); return s.Live && s.Source == cut.address })
	n.tick(time.Hour)
	n.tell(next(n.world, 1, 1))
	n.certify()
	f.eventually("the other one is followed", func() bool { return f.ledger.Head() == n.ledger.Head() && f.Status().Source == n.address })
}

// eager is a node that never waits for news.
type eager struct{ *Remote }

func (e eager) Head(ctx context.Context, _ uint64, pinned uint32) (*Claim, error) {
	return e.Remote.Head(ctx, 0, pinned)
}

// Nobody answers: To says so when its time is over, of each source.
func TestNobodyAnswers(t *testing.T) {
	market := chaintest.NewMarket(1)
	n := newTruth(t, market.World)
	gone := dialed(t, "127.0.0.1:1")
	f := newFollower(t, openLedger(t, market.Genesis.Bytes()), market.Genesis, n.now, gone)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- f.To(ctx, 10) }()
	f.eventually("it is tried twice", func() bool {
		f.Follower.mu.Lock()
		defer f.Follower.mu.Unlock()
		return f.marks[gone.Name()] != nil && f.marks[gone.Name()].failures > 1
	})
	stop()
	err := <-ended
	if e, ok := errors.AsType[*SourceError](err); !errors.Is(err, context.Canceled) || !ok || e.Fault != Unreachable || e.Source != gone.Name() {
		t.Errorf("%v", err)
	}
}

// A source that fails is left alone longer each time, and one that lies longest.
func TestRest(t *testing.T) {
	p := defaultPace
	last := time.Duration(0)
	for failures := 1; failures < 100; failures++ {
		d := p.rest(Unreachable, failures)
		if d < last || d > p.most || failures == 1 && d != p.first {
			t.Fatalf("after %d failures %v, before %v", failures, d, last)
		}
		last = d
	}
	if last != p.most || p.rest(Untrue, 1) != p.liar {
		t.Errorf("%v, %v", last, p.rest(Untrue, 1))
	}
}
