package sync

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"iter"
	"net"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/status"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
	"github.com/ocopledger/ocop/proto/ocop/api/v1/alpn"
	"github.com/ocopledger/ocop/proto/ocop/api/v1/apigrpc"
)

// Bounds of an answer over gRPC.
const (
	maxAnswer = 4 << 20 // a run of leaves has 1 MiB and a leaf at most, a head 4 KiB for each handover
	maxHashes = 64      // of a path or a consistency proof, twice what the largest log needs in one
)

// Remote is a node's public door.
type Remote struct {
	address string
	conn    *grpc.ClientConn
	log     apigrpc.LedgerServiceClient
	proofs  apigrpc.ProofServiceClient
}

// Dial makes a source of a node's public door, host:port. It connects when it is first used, and again when the connection is lost. The door may be with TLS
// or without, and its certificate may be any: the data verifies itself, and there is nothing to keep secret. Close ends it.
func Dial(address string) (*Remote, error) {
	if _, _, err := net.SplitHostPort(address); err != nil {
		return nil, fmt.Errorf("source %q is not host:port: %w", address, err)
	}
	r := &Remote{address: address}
	conn, err := grpc.NewClient("passthrough:///"+address,
		grpc.WithContextDialer(r.dial),
		grpc.WithTransportCredentials(insecure.NewCredentials()), // TLS, if there is any, is under the connection
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxAnswer)),
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: 5 * time.Minute, Timeout: 20 * time.Second}),
		grpc.WithConnectParams(reconnect()),
	)
	if err != nil {
		return nil, fmt.Errorf("source %s: %w", address, err)
	}
	r.conn, r.log, r.proofs = conn, apigrpc.NewLedgerServiceClient(conn), apigrpc.NewProofServiceClient(conn)
	return r, nil
}

// reconnect: who fails is left alone by the follower, and then asked at once.
func reconnect() grpc.ConnectParams {
	p := grpc.ConnectParams{MinConnectTimeout: 3 * handshake}
	p.Backoff.BaseDelay, p.Backoff.Multiplier, p.Backoff.Jitter, p.Backoff.MaxDelay = 50*time.Millisecond, 1.6, 0.2, time.Second
	return p
}

// handshake bounds how long a door has to show that it speaks TLS.
const handshake = 3 * time.Second

// dial connects with TLS, or without if the door speaks none. Whoever is between could have it either way, and gains nothing.
func (r *Remote) dial(ctx context.Context, _ string) (net.Conn, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", r.address)
	if err != nil {
		return conn, err
	}
	secure := tls.Client(conn, &tls.Config{InsecureSkipVerify: true, NextProtos: alpn.OfCalls(), MinVersion: tls.VersionTLS12}) //nolint:gosec // see Dial
	limited, stop := context.WithTimeout(ctx, handshake)
	defer stop()
	if err := secure.HandshakeContext(limited); err == nil {
		return secure, nil
	}
	conn.Close()
	return d.DialContext(ctx, "tcp", r.address)
}

// Conn is the connection, for other services of the door.
func (r *Remote) Conn() grpc.ClientConnInterface { return r.conn }

// Close ends the connection.
func (r *Remote) Close() error { return r.conn.Close() }

// Name implements Source.
func (r *Remote) Name() string { return r.address }

// Head implements Source. The node waits for the block after a height to be certified, and says so when that does not happen in half a minute.
func (r *Remote) Head(ctx context.Context, above uint64, pinned uint32) (*Claim, error) {
	q := &apiv1.GetCheckpointRequest{PinnedEpoch: &pinned}
	if above > 0 {
		q.MinHeight = above + 1
	}
	a, err := r.proofs.GetCheckpoint(ctx, q)
	if err != nil && above > 0 && reasonOf(err) == notReached {
		q.MinHeight = 0
		a, err = r.proofs.GetCheckpoint(ctx, q)
	}
	if err != nil {
		return nil, failure(err)
	}
	return claimOf(a)
}

func claimOf(a *apiv1.GetCheckpointResponse) (c *Claim, err error) {
	c = &Claim{Seal: a.GetSeal()}
	if c.Signed, err = checkpoint.Parse(a.GetCheckpoint()); err != nil {
		return nil, fault(Malformed, err)
	}
	if c.Path, err = hashesOf(a.GetPath()); err != nil {
		return nil, err
	}
	for _, file := range a.GetHandovers() {
		h, err := checkpoint.ParseHandover(file)
		if err != nil {
			return nil, fault(Malformed, fmt.Errorf("handover: %w", err))
		}
		c.Handovers = append(c.Handovers, h)
	}
	return c, nil
}

// Consistency implements Source.
func (r *Remote) Consistency(ctx context.Context, older, newer uint64) ([]ledger.Hash, error) {
	a, err := r.proofs.GetConsistency(ctx, &apiv1.GetConsistencyRequest{OldSize: older, NewSize: newer})
	if err != nil {
		return nil, failure(err)
	}
	return hashesOf(a.GetHashes())
}

func hashesOf(all [][]byte) ([]ledger.Hash, error) {
	if len(all) > maxHashes {
		return nil, fault(Malformed, fmt.Errorf("%d hashes", len(all)))
	}
	out := make([]ledger.Hash, len(all))
	for i, h := range all {
		if len(h) != len(out[i]) {
			return nil, fault(Malformed, fmt.Errorf("hash %d has %d bytes", i, len(h)))
		}
		out[i] = ledger.Hash(h)
	}
	return out, nil
}

// Leaves implements Source.
func (r *Remote) Leaves(ctx context.Context, from uint64) iter.Seq2[Run, error] {
	return func(yield func(Run, error) bool) {
		ctx, stop := context.WithCancel(ctx)
		defer stop()
		stream, err := r.log.StreamLeaves(ctx, &apiv1.StreamLeavesRequest{From: from, Follow: true})
		for err == nil {
			var m *apiv1.StreamLeavesResponse
			if m, err = stream.Recv(); err == nil && !yield(Run{m.GetFirst(), m.GetLeaves()}, nil) {
				return
			}
		}
		if !errors.Is(err, io.EOF) {
			yield(Run{}, failure(err))
		}
	}
}

// Reasons of the API that mean something here.
const (
	notReached = "height_not_reached"
	madeRoom   = "made_room"
)

func reasonOf(err error) string {
	for _, detail := range status.Convert(err).Details() {
		if info, ok := detail.(*errdetails.ErrorInfo); ok {
			return info.GetReason()
		}
	}
	return ""
}

// failure sorts what a node answers instead of an answer.
func failure(err error) error {
	switch status.Code(err) {
	case codes.ResourceExhausted:
		if reasonOf(err) != "" {
			return fault(Busy, err)
		}
		return fault(Malformed, err) // gRPC itself: a message larger than any honest one
	case codes.DeadlineExceeded:
		return fault(Slow, err)
	case codes.Unavailable:
		switch reasonOf(err) {
		case notReached:
			return fault(Empty, err)
		case madeRoom:
			return fault(Busy, err)
		}
		return fault(Unreachable, err)
	case codes.InvalidArgument, codes.OutOfRange, codes.NotFound, codes.FailedPrecondition:
		return fault(Empty, err) // it is behind what is asked for
	}
	return fault(Unreachable, err)
}

var _ Source = (*Remote)(nil)
