package h2

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"math/big"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	spb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/tap"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

const deadline = 20 * time.Second

// serve has gRPC's own server answer calls with a message of bytes.
func serve(t *testing.T, answer func(ctx context.Context, q []byte) ([]byte, error), options ...grpc.ServerOption) string {
	t.Helper()
	server := grpc.NewServer(options...)
	server.RegisterService(&grpc.ServiceDesc{ServiceName: "test.Echo", HandlerType: (*any)(nil), Methods: []grpc.MethodDesc{{
		MethodName: "Say",
		Handler: func(_ any, ctx context.Context, decode func(any) error, _ grpc.UnaryServerInterceptor) (any, error) {
			q := new(wrapperspb.BytesValue)
			if err := decode(q); err != nil {
				return nil, err
			}
			a, err := answer(ctx, q.GetValue())
			return wrapperspb.Bytes(a), err
		},
	}}}, nil)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = server.Serve(l) }()
	t.Cleanup(server.Stop)
	return l.Addr().String()
}

// told is the answers of a connection.
type told struct {
	sync.Mutex
	answers map[uint64]Answer
	twice   bool
	news    chan struct{}
}

func dial(t *testing.T, address string, config *tls.Config) (*Conn, *told) {
	t.Helper()
	a := &told{answers: make(map[uint64]Answer), news: make(chan struct{}, 1)}
	c, err := Dial(t.Context(), address, Options{Method: "/test.Echo/Say", TLS: config, Answered: func(got Answer) {
		a.Lock()
		defer a.Unlock()
		got.Message = bytes.Clone(got.Message)
		_, had := a.answers[got.Call]
		a.twice = a.twice || had
		a.answers[got.Call] = got
		select {
		case a.news <- struct{}{}:
		default:
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c, a
}

// all waits for so many answers.
func (a *told) all(t *testing.T, n int) map[uint64]Answer {
	t.Helper()
	late := time.After(deadline)
	for {
		a.Lock()
		have := len(a.answers)
		if a.twice {
			t.Error("a call was told twice")
		}
		a.Unlock()
		if have >= n {
			return a.answers
		}
		select {
		case <-a.news:
		case <-late:
			t.Fatalf("%d answers, want %d", have, n)
		}
	}
}

func marshal(t *testing.T, value []byte) []byte {
	t.Helper()
	data, err := proto.Marshal(wrapperspb.Bytes(value))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// call makes calls, each when the peer allows it, and sends them together.
func call(t *testing.T, c *Conn, n int, message func(i int) []byte) {
	t.Helper()
	late := time.Now().Add(deadline)
	for i := 0; i < n; {
		ok, err := c.Call(uint64(i), message(i))
		if err != nil || time.Now().After(late) {
			t.Fatalf("call %d: %v", i, err)
		}
		if ok {
			i++
			continue
		}
		if err := c.Flush(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Millisecond)
	}
	if err := c.Flush(); err != nil {
		t.Fatal(err)
	}
}

// TestCalls: many calls, of messages that take several frames and more than the peer's windows together, are answered with what is theirs. No more are under way than
// the peer allows.
func TestCalls(t *testing.T) {
	t.Parallel()
	const n, most = 2000, 16
	var underway, peak atomic.Int64
	echo := func(_ context.Context, q []byte) ([]byte, error) {
		now := underway.Add(1)
		for old := peak.Load(); now > old && !peak.CompareAndSwap(old, now); old = peak.Load() {
		}
		defer underway.Add(-1)
		return append([]byte("so: "), q...), nil
	}
	message := func(i int) []byte { return bytes.Repeat([]byte{byte(i)}, i*37%40_000) }
	for name, secure := range map[string]bool{"plain": false, "TLS": true} {
		t.Run(name, func(t *testing.T) {
			options := []grpc.ServerOption{grpc.MaxConcurrentStreams(most), grpc.StaticStreamWindowSize(1 << 16), grpc.StaticConnWindowSize(1 << 17)}
			var config *tls.Config
			if secure {
				var own *tls.Config
				own, config = certified(t)
				options = append(options, grpc.Creds(credentials.NewTLS(own)))
			}
			c, a := dial(t, serve(t, echo, options...), config)
			call(t, c, n, func(i int) []byte { return marshal(t, message(i)) })
			for i, got := range a.all(t, n) {
				if want := marshal(t, append([]byte("so: "), message(int(i))...)); got.Status != 0 || got.Lost || !bytes.Equal(got.Message, want) {
					t.Fatalf("call %d: status %d, lost %v, %d bytes, want %d", i, got.Status, got.Lost, len(got.Message), len(want))
				}
			}
			if c.Underway() != 0 {
				t.Errorf("%d calls are still under way", c.Underway())
			}
		})
	}
	if peak.Load() > 2*most { // both servers
		t.Errorf("%d calls at once, and %d are allowed on a connection", peak.Load(), most)
	}
}

// certified is a server's TLS and that of who believes it.
func certified(t *testing.T) (server, client *tls.Config) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(parsed)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}, &tls.Config{RootCAs: roots, NextProtos: []string{"h2"}}
}

// TestRefusals: a refusal is told with its code and details, whether the call's own handler makes it or a server that does not read the call; equal ones are equal.
func TestRefusals(t *testing.T) {
	t.Parallel()
	s, err := status.New(codes.ResourceExhausted, "later").WithDetails(&errdetails.RetryInfo{RetryDelay: durationpb.New(3 * time.Second)})
	if err != nil {
		t.Fatal(err)
	}
	handler := func(_ context.Context, q []byte) ([]byte, error) {
		if len(q) == 0 {
			return nil, status.Error(codes.NotFound, "nothing")
		}
		return nil, s.Err()
	}
	address := serve(t, handler)
	unread := serve(t, handler, grpc.InTapHandle(func(ctx context.Context, _ *tap.Info) (context.Context, error) { return ctx, s.Err() }))
	const n = 600
	for name, at := range map[string]string{"by the handler": address, "unread": unread} {
		c, a := dial(t, at, nil)
		call(t, c, n, func(int) []byte { return marshal(t, make([]byte, 300)) })
		answers := a.all(t, n)
		data, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(answers[0].Details, "="))
		got := new(spb.Status)
		if err != nil || proto.Unmarshal(data, got) != nil || !proto.Equal(got, s.Proto()) {
			t.Errorf("%s: details %q: %v, %v", name, answers[0].Details, got, err)
		}
		for i, answer := range answers {
			if answer.Lost || codes.Code(answer.Status) != codes.ResourceExhausted || answer.Details != answers[0].Details || answer.Message != nil {
				t.Errorf("%s, call %d: %+v", name, i, answer)
			}
		}
	}
	c, a := dial(t, address, nil)
	call(t, c, 1, func(int) []byte { return nil })
	if got := a.all(t, 1)[0]; codes.Code(got.Status) != codes.NotFound || got.Details != "" {
		t.Errorf("%+v", got)
	}
}

// TestLost: when the connection ends, on either side, every call under way is told to be lost, and there are no further ones.
func TestLost(t *testing.T) {
	t.Parallel()
	const n = 50
	for name, end := range map[string]func(*Conn){
		"closed":  (*Conn).Close,
		"cut off": func(c *Conn) { c.conn.Close() },
	} {
		reached := make(chan struct{}, n)
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		address := serve(t, func(context.Context, []byte) ([]byte, error) {
			reached <- struct{}{}
			<-ctx.Done()
			return nil, ctx.Err()
		})
		c, a := dial(t, address, nil)
		call(t, c, n, func(int) []byte { return nil })
		for range n {
			<-reached
		}
		end(c)
		for i, answer := range a.all(t, n) {
			if !answer.Lost {
				t.Errorf("%s, call %d: %+v", name, i, answer)
			}
		}
		<-c.ended
		if ok, err := c.Call(n, nil); ok || err == nil {
			t.Errorf("%s: called on a connection that has ended", name)
		}
	}
}

// TestOn: who is answered calls on from there, of whatever method, in messages that fit the room of earlier ones or not; it speaks the protocol that it offers.
func TestOn(t *testing.T) {
	t.Parallel()
	const n, chains = 500, 8
	own, config := certified(t)
	own.NextProtos = []string{"h2"}
	address := serve(t, func(_ context.Context, q []byte) ([]byte, error) { return append([]byte("so: "), q...), nil }, grpc.Creds(credentials.NewTLS(own)))
	message := func(i uint64) []byte { return bytes.Repeat([]byte{byte(i)}, int(i*997%3000)) }
	var made, answered, wrong atomic.Uint64
	done := make(chan struct{})
	var c *Conn
	next := func() {
		i := made.Add(1) - 1
		if i >= n {
			return
		}
		method := "/test.Echo/Say"
		if i%50 == 7 {
			method = "/test.Echo/Nothing"
		}
		if ok, err := c.CallOf(method, i, marshal(t, message(i))); !ok || err != nil {
			t.Errorf("call %d: %v", i, err)
		}
	}
	c, err := Dial(t.Context(), address, Options{
		TLS: config, Prompt: true,
		Answered: func(a Answer) {
			switch {
			case a.Lost || a.Call%50 == 7 && codes.Code(a.Status) != codes.Unimplemented:
				wrong.Add(1)
			case a.Call%50 != 7 && !bytes.Equal(a.Message, marshal(t, append([]byte("so: "), message(a.Call)...))):
				wrong.Add(1)
			}
			next()
			if answered.Add(1) == n {
				close(done)
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if c.Protocol() != "h2" {
		t.Errorf("the protocol is %q", c.Protocol())
	}
	for range chains {
		next()
	}
	if err := c.Flush(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-done:
	case <-time.After(deadline):
		t.Fatalf("%d answers", answered.Load())
	}
	if wrong.Load() > 0 {
		t.Errorf("%d answers are not theirs", wrong.Load())
	}
}

// TestMaxAnswer: an answer is as large as the caller allows, and a peer that sends more is given up.
func TestMaxAnswer(t *testing.T) {
	t.Parallel()
	const size = 3 << 20
	address := serve(t, func(context.Context, []byte) ([]byte, error) { return make([]byte, size), nil })
	for most, lost := range map[int]bool{0: true, size + 16: false} {
		got := make(chan bool, 1)
		c, err := Dial(t.Context(), address, Options{Method: "/test.Echo/Say", MaxAnswer: most, Answered: func(a Answer) { got <- a.Lost }})
		if err != nil {
			t.Fatal(err)
		}
		call(t, c, 1, func(int) []byte { return nil })
		select {
		case l := <-got:
			if l != lost {
				t.Errorf("at most %d bytes: lost %v, want %v", most, l, lost)
			}
		case <-time.After(deadline):
			t.Fatal("no answer")
		}
		c.Close()
	}
}

// TestMethodsInTurn: what a call's headers were is only used again for the same method, however calls of several follow each other.
func TestMethodsInTurn(t *testing.T) {
	c, got := dial(t, serve(t, func(_ context.Context, q []byte) ([]byte, error) { return q, nil }), nil)
	const unimplemented = uint32(codes.Unimplemented)
	methods := strings.Fields("Say Say Say None Say None None None Other Say Say None Other Other Other Say")
	for i, method := range methods {
		message, err := proto.Marshal(wrapperspb.Bytes([]byte{byte(i + 1)}))
		if err != nil {
			t.Fatal(err)
		}
		if ok, err := c.CallOf("/test.Echo/"+method, uint64(i), message); !ok || err != nil {
			t.Fatalf("call %d: %v, %v", i, ok, err)
		}
	}
	if err := c.Flush(); err != nil {
		t.Fatal(err)
	}
	answers := got.all(t, len(methods))
	for i, method := range methods {
		want, status := []byte{10, 1, byte(i + 1)}, uint32(0)
		if method != "Say" {
			want, status = nil, unimplemented
		}
		if a := answers[uint64(i)]; a.Lost || a.Status != status || !bytes.Equal(a.Message, want) {
			t.Errorf("%d, %s: %+v", i, method, a)
		}
	}
}
