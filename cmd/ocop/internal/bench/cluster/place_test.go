//go:build unix && !solaris && !aix

package cluster

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
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
	left, swept, err := NewPlace(temp)
	if err != nil || swept != (Swept{}) {
		t.Fatalf("%+v, %v", swept, err)
	}
	if err := os.WriteFile(filepath.Join(left.Dir, "chain.db"), nil, 0o400); err != nil {
		t.Fatal(err)
	}
	left.lock.Close() // as the system does for who is killed
	next, swept, err := NewPlace(temp)
	if err != nil || swept != (Swept{Removed: 1}) {
		t.Fatalf("%+v, want one removed: %v", swept, err)
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

// TestPlacesAreMadeTogether: whoever makes a place while others look for ones that nobody holds keeps it.
func TestPlacesAreMadeTogether(t *testing.T) {
	temp := t.TempDir()
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 100 {
				p, swept, err := NewPlace(temp)
				if err != nil || swept != (Swept{}) {
					t.Errorf("%+v of those in use, %v", swept, err)
					return
				}
				if _, err := os.Stat(p.Dir); err != nil {
					t.Error(err)
				}
				if err := p.Close(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
}

// TestPlacesThatStay: what cannot be opened or removed is told, and stops neither the making of a place nor the removal of others.
func TestPlacesThatStay(t *testing.T) {
	temp := t.TempDir()
	left, _, err := NewPlace(temp)
	if err != nil {
		t.Fatal(err)
	}
	foreign := filepath.Join(temp, placePrefix+"0", lockName) // a directory by that name
	if err := os.MkdirAll(foreign, 0o700); err != nil {
		t.Fatal(err)
	}
	firm := filepath.Join(temp, placePrefix+"1")
	if err := os.MkdirAll(filepath.Join(firm, "node"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{filepath.Join("node", "chain.db"), lockName} {
		if err := os.WriteFile(filepath.Join(firm, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(filepath.Join(firm, "node"), 0o500); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(filepath.Join(firm, "node"), 0o700) })
	left.lock.Close()
	stays, want := os.Getuid() != 0, 1 // root removes whatever there is
	if !stays {
		want++
	}
	for range 2 {
		next, swept, err := NewPlace(temp)
		if err != nil || swept.Removed != want || !errors.Is(swept.Left, syscall.EISDIR) || errors.Is(swept.Left, fs.ErrPermission) != stays {
			t.Fatalf("%+v, want %d removed: %v", swept, want, err)
		}
		if err := next.Close(); err != nil {
			t.Error(err)
		}
		want = 0
	}
}
