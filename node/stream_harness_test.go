package node

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/reflection"

	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/reason"
	"github.com/ocopledger/ocop/ledger/rules"
	"github.com/ocopledger/ocop/node/admit"
	"github.com/ocopledger/ocop/node/api"
	"github.com/ocopledger/ocop/node/client"
)

// serve has the node answer calls at its public door.
func (h *host) serve() {
	h.services = func(n *Node, r grpc.ServiceRegistrar) {
		api.Register(r.(reflection.GRPCServer), api.Options{Node: n, Now: time.Now, Log: slog.New(slog.DiscardHandler), Explain: func(err error) *rules.Refusal {
			switch {
			case errors.Is(err, admit.ErrOverloaded):
				return refuse(reason.Overloaded)
			case errors.Is(err, ErrMadeRoom):
				return refuse(reason.MadeRoom)
			}
			return nil
		}})
	}
}

// dial opens a connection to the public door, as a client of somebody else's making does: with gRPC's own limits.
func (h *host) dial() *grpc.ClientConn {
	h.net.t.Helper()
	conn, err := grpc.NewClient(h.addresses.Public, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		h.net.t.Fatal(err)
	}
	h.net.t.Cleanup(func() { conn.Close() })
	return conn
}

// client opens a connection of our own client.
func (h *host) client() *client.Client {
	h.net.t.Helper()
	c, err := client.New(h.addresses.Public, client.Options{})
	if err != nil {
		h.net.t.Fatal(err)
	}
	h.net.t.Cleanup(func() { c.Close() })
	return c
}

// sender is a client's end of a stream, in the process.
type sender struct {
	messages chan [][]byte
	ended    chan error

	received atomic.Int64 // records
	slow     func()       // called with everything told, before it is noted; nil: nothing

	mu       sync.Mutex
	outcomes map[uint64]chain.Outcome
	receipts map[uint64][]byte
	told     map[uint64]uint64 // certified leaves when it was told
	host     *host
}

// stream opens a stream at a node.
func (h *host) stream(ctx context.Context, certified, receipts bool) *sender {
	s := &sender{
		messages: make(chan [][]byte), ended: make(chan error, 1), outcomes: make(map[uint64]chain.Outcome), receipts: make(map[uint64][]byte), told: make(map[uint64]uint64), host: h,
	}
	go func() {
		s.ended <- h.SubmitStream(ctx, certified, receipts, func() ([][]byte, error) {
			if m, ok := <-s.messages; ok {
				s.received.Add(int64(len(m)))
				return m, nil
			}
			return nil, io.EOF
		}, s.settled)
	}()
	return s
}

func (s *sender) settled(numbers []uint64, outcomes []chain.Outcome, receipts [][]byte) error {
	if s.slow != nil {
		s.slow()
	}
	certified := uint64(0)
	if c := s.host.heads.Certified(); c != nil {
		certified = c.Tree.Size
	}
	bytes := 0
	for _, r := range receipts {
		bytes += len(r)
	}
	if bytes > toldBytes && len(receipts) > 1 {
		return fmt.Errorf("%d receipts of %d bytes are told of at once", len(receipts), bytes)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, n := range numbers {
		if _, twice := s.outcomes[n]; twice {
			return errors.New("acknowledged twice")
		}
		s.outcomes[n] = outcomes[i]
		s.told[n] = certified
		if receipts != nil {
			s.receipts[n] = receipts[i]
		}
	}
	return nil
}

func (s *sender) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.outcomes)
}

// get is what became of a record that has an outcome.
func (s *sender) get(n uint64) (o chain.Outcome, certified uint64, receipt []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.outcomes[n], s.told[n], s.receipts[n]
}

// end sends no more and waits for the end.
func (s *sender) end() error {
	close(s.messages)
	return <-s.ended
}
