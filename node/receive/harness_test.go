package receive_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/ocopledger/ocop/node/door"
	"github.com/ocopledger/ocop/node/receive"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
	"github.com/ocopledger/ocop/proto/ocop/api/v1/alpn"
	"github.com/ocopledger/ocop/proto/ocop/api/v1/apigrpc"
)

const (
	deadline = 30 * time.Second
	// largest is the largest Submit in these tests, and small that of the others.
	largest = 3 << 20
	small   = 16 << 10
	submit  = apigrpc.SubmitService_Submit_FullMethodName
)

// transports are the ways on which calls come to a door: gRPC's own without TLS and with it, and net/http's.
var transports = map[string]string{"plain": "", "TLS, calls alone": alpn.Calls, "TLS, through HTTP": "h2"}

// counter answers how many envelopes and bytes came.
type counter struct {
	apigrpc.UnimplementedSubmitServiceServer
}

func (counter) Submit(_ context.Context, q *apiv1.SubmitRequest) (*apiv1.SubmitResponse, error) {
	return &apiv1.SubmitResponse{AsOf: &apiv1.AsOf{Height: sum(q.GetEnvelopes())}}, nil
}

func (counter) Simulate(context.Context, *apiv1.SimulateRequest) (*apiv1.SimulateResponse, error) {
	return &apiv1.SimulateResponse{}, nil
}

func (counter) SubmitStream(s grpc.BidiStreamingServer[apiv1.SubmitStreamRequest, apiv1.SubmitStreamResponse]) error {
	for {
		q, err := s.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = s.Send(&apiv1.SubmitStreamResponse{AsOf: &apiv1.AsOf{Height: sum(q.GetEnvelopes())}})
		}
		if err != nil {
			return err
		}
	}
}

// sum depends on every byte and its place.
func sum(envelopes [][]byte) (s uint64) {
	for _, e := range envelopes {
		for _, b := range e {
			s = s*31 + uint64(b) + 1
		}
	}
	return s
}

// network is a door of a room, and how to come to it.
type network struct {
	t       testing.TB
	room    *receive.Room
	address string
	tls     *tls.Config // of clients; nil: none
}

// serve opens a door that is reached by a protocol; empty: without TLS.
func serve(t testing.TB, protocol string, o receive.Options) *network {
	t.Helper()
	o.Message, o.Methods = small, map[string]int{submit: largest, apigrpc.SubmitService_SubmitStream_FullMethodName: largest}
	n := &network{t: t, room: receive.New(o)}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	n.address = l.Addr().String()
	var config *tls.Config
	if protocol != "" {
		cert := certificate(t)
		config = &tls.Config{NextProtos: []string{"h2"}, GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return &cert, nil }}
		n.tls = &tls.Config{InsecureSkipVerify: true, NextProtos: []string{protocol}}
	}
	server := n.room.Server(grpc.NewServer(append(n.room.ServerOptions(nil), grpc.MaxConcurrentStreams(256), grpc.StaticStreamWindowSize(1<<20), grpc.StaticConnWindowSize(4<<20))...))
	apigrpc.RegisterSubmitServiceServer(server, counter{})
	p := door.NewPublic(l, config, server, http.NotFoundHandler(), slog.New(slog.DiscardHandler))
	t.Cleanup(func() {
		ended, cancel := context.WithCancel(context.Background())
		cancel() // whoever is still there is cut off
		if err := p.Close(ended); err != nil {
			t.Error(err)
		}
		if h := n.room.Holding(); h.Bytes != 0 || h.Calls != 0 {
			t.Errorf("held in the end: %+v", h)
		}
	})
	return n
}

func certificate(t testing.TB) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// client is an honest client.
func (n *network) client() apigrpc.SubmitServiceClient {
	n.t.Helper()
	secure := insecure.NewCredentials()
	if n.tls != nil {
		secure = credentials.NewTLS(n.tls)
	}
	conn, err := grpc.NewClient(n.address, grpc.WithTransportCredentials(secure))
	if err != nil {
		n.t.Fatal(err)
	}
	n.t.Cleanup(func() { conn.Close() })
	return apigrpc.NewSubmitServiceClient(conn)
}

// raw is a transport that sends what bodies it is given, as slowly as they come. TLS is under it, as HTTP's own would not speak HTTP/2 under each of the names.
func (n *network) raw() *http.Transport {
	n.t.Helper()
	tr := &http.Transport{Protocols: new(http.Protocols), DialContext: func(ctx context.Context, _, address string) (net.Conn, error) {
		if n.tls == nil {
			return new(net.Dialer).DialContext(ctx, "tcp", address)
		}
		return (&tls.Dialer{Config: n.tls}).DialContext(ctx, "tcp", address)
	}}
	tr.Protocols.SetUnencryptedHTTP2(true)
	n.t.Cleanup(tr.CloseIdleConnections)
	return tr
}

// call sends a body to a method, and gives the status that the call ends with; empty: it had none.
func (n *network) call(ctx context.Context, tr *http.Transport, method string, body io.ReadCloser) (string, error) {
	q, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+n.address+method, body)
	if err != nil {
		return "", err
	}
	q.Header.Set("Content-Type", "application/grpc")
	a, err := tr.RoundTrip(q)
	if err != nil {
		return "", err
	}
	defer a.Body.Close()
	_, err = io.Copy(io.Discard, a.Body)
	if status := a.Header.Get("Grpc-Status"); status != "" {
		return status + " " + a.Header.Get("Grpc-Message"), nil
	}
	return a.Trailer.Get("Grpc-Status") + " " + a.Trailer.Get("Grpc-Message"), err
}

// begun is a message of a length of which so many bytes come, and nothing after them.
func begun(length, come int) io.ReadCloser {
	s := silence()
	s.Reader = io.MultiReader(&zeros{preamble: binary.BigEndian.AppendUint32([]byte{0}, uint32(length)), left: come}, s.Reader)
	return s
}

// silence is a body that does not come.
func silence() *silent {
	ended := make(chan struct{})
	return &silent{Reader: waiting(ended), end: sync.OnceFunc(func() { close(ended) })}
}

type silent struct {
	io.Reader
	end func()
}

func (s *silent) Close() error {
	s.end()
	return nil
}

type waiting chan struct{}

func (w waiting) Read([]byte) (int, error) {
	<-w
	return 0, io.ErrClosedPipe
}

type zeros struct {
	preamble []byte
	left     int
}

func (z *zeros) Read(data []byte) (int, error) {
	if len(z.preamble) > 0 {
		n := copy(data, z.preamble)
		z.preamble = z.preamble[n:]
		return n, nil
	}
	if z.left == 0 {
		return 0, io.EOF
	}
	n := min(len(data), z.left)
	clear(data[:n])
	z.left -= n
	return n, nil
}

// eventually waits for a condition that the door must come to.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(deadline); !holds(); {
		if time.Now().After(end) {
			t.Fatalf("not reached in %v: %s", deadline, what)
		}
		time.Sleep(time.Millisecond)
	}
}
