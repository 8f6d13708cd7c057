package peer_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"reflect"
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
	certify  []bool
}

func (l *leader) Evidence(name string) []byte {
	if name == "none" {
		return nil
	}
	return []byte(name)
}

func (l *leader) Order(_ context.Context, from ledger.AccountID, envelopes [][]byte, care peer.Care) (fates []peer.Fate) {
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
	l.calls, l.from, l.promised = append(l.calls, texts), append(l.from, from), append(l.promised, care.Promised)
	l.certify = append(l.certify, care.Certify)
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

// await waits until something holds.
func await(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(deadline); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not reached in %v: %s", deadline, what)
		}
	}
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
	fates, err := c.Forward(context.Background(), [][]byte{[]byte("good"), []byte("bad")}, peer.Care{})
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

func TestStrangerIsRefused(t *testing.T) {
	l := &leader{}
	c := pair(t, l, false)
	fates, err := c.Forward(context.Background(), [][]byte{[]byte("good")}, peer.Care{})
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
	fates, err := c.Forward(context.Background(), [][]byte{[]byte("good"), []byte("good")}, peer.Care{})
	if err != nil || fates[0].Ordered || fates[1].Refusal.Reason != reason.UnknownOutcome {
		t.Errorf("too few fates: %+v, %v", fates, err)
	}
	l.mu.Lock()
	l.hold = make(chan struct{})
	l.mu.Unlock()
	ctx, cancel := context.WithCancel(context.Background())
	answered := make(chan error, 1)
	go func() {
		_, err := c.Forward(ctx, [][]byte{[]byte("good")}, peer.Care{})
		answered <- err
	}()
	cancel()
	if err := <-answered; !errors.Is(err, context.Canceled) {
		t.Errorf("caller gone: %v", err)
	}
	go func() {
		_, err := c.Forward(context.Background(), [][]byte{[]byte("good")}, peer.Care{})
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
	fates, err := c.Forward(context.Background(), make([][]byte, 4), peer.Care{})
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
