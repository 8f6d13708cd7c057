//go:build unix

package peer_test

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"log/slog"
	"net"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"google.golang.org/grpc"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/node/door"
	"github.com/ocopledger/ocop/node/peer"
)

// The benchmarks measure the processor time of both ends together, over the peer door as validators have it: TCP and TLS 1.3.

// willing is a validator that orders whatever it is handed.
type willing struct{ fates []peer.Fate }

func (w willing) Order(_ context.Context, _ ledger.AccountID, envelopes [][]byte, _ peer.Care) []peer.Fate {
	return w.fates[:len(envelopes)]
}
func (willing) Standing(ledger.AccountID, peer.Question) peer.Standing { return peer.Standing{} }
func (willing) Cosigned(ledger.AccountID, []peer.Cosignature)          {}
func (willing) Evidence(string) []byte                                 { return nil }

// neighbour is a client of such a validator.
func neighbour(b *testing.B) *peer.Client {
	b.Helper()
	var keys [2]*ident.Ed25519PrivateKey
	var doors [2]*door.Peer
	var address string
	for i := range doors {
		key, err := ident.GenerateEd25519(rand.Reader)
		if err != nil {
			b.Fatal(err)
		}
		certificate, err := door.Certificate(key)
		if err != nil {
			b.Fatal(err)
		}
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			b.Fatal(err)
		}
		own := []tls.Certificate{certificate}
		doors[i] = door.NewPeer(l, func() []tls.Certificate { return own }, func(ident.Ed25519Key) bool { return true }, slog.New(slog.DiscardHandler))
		keys[i], address = key, l.Addr().String()
	}
	s := grpc.NewServer(append(peer.ServerOptions(), grpc.Creds(door.Credentials()))...)
	fates := slices.Repeat([]peer.Fate{{Ordered: true}}, peer.MaxForward)
	peer.Register(s, willing{fates}, func(context.Context) (ledger.AccountID, bool) { return 7, true })
	serving := make(chan error, 1)
	go func() { serving <- s.Serve(doors[1].GRPC()) }()
	c, err := peer.NewClient(peer.Options{
		Dial: func(ctx context.Context) (net.Conn, error) {
			return doors[0].Dial(ctx, address, door.ProtocolGRPC, keys[1].Public())
		},
		Credentials: door.Credentials(), Limit: time.Minute,
	})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		c.Close()
		s.Stop()
		<-serving
		for _, d := range doors {
			d.Close()
		}
	})
	if _, err := c.Standing(b.Context(), peer.Question{}); err != nil { // connected
		b.Fatal(err)
	}
	return c
}

// processor is the processor time of this process, the collection of its garbage included.
func processor(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkForward hands records of 400 bytes to the validator that leads, and takes their fates: a full draft of one caller, and one record each of 64 callers, which
// travel together as they come.
func BenchmarkForward(b *testing.B) {
	for _, v := range []struct {
		name             string
		callers, records int
	}{{"draft", 1, peer.MaxForward}, {"single records", 64, 1}} {
		b.Run(v.name, func(b *testing.B) {
			c := neighbour(b)
			envelopes := slices.Repeat([][]byte{make([]byte, 400)}, v.records)
			used := processor(b)
			b.ResetTimer()
			var all sync.WaitGroup
			for k := range v.callers {
				all.Go(func() {
					for i := k; i < b.N; i += v.callers {
						if fates, err := c.Forward(b.Context(), envelopes, peer.Care{}); err != nil || !fates[v.records-1].Ordered {
							b.Errorf("%v", err)
							return
						}
					}
				})
			}
			all.Wait()
			b.StopTimer()
			b.ReportMetric(float64((processor(b)-used).Nanoseconds())/1000/float64(b.N*v.records), "cpu-µs/record")
		})
	}
}

// BenchmarkCosigning hands one cosignature after the other to a validator, until it has taken the last.
func BenchmarkCosigning(b *testing.B) {
	w := neighbour(b).Cosigning()
	defer w.Close()
	one := []peer.Cosignature{cosignature(2)}
	one[0].Log, one[0].Witnesses = nil, nil
	used := processor(b)
	for b.Loop() {
		if err := w.Send(b.Context(), one); err != nil {
			b.Fatal(err)
		}
	}
	if err := w.End(b.Context()); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64((processor(b)-used).Nanoseconds())/1000/float64(b.N), "cpu-µs/cosignature")
}

// BenchmarkStanding asks a validator where it stands.
func BenchmarkStanding(b *testing.B) {
	c := neighbour(b)
	used := processor(b)
	for b.Loop() {
		if _, err := c.Standing(b.Context(), peer.Question{}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64((processor(b)-used).Nanoseconds())/1000/float64(b.N), "cpu-µs/op")
}
