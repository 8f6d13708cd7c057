package prove_test

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/chain/chaintest"
	"github.com/ocopledger/ocop/ledger/merkle"
	"github.com/ocopledger/ocop/ledger/prove"
	"github.com/ocopledger/ocop/ledger/receipt"
	"github.com/ocopledger/ocop/ledger/store"
	"github.com/ocopledger/ocop/ledger/subject"
)

// naivePlace is a record's place by reading and hashing its author's whole activity.
func naivePlace(v *chain.View, id subject.ID, leaf uint64) (*receipt.Place, error) {
	n, err := v.HistoryLen(id)
	if err != nil {
		return nil, err
	}
	all, err := v.History(id, 0, int(n))
	if err != nil {
		return nil, err
	}
	tree := merkle.NewTree(merkle.History)
	for i := range all {
		tree.Append(all[i].LeafHash())
	}
	at := slices.IndexFunc(all, func(e ledger.Entry) bool { return e.Leaf == leaf })
	path, err := merkle.History.ProveInclusion(tree, n, uint64(at))
	return &receipt.Place{Entries: n, Root: tree.Root(), Entry: uint64(at), Value: all[at].Value, Path: path}, err
}

// Of an activity of any size, written to the index or not, the receipt of any action has the place that hashing everything gives: at every position around which ranges
// begin and end, and at others.
func TestActionsOfActivitiesOfEverySize(t *testing.T) {
	const sizes = 300
	r := rand.New(rand.NewPCG(2, 19))
	w := chaintest.New()
	var drafts []chaintest.Draft
	for i := range sizes {
		w.Tick(time.Second)
		signed := w.Sign(author, chaintest.Household(1_000_100+ledger.AccountID(i)))
		data := w.Draft(signed)
		drafts = append(drafts, chaintest.Draft{Index: w.Index, Term: w.Term, Data: data})
	}
	l, heads := grown(t, w, drafts)
	id := subject.Activity(author)
	c := prove.NewCache(1 << 20)
	checked := 0
	for height := 1; height <= sizes; height++ { // block h holds the record of entry h, after the one of genesis
		if err := l.ViewAt(uint64(height), func(v *chain.View) error {
			positions := []int{1, height, 1 + r.IntN(height)}
			for border := store.EntryChunk; border < height; border *= 2 {
				positions = append(positions, border-1, border, border+1, height/border*border, height/border*border-1)
			}
			for _, at := range positions {
				if at < 1 || at > height {
					continue
				}
				leaf := uint64(2*at - 1) // each block is a record and a seal
				want, err := naivePlace(v, id, leaf)
				if err != nil {
					return err
				}
				got, err := prove.Action(v, heads[height], leaf, 0, prove.Options{})
				if err != nil {
					return err
				}
				if want.Entry != uint64(at) || want.Entries != uint64(height+1) || !reflect.DeepEqual(got.Place, want) {
					t.Fatalf("entry %d of %d: %+v, want %+v", at, height+1, got.Place, want)
				}
				if file, err := c.Action(v, heads[height], leaf, 0, prove.Options{}); err != nil || !bytes.Equal(file, got.Append(nil)) {
					t.Fatalf("entry %d of %d from a cache: %d bytes, %v", at, height+1, len(file), err)
				}
				checked++
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	if checked < 3*sizes {
		t.Errorf("only %d places were looked at", checked)
	}
}

// forged is a source whose rows say something else, with checksums that fit.
type forged struct {
	*chain.View
	hash func(level int, index uint64) bool // whether one is another
	from uint64                             // added to where entries are
	last byte                               // of values, in place of what it is
}

func (f *forged) Value(id subject.ID) ([]byte, bool) {
	value, ok := f.View.Value(id)
	if f.last != 0 {
		value = append(bytes.Clone(value[:len(value)-1]), f.last)
	}
	return value, ok
}

func (f *forged) EntryFrom(id subject.ID, leaf uint64) (uint64, error) {
	at, err := f.View.EntryFrom(id, leaf)
	return at + f.from, err
}

func (f *forged) HistoryHashes(id subject.ID) (merkle.HashReader, error) {
	r, err := f.View.HistoryHashes(id)
	return forgedHashes{r, f.hash}, err
}

type forgedHashes struct {
	merkle.HashReader
	other func(level int, index uint64) bool
}

func (f forgedHashes) ReadHash(level int, index uint64) (merkle.Hash, error) {
	h, err := f.HashReader.ReadHash(level, index)
	if f.other(level, index) {
		h[31] ^= 1
	}
	return h, err
}

// Whatever a row of the index says, nothing false is handed out: each hash of a path is one that the root in the state map is made of, or there is no receipt.
func TestForgedRowsMakeNoReceipt(t *testing.T) {
	w, l, _ := written(t, 200)
	signed := chaintest.Cosign(l.Policy(), l.Head(), w.Now/1000)
	promise := ledger.SignedPromise{Promise: ledger.Promise{Chain: w.Chain(), Author: author, Size: 301, Deadline: w.Now - 2000}}
	if err := l.View(func(v *chain.View) error {
		none := func(int, uint64) bool { return false }
		if _, err := prove.Action(&forged{View: v, hash: none}, signed, 99, 0, prove.Options{}); err != nil {
			t.Errorf("nothing forged: %v", err)
		}
		if _, err := prove.Breach(&forged{View: v, hash: none}, signed, &promise); err != nil {
			t.Errorf("nothing forged, a breach: %v", err)
		}
		path := 0
		for level := range 8 { // the entry is number 50 of 201
			sibling := uint64(50)>>level ^ 1
			f := &forged{View: v, hash: func(l int, i uint64) bool { return l == level && i == sibling }}
			if (sibling+1)<<level > 201 { // there is none: smaller ones are in its place
				continue
			}
			path++
			if r, err := prove.Action(f, signed, 99, 0, prove.Options{}); r != nil || !errors.Is(err, prove.ErrCorrupt) {
				t.Errorf("another hash of level %d: %v", level, err)
			}
		}
		if path < 7 {
			t.Errorf("only %d hashes of the path are looked at", path)
		}
		for _, by := range []uint64{1, 2, 1000} {
			if r, err := prove.Action(&forged{View: v, hash: none, from: by}, signed, 99, 0, prove.Options{}); r != nil || !errors.Is(err, prove.ErrCorrupt) {
				t.Errorf("an entry %d further: %v", by, err)
			}
		}
		if r, err := prove.Action(&forged{View: v, hash: none, last: 0xff}, signed, 99, 0, prove.Options{}); r != nil || !errors.Is(err, prove.ErrCorrupt) {
			t.Errorf("another value: %v", err)
		}
		for level := range 8 { // 150 entries are before the promise
			f := &forged{View: v, hash: func(l int, i uint64) bool { return l == level && (i+1)<<level <= 150 }}
			if b, err := prove.Breach(f, signed, &promise); 150>>level&1 == 1 && (b != nil || !errors.Is(err, prove.ErrCorrupt)) {
				t.Errorf("other hashes of level %d before the promise: %v", level, err)
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

// A bit that flips in a row while the node runs makes a finding, which names the row, and no receipt.
func TestDamagedRowsMakeNoReceipt(t *testing.T) {
	dir := t.TempDir()
	w, l, _ := writtenTo(t, dir, 200)
	if err := l.FlushIndex(); err != nil {
		t.Fatal(err)
	}
	signed := chaintest.Cosign(l.Policy(), l.Head(), w.Now/1000)
	id := subject.Activity(author)
	ask := func() (r *receipt.Receipt, err error) {
		err = l.View(func(v *chain.View) error {
			r, err = prove.Action(v, signed, 99, 0, prove.Options{}) // entry 50: beside its two chunks are two others
			return err
		})
		return r, err
	}
	if _, err := ask(); err != nil {
		t.Fatal(err)
	}
	var kept merkle.Hash
	if err := l.View(func(v *chain.View) error {
		hashes, err := v.HistoryHashes(id)
		if err == nil {
			kept, err = hashes.ReadHash(ledger.KeptLevel+1, 1)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, store.IndexFile)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	flipped := 0
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for at := 0; ; flipped++ { // in old pages, too
		next := bytes.Index(data[at:], kept[:])
		if next < 0 {
			break
		}
		at += next
		if _, err := file.WriteAt([]byte{data[at] ^ 1}, int64(at)); err != nil {
			t.Fatal(err)
		}
		at++
	}
	if flipped == 0 {
		t.Fatal("the hash is nowhere in the file")
	}
	r, err := ask()
	var f *chain.Finding
	if r != nil || !errors.As(err, &f) || f.File != store.IndexFile || f.Bucket != "entries" || f.Row == "" {
		t.Errorf("%v, %v", r != nil, err)
	}
}
