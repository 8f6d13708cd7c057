package publish

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/merkle"
	"github.com/ocopledger/ocop/ledger/tiles"
)

// folder fetches from a plain folder.
func folder(dir string) tiles.Fetch {
	return func(_ context.Context, path string, _ int) ([]byte, error) {
		data, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(path)))
		if errors.Is(err, os.ErrNotExist) {
			err = tiles.ErrNotFound
		}
		return data, err
	}
}

// audited reads a folder as a stranger would, and gives the size of its head.
func audited(t *testing.T, dir string) uint64 {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, tiles.CheckpointPath))
	if err != nil {
		t.Fatal(err)
	}
	head, err := checkpoint.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	r := tiles.NewReader(folder(dir), head.Tree.Size)
	c, log := tiles.NewChecker(r), merkle.Frontier{}
	for i := uint64(0); i*merkle.TileWidth < r.Size(); i++ {
		leaves, err := r.Bundle(t.Context(), i)
		if err != nil {
			t.Fatal(err)
		}
		for _, leaf := range leaves {
			log = log.Append(merkle.Log, merkle.Log.Leaf(leaf))
			if err := c.Leaf(t.Context(), merkle.Log.Leaf(leaf)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := c.Finish(t.Context()); err != nil {
		t.Fatal(err)
	}
	if log.Root(merkle.Log) != head.Tree.Root {
		t.Fatalf("the leaves of %d have another root than the head", head.Tree.Size)
	}
	return head.Tree.Size
}

func TestMirrorIsTheWholeLog(t *testing.T) {
	n := newNetwork(t)
	dir := t.TempDir()
	m := NewMirror(dir, n)
	if size, err := m.Sync(t.Context()); err != nil || size != 0 {
		t.Fatalf("before the first head: %d, %v", size, err)
	}
	for _, size := range []int{1, 2, 200, 256, 257, 700, 1100} {
		n.grow(t, size, 2)
		if got, err := m.Sync(t.Context()); err != nil || got != uint64(size) {
			t.Fatalf("%d leaves: %d, %v", size, got, err)
		}
		if got := audited(t, dir); got != uint64(size) {
			t.Fatalf("the folder shows %d leaves, want %d", got, size)
		}
	}
	// The same head, signed again, is younger.
	older := n.head
	n.head = older.With(checkpoint.Line{Name: "w.example", ID: 1, Signature: []byte("younger")})
	if _, err := m.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	if data, _ := os.ReadFile(filepath.Join(dir, tiles.CheckpointPath)); string(data) != string(n.head.Append(nil)) {
		t.Errorf("the folder shows %s", data)
	}
	for _, gone := range []string{"tile/0/000.p", "tile/entries/000.p", "tile/0/003.p"} {
		if _, err := os.Stat(filepath.Join(dir, gone)); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s is still there, beside the full file", gone)
		}
	}
	for _, there := range []string{"genesis", "policy.txt", "policy/0", "policy/1"} {
		if _, err := os.Stat(filepath.Join(dir, there)); err != nil {
			t.Error(err)
		}
	}
	if got, err := NewMirror(dir, n).Sync(t.Context()); err != nil || got != 1100 {
		t.Errorf("again: %d, %v", got, err)
	}
}

// A mirror that was cut short anywhere shows its old head, all files of which are there, and can go on.
func TestMirrorCutShort(t *testing.T) {
	n := newNetwork(t)
	n.grow(t, 300, 2)
	dir := t.TempDir()
	if _, err := NewMirror(dir, n).Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	n.grow(t, 900, 2)
	for after := range 4 {
		ctx := &countdown{Context: t.Context(), left: after}
		if _, err := NewMirror(dir, n).Sync(ctx); !errors.Is(err, context.Canceled) {
			t.Fatalf("after %d tiles: %v", after, err)
		}
		if got := audited(t, dir); got != 300 {
			t.Fatalf("after %d tiles the folder shows %d leaves", after, got)
		}
	}
	if got, err := NewMirror(dir, n).Sync(t.Context()); err != nil || got != 900 || audited(t, dir) != 900 {
		t.Errorf("%d, %v", got, err)
	}
}

// countdown is cancelled after it was asked so often.
type countdown struct {
	context.Context
	left int
}

func (c *countdown) Err() error {
	if c.left--; c.left < 0 {
		return context.Canceled
	}
	return nil
}

func TestMirrorRefusesAnotherLog(t *testing.T) {
	n := newNetwork(t)
	n.grow(t, 20, 2)
	for name, was := range map[string]string{
		"another history": func() string {
			other := n.head.Tree
			other.Size, other.Root[0] = 10, 1
			return string((&checkpoint.Signed{Tree: other, Lines: n.head.Lines}).Append(nil))
		}(),
		"another log": func() string {
			other := n.head.Tree
			other.Origin = "log.example/other"
			return string((&checkpoint.Signed{Tree: other, Lines: n.head.Lines}).Append(nil))
		}(),
		"a longer log": func() string {
			other := n.head.Tree
			other.Size = 30
			return string((&checkpoint.Signed{Tree: other, Lines: n.head.Lines}).Append(nil))
		}(),
		"something else": "hello\n",
	} {
		dir := t.TempDir()
		path := filepath.Join(dir, tiles.CheckpointPath)
		if err := os.WriteFile(path, []byte(was), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := NewMirror(dir, n).Sync(t.Context()); !errors.Is(err, ErrOtherLog) {
			t.Errorf("%s: %v", name, err)
		}
		if now, _ := os.ReadFile(path); string(now) != was {
			t.Errorf("%s: its checkpoint was written over", name)
		}
	}
}
