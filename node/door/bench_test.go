//go:build unix

package door_test

import (
	"context"
	"crypto/tls"
	"io"
	"log/slog"
	"net/http"
	"syscall"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"

	"github.com/ocopledger/ocop/node/door"
	"github.com/ocopledger/ocop/proto/ocop/api/v1/alpn"
)

// The benchmarks measure the processor time of both ends together.

// processor is the processor time of this process, the collection of its garbage included.
func processor(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func spent(b *testing.B, since time.Duration) {
	b.ReportMetric(float64((processor(b)-since).Nanoseconds())/1000/float64(b.N), "cpu-µs/op")
}

// BenchmarkCall is the smallest call through the public door, eight at a time for each core: without TLS, with it by HTTP's server, and by gRPC's own, for who makes calls alone;
// and a page without TLS.
func BenchmarkCall(b *testing.B) {
	_, cert := newKey(b)
	config := &tls.Config{NextProtos: []string{alpn.HTTP2, "http/1.1"}, GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return &cert, nil }}
	trust := func(offered ...string) credentials.TransportCredentials {
		return credentials.NewTLS(&tls.Config{InsecureSkipVerify: true, NextProtos: offered})
	}
	for _, way := range []struct {
		name   string
		config *tls.Config
		creds  credentials.TransportCredentials
	}{{"plain", nil, insecure.NewCredentials()}, {"tls", config, trust(alpn.HTTP2)}, {"tls, calls alone", config, trust(alpn.OfCalls()...)}} {
		b.Run(way.name, func(b *testing.B) {
			address := open(b, way.config)
			conn, err := grpc.NewClient(address, grpc.WithTransportCredentials(way.creds))
			if err != nil {
				b.Fatal(err)
			}
			defer conn.Close()
			if err := check(conn); err != nil {
				b.Fatal(err)
			}
			c := healthpb.NewHealthClient(conn)
			many(b, func() error {
				_, err := c.Check(b.Context(), new(healthpb.HealthCheckRequest))
				return err
			})
		})
	}
	b.Run("page", func(b *testing.B) {
		address := open(b, nil)
		transport := &http.Transport{MaxIdleConnsPerHost: 64}
		defer transport.CloseIdleConnections()
		c := &http.Client{Transport: transport}
		many(b, func() error {
			a, err := c.Get("http://" + address + "/")
			if err != nil {
				return err
			}
			defer a.Body.Close()
			_, err = io.Copy(io.Discard, a.Body)
			return err
		})
	})
}

// many does something b.N times, eight at a time for each core.
func many(b *testing.B, once func() error) {
	used := processor(b)
	b.SetParallelism(8)
	b.ResetTimer()
	b.RunParallel(func(p *testing.PB) {
		for p.Next() {
			if err := once(); err != nil {
				b.Error(err)
				return
			}
		}
	})
	b.StopTimer()
	spent(b, used)
}

// open opens a public door that answers.
func open(b *testing.B, config *tls.Config) (address string) {
	l := listen(b)
	s := grpc.NewServer()
	healthpb.RegisterHealthServer(s, health.NewServer())
	p := door.NewPublic(l, config, s, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "xin chào") }), slog.New(slog.DiscardHandler))
	b.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), deadline)
		defer cancel()
		if err := p.Close(ctx); err != nil {
			b.Error(err)
		}
	})
	return l.Addr().String()
}

// BenchmarkPeer is a connection through the peer door, with both certificates shown and judged.
func BenchmarkPeer(b *testing.B) {
	aKey, aCert := newKey(b)
	bKey, bCert := newKey(b)
	from, _ := newPeer(b, aCert)
	to, address := newPeer(b, bCert, aKey.Public())
	go func() {
		for {
			c, err := to.GRPC().Accept()
			if err != nil {
				return
			}
			_, _ = c.Write([]byte{1})
			c.Close()
		}
	}()
	used := processor(b)
	for b.Loop() {
		c, err := from.Dial(b.Context(), address, door.ProtocolGRPC, bKey.Public())
		if err != nil {
			b.Fatal(err)
		}
		if _, err := io.ReadFull(c, make([]byte, 1)); err != nil { // let in
			b.Fatal(err)
		}
		c.Close()
	}
	spent(b, used)
}
