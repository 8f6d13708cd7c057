package node

import (
	"context"
	"maps"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc/stats"

	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/reason"
	"github.com/ocopledger/ocop/node/blobs"
	"github.com/ocopledger/ocop/node/disk"
	"github.com/ocopledger/ocop/node/health"
	"github.com/ocopledger/ocop/node/metrics"
)

const (
	// lookEvery is how often the node looks at itself. What it looks at are the locks that serving needs: a look that never ends is a node that hangs.
	lookEvery = time.Second
	// measureEvery is how often it looks at its files.
	measureEvery = 10 * time.Second
)

// monitor looks at the node for its operator: it keeps the board of health, the metrics, and what must be watched over time.
type monitor struct {
	node    *Node
	board   *health.Board
	metrics *metrics.Metrics
	http    *metrics.Calls // of the public door's services, over HTTP
	started atomic.Bool    // the doors are open
	running sync.WaitGroup
	stop    context.CancelFunc // nil: not started
	wake    chan struct{}      // has room for one: something is to be looked at at once
	ahead   atomic.Int64       // drafts that are being verified ahead

	mu       sync.Mutex
	fault    error
	underway map[*doing]struct{}
	growth   disk.Growth
	measured measured
}

// doing is a write or an application of drafts under way.
type doing struct {
	what  string // name of a file; "": applying drafts
	since time.Time
}

// measured is the room on the disk, as last looked at.
type measured struct {
	room  disk.Room
	known bool
	files map[string]int64
	taken map[string]int64 // of the disk
	total int64            // of what is taken
}

func newMonitor(n *Node) *monitor {
	m := &monitor{node: n, board: health.NewBoard(time.Now()), underway: make(map[*doing]struct{}), wake: make(chan struct{}, 1)}
	m.metrics = metrics.New(m.facts)
	m.http = m.metrics.Calls("http")
	return m
}

// Counter counts calls of the public door's services that come over HTTP, beside those that the gRPC server counts itself.
func (n *Node) Counter() stats.Handler { return n.monitor.http }

func (m *monitor) start() {
	ctx, stop := context.WithCancel(context.Background())
	m.stop = stop
	m.running.Go(func() {
		ticker := time.NewTicker(lookEvery)
		defer ticker.Stop()
		measure := time.Now()
		for {
			if now := time.Now(); !now.Before(measure) {
				m.measure(now)
				measure = now.Add(measureEvery)
			}
			m.look()
			select {
			case <-ticker.C:
			case <-m.wake:
			case <-ctx.Done():
				return
			}
		}
	})
}

func (m *monitor) close() {
	if m.stop != nil {
		m.stop()
		m.running.Wait()
	}
}

// Live tells whether the process can go on, for a supervisor.
func (n *Node) Live() health.Report { return n.monitor.board.Live(time.Now()) }

// Ready tells whether the node can serve.
func (n *Node) Ready() health.Report { return n.monitor.board.Ready(time.Now()) }

// Started tells whether the node has opened its doors, once and for all.
func (n *Node) Started() bool { return n.monitor.started.Load() }

// failed is told of a fault of this machine that ends the node. It returns at once: who tells may hold what is looked at.
func (m *monitor) failed(err error) {
	m.mu.Lock()
	if m.fault == nil {
		m.fault = err
	}
	m.mu.Unlock()
	select {
	case m.wake <- struct{}{}:
	default:
	}
}

// look judges the node as it is now.
func (m *monitor) look() {
	f := m.healthFacts(time.Now())
	m.board.Look(time.Now(), f, m.node.alarms())
}

// begin notes that something is under way that can hang, until end is called.
func (m *monitor) begin(what string) (end func() time.Duration) {
	d := &doing{what, time.Now()}
	m.mu.Lock()
	m.underway[d] = struct{}{}
	m.mu.Unlock()
	return func() time.Duration {
		m.mu.Lock()
		delete(m.underway, d)
		m.mu.Unlock()
		return time.Since(d.since)
	}
}

// writing notes a write to a file, until done is called.
func (m *monitor) writing(file string) (done func()) {
	end := m.begin(file)
	return func() { m.metrics.Wrote(file, end()) }
}

// applying notes that committed drafts are applied, until done is called with what became of them.
func (m *monitor) applying() (done func([]chain.Applied)) {
	end := m.begin("")
	return func(applied []chain.Applied) { m.metrics.Applied(transaction(applied), end()) }
}

// count counts what clients are told of their records.
func (m *monitor) count(outcomes []chain.Outcome) {
	for i := 0; i < len(outcomes); { // those that went alike follow each other, as a rule
		kind, why := outcomeKind(&outcomes[i])
		n := 1
		for ; i+n < len(outcomes); n++ {
			if k, w := outcomeKind(&outcomes[i+n]); k != kind || w != why {
				break
			}
		}
		m.metrics.Answered(kind, why, n)
		i += n
	}
}

// outcomeKind is how an outcome is counted, and why the record was refused now; 0: it was not, or long ago.
func outcomeKind(o *chain.Outcome) (kind metrics.Outcome, why reason.Code) {
	if o.Refusal != nil {
		why = o.Refusal.Reason
	}
	switch {
	case o.Duplicate:
		return metrics.Known, 0
	case o.Status == chain.Refused:
		return metrics.Refused, why
	case o.Status == chain.Rejected:
		return metrics.Rejected, why
	}
	return metrics.Accepted, why
}

// measure looks at the files and the disk of the data directory.
func (m *monitor) measure(now time.Time) {
	dir := m.node.o.Config.Path(m.node.o.Config.Data)
	next := measured{files: make(map[string]int64), taken: make(map[string]int64)}
	room, err := disk.Of(dir)
	next.room, next.known = room, err == nil
	sizes, err := disk.Files(filepath.Clean(dir), blobs.Folder)
	if err != nil {
		m.node.log.Warn("the data directory cannot be measured", "error", err)
	}
	for name, size := range sizes {
		if folder := path.Dir(name); folder != "." { // of evidence: many files, one series
			name, _, _ = strings.Cut(name, "/")
		}
		next.files[name] += size.Bytes
		next.taken[name] += size.Taken
		next.total += size.Taken
	}
	counts := m.node.blobs.Counts()
	held := counts.HeldBytes + counts.PendingBytes
	next.files[blobs.Folder], next.taken[blobs.Folder] = held, held
	next.total += held
	m.mu.Lock()
	defer m.mu.Unlock()
	m.measured = next
	m.growth.See(now, next.total)
}

// watched is what is watched over time, at a moment.
type watched struct {
	fault             error
	writing, applying time.Duration // of the oldest under way
	file              string
	disk              measured
	rate              float64 // bytes a second
	growing           bool    // rate is known
}

// watch tells what was watched.
func (m *monitor) watch(now time.Time) (w watched) {
	m.mu.Lock()
	defer m.mu.Unlock()
	w.fault, w.disk = m.fault, m.measured
	w.disk.files, w.disk.taken = maps.Clone(m.measured.files), maps.Clone(m.measured.taken)
	w.rate, w.growing = m.growth.Rate()
	for d := range m.underway {
		age := now.Sub(d.since)
		if d.what == "" {
			w.applying = max(w.applying, age)
		} else if age > w.writing {
			w.writing, w.file = age, d.what
		}
	}
	return w
}

// left is how long the disk lasts at the present rate; 0: not known, or it does not grow.
func (w *watched) left() time.Duration {
	if !w.disk.known || !w.growing || w.rate <= 0 {
		return 0
	}
	const longest = 100 * 365 * 24 * time.Hour // further than that a Duration does not reach, nor anybody's plans
	seconds := float64(w.disk.room.Free) / w.rate
	if seconds > longest.Seconds() {
		return 0
	}
	return time.Duration(seconds * float64(time.Second))
}
