package door_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
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

// TestOpenConnections: every connection at the public door counts once while it is open, whatever it brings and whoever ends it.
func TestOpenConnections(t *testing.T) {
	_, cert := newKey(t)
	config := &tls.Config{GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return &cert, nil }}
	for name, secure := range map[string]*tls.Config{"plain": nil, "TLS": config} {
		t.Run(name, func(t *testing.T) {
			l := listen(t)
			s := grpc.NewServer()
			healthpb.RegisterHealthServer(s, health.NewServer())
			p := door.NewPublic(l, secure, s, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.URL.Path) }), slog.New(slog.DiscardHandler))
			want := func(what string, n int64) {
				t.Helper()
				for until := time.Now().Add(deadline); p.Open() != n; time.Sleep(time.Millisecond) {
					if time.Now().After(until) {
						t.Fatalf("%s: %d connections are open, want %d", what, p.Open(), n)
					}
				}
			}
			want("before anybody comes", 0)
			silent, err := net.Dial("tcp", l.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			want("who says nothing", 1)
			scheme, creds := "http", insecure.NewCredentials()
			transport := &http.Transport{ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
			if secure != nil {
				scheme, creds = "https", credentials.NewTLS(&tls.Config{InsecureSkipVerify: true, NextProtos: alpn.OfCalls()})
			}
			client := &http.Client{Transport: transport, Timeout: deadline}
			for range 3 {
				a, err := client.Get(scheme + "://" + l.Addr().String() + "/p/1")
				if err != nil {
					t.Fatal(err)
				}
				io.Copy(io.Discard, a.Body)
				a.Body.Close()
			}
			want("requests over one connection", 2)
			var calls []*grpc.ClientConn
			for range 2 {
				conn, err := grpc.NewClient(l.Addr().String(), grpc.WithTransportCredentials(creds))
				if err == nil {
					err = check(conn)
				}
				if err != nil {
					t.Fatal(err)
				}
				calls = append(calls, conn)
			}
			want("two gRPC clients", 4)
			calls[0].Close()
			silent.Close()
			want("two who went", 2)
			transport.CloseIdleConnections()
			want("idle ones closed", 1)
			ctx, cancel := context.WithTimeout(context.Background(), deadline)
			defer cancel()
			go calls[1].Close()
			if err := p.Close(ctx); err != nil {
				t.Error(err)
			}
			want("a closed door", 0)
		})
	}
}
