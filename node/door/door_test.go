package door_test

import (
	"bufio"
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/peer"

	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/node/client"
	"github.com/ocopledger/ocop/node/door"
	"github.com/ocopledger/ocop/node/sync"
	"github.com/ocopledger/ocop/proto/ocop/api/v1/alpn"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const deadline = 30 * time.Second

func newKey(t testing.TB) (*ident.Ed25519PrivateKey, tls.Certificate) {
	t.Helper()
	key, err := ident.GenerateEd25519(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := door.Certificate(key)
	if err != nil {
		t.Fatal(err)
	}
	return key, cert
}

func listen(t testing.TB) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// newPeer opens a peer door that lets some keys in.
func newPeer(t testing.TB, cert tls.Certificate, pinned ...ident.Ed25519Key) (*door.Peer, string) {
	t.Helper()
	l := listen(t)
	p := door.NewPeer(l, func() []tls.Certificate { return []tls.Certificate{cert} }, func(key ident.Ed25519Key) bool {
		for _, k := range pinned {
			if k == key {
				return true
			}
		}
		return false
	}, slog.New(slog.DiscardHandler))
	t.Cleanup(func() { p.Close() })
	return p, l.Addr().String()
}

func TestPeerDoorSortsByProtocolAndKnowsTheKey(t *testing.T) {
	aKey, aCert := newKey(t)
	bKey, bCert := newKey(t)
	a, _ := newPeer(t, aCert)
	b, address := newPeer(t, bCert, aKey.Public())
	for protocol, listener := range map[string]net.Listener{door.ProtocolRaft: b.Raft(), door.ProtocolGRPC: b.GRPC()} {
		accepted := make(chan net.Conn, 1)
		go func() {
			c, err := listener.Accept()
			if err != nil {
				t.Error(err)
			}
			accepted <- c
		}()
		c, err := a.Dial(context.Background(), address, protocol, bKey.Public())
		if err != nil {
			t.Fatal(err)
		}
		got := <-accepted
		state := got.(*tls.Conn).ConnectionState()
		key, err := door.KeyOf(&state)
		if err != nil || key != aKey.Public() || state.Version != tls.VersionTLS13 {
			t.Errorf("%s: key %v, %v", protocol, key, err)
		}
		c.Close()
		got.Close()
	}
}

// TestPeerDoorRefuses: what a TLS 1.3 client sends first is out before the server has judged it, so refusal shows as the end of the connection.
func TestPeerDoorRefuses(t *testing.T) {
	aKey, aCert := newKey(t)
	bKey, bCert := newKey(t)
	_, strangerCert := newKey(t)
	a, _ := newPeer(t, aCert)
	b, address := newPeer(t, bCert, aKey.Public())
	go func() {
		for {
			c, err := b.Raft().Accept()
			if err != nil {
				return
			}
			io.WriteString(c, "in")
			c.Close()
		}
	}()
	enter := func(config *tls.Config) error {
		config.InsecureSkipVerify = true
		c, err := tls.DialWithDialer(&net.Dialer{Timeout: deadline}, "tcp", address, config)
		if err != nil {
			return err
		}
		defer c.Close()
		c.SetDeadline(time.Now().Add(deadline))
		b, err := io.ReadAll(c)
		if err == nil && string(b) != "in" {
			return fmt.Errorf("read %q", b)
		}
		return err
	}
	raft := []string{door.ProtocolRaft}
	if err := enter(&tls.Config{Certificates: []tls.Certificate{aCert}, NextProtos: raft}); err != nil {
		t.Errorf("a validator: %v", err)
	}
	for name, config := range map[string]*tls.Config{
		"no certificate":           {NextProtos: raft},
		"a stranger's key":         {Certificates: []tls.Certificate{strangerCert}, NextProtos: raft},
		"an older TLS":             {Certificates: []tls.Certificate{aCert}, NextProtos: raft, MaxVersion: tls.VersionTLS12},
		"another protocol":         {Certificates: []tls.Certificate{aCert}, NextProtos: []string{"http/1.1"}},
		"no protocol":              {Certificates: []tls.Certificate{aCert}},
		"two certificates at once": {Certificates: []tls.Certificate{{Certificate: [][]byte{aCert.Certificate[0], strangerCert.Certificate[0]}, PrivateKey: aCert.PrivateKey}}, NextProtos: raft},
	} {
		if err := enter(config); err == nil {
			t.Errorf("%s: let in", name)
		}
	}
	if _, err := a.Dial(context.Background(), address, door.ProtocolRaft, aKey.Public()); !errors.Is(err, door.ErrKey) {
		t.Errorf("calling a node that holds another key: %v", err)
	}
	if bKey.Public() == aKey.Public() {
		t.Error("keys are the same")
	}
}

func TestSilentStrangersDoNotBlockTheDoor(t *testing.T) {
	aKey, aCert := newKey(t)
	bKey, bCert := newKey(t)
	a, _ := newPeer(t, aCert)
	b, address := newPeer(t, bCert, aKey.Public())
	for range 20 {
		c, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
	}
	accepted := make(chan struct{})
	go func() {
		c, err := b.Raft().Accept()
		if err == nil {
			c.Close()
		}
		close(accepted)
	}()
	c, err := a.Dial(context.Background(), address, door.ProtocolRaft, bKey.Public())
	if err != nil {
		t.Fatal(err)
	}
	<-accepted
	c.Close()
}

func TestGRPCOverThePeerDoor(t *testing.T) {
	aKey, aCert := newKey(t)
	bKey, bCert := newKey(t)
	a, _ := newPeer(t, aCert)
	b, address := newPeer(t, bCert, aKey.Public())
	var seen ident.Ed25519Key
	s := grpc.NewServer(grpc.Creds(door.Credentials()), grpc.UnaryInterceptor(func(ctx context.Context, q any, _ *grpc.UnaryServerInfo, h grpc.UnaryHandler) (any, error) {
		seen, _ = door.FromContext(ctx)
		return h(ctx, q)
	}))
	healthpb.RegisterHealthServer(s, health.NewServer())
	serving := make(chan error, 1)
	go func() { serving <- s.Serve(b.GRPC()) }()
	defer func() { s.Stop(); <-serving }()
	conn, err := grpc.NewClient("passthrough:///b", grpc.WithTransportCredentials(door.Credentials()), grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) {
		return a.Dial(ctx, address, door.ProtocolGRPC, bKey.Public())
	}))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := check(conn); err != nil || seen != aKey.Public() {
		t.Errorf("%v, called by %v", err, seen)
	}
	if _, ok := door.FromContext(context.Background()); ok {
		t.Error("a key out of nothing")
	}
}

func check(conn *grpc.ClientConn) error {
	ctx, cancel := context.WithTimeout(context.Background(), deadline)
	defer cancel()
	a, err := healthpb.NewHealthClient(conn).Check(ctx, &healthpb.HealthCheckRequest{})
	if err == nil && a.Status != healthpb.HealthCheckResponse_SERVING {
		err = errors.New(a.Status.String())
	}
	return err
}

// TestPublicDoor: gRPC and HTTP on one port, with TLS and without.
func TestPublicDoor(t *testing.T) {
	_, cert := newKey(t)
	config := &tls.Config{GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return &cert, nil }}
	for name, secure := range map[string]*tls.Config{"plain": nil, "TLS": config} {
		t.Run(name, func(t *testing.T) {
			l := listen(t)
			s := grpc.NewServer()
			healthpb.RegisterHealthServer(s, health.NewServer())
			p := door.NewPublic(l, secure, s, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				fmt.Fprintf(w, "%s %s", r.Method, r.URL.Path)
			}), slog.New(slog.DiscardHandler))
			scheme, creds := "http", insecure.NewCredentials()
			client := &http.Client{Transport: &http.Transport{ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}, Timeout: deadline}
			if secure != nil {
				scheme, creds = "https", credentials.NewTLS(&tls.Config{InsecureSkipVerify: true})
			}
			a, err := client.Get(scheme + "://" + l.Addr().String() + "/p/1")
			if err != nil {
				t.Fatal(err)
			}
			body, _ := io.ReadAll(a.Body)
			a.Body.Close()
			if string(body) != "GET /p/1" || (secure != nil) != (a.ProtoMajor == 2) {
				t.Errorf("%s: %q", a.Proto, body)
			}
			client.CloseIdleConnections()
			conn, err := grpc.NewClient(l.Addr().String(), grpc.WithTransportCredentials(creds))
			if err != nil {
				t.Fatal(err)
			}
			if err := check(conn); err != nil {
				t.Error(err)
			}
			conn.Close()
			if secure == nil { // net/http gives such a connection 5 s
				silent, err := net.Dial("tcp", l.Addr().String())
				if err != nil {
					t.Fatal(err)
				}
				defer silent.Close()
			}
			ctx, cancel := context.WithTimeout(context.Background(), deadline)
			defer cancel()
			if err := p.Close(ctx); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestCallsAlone: who says that it makes calls alone is served by gRPC's own server, as our clients are; who does not, by HTTP's. A connection that stays open does
// not keep the door from closing.
func TestCallsAlone(t *testing.T) {
	_, cert := newKey(t)
	offers := make(chan []string, 1)
	config := &tls.Config{
		NextProtos: []string{"h2", "http/1.1"}, GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return &cert, nil },
		GetConfigForClient: func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
			offers <- hello.SupportedProtos
			return nil, nil
		},
	}
	l := listen(t)
	var own atomic.Bool // HTTP's server tells gRPC of TLS, its own knows of none here
	s := grpc.NewServer(grpc.UnaryInterceptor(func(ctx context.Context, q any, _ *grpc.UnaryServerInfo, h grpc.UnaryHandler) (any, error) {
		from, _ := peer.FromContext(ctx)
		own.Store(from.AuthInfo == nil)
		return h(ctx, q)
	}))
	healthpb.RegisterHealthServer(s, health.NewServer())
	p := door.NewPublic(l, config, s, http.NotFoundHandler(), slog.New(slog.DiscardHandler))
	for _, c := range []struct {
		offered []string
		own     bool
	}{{[]string{"h2"}, false}, {[]string{"http/1.1", "h2"}, false}, {alpn.OfCalls(), true}} {
		conn, err := grpc.NewClient(l.Addr().String(), grpc.WithTransportCredentials(credentials.NewTLS(&tls.Config{InsecureSkipVerify: true, NextProtos: c.offered})))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if err := check(conn); err != nil || own.Load() != c.own {
			t.Errorf("%v: %v, by gRPC's own server: %v", c.offered, err, own.Load())
		}
		<-offers
	}
	ours, err := client.New(l.Addr().String(), client.Options{TLS: &tls.Config{InsecureSkipVerify: true}})
	if err != nil {
		t.Fatal(err)
	}
	defer ours.Close()
	ctx, cancel := context.WithTimeout(context.Background(), deadline)
	defer cancel()
	ours.Ledger.GetHead(ctx, nil)
	if got := <-offers; !slices.Equal(got, alpn.OfCalls()) {
		t.Errorf("our clients offer %v", got)
	}
	follower, err := sync.Dial(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer follower.Close()
	follower.Head(ctx, 0, 0)
	if got := <-offers; !slices.Equal(got, alpn.OfCalls()) {
		t.Errorf("followers offer %v", got)
	}
	if err := p.Close(ctx); err != nil || ctx.Err() != nil {
		t.Errorf("%v, %v", err, ctx.Err())
	}
}

func TestPublicDoorClosesOnThoseWhoDoNotFinish(t *testing.T) {
	l := listen(t)
	entered, leave := make(chan struct{}), make(chan struct{})
	p := door.NewPublic(l, nil, grpc.NewServer(), http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		close(entered)
		<-leave
	}), slog.New(slog.DiscardHandler))
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	fmt.Fprint(c, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	<-entered
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := p.Close(ctx); err != nil {
		t.Error(err)
	}
	if _, err := bufio.NewReader(c).ReadByte(); err == nil {
		t.Error("answered after the door was closed")
	}
	close(leave)
}
