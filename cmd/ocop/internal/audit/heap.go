package audit

import (
	"runtime/debug"
	"runtime/metrics"
)

// Bounds of what the garbage collector leaves lying during an audit. An audit makes garbage all the time and its state grows, so that at Go's default of 100 % it
// pays for looking through the state some hundred times; the memory of a laptop spares most of that.
const (
	heapSpare    = 512 << 20 // bytes of garbage beside the state, while the state is smaller than that
	leastGarbage = 100       // percent of the state: Go's default, when the state is larger
	mostGarbage  = 800       // percent of the state: beyond that nothing is gained
)

// heap adjusts how often garbage is collected to the size of the state: the process takes twice the state, or the state and heapSpare, whichever is more.
type heap struct {
	before int // percent
	now    int
	live   []metrics.Sample
}

func newHeap() *heap {
	h := &heap{live: []metrics.Sample{{Name: "/gc/heap/live:bytes"}}}
	h.before = debug.SetGCPercent(leastGarbage)
	h.now = leastGarbage
	if h.before != leastGarbage { // GOGC is set in the environment, by somebody who knows why
		debug.SetGCPercent(h.before)
		h.live = nil
	}
	h.adjust()
	return h
}

// adjust looks at what the last collection found alive.
func (h *heap) adjust() {
	if h.live == nil {
		return
	}
	metrics.Read(h.live)
	want := percent(h.live[0].Value.Uint64())
	if want > h.now+h.now/8 || want < h.now-h.now/8 { // each change stops the process for a moment
		debug.SetGCPercent(want)
		h.now = want
	}
}

func percent(live uint64) int {
	return int(min(max(100*heapSpare/max(live, 1), leastGarbage), mostGarbage))
}

func (h *heap) restore() { debug.SetGCPercent(h.before) }
