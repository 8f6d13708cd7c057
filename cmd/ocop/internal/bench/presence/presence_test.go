package presence

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"testing"

	"github.com/ocopledger/ocop/cmd/internal/published"
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/merkle"
	"github.com/ocopledger/ocop/ledger/tiles"
)

// log is leaves in memory; its tiles are made by definition.
type log struct {
	leaves [][]byte
	hashes []ledger.Hash
}

func (l *log) Size() uint64 { return uint64(len(l.leaves)) }

func (l *log) Tile(level int, index uint64) ([]byte, error) {
	var b []byte
	span := uint64(1) << (8 * level)
	for i := range uint64(merkle.TileWidthAt(l.Size(), level, index)) {
		from := (index*merkle.TileWidth + i) * span
		root := merkle.Log.Root(l.hashes[from : from+span])
		b = append(b, root[:]...)
	}
	return b, nil
}

func (l *log) Leaves(from uint64, most int) ([][]byte, error) {
	return l.leaves[from:min(from+uint64(most), l.Size())], nil
}

func (l *log) add(leaf []byte) {
	l.leaves, l.hashes = append(l.leaves, leaf), append(l.hashes, merkle.Log.Leaf(leaf))
}

func (l *log) head() *Head {
	return &Head{Tree: checkpoint.Tree{Size: l.Size(), Root: merkle.Log.Root(l.hashes)}}
}

func (l *log) fetch(_ context.Context, path string, _ int) ([]byte, error) {
	return tiles.Read(l, path)
}

// envelope is one that parses; nobody has signed it.
func envelope(t *testing.T, n int) ([]byte, ledger.RecordID) {
	t.Helper()
	action := []byte{0x0a, byte(n), byte(n >> 8)}
	key := ident.PublicKey{2, 32: 9}
	h := ledger.Header{Schema: 1, Key: key.ID(), Issued: uint64(n), Expires: uint64(n) + 1, Author: 1, ActionCount: 1,
		ActionsRoot: merkle.Actions.Root([]ledger.Hash{merkle.Actions.Leaf(action)})}
	data := ledger.AppendEnvelope(nil, &h, key, ident.Signature{63: 1}, [][]byte{action})
	e, err := ledger.ParseEnvelope(data)
	if err != nil {
		t.Fatal(err)
	}
	return data, e.ID
}

// TestFind looks for records from everywhere in logs of many sizes, and misses those that are not there, refused ones among them.
func TestFind(t *testing.T) {
	l := new(log)
	var ids []ledger.RecordID
	for n := range 70_000 {
		if n%10 == 9 {
			l.add([]byte{ledger.KindSeal, byte(n)})
			continue
		}
		leaf, id := envelope(t, n)
		l.add(leaf)
		ids = append(ids, id)
	}
	_, absent := envelope(t, 99_999)
	refused := (&ledger.Refusals{Height: 1, Rows: []ledger.Refusal{{Record: absent, Author: 1, Reason: 1}}}).Append(nil)
	l.add(refused)
	for _, from := range []uint64{0, 1, 255, 256, 257, 65_535, 65_536, 66_000, 69_999, 70_001} {
		after := 0 // of the ids that stand in the leaves read
		first := from / merkle.TileWidth * merkle.TileWidth
		for n := range first {
			if n%10 != 9 {
				after++
			}
		}
		found, err := Find(t.Context(), l.fetch, l.head(), from, slices.Values(append(slices.Clone(ids[after:]), absent)))
		if err != nil || !slices.Equal(found.Missing, []ledger.RecordID{absent}) || found.Leaves != l.Size()-first {
			t.Errorf("from %d: %v, %d missing of %d leaves", from, err, len(found.Missing), found.Leaves)
		}
	}
	if found, err := Find(t.Context(), l.fetch, l.head(), 66_000, slices.Values(ids[:3])); err != nil || len(found.Missing) != 3 {
		t.Errorf("records before the beginning were found: %v, %v", found, err)
	}
}

// TestLies: leaves or tiles that are not those of the certified head are no answer.
func TestLies(t *testing.T) {
	l := new(log)
	for n := range 600 {
		leaf, _ := envelope(t, n)
		l.add(leaf)
	}
	honest := l.head()
	l.leaves[599], _ = envelope(t, 1_000) // another record in the place of an acknowledged one
	if _, err := Find(t.Context(), l.fetch, honest, 300, slices.Values([]ledger.RecordID(nil))); !errors.Is(err, merkle.ErrProof) {
		t.Errorf("a changed leaf: %v", err)
	}
	l.leaves[599], _ = envelope(t, 599)
	l.hashes[3][0] ^= 1
	if _, err := Find(t.Context(), l.fetch, honest, 300, slices.Values([]ledger.RecordID(nil))); !errors.Is(err, merkle.ErrProof) {
		t.Errorf("a changed tile: %v", err)
	}
	gone := func(_ context.Context, path string, _ int) ([]byte, error) {
		return nil, &published.UnreachableError{Err: fmt.Errorf("%s: %w", path, os.ErrDeadlineExceeded)}
	}
	if _, err := Find(t.Context(), gone, honest, 300, slices.Values([]ledger.RecordID(nil))); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("a node that does not answer: %v", err)
	}
}
