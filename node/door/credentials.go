package door

import (
	"context"
	"crypto/tls"
	"errors"
	"net"

	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/peer"

	"github.com/ocopledger/ocop/ledger/ident"
)

// Identity is what gRPC handlers learn about the other end of a peer connection.
type Identity struct {
	credentials.CommonAuthInfo
	Key ident.Ed25519Key
}

// AuthType implements credentials.AuthInfo.
func (Identity) AuthType() string { return "ocop-pinned-tls" }

// FromContext is the TLS key of the peer that called a gRPC handler.
func FromContext(ctx context.Context) (ident.Ed25519Key, bool) {
	p, ok := peer.FromContext(ctx)
	if !ok {
		return ident.Ed25519Key{}, false
	}
	id, ok := p.AuthInfo.(Identity)
	return id.Key, ok
}

// Credentials are gRPC transport credentials over connections whose TLS handshake is done: those of the peer door and of Dial.
func Credentials() credentials.TransportCredentials { return finished{} }

type finished struct{}

var errNotTLS = errors.New("connection did not come through the peer door")

func (finished) ServerHandshake(c net.Conn) (net.Conn, credentials.AuthInfo, error) {
	conn, ok := c.(*tls.Conn)
	if !ok {
		return nil, nil, errNotTLS
	}
	state := conn.ConnectionState()
	key, err := KeyOf(&state)
	if err != nil {
		return nil, nil, err
	}
	return c, Identity{credentials.CommonAuthInfo{SecurityLevel: credentials.PrivacyAndIntegrity}, key}, nil
}

func (f finished) ClientHandshake(_ context.Context, _ string, c net.Conn) (net.Conn, credentials.AuthInfo, error) {
	return f.ServerHandshake(c)
}

func (finished) Info() credentials.ProtocolInfo {
	return credentials.ProtocolInfo{SecurityProtocol: "tls"}
}
func (f finished) Clone() credentials.TransportCredentials { return f }
func (finished) OverrideServerName(string) error           { return nil }
