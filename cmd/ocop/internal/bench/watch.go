package bench

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/ocopledger/ocop/cmd/ocop/internal/bench/machine"
	"github.com/ocopledger/ocop/cmd/ocop/internal/bench/scrape"
)

// watch looks at nodes through their operator doors.
type watch struct {
	http       *http.Client
	nodes      []doors
	process    []int          // number of the process that a node is in, from 0
	validators int            // of the network, those included that cannot be looked at
	pages      *machine.Pages // of this machine; nil: not known

	mu   sync.Mutex
	peak []scrape.Metrics // highest values seen, of some series
}

// answerIn bounds a look at a node: one that is dead or busy is left out.
const answerIn = 2 * time.Second

// newWatch keeps the nodes whose doors answer, and finds out which of them are one process, unless they are known to be apart.
func newWatch(ctx context.Context, all []doors, validators int, apart bool) *watch {
	w := &watch{http: &http.Client{Timeout: answerIn}, validators: validators}
	for _, d := range all {
		if _, err := scrape.Get(ctx, w.http, d.operator); err == nil {
			w.nodes = append(w.nodes, d)
		}
	}
	processes := 0
	for i, d := range w.nodes {
		w.process = append(w.process, processes)
		for k := 0; k < i && !apart; k++ {
			if w.same(ctx, w.nodes[k], d) {
				w.process[i] = w.process[k]
				break
			}
		}
		if w.process[i] == processes {
			processes++
		}
	}
	w.forget()
	return w
}

func (w *watch) same(ctx context.Context, a, b doors) bool {
	before, err1 := scrape.Get(ctx, w.http, a.operator)
	other, err2 := scrape.Get(ctx, w.http, b.operator)
	after, err3 := scrape.Get(ctx, w.http, a.operator)
	return err1 == nil && err2 == nil && err3 == nil && scrape.SameProcess(before, other, after)
}

// forget begins the peaks anew.
func (w *watch) forget() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.peak = make([]scrape.Metrics, len(w.nodes))
	for i := range w.peak {
		w.peak[i] = make(scrape.Metrics)
	}
}

// peaked are the series whose peaks are kept.
var peaked = [...]string{scrape.ResidentBytes, scrape.QueueRecords}

// moment is what all nodes and the benchmark itself said at one time.
type moment struct {
	at    time.Time
	nodes []scrape.Metrics // nil: no answer
	own   time.Duration    // processor time of the benchmark
}

// look asks all nodes, beside each other.
func (w *watch) look(ctx context.Context) moment {
	m := moment{at: time.Now(), nodes: make([]scrape.Metrics, len(w.nodes)), own: machine.CPU()}
	var all sync.WaitGroup
	for i, d := range w.nodes {
		all.Go(func() {
			if got, err := scrape.Get(ctx, w.http, d.operator); err == nil {
				m.nodes[i] = got
			}
		})
	}
	all.Wait()
	w.mu.Lock()
	defer w.mu.Unlock()
	for i, got := range m.nodes {
		for _, name := range peaked {
			w.peak[i][name] = max(w.peak[i][name], got[name])
		}
	}
	return m
}

// lookEvery is how often nodes are asked for their peaks: often enough to see a queue fill, and nothing beside a record.
const lookEvery = 500 * time.Millisecond

// peaks looks again and again until ctx ends.
func (w *watch) peaks(ctx context.Context) {
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			w.look(ctx)
		}
	}
}
