package door

import (
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// limited is a listener with a place for each connection that is open. One for which there is none is closed: who waits for a place would hold one in the system.
type limited struct {
	net.Listener
	places chan struct{}
}

// Accept implements net.Listener.
func (l *limited) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		select {
		case l.places <- struct{}{}:
			return &placed{Conn: c, leave: sync.OnceFunc(func() { <-l.places })}, nil
		default:
			c.Close()
		}
	}
}

// placed is a connection that gives its place back when it is closed.
type placed struct {
	net.Conn
	leave func()
}

func (p *placed) Close() error {
	defer p.leave()
	return p.Conn.Close()
}

// taking is a connection that fails when the other end takes nothing for takeLimit.
type taking struct {
	net.Conn
	until atomic.Int64 // Unix nanoseconds: the deadline that is set
}

// Write implements net.Conn. The deadline is put off once a second at most, as that costs more than looking at the clock.
func (t *taking) Write(data []byte) (int, error) {
	now := time.Now()
	if until := now.Add(takeLimit); until.UnixNano()-t.until.Load() > int64(time.Second) {
		if err := t.Conn.SetWriteDeadline(until); err != nil {
			return 0, err
		}
		t.until.Store(until.UnixNano())
	}
	return t.Conn.Write(data)
}

// SetDeadline implements net.Conn. Who takes it away has it back with the next write.
func (t *taking) SetDeadline(at time.Time) error {
	t.until.Store(0)
	return t.Conn.SetDeadline(at)
}
