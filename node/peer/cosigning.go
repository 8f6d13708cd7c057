package peer

import (
	"context"
	"errors"
	"io"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	peerv1 "github.com/ocopledger/ocop/proto/ocop/peer/v1"
)

// Cosigning hands a validator cosignatures in one call that stays open. For a record that comes alone there are six of them, and an answer to each, with all that goes with
// a call of its own, cost the nodes a fifth of what the record did. Nothing is lost without answers: whether a cosignature has arrived shows when the validator is asked where it
// stands. One goroutine uses it.
type Cosigning struct {
	client *Client
	stream grpc.ClientStreamingClient[peerv1.CosignRequest, peerv1.CosignResponse] // nil: the call is to be made
	cancel context.CancelFunc                                                      // ends the call
}

// Cosigning begins to hand out cosignatures. The call is made with the first, and again when it has ended.
func (c *Client) Cosigning() *Cosigning { return &Cosigning{client: c} }

// Send hands on cosignatures, 1 to MaxCosign. It returns when they are on their way, and may be lost there. A validator that takes in nothing is waited for until ctx
// ends. The error may be of those that were sent before.
func (s *Cosigning) Send(ctx context.Context, signatures []Cosignature) error {
	q := &peerv1.CosignRequest{Cosignatures: make([]*peerv1.Cosignature, len(signatures))}
	for i := range signatures {
		q.Cosignatures[i] = cosignatureTo(&signatures[i])
	}
	kept := s.stream != nil
	err := s.send(ctx, q)
	if err != nil && kept && ctx.Err() == nil { // the call may have ended unnoticed, as when the validator was started anew
		err = s.send(ctx, q)
	}
	return err
}

func (s *Cosigning) send(ctx context.Context, q *peerv1.CosignRequest) error {
	var lasting context.Context
	if s.stream == nil {
		lasting, s.cancel = context.WithCancel(s.client.ctx)
	}
	defer context.AfterFunc(ctx, s.cancel)()
	if s.stream == nil {
		stream, err := s.client.service.Cosign(lasting)
		if err != nil {
			s.Close()
			return err
		}
		s.stream = stream
	}
	err := s.stream.Send(q)
	if err == nil {
		return nil
	}
	if errors.Is(err, io.EOF) { // the validator has ended the call, and says why
		if _, err = s.stream.CloseAndRecv(); err == nil {
			err = io.EOF
		}
	}
	s.Close()
	return err
}

// End ends the call and waits until the validator has taken all that was sent. Otherwise the error is a gRPC status that says why it did not.
func (s *Cosigning) End(ctx context.Context) error {
	if s.stream == nil {
		return nil
	}
	defer s.Close()
	defer context.AfterFunc(ctx, s.cancel)()
	_, err := s.stream.CloseAndRecv()
	return err
}

// Close ends the call at once. What is on its way may be lost.
func (s *Cosigning) Close() {
	if s.cancel != nil {
		s.cancel()
	}
	s.stream, s.cancel = nil, nil
}

// Cosign implements the service. Its call lasts until the sender ends it or goes, or the service is drained: gRPC itself would wait for the sender.
func (s *server) Cosign(stream grpc.ClientStreamingServer[peerv1.CosignRequest, peerv1.CosignResponse]) error {
	ended := make(chan error, 1)
	s.receiving.Go(func() { ended <- s.receive(stream) })
	select {
	case err := <-ended:
		if !errors.Is(err, io.EOF) {
			return err
		}
		return stream.SendAndClose(&peerv1.CosignResponse{})
	case <-s.draining:
		return status.Error(codes.Unavailable, "this node stops")
	}
}

// receive takes cosignatures until the call ends. Who sends them is asked each time: a validator may be none any more, or have another key.
func (s *server) receive(stream grpc.ClientStreamingServer[peerv1.CosignRequest, peerv1.CosignResponse]) error {
	for {
		q, err := stream.Recv()
		if err != nil {
			return err
		}
		from, ok := s.identify(stream.Context())
		if !ok {
			return status.Error(codes.PermissionDenied, stranger)
		}
		if n := len(q.Cosignatures); n == 0 || n > MaxCosign {
			return status.Errorf(codes.InvalidArgument, "%d cosignatures, want 1 to %d", n, MaxCosign)
		}
		signatures := make([]Cosignature, len(q.Cosignatures))
		for i, m := range q.Cosignatures {
			if signatures[i], err = cosignatureFrom(m); err != nil {
				return status.Errorf(codes.InvalidArgument, "cosignature %d: %v", i, err)
			}
		}
		s.handler.Cosigned(from, signatures)
	}
}
