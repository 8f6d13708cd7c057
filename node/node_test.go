package node

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/reason"
	"github.com/ocopledger/ocop/ledger/store"
	"github.com/ocopledger/ocop/node/config"
	"github.com/ocopledger/ocop/node/replica"
)

func TestThreeNodesOneLedger(t *testing.T) {
	t.Parallel()
	w := newNetwork(t, 3).start()
	for i := range 30 {
		w.nodes[i%3].accepted(w.Register(ledger.AccountID(i%3+1), i+1).Envelope)
	}
	first := w.agree()
	if first.Size < 30 {
		t.Errorf("%d leaves", first.Size)
	}
	// A node that stops cleanly, the leader first, leaves the others working, and comes back to where they are.
	n := 30
	for range 3 {
		gone := w.leader()
		gone.stop()
		for _, h := range w.running() {
			n++
			h.accepted(w.Register(1, n).Envelope)
		}
		gone.start()
		n++
		gone.accepted(w.Register(1, n).Envelope)
		w.agree()
	}
	before := w.agree()
	for _, h := range w.nodes {
		h.stop()
	}
	w.start()
	if after := w.agree(); after.Height < before.Height {
		t.Errorf("height %d after a restart, %d before", after.Height, before.Height)
	}
	n++
	w.nodes[1].accepted(w.Register(2, n).Envelope)
	w.agree()
}

func TestRecordsOfOneCallMayDependOnEachOther(t *testing.T) {
	t.Parallel()
	w := newNetwork(t, 3).start()
	for i, h := range w.nodes {
		h.accepted(w.Register(1, i+1).Envelope, w.Product(1, i+1).Envelope)
	}
}

// TestOneClientMovesFromNodeToNode: what one node has confirmed is there for the next record, wherever it is submitted.
func TestOneClientMovesFromNodeToNode(t *testing.T) {
	t.Parallel()
	w := newNetwork(t, 3).start()
	for i := range 60 {
		w.nodes[i%3].accepted(w.Register(1, i+1).Envelope)
		w.nodes[(i+1+i/20)%3].accepted(w.Product(1, i+1).Envelope)
	}
}

func TestManyClients(t *testing.T) {
	t.Parallel()
	w := newNetwork(t, 3).start()
	var clients sync.WaitGroup
	for c := range 24 {
		clients.Go(func() {
			for i := range 10 {
				w.nodes[(c+i)%3].accepted(w.Register(1, 1+c*10+i).Envelope)
			}
		})
	}
	clients.Wait()
	if head := w.agree(); head.Size < 240 {
		t.Errorf("%d leaves", head.Size)
	} else if head.Height >= 200 {
		t.Errorf("%d blocks for 240 records: nothing was batched", head.Height)
	}
}

// TestSameRecordFromEverywhere: a record is sent several times at once, to every node and twice in one call, and has one outcome.
func TestSameRecordFromEverywhere(t *testing.T) {
	t.Parallel()
	w := newNetwork(t, 3).start()
	for i := range 20 {
		record := w.Register(1, i+1).Envelope
		outcomes := make(chan chain.Outcome, 12)
		var clients sync.WaitGroup
		for c := range 6 {
			clients.Go(func() {
				for _, o := range w.nodes[c%3].submit(record, record) {
					outcomes <- o
				}
			})
		}
		clients.Wait()
		close(outcomes)
		var first chain.Outcome
		for o := range outcomes {
			if o.Status != chain.Accepted {
				t.Fatalf("record %d: %+v: %v", i, o, o.Refusal)
			}
			if o.Duplicate = false; first.Leaf == 0 {
				first = o
			} else if o != first {
				t.Fatalf("record %d: %+v and %+v", i, first, o)
			}
		}
	}
	w.agree()
}

// counting counts the signatures it verifies.
type counting struct {
	*ident.Pool
	jobs atomic.Int64
}

func (c *counting) Verify(ctx context.Context, jobs []ident.Job) ([]error, error) {
	c.jobs.Add(int64(len(jobs)))
	return c.Pool.Verify(ctx, jobs)
}

func TestEachSignatureIsVerifiedOnceANode(t *testing.T) {
	t.Parallel()
	w := newNetwork(t, 3)
	var counters []*counting
	for _, h := range w.nodes {
		pool, err := ident.NewPool(2, 16)
		if err != nil {
			t.Fatal(err)
		}
		defer pool.Close()
		c := &counting{Pool: pool}
		counters, h.verifier = append(counters, c), c
	}
	w.start()
	const n = 60
	for i := range n / 2 {
		w.nodes[i%3].accepted(w.Register(1, i+1).Envelope, w.Product(1, i+1).Envelope)
	}
	w.agree()
	for i, c := range counters {
		if got := c.jobs.Load(); got != n {
			t.Errorf("node %d verified %d signatures of %d records", i+1, got, n)
		}
	}
	for _, h := range w.nodes { // before the pools are closed
		h.stop()
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	w := newNetwork(t, 3).start()
	good := w.Register(1, 1).Envelope
	bad := append([]byte(nil), good...)
	bad[50] ^= 1
	for i, h := range w.nodes {
		before := w.agree()
		outcomes := h.submit(nil, bad, w.Product(1, 77).Envelope, w.RegisterAt(1, 2, time.Now().Add(time.Hour)).Envelope)
		for j, want := range []reason.Code{reason.MalformedEnvelope, reason.BadSignature, reason.UnknownAccount, reason.IssuedInFuture} {
			if o := outcomes[j]; o.Status != chain.Rejected || o.Refusal.Reason != want || o.Height != 0 {
				t.Errorf("node %d, record %d: %+v (%v), want %v", i+1, j, o, o.Refusal, want)
			}
		}
		if after := w.agree(); after != before {
			t.Errorf("node %d: refusals changed the ledger from %+v to %+v", i+1, before, after)
		}
	}
	first := w.nodes[0].accepted(good)[0]
	for i, h := range w.nodes {
		w.agree()
		o := h.submit(good)[0]
		if !o.Duplicate || o.Status != chain.Accepted || o.Leaf != first.Leaf || o.Height != first.Height {
			t.Errorf("node %d, the second time: %+v, first was %+v", i+1, o, first)
		}
	}
	if _, err := w.nodes[0].Submit(context.Background(), make([][]byte, MaxSubmit+1), false); !tooMuch(err) {
		t.Errorf("too many: %v", err)
	}
	if _, err := w.nodes[0].Submit(context.Background(), [][]byte{make([]byte, MaxSubmitBytes+1)}, false); !tooMuch(err) {
		t.Errorf("too large: %v", err)
	}
}

func TestWithoutAQuorum(t *testing.T) {
	t.Parallel()
	w := newNetwork(t, 3).start()
	h := w.follower()
	first := w.Register(1, 1).Envelope
	h.accepted(first)
	for _, other := range w.nodes {
		if other != h {
			other.stop()
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	record := w.Register(1, 2)
	outcomes, err := h.Submit(ctx, [][]byte{record.Envelope}, false)
	if err != nil || outcomes[0].Status != chain.Rejected || (outcomes[0].Refusal.Reason != reason.NoLeader && outcomes[0].Refusal.Reason != reason.UnknownOutcome) {
		t.Fatalf("%+v, %v", outcomes, err)
	}
	if o := h.submit(first)[0]; !o.Duplicate || o.Status != chain.Accepted { // what is known is told
		t.Errorf("known record: %+v", o)
	}
	w.start()
	h.accepted(record.Envelope)
}

// TestSubmitOutlivesItsLeader: calls under way while leaders come and go end with an outcome, without the client's help.
func TestSubmitOutlivesItsLeader(t *testing.T) {
	t.Parallel()
	w := newNetwork(t, 3).start()
	w.leader()
	stop := make(chan struct{})
	var clients sync.WaitGroup
	keep := w.follower()
	for c := range 4 {
		clients.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				keep.accepted(w.Register(1, 1+c*10000+i).Envelope)
			}
		})
	}
	for range 3 {
		var gone *host
		w.eventually("another leader than the node asked", func() bool {
			gone = w.leader()
			if gone == keep {
				keep.replica.Yield()
			}
			return gone != keep
		})
		gone.stop()
		gone.start()
	}
	close(stop)
	clients.Wait()
	w.agree()
}

// TestStopAnswersWhatIsUnderWay: a node that stops takes no new call, and finishes those it has.
func TestStopAnswersWhatIsUnderWay(t *testing.T) {
	t.Parallel()
	w := newNetwork(t, 3).start()
	n := 0
	for _, h := range []*host{w.follower(), w.leader()} {
		h.accepted(w.Register(1, n+1).Envelope)
		var clients sync.WaitGroup
		var refused atomic.Int64
		node := h.Node
		for c := range 16 {
			clients.Go(func() {
				for i := 0; ; i++ {
					outcomes, err := node.Submit(context.Background(), [][]byte{w.Register(1, n+2+c*1000+i).Envelope}, false)
					if errors.Is(err, ErrUnavailable) {
						refused.Add(1)
						return
					}
					if err != nil || outcomes[0].Status != chain.Accepted {
						t.Errorf("under way: %+v, %v", outcomes, err)
						return
					}
				}
			})
		}
		w.eventually("some records", func() bool { return node.Ledger().Head().Height > 5 })
		h.stop()
		clients.Wait()
		if refused.Load() != 16 {
			t.Errorf("%d clients were told that the node stops", refused.Load())
		}
		h.start()
		n += 100_000
	}
	w.agree()
}

// TestDraftsThatAreNothing: what is no good draft of a validator is ordered, and applied as nothing by everyone.
func TestDraftsThatAreNothing(t *testing.T) {
	t.Parallel()
	w := newNetwork(t, 3).start()
	w.nodes[0].accepted(w.Register(1, 1).Envelope)
	before := w.agree()
	leader := w.leader()
	other := w.Nodes[leader.agency%3]
	record := w.Register(1, 2).Envelope
	forged := append([]byte(nil), record...)
	forged[40] ^= 1
	draft := func(change func(*ledger.Draft)) []byte {
		d := ledger.Draft{Records: [][]byte{record}}
		d.Header = ledger.DraftHeader{
			Chain: w.Genesis.Chain, Term: leader.replica.Term(), Proposer: leader.agency, Sequence: 1000, Time: uint64(time.Now().UnixMilli()), Count: 1,
		}
		change(&d)
		d.Header.Records = ledger.RecordsHash(d.Records)
		if d.Signature == (ledger.Draft{}).Signature {
			var err error
			if d.Signature, err = w.Nodes[leader.agency-1].Node.Sign(d.Header.Message()); err != nil {
				t.Fatal(err)
			}
		}
		return d.Append(nil)
	}
	for name, c := range map[string]struct {
		data []byte
		want error
	}{
		"not a draft":             {[]byte("draft"), chain.ErrDraftMalformed},
		"unsigned":                {draft(func(d *ledger.Draft) { d.Signature[0] = 1 }), chain.ErrDraftSignature},
		"signed by another node":  {draft(func(d *ledger.Draft) { d.Signature, _ = other.Node.Sign(d.Header.Message()) }), chain.ErrDraftSignature},
		"in another node's name":  {draft(func(d *ledger.Draft) { d.Header.Proposer = leader.agency%3 + 1 }), chain.ErrDraftSignature},
		"in the name of nobody":   {draft(func(d *ledger.Draft) { d.Header.Proposer = 99 }), chain.ErrDraftProposer},
		"of another term":         {draft(func(d *ledger.Draft) { d.Header.Term++ }), chain.ErrDraftTerm},
		"of another ledger":       {draft(func(d *ledger.Draft) { d.Header.Chain[0] ^= 1 }), chain.ErrDraftChain},
		"with a forged record":    {draft(func(d *ledger.Draft) { d.Records[0] = forged }), chain.ErrDraftRecord},
		"with a malformed record": {draft(func(d *ledger.Draft) { d.Records[0] = record[:20] }), chain.ErrDraftRecord},
	} {
		applied, err := leader.replica.Propose(c.data).Wait()
		if err != nil || applied.Sealed || !errors.Is(applied.Bad, c.want) {
			t.Errorf("%s: %+v, %v", name, applied, err)
		}
	}
	if after := w.agree(); after != before {
		t.Errorf("the ledger has changed from %+v to %+v", before, after)
	}
	w.nodes[1].accepted(record)
	w.agree()
}

// TestClockAhead: a node whose clock is ahead gives way, and what it proposed before it noticed is dropped by the others.
func TestClockAhead(t *testing.T) {
	t.Parallel()
	w := newNetwork(t, 3)
	fast := w.nodes[0]
	fast.now = func() time.Time { return time.Now().Add(time.Hour) }
	w.start()
	for i := range 12 {
		w.nodes[i%3].accepted(w.Register(1, i+1).Envelope)
	}
	head := w.agree()
	if ahead := time.Until(time.UnixMilli(int64(head.Time))); ahead > 10*time.Second {
		t.Errorf("block time is %v ahead", ahead)
	}
	if leader := w.leader(); leader == fast {
		w.eventually("the fast node gives way", func() bool { return fast.replica.Term() == 0 })
	}
}

// TestFaultyDiskStopsTheNode is not run beside others: an election, which a busy machine brings about, would have raft write a term, and raft ends the process when it cannot.
func TestFaultyDiskStopsTheNode(t *testing.T) {
	w := newNetwork(t, 3).start()
	w.nodes[0].accepted(w.Register(1, 1).Envelope)
	w.agree() // also about the term
	broken := w.follower()
	broken.store.Close() // from now on every write fails
	for i, h := range w.nodes {
		if h != broken {
			h.accepted(w.Register(1, i+10).Envelope)
		}
	}
	err := <-broken.ended
	var storage *replica.StorageError
	if !errors.As(err, &storage) {
		t.Errorf("node ended with %v", err)
	}
	broken.Node, broken.doors = nil, Listeners{}
	w.start()
	w.agree()
	broken.accepted(w.Register(1, 50).Envelope)
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	w := newNetwork(t, 2)
	h := w.nodes[0]
	open := func(change func(*Options)) error {
		c := config.Default()
		c.Agency = 1
		o := Options{Config: c.At(h.dir), Genesis: w.Genesis.Bytes(), Keys: w.Nodes[0], Log: discard(), Now: time.Now}
		change(&o)
		n, err := New(context.Background(), o)
		if err == nil {
			err = n.Close()
		}
		return err
	}
	if err := open(func(*Options) {}); err != nil {
		t.Fatal(err)
	}
	other := newNetwork(t, 1)
	other.nodes[0].closeDoors()
	for name, c := range map[string]struct {
		change func(*Options)
		want   error
	}{
		"an agency without a validator": {func(o *Options) { o.Config.Agency = 9 }, ErrNotValidator}, // with another's keys
		"another agency's keys":         {func(o *Options) { o.Keys = w.Nodes[1] }, ErrNotValidator},
		"another genesis":               {func(o *Options) { o.Genesis = other.Genesis.Bytes() }, chain.ErrOtherChain},
		"another genesis and its keys":  {func(o *Options) { o.Genesis, o.Keys = other.Genesis.Bytes(), other.Nodes[0] }, chain.ErrOtherChain},
	} {
		if err := open(c.change); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	fresh := t.TempDir()
	if err := open(func(o *Options) { o.Config, o.Keys = o.Config.At(fresh), w.Nodes[1] }); !errors.Is(err, ErrNotValidator) {
		t.Errorf("the wrong keys for a new ledger: %v", err)
	}
	if left, err := os.ReadDir(fresh); err != nil || len(left) > 0 {
		t.Errorf("a ledger was begun that this node has no part in: %v, %v", left, err)
	}
	w.start()
	if err := open(func(*Options) {}); !errors.Is(err, replica.ErrInUse) {
		t.Errorf("a directory in use: %v", err)
	}
	h.accepted(w.Register(1, 1).Envelope)
	h.stop()
	if err := os.Remove(h.raftDB()); err != nil {
		t.Fatal(err)
	}
	h.start()
	w.eventually("a node that has lost its raft log does not vote", func() bool {
		place, _ := h.Place()
		return place == StoreLost
	})
	h.stop()
}

func TestOperatorDoor(t *testing.T) {
	t.Parallel()
	w := newNetwork(t, 1).start()
	h := w.nodes[0]
	base := "http://" + h.doors.Operator.Addr().String()
	get := func(path string) (int, []byte) {
		t.Helper()
		a, err := http.Get(base + path)
		if err != nil {
			t.Fatal(err)
		}
		defer a.Body.Close()
		b, err := io.ReadAll(a.Body)
		if err != nil {
			t.Fatal(err)
		}
		return a.StatusCode, b
	}
	defer http.DefaultClient.CloseIdleConnections()
	w.eventually("ready", func() bool { code, _ := get("/readyz"); return code == http.StatusOK })
	if code, _ := get("/healthz"); code != http.StatusOK {
		t.Errorf("healthz: %d", code)
	}
	h.accepted(w.Register(1, 1).Envelope)
	_, body := get("/status")
	var s Status
	if err := json.Unmarshal(body, &s); err != nil || s.Height != h.Ledger().Head().Height || s.Role != "leader" || s.Agency != 1 {
		t.Errorf("%v: %s", err, body)
	}
	if _, body := get("/metrics"); !containsLine(string(body), fmt.Sprintf("ocop_height %d", s.Height)) {
		t.Errorf("metrics: %s", body)
	}
	if code, _ := get("/debug/pprof/goroutine?debug=1"); code != http.StatusOK {
		t.Errorf("pprof: %d", code)
	}
}

func tooMuch(err error) bool {
	_, ok := errors.AsType[*TooMuchError](err)
	return ok
}

// A ledger that no cosign point follows any more, as when the leader is gone, is on the disk soon all the same.
func TestBlocksAreWrittenWithoutALeader(t *testing.T) {
	t.Parallel()
	w := newNetwork(t, 3).start()
	leader := w.leader()
	var left *host
	for _, h := range w.nodes {
		switch {
		case h == leader:
		case left == nil:
			left = h
		default:
			h.stop()
		}
	}
	onDisk := func() (ledger.Head, error) {
		dir := t.TempDir()
		c := &left.o.Config
		data, err := os.ReadFile(filepath.Join(c.Path(c.Data), store.ChainFile))
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, store.ChainFile), data, 0o600)
		}
		if err != nil {
			return ledger.Head{}, err
		}
		copied, err := store.OpenChain(filepath.Join(dir, store.ChainFile), store.Options{ReadOnly: true})
		if err != nil { // it was being written
			return ledger.Head{}, err
		}
		defer copied.Close()
		var h store.Head
		err = copied.View(func(tx *store.ChainTx) (err error) {
			h, _, err = tx.Head()
			return err
		})
		return ledger.Head{Height: h.Height, Size: h.Log.Size}, err
	}
	for i := range 20 {
		outcomes, err := leader.Submit(t.Context(), [][]byte{w.Register(1, i+1).Envelope}, false)
		if err != nil || outcomes[0].Status != chain.Accepted {
			t.Fatalf("%+v, %v", outcomes, err)
		}
	}
	leader.stop()
	w.eventually("what is left has no leader", func() bool { return left.Leader() == 0 })
	w.eventually("all blocks on the disk", func() bool {
		h, err := onDisk()
		return err == nil && h.Size == left.ledger.Head().Size
	})
}
