//go:build linux && amd64

package fault

import (
	"context"
	"errors"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/ledger/store"
	"github.com/ocopledger/ocop/node/config"
	"github.com/ocopledger/ocop/node/internal/disk"
	"github.com/ocopledger/ocop/node/internal/process"
	"github.com/ocopledger/ocop/node/internal/trace"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

// known is what a client has been told.
type known struct {
	record   string // acknowledged
	envelope []byte
	refused  bool
	head     *apiv1.Head // as it was then
	signed   uint64      // size of the newest certified head
}

// recording is a node's life: what it asked of its disk, and what it told.
type recording struct {
	*network
	log   *disk.Log
	known []known // in the order of their marks
	truth *truth  // when all was well
}

// record runs a node that is a whole network, alone with its files: nobody has a copy. It lives twice, so that a recovery is in the record, too.
func record(t *testing.T, p *ports) *recording {
	t.Helper()
	w := newNetwork(t, 1, p, func(_ int, peer string) string { return peer }, func(c *config.Config) { c.Raft.Heartbeat = config.Duration(200 * time.Millisecond) })
	r := &recording{network: w}
	h := w.hosts[0]
	to := disk.NewRecorder(diskFiles...)
	for life := range 2 {
		process, err := process.StartStopped(h.log(), program(t, "ocopd"), "run", "--dir", h.dir)
		if err != nil {
			t.Fatal(err)
		}
		h.set(process)
		traced, err := trace.Attach(process.Pid, to.Options())
		if errors.Is(err, trace.ErrUnsupported) {
			t.Skip("NOT TESTED: disk faults cannot be made here: ", err)
		}
		if err != nil {
			t.Fatal(err)
		}
		process.Signal(syscall.SIGCONT)
		h.awaitLeader(t)
		const told = 16
		for i := range told {
			wait := apiv1.Wait_WAIT_CERTIFIED
			if i%4 >= 2 { // soon after a cosign point: only raft's log is on the disk
				wait = apiv1.Wait_WAIT_COMMITTED
			}
			r.tell(t, to, h, w.Register(1, 1+told*life+i), wait)
		}
		for n := 100 * (life + 1); !r.race(t, to, h, n); n++ {
		}
		if r.truth, err = readTruth(t.Context(), h.client); err != nil {
			t.Fatal(err)
		}
		h.stop(t)
		<-traced.Ended()
	}
	var err error
	if r.log, err = to.Log(); err != nil {
		t.Fatal(err)
	}
	for _, file := range diskFiles {
		if !r.written(file) {
			t.Errorf("nothing was written to %s", file)
		}
	}
	if n := r.unwritten(); n < 4 {
		t.Errorf("%d records were told of while raft's log alone had them", n)
	}
	return r
}

// unwritten is how many records were acknowledged with nothing written to chain.db since the one before.
func (r *recording) unwritten() (n int) {
	since := true
	for _, e := range r.log.Events {
		switch {
		case e.Kind == disk.Write && e.File == store.ChainFile:
			since = true
		case e.Kind == disk.Mark && !since:
			n++
		case e.Kind == disk.Mark:
			since = false
		}
	}
	return n
}

func (r *recording) written(file string) bool {
	for _, e := range r.log.Events {
		if e.Kind == disk.Write && e.File == file {
			return true
		}
	}
	return false
}

// tell has a record acknowledged and marks that it was. The mark comes after everything that the acknowledgement stands on.
func (r *recording) tell(t *testing.T, to *disk.Recorder, h *host, record *compose.Signed, wait apiv1.Wait) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	outcomes, err := h.client.SubmitAs(ctx, wait, [][]byte{record.Envelope}, nil)
	if err != nil {
		t.Fatalf("%v\n%s", err, h.logEnd())
	}
	r.acknowledged(t, to, h, record, outcomes[0])
}

func (r *recording) acknowledged(t *testing.T, to *disk.Recorder, h *host, record *compose.Signed, o *apiv1.Outcome) {
	t.Helper()
	head, err := h.head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	to.Mark(o.GetRecord())
	r.known = append(r.known, known{o.GetRecord(), record.Envelope, o.GetRefused() != nil, head.GetHead(), head.GetCertified().GetSize()})
}

// race has two records take one account at one time. It reports whether the loser was ordered, and so refused on the ledger: mostly a door notices.
func (r *recording) race(t *testing.T, to *disk.Recorder, h *host, n int) (recorded bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	records := []*compose.Signed{r.Register(1, n), r.RegisterAt(1, n, time.Now().Add(-time.Second))}
	outcomes := make([]*apiv1.Outcome, len(records))
	var racing sync.WaitGroup
	for i, record := range records {
		racing.Go(func() {
			if o, err := h.client.SubmitAs(ctx, apiv1.Wait_WAIT_CERTIFIED, [][]byte{record.Envelope}, nil); err != nil {
				t.Error(err)
			} else {
				outcomes[i] = o[0]
			}
		})
	}
	racing.Wait()
	for i, o := range outcomes {
		if o.GetAccepted() != nil || o.GetRefused().GetHeight() > 0 {
			recorded = recorded || o.GetRefused() != nil
			r.acknowledged(t, to, h, records[i], o)
		}
	}
	return recorded
}

// at is what was known at a point of the log.
func (r *recording) at(point int) []known {
	n := 0
	for _, e := range r.log.Events[:point] {
		if e.Kind == disk.Mark {
			n++
		}
	}
	return r.known[:n]
}

func (h *host) awaitLeader(t testing.TB) {
	t.Helper()
	until(t, "a leader", func(ctx context.Context) bool {
		if h.running() == nil {
			t.Fatalf("node %d has ended\n%s", h.number, h.logEnd())
		}
		head, err := h.head(ctx)
		return err == nil && head.GetNode().GetLeader() != 0
	})
}
