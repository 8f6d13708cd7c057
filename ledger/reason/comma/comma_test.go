package comma

import (
	"fmt"
	"testing"
	"time"
)

func TestIn(t *testing.T) {
	args := []any{1.25, 1234.5, 1500 * time.Millisecond, -0.5, "1.0", 7, nil}
	In(args)
	if got, want := fmt.Sprintf("%.1f | %8.2f | %v | %+g | %s | %d | %v", args...), "1,2 |  1234,50 | 1,5s | -0,5 | 1.0 | 7 | <nil>"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
