package receive

import (
	"context"
	"io"
	"strconv"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/mem"
	"google.golang.org/grpc/status"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/reason"
	"github.com/ocopledger/ocop/ledger/rules"
)

const (
	// preambleSize is what gRPC puts before a message: a flag for compression, and the length.
	preambleSize = 5
	// piece is how much is read at once of what comes by gRPC's own transport. A sender may make a frame of each byte, which takes some 80 bytes until the piece is there.
	piece = 1 << 10
	// bodyPiece is how much is read at once of a body, which gathers what comes: as much as gRPC has a buffer for.
	bodyPiece = 16 << 10
	// firstBuffer is where a message begins to be gathered that is more than a piece.
	firstBuffer = 16 << 10
)

// call is a call as it is received, and the context that it is served in.
type call struct {
	context.Context
	end  func(error) // has whoever reads the call's message stop; called once
	body *body       // nil: it comes by gRPC's own transport

	// Of the room, under its lock.
	older, newer *call
	in           bool
	holds        int64
	until        time.Time
	cut          error // why it was cut off
}

type callKey struct{}

// Value implements context.Context.
func (c *call) Value(key any) any {
	if key == (callKey{}) {
		return c
	}
	return c.Context.Value(key)
}

// source is how gRPC's transport gives a call's bytes, also when it is net/http's. It is what gRPC itself reads from; its type is exported by no package, its methods are.
type source interface {
	ReadMessageHeader(header []byte) error
	Read(n int) (mem.BufferSlice, error)
}

// reader reads the messages of one call.
type reader struct {
	room    *Room
	call    *call
	from    source
	limit   int
	several bool // the caller may send more than one message
}

// begin takes a call in, unless there are too many. Its end is to be told with done.
func (r *Room) begin(ctx context.Context, method string, several bool) (*reader, error) {
	if n := r.underway.Add(1); r.o.Calls > 0 && n > r.o.Calls {
		return nil, r.crowded
	}
	c, ok := ctx.Value(callKey{}).(*call)
	from, reads := grpc.ServerTransportStreamFromContext(ctx).(source)
	if !ok || !reads {
		return nil, status.Error(codes.Internal, "the call did not come through the door that bounds what is received")
	}
	return &reader{r, c, from, r.limit(method), several}, nil
}

func (r *Room) done() { r.underway.Add(-1) }

// message reads the next message. Of a caller who sends one alone it wants the end behind it.
func (r *reader) message(v any) error {
	if !r.several {
		r.room.enter(r.call)
	}
	data, err := r.receive()
	if err == nil && !r.several {
		err = r.last()
	}
	if cut := r.room.leave(r.call); cut != nil {
		err = cut
	}
	if err == nil {
		err = r.room.o.Codec.Unmarshal(data, v)
		if err != nil {
			err = status.Errorf(codes.Internal, "grpc: failed to unmarshal the received message: %v", err)
		}
	}
	data.Free()
	return err
}

// receive reads a message's bytes, and gives what it has when it fails.
func (r *reader) receive() (mem.BufferSlice, error) {
	var preamble [preambleSize]byte
	if err := r.head(preamble[:]); err != nil {
		if err == io.EOF && !r.several {
			err = status.Error(codes.Internal, "the call ended without a message")
		}
		return nil, err
	}
	if r.several {
		r.room.enter(r.call)
	}
	if preamble[0] != 0 {
		return nil, status.Error(codes.Unimplemented, "grpc: messages are not taken compressed")
	}
	n := int(preamble[1])<<24 | int(preamble[2])<<16 | int(preamble[3])<<8 | int(preamble[4])
	if n > r.limit {
		return nil, r.room.o.Refuse(&rules.Refusal{Reason: reason.MessageTooLarge, Action: ledger.WholeRecord, Args: []reason.Arg{
			reason.Count("have", uint64(n)), reason.Count("want", uint64(r.limit)),
		}})
	}
	if n == 0 {
		return nil, nil
	}
	if n <= piece {
		return r.part(n)
	}
	return r.gather(n)
}

// gather reads a message of several pieces into a buffer that doubles as they come.
func (r *reader) gather(n int) (mem.BufferSlice, error) {
	step := piece
	if r.call.body != nil {
		step = bodyPiece
	}
	var buffer *[]byte
	have := 0
	whole := func() mem.BufferSlice {
		if buffer == nil {
			return nil
		}
		*buffer = (*buffer)[:have]
		return mem.BufferSlice{mem.NewBuffer(buffer, r.room.pool)}
	}
	for have < n {
		next := min(step, n-have)
		if buffer == nil || have+next > len(*buffer) {
			var err error
			if buffer, err = r.larger(buffer, have); err != nil {
				return whole(), err
			}
		}
		part, err := r.part(next)
		if err != nil {
			part.Free()
			return whole(), err
		}
		part.CopyTo((*buffer)[have:])
		part.Free()
		have += next
	}
	return whole(), nil
}

// larger gives a buffer of twice the size with what the smaller one holds, in whose place it is: also with an error it gives the one that is held now.
func (r *reader) larger(buffer *[]byte, have int) (*[]byte, error) {
	size := firstBuffer
	if buffer != nil {
		size = 2 * len(*buffer)
	}
	if err := r.room.grow(r.call, int64(size)); err != nil {
		return buffer, err
	}
	made := r.room.pool.Get(size)
	if buffer == nil {
		return made, nil
	}
	copy(*made, (*buffer)[:have])
	freed := int64(len(*buffer))
	r.room.pool.Put(buffer)
	return made, r.room.grow(r.call, -freed)
}

func (r *reader) head(into []byte) error {
	r.want(len(into))
	return told(r.from.ReadMessageHeader(into))
}

func (r *reader) part(n int) (mem.BufferSlice, error) {
	r.want(n)
	data, err := r.from.Read(n)
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return data, told(err)
}

// last wants the end of the call.
func (r *reader) last() error {
	var more [1]byte
	switch err := r.head(more[:]); err {
	case nil:
		return status.Error(codes.Internal, "the call has more than one message")
	case io.EOF:
		return nil
	default:
		return err
	}
}

// want lets so many bytes come out of a body.
func (r *reader) want(n int) {
	if r.call.body != nil {
		r.call.body.want(n)
	}
}

// told makes a status of what a transport says, except of the end.
func told(err error) error {
	if err == nil || err == io.EOF {
		return err
	}
	if _, ok := status.FromError(err); ok {
		return err
	}
	if err == io.ErrUnexpectedEOF {
		return status.Error(codes.Internal, "the call ended within a message")
	}
	return status.Error(codes.Unavailable, err.Error())
}

// incomplete is what is wrong with a message that has not come.
func incomplete(seconds uint64) reason.Fault {
	s := strconv.FormatUint(seconds, 10)
	return reason.Fault{Kind: "incomplete", Vietnamese: "thông điệp không đến đủ trong " + s + " giây", English: "the message was not complete after " + s + " seconds"}
}
