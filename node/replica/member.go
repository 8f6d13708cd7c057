package replica

import (
	"context"
	"net"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/ident"
)

// Member is a validator as its peers know it, from the ledger.
type Member struct {
	ID      string // raft server id: agency and incarnation, "12-1"
	Agency  ledger.AccountID
	Address string           // host:port of its peer door
	Key     ident.Ed25519Key // its TLS key
}

// Directory is who the validators are now. It is asked for each message, so that a removal takes effect at once.
type Directory interface {
	ByKey(ident.Ed25519Key) (Member, bool)
	ByID(id string) (Member, bool)
}

// Stream carries raft's connections. Both ends have proved to hold a TLS key; whether it is a validator's is said by the directory.
type Stream interface {
	// Accept waits for a connection and names the key of its other end.
	Accept() (net.Conn, ident.Ed25519Key, error)
	// Dial connects to an address where the holder of the key must answer.
	Dial(ctx context.Context, address string, key ident.Ed25519Key) (net.Conn, error)
	// Close ends Accept.
	Close() error
}
