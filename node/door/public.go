package door

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/ocopledger/ocop/proto/ocop/api/v1/alpn"
)

// Limits of the public door against clients that are slow or greedy on purpose.
const (
	sniffLimit     = 10 * time.Second // for the first bytes of a connection
	headerLimit    = 10 * time.Second
	idleLimit      = 2 * time.Minute
	maxHeaderBytes = 32 << 10
	maxSniffing    = 1024 // connections that have not said a word
	// MaxConnections bounds those that are open, each with some 100 KiB of buffers and stacks. What comes beyond is closed: a proxy in front needs a few.
	MaxConnections = 4096
	// takeLimit is how long a client may take nothing of what it is sent. A call that is over has its place on the connection until the client has been told, and what was
	// sent to it meanwhile stays in memory.
	takeLimit = 30 * time.Second
	// What may be on its way over connections of the HTTP server's, which holds it until a handler reads: of a frame, of a request, and of a connection. A request that does
	// not read keeps others from being sent only when 64 do it.
	frameSize        = 16 << 10
	requestWindow    = 256 << 10
	connectionWindow = 16 << 20
)

// preface is how an HTTP/2 connection begins when both ends know that it is one. Browsers never do that without TLS, gRPC clients always do.
const preface = "PRI "

// RPC is a gRPC server.
type RPC interface {
	http.Handler // of calls that come over a connection of the HTTP server's
	Serve(net.Listener) error
	GracefulStop()
	Stop()
}

// Public serves gRPC and HTTP on one listener.
//
// Without TLS a connection is gRPC when it begins with the HTTP/2 preface, and HTTP/1.1 otherwise. With TLS both may come over one HTTP/2
// connection, and the content type decides; over one of alpn.Calls there is gRPC alone.
type Public struct {
	listener *limited
	grpc     RPC
	http     *http.Server
	plain    *channel // HTTP/1.1 without TLS
	rpc      *channel // gRPC without TLS, or of alpn.Calls
	places   chan struct{}
	log      *slog.Logger
	ctx      context.Context
	cancel   context.CancelFunc
	running  sync.WaitGroup
}

// Open is how many connections are open.
func (p *Public) Open() int64 { return int64(len(p.listener.places)) }

// NewPublic opens the door on a listener, which it owns from now on. config is nil for a door without TLS, and needs GetCertificate otherwise.
func NewPublic(on net.Listener, config *tls.Config, rpc RPC, handler http.Handler, log *slog.Logger) *Public {
	ctx, cancel := context.WithCancel(context.Background())
	listener := &limited{Listener: on, places: make(chan struct{}, MaxConnections)}
	p := &Public{
		listener: listener, grpc: rpc, log: log, ctx: ctx, cancel: cancel, places: make(chan struct{}, maxSniffing),
		plain: newChannel(listener.Addr()), rpc: newChannel(listener.Addr()),
		http: &http.Server{
			Handler: handler, TLSConfig: config, ReadHeaderTimeout: headerLimit, IdleTimeout: idleLimit, MaxHeaderBytes: maxHeaderBytes,
			HTTP2: &http.HTTP2Config{
				MaxReadFrameSize: frameSize, MaxReceiveBufferPerStream: requestWindow, MaxReceiveBufferPerConnection: connectionWindow, WriteByteTimeout: takeLimit,
			},
			ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug), // clients that hang up are not the operator's business
		},
	}
	if config != nil {
		p.http.Handler = byContent(rpc, handler)
		p.http.TLSConfig = config.Clone()
		p.http.TLSConfig.NextProtos = append([]string{alpn.Calls}, config.NextProtos...)
		p.http.TLSNextProto = map[string]func(*http.Server, *tls.Conn, http.Handler){alpn.Calls: p.calls}
		p.http.Protocols = new(http.Protocols) // said, since HTTP/2 goes without saying only where no other protocol is
		p.http.Protocols.SetHTTP1(true)
		p.http.Protocols.SetHTTP2(true)
		p.running.Go(func() { p.report(p.http.ServeTLS(listener, "", "")) })
	} else {
		p.running.Go(p.accept)
		p.running.Go(func() { p.report(p.http.Serve(p.plain)) })
	}
	p.running.Go(func() { p.report(rpc.Serve(p.rpc)) })
	return p
}

// calls has the gRPC server serve a connection, until it is closed: the HTTP server closes it when calls returns.
func (p *Public) calls(_ *http.Server, c *tls.Conn, _ http.Handler) {
	lent := &lent{Conn: &taking{Conn: c}, closed: make(chan struct{})}
	if p.rpc.hand(p.ctx, lent) {
		<-lent.closed
	}
}

// lent is a connection that somebody waits for to be closed.
type lent struct {
	net.Conn
	once   sync.Once
	closed chan struct{}
}

func (l *lent) Close() error {
	err := l.Conn.Close()
	l.once.Do(func() { close(l.closed) })
	return err
}

func byContent(rpc, handler http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ProtoMajor == 2 && strings.HasPrefix(r.Header.Get("Content-Type"), "application/grpc") {
			rpc.ServeHTTP(w, r)
			return
		}
		handler.ServeHTTP(w, r)
	})
}

func (p *Public) report(err error) {
	if err != nil && p.ctx.Err() == nil && !errors.Is(err, http.ErrServerClosed) {
		p.log.Error("public door", "error", err)
	}
}

func (p *Public) accept() {
	for {
		c, err := p.listener.Accept()
		if errors.Is(err, net.ErrClosed) || p.ctx.Err() != nil {
			if err == nil {
				c.Close()
			}
			return
		}
		if err != nil {
			p.log.Warn("public connection not accepted", "error", err)
			pause(p.ctx, acceptPause)
			continue
		}
		select {
		case p.places <- struct{}{}:
			p.running.Go(func() {
				defer func() { <-p.places }()
				p.sort(c)
			})
		default:
			c.Close()
		}
	}
}

// sort reads the first bytes and hands the connection, with them, to whom it is for.
func (p *Public) sort(c net.Conn) {
	stop := context.AfterFunc(p.ctx, func() { c.Close() })
	defer stop()
	c.SetReadDeadline(time.Now().Add(sniffLimit))
	first := make([]byte, len(preface))
	if _, err := io.ReadFull(c, first); err != nil {
		c.Close()
		return
	}
	c.SetReadDeadline(time.Time{})
	to := p.plain
	if string(first) == preface {
		to, c = p.rpc, &taking{Conn: c}
	}
	if !to.hand(p.ctx, &begun{Conn: c, first: first}) {
		c.Close()
	}
}

// begun is a connection whose first bytes were read already.
type begun struct {
	net.Conn
	first []byte
}

func (b *begun) Read(data []byte) (int, error) {
	if len(b.first) > 0 {
		n := copy(data, b.first)
		b.first = b.first[n:]
		return n, nil
	}
	return b.Conn.Read(data)
}

// Close ends accepting, lets requests under way finish until ctx ends, and then cuts them off.
func (p *Public) Close(ctx context.Context) error {
	p.cancel()
	err := p.listener.Close()
	if errors.Is(err, net.ErrClosed) {
		err = nil
	}
	drained := make(chan struct{})
	go func() {
		p.grpc.GracefulStop()
		close(drained)
	}()
	if p.http.Shutdown(ctx) != nil {
		p.http.Close()
	}
	select {
	case <-drained:
	case <-ctx.Done():
		p.grpc.Stop()
		<-drained
	}
	p.plain.Close()
	p.rpc.Close()
	p.running.Wait()
	return err
}
