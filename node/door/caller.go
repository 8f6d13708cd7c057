package door

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"

	"github.com/ocopledger/ocop/ledger/ident"
)

// Client begins TLS on a connection to another node's peer door, where the holder of key must answer, and speaks the protocol. It is Peer.Dial for whoever
// has no door of its own, and wants to tell what failed: reaching the port, or what came after. A connection that it fails on is left to the caller.
//
// The other end judges this end's key after the handshake is over here: a refusal shows when something is read.
func Client(ctx context.Context, raw net.Conn, own tls.Certificate, protocol string, key ident.Ed25519Key) (*tls.Conn, error) {
	c := config(func() *tls.Certificate { return &own }, func(got ident.Ed25519Key) error {
		if got != key {
			return fmt.Errorf("%w: got %v, want %v", ErrKey, got, key)
		}
		return nil
	})
	c.NextProtos = []string{protocol}
	conn := tls.Client(raw, c)
	return conn, conn.HandshakeContext(ctx)
}
