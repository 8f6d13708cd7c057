package receive_test

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/ocopledger/ocop/node/receive"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
	"github.com/ocopledger/ocop/proto/ocop/api/v1/apigrpc"
)

func perTransport(t *testing.T, test func(t *testing.T, protocol string)) {
	t.Helper()
	for name, protocol := range transports {
		t.Run(name, func(t *testing.T) { test(t, protocol) })
	}
}

// request is a Submit of one envelope of so many random bytes, and what is answered.
func request(n int) (*apiv1.SubmitRequest, uint64) {
	e := make([]byte, n)
	r := rand.New(rand.NewPCG(uint64(n), 1))
	for i := range e {
		e[i] = byte(r.Uint32())
	}
	return &apiv1.SubmitRequest{Envelopes: [][]byte{e}}, sum([][]byte{e})
}

// TestMessagesThatNeverEnd: on one connection as many calls as it allows bring nearly the largest message, and then nothing more. What the door holds of them stays within
// its bound, also in the process's memory, and callers who end their messages are served all the while.
func TestMessagesThatNeverEnd(t *testing.T) {
	const bound, attackers = 16 << 20, 200
	perTransport(t, func(t *testing.T, protocol string) {
		n := serve(t, protocol, receive.Options{Bytes: bound, Within: time.Hour})
		before := heap()
		ctx, cancel := context.WithTimeout(t.Context(), deadline)
		var attacking sync.WaitGroup
		defer attacking.Wait()
		defer cancel()
		var turnedAway atomic.Int64
		tr := n.raw()
		for range attackers {
			attacking.Go(func() {
				told, err := n.call(ctx, tr, submit, begun(largest-100, largest-200))
				if err == nil && strings.HasPrefix(told, "8 ") && strings.Contains(told, "overloaded") {
					turnedAway.Add(1)
				} else if ctx.Err() == nil {
					t.Errorf("%q, %v", told, err)
				}
			})
		}
		client := n.client()
		worst := int64(0)
		for turnedAway.Load() < attackers-bound/largest && ctx.Err() == nil {
			var calling sync.WaitGroup
			for i := range 6 { // with buffers of their own, whatever is cut off meanwhile
				calling.Go(func() {
					q, want := request([]int{300, 200_000}[i%2] + i)
					if a, err := client.Submit(ctx, q); ctx.Err() == nil && (err != nil || a.GetAsOf().GetHeight() != want) {
						t.Errorf("an honest call: %v, %v", a, err)
					}
				})
			}
			calling.Wait()
			worst = max(worst, n.room.Holding().Bytes)
		}
		if ctx.Err() != nil {
			t.Fatalf("%d calls were turned away in %v: %+v", turnedAway.Load(), deadline, n.room.Holding())
		}
		h := n.room.Holding()
		if worst = max(worst, h.Bytes); worst > bound || h.Bytes < bound/2 || h.Crowded < attackers-bound/(largest-200) {
			t.Errorf("%d bytes are held at most, %+v; the bound is %d", worst, h, bound)
		}
		if grown := heap() - before; grown > 4*bound {
			t.Errorf("the process holds %d MiB more than before, with a bound of %d", grown>>20, bound>>20)
		}
	})
}

func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// TestFramesOfAByte: who makes a frame of each byte has the door hold no more for it.
func TestFramesOfAByte(t *testing.T) {
	const bound = 8 << 20
	n := serve(t, "", receive.Options{Bytes: bound, Within: time.Hour})
	c, err := net.Dial("tcp", n.address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	go func() { _, _ = io.Copy(io.Discard, c) }()
	before := heap()
	w := &buffered{Conn: c}
	f := http2.NewFramer(w, nil)
	check(t, w.write(http2.ClientPreface))
	check(t, f.WriteSettings())
	const calls, bytes = 100, 60_000
	for i := range calls {
		check(t, f.WriteHeaders(http2.HeadersFrameParam{StreamID: uint32(2*i + 1), BlockFragment: headers(n.address, submit), EndHeaders: true}))
		check(t, f.WriteData(uint32(2*i+1), false, binary.BigEndian.AppendUint32([]byte{0}, largest)))
		for range bytes {
			check(t, f.WriteData(uint32(2*i+1), false, []byte{0}))
		}
		check(t, w.flush())
	}
	eventually(t, "all has come", func() bool { return n.room.Holding().Crowded >= calls-bound/(receive.Begun+64<<10) }) // 60,000 bytes are in a buffer of 64 KiB
	if h, grown := n.room.Holding(), heap()-before; h.Bytes > bound || grown > 4*bound {
		t.Errorf("%+v, and %d MiB more in memory", h, grown>>20)
	}
}

// TestWithin: a message that does not come ends its call, of either kind, with a reason; a stream that waits for its next message goes on.
func TestWithin(t *testing.T) {
	perTransport(t, func(t *testing.T, protocol string) {
		n := serve(t, protocol, receive.Options{Bytes: 64 << 20, Within: 200 * time.Millisecond})
		tr := n.raw()
		stream, err := n.client().SubmitStream(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for name, b := range map[string]struct {
			method       string
			length, come int
		}{
			"nothing but a beginning": {submit, 100, 0}, "less than a piece": {submit, 100, 99}, "much": {submit, largest, largest - 1},
			"of a stream": {apigrpc.SubmitService_SubmitStream_FullMethodName, 5000, 4000},
		} {
			told, err := n.call(t.Context(), tr, b.method, begun(b.length, b.come))
			if err != nil || !strings.HasPrefix(told, "3 ") || !strings.Contains(told, "not complete") {
				t.Errorf("%s: %q, %v", name, told, err)
			}
		}
		told, err := n.call(t.Context(), tr, submit, silence())
		if err != nil || !strings.HasPrefix(told, "3 ") {
			t.Errorf("not even a beginning: %q, %v", told, err)
		}
		if h := n.room.Holding(); h.Late != 5 || h.Crowded != 0 || h.Bytes != 0 {
			t.Errorf("%+v", h)
		}
		q, want := request(70_000)
		check(t, stream.Send(&apiv1.SubmitStreamRequest{Envelopes: q.Envelopes}))
		if a, err := stream.Recv(); err != nil || a.GetAsOf().GetHeight() != want {
			t.Errorf("a stream that waited longer than a message may: %v, %v", a, err)
		}
		check(t, stream.CloseSend())
		if _, err := stream.Recv(); !errors.Is(err, io.EOF) {
			t.Error(err)
		}
	})
}

// TestSizes: messages of all sizes up to the method's largest come as they were sent, alone and in a stream, and what is larger is refused before it is read.
func TestSizes(t *testing.T) {
	perTransport(t, func(t *testing.T, protocol string) {
		n := serve(t, protocol, receive.Options{Bytes: 64 << 20, Within: time.Minute})
		client := n.client()
		stream, err := client.SubmitStream(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		const framing = 5 // of an envelope that takes a length of four bytes
		for _, size := range []int{0, 1, 1000, 1021, 1022, 1023, 1024, 1025, 2048, 16_379, 16_384, 16_385, 65_535, 100_000, 1 << 20, largest - framing} {
			q, want := request(size)
			a, err := client.Submit(t.Context(), q)
			if err != nil || a.GetAsOf().GetHeight() != want {
				t.Errorf("%d bytes: %v, %v", size, a, err)
			}
			check(t, stream.Send(&apiv1.SubmitStreamRequest{Envelopes: q.Envelopes}))
			if a, err := stream.Recv(); err != nil || a.GetAsOf().GetHeight() != want {
				t.Errorf("%d bytes in a stream: %v, %v", size, a, err)
			}
		}
		for method, size := range map[string]int{submit: largest, apigrpc.SubmitService_Simulate_FullMethodName: small} {
			told, err := n.call(t.Context(), n.raw(), method, begun(size+1, 0))
			if err != nil || !strings.HasPrefix(told, "3 ") || !strings.Contains(told, "at most") {
				t.Errorf("%s of %d bytes: %q, %v", method, size+1, told, err)
			}
		}
		if _, err := client.Simulate(t.Context(), &apiv1.SimulateRequest{Actions: [][]byte{make([]byte, small-10)}}); err != nil {
			t.Error(err)
		}
	})
}

// TestPlacesOfCalls: a call beyond those that there may be is turned away, and one that ends makes room.
func TestPlacesOfCalls(t *testing.T) {
	const places = 3
	perTransport(t, func(t *testing.T, protocol string) {
		n := serve(t, protocol, receive.Options{Bytes: 64 << 20, Within: time.Minute, Calls: places})
		client := n.client()
		q, _ := request(10)
		open := func() error { // a stream that is served, and then waits
			s, err := client.SubmitStream(t.Context())
			if err == nil {
				err = s.Send(&apiv1.SubmitStreamRequest{Envelopes: q.Envelopes})
			}
			if err == nil {
				_, err = s.Recv()
			}
			return err
		}
		for range places - 1 {
			check(t, open())
		}
		for range 5 {
			if _, err := client.Submit(t.Context(), q); err != nil {
				t.Errorf("with a place: %v", err)
			}
		}
		check(t, open())
		if _, err := client.Submit(t.Context(), q); status.Code(err) != codes.ResourceExhausted {
			t.Errorf("without a place: %v", err)
		}
	})
}

// TestMalformed: what is no call of one message is refused.
func TestMalformed(t *testing.T) {
	perTransport(t, func(t *testing.T, protocol string) {
		n := serve(t, protocol, receive.Options{Bytes: 64 << 20, Within: time.Minute})
		message, err := proto.Marshal(&apiv1.SubmitRequest{Envelopes: [][]byte{{1}}})
		if err != nil {
			t.Fatal(err)
		}
		framed := func(flag byte, m []byte) string {
			return string(append(binary.BigEndian.AppendUint32([]byte{flag}, uint32(len(m))), m...))
		}
		for _, c := range []struct {
			name, body string
			want       codes.Code
		}{
			{"one message", framed(0, message), codes.OK},
			{"nothing", "", codes.Internal},
			{"half a beginning", "\x00\x00", codes.Internal},
			{"half a message", framed(0, message)[:6], codes.Internal},
			{"two messages", framed(0, message) + framed(0, message), codes.Internal},
			{"compressed", framed(1, message), codes.Unimplemented},
			{"no protobuf", framed(0, []byte{0xff}), codes.Internal},
		} {
			told, err := n.call(t.Context(), n.raw(), submit, io.NopCloser(strings.NewReader(c.body)))
			if code, _, _ := strings.Cut(told, " "); err != nil || code != strconv.Itoa(int(c.want)) {
				t.Errorf("%s: %q, %v, want %v", c.name, told, err, c.want)
			}
		}
	})
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// headers are those of a call.
func headers(host, method string) []byte {
	var b strings.Builder
	e := hpack.NewEncoder(&b)
	for _, h := range [][2]string{{":method", "POST"}, {":scheme", "http"}, {":path", method}, {":authority", host}, {"content-type", "application/grpc"}, {"te", "trailers"}} {
		_ = e.WriteField(hpack.HeaderField{Name: h[0], Value: h[1]}) // into memory
	}
	return []byte(b.String())
}

// buffered writes many frames at once.
type buffered struct {
	net.Conn
	data []byte
}

func (b *buffered) Write(data []byte) (int, error) {
	b.data = append(b.data, data...)
	return len(data), nil
}

func (b *buffered) write(text string) error {
	_, err := b.Write([]byte(text))
	return err
}

func (b *buffered) flush() error {
	_, err := b.Conn.Write(b.data)
	b.data = b.data[:0]
	return err
}
