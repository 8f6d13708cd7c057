package load

import (
	"context"
	"crypto/tls"
	"errors"
	"maps"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/ocopledger/ocop/cmd/ocop/internal/bench/h2"
	"github.com/ocopledger/ocop/ledger"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
	"github.com/ocopledger/ocop/proto/ocop/api/v1/alpn"
	"github.com/ocopledger/ocop/proto/ocop/api/v1/apigrpc"
)

// listen serves over a real connection, as package h2 needs it.
func listen(t *testing.T, answer func(attempt int, envelope []byte) (*apiv1.Outcome, error)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer()
	apigrpc.RegisterSubmitServiceServer(server, &node{answer: answer})
	go func() { _ = server.Serve(l) }()
	t.Cleanup(server.Stop)
	return l.Addr().String()
}

func busy(t *testing.T, pause time.Duration) error {
	t.Helper()
	s, err := status.New(codes.ResourceExhausted, "later").WithDetails(&errdetails.ErrorInfo{Reason: "overloaded"}, &errdetails.RetryInfo{RetryDelay: durationpb.New(pause)})
	if err != nil {
		t.Fatal(err)
	}
	return s.Err()
}

// TestFlood: whoever is turned away comes back with the same record, and no sooner than told; what is refused for good does not; a node that is not there is passed
// over; nobody calls without a record.
func TestFlood(t *testing.T) {
	t.Parallel()
	const records, lines, pause = 60, 3, 100 * time.Millisecond
	later := busy(t, pause)
	offer, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	var mu sync.Mutex
	calls, last, acknowledged := make(map[ledger.RecordID]int), make(map[ledger.RecordID]time.Time), 0
	good := listen(t, func(_ int, envelope []byte) (*apiv1.Outcome, error) {
		var id ledger.RecordID
		copy(id[:], envelope)
		now := time.Now()
		mu.Lock()
		defer mu.Unlock()
		if before, ok := last[id]; ok && now.Sub(before) < pause {
			t.Errorf("record %x comes back after %v", envelope, now.Sub(before))
		}
		last[id] = now
		calls[id]++
		switch n := calls[id]; {
		case n == 1 && envelope[8]%5 == 0:
			return refused("more_than_holding"), nil
		case n < 3:
			return nil, later
		}
		if acknowledged++; acknowledged == records-records/5 {
			stop()
		}
		return accepted(7), nil
	})
	gone, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	gone.Close()
	stock, err := NewStock(numbered(1), records)
	if err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	tallies := make([]*Tally, lines)
	for i := range tallies {
		tallies[i] = NewTally(begun, 0, time.Hour)
	}
	f := &Flood{Stock: stock, Nodes: []string{good, gone.Addr().String()}, Lines: lines}
	offered, err := f.Run(t.Context(), offer, begun, 1e6, tallies)
	if err != nil {
		t.Fatal(err)
	}
	r := Join(tallies)
	const refusedOnes = records / 5
	want := map[string]uint64{"overloaded": 2 * (records - refusedOnes), "more_than_holding": refusedOnes, "unreachable": 1}
	if !maps.Equal(r.Errors, want) || len(r.Acks) != records-refusedOnes || r.Height != 7 || r.Open != 0 || stock.Late() != 0 {
		t.Errorf("%v, want %v; %d acknowledged, height %d, %d open, %d signed late", r.Errors, want, len(r.Acks), r.Height, r.Open, stock.Late())
	}
	if made := uint64(3*(records-refusedOnes) + refusedOnes); offered != made {
		t.Errorf("%d calls are said to be made, want %d", offered, made)
	}
	ids := slices.CompactFunc(slices.Clone(r.Acks), func(a, b Ack) bool { return a.Record == b.Record })
	if len(ids) != len(r.Acks) || r.Latency.Max() > time.Since(begun)-2*pause {
		t.Errorf("waiting of %v is not that of the last call", r.Latency.Max())
	}
}

// TestFloodRate: calls are made as they fall due, and no more.
func TestFloodRate(t *testing.T) {
	t.Parallel()
	const rate, lasts = 500.0, 400 * time.Millisecond
	at := listen(t, func(int, []byte) (*apiv1.Outcome, error) { return accepted(1), nil })
	stock, err := NewStock(numbered(1), 1000)
	if err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	offer, stop := context.WithDeadline(t.Context(), begun.Add(lasts))
	defer stop()
	tally := NewTally(begun, 0, time.Hour)
	offered, err := (&Flood{Stock: stock, Nodes: []string{at}, Lines: 1}).Run(t.Context(), offer, begun, rate, []*Tally{tally})
	if most := uint64(rate * time.Since(begun).Seconds()); err != nil || offered == 0 || offered > most || int(offered) != len(Join([]*Tally{tally}).Acks) {
		t.Errorf("%v: %d offered, at most %d were due; %d acknowledged", err, offered, most, len(Join([]*Tally{tally}).Acks))
	}
}

// TestFloodEnds: calls whose answers do not come are given up with ctx, and their outcomes are not known.
func TestFloodEnds(t *testing.T) {
	t.Parallel()
	const records = 5
	ctx, end := context.WithCancel(t.Context())
	defer end()
	at := listen(t, func(attempt int, _ []byte) (*apiv1.Outcome, error) {
		if attempt == records {
			end()
		}
		<-t.Context().Done()
		return accepted(1), nil
	})
	stock, err := NewStock(numbered(1), records)
	if err != nil {
		t.Fatal(err)
	}
	tally := NewTally(time.Now(), 0, time.Hour)
	if _, err := (&Flood{Stock: stock, Nodes: []string{at}, Lines: 1}).Run(ctx, ctx, time.Now(), 1e6, []*Tally{tally}); err != nil {
		t.Fatal(err)
	}
	if r := Join([]*Tally{tally}); r.Open != records || len(r.Acks) != 0 {
		t.Errorf("%d open, %d acknowledged", r.Open, len(r.Acks))
	}
}

// TestOfCallsAlone: over TLS the nodes are offered what our other clients offer, since that is what they are measured with.
func TestOfCallsAlone(t *testing.T) {
	t.Parallel()
	offered := make(chan []string, 1)
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{GetConfigForClient: func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		offered <- hello.SupportedProtos
		return nil, errors.New("no more is asked")
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		if c, err := l.Accept(); err == nil {
			_ = c.(*tls.Conn).Handshake()
			c.Close()
		}
	}()
	one := &calls{nodes: []string{l.Addr().String()}, tls: &tls.Config{InsecureSkipVerify: true}}
	one.connect(t.Context(), h2.Options{})
	if got := <-offered; !slices.Equal(got, alpn.OfCalls()) {
		t.Errorf("offered %q, want %q", got, alpn.OfCalls())
	}
}
