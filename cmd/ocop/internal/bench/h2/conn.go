package h2

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// Answer is what came of a call.
type Answer struct {
	Call    uint64 // as [Conn.Call] was given it
	Message []byte // valid during [Options.Answered]; of a call whose Status is 0
	Status  uint32 // gRPC's
	Details string // grpc-status-details-bin, as it was sent: equal strings are equal refusals
	Lost    bool   // the connection or the call was given up before an answer came
}

// Options of a connection.
type Options struct {
	Method    string                                                               // /package.Service/Method, of Call
	TLS       *tls.Config                                                          // nil: none. Its NextProtos are names that the peer takes for HTTP/2.
	MaxAnswer int                                                                  // bounds a message that is read, in bytes; 0: a MiB, an outcome with its receipt takes some KiB
	Answered  func(a Answer)                                                       // from one goroutine; it must not wait
	Prompt    bool                                                                 // what Answered calls goes out when all that has come is told, without a Flush
	Dial      func(ctx context.Context, network, address string) (net.Conn, error) // nil: the system's
}

const (
	// frameSize is what HTTP/2 lets everybody send in a frame without asking; a message goes out in frames of it.
	frameSize = 16 << 10
	// ownWindow is how much may be on its way to this side: answers are read as they come, so that it never holds a node back.
	ownWindow = 1 << 30
	// replenish is how much is read before the peer is given as much window again.
	replenish = ownWindow / 2
	// maxAnswer bounds a message that is read, unless the caller says otherwise.
	maxAnswer = 1 << 20
	// buffer is for what is written and read together.
	buffer = 64 << 10
	// preambleSize is what gRPC puts before a message: a flag for compression, and the length.
	preambleSize = 5
	// mostCalls are under way on a connection whose peer has no bound.
	mostCalls = 1 << 16
	// stuck is how long a peer may take nothing at all: it is gone.
	stuck = 10 * time.Second
	// lastStream is the highest number that a client may give a stream.
	lastStream = 1<<31 - 1
)

// ErrClosed: the connection is closed, or the peer takes no further calls on it.
var ErrClosed = errors.New("the connection takes no further calls")

// Conn is a connection. Any goroutine calls, also Answered's own; answers come from one.
type Conn struct {
	o       Options
	conn    net.Conn
	in      *bufio.Reader
	reading *http2.Framer
	greeted chan struct{} // the peer has said what it allows
	ended   chan struct{}

	out     sync.Mutex // guards what is written with, and is taken before state
	buffer  *bufio.Writer
	writing *http2.Framer
	encoder *hpack.Encoder
	headers bytes.Buffer // of one call
	method  string       // of that call
	settled bool         // its headers are all in the peer's table: those of another call of the method are the same bytes
	body    []byte       // of one call
	host    string

	state   sync.Mutex // guards what follows; nobody waits for the peer while having it, so that answers are always taken
	next    uint32     // stream
	most    int        // calls under way that the peer allows
	window  int64      // bytes that the connection may send
	initial int64      // bytes that a stream may send
	open    map[uint32]*pending
	spare   []*pending // answered, with room for the messages of others
	failed  error
}

// pending is a call without an answer.
type pending struct {
	call    uint64
	message []byte // what has come of it
}

// Dial connects.
func Dial(ctx context.Context, address string, o Options) (*Conn, error) {
	o.MaxAnswer = cmp.Or(o.MaxAnswer, maxAnswer)
	dial := o.Dial
	if dial == nil {
		dial = new(net.Dialer).DialContext
	}
	raw, err := dial(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	if o.TLS != nil {
		config := o.TLS.Clone()
		if config.ServerName == "" {
			config.ServerName, _, _ = net.SplitHostPort(address)
		}
		secure := tls.Client(raw, config)
		if err := secure.HandshakeContext(ctx); err != nil {
			return nil, errors.Join(err, raw.Close())
		}
		raw = secure
	}
	c := &Conn{
		o: o, conn: raw, host: address, greeted: make(chan struct{}), ended: make(chan struct{}), buffer: bufio.NewWriterSize(raw, buffer), next: 1, open: make(map[uint32]*pending),
		most: mostCalls, window: 65_535, initial: 65_535, // RFC 9113, 6.5.2 and 6.9.2, until the peer says something else
	}
	c.in = bufio.NewReaderSize(raw, buffer)
	c.writing, c.reading = http2.NewFramer(c.buffer, nil), http2.NewFramer(nil, c.in)
	c.reading.SetReuseFrames()
	c.reading.SetMaxReadFrameSize(frameSize)
	c.encoder = hpack.NewEncoder(&c.headers)
	if err := c.greet(); err != nil {
		return nil, errors.Join(err, raw.Close())
	}
	go c.read()
	select { // what is called before is refused if it is more than the peer allows
	case <-c.greeted:
		return c, nil
	case <-c.ended:
		return nil, c.failed
	case <-ctx.Done():
		c.Close()
		return nil, ctx.Err()
	}
}

func (c *Conn) greet() error {
	if _, err := io.WriteString(c.buffer, http2.ClientPreface); err != nil {
		return err
	}
	return errors.Join(
		c.writing.WriteSettings(http2.Setting{ID: http2.SettingEnablePush}, http2.Setting{ID: http2.SettingInitialWindowSize, Val: ownWindow}),
		c.writing.WriteWindowUpdate(0, ownWindow-65_535),
		c.flush())
}

// Protocol is the ALPN name that the peer has chosen; empty without TLS.
func (c *Conn) Protocol() string {
	if secure, ok := c.conn.(*tls.Conn); ok {
		return secure.ConnectionState().NegotiatedProtocol
	}
	return ""
}

// Call makes a call of the connection's method, which goes out with the next [Conn.Flush]. When the peer allows none for the moment nothing happens, and it is false.
func (c *Conn) Call(number uint64, message []byte) (bool, error) {
	return c.CallOf(c.o.Method, number, message)
}

// CallOf is Call of another method.
func (c *Conn) CallOf(method string, number uint64, message []byte) (bool, error) {
	c.out.Lock()
	defer c.out.Unlock()
	stream, err := c.begin(number, int64(len(message)+preambleSize))
	if stream == 0 {
		return false, err
	}
	err = c.conn.SetWriteDeadline(time.Now().Add(stuck)) // what does not fit the buffer is written at once
	if err == nil {
		err = c.write(stream, method, message)
	}
	if err != nil {
		c.state.Lock()
		delete(c.open, stream) // it was not made, and nobody is told that it is lost
		c.state.Unlock()
		return false, c.fail(err)
	}
	return true, nil
}

// begin takes a stream, unless there is none (0).
func (c *Conn) begin(number uint64, size int64) (stream uint32, err error) {
	c.state.Lock()
	defer c.state.Unlock()
	switch {
	case c.failed != nil:
		return 0, c.failed
	case c.next > lastStream:
		return 0, ErrClosed
	case len(c.open) >= c.most || c.window < size || c.initial < size:
		return 0, nil
	}
	stream = c.next
	c.next += 2
	c.window -= size
	c.open[stream] = c.newPending(number)
	return stream, nil
}

// newPending takes a spare one if there is one. The caller holds state.
func (c *Conn) newPending(number uint64) *pending {
	n := len(c.spare)
	if n == 0 {
		return &pending{call: number}
	}
	p := c.spare[n-1]
	c.spare = c.spare[:n-1]
	p.call, p.message = number, p.message[:0]
	return p
}

func (c *Conn) write(stream uint32, method string, message []byte) error {
	if !c.settled || c.method != method {
		if err := c.encode(method); err != nil {
			return err
		}
	}
	if err := c.writing.WriteHeaders(http2.HeadersFrameParam{StreamID: stream, BlockFragment: c.headers.Bytes(), EndHeaders: true}); err != nil {
		return err
	}
	c.body = binary.BigEndian.AppendUint32(append(c.body[:0], 0), uint32(len(message)))
	c.body = append(c.body, message...)
	rest := c.body
	for ; len(rest) > frameSize; rest = rest[frameSize:] {
		if err := c.writing.WriteData(stream, false, rest[:frameSize]); err != nil {
			return err
		}
	}
	return c.writing.WriteData(stream, true, rest)
}

// encode makes the headers of a call of a method.
func (c *Conn) encode(method string) error {
	before := bytes.Clone(c.headers.Bytes())
	c.headers.Reset()
	scheme := "http"
	if c.o.TLS != nil {
		scheme = "https"
	}
	for _, f := range [...][2]string{
		{":method", "POST"}, {":scheme", scheme}, {":path", method}, {":authority", c.host}, {"content-type", "application/grpc"}, {"te", "trailers"},
	} {
		if err := c.encoder.WriteField(hpack.HeaderField{Name: f[0], Value: f[1]}); err != nil {
			return err
		}
	}
	c.settled = c.method == method && bytes.Equal(before, c.headers.Bytes())
	c.method = method
	return nil
}

// Flush sends what was called.
func (c *Conn) Flush() error {
	c.out.Lock()
	defer c.out.Unlock()
	if err := c.flush(); err != nil {
		return c.fail(err)
	}
	return nil
}

func (c *Conn) flush() error {
	if c.buffer.Buffered() == 0 {
		return nil
	}
	if err := c.conn.SetWriteDeadline(time.Now().Add(stuck)); err != nil {
		return err
	}
	return c.buffer.Flush()
}

// Underway is how many calls have no answer.
func (c *Conn) Underway() int {
	c.state.Lock()
	defer c.state.Unlock()
	return len(c.open)
}

// fail ends the connection. Reading ends with it, and tells the calls under way that they are lost.
func (c *Conn) fail(err error) error {
	c.state.Lock()
	defer c.state.Unlock()
	if c.failed == nil {
		c.failed = fmt.Errorf("%w: %w", ErrClosed, err)
		_ = c.conn.Close()
	}
	return c.failed
}

// Close ends the connection and waits until the calls under way are told to be lost.
func (c *Conn) Close() {
	_ = c.fail(net.ErrClosed)
	<-c.ended
}
