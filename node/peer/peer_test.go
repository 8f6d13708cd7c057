package peer_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/reason"
	"github.com/ocopledger/ocop/ledger/rules"
	"github.com/ocopledger/ocop/node/peer"
	peerv1 "github.com/ocopledger/ocop/proto/ocop/peer/v1"
	"github.com/ocopledger/ocop/proto/ocop/peer/v1/peergrpc"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// deadline bounds waits; no test depends on how long anything takes.
const deadline = 30 * time.Second

// leader decides by the text of a record.
type leader struct {
	mu    sync.Mutex
	calls [][]string
	from  []ledger.AccountID
	hold  chan struct{} // Order waits for it when set
	short bool          // answers one fate too few

	stuck chan struct{} // the first Cosigned says that it waits, and waits, when set
	once  sync.Once

	under, most int // records in Order, and how many there ever were

	cosigned []peer.Cosignature
	drafts   []peer.Draft
	evidence []string
	promised []bool // of calls
}

func (l *leader) Evidence(name string) []byte {
	if name == "none" {
		return nil
	}
	return []byte(name)
}

func (l *leader) Order(_ context.Context, from ledger.AccountID, envelopes [][]byte, promised bool) (fates []peer.Fate) {
	var texts []string
	for _, e := range envelopes {
		texts = append(texts, string(e[:min(len(e), 10)]))
		if strings.HasPrefix(string(e), "bad") {
			fates = append(fates, peer.Fate{Refusal: refusal()})
		} else {
			fates = append(fates, peer.Fate{Ordered: true})
		}
	}
	l.mu.Lock()
	l.calls, l.from, l.promised = append(l.calls, texts), append(l.from, from), append(l.promised, promised)
	hold := l.hold
	l.under += len(envelopes)
	l.most = max(l.most, l.under)
	l.mu.Unlock()
	defer func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.under -= len(envelopes)
	}()
	if hold != nil {
		<-hold
	}
	if l.short {
		return fates[1:]
	}
	return fates
}

func (l *leader) Standing(from ledger.AccountID, q peer.Question) peer.Standing {
	own, yours := cosignature(1), cosignature(uint64(from))
	return peer.Standing{Clock: 1, Height: 2, Size: 3, Leader: 4, Term: 5, Cosigned: &own, Yours: &yours, EpochEnd: []byte{byte(q.Epoch)},
		Drafts: l.drafts, DraftsMark: q.DraftsMark + 1, Evidence: l.evidence, Diverged: true}
}

func (l *leader) Cosigned(from ledger.AccountID, signatures []peer.Cosignature) {
	if l.stuck != nil {
		l.once.Do(func() {
			l.stuck <- struct{}{}
			<-l.stuck
		})
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.from, l.cosigned = append(l.from, from), append(l.cosigned, signatures...)
}

func cosignature(size uint64) peer.Cosignature {
	c := peer.Cosignature{Size: size, Root: ledger.Hash{1, byte(size)}, Epoch: 3}
	c.Cosignature.Time, c.Cosignature.Signature = 1790000000, ident.NodeSignature{4, byte(size)}
	c.Log = &ident.NodeSignature{5, byte(size)}
	c.Witnesses = []peer.Witness{{Name: "w1.example", Cosignature: c.Cosignature}, {Name: "w2.example", Cosignature: ident.Cosignature{Time: 7}}}
	if size == 1 {
		c.Log = &ident.NodeSignature{9}
	}
	return c
}

func (l *leader) seen() (records int, calls int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range l.calls {
		records += len(c)
	}
	return records, len(l.calls)
}

func refusal() *rules.Refusal {
	return &rules.Refusal{Reason: reason.MoreThanLot, Action: 3, Field: "retail_sale.quantity", Args: []reason.Arg{reason.Count("have", 12500), reason.Words("what", "ký", "signed")}}
}

// dialled is a client and the server that it speaks to.
type dialled struct {
	wire    *bufconn.Listener
	client  *peer.Client
	server  *grpc.Server
	service *peer.Service
}

// pair is a client of a server that takes it for agency 7.
func pair(t *testing.T, l *leader, identified bool) *peer.Client {
	t.Helper()
	return dial(t, l, identified).client
}

func dial(t *testing.T, l *leader, identified bool) dialled {
	t.Helper()
	s := grpc.NewServer(peer.ServerOptions()...)
	service := peer.Register(s, l, func(context.Context) (ledger.AccountID, bool) { return 7, identified })
	wire, c := serve(t, s)
	return dialled{wire, c, s, service}
}

// dialService is a client of any service.
func dialService(t *testing.T, d *grpc.ServiceDesc) *peer.Client {
	t.Helper()
	s := grpc.NewServer(peer.ServerOptions()...)
	s.RegisterService(d, nil)
	_, c := serve(t, s)
	return c
}

// serve serves over a wire in memory until the test ends.
func serve(t *testing.T, s *grpc.Server) (*bufconn.Listener, *peer.Client) {
	t.Helper()
	wire := bufconn.Listen(1 << 20)
	serving := make(chan error, 1)
	go func() { serving <- s.Serve(wire) }()
	c, err := peer.NewClient(peer.Options{
		Dial:        func(ctx context.Context) (net.Conn, error) { return wire.DialContext(ctx) },
		Credentials: insecure.NewCredentials(), Limit: deadline,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Close()
		s.Stop()
		<-serving
	})
	return wire, c
}

func TestFatesComeBack(t *testing.T) {
	l := &leader{}
	c := pair(t, l, true)
	fates, err := c.Forward(context.Background(), [][]byte{[]byte("good"), []byte("bad")}, false)
	if err != nil || len(fates) != 2 || !fates[0].Ordered || fates[0].Refusal != nil || fates[1].Ordered {
		t.Fatalf("%+v, %v", fates, err)
	}
	if got, want := fmt.Sprintf("%+v", *fates[1].Refusal), fmt.Sprintf("%+v", *refusal()); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	if l.from[0] != 7 {
		t.Errorf("from %v", l.from)
	}
	at, err := c.Standing(context.Background(), peer.Question{Epoch: 2, DraftsMark: 9})
	if err != nil || !reflect.DeepEqual(at, l.Standing(7, peer.Question{Epoch: 2, DraftsMark: 9})) {
		t.Errorf("%+v, %v", at, err)
	}
}

func TestDraftsAndEvidence(t *testing.T) {
	draft := peer.Draft{Header: ledger.DraftHeader{Chain: ledger.ChainID{1}, Term: 2, Proposer: 3, Sequence: 4, Time: 5, Count: 6}, Signature: ident.NodeSignature{7}}
	l := &leader{drafts: []peer.Draft{draft, draft}, evidence: []string{"a", "b"}}
	c := pair(t, l, true)
	at, err := c.Standing(t.Context(), peer.Question{DraftsMark: 41})
	if err != nil || !reflect.DeepEqual(at.Drafts, l.drafts) || at.DraftsMark != 42 || !slices.Equal(at.Evidence, l.evidence) {
		t.Errorf("%+v, %v", at, err)
	}
	for name, want := range map[string]string{"a": "a", "none": ""} {
		if file, err := c.Evidence(t.Context(), name); err != nil || string(file) != want {
			t.Errorf("%s: %q, %v", name, file, err)
		}
	}
	for name, spoil := range map[string]func(){
		"too many drafts":   func() { l.drafts = make([]peer.Draft, peer.MaxDrafts+1) },
		"too much evidence": func() { l.evidence = make([]string, peer.MaxEvidence+1) },
		"unknown flags":     func() { l.drafts = []peer.Draft{{Header: ledger.DraftHeader{Flags: 0x80}}} },
	} {
		l.drafts, l.evidence = nil, nil
		spoil()
		if at, err := c.Standing(t.Context(), peer.Question{}); err == nil {
			t.Errorf("%s: %d drafts, %d names", name, len(at.Drafts), len(at.Evidence))
		}
	}
}

// TestCosignatures: one call takes them one after the other, says why it ended, and is made anew.
func TestCosignatures(t *testing.T) {
	l := &leader{}
	c := pair(t, l, true)
	w := c.Cosigning()
	defer w.Close()
	var sent []peer.Cosignature
	for range 3 {
		two := []peer.Cosignature{cosignature(1), cosignature(2)}
		if err := w.Send(t.Context(), two); err != nil {
			t.Fatal(err)
		}
		sent = append(sent, two...)
	}
	if err := w.End(t.Context()); err != nil || !reflect.DeepEqual(l.cosigned, sent) || !slices.Equal(l.from, []ledger.AccountID{7, 7, 7}) {
		t.Fatalf("%+v from %v, %v", l.cosigned, l.from, err)
	}
	for name, bad := range map[string][]peer.Cosignature{"none": nil, "too many": make([]peer.Cosignature, peer.MaxCosign+1)} {
		if err := w.Send(t.Context(), bad); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err := w.End(t.Context()); status.Code(err) != codes.InvalidArgument {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := w.End(t.Context()); err != nil { // of no call
		t.Error(err)
	}
	if len(l.cosigned) != len(sent) {
		t.Errorf("%d cosignatures reached the node", len(l.cosigned))
	}
}

// TestCosigningGoesOn: a call that the other side has ended is made again for what comes next. What is sent until that is known may be lost.
func TestCosigningGoesOn(t *testing.T) {
	l := &leader{}
	w := pair(t, l, true).Cosigning()
	defer w.Close()
	taken := func() int {
		l.mu.Lock()
		defer l.mu.Unlock()
		return len(l.cosigned)
	}
	ctx, cancel := context.WithTimeout(t.Context(), deadline)
	defer cancel()
	for range 3 {
		if err := w.Send(ctx, nil); err != nil { // none is refused, and the call ended
			t.Fatal(err)
		}
		for before := taken(); taken() == before; runtime.Gosched() {
			if err := errors.Join(ctx.Err(), w.Send(ctx, []peer.Cosignature{cosignature(1)})); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// TestDrained: a server is stopped without waiting for those who keep calls open, and nothing is with the handler afterwards.
func TestDrained(t *testing.T) {
	l := &leader{}
	v := dial(t, l, true)
	w := v.client.Cosigning()
	defer w.Close()
	if err := w.Send(t.Context(), []peer.Cosignature{cosignature(1)}); err != nil {
		t.Fatal(err)
	}
	v.service.Drain()
	v.server.GracefulStop() // hangs until the test's end when the call stays
	v.service.Wait()
	if err := w.End(t.Context()); status.Code(err) != codes.Unavailable {
		t.Error(err)
	}
}

// TestCosignatureIsNotWaitedForLonger: a validator that takes in nothing holds up its sender until the sender's time is over, and not what is sent afterwards.
func TestCosignatureIsNotWaitedForLonger(t *testing.T) {
	l := &leader{stuck: make(chan struct{})}
	c := pair(t, l, true)
	w := c.Cosigning()
	defer w.Close()
	full := make([]peer.Cosignature, peer.MaxCosign)
	for i := range full {
		full[i] = cosignature(uint64(i))
	}
	ctx, cancel := context.WithCancel(t.Context())
	sent := make(chan error, 1)
	go func() {
		var err error
		for err == nil {
			err = w.Send(ctx, full)
		}
		sent <- err
	}()
	<-l.stuck // the handler has the first ones, and more come until there is no room
	cancel()
	if err := <-sent; err == nil {
		t.Error("sent for ever")
	}
	l.stuck <- struct{}{}
	if err := w.Send(t.Context(), []peer.Cosignature{cosignature(1)}); err != nil {
		t.Error(err)
	}
	if err := w.End(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestMalformedCosignatures: what a peer says is bounded before anybody looks at it.
func TestMalformedCosignatures(t *testing.T) {
	l := &leader{}
	wire := bufconn.Listen(1 << 20)
	s := grpc.NewServer(peer.ServerOptions()...)
	peer.Register(s, l, func(context.Context) (ledger.AccountID, bool) { return 7, true })
	serving := make(chan error, 1)
	go func() { serving <- s.Serve(wire) }()
	conn, err := grpc.NewClient("passthrough:///peer", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return wire.DialContext(ctx) }))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { conn.Close(); s.Stop(); <-serving }()
	good := func() *peerv1.Cosignature {
		m := &peerv1.Cosignature{Size: 1, Root: make([]byte, 32), Time: 1, Signature: make([]byte, 64), LogSignature: make([]byte, 64)}
		for range ledger.MaxWitnesses {
			m.Witnesses = append(m.Witnesses, &peerv1.Witness{Name: strings.Repeat("w", ident.MaxNoteName), Time: 1, Signature: make([]byte, 64)})
		}
		return m
	}
	for name, spoil := range map[string]func(*peerv1.Cosignature){
		"":              func(*peerv1.Cosignature) {},
		"root":          func(c *peerv1.Cosignature) { c.Root = c.Root[1:] },
		"time":          func(c *peerv1.Cosignature) { c.Time = 1 << 63 },
		"signature":     func(c *peerv1.Cosignature) { c.Signature = nil },
		"log signature": func(c *peerv1.Cosignature) { c.LogSignature = c.LogSignature[:63] },
		"witnesses":     func(c *peerv1.Cosignature) { c.Witnesses = append(c.Witnesses, c.Witnesses[0]) },
		"its name":      func(c *peerv1.Cosignature) { c.Witnesses[7].Name += "w" },
		"its time":      func(c *peerv1.Cosignature) { c.Witnesses[7].Time = 1 << 63 },
		"its signature": func(c *peerv1.Cosignature) { c.Witnesses[7].Signature = c.Witnesses[7].Signature[:63] },
	} {
		m := good()
		spoil(m)
		want := codes.InvalidArgument
		if name == "" {
			want = codes.OK
		}
		call, err := peergrpc.NewPeerServiceClient(conn).Cosign(t.Context())
		if err == nil {
			err = call.Send(&peerv1.CosignRequest{Cosignatures: []*peerv1.Cosignature{good(), m}})
		}
		if err != nil {
			t.Fatal(err)
		}
		if _, err := call.CloseAndRecv(); status.Code(err) != want {
			t.Errorf("%s: %v", name, err)
		}
	}
	if len(l.cosigned) != 2 {
		t.Errorf("%d cosignatures reached the node", len(l.cosigned))
	}
}

func TestCallersTravelTogether(t *testing.T) {
	l := &leader{hold: make(chan struct{})}
	c := pair(t, l, true)
	var wait sync.WaitGroup
	const callers, each = 60, 100
	for i := range callers {
		wait.Go(func() {
			envelopes := slices.Repeat([][]byte{fmt.Appendf(nil, "good %d", i)}, each)
			envelopes[i%each] = []byte("bad")
			promised := i%2 == 1
			if promised {
				envelopes[(i+1)%each] = fmt.Appendf(nil, "promised")
			}
			fates, err := c.Forward(context.Background(), envelopes, promised)
			if err != nil || len(fates) != each || fates[i%each].Ordered || !fates[(i+1)%each].Ordered {
				t.Errorf("caller %d: %v", i, err)
			}
		})
	}
	for records, _ := l.seen(); records < 2*each; records, _ = l.seen() { // both calls that may be under way are
		time.Sleep(time.Millisecond)
	}
	close(l.hold)
	wait.Wait()
	records, calls := l.seen()
	if records != callers*each || calls > callers/2 {
		t.Errorf("%d records in %d calls", records, calls)
	}
	for i, call := range l.calls {
		if len(call) > peer.MaxForward {
			t.Errorf("call of %d records", len(call))
		}
		if n := len(call) / each; strings.Count(strings.Join(call, " "), "promised") != map[bool]int{true: n}[l.promised[i]] {
			t.Errorf("promised records travel with others: %v of %d", l.promised[i], n)
		}
	}
}

// TestWhatIsUnderWayIsBounded: many small calls may be under way to the leader, and two full ones.
func TestWhatIsUnderWayIsBounded(t *testing.T) {
	for each, want := range map[int]int{1: 4, 1000: 2000} {
		l := &leader{hold: make(chan struct{})}
		c := pair(t, l, true)
		var wait sync.WaitGroup
		for k := range 8 {
			wait.Go(func() {
				fates, err := c.Forward(context.Background(), slices.Repeat([][]byte{[]byte("good")}, each), false)
				if err != nil || len(fates) != each || !fates[each-1].Ordered {
					t.Errorf("caller %d: %v", k, err)
				}
			})
			for records, _ := l.seen(); records < min(want, (k+1)*each); records, _ = l.seen() { // one after the other, so that they do not travel together
				time.Sleep(time.Millisecond)
			}
		}
		for range 20 { // what was sent before these has arrived before them
			if _, err := c.Standing(context.Background(), peer.Question{}); err != nil {
				t.Fatal(err)
			}
		}
		close(l.hold)
		wait.Wait()
		if l.most < want || l.most > 2*peer.MaxForward {
			t.Errorf("%d records of %d at a time were under way", l.most, each)
		}
	}
}

// TestNobodyWaitsForAClosedClient: whoever began gets fates, unknown ones, wherever the records were; and nobody begins more than can wait.
func TestNobodyWaitsForAClosedClient(t *testing.T) {
	l := &leader{hold: make(chan struct{})}
	c := pair(t, l, true)
	var begun []<-chan []peer.Fate
	for {
		fates, ok := c.Begin(slices.Repeat([][]byte{[]byte("good")}, 1000), len(begun)%2 == 1)
		if !ok {
			break
		}
		begun = append(begun, fates)
		for records, _ := l.seen(); records < min(4, len(begun))*1000; records, _ = l.seen() { // two of each sort are under way
			time.Sleep(time.Millisecond)
		}
	}
	if len(begun) < 2000 || len(begun) > 2100 {
		t.Errorf("%d calls wait", len(begun))
	}
	c.Close()
	close(l.hold)
	for i, answered := range begun {
		if fates := <-answered; len(fates) != 1000 || fates[0].Ordered || fates[0].Refusal.Reason != reason.UnknownOutcome {
			t.Fatalf("call %d: %d fates", i, len(fates))
		}
	}
	if _, ok := c.Begin([][]byte{[]byte("good")}, false); ok {
		t.Error("a closed client takes records")
	}
}

func TestBytesOfACallAreBounded(t *testing.T) {
	l := &leader{hold: make(chan struct{})}
	c := pair(t, l, true)
	var wait sync.WaitGroup
	for range 12 {
		wait.Go(func() {
			fates, err := c.Forward(context.Background(), slices.Repeat([][]byte{make([]byte, 65000)}, 20), false)
			if err != nil || !fates[19].Ordered {
				t.Errorf("%v, %+v", err, fates)
			}
		})
	}
	close(l.hold)
	wait.Wait()
}

func TestStrangerIsRefused(t *testing.T) {
	l := &leader{}
	c := pair(t, l, false)
	fates, err := c.Forward(context.Background(), [][]byte{[]byte("good")}, false)
	if err != nil || fates[0].Ordered || fates[0].Refusal.Reason != reason.UnknownOutcome {
		t.Errorf("%+v, %v", fates, err)
	}
	if _, err := c.Standing(context.Background(), peer.Question{Epoch: 2, DraftsMark: 9}); status.Code(err) != codes.PermissionDenied {
		t.Errorf("standing: %v", err)
	}
	w := c.Cosigning()
	if err := w.Send(context.Background(), []peer.Cosignature{cosignature(1)}); err != nil {
		t.Errorf("cosignature: %v", err)
	}
	if err := w.End(context.Background()); status.Code(err) != codes.PermissionDenied {
		t.Errorf("cosignature: %v", err)
	}
	if _, err := c.Evidence(context.Background(), "a"); status.Code(err) != codes.PermissionDenied {
		t.Errorf("evidence: %v", err)
	}
	if n, _ := l.seen(); n != 0 || len(l.cosigned) != 0 {
		t.Errorf("%d records reached the node", n)
	}
}

func TestWhatCannotBeKnownIsNotClaimed(t *testing.T) {
	l := &leader{short: true}
	c := pair(t, l, true)
	fates, err := c.Forward(context.Background(), [][]byte{[]byte("good"), []byte("good")}, false)
	if err != nil || fates[0].Ordered || fates[1].Refusal.Reason != reason.UnknownOutcome {
		t.Errorf("too few fates: %+v, %v", fates, err)
	}
	l.mu.Lock()
	l.hold = make(chan struct{})
	l.mu.Unlock()
	ctx, cancel := context.WithCancel(context.Background())
	answered := make(chan error, 1)
	go func() {
		_, err := c.Forward(ctx, [][]byte{[]byte("good")}, false)
		answered <- err
	}()
	cancel()
	if err := <-answered; !errors.Is(err, context.Canceled) {
		t.Errorf("caller gone: %v", err)
	}
	go func() {
		_, err := c.Forward(context.Background(), [][]byte{[]byte("good")}, false)
		answered <- err
	}()
	c.Close()
	if err := <-answered; err != nil && !errors.Is(err, context.Canceled) {
		t.Errorf("client closed: %v", err)
	}
	close(l.hold)
}

// liar answers what no honest node would.
type liar struct {
	peergrpc.UnimplementedPeerServiceServer
}

func (liar) Forward(_ context.Context, q *peerv1.ForwardRequest) (*peerv1.ForwardResponse, error) {
	long := strings.Repeat("đ", 5000)
	a := &peerv1.ForwardResponse{Fates: []*peerv1.Fate{{}, {Refusal: &peerv1.Refusal{Reason: 1 << 20}}, {Refusal: &peerv1.Refusal{Reason: 1, Action: 1 << 20}}, {Refusal: &peerv1.Refusal{Reason: 1, Field: long}}}}
	for range 100 {
		a.Fates[3].Refusal.Arguments = append(a.Fates[3].Refusal.Arguments, &peerv1.Argument{Name: long, Vietnamese: long, English: long})
	}
	return a, nil
}

func TestLiesAreBounded(t *testing.T) {
	wire := bufconn.Listen(1 << 20)
	s := grpc.NewServer()
	peergrpc.RegisterPeerServiceServer(s, liar{})
	serving := make(chan error, 1)
	go func() { serving <- s.Serve(wire) }()
	c, err := peer.NewClient(peer.Options{
		Dial:        func(ctx context.Context) (net.Conn, error) { return wire.DialContext(ctx) },
		Credentials: insecure.NewCredentials(), Limit: time.Minute,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { c.Close(); s.Stop(); <-serving }()
	fates, err := c.Forward(context.Background(), make([][]byte, 4), false)
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range fates[:3] {
		if f.Ordered || f.Refusal.Reason != reason.UnknownOutcome {
			t.Errorf("fate %d: %+v", i, f)
		}
	}
	if r := fates[3].Refusal; len(r.Args) > 16 || len(r.Field) > 1024 || !strings.HasSuffix(r.Args[0].Name, "đ") {
		t.Errorf("%d arguments, field of %d bytes", len(r.Args), len(r.Field))
	}
}
