package node

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/node/client"
	"github.com/ocopledger/ocop/node/config"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

// acknowledged is what clients were told of records.
type acknowledged struct {
	sync.Mutex
	leaves map[ledger.RecordID]uint64
}

func (a *acknowledged) note(t *testing.T, id ledger.RecordID, leaf uint64) {
	a.Lock()
	defer a.Unlock()
	if have, twice := a.leaves[id]; twice && have != leaf {
		t.Errorf("record %v: leaf %d, and %d", id, have, leaf)
	}
	a.leaves[id] = leaf
}

// TestOverload: streams and callers offer many times what three nodes with small queues take, over real connections. Streams are held back and lose nothing; callers
// beyond the room are turned away with the time after which to try again, and everything that was acknowledged is on the ledger, once; no queue exceeds its bound, and
// nobody is elected.
func TestOverload(t *testing.T) {
	t.Parallel()
	const (
		queue      = 2048
		streams, m = 9, 1200 // records of each
		callers    = 300
		each       = 16 // records of a call: callers together offer 4 times what one node has room for
	)
	w := newNetwork(t, 3)
	for _, h := range w.nodes {
		h.configure = func(c *config.Config) {
			c.Limits.Queue = queue
			c.Raft.Heartbeat = config.Default().Raft.Heartbeat // what elections are judged by is what is shipped
		}
		h.serve()
	}
	w.start()
	leader := w.leader()
	term := leader.replica.Term()
	nodes := make([]*client.Client, len(w.nodes))
	for i, h := range w.nodes {
		c, err := client.New(h.addresses.Public, client.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		nodes[i] = c
	}
	signed := make([][][]byte, streams+callers)
	ids := make([][]ledger.RecordID, len(signed))
	next := 0
	for i := range signed {
		for range map[bool]int{true: m, false: each}[i < streams] {
			next++
			r := w.Register(ledger.AccountID(next%3+1), next/3+1)
			signed[i], ids[i] = append(signed[i], r.Envelope), append(ids[i], r.ID)
		}
	}

	ctx, cancel := context.WithTimeout(t.Context(), 3*deadline)
	defer cancel()
	stop := make(chan struct{})
	var watching, loading sync.WaitGroup
	for _, h := range w.nodes {
		watching.Go(func() { h.watchIntake(t, stop) })
	}
	told := acknowledged{leaves: make(map[ledger.RecordID]uint64)}
	for i := range streams {
		loading.Go(func() {
			s := client.NewStream(ctx, []*client.Client{nodes[i%3], nodes[(i+1)%3]}, client.StreamOptions{Settled: func(a client.Acknowledgement) {
				if !a.Accepted() {
					t.Errorf("stream %d, record %d: %v", i, a.First, a.Outcome)
					return
				}
				for j := range a.Count {
					leaf := a.Leaf + j
					if a.Outcome != nil {
						leaf = a.Outcome.GetAccepted().GetLeaf()
					}
					told.note(t, ids[i][a.First+j], leaf)
				}
			}})
			for _, e := range signed[i] {
				if _, err := s.Send(ctx, e); err != nil {
					t.Error(err)
				}
			}
			if err := s.Close(ctx); err != nil {
				t.Error(err)
			}
		})
	}
	var away, taken atomic.Int64
	for i := range callers {
		loading.Go(func() {
			at := streams + i
			a, err := nodes[0].Records.Submit(ctx, &apiv1.SubmitRequest{Envelopes: signed[at]})
			if err != nil {
				away.Add(1)
				wantOverloaded(t, err)
				return
			}
			taken.Add(1)
			for j, o := range a.GetOutcomes() {
				if o.GetAccepted() != nil {
					told.note(t, ids[at][j], o.GetAccepted().GetLeaf())
				} else if why := o.GetRefused().GetRefusal().GetReason(); why != "overloaded" {
					t.Errorf("caller %d, record %d: %v", i, j, o)
				}
			}
		})
	}
	loading.Wait()
	close(stop)
	watching.Wait()
	t.Logf("%d records acknowledged; of %d calls %d taken, %d turned away", len(told.leaves), callers, taken.Load(), away.Load())
	if away.Load() == 0 || taken.Load() == 0 {
		t.Errorf("of %d calls %d were taken, and %d turned away", callers, taken.Load(), away.Load())
	}
	if len(told.leaves) < streams*m {
		t.Errorf("%d records acknowledged, and %d were in streams", len(told.leaves), streams*m)
	}
	w.agree()
	for _, h := range w.nodes {
		err := h.Ledger().View(func(v *chain.View) error {
			for id, leaf := range told.leaves {
				if o, ok, err := v.Record(id); err != nil || !ok || o.Status != chain.Accepted || o.Leaf != leaf {
					t.Errorf("node %v: record %v: %+v, %v, %v; told leaf %d", h.agency, id, o, ok, err, leaf)
				}
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
		w.eventually("nothing is held", func() bool { return h.Intake() == Intake{} })
	}
	if now := leader.replica.Term(); now != term {
		t.Errorf("term %d, and %d before: there was an election", now, term)
	}
}

// watchIntake looks again and again whether the node has more in hand than its bounds say, in memory or in the queue.
func (h *host) watchIntake(t *testing.T, stop <-chan struct{}) {
	limits := h.IntakeLimits()
	for {
		i := h.Intake()
		for _, p := range [][2]int64{
			{i.CallRecords, limits.CallRecords}, {i.CallBytes, limits.CallBytes}, {i.StreamRecords, limits.StreamRecords}, {i.StreamBytes, limits.StreamBytes},
			{i.Streams, limits.Streams}, {i.Verifying, limits.Verifying}, {i.QueueRecords, limits.QueueRecords}, {i.QueueBytes, limits.QueueBytes},
		} {
			if p[0] > p[1] {
				t.Errorf("node %v has %+v in hand, beyond %+v", h.agency, i, limits)
				return
			}
		}
		select {
		case <-stop:
			return
		case <-time.After(time.Millisecond):
		}
	}
}

// wantOverloaded wants a refusal of the whole call, in both languages, with the time after which to try again.
func wantOverloaded(t *testing.T, err error) {
	e, ok := errors.AsType[*client.Error](err)
	if !ok || e.Code != codes.ResourceExhausted || e.Reason != "overloaded" || e.Vietnamese == "" || e.English == "" {
		t.Errorf("turned away with %v", err)
		return
	}
	retry := func(d any) bool {
		info, ok := d.(*errdetails.RetryInfo)
		return ok && info.GetRetryDelay().AsDuration() > 0
	}
	if s, _ := status.FromError(errors.Unwrap(e)); !slices.ContainsFunc(s.Details(), retry) {
		t.Errorf("no time to try again: %v", s)
	}
}
