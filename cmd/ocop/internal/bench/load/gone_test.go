package load

import (
	"context"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc"

	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
	"github.com/ocopledger/ocop/proto/ocop/api/v1/apigrpc"
)

// nobody is an address that nothing listens at, and whose port no other test is given meanwhile.
const nobody = "127.0.0.1:1"

// TestCallersPassOver: of a node that is not there every caller is told, once, and all go on at the next one.
func TestCallersPassOver(t *testing.T) {
	t.Parallel()
	const callers = 50
	ctx, end := context.WithTimeout(t.Context(), deadline)
	defer end()
	offer, stop := context.WithCancel(ctx)
	defer stop()
	var served atomic.Int64
	good := listen(t, func(int, []byte) (*apiv1.Outcome, error) {
		if served.Add(1) == callers {
			stop()
		}
		return accepted(1), nil
	})
	stock, err := NewStock(numbered(1), 0)
	if err != nil {
		t.Fatal(err)
	}
	tally := NewTally(time.Now(), 0, time.Hour)
	if err := (&Callers{Stock: stock, Nodes: []string{nobody, good}}).Run(ctx, offer, 0, callers, tally); err != nil {
		t.Fatal(err)
	}
	r := Join([]*Tally{tally})
	if len(r.Acks) < callers || r.Open != 0 || r.Errors["unreachable"] != callers || len(r.Errors) != 1 {
		t.Errorf("%d acknowledged, %d open, %v", len(r.Acks), r.Open, r.Errors)
	}
}

// TestCallersWaitForNode: while the only node is gone every caller is counted for each attempt that came to nothing; when it is back all of them go on.
func TestCallersWaitForNode(t *testing.T) {
	t.Parallel()
	const callers, attempts = 60, 3
	ctx, end := context.WithTimeout(t.Context(), deadline)
	defer end()
	offer, stop := context.WithCancel(ctx)
	defer stop()
	serve := func(l net.Listener, answer func(int, []byte) (*apiv1.Outcome, error)) *grpc.Server {
		server := grpc.NewServer()
		apigrpc.RegisterSubmitServiceServer(server, &node{answer: answer})
		go func() { _ = server.Serve(l) }()
		t.Cleanup(server.Stop)
		return server
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var called, served atomic.Int64
	all := make(chan struct{})
	first := serve(l, func(int, []byte) (*apiv1.Outcome, error) {
		if called.Add(1) == callers {
			close(all)
		}
		<-ctx.Done() // nobody is answered before the node goes
		return accepted(1), nil
	})
	stock, err := NewStock(numbered(1), 0)
	if err != nil {
		t.Fatal(err)
	}
	tally := NewTally(time.Now(), 0, time.Hour)
	run := make(chan error, 1)
	go func() {
		run <- (&Callers{Stock: stock, Nodes: []string{l.Addr().String()}}).Run(ctx, offer, 0, callers, tally)
	}()
	select {
	case <-all:
	case <-ctx.Done():
		t.Fatal("not everybody called")
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	go first.Stop() // it waits for its calls, and their connections are cut at once
	counted := func() uint64 {
		tally.mu.Lock()
		defer tally.mu.Unlock()
		return tally.errs["unreachable"]
	}
	for counted() < callers*(1+attempts) { // the call that was lost, and the attempts afterwards
		if wait(ctx, time.Millisecond) != nil {
			t.Fatalf("%d attempts counted, want %d", counted(), callers*(1+attempts))
		}
	}
	back, err := net.Listen("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	serve(back, func(int, []byte) (*apiv1.Outcome, error) {
		if served.Add(1) == callers {
			stop()
		}
		return accepted(2), nil
	})
	if err := <-run; err != nil {
		t.Fatal(err)
	}
	r := Join([]*Tally{tally})
	if len(r.Acks) < callers || r.Open != 0 || len(r.Errors) != 1 {
		t.Errorf("%d acknowledged, %d open, %v", len(r.Acks), r.Open, r.Errors)
	}
}

// TestCallersEndWithoutNode: who never finds a node ends with the offering, and does not wait for what is settled afterwards.
func TestCallersEndWithoutNode(t *testing.T) {
	t.Parallel()
	const callers = 4
	ctx, end := context.WithTimeout(t.Context(), deadline)
	defer end()
	offer, stop := context.WithCancel(ctx)
	stop()
	stock, err := NewStock(numbered(1), 0)
	if err != nil {
		t.Fatal(err)
	}
	tally := NewTally(time.Now(), 0, time.Hour)
	if err := (&Callers{Stock: stock, Nodes: []string{nobody}}).Run(ctx, offer, 0, callers, tally); err != nil {
		t.Fatal(err)
	}
	if r := Join([]*Tally{tally}); ctx.Err() != nil || r.Open != 0 || len(r.Acks) != 0 {
		t.Errorf("%v, %d open, %d acknowledged", ctx.Err(), r.Open, len(r.Acks))
	}
}
