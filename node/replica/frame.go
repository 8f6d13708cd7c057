package replica

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"net"
)

// A frame is a length (u32) and a message of that many bytes.

const frameBuffer = 64 << 10

// conn is a connection with its buffers. One goroutine reads and one writes at a time.
type conn struct {
	net.Conn
	r *bufio.Reader
	w *bufio.Writer
	b []byte // for encoding
}

func newConn(c net.Conn) *conn {
	return &conn{Conn: c, r: bufio.NewReaderSize(c, frameBuffer), w: bufio.NewWriterSize(c, frameBuffer)}
}

// send writes a frame and flushes it.
func (c *conn) send(encode func([]byte) ([]byte, error)) error {
	b, err := encode(append(c.b[:0], 0, 0, 0, 0))
	if err != nil {
		return err
	}
	if c.b = b; cap(b) > 1<<20 {
		c.b = nil // one large message must not hold memory for ever
	}
	binary.BigEndian.PutUint32(b, uint32(len(b)-4))
	if _, err := c.w.Write(b); err != nil {
		return err
	}
	return c.w.Flush()
}

// receive reads a frame into memory of its own, which grows as bytes arrive and not as a length promises.
func (c *conn) receive() ([]byte, error) {
	var head [4]byte
	if _, err := io.ReadFull(c.r, head[:]); err != nil {
		return nil, err
	}
	n := binary.BigEndian.Uint32(head[:])
	if n > maxMessage {
		return nil, fmt.Errorf("raft message of %d bytes, at most %d", n, maxMessage)
	}
	if n <= frameBuffer {
		b := make([]byte, n)
		_, err := io.ReadFull(c.r, b)
		return b, err
	}
	var b bytes.Buffer
	if _, err := io.CopyN(&b, c.r, int64(n)); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
