//go:build unix && !solaris && !aix

package cluster

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// TestPlace: whoever makes a place removes those that nobody holds, and no others: not those in use, those just being made, or what only looks like one.
func TestPlace(t *testing.T) {
	temp := t.TempDir()
	held, _, err := NewPlace(temp)
	if err != nil {
		t.Fatal(err)
	}
	made := filepath.Join(temp, placePrefix+"being-made")
	other := filepath.Join(temp, "other")
	for _, dir := range []string{made, other} {
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(other, lockName), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	left, removed, err := NewPlace(temp)
	if err != nil || removed != 0 {
		t.Fatalf("%d removed, %v", removed, err)
	}
	if err := os.WriteFile(filepath.Join(left.Dir, "chain.db"), nil, 0o400); err != nil {
		t.Fatal(err)
	}
	left.lock.Close() // as the system does for who is killed
	next, removed, err := NewPlace(temp)
	if err != nil || removed != 1 {
		t.Fatalf("%d removed, want 1: %v", removed, err)
	}
	want := []string{held.Dir, made, next.Dir, other}
	found, err := filepath.Glob(filepath.Join(temp, "*"))
	slices.Sort(want)
	if slices.Sort(found); err != nil || !slices.Equal(found, want) {
		t.Errorf("%v, want %v; %v", found, want, err)
	}
	if err := next.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(next.Dir); !os.IsNotExist(err) {
		t.Errorf("a closed place is still there: %v", err)
	}
}
