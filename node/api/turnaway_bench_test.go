//go:build unix

package api

import (
	"context"
	"fmt"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
	"github.com/ocopledger/ocop/proto/ocop/api/v1/apigrpc"
	"github.com/ocopledger/ocop/proto/ocop/api/v1/carries"
)

// crowded is a node without room.
type crowded struct {
	apigrpc.UnimplementedSubmitServiceServer
}

func (crowded) Submit(context.Context, *apiv1.SubmitRequest) (*apiv1.SubmitResponse, error) {
	return nil, busy(retryHint)
}

// BenchmarkTurnAway is a call of records of 310 bytes that a node without room refuses, unread and in its handler: processor time of both ends together.
func BenchmarkTurnAway(b *testing.B) {
	for _, records := range []int{1, 100, 1000} {
		for _, unread := range []bool{true, false} {
			b.Run(fmt.Sprintf("%d/unread=%v", records, unread), func(b *testing.B) {
				server := grpc.NewServer(grpc.InTapHandle(TurnAway(func(int64, int64) bool { return unread })))
				apigrpc.RegisterSubmitServiceServer(server, crowded{})
				l := listen(b)
				go func() { _ = server.Serve(l) }()
				defer server.Stop()
				conn, err := grpc.NewClient(l.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
				if err != nil {
					b.Fatal(err)
				}
				defer conn.Close()
				c := apigrpc.NewSubmitServiceClient(conn)
				q := &apiv1.SubmitRequest{Envelopes: make([][]byte, records)}
				for i := range q.Envelopes {
					q.Envelopes[i] = make([]byte, 310)
				}
				ctx := carries.Tell(b.Context(), q.Envelopes)
				used := spent(b)
				b.SetParallelism(8)
				b.ResetTimer()
				b.RunParallel(func(p *testing.PB) {
					for p.Next() {
						if _, err := c.Submit(ctx, q); status.Code(err) != codes.ResourceExhausted {
							b.Error(err)
							return
						}
					}
				})
				b.StopTimer()
				b.ReportMetric(float64((spent(b)-used).Nanoseconds())/1000/float64(b.N), "cpu-µs/op")
			})
		}
	}
}
