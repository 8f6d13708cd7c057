package api

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain/chaintest"
	"github.com/ocopledger/ocop/ledger/merkle"
	"github.com/ocopledger/ocop/ledger/reason"
	"github.com/ocopledger/ocop/ledger/rules"
	"github.com/ocopledger/ocop/ledger/subject"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

func TestHead(t *testing.T) {
	n, _ := told(t)
	a, err := serve(t, n, nil).GetHead(t.Context(), &apiv1.GetHeadRequest{})
	if err != nil {
		t.Fatal(err)
	}
	h := n.ledger.Head()
	if a.Head.Height != h.Height || a.Head.Size != h.Size || !bytes.Equal(a.Head.Root, h.Root[:]) || !bytes.Equal(a.Head.Seal, h.Seal[:]) || !bytes.Equal(a.Head.State, h.State[:]) ||
		!bytes.Equal(a.Head.Policy, h.Policy[:]) || a.Head.Time != h.Time || a.Head.Protocol != h.Protocol {
		t.Errorf("head %v, want %+v", a.Head, h)
	}
	chainID := n.world.Chain()
	if a.ChainName != chaintest.Name || a.Origin == "" || !a.AsOf.Sample || !bytes.Equal(a.AsOf.ChainId, chainID[:]) || a.AsOf.Height != h.Height || a.AsOf.Time != h.Time {
		t.Errorf("%v", a)
	}
	if a.Trust.Validators != 3 || a.Trust.Quorum != 2 || a.Trust.Liars != 1 || a.Node.Agency != 1 || a.Node.Leader != 2 || a.Node.Version != "test" {
		t.Errorf("%v %v", a.Trust, a.Node)
	}
}

func TestGenesis(t *testing.T) {
	n, _ := told(t)
	a, err := serve(t, n, nil).GetGenesis(t.Context(), &apiv1.GetGenesisRequest{})
	if err != nil || !bytes.Equal(a.File, n.world.Genesis.Bytes()) {
		t.Errorf("%v, %d bytes", err, len(a.GetFile()))
	}
}

// Every record of the story is answered with what became of it, and with its bytes if it was accepted.
func TestRecordsAndBlocks(t *testing.T) {
	n, story := told(t)
	c := serve(t, n, nil)
	want := make(map[string][]byte)
	for _, d := range story {
		for _, r := range d.Records {
			want[r.ID.String()] = r.Envelope
		}
	}
	accepted, refused := 0, 0
	for h := range n.ledger.Head().Height + 1 {
		b, err := c.GetBlock(t.Context(), &apiv1.GetBlockRequest{Height: h, WithLeaves: true})
		if err != nil {
			t.Fatal(err)
		}
		if b.Height != h || len(b.Leaves) != int(b.LeafCount) || !bytes.Equal(b.Leaves[len(b.Leaves)-1], b.Seal) {
			t.Errorf("block %d: %v", h, b)
		}
		for i, r := range b.Records {
			accepted++
			a, err := c.GetRecord(t.Context(), &apiv1.GetRecordRequest{Record: r.Record})
			if err != nil || !bytes.Equal(a.Envelope, want[r.Record]) || !bytes.Equal(a.Envelope, b.Leaves[i]) || a.Outcome.GetAccepted().GetLeaf() != r.Leaf || a.Outcome.GetAccepted().GetHeight() != h {
				t.Errorf("record %s: %v, %v", r.Record, err, a.GetOutcome())
			}
		}
		for _, r := range b.Refusals {
			refused++
			a, err := c.GetRecord(t.Context(), &apiv1.GetRecordRequest{Record: r.Record})
			told := a.GetOutcome().GetRefused()
			if err != nil || len(a.Envelope) > 0 || !told.GetRefusal().GetFinal() || told.GetRefusal().GetReason() != r.Refusal.Reason || told.GetHeight() != h ||
				told.GetRefusal().GetSentence().GetVietnamese() == "" || told.GetRefusal().GetSentence().GetEnglish() == "" || told.GetRefusal().GetRule() == "" {
				t.Errorf("record %s: %v, %v", r.Record, err, a.GetOutcome())
			}
		}
	}
	if accepted < 20 || refused < 3 {
		t.Errorf("%d accepted, %d refused: the story has more", accepted, refused)
	}
	without, err := c.GetBlock(t.Context(), &apiv1.GetBlockRequest{Height: 1})
	if err != nil || len(without.Leaves) > 0 || len(without.Records) == 0 {
		t.Errorf("%v, %v", err, without)
	}
}

func TestSubject(t *testing.T) {
	n, _ := told(t)
	c := serve(t, n, nil)
	id := subject.Product(chaintest.Coffee)
	a, err := c.GetSubject(t.Context(), &apiv1.GetSubjectRequest{Kind: uint32(id.Kind), Id: []byte(id.Name)})
	if err != nil {
		t.Fatal(err)
	}
	if v, err := subject.ParseProduct(a.Value); err != nil || v.Name.Register != "Cà phê bột Đắk Đam" || a.Name != "product 1000001.1" {
		t.Errorf("%v, %v", err, v)
	}
	if int(a.HistoryLength) != len(a.Entries) || a.HistoryLength < 3 {
		t.Fatalf("%d of %d entries", len(a.Entries), a.HistoryLength)
	}
	last, err := ledger.ParseEntry(a.Entries[len(a.Entries)-1])
	if err != nil || last.Value != subject.ValueHash(a.Value) {
		t.Errorf("the last entry is not of the value: %v", err)
	}
	part, err := c.GetSubject(t.Context(), &apiv1.GetSubjectRequest{Kind: uint32(id.Kind), Id: []byte(id.Name), FromEntry: 1, MaxEntries: 1})
	if err != nil || len(part.Entries) != 1 || !bytes.Equal(part.Entries[0], a.Entries[1]) {
		t.Errorf("%v, %v", err, part)
	}
}

func collect(t *testing.T, c *clients, q *apiv1.StreamLeavesRequest) (leaves [][]byte) {
	t.Helper()
	stream, err := c.StreamLeaves(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	for {
		m, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return leaves
		}
		if err != nil {
			t.Fatal(err)
		}
		if m.First != q.From+uint64(len(leaves)) {
			t.Fatalf("run from %d after %d leaves from %d", m.First, len(leaves), q.From)
		}
		leaves = append(leaves, m.Leaves...)
	}
}

// The stream holds every leaf once and in order: their root is the head's.
func TestStreamIsTheLog(t *testing.T) {
	n, _ := told(t)
	c := serve(t, n, nil)
	all := collect(t, c, &apiv1.StreamLeavesRequest{})
	hashes := make([]ledger.Hash, len(all))
	for i, leaf := range all {
		hashes[i] = merkle.Log.Leaf(leaf)
	}
	if h := n.ledger.Head(); merkle.Log.Root(hashes) != h.Root || uint64(len(all)) != h.Size {
		t.Errorf("%d leaves with another root than the head's %d", len(all), h.Size)
	}
	if rest := collect(t, c, &apiv1.StreamLeavesRequest{From: 7}); !slices.EqualFunc(rest, all[7:], bytes.Equal) {
		t.Errorf("%d leaves from the seventh on", len(rest))
	}
	if none := collect(t, c, &apiv1.StreamLeavesRequest{From: uint64(len(all))}); len(none) != 0 {
		t.Errorf("%d leaves behind the last", len(none))
	}
}

func TestStreamFollows(t *testing.T) {
	n, _ := told(t)
	c := serve(t, n, nil)
	size := n.ledger.Head().Size
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	stream, err := c.StreamLeaves(ctx, &apiv1.StreamLeavesRequest{From: size - 1, Follow: true})
	if err != nil {
		t.Fatal(err)
	}
	if m, err := stream.Recv(); err != nil || m.First != size-1 || len(m.Leaves) != 1 {
		t.Fatalf("%v, %v", err, m)
	}
	r := n.world.Sign(chaintest.Province, n.world.Cooperative(1_000_500, "HTX Mới"))
	n.apply(chaintest.Draft{Data: n.world.Draft(r), Index: n.world.Index, Term: n.world.Term})
	m, err := stream.Recv()
	if err != nil || m.First != size || !bytes.Equal(m.Leaves[0], r.Envelope) || m.Size != size+2 {
		t.Errorf("%v, %v", err, m)
	}
	close(n.stopping)
	if _, err := stream.Recv(); reasonOf(t, err) != "unavailable" {
		t.Errorf("when the node stops: %v", err)
	}
}

// A follower whose place another needs is told so, also when it has read nothing of what was sent; one that does not stay needs no place.
func TestFollowersMakeRoom(t *testing.T) {
	n, _ := told(t)
	ctx, need := context.WithCancelCause(t.Context())
	defer need(nil)
	n.needed = ctx
	made := errors.New("another needs the place")
	c := serve(t, n, func(o *Options) {
		o.Explain = func(err error) *rules.Refusal {
			if errors.Is(err, made) {
				return whole(reason.MadeRoom, "")
			}
			return nil
		}
	})
	stream, err := c.StreamLeaves(t.Context(), &apiv1.StreamLeavesRequest{Follow: true})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := stream.Recv(); err != nil {
		t.Fatal(err)
	}
	need(made)
	if _, err := stream.Recv(); reasonOf(t, err) != "made_room" || status.Code(err) != codes.Unavailable {
		t.Errorf("%v", err)
	}
	if n.moved.Load() != 1 {
		t.Errorf("the follower has moved %d times", n.moved.Load())
	}
	if n := len(collect(t, c, &apiv1.StreamLeavesRequest{})); n == 0 {
		t.Error("a stream that does not stay has no leaves")
	}
}

// Asking for what is not there while the ledger grows: an answer must not ask the ledger again from within its view, or readers and the ledger
// would wait for each other for ever.
func TestQuestionsWhileTheLedgerGrows(t *testing.T) {
	m := chaintest.NewMarket(1)
	n := newAlone(t, m.World)
	for _, d := range m.Story {
		n.apply(d)
	}
	c := serve(t, n, nil)
	drafts := m.Drafts(300, 3)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	done := make(chan struct{})
	var asking sync.WaitGroup
	for _, ask := range []func() error{
		func() error {
			_, err := c.GetRecord(ctx, &apiv1.GetRecordRequest{Record: strings.Repeat("0", 64)})
			return err
		},
		func() error {
			_, err := c.GetBlock(ctx, &apiv1.GetBlockRequest{Height: 1 << 40})
			return err
		},
		func() error {
			_, err := c.GetSubject(ctx, &apiv1.GetSubjectRequest{Kind: uint32(subject.KindProduct), Id: []byte("none")})
			return err
		},
		func() error {
			_, err := c.TraceProduct(ctx, &apiv1.TraceProductRequest{Product: "1000001.9999"})
			return err
		},
	} {
		asking.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				if err := ask(); reasonOf(t, err) != "not_found" {
					t.Errorf("%v", err)
					return
				}
			}
		})
	}
	for _, d := range drafts {
		n.apply(d)
	}
	close(done)
	asking.Wait()
}

var _ Node = (*alone)(nil)
