package door

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/ocopledger/ocop/ledger/ident"
)

const (
	// handshakeLimit is for a whole TLS handshake: whoever is slower holds a place for nothing.
	handshakeLimit = 5 * time.Second
	// maxHandshakes bounds the strangers at the peer door at one time.
	maxHandshakes = 64
	// acceptPause is how long to wait after a failed accept, such as for want of file descriptors.
	acceptPause = 50 * time.Millisecond
)

// Peer is the peer door of a node.
type Peer struct {
	listener net.Listener
	tls      *tls.Config
	own      func() []tls.Certificate
	log      *slog.Logger
	raft     *channel
	grpc     *channel
	places   chan struct{}
	running  sync.WaitGroup
	ctx      context.Context
	cancel   context.CancelFunc

	mu    sync.Mutex
	turns map[string]int // connections made, by address and protocol, while there was more than one key
}

// NewPeer opens the door on a listener, which it owns from now on. Pinned tells which keys may come in; own are the certificates of this node's own key, and of
// the one before or after it while a rotation is under way, the present one first. Both are asked for each connection.
func NewPeer(listener net.Listener, own func() []tls.Certificate, pinned func(ident.Ed25519Key) bool, log *slog.Logger) *Peer {
	ctx, cancel := context.WithCancel(context.Background())
	p := &Peer{
		listener: listener, own: own, turns: make(map[string]int), log: log, ctx: ctx, cancel: cancel, places: make(chan struct{}, maxHandshakes),
		raft: newChannel(listener.Addr()), grpc: newChannel(listener.Addr()),
	}
	p.tls = config(func() *tls.Certificate { return &own()[0] }, func(key ident.Ed25519Key) error {
		if !pinned(key) {
			return fmt.Errorf("%w: %v is no validator's", ErrKey, key)
		}
		return nil
	})
	p.tls.NextProtos = []string{ProtocolRaft, ProtocolGRPC}
	p.running.Go(p.accept)
	return p
}

// Raft is the listener of raft connections; they are *tls.Conn.
func (p *Peer) Raft() net.Listener { return p.raft }

// GRPC is the listener of gRPC connections; they are *tls.Conn.
func (p *Peer) GRPC() net.Listener { return p.grpc }

// Close closes the door. Connections that were handed on belong to those who took them.
func (p *Peer) Close() error {
	p.cancel()
	err := p.listener.Close()
	p.running.Wait()
	p.raft.Close()
	p.grpc.Close()
	return err
}

func (p *Peer) accept() {
	for {
		c, err := p.listener.Accept()
		if errors.Is(err, net.ErrClosed) || p.ctx.Err() != nil {
			if err == nil {
				c.Close()
			}
			return
		}
		if err != nil {
			p.log.Warn("peer connection not accepted", "error", err)
			pause(p.ctx, acceptPause)
			continue
		}
		select {
		case p.places <- struct{}{}:
			p.running.Go(func() {
				defer func() { <-p.places }()
				p.admit(c)
			})
		default:
			c.Close()
		}
	}
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

func (p *Peer) admit(raw net.Conn) {
	ctx, cancel := context.WithTimeout(p.ctx, handshakeLimit)
	defer cancel()
	c := tls.Server(raw, p.tls)
	if err := c.HandshakeContext(ctx); err != nil {
		raw.Close()
		if p.ctx.Err() == nil {
			p.log.Warn("peer refused", "remote", raw.RemoteAddr().String(), "error", err)
		}
		return
	}
	handed := false
	switch c.ConnectionState().NegotiatedProtocol {
	case ProtocolRaft:
		handed = p.raft.hand(ctx, c)
	case ProtocolGRPC:
		handed = p.grpc.hand(ctx, c)
	}
	if !handed {
		c.Close()
	}
}

// Dial connects to another node's peer door, where the holder of key must answer, and speaks the protocol.
//
// While a rotation is under way, the other end may have come to it or not, and says so only after the handshake is over: each connection is tried with another of
// this node's keys in turn.
func (p *Peer) Dial(ctx context.Context, address, protocol string, key ident.Ed25519Key) (net.Conn, error) {
	shown := p.turn(address + " " + protocol)
	c := config(func() *tls.Certificate { return shown }, func(got ident.Ed25519Key) error {
		if got != key {
			return fmt.Errorf("%w: got %v, want %v", ErrKey, got, key)
		}
		return nil
	})
	c.NextProtos = []string{protocol}
	ctx, cancel := context.WithTimeout(ctx, handshakeLimit)
	defer cancel()
	dialer := &tls.Dialer{Config: c}
	return dialer.DialContext(ctx, "tcp", address)
}

// turn is the certificate to show next.
func (p *Peer) turn(to string) *tls.Certificate {
	all := p.own()
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(all) == 1 {
		clear(p.turns)
		return &all[0]
	}
	n := p.turns[to]
	p.turns[to] = n + 1
	return &all[n%len(all)]
}
