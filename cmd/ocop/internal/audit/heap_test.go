package audit

import (
	"runtime/debug"
	"testing"
)

func TestGarbageBesideTheState(t *testing.T) {
	for _, c := range []struct {
		live uint64
		want int
	}{{0, mostGarbage}, {1 << 20, mostGarbage}, {128 << 20, 400}, {heapSpare, leastGarbage}, {8 << 30, leastGarbage}} {
		if got := percent(c.live); got != c.want {
			t.Errorf("state of %d bytes: %d %%, want %d", c.live, got, c.want)
		}
	}
}

func TestHeapIsRestored(t *testing.T) {
	before := debug.SetGCPercent(100)
	defer debug.SetGCPercent(before)
	h := newHeap()
	if h.now <= leastGarbage {
		t.Errorf("a small process collects at %d %%", h.now)
	}
	h.restore()
	if now := debug.SetGCPercent(50); now != 100 {
		t.Errorf("%d %% afterwards, want 100", now)
	}
	h = newHeap() // 50 is somebody's choice
	h.adjust()
	if now := debug.SetGCPercent(50); now != 50 {
		t.Errorf("%d %% where 50 was set", now)
	}
	h.restore()
}
