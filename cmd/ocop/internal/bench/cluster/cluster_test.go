package cluster

import (
	"slices"
	"testing"
)

// TestBounded: a node is told its part of the machine's memory, unless whoever measures has told it something else or nobody knows how much there is.
func TestBounded(t *testing.T) {
	for _, c := range []struct {
		env   []string
		bytes int64
		want  []string
	}{
		{[]string{"PATH=/bin"}, 1 << 30, []string{"PATH=/bin", "GOMEMLIMIT=1073741824"}},
		{[]string{"GOMEMLIMIT=768MiB", "PATH=/bin"}, 1 << 30, []string{"GOMEMLIMIT=768MiB", "PATH=/bin"}},
		{[]string{"PATH=/bin"}, 0, []string{"PATH=/bin"}},
	} {
		before := slices.Clone(c.env)
		if got := bounded(c.env, c.bytes); !slices.Equal(got, c.want) || !slices.Equal(c.env, before) {
			t.Errorf("%v with %d bytes: %v, want %v", before, c.bytes, got, c.want)
		}
	}
	t.Setenv("OCOP_BOUNDED", "1")
	if got := bounded(nil, 1<<30); !slices.Contains(got, "OCOP_BOUNDED=1") {
		t.Errorf("without an environment of its own a node has this one's: %v", got)
	}
}
