package memory

import (
	"math"
	"runtime/debug"
	"testing"
)

// settings are what the runtime has now.
func settings() (percent int, most int64) {
	percent = debug.SetGCPercent(100)
	debug.SetGCPercent(percent)
	return percent, debug.SetMemoryLimit(-1)
}

func restore(t *testing.T) {
	percent, most := settings()
	t.Cleanup(func() { debug.SetGCPercent(percent); debug.SetMemoryLimit(most) })
	debug.SetGCPercent(100)
	debug.SetMemoryLimit(math.MaxInt64)
}

func none(string) string { return "" }

func TestTune(t *testing.T) {
	restore(t)
	for _, c := range []struct {
		machine uint64
		want    int64
	}{{8 << 30, 4 << 30}, {1 << 30, 512 << 20}, {128 << 20, 256 << 20}} {
		Tune(none, c.machine)
		if percent, most := settings(); percent != garbage || most != c.want {
			t.Errorf("machine of %d bytes: %d %%, limit %d", c.machine, percent, most)
		}
	}
}

// What an operator has set stands, and where the memory is not known nothing is guessed.
func TestTuneLeavesAlone(t *testing.T) {
	restore(t)
	for _, variable := range []string{percentVariable, limitVariable} {
		Tune(func(name string) string {
			if name == variable {
				return "1"
			}
			return ""
		}, 8<<30)
	}
	Tune(none, 0)
	if percent, most := settings(); percent != 100 || most != math.MaxInt64 {
		t.Errorf("%d %%, limit %d", percent, most)
	}
}
