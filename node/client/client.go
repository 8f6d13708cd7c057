// Package client speaks to a node: the gRPC API of its public port, with what every caller needs around it.
//
// A node is one of several that hold the same ledger; nothing it says is proof by itself. Refusals and failures come back as *[Error], which
// says in Vietnamese and in English why. Submitting is safe to repeat: [Client.Submit] does so by itself when an answer is lost.
package client

import (
	"crypto/tls"
	"fmt"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/keepalive"

	"github.com/ocopledger/ocop/proto/ocop/api/v1/alpn"
	"github.com/ocopledger/ocop/proto/ocop/api/v1/apigrpc"
)

// maxMessage is the largest answer: a genesis file of 8 MiB and what is around it.
const maxMessage = 10 << 20

// Options of a connection. The zero value speaks without TLS, as a node on the same machine does.
type Options struct {
	TLS *tls.Config // nil: none
	// Dial replaces the network, for servers in the same process.
	Dial grpc.DialOption
}

// Client is a connection to a node. It is made without asking the node; calls wait for it as long as their context allows.
type Client struct {
	Records apigrpc.SubmitServiceClient
	Ledger  apigrpc.LedgerServiceClient
	Query   apigrpc.QueryServiceClient
	Proofs  apigrpc.ProofServiceClient
	Blobs   apigrpc.BlobServiceClient

	conn    *grpc.ClientConn
	address string
}

// New connects to host:port.
func New(address string, o Options) (*Client, error) {
	c := &Client{address: address}
	transport := insecure.NewCredentials()
	if o.TLS != nil {
		config := o.TLS.Clone()
		config.NextProtos = alpn.OfCalls()
		transport = credentials.NewTLS(config)
	}
	options := []grpc.DialOption{
		grpc.WithTransportCredentials(transport),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxMessage)),
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: 5 * time.Minute, Timeout: 20 * time.Second}),
		grpc.WithChainUnaryInterceptor(c.unaryErrors),
	}
	if o.Dial != nil {
		options = append(options, o.Dial)
	}
	conn, err := grpc.NewClient("passthrough:///"+address, options...)
	if err != nil {
		return nil, fmt.Errorf("node %s: %w", address, err)
	}
	c.conn = conn
	c.Records = apigrpc.NewSubmitServiceClient(conn)
	c.Ledger = apigrpc.NewLedgerServiceClient(conn)
	c.Query = apigrpc.NewQueryServiceClient(conn)
	c.Proofs = apigrpc.NewProofServiceClient(conn)
	c.Blobs = apigrpc.NewBlobServiceClient(conn)
	return c, nil
}

// Address is where the node is.
func (c *Client) Address() string { return c.address }

// Close ends the connection.
func (c *Client) Close() error { return c.conn.Close() }
