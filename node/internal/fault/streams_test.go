//go:build linux && amd64

package fault

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"

	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/node/client"
	"github.com/ocopledger/ocop/node/internal/province"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

const (
	// streamers is how many streams there are, one of each agency.
	streamers = nodes
	// burst is how many accounts a streamer sends at once, each with its product behind it; drawn from 1 to so many.
	burst = 6
	// streamRest is what it waits before it sends the next, on average.
	streamRest = 400 * time.Millisecond
	// again is the part of accounts that are sent another time, as another record: that one and its product are refused.
	again = 0.1
	// cuts is the part of bursts in whose middle the stream's connections are cut.
	cuts = 0.3
	// closing is how long the last acknowledgements are waited for, when all faults are healed.
	closing = 60 * time.Second
)

// streamer is a client that submits by a stream: accounts, each with a product that the rules refuse unless the account comes before it. Its connections are cut, nodes
// are killed under it, and it goes on at another one.
type streamer struct {
	*load
	number int
	author compose.Author
	stream *client.Stream

	mu    sync.Mutex
	conns map[net.Conn]bool
	sent  []streamed // by number
}

// streamed is a record of a stream.
type streamed struct {
	id      string
	call    int64
	settled bool
	outcome string // on the ledger; empty: not settled, or refused at the door
	product bool   // of the account before it
}

func (l *load) startStreams(t testing.TB, hosts []*host, authors []compose.Author, seed uint64) {
	t.Helper()
	for i := range streamers {
		s := &streamer{load: l, number: 200 + i, author: authors[i], conns: make(map[net.Conn]bool)}
		var at []*client.Client
		for k := range hosts {
			c, err := client.New(hosts[(i+k)%nodes].public, client.Options{Dial: grpc.WithContextDialer(s.connect)})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { c.Close() })
			at = append(at, c)
		}
		o := client.StreamOptions{Settled: s.settled}
		if i == 0 {
			o.Wait, o.Receipts = apiv1.Wait_WAIT_CERTIFIED, true
		}
		s.stream = client.NewStream(context.Background(), at, o) // not the load's: what is on its way is waited for
		l.streams = append(l.streams, s)
		l.running.Go(func() { s.run(rand.New(rand.NewPCG(seed, uint64(s.number)))) })
	}
}

func (s *streamer) connect(ctx context.Context, address string) (net.Conn, error) {
	c, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err == nil {
		s.mu.Lock()
		s.conns[c] = true
		s.mu.Unlock()
	}
	return c, err
}

// cut ends the connections of the stream, whichever node they are to.
func (s *streamer) cut() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		c.Close()
		s.count("stream: connection cut")
	}
	clear(s.conns)
}

func (s *streamer) run(random *rand.Rand) {
	account, earlier := 0, time.Duration(0)
	for s.ends.Err() == nil {
		n, cutAt := 1+random.IntN(burst), -1
		if random.Float64() < cuts {
			cutAt = random.IntN(n)
		}
		for i := range n {
			earlier += time.Second // issued in one millisecond, both would be one record
			if random.Float64() >= again || account == 0 {
				account, earlier = int(s.account.Add(1)), 0
			}
			if err := s.pair(account, earlier); err != nil {
				if s.ends.Err() == nil {
					s.violation("stream %d takes no more: %v", s.number, err)
				}
				break
			}
			if i == cutAt {
				s.cut()
			}
		}
		select {
		case <-s.ends.Done():
		case <-time.After(streamRest/2 + time.Duration(random.Int64N(int64(streamRest)))):
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), closing)
	defer cancel()
	if err := s.stream.Close(ctx); err != nil {
		s.violation("stream %d: %d records have no outcome %v after the last was sent: %v", s.number, s.stream.Waiting(), closing, err)
	}
}

// pair sends an account and its product.
func (s *streamer) pair(account int, earlier time.Duration) error {
	if err := s.send(account, earlier, false); err != nil {
		return err
	}
	return s.send(account, earlier, true)
}

func (s *streamer) send(account int, earlier time.Duration, product bool) error {
	list := province.Registration(s.author.Account, account)
	if product {
		list = province.ProductOf(s.author.Account, account)
	}
	envelope, id, err := signed(s.author, list, earlier)
	if err != nil {
		return err
	}
	s.submitted(id, envelope)
	s.mu.Lock()
	s.sent = append(s.sent, streamed{id: id, call: s.now(), product: product}) // before it is sent: the acknowledgement may be quick
	s.mu.Unlock()
	_, err = s.stream.Send(s.ends, envelope)
	if err != nil {
		s.mu.Lock()
		s.sent = s.sent[:len(s.sent)-1]
		s.mu.Unlock()
	}
	return err
}

// settled takes an acknowledgement.
func (s *streamer) settled(a client.Acknowledgement) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a.Count == 0 || a.First+a.Count > uint64(len(s.sent)) {
		s.violation("stream %d: records %d+%d are acknowledged, and %d were sent", s.number, a.First, a.Count, len(s.sent))
		return
	}
	for i := range a.Count {
		r := &s.sent[a.First+i]
		text, height := fmt.Sprintf("accepted %d/%d", a.Height, a.Leaf+i), a.Height
		if a.Outcome != nil {
			text, height = outcomeOf(a.Outcome)
		}
		if r.settled {
			s.violation("stream %d: record %d is acknowledged twice: %s, and %s", s.number, a.First+i, r.outcome, text)
		}
		r.settled, r.outcome = true, text
		switch {
		case text == "":
			s.count("stream: " + refusedAtDoor)
			s.add(s.number, r.call, question{record: r.id}, reply{unknown: true}) // an earlier sending of it may yet be ordered
			continue
		case a.Accepted():
			s.count("stream: " + accepted)
		default:
			s.count("stream: " + refusedOnLedger)
		}
		if a.Outcome.GetDuplicate() {
			s.count("stream: of these, known before")
		}
		s.told(r.id, text, height, a.Outcome.GetReceipt())
		s.add(s.number, r.call, question{record: r.id}, reply{outcome: text})
	}
}

// order holds what the stream was told against the log, when all is settled: records stand in the order in which they were sent, and what one needs of another before
// it was there. The exceptions that the API names, which take a change of leader, are counted.
func (s *streamer) order(w *truth) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	sent := make([]placed, len(s.sent))
	for i, r := range s.sent {
		sent[i] = placed{outcome: r.outcome}
		if r.product {
			sent[i].needs = i // the number of the record before it, plus one
		}
	}
	excused, err := w.inOrder(sent)
	for range excused {
		s.count("stream: out of order, the leader changed")
	}
	if err != nil {
		return fmt.Errorf("stream %d: %w", s.number, err)
	}
	return nil
}

// streamsInOrder judges all streams, when they are closed.
func (l *load) streamsInOrder(w *truth) error {
	var errs []error
	for _, s := range l.streams {
		errs = append(errs, s.order(w))
	}
	return errors.Join(errs...)
}
