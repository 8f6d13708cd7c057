package memory

import "testing"

func TestWithin(t *testing.T) {
	for group, want := range map[string]uint64{"max\n": 1000, "400\n": 400, "4000": 1000, "": 1000} {
		if got := within(1000, group); got != want {
			t.Errorf("group %q: %d, want %d", group, got, want)
		}
	}
	if Machine() == 0 {
		t.Error("this machine has no memory")
	}
}
