//go:build unix

package receive_test

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"syscall"
	"testing"
	"time"

	"google.golang.org/grpc"

	"github.com/ocopledger/ocop/node/door"
	"github.com/ocopledger/ocop/node/receive"
	"github.com/ocopledger/ocop/proto/ocop/api/v1/apigrpc"
)

// BenchmarkSubmit is a call that brings an envelope, through a door without TLS, 64 at a time: received by gRPC alone, and within the room's bounds. Processor time of both
// ends together.
func BenchmarkSubmit(b *testing.B) {
	for _, size := range []int{400, 40_000, 400_000} {
		for _, way := range []string{"alone", "bounded"} {
			b.Run(fmt.Sprintf("%d/%s", size, way), func(b *testing.B) {
				n := &network{t: b}
				if way == "bounded" {
					n = serve(b, "", receive.Options{Bytes: 256 << 20, Within: time.Minute})
				} else {
					n.address = alone(b)
				}
				client := n.client()
				q, _ := request(size)
				used := processor(b)
				b.SetParallelism(32)
				b.ResetTimer()
				b.RunParallel(func(p *testing.PB) {
					for p.Next() {
						if _, err := client.Submit(context.Background(), q); err != nil {
							b.Error(err)
							return
						}
					}
				})
				b.StopTimer()
				b.ReportMetric(float64((processor(b)-used).Nanoseconds())/1000/float64(b.N), "cpu-µs/op")
			})
		}
	}
}

// alone is a door whose gRPC server receives by itself.
func alone(b *testing.B) string {
	b.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	s := grpc.NewServer(grpc.MaxConcurrentStreams(256), grpc.StaticStreamWindowSize(1<<20), grpc.StaticConnWindowSize(4<<20))
	apigrpc.RegisterSubmitServiceServer(s, counter{})
	p := door.NewPublic(l, nil, s, http.NotFoundHandler(), slog.New(slog.DiscardHandler))
	b.Cleanup(func() {
		ended, cancel := context.WithCancel(context.Background())
		cancel()
		if err := p.Close(ended); err != nil {
			b.Error(err)
		}
	})
	return l.Addr().String()
}

func processor(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
