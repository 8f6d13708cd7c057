package api

import (
	"context"

	"google.golang.org/grpc"
	"google.golang.org/grpc/tap"

	"github.com/ocopledger/ocop/proto/ocop/api/v1/apigrpc"
)

// TurnAway has calls to Submit refused before anything is done for them, their message unread, while there is no room for them: as Submit itself would refuse them,
// for a fifth of what that takes. What a node spends on callers whom it cannot serve is missing to those whom it can; with ten callers for each that it has room for, the
// refusals of Submit took nearly all of it. full is asked by the goroutine that reads the caller's connection, and must not wait.
//
// Calls over TLS come through net/http, which has no such place, and are turned away by Submit. Who would be content with a promise is turned away as well: a node
// that cannot take calls is to promise nothing.
func TurnAway(full func() bool) grpc.ServerOption {
	refusal := busy(retryHint)
	return grpc.InTapHandle(func(ctx context.Context, info *tap.Info) (context.Context, error) {
		if info.FullMethodName == apigrpc.SubmitService_Submit_FullMethodName && full() {
			return ctx, refusal
		}
		return ctx, nil
	})
}
