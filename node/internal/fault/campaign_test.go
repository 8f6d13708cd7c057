//go:build linux && amd64

package fault

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/node/config"
	"github.com/ocopledger/ocop/node/internal/province"
	"github.com/ocopledger/ocop/node/internal/proxy"
)

// mostAgain is how often nodes may end themselves in one step over the machine's own disk.
const mostAgain = 5

// heartbeat is short, so that faults outlast it; no shorter, as the nodes and all who ask them share a machine.
const heartbeat = 600 * time.Millisecond

// battlefield is a network of nodes under load, whose processes, wires and disks fail.
type battlefield struct {
	*network
	wires    *proxy.Network
	book     *book
	load     *load
	authors  []compose.Author
	truths   [nodes]*truth
	met      map[kind]int // faults that have met something
	restarts atomic.Int64
	checks   int
	audits   int
	verified int
	slow     int // nodes that ended themselves over the machine's own disk
}

// tally is what a campaign comes to.
type tally struct {
	faults     map[kind]int
	met        map[kind]int // of these, those that have met a process, a message or a call
	operations map[string]int
	recovered  []time.Duration
	violations []string
	episodes   int
	history    int
	restarts   int
	checks     int
	audits     int
	verified   int
	slow       int
}

// TestCampaign: faults of processes, network and disks, one or two at a time, on three nodes under load. After each, everything that was ever told to anybody
// holds on all of them.
func TestCampaign(t *testing.T) {
	sum := &tally{faults: make(map[kind]int), met: make(map[kind]int), operations: make(map[string]int)}
	for _, o := range outcomes { // also those that do not occur
		sum.operations[o] = 0
	}
	began := time.Now()
	p := newPorts()
	if testing.Short() {
		*shortSteps = min(*shortSteps, 3)
	}
	for number := *firstEpisode; ; number++ {
		steps := episode(*seed, number)
		if *minutes == 0 {
			steps = steps[:min(*shortSteps, len(steps))]
		}
		t.Run(fmt.Sprintf("episode %d", number), func(t *testing.T) { sum.episode(t, p, number, steps) })
		if *minutes == 0 || time.Since(began) > time.Duration(*minutes*float64(time.Minute)) {
			break
		}
	}
	t.Logf("seed %d, %v\n%s", *seed, time.Since(began).Round(time.Second), sum)
	if len(sum.violations) > 0 {
		t.Errorf("%d violations", len(sum.violations))
	}
}

// episode is the life of one network.
func (s *tally) episode(t *testing.T, p *ports, number int, steps [][]fault) {
	w := newBattlefield(t, p, uint64(number))
	defer func() {
		w.load.end()
		if err := w.wires.Close(); err != nil {
			t.Error(err)
		}
		s.add(t, w)
	}()
	if _, err := w.recover(); err != nil {
		w.book.violation("at the start: %v", err)
		return
	}
	for i, step := range steps {
		took, err := w.step(i, step)
		for _, f := range step {
			s.faults[f.Kind]++
		}
		if err != nil {
			w.book.violation("episode %d, step %d, %v: %v", number, i+1, step, err)
			w.keepLogs(t)
			return
		}
		s.recovered = append(s.recovered, took)
		t.Logf("step %d: %v; recovered in %v", i+1, step, took.Round(time.Millisecond))
	}
	w.load.end()
	if err := w.examine(0); err != nil {
		w.book.violation("episode %d, at the end: %v", number, err)
	} else if err := w.load.streamsInOrder(w.truths[0]); err != nil {
		w.book.violation("episode %d, at the end: %v", number, err)
	}
	for _, h := range w.hosts {
		h.stop(t)
	}
}

func newBattlefield(t *testing.T, p *ports, seed uint64) *battlefield {
	w := &battlefield{book: newBook(), met: make(map[kind]int)}
	known := make([]string, nodes)
	for i := range known {
		known[i] = p.take(t)
	}
	w.network = newNetwork(t, nodes, p, func(i int, _ string) string { return known[i] }, func(c *config.Config) { c.Raft.Heartbeat = config.Duration(heartbeat) })
	w.wires = proxy.New(seed, w.who)
	for i, h := range w.hosts {
		if err := w.wires.Add(known[i], h.peer); err != nil {
			t.Fatal(err)
		}
		w.run(h)
		agency := ledger.AccountID(i + 1)
		w.authors = append(w.authors, compose.Author{Chain: w.Genesis.Chain, Account: agency, Schema: compose.Schema, Key: province.Officer(t, agency)})
	}
	w.load = startLoad(t, w.book, w.Genesis.Chain, w.hosts, w.authors, seed)
	return w
}

// keepLogs leaves what the nodes have said to whoever looks for the cause.
func (w *battlefield) keepLogs(t *testing.T) {
	dir, err := os.MkdirTemp("", "ocop-fault-logs-")
	if err != nil {
		t.Error(err)
		return
	}
	for _, h := range w.hosts {
		log, err := os.ReadFile(h.log())
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, filepath.Base(h.dir)), log, 0o600)
		}
		if err != nil {
			t.Error(err)
		}
	}
	t.Logf("the nodes' logs are in %s", dir)
}

// who is the node that has dialled a proxy.
func (w *battlefield) who(local, remote string) (int, bool) {
	for i, h := range w.hosts {
		if p := h.running(); p != nil && proxy.HasSocket(p.Pid, local, remote) {
			return i, true
		}
	}
	return 0, false
}

// step inflicts faults, waits, heals them, and examines what is left.
func (w *battlefield) step(number int, faults []fault) (recovered time.Duration, err error) {
	var all []inflicted
	hold := time.Duration(0)
	for _, f := range faults {
		on, err := w.inflict(f)
		if err != nil {
			return 0, err
		}
		all, hold = append(all, on), max(hold, f.Hold)
	}
	time.Sleep(hold) // the faults' length, of the schedule
	w.wires.Heal()
	for i, on := range all {
		if err := on.heal(); err != nil {
			return 0, err
		}
		if on.hit() > 0 {
			w.met[faults[i].Kind]++
		}
	}
	if recovered, err = w.recover(); err != nil {
		return 0, err
	}
	err = w.examine(number)
	for again := 0; err != nil && again < mostAgain && w.tooSlow(); again++ {
		if _, err = w.recover(); err == nil {
			err = w.examine(number)
		}
	}
	return recovered, err
}

// tooSlow tells whether a node has ended itself because a write took too long: on a machine with too much to do that is a fault that nobody has inflicted. It counts
// them.
func (w *battlefield) tooSlow() (any bool) {
	for _, h := range w.hosts {
		if h.running() == nil && strings.Contains(h.logEnd(), "write not finished after") {
			w.slow++
			any = true
		}
	}
	return any
}

// add sums up an episode.
func (s *tally) add(t *testing.T, w *battlefield) {
	if err := w.book.history.check(); err != nil {
		w.book.violation("%v", err)
	}
	s.episodes++
	s.history += len(w.book.list)
	s.restarts += int(w.restarts.Load())
	s.checks, s.audits, s.verified = s.checks+w.checks, s.audits+w.audits, s.verified+w.verified
	s.slow += w.slow
	for k, n := range w.met {
		s.met[k] += n
	}
	for outcome, n := range w.book.counts {
		s.operations[outcome] += n
	}
	for _, v := range w.book.violations {
		t.Error(v)
	}
	s.violations = append(s.violations, w.book.violations...)
}

func (s *tally) String() string {
	var b strings.Builder
	total, met := 0, 0
	for k, n := range s.faults {
		total, met = total+n, met+s.met[k]
	}
	fmt.Fprintf(&b, "%-44s %8d  (%d met a process, a message or a call)\n", "FAULTS", total, met)
	for _, k := range slices.Sorted(maps.Keys(s.faults)) {
		fmt.Fprintf(&b, "  %-42s %8d  (%d)\n", k, s.faults[k], s.met[k])
	}
	fmt.Fprintf(&b, "OPERATIONS\n")
	for _, o := range slices.Sorted(maps.Keys(s.operations)) {
		fmt.Fprintf(&b, "  %-42s %8d\n", o, s.operations[o])
	}
	fmt.Fprintf(&b, "EXAMINED\n")
	for _, row := range []struct {
		what string
		n    int
	}{
		{"networks", s.episodes}, {"operations in linearizable histories", s.history}, {"processes started again", s.restarts},
		{"of these, ended over this machine's own disk", s.slow}, {"ocopd check, ok", s.checks},
		{"ocop audit, ok", s.audits}, {"receipts verified", s.verified},
	} {
		fmt.Fprintf(&b, "  %-42s %8d\n", row.what, row.n)
	}
	fmt.Fprintf(&b, "%-44s %8d\n", "VIOLATIONS", len(s.violations))
	fmt.Fprintf(&b, "TIME TO RECOVER  p50 %v  p99 %v  longest %v\n", percentile(s.recovered, 0.5).Round(time.Millisecond),
		percentile(s.recovered, 0.99).Round(time.Millisecond), percentile(s.recovered, 1).Round(time.Millisecond))
	return b.String()
}
