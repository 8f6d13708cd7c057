package node

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"testing"
	"time"

	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/node/door"
)

// TestContactKinds makes real failures to connect and looks at what they are called.
func TestContactKinds(t *testing.T) {
	t.Parallel()
	certificate := func(seed byte) tls.Certificate {
		c, err := door.Certificate(privateKey(t, seed))
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	listening := listen(t, "127.0.0.1:0")
	server := door.NewPeer(listening, func() []tls.Certificate { return []tls.Certificate{certificate(1)} }, func(ident.Ed25519Key) bool { return true }, discard())
	defer server.Close()
	client := door.NewPeer(listen(t, "127.0.0.1:0"), func() []tls.Certificate { return []tls.Certificate{certificate(2)} }, func(ident.Ed25519Key) bool { return true }, discard())
	defer client.Close()
	gone := listen(t, "127.0.0.1:0")
	gone.Close()
	silent := listen(t, "127.0.0.1:0") // takes connections and says nothing
	defer silent.Close()

	for _, c := range []struct {
		want, address string
		key           byte
	}{
		{contactRefused, gone.Addr().String(), 1},
		{contactKey, listening.Addr().String(), 3},
		{contactTimeout, silent.Addr().String(), 1},
		{contactNetwork, "host.invalid.:1", 1},
		{contactCall, listening.Addr().String(), 1},
	} {
		ctx, cancel := context.WithTimeout(context.Background(), deadline)
		if c.want == contactTimeout {
			ctx, cancel = context.WithTimeout(ctx, 50*time.Millisecond)
		}
		var reached contact
		conn, err := reached.dialed(client.Dial(ctx, c.address, door.ProtocolGRPC, privateKey(t, c.key).Public()))
		cancel()
		if (err == nil) != (c.want == contactCall) {
			t.Fatalf("%s: %v", c.want, err)
		}
		if conn != nil {
			conn.Close()
		}
		now := time.Unix(7, 0)
		reached.failed(errors.New("unavailable"), now)
		var s PeerStatus
		reached.tell(&s)
		if s.Errors[c.want] != 1 || len(s.Errors) != 1 || s.Error == "" || !s.ErrorAt.Equal(now) || (s.Error == "unavailable") != (c.want == contactCall) {
			t.Errorf("%s: %+v (%v)", c.want, s, err)
		}
		reached.answered(time.Millisecond)
		s = PeerStatus{}
		if reached.tell(&s); s.Error != "" || s.RoundTrip != time.Millisecond || s.Errors[c.want] != 1 {
			t.Errorf("%s, after an answer: %+v", c.want, s)
		}
	}
	refused := fmt.Errorf("handshake: %w", &net.OpError{Op: "remote error", Err: errors.New("tls: bad certificate")})
	if got := contactKind(refused); got != contactKey {
		t.Errorf("an alert of the other end is called %s", got)
	}
}

func privateKey(t *testing.T, seed byte) *ident.Ed25519PrivateKey {
	t.Helper()
	key, err := ident.NewEd25519PrivateKey(append(make([]byte, 31), seed))
	if err != nil {
		t.Fatal(err)
	}
	return key
}
