package serve

import (
	"context"
	"net/http"
	"time"

	"google.golang.org/grpc/peer"
)

// mayCall asks the node whether a call's client may ask so often; package rest says whose its calls are, as gRPC does. What a proxy claims in X-Forwarded headers is
// not looked at, as anybody can claim it. Whoever calls within the process has no address, and is nobody's client.
func (s *opened) mayCall(ctx context.Context) (wait time.Duration, ok bool) {
	from, ok := peer.FromContext(ctx)
	if !ok {
		return 0, true
	}
	return s.node.Allow(from.Addr.String())
}

// mayAsk is mayCall for pages.
func (s *opened) mayAsk(r *http.Request) (wait time.Duration, ok bool) {
	return s.node.Allow(r.RemoteAddr)
}
