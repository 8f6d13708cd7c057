package rescue_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	bolt "go.etcd.io/bbolt"

	"github.com/ocopledger/ocop/cmd/internal/published"
	"github.com/ocopledger/ocop/cmd/ocopd/internal/rescue"
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/chain/chaintest"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/replay"
)

// TestBadSources: whatever is published, a node's directory is the certified ledger or what it was.
func TestBadSources(t *testing.T) {
	w := newWorld(t, 16)
	p := w.newest()
	sign := func(head ledger.Head, agencies ...ledger.AccountID) *checkpoint.Signed {
		return chaintest.Cosign(p.policy, head, 1_790_000_000, agencies...)
	}
	swapped := func(change func([][]byte) [][]byte) func(t *testing.T) string { // consistent by itself, and even certified
		return func(t *testing.T) string {
			leaves := change(append([][]byte(nil), w.leaves[:p.Size]...))
			return publish(t, leaves, sign(ledger.Head{Size: uint64(len(leaves)), Root: rootOf(leaves)}))
		}
	}
	tampered := func(path string, change func([]byte) []byte) func(t *testing.T) string {
		return func(t *testing.T) string {
			dir := w.published(t, p)
			name := filepath.Join(dir, filepath.FromSlash(path))
			data, err := os.ReadFile(name)
			if err == nil {
				err = os.Remove(name)
			}
			if data = change(data); err == nil && data != nil {
				err = os.WriteFile(name, data, 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
			return dir
		}
	}
	gone := func([]byte) []byte { return nil }
	flip := func(d []byte) []byte { d[len(d)/2] ^= 1; return d }
	source := func(err error) bool { return errors.Is(err, rescue.ErrSource) }
	diverges := func(err error) bool { return errors.Is(err, rescue.ErrSource) && is[*replay.Divergence](err) }
	other := chaintest.NewAt(chaintest.Start.AddDate(0, 0, 1))
	for name, c := range map[string]struct {
		make func(t *testing.T) string
		want func(error) bool
	}{
		"nothing there":             {func(t *testing.T) string { return t.TempDir() }, func(err error) bool { return strings.Contains(err.Error(), "checkpoint is missing") }},
		"nobody answers":            {func(t *testing.T) string { return "http://127.0.0.1:1" }, func(err error) bool { return is[*published.UnreachableError](err) }},
		"a checkpoint that is none": {tampered("checkpoint", func([]byte) []byte { return []byte("hello\n") }), source},
		"too few have cosigned":     {func(t *testing.T) string { return publish(t, w.leaves[:p.Size], sign(p.Head, 2)) }, func(err error) bool { return source(err) && errors.Is(err, checkpoint.ErrQuorum) }},
		"another root":              {func(t *testing.T) string { h := p.Head; h.Root[3] ^= 1; return publish(t, w.leaves[:p.Size], sign(h)) }, source},
		"a head inside a block": {func(t *testing.T) string {
			return publish(t, w.leaves[:p.Size-1], sign(ledger.Head{Size: p.Size - 1, Root: rootOf(w.leaves[:p.Size-1])}))
		}, source},
		"certified under another epoch": {func(t *testing.T) string {
			return publish(t, w.leaves[:p.Size], chaintest.Cosign(w.points[0].policy, p.Head, 1))
		}, source},
		"a bundle missing":                 {tampered("tile/entries/001", gone), source},
		"a bundle altered":                 {tampered("tile/entries/001", flip), source},
		"a bundle cut short":               {tampered("tile/entries/001", func(d []byte) []byte { return d[:len(d)-1] }), source},
		"a bundle too long":                {tampered("tile/entries/001", func(d []byte) []byte { return append(d, 0) }), source},
		"a tile missing":                   {tampered("tile/0/001", gone), source},
		"a tile altered":                   {tampered("tile/0/001", flip), source},
		"leaves in another order":          {swapped(func(l [][]byte) [][]byte { l[270], l[271] = l[271], l[270]; return l }), source},
		"an altered record":                {swapped(func(l [][]byte) [][]byte { i := recordAfter(l, 270); l[i] = flip(bytes.Clone(l[i])); return l }), diverges},
		"an altered seal":                  {swapped(func(l [][]byte) [][]byte { i := len(l) - 1; l[i] = bytes.Clone(l[i]); l[i][131] ^= 1; return l }), diverges},
		"a block missing":                  {swapped(func(l [][]byte) [][]byte { return append(l[:w.points[50].Size], l[w.points[51].Size:]...) }), diverges},
		"a block twice":                    {swapped(func(l [][]byte) [][]byte { return append(l, l[w.points[50].Size:w.points[51].Size]...) }), diverges},
		"records without end":              {func(t *testing.T) string { return endless(t, w, sign) }, source},
		"a ledger of another genesis":      {func(t *testing.T) string { return foreign(t, other, w) }, func(err error) bool { return errors.Is(err, chain.ErrOtherChain) }},
		"a source behind the node's floor": {func(t *testing.T) string { return w.published(t, w.points[20]) }, func(err error) bool { return errors.Is(err, rescue.ErrBelow) }},
	} {
		t.Run(name, func(t *testing.T) {
			n := w.newNode(t, w.points[30])
			n.sign(w.points[25].Size, w.points[25].Root)
			alterRow(t, n.chainFile(), "leaves", 0, func(row []byte) []byte { return row[:20] })
			edit(t, n.chainFile(), "leaves", func(b *bolt.Bucket) error { // nothing beyond the floor is there
				k, _ := b.Cursor().Last()
				return b.Delete(bytes.Clone(k))
			})
			before := tree(t, n.dir)
			_, err := n.repair(c.make(t))
			if err == nil || !c.want(err) {
				t.Errorf("%v", err)
			}
			if after := tree(t, n.dir); after != before {
				t.Errorf("the node's directory is\n%s\nwas\n%s", after, before)
			}
		})
	}
}

func recordAfter(leaves [][]byte, from int) int {
	for leaves[from][0] != ledger.KindRecord {
		from++
	}
	return from
}

// endless publishes records, and no seal but at the end of them all.
func endless(t *testing.T, w *world, sign func(ledger.Head, ...ledger.AccountID) *checkpoint.Signed) string {
	leaves := append([][]byte(nil), w.leaves[:w.points[30].Size]...)
	for i := range 3 * ledger.MaxDraftRecords {
		r := w.Sign(chaintest.Coop, chaintest.Lot(ledger.LotID{Product: chaintest.Coffee, Lot: fmt.Sprint("E", i)}, 1, chaintest.Today, 0))
		leaves = append(leaves, r.Envelope)
	}
	leaves = append(leaves, w.leaves[w.newest().Size-1])
	return publish(t, leaves, sign(ledger.Head{Size: uint64(len(leaves)), Root: rootOf(leaves)}))
}

// foreign publishes the ledger of another genesis.
func foreign(t *testing.T, other *chaintest.World, w *world) string {
	l, err := chain.Open(t.Context(), chain.Options{Dir: t.TempDir(), Genesis: other.Genesis.Bytes(), Verifier: w.pool, NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	apply(t, l, other.Story()...)
	leaves, err := l.Leaves(0, 1<<40, 1<<30)
	if err != nil {
		t.Fatal(err)
	}
	return publish(t, leaves, chaintest.Cosign(l.Epoch(), l.Head(), 1_790_000_000))
}
