package rescue_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/ocopledger/ocop/cmd/ocopd/internal/rescue"
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/store"
)

// edit changes rows of a bucket in a file that nobody has open.
func edit(t *testing.T, file, bucket string, change func(b *bolt.Bucket) error) {
	t.Helper()
	db, err := bolt.Open(file, 0o600, &bolt.Options{Timeout: time.Second, NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bolt.Tx) error { return change(tx.Bucket([]byte(bucket))) })
	if closing := db.Close(); err == nil {
		err = closing
	}
	if err != nil {
		t.Fatal(err)
	}
}

// alterRow changes a row by its number; nil: it goes.
func alterRow(t *testing.T, file, bucket string, number int, change func(row []byte) []byte) {
	t.Helper()
	edit(t, file, bucket, func(b *bolt.Bucket) error {
		c := b.Cursor()
		key, row := c.First()
		for range number {
			key, row = c.Next()
		}
		key, row = bytes.Clone(key), change(bytes.Clone(row))
		if row == nil {
			return b.Delete(key)
		}
		return b.Put(key, row)
	})
}

// flipRow flips a bit near the end of a row.
func flipRow(t *testing.T, file, bucket string, number int) {
	t.Helper()
	alterRow(t, file, bucket, number, func(row []byte) []byte { row[len(row)-3] ^= 0x10; return row })
}

func (n *node) chainFile() string { return filepath.Join(n.data, store.ChainFile) }

// mended checks that a node has come to a point by a repair.
func (n *node) mended(r *rescue.Repaired, want ledger.Head) {
	n.t.Helper()
	if r.Head != want {
		n.t.Errorf("head %+v, want %+v", r.Head, want)
	}
	if report := n.check(n.t, n.data); !report.OK() || report.Head != want {
		n.t.Errorf("check: %+v", report)
	}
	if left, _ := filepath.Glob(n.data + ".*"); len(left) > 0 {
		n.t.Errorf("left behind: %v", left)
	}
}

// TestRepairMendsEveryDamage damages each part of the files: what is right stays, what is not comes from the source, and the node is what it was.
func TestRepairMendsEveryDamage(t *testing.T) {
	w := newWorld(t, 11)
	newest := w.newest()
	source := w.published(t, newest)
	garble := func(row []byte) []byte {
		for i := len(row) / 2; i < len(row)/2+40; i++ {
			row[i] ^= 0x5a
		}
		return row
	}
	gone := func([]byte) []byte { return nil }
	for name, c := range map[string]struct {
		damage   func(n *node)
		most     uint64 // leaves that may be fetched
		least    uint64
		lost     bool
		position bool // raft's is carried over
	}{
		"a bit of a leaf": {damage: func(n *node) { flipRow(t, n.chainFile(), "leaves", 3) }, position: true},
		"some bytes of two chunks": {damage: func(n *node) {
			alterRow(t, n.chainFile(), "leaves", 2, garble)
			alterRow(t, n.chainFile(), "leaves", 7, garble)
		}, least: 2, most: 10, position: true},
		"the lengths of a chunk": {damage: func(n *node) {
			alterRow(t, n.chainFile(), "leaves", 4, func(row []byte) []byte { row[0], row[9] = 33, 7; return row })
		}, least: 5, most: 64, position: true},
		"a chunk gone":        {damage: func(n *node) { alterRow(t, n.chainFile(), "leaves", 5, gone) }, least: 5, most: 64, position: true},
		"all leaves gone":     {damage: func(n *node) { edit(t, n.chainFile(), "leaves", clearBucket) }, least: newest.Size - 1, most: newest.Size, position: true},
		"a tile":              {damage: func(n *node) { flipRow(t, n.chainFile(), "tiles", 0) }, position: true},
		"a tile gone":         {damage: func(n *node) { alterRow(t, n.chainFile(), "tiles", 1, gone) }, position: true},
		"the place of a seal": {damage: func(n *node) { flipRow(t, n.chainFile(), "seals", 9) }, position: true},
		"the head": {damage: func(n *node) {
			edit(t, n.chainFile(), "meta", func(b *bolt.Bucket) error { return b.Put([]byte("head"), []byte("x")) })
		}},
		"the file cut short":       {damage: func(n *node) { os.Truncate(n.chainFile(), 40_000) }, least: newest.Size - 1, most: newest.Size, lost: true},
		"the file gone":            {damage: func(n *node) { os.Remove(n.chainFile()) }, least: newest.Size - 1, most: newest.Size, lost: true},
		"the file another":         {damage: func(n *node) { os.WriteFile(n.chainFile(), bytes.Repeat([]byte("x"), 99_999), 0o600) }, least: newest.Size - 1, most: newest.Size, lost: true},
		"the whole directory gone": {damage: func(n *node) { os.RemoveAll(n.data) }, least: newest.Size - 1, most: newest.Size, lost: true},
		"the index alone":          {damage: func(n *node) { flipRow(t, filepath.Join(n.data, store.IndexFile), "subjects", 3) }, position: true},
		"the certified heads as well": {damage: func(n *node) {
			flipRow(t, n.chainFile(), "tiles", 0)
			os.Truncate(filepath.Join(n.data, store.HeadsFile), 5000)
		}, position: true},
		"the certified heads alone":        {damage: func(n *node) { os.Truncate(filepath.Join(n.data, store.HeadsFile), 5000) }, position: true},
		"a leaf with a checksum that fits": {damage: func(n *node) { alterLeaf(t, n.chainFile(), 6) }, least: 1, most: 1, position: true},
	} {
		t.Run(name, func(t *testing.T) {
			n := w.newNode(t, newest)
			n.t = t
			n.sign(newest.Size, newest.Root)
			c.damage(n)
			before := tree(t, n.dir)
			dry, err := rescue.Repair{Dir: n.dir, From: source, DryRun: true, Verifier: w.pool, Now: now}.Run(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if after := tree(t, n.dir); after != before {
				t.Errorf("a dry run changes\n%s\nto\n%s", before, after)
			}
			r, err := n.repair(source)
			if err != nil {
				t.Fatal(err)
			}
			n.mended(r, newest.Head)
			fetched := uint64(0)
			for _, f := range r.Fetched {
				fetched += f.To - f.From
			}
			if fetched < c.least || fetched > c.most || r.Kept+fetched != newest.Size || r.Lost != c.lost || r.Nothing || (r.Applied != 0) != c.position || r.Cut != 0 {
				t.Errorf("%+v", r)
			}
			if fmt.Sprint(dry.Fetched) != fmt.Sprint(r.Fetched) || dry.Head != r.Head {
				t.Errorf("the dry run said %+v, then %+v", dry, r)
			}
			l := w.open(t, n.data)
			if want := map[bool]uint64{true: newest.index, false: 0}[c.position]; l.AppliedIndex() != want {
				t.Errorf("raft's position is %d, want %d", l.AppliedIndex(), want)
			}
			h, err := store.OpenHeads(filepath.Join(n.data, store.HeadsFile), store.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer h.Close()
			if row, err := h.Newest(); err != nil || row.Size != newest.Size || row.Epoch != newest.policy.Number {
				t.Errorf("newest certified head: %+v, %v", row, err)
			}
			if !r.HeadsAnew {
				return
			}
			for epoch := range newest.policy.Number { // what handovers are made of is there again
				if row, err := h.End(epoch); err != nil || w.up(row.Size).policy.Number != epoch || w.points[row.Height+1].policy.Number != epoch+1 {
					t.Errorf("end of epoch %d: %+v, %v", epoch, row, err)
				}
			}
		})
	}
}

func clearBucket(b *bolt.Bucket) error {
	var keys [][]byte
	if err := b.ForEach(func(k, _ []byte) error { keys = append(keys, bytes.Clone(k)); return nil }); err != nil {
		return err
	}
	for _, k := range keys {
		if err := b.Delete(k); err != nil {
			return err
		}
	}
	return nil
}

// alterLeaf alters the last leaf of a chunk, and makes checksums that fit: somebody who means it.
func alterLeaf(t *testing.T, file string, number int) {
	t.Helper()
	edit(t, file, "leaves", func(b *bolt.Bucket) error {
		c := b.Cursor()
		key, row := c.First()
		for range number {
			key, row = c.Next()
		}
		key = bytes.Clone(key)
		return b.Put(key, resumAt(binary.BigEndian.Uint64(key), bytes.Clone(row), func(leaf []byte) { leaf[len(leaf)-1] ^= 1 }))
	})
}

// A ledger that is right, and holds the published head, is left alone.
func TestNothingToRepair(t *testing.T) {
	w := newWorld(t, 12)
	n := w.newNode(t, w.newest())
	before := tree(t, n.dir)
	for _, p := range []point{w.newest(), w.points[30]} {
		r, err := n.repair(w.published(t, p))
		if err != nil || !r.Nothing || r.Head != w.newest().Head {
			t.Errorf("%+v, %v", r, err)
		}
	}
	if tree(t, n.dir) != before {
		t.Error("it was not left alone")
	}
}

// A ledger that is sound and behind is extended, over HTTP by a node's address alone.
func TestRepairExtends(t *testing.T) {
	w := newWorld(t, 13)
	n := w.newNode(t, w.points[20])
	folder := w.published(t, w.newest())
	server := httptest.NewServer(http.StripPrefix("/log/", http.FileServer(http.Dir(folder))))
	defer server.Close()
	r, err := n.repair(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	n.mended(r, w.newest().Head)
	if len(r.Fetched) != 1 || r.Fetched[0] != (rescue.Range{From: w.points[20].Size, To: w.newest().Size}) || r.Applied != w.points[20].index || len(r.Findings) != 0 {
		t.Errorf("%+v", r)
	}
}

// What the node has beyond the published head stays as far as it is right, and is cut where it is damaged; but never below what it has signed.
func TestRepairBeyondThePublishedHead(t *testing.T) {
	w := newWorld(t, 14)
	older := w.up(300)
	source := w.published(t, older)
	newest := w.newest()
	damaged := func(t *testing.T) (n *node, end point) { // the last chunk is gone, and something before the published head as well
		n = w.newNode(t, newest)
		os.Remove(filepath.Join(n.data, store.HeadsFile))
		n.keep(older)
		last := uint64(0)
		edit(t, n.chainFile(), "leaves", func(b *bolt.Bucket) error {
			k, _ := b.Cursor().Last()
			last = binary.BigEndian.Uint64(k)
			return b.Delete(bytes.Clone(k))
		})
		flipRow(t, n.chainFile(), "tiles", 0)
		return n, w.up(last)
	}
	whole := w.newNode(t, newest)
	os.Remove(filepath.Join(whole.data, store.HeadsFile))
	flipRow(t, whole.chainFile(), "tiles", 0)
	r, err := whole.repair(source)
	if err != nil {
		t.Fatal(err)
	}
	whole.mended(r, newest.Head)
	if r.Kept != newest.Size || r.Cut != 0 || r.Certified.Tree.Size != older.Size || r.Applied != newest.index {
		t.Errorf("%+v", r)
	}

	n, end := damaged(t)
	n.sign(end.Size, end.Root)
	if end.Size <= older.Size || end.Size >= newest.Size {
		t.Fatalf("the ledger ends at %d of %d, %d is published", end.Size, newest.Size, older.Size)
	}
	if r, err = n.repair(source); err != nil {
		t.Fatal(err)
	}
	n.mended(r, end.Head)
	if r.Cut != newest.Size-end.Size || r.Applied != 0 || r.Before != newest.Size {
		t.Errorf("%+v", r)
	}
	l := w.open(t, n.data)
	apply(t, l, w.drafts...) // raft has the rest
	if l.Head() != newest.Head {
		t.Errorf("head %+v", l.Head())
	}

	n, _ = damaged(t)
	n.sign(newest.Size, newest.Root)
	before := tree(t, n.dir)
	if _, err = n.repair(source); !errors.Is(err, rescue.ErrBelow) || !strings.Contains(err.Error(), fmt.Sprint(newest.Size)) {
		t.Errorf("below what was signed: %v", err)
	}
	if tree(t, n.dir) != before {
		t.Error("the node's directory has changed")
	}
	os.Remove(filepath.Join(n.dir, "cosigner.slot"))
	n.keep(newest)
	if _, err = n.repair(source); !errors.Is(err, rescue.ErrBelow) || !strings.Contains(err.Error(), fmt.Sprint(newest.Size)) {
		t.Errorf("below what was certified: %v", err)
	}
}

// fork is another ledger from a point on, which nobody has certified.
func (w *world) fork(t *testing.T, dir string, from point, blocks int) ledger.Head {
	t.Helper()
	l := w.open(t, dir)
	for _, d := range w.drafts {
		if d.Index <= from.index {
			apply(t, l, d)
		}
	}
	for range blocks {
		d := w.Draft(5) // of the market's newest term
		apply(t, l, d)
	}
	h := l.Head()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return h
}

// A ledger that went its own way is brought back onto the certified one; unless the node has signed its own way, which is refused and said.
func TestRepairOfAForkedLedger(t *testing.T) {
	w := newWorld(t, 15)
	from := w.points[40]
	source := w.published(t, w.newest())
	for name, signed := range map[string]bool{"unsigned": false, "signed": true} {
		t.Run(name, func(t *testing.T) {
			n := w.newNode(t, w.points[0])
			os.RemoveAll(n.data)
			off := w.fork(t, n.data, from, 4)
			if off.Size <= from.Size {
				t.Fatal("it has not gone anywhere")
			}
			n.keep(w.points[30])
			if !signed {
				n.sign(from.Size, from.Root)
				r, err := n.repair(source)
				if err != nil {
					t.Fatal(err)
				}
				n.mended(r, w.newest().Head)
				if r.Applied != 0 || r.Fetched[0].From != from.Size {
					t.Errorf("%+v", r)
				}
				return
			}
			n.sign(off.Size, off.Root)
			before := tree(t, n.dir)
			_, err := n.repair(source)
			if !errors.Is(err, rescue.ErrBelow) || !strings.Contains(err.Error(), off.Root.String()) {
				t.Errorf("%v", err)
			}
			if tree(t, n.dir) != before {
				t.Error("the node's directory has changed")
			}
			os.Remove(filepath.Join(n.dir, "cosigner.slot"))
			n.keep(point{off, w.newest().policy, 0})
			if _, err := n.repair(source); !errors.Is(err, rescue.ErrBelow) || !strings.Contains(err.Error(), "contradict") {
				t.Errorf("a certified head off the published ledger: %v", err)
			}
		})
	}
}

// A node that runs is left alone, and a repair that is broken off leaves nothing.
func TestRepairIsRefusedOrBrokenOff(t *testing.T) {
	w := newWorld(t, 17)
	n := w.newNode(t, w.points[20])
	source := w.published(t, w.newest())
	l := w.open(t, n.data)
	if _, err := n.repair(source); !errors.Is(err, store.ErrInUse) {
		t.Errorf("of a node that runs: %v", err)
	}
	l.Close()
	before := tree(t, n.dir)
	ctx, cancel := context.WithCancel(t.Context())
	_, err := rescue.Repair{Dir: n.dir, From: source, Verifier: w.pool, Now: now, Progress: func(done, _ uint64) {
		if done > w.points[20].Size {
			cancel()
		}
	}}.Run(ctx)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("broken off: %v", err)
	}
	if tree(t, n.dir) != before {
		t.Error("the node's directory has changed")
	}
}
