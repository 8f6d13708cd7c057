package peer_test

import (
	"context"
	"errors"
	"net"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/node/peer"
	peerv1 "github.com/ocopledger/ocop/proto/ocop/peer/v1"
	"github.com/ocopledger/ocop/proto/ocop/peer/v1/peergrpc"
)

// TestCosignatures: one call takes them one after the other, says why it ended, and is made anew.
func TestCosignatures(t *testing.T) {
	l := &leader{}
	c := pair(t, l, true)
	w := c.Cosigning()
	defer w.Close()
	var sent []peer.Cosignature
	for range 3 {
		two := []peer.Cosignature{cosignature(1), cosignature(2)}
		if err := w.Send(t.Context(), two); err != nil {
			t.Fatal(err)
		}
		sent = append(sent, two...)
	}
	if err := w.End(t.Context()); err != nil || !reflect.DeepEqual(l.cosigned, sent) || !slices.Equal(l.from, []ledger.AccountID{7, 7, 7}) {
		t.Fatalf("%+v from %v, %v", l.cosigned, l.from, err)
	}
	for name, bad := range map[string][]peer.Cosignature{"none": nil, "too many": make([]peer.Cosignature, peer.MaxCosign+1)} {
		if err := w.Send(t.Context(), bad); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err := w.End(t.Context()); status.Code(err) != codes.InvalidArgument {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := w.End(t.Context()); err != nil { // of no call
		t.Error(err)
	}
	if len(l.cosigned) != len(sent) {
		t.Errorf("%d cosignatures reached the node", len(l.cosigned))
	}
}

// TestCosigningGoesOn: a call that the other side has ended is made again for what comes next. What is sent until that is known may be lost.
func TestCosigningGoesOn(t *testing.T) {
	l := &leader{}
	w := pair(t, l, true).Cosigning()
	defer w.Close()
	taken := func() int {
		l.mu.Lock()
		defer l.mu.Unlock()
		return len(l.cosigned)
	}
	ctx, cancel := context.WithTimeout(t.Context(), deadline)
	defer cancel()
	for range 3 {
		if err := w.Send(ctx, nil); err != nil { // none is refused, and the call ended
			t.Fatal(err)
		}
		for before := taken(); taken() == before; runtime.Gosched() {
			if err := errors.Join(ctx.Err(), w.Send(ctx, []peer.Cosignature{cosignature(1)})); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// TestDrained: a server is stopped without waiting for those who keep calls open, and nothing is with the handler afterwards.
func TestDrained(t *testing.T) {
	l := &leader{}
	v := dial(t, l, true)
	w := v.client.Cosigning()
	defer w.Close()
	if err := w.Send(t.Context(), []peer.Cosignature{cosignature(1)}); err != nil {
		t.Fatal(err)
	}
	v.service.Drain()
	v.server.GracefulStop() // hangs until the test's end when the call stays
	v.service.Wait()
	if err := w.End(t.Context()); status.Code(err) != codes.Unavailable {
		t.Error(err)
	}
}

// TestCosignatureIsNotWaitedForLonger: a validator that takes in nothing holds up its sender until the sender's time is over, and not what is sent afterwards.
func TestCosignatureIsNotWaitedForLonger(t *testing.T) {
	l := &leader{stuck: make(chan struct{})}
	c := pair(t, l, true)
	w := c.Cosigning()
	defer w.Close()
	full := make([]peer.Cosignature, peer.MaxCosign)
	for i := range full {
		full[i] = cosignature(uint64(i))
	}
	ctx, cancel := context.WithCancel(t.Context())
	sent := make(chan error, 1)
	go func() {
		var err error
		for err == nil {
			err = w.Send(ctx, full)
		}
		sent <- err
	}()
	<-l.stuck // the handler has the first ones, and more come until there is no room
	cancel()
	if err := <-sent; err == nil {
		t.Error("sent for ever")
	}
	l.stuck <- struct{}{}
	if err := w.Send(t.Context(), []peer.Cosignature{cosignature(1)}); err != nil {
		t.Error(err)
	}
	if err := w.End(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestMalformedCosignatures: what a peer says is bounded before anybody looks at it.
func TestMalformedCosignatures(t *testing.T) {
	l := &leader{}
	wire := bufconn.Listen(1 << 20)
	s := grpc.NewServer(peer.ServerOptions()...)
	peer.Register(s, l, func(context.Context) (ledger.AccountID, bool) { return 7, true })
	serving := make(chan error, 1)
	go func() { serving <- s.Serve(wire) }()
	conn, err := grpc.NewClient("passthrough:///peer", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return wire.DialContext(ctx) }))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { conn.Close(); s.Stop(); <-serving }()
	good := func() *peerv1.Cosignature {
		m := &peerv1.Cosignature{Size: 1, Root: make([]byte, 32), Time: 1, Signature: make([]byte, 64), LogSignature: make([]byte, 64)}
		for range ledger.MaxWitnesses {
			m.Witnesses = append(m.Witnesses, &peerv1.Witness{Name: strings.Repeat("w", ident.MaxNoteName), Time: 1, Signature: make([]byte, 64)})
		}
		return m
	}
	for name, spoil := range map[string]func(*peerv1.Cosignature){
		"":              func(*peerv1.Cosignature) {},
		"root":          func(c *peerv1.Cosignature) { c.Root = c.Root[1:] },
		"time":          func(c *peerv1.Cosignature) { c.Time = 1 << 63 },
		"signature":     func(c *peerv1.Cosignature) { c.Signature = nil },
		"log signature": func(c *peerv1.Cosignature) { c.LogSignature = c.LogSignature[:63] },
		"witnesses":     func(c *peerv1.Cosignature) { c.Witnesses = append(c.Witnesses, c.Witnesses[0]) },
		"its name":      func(c *peerv1.Cosignature) { c.Witnesses[7].Name += "w" },
		"its time":      func(c *peerv1.Cosignature) { c.Witnesses[7].Time = 1 << 63 },
		"its signature": func(c *peerv1.Cosignature) { c.Witnesses[7].Signature = c.Witnesses[7].Signature[:63] },
	} {
		m := good()
		spoil(m)
		want := codes.InvalidArgument
		if name == "" {
			want = codes.OK
		}
		call, err := peergrpc.NewPeerServiceClient(conn).Cosign(t.Context())
		if err == nil {
			err = call.Send(&peerv1.CosignRequest{Cosignatures: []*peerv1.Cosignature{good(), m}})
		}
		if err != nil {
			t.Fatal(err)
		}
		if _, err := call.CloseAndRecv(); status.Code(err) != want {
			t.Errorf("%s: %v", name, err)
		}
	}
	if len(l.cosigned) != 2 {
		t.Errorf("%d cosignatures reached the node", len(l.cosigned))
	}
}
