package node

import "testing"

// TestTurnsAway: there is no room when either bound is reached, and there is again when something has left.
func TestTurnsAway(t *testing.T) {
	t.Parallel()
	w := newNetwork(t, 1)
	w.start()
	h := w.nodes[0]
	most := h.IntakeLimits()
	for _, c := range []struct{ records, bytes int64 }{{most.CallRecords, 1}, {1, most.CallBytes}} {
		if h.TurnsAway(1, 1) {
			t.Fatalf("with room: %+v", h.Intake())
		}
		if !h.intake.calls.try(c.records, c.bytes) {
			t.Fatal("no room")
		}
		if !h.TurnsAway(1, 1) || !h.TurnsAway(MaxSubmit+1, 1) {
			t.Errorf("%+v taken, and there is room", c)
		}
		h.intake.calls.leave(c.records, c.bytes)
	}
	// A call that does not fit is turned away as Submit would do it, and who fits is not.
	const records, size = 10, 1000 // of room
	if !h.intake.calls.try(most.CallRecords-records, most.CallBytes-size) {
		t.Fatal("no room")
	}
	for _, c := range []struct {
		records, bytes int64
		away           bool
	}{
		{records, size, false}, {records + 1, size, true}, {records, size + 1, true}, {1, 1, false}, {MaxSubmit, 1, true}, {MaxSubmit + 1, 1, false}, {1, MaxSubmitBytes + 1, false},
	} {
		if got := h.TurnsAway(c.records, c.bytes); got != c.away {
			t.Errorf("%d records of %d bytes turned away: %v, and there is room for %d of %d", c.records, c.bytes, got, records, size)
		}
		if c.records <= MaxSubmit && c.bytes <= MaxSubmitBytes {
			took := h.intake.calls.try(c.records, c.bytes)
			if took == c.away {
				t.Errorf("%d records of %d bytes are taken: %v", c.records, c.bytes, took)
			}
			if took {
				h.intake.calls.leave(c.records, c.bytes)
			}
		}
	}
	h.intake.calls.leave(most.CallRecords-records, most.CallBytes-size)
}
