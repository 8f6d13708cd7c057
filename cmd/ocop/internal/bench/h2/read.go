package h2

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strconv"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// read takes frames until the connection ends.
func (c *Conn) read() {
	defer close(c.ended)
	r := &reader{Conn: c}
	r.decoder = hpack.NewDecoder(4096, r.field) // RFC 9113, 6.5.2: a table's size unless another one is asked for
	var err error
	for err == nil {
		var f http2.Frame
		if f, err = c.reading.ReadFrame(); err == nil {
			err = r.frame(f)
		}
		if err == nil && c.o.Prompt && c.in.Buffered() == 0 {
			err = c.Flush()
		}
	}
	_ = c.fail(err)
	c.state.Lock()
	lost := c.open
	c.open = nil
	c.state.Unlock()
	for _, p := range lost {
		c.o.Answered(Answer{Call: p.call, Lost: true})
	}
}

// reader is the state of reading, of one goroutine.
type reader struct {
	*Conn
	decoder *hpack.Decoder
	greeted bool
	status  uint32 // in the headers that are being read
	details string
	taken   uint32 // bytes read since the peer was given window
}

var errFrame = errors.New("a frame that has no place here")

func (r *reader) frame(f http2.Frame) error {
	switch f := f.(type) {
	case *http2.HeadersFrame:
		return r.headersFrame(f)
	case *http2.DataFrame:
		return r.data(f)
	case *http2.SettingsFrame:
		return r.settings(f)
	case *http2.WindowUpdateFrame: // a stream's own is larger than any message
		if f.StreamID == 0 {
			r.state.Lock()
			r.window += int64(f.Increment)
			r.state.Unlock()
		}
	case *http2.PingFrame:
		if !f.IsAck() {
			return r.say(func() error { return r.writing.WritePing(true, f.Data) })
		}
	case *http2.RSTStreamFrame:
		r.answer(f.StreamID, func(a *Answer) { a.Lost = true })
	case *http2.GoAwayFrame:
		return fmt.Errorf("the node goes away: %v", f.ErrCode)
	case *http2.ContinuationFrame, *http2.PushPromiseFrame:
		return errFrame
	}
	return nil
}

// say writes a frame at once.
func (r *reader) say(write func() error) error {
	r.out.Lock()
	defer r.out.Unlock()
	return errors.Join(write(), r.flush())
}

func (r *reader) settings(f *http2.SettingsFrame) error {
	if f.IsAck() {
		return nil
	}
	r.state.Lock()
	if v, ok := f.Value(http2.SettingMaxConcurrentStreams); ok {
		r.most = int(min(v, mostCalls))
	}
	if v, ok := f.Value(http2.SettingInitialWindowSize); ok {
		r.initial = int64(v)
	}
	r.state.Unlock()
	if !r.greeted {
		r.greeted = true
		defer close(r.Conn.greeted)
	}
	return r.say(func() error {
		if v, ok := f.Value(http2.SettingHeaderTableSize); ok {
			r.encoder.SetMaxDynamicTableSizeLimit(v)
			r.settled = false
		}
		return r.writing.WriteSettingsAck()
	})
}

// field takes a header or trailer.
func (r *reader) field(f hpack.HeaderField) {
	switch f.Name {
	case "grpc-status":
		if n, err := strconv.ParseUint(f.Value, 10, 32); err == nil {
			r.status = uint32(n)
		}
	case "grpc-status-details-bin":
		r.details = f.Value
	}
}

func (r *reader) headersFrame(f *http2.HeadersFrame) error {
	if !f.HeadersEnded() {
		return errFrame // ours are of some hundred bytes
	}
	const unknown = 2 // gRPC's code for an answer without one
	r.status, r.details = unknown, ""
	if _, err := r.decoder.Write(f.HeaderBlockFragment()); err != nil {
		return err
	}
	if err := r.decoder.Close(); err != nil {
		return err
	}
	if f.StreamEnded() {
		r.answer(f.StreamID, func(a *Answer) { a.Status, a.Details = r.status, r.details })
	}
	return nil
}

func (r *reader) data(f *http2.DataFrame) error {
	if r.taken += f.Length; r.taken >= replenish {
		given := r.taken
		r.taken = 0
		if err := r.say(func() error { return r.writing.WriteWindowUpdate(0, given) }); err != nil {
			return err
		}
	}
	r.state.Lock()
	defer r.state.Unlock()
	p := r.open[f.StreamID]
	if p == nil {
		return nil
	}
	if p.message = append(p.message, f.Data()...); len(p.message) > r.o.MaxAnswer {
		return io.ErrShortBuffer
	}
	return nil
}

// answer tells what came of a call.
func (r *reader) answer(stream uint32, say func(*Answer)) {
	r.state.Lock()
	p := r.open[stream]
	delete(r.open, stream)
	r.state.Unlock()
	if p == nil { // told already: a node may reset a stream behind its answer
		return
	}
	a := Answer{Call: p.call}
	if say(&a); a.Status == 0 && !a.Lost {
		if len(p.message) < preambleSize || p.message[0] != 0 || binary.BigEndian.Uint32(p.message[1:]) != uint32(len(p.message)-preambleSize) {
			a.Lost = true // half an answer is none
		} else {
			a.Message = p.message[preambleSize:]
		}
	}
	r.o.Answered(a)
	r.state.Lock()
	r.spare = append(r.spare, p) // as many as were ever under way
	r.state.Unlock()
}
