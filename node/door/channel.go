package door

import (
	"context"
	"net"
	"sync"
)

// channel is a listener whose connections are handed to it.
type channel struct {
	addr   net.Addr
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newChannel(addr net.Addr) *channel {
	return &channel{addr: addr, conns: make(chan net.Conn), closed: make(chan struct{})}
}

// hand waits until somebody takes the connection, and reports whether somebody did.
func (l *channel) hand(ctx context.Context, c net.Conn) bool {
	select {
	case l.conns <- c:
		return true
	case <-l.closed:
	case <-ctx.Done():
	}
	return false
}

// Accept implements net.Listener.
func (l *channel) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (l *channel) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

// Addr implements net.Listener.
func (l *channel) Addr() net.Addr { return l.addr }
