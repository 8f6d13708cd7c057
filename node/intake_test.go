package node

import "testing"

// TestTurnsAway: there is no room when either bound is reached, and there is again when something has left.
func TestTurnsAway(t *testing.T) {
	t.Parallel()
	w := newNetwork(t, 1)
	w.start()
	h := w.nodes[0]
	for _, c := range []struct{ records, bytes int64 }{{h.IntakeLimits().CallRecords, 1}, {1, h.IntakeLimits().CallBytes}} {
		if h.TurnsAway() {
			t.Fatalf("with room: %+v", h.Intake())
		}
		if !h.intake.calls.try(c.records, c.bytes) {
			t.Fatal("no room")
		}
		if !h.TurnsAway() {
			t.Errorf("%+v taken, and there is room", c)
		}
		h.intake.calls.leave(c.records, c.bytes)
	}
}
