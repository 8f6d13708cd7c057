//go:build !(linux && amd64)

package fault

import "testing"

func TestFaults(t *testing.T) {
	t.Skip("NOT TESTED: faults are made through ptrace and /proc, of which this system has none that we know; Linux on amd64 has")
}
