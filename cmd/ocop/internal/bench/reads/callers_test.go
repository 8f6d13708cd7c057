package reads

import (
	"context"
	"maps"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
	"github.com/ocopledger/ocop/proto/ocop/api/v1/apigrpc"
)

const deadline = 20 * time.Second

// node answers as a test says. How real nodes answer is seen by the benchmark's own runs.
type node struct {
	apigrpc.UnimplementedProofServiceServer
	answer func(asked int64) ([]byte, error)
	asked  atomic.Int64
	under  atomic.Int64
	peak   atomic.Int64
	mu     sync.Mutex
	kinds  map[Kind]int
}

func (n *node) say(k Kind) ([]byte, error) {
	now := n.under.Add(1)
	defer n.under.Add(-1)
	for old := n.peak.Load(); now > old && !n.peak.CompareAndSwap(old, now); old = n.peak.Load() {
	}
	n.mu.Lock()
	n.kinds[k]++
	n.mu.Unlock()
	return n.answer(n.asked.Add(1))
}

func (n *node) GetSubjectReceipt(_ context.Context, q *apiv1.GetSubjectReceiptRequest) (*apiv1.GetSubjectReceiptResponse, error) {
	k := Product
	switch q.GetSubject().(type) {
	case *apiv1.GetSubjectReceiptRequest_Certificate:
		k = Certificate
	case *apiv1.GetSubjectReceiptRequest_Lot:
		k = Lot
	}
	file, err := n.say(k)
	return &apiv1.GetSubjectReceiptResponse{AsOf: &apiv1.AsOf{Height: 7, Notice: "sample"}, File: file}, err
}

func (n *node) GetRecordReceipt(_ context.Context, q *apiv1.GetRecordReceiptRequest) (*apiv1.GetRecordReceiptResponse, error) {
	k := Record
	if q.Action != nil {
		k = Action
	}
	file, err := n.say(k)
	return &apiv1.GetRecordReceiptResponse{AsOf: &apiv1.AsOf{Height: 7}, File: file}, err
}

func serve(t *testing.T, answer func(asked int64) ([]byte, error)) (*node, *grpc.Server, string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return serveOn(t, l, answer)
}

func serveOn(t *testing.T, l net.Listener, answer func(asked int64) ([]byte, error)) (*node, *grpc.Server, string) {
	n, server := &node{answer: answer, kinds: make(map[Kind]int)}, grpc.NewServer()
	apigrpc.RegisterProofServiceServer(server, n)
	go func() { _ = server.Serve(l) }()
	t.Cleanup(server.Stop)
	return n, server, l.Addr().String()
}

func asking(t *testing.T, at string, callers, lines int) *Callers {
	t.Helper()
	list, err := Questions(sales(20), Kinds(), 0)
	if err != nil {
		t.Fatal(err)
	}
	return &Callers{Node: at, Questions: list, Callers: callers, Lines: lines}
}

// TestCallers: each caller has one question under way and all have; kinds come in turn; every answer is counted, what it is no receipt for by its reason.
func TestCallers(t *testing.T) {
	t.Parallel()
	const callers, lines, most = 10, 3, 3000
	refusal, err := status.New(codes.NotFound, "no").WithDetails(&errdetails.ErrorInfo{Reason: "not_found"})
	if err != nil {
		t.Fatal(err)
	}
	offer, stop := context.WithTimeout(t.Context(), deadline)
	defer stop()
	file := []byte("a receipt of some length")
	met := make(chan struct{})
	var first atomic.Int64
	n, _, at := serve(t, func(asked int64) ([]byte, error) {
		if asked <= callers { // all of them are there, or nobody is answered
			if first.Add(1) == callers {
				close(met)
			}
			<-met
		}
		switch {
		case asked == most:
			stop()
		case asked == 100:
			return nil, refusal.Err()
		case asked == 200:
			return nil, status.Error(codes.Internal, "no")
		case asked == 300:
			return nil, nil
		}
		return file, nil
	})
	tally := NewTally(time.Now(), 0, time.Hour, Kinds())
	asking(t, at, callers, lines).Run(t.Context(), offer, time.Now(), tally)
	r := tally.Result()
	asked := uint64(n.asked.Load())
	answered, bytes := r.Answered()
	if want := map[string]uint64{"not_found": 1, "internal": 1, "unexpected_answer": 1}; !maps.Equal(r.Errors, want) || answered != asked-3 || asked < most || r.Open != 0 {
		t.Errorf("%d of %d answered, %v, %d open", answered, asked, r.Errors, r.Open)
	}
	if bytes != answered*uint64(len(file)) || r.Latency.Count() != answered || n.peak.Load() != callers {
		t.Errorf("%d bytes, %d counted, %d at once", bytes, r.Latency.Count(), n.peak.Load())
	}
	for i, c := range r.Counts {
		if even := asked / uint64(len(Kinds())); c.Kind != Kinds()[i] || c.Answered+3 < even || c.Answered > even+1 || n.kinds[c.Kind] < int(c.Answered) {
			t.Errorf("%+v of %d, the node was asked %d times", c, asked, n.kinds[c.Kind])
		}
	}
	if len(r.Kept) < keepAtLeast || len(r.Kept) > keepAtLeast+most/keepOneIn+len(Kinds()) {
		t.Errorf("%d kept", len(r.Kept))
	}
	for _, k := range r.Kept {
		if string(k.File) != string(file) {
			t.Fatalf("kept of %v: %q", k.Question, k.File)
		}
	}
}

// TestCallersRate: questions are asked as they fall due, and no more.
func TestCallersRate(t *testing.T) {
	t.Parallel()
	const rate, lasts = 500.0, 400 * time.Millisecond
	n, _, at := serve(t, func(int64) ([]byte, error) { return []byte("receipt"), nil })
	c := asking(t, at, 3, 2)
	c.Rate = rate
	begun := time.Now()
	offer, stop := context.WithDeadline(t.Context(), begun.Add(lasts))
	defer stop()
	tally := NewTally(begun, 0, time.Hour, Kinds())
	c.Run(t.Context(), offer, begun, tally)
	answered, _ := tally.Result().Answered()
	if most := rate*time.Since(begun).Seconds() + 2; answered == 0 || float64(answered) > most || answered != uint64(n.asked.Load()) {
		t.Errorf("%d answered of %d, at most %.0f were due", answered, n.asked.Load(), most)
	}
}

// TestCallersReconnect: a node that goes away and comes back is asked on; what was under way is counted as unreachable, and nobody is lost for it.
func TestCallersReconnect(t *testing.T) {
	t.Parallel()
	const callers, before = 6, 200
	offer, stop := context.WithTimeout(t.Context(), deadline)
	defer stop()
	away := make(chan struct{})
	_, first, at := serve(t, func(asked int64) ([]byte, error) {
		if asked == before {
			close(away)
		}
		return []byte("receipt"), nil
	})
	tally := NewTally(time.Now(), 0, time.Hour, Kinds())
	ended := make(chan struct{})
	go func() {
		asking(t, at, callers, 2).Run(t.Context(), offer, time.Now(), tally)
		close(ended)
	}()
	<-away
	first.Stop()
	l, err := net.Listen("tcp", at)
	if err != nil {
		t.Fatal(err)
	}
	back := make(chan struct{})
	serveOn(t, l, func(asked int64) ([]byte, error) {
		if asked == callers { // each of them has one question under way
			close(back)
		}
		select {
		case <-back:
		case <-offer.Done():
		}
		return []byte("receipt"), nil
	})
	select {
	case <-back:
	case <-offer.Done():
		t.Error("not all callers are back")
	}
	stop()
	<-ended
	r := tally.Result()
	if answered, _ := r.Answered(); answered < before-callers || r.Errors["unreachable"] == 0 || len(r.Errors) != 1 || r.Open != 0 {
		t.Errorf("%d answered, %v, %d open", answered, r.Errors, r.Open)
	}
}

// TestCallersEnd: who waits in vain is given up with ctx.
func TestCallersEnd(t *testing.T) {
	t.Parallel()
	const callers = 5
	ctx, end := context.WithCancel(t.Context())
	defer end()
	_, _, at := serve(t, func(asked int64) ([]byte, error) {
		if asked == callers {
			end()
		}
		<-t.Context().Done()
		return nil, nil
	})
	tally := NewTally(time.Now(), 0, time.Hour, Kinds())
	asking(t, at, callers, 2).Run(ctx, ctx, time.Now(), tally)
	if r := tally.Result(); r.Open != callers || r.Latency.Count() != 0 {
		t.Errorf("%d open, %d answered", r.Open, r.Latency.Count())
	}
}

// TestFileOf: an answer is read as protobuf has it, and what is none has no file.
func TestFileOf(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ message, want string }{
		{"", ""},
		{"\x12\x03abc", "abc"},
		{"\x0a\x02xy\x12\x03abc", "abc"},
		{"\x12\x01a\x12\x03abc", "abc"},  // the last one counts
		{"\x12\x03abc\x0a\x02xy", "abc"}, // in any order
		{"\x12\x04abc", ""},
		{"\x0a\x02xy", ""},
		{"\xff", ""},
	} {
		if got := fileOf([]byte(c.message)); string(got) != c.want {
			t.Errorf("%q: %q, want %q", c.message, got, c.want)
		}
	}
}
