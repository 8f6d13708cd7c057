package chain_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"strings"
	"testing"

	bolt "go.etcd.io/bbolt"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/chain/chaintest"
	"github.com/ocopledger/ocop/ledger/store"
	"github.com/ocopledger/ocop/ledger/subject"
)

// victim is a ledger on disk whose files can be altered and put back.
type victim struct {
	t     testing.TB
	o     chain.Options
	model *model
	good  map[string][]byte
}

func newVictim(t testing.TB) *victim {
	t.Helper()
	market := chaintest.NewMarket(5)
	drafts := append(market.Story, market.Drafts(60, 12)...)
	v := &victim{t: t, o: options(t, market.World), model: newModel(market.World), good: map[string][]byte{}}
	l := open(t, v.o)
	for _, d := range drafts {
		v.model.draft(t, d)
	}
	apply(t, l, drafts...)
	l.Close()
	for _, name := range []string{store.ChainFile, store.IndexFile} {
		data, err := os.ReadFile(filepath.Join(v.o.Dir, name))
		if err != nil {
			t.Fatal(err)
		}
		data = bytes.TrimRight(data, "\x00")
		v.good[name] = append(data, make([]byte, 4096-len(data)%4096)...)
	}
	checkClean(t, v.o)
	return v
}

// heal puts the files back.
func (v *victim) heal() {
	v.t.Helper()
	for name, data := range v.good {
		if err := os.WriteFile(filepath.Join(v.o.Dir, name), data, 0o600); err != nil {
			v.t.Fatal(err)
		}
	}
}

// alter changes a bucket of a file behind the ledger's back.
func (v *victim) alter(file, bucket string, fn func(b *bolt.Bucket)) {
	v.t.Helper()
	db, err := bolt.Open(filepath.Join(v.o.Dir, file), 0o600, &bolt.Options{Timeout: 1e9})
	if err != nil {
		v.t.Fatal(err)
	}
	defer db.Close()
	if err := db.Update(func(tx *bolt.Tx) error { fn(tx.Bucket([]byte(bucket))); return nil }); err != nil {
		v.t.Fatal(err)
	}
}

// put writes a row.
func (v *victim) put(b *bolt.Bucket, key, row []byte) {
	v.t.Helper()
	if err := b.Put(bytes.Clone(key), row); err != nil {
		v.t.Fatal(err)
	}
}

// flip flips a bit of the n-th row of a bucket, counted from the end when negative.
func (v *victim) flip(file, bucket string, n, byteAt int) {
	v.t.Helper()
	v.alter(file, bucket, func(b *bolt.Bucket) {
		key, row := nth(b, n)
		if byteAt < 0 {
			byteAt += len(row)
		}
		row[byteAt] ^= 0x10
		v.put(b, key, row)
	})
}

func nth(b *bolt.Bucket, n int) (key, row []byte) {
	c := b.Cursor()
	k, r := c.First()
	step := c.Next
	if n < 0 {
		k, r = c.Last()
		step, n = c.Prev, -1-n
	}
	for ; n > 0; n-- {
		k, r = step()
	}
	return bytes.Clone(k), bytes.Clone(r)
}

func (v *victim) check() *chain.Report {
	v.t.Helper()
	r, err := chain.Check(v.t.Context(), chain.CheckOptions{Dir: v.o.Dir, Genesis: v.o.Genesis, Verifier: v.o.Verifier})
	if err != nil {
		v.t.Fatal(err)
	}
	return r
}

// want looks for a finding about a row of a bucket.
func want(t testing.TB, r *chain.Report, file, bucket string, about ...string) *chain.Finding {
	t.Helper()
	for _, f := range r.Findings {
		found := f.File == file && f.Bucket == bucket
		for _, word := range about {
			found = found && strings.Contains(f.Error(), word)
		}
		if found {
			return f
		}
	}
	t.Errorf("no finding in %s, %s about %q; found:", file, bucket, about)
	for _, f := range r.Findings {
		t.Errorf("  %v", f)
	}
	return nil
}

// leafRow finds the chunk of a leaf and where it stands in it.
func leafRow(b *bolt.Bucket, leaf uint64) (key, row []byte, at int) {
	c := b.Cursor()
	k, r := c.Seek(binary.BigEndian.AppendUint64(nil, leaf))
	if k == nil {
		k, r = c.Last()
	} else if binary.BigEndian.Uint64(k) != leaf {
		k, r = c.Prev()
	}
	at = tableEnd(r)
	for i := range int(leaf - binary.BigEndian.Uint64(k)) {
		at += int(binary.BigEndian.Uint16(r[tableEntry(i):]))
	}
	return bytes.Clone(k), bytes.Clone(r), at
}

func tableEntry(i int) int { return 5 + 7*i }

func tableEnd(chunk []byte) int { return tableEntry(int(chunk[0] & 0x7f)) }

// base tells how many leaves before a leaf the one stands that it is stored as the difference to; 0: it is stored whole.
func (v *victim) base(leaf uint64) (back int) {
	v.alter(store.ChainFile, "leaves", func(b *bolt.Bucket) {
		key, row, _ := leafRow(b, leaf)
		back = int(row[tableEntry(int(leaf-binary.BigEndian.Uint64(key)))+2])
	})
	return back
}

func (v *victim) flipLeaf(leaf uint64, offset int) {
	v.t.Helper()
	v.alter(store.ChainFile, "leaves", func(b *bolt.Bucket) {
		key, row, at := leafRow(b, leaf)
		row[at+offset] ^= 0x04
		v.put(b, key, row)
	})
}

// leafOf finds a leaf of a kind in the model, which is stored whole: its bytes stand where they stand in the leaf.
func (v *victim) leafOf(kind byte, from int) (uint64, []byte) {
	for i := from; i < len(v.model.leaves); i++ {
		if v.model.leaves[i][0] == kind && v.base(uint64(i)) == 0 {
			return uint64(i), v.model.leaves[i]
		}
	}
	v.t.Fatalf("no leaf of kind %d", kind)
	return 0, nil
}

// One flipped bit in each kind of row, all at once: all are named, by leaf, record and field.
func TestAllFlippedBitsAreNamed(t *testing.T) {
	v := newVictim(t)
	record, raw := v.leafOf(ledger.KindRecord, 30)
	refusals, _ := v.leafOf(ledger.KindRefusals, 100)
	seal, _ := v.leafOf(ledger.KindSeal, 200)
	v.flipLeaf(record, 155)       // in the header: author
	v.flipLeaf(refusals, 12+32+9) // reason of the first row
	v.flipLeaf(seal, 140)
	v.flip(store.ChainFile, "leaves", 3, 7) // table of a chunk
	v.flip(store.ChainFile, "tiles", 0, 4+32*17)
	v.flip(store.ChainFile, "seals", 9, 11)
	v.flip(store.ChainFile, "meta", 2, 4+20) // head
	v.flip(store.ChainFile, "meta", 1, 40)   // genesis
	v.flip(store.IndexFile, "subjects", 20, 10)
	v.flip(store.IndexFile, "sales", 5, -1)
	v.flip(store.IndexFile, "entries", 3, 9)
	v.flip(store.IndexFile, "records", 11, 5)
	r := v.check()

	e, err := ledger.ParseEnvelope(raw)
	if err != nil {
		t.Fatal(err)
	}
	if f := want(t, r, store.ChainFile, "leaves", "header.author"); f != nil && (f.Leaf != record || f.Record != e.ID.String()) {
		t.Errorf("record: %v", f)
	}
	if f := want(t, r, store.ChainFile, "leaves", "refusals[0].reason"); f != nil && f.Leaf != refusals {
		t.Errorf("refusals: %v", f)
	}
	if f := want(t, r, store.ChainFile, "leaves", "seal.state"); f != nil && f.Leaf != seal {
		t.Errorf("seal: %v", f)
	}
	want(t, r, store.ChainFile, "leaves", "chunk", "table of its lengths")
	if f := want(t, r, store.ChainFile, "tiles", "tile 0 of level 0", "hash 17"); f != nil && (f.Leaf != 17 || f.Record == "") {
		t.Errorf("tile: %v", f)
	}
	want(t, r, store.ChainFile, "seals", "block 9", "leaf index")
	want(t, r, store.ChainFile, "meta", "head", "applied raft index")
	want(t, r, store.ChainFile, "meta", "genesis", "bit")
	for _, bucket := range []string{"subjects", "sales", "entries", "records"} {
		if f := want(t, r, store.IndexFile, bucket); f != nil && (f.Row == "" || f.Field == "" || f.NoLeaf) {
			t.Errorf("%s: %v", bucket, f)
		}
	}
	if len(r.Findings) != 12 || len(r.Unchecked) != 0 {
		t.Errorf("%d findings of 12, unchecked %v", len(r.Findings), r.Unchecked)
		for _, f := range r.Findings {
			t.Log(f)
		}
	}
}

func castagnoli(parts ...[]byte) (crc uint32) {
	for _, p := range parts {
		crc = crc32.Update(crc, crc32.MakeTable(crc32.Castagnoli), p)
	}
	return crc
}

// forge gives a row the checksum that fits.
func forge(key, row []byte) []byte {
	binary.BigEndian.PutUint32(row, castagnoli(key, row[4:]))
	return row
}

// alterations of a row: what somebody without and with knowledge of the format might do.
var alterations = []struct {
	name string
	do   func(v *victim, b *bolt.Bucket, key, row []byte)
}{
	{"a flipped bit", func(v *victim, b *bolt.Bucket, key, row []byte) { row[len(row)-3] ^= 1; v.put(b, key, row) }},
	{"another value", func(v *victim, b *bolt.Bucket, key, row []byte) { row[len(row)-3] ^= 0xff; v.put(b, key, row) }},
	{"another value, forged", func(v *victim, b *bolt.Bucket, key, row []byte) {
		row[len(row)-3] ^= 0xff
		v.put(b, key, forge(key, row))
	}},
	{"nothing", func(v *victim, b *bolt.Bucket, key, row []byte) { v.put(b, key, nil) }},
	{"deleted", func(v *victim, b *bolt.Bucket, key, _ []byte) { _ = b.Delete(key) }},
	{"cut short", func(v *victim, b *bolt.Bucket, key, row []byte) { v.put(b, key, forge(key, row[:len(row)-1])) }},
	{"one too many", func(v *victim, b *bolt.Bucket, key, row []byte) {
		key[len(key)-1] ^= 0xff
		v.put(b, key, forge(key, row))
	}},
}

// Whatever is done to a row of the index, check names the row, and the node does not start, in the same words.
func TestAlteredIndexIsNamedAndRefused(t *testing.T) {
	v := newVictim(t)
	for _, bucket := range []string{"subjects", "sales", "entries", "records"}[:some(4)] {
		for _, a := range alterations {
			t.Run(bucket+": "+a.name, func(t *testing.T) {
				v.heal()
				v.alter(store.IndexFile, bucket, func(b *bolt.Bucket) {
					key, row := nth(b, 2)
					a.do(v, b, key, row)
				})
				r := v.check()
				f := want(t, r, store.IndexFile, bucket)
				if f == nil {
					return
				}
				if f.Row == "" {
					t.Errorf("the row is not named: %v", f)
				}
				if len(r.Findings) != 1 {
					t.Errorf("%d findings: %v", len(r.Findings), r.Findings)
				}
				l, err := chain.Open(t.Context(), v.o)
				if err == nil {
					l.Close()
				}
				var refusal *chain.Finding
				if !errors.As(err, &refusal) || refusal.Error() != f.Error() {
					t.Errorf("the ledger says %v\nand the check   %v", err, f)
				}
			})
		}
	}
	v.heal()
	open(t, v.o)
}

// A value that was forged is shown in words, field by field; only bytes that are no value are shown as they are.
func TestAlteredValuesAreShownInWords(t *testing.T) {
	v := newVictim(t)
	id := subject.Lot(chaintest.CoffeeLot)
	value := v.model.values[id]
	lot, err := subject.ParseLot(value)
	if err != nil {
		t.Fatal(err)
	}
	forgeValue := func(other []byte) *chain.Finding {
		v.heal()
		v.alter(store.IndexFile, "subjects", func(b *bolt.Bucket) {
			key := append([]byte{byte(id.Kind)}, id.Name...)
			row := bytes.Clone(b.Get(key))
			if bytes.Count(row, value) != 1 {
				t.Fatalf("the row of %v holds %d times its value", id, bytes.Count(row, value))
			}
			v.put(b, key, forge(key, bytes.Replace(row, value, other, 1)))
		})
		r := v.check()
		if len(r.Findings) != 1 {
			t.Fatalf("findings: %v", r.Findings)
		}
		return r.Findings[0]
	}
	altered := lot
	altered.Left += 17
	f := forgeValue(altered.Append(nil))
	if f.Row != "lot "+chaintest.CoffeeLot.String() || f.Field != "value.left" || f.Want != fmt.Sprint(lot.Left) || f.Got != fmt.Sprint(altered.Left) || f.Record == "" {
		t.Errorf("another quantity: %v", f)
	}
	altered = lot
	altered.Expires = lot.Expires - 10000
	if f := forgeValue(altered.Append(nil)); f.Field != "value.expires" || f.Want != "30/12/2027" || f.Got != "30/12/2026" {
		t.Errorf("another date: %v", f)
	}
	broken := bytes.Clone(value)
	broken[0] = 9
	f = forgeValue(broken)
	if f.Field != "value" || !strings.HasPrefix(f.Got, fmt.Sprintf("%x, which is none (", broken)) || !strings.Contains(f.Want, "expires 30/12/2027") {
		t.Errorf("no value: %v", f)
	}
}

func TestAlteredIndexHead(t *testing.T) {
	v := newVictim(t)
	for position := 0; position < 4+1+32+8*8; position += 7 {
		v.heal()
		v.flip(store.IndexFile, "meta", 1, position)
		if r := v.check(); r.OK() {
			t.Errorf("byte %d of the index's head: check finds nothing", position)
		}
		if _, err := chain.Open(t.Context(), v.o); err == nil {
			t.Errorf("byte %d of the index's head: the ledger opens", position)
		}
	}
	// A head that was forged, to hide a row that is missing.
	v.heal()
	v.alter(store.IndexFile, "records", func(b *bolt.Bucket) { key, _ := nth(b, 4); _ = b.Delete(key) })
	v.alter(store.IndexFile, "meta", func(b *bolt.Bucket) {
		key, row := nth(b, 1)
		binary.BigEndian.PutUint64(row[4+1+32+6*8:], binary.BigEndian.Uint64(row[4+1+32+6*8:])-1)
		v.put(b, key, forge(key, row))
	})
	want(t, v.check(), store.IndexFile, "records", "it is missing")
}

// A leaf that was altered with its checksum: the derivation finds it, names record and field, and says what it could not look at.
func TestAlteredLeavesAreNamed(t *testing.T) {
	v := newVictim(t)
	record, raw := v.leafOf(ledger.KindRecord, 40)
	e, err := ledger.ParseEnvelope(raw)
	if err != nil {
		t.Fatal(err)
	}
	seal, _ := v.leafOf(ledger.KindSeal, 60)
	for _, test := range []struct {
		name   string
		leaf   uint64
		offset int
		field  string
		record string
	}{
		{"signature", record, 60, "signature", e.ID.String()},
		{"header", record, 105, "signature", ""},
		{"action", record, len(raw) - 1, "record", ""},
		{"block time", seal, 80, "seal.time", ""},
		{"state root", seal, 140, "seal.state", ""},
		{"proposer's signature", seal, 400, "seal.draft.signature", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			v.heal()
			v.alter(store.ChainFile, "leaves", func(b *bolt.Bucket) {
				key, row, at := leafRow(b, test.leaf)
				row[at+test.offset] ^= 0xff
				first := binary.BigEndian.Uint64(key)
				entry := tableEntry(int(test.leaf - first))
				length := int(binary.BigEndian.Uint16(row[entry:]))
				binary.BigEndian.PutUint32(row[entry+3:], castagnoli(row[at:at+length]))
				binary.BigEndian.PutUint32(row[1:], castagnoli(key, row[:1], row[5:tableEnd(row)]))
				v.put(b, key, row)
			})
			r := v.check()
			f := want(t, r, store.ChainFile, "leaves", test.field)
			if f == nil {
				return
			}
			if f.Leaf != test.leaf || test.record != "" && f.Record != test.record {
				t.Errorf("finding %v, want leaf %d, record %s", f, test.leaf, test.record)
			}
			if want(t, r, store.ChainFile, "tiles"); len(r.Unchecked) == 0 {
				t.Error("the check does not say what it could not look at")
			}
		})
	}
	// Two bytes without a checksum that fits: nothing can be mended, and yet the leaf is named.
	v.heal()
	v.flipLeaf(record, 60)
	v.flipLeaf(record, 70)
	if f := want(t, v.check(), store.ChainFile, "leaves", "signature"); f != nil && (f.Leaf != record || f.Record != e.ID.String()) {
		t.Errorf("finding %v", f)
	}
}

// A leaf that is stored as the difference to another: a flipped bit of its own bytes is named by the field they are of, one in what is copied as what it is, and
// one in the leaf that it is made from damages that leaf alone.
func TestFlippedBitsOfDifferencesAreNamed(t *testing.T) {
	v := newVictim(t)
	made := uint64(0)
	for i, leaf := range v.model.leaves {
		if i > 60 && leaf[0] == ledger.KindRecord && v.base(uint64(i)) != 0 {
			made = uint64(i)
			break
		}
	}
	if made == 0 {
		t.Fatal("no record is stored as the difference to another")
	}
	e, err := ledger.ParseEnvelope(v.model.leaves[made])
	if err != nil {
		t.Fatal(err)
	}
	named := func(leaf uint64, field string) {
		t.Helper()
		r := v.check()
		if f := want(t, r, store.ChainFile, "leaves", field); f != nil && (f.Leaf != leaf || f.Record == "") {
			t.Errorf("%v, want leaf %d", f, leaf)
		}
		if len(r.Findings) != 1 || len(r.Unchecked) != 0 {
			t.Errorf("%d findings: %v, unchecked %v", len(r.Findings), r.Findings, r.Unchecked)
		}
	}
	own := 0
	v.alter(store.ChainFile, "leaves", func(b *bolt.Bucket) {
		_, row, at := leafRow(b, made)
		own = bytes.Index(row[at:], e.Signature[8:40])
	})
	if own < 0 {
		t.Fatal("the signature is not in the difference")
	}
	v.flipLeaf(made, own)
	named(made, "signature")
	v.heal()
	v.flipLeaf(made, 0) // how many new bytes there are
	named(made, "difference to another leaf")
	v.heal()
	base := made - uint64(v.base(made))
	v.flipLeaf(base, 40)
	named(base, "signature")
	l := open(t, v.o)
	err = l.View(func(view *chain.View) error {
		leaf, err := view.Leaf(made)
		if !bytes.Equal(leaf, v.model.leaves[made]) {
			t.Errorf("the leaf that is made from a damaged one: %v", err)
		}
		leaves, err := view.Leaves(made, 1)
		if err != nil || !bytes.Equal(leaves[0], v.model.leaves[made]) {
			t.Errorf("leaves: %v", err)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// A node with a damaged leaf of old serves what it has: readers of single leaves are told, who derives the whole log finds out by itself.
func TestDamagedLeavesAreServedAsTheyAre(t *testing.T) {
	v := newVictim(t)
	record, raw := v.leafOf(ledger.KindRecord, 40)
	v.flipLeaf(record, 60)
	l := open(t, v.o)
	err := l.View(func(view *chain.View) error {
		_, err := view.Leaf(record)
		var f *chain.Finding
		if !errors.As(err, &f) || f.Leaf != record {
			t.Errorf("leaf: %v", err)
		}
		leaves, err := view.Leaves(record-1, 3)
		if err != nil || len(leaves) != 3 || bytes.Equal(leaves[1], raw) || !bytes.Equal(leaves[0], v.model.leaves[record-1]) {
			t.Errorf("leaves: %d, %v", len(leaves), err)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// Damaged pages of a file are named, and do not end the process.
func TestDamagedPages(t *testing.T) {
	v := newVictim(t)
	for name, good := range v.good {
		noticed := 0
		for page := 2; page < len(good)/4096; page += 1 + len(good)/4096/int(some(40)) {
			v.heal()
			bad := bytes.Clone(good)
			bad[page*4096+8] ^= 0x03 // leaf pages become branches, and the other way round
			if err := os.WriteFile(filepath.Join(v.o.Dir, name), bad, 0o600); err != nil {
				t.Fatal(err)
			}
			if r := v.check(); !r.OK() {
				noticed++
			}
			if l, err := chain.Open(t.Context(), v.o); err == nil {
				l.Close()
			}
		}
		if noticed == 0 {
			t.Errorf("%s: no damaged page is noticed", name)
		}
	}
}

// A file whose end is gone is damage, wherever it ends, and the node says the same.
func TestTruncatedFiles(t *testing.T) {
	v := newVictim(t)
	for name, good := range v.good {
		for _, size := range []int{0, 1, 1023, 4096, 8191, 8192, 12_288, len(good) / 2, len(good) - 4096, len(good) - 1} {
			v.heal()
			if err := os.Truncate(filepath.Join(v.o.Dir, name), int64(size)); err != nil {
				t.Fatal(err)
			}
			f := want(t, v.check(), name, "", "cut short")
			if f == nil || !errors.Is(f, store.ErrTruncated) {
				t.Errorf("%s of %d bytes: %v", name, size, f)
			}
			if size == 0 { // a node begins to write into it
				continue
			}
			l, err := chain.Open(t.Context(), v.o)
			if err == nil {
				l.Close()
			}
			if !errors.Is(err, store.ErrTruncated) {
				t.Errorf("%s of %d bytes: the ledger says %v", name, size, err)
			}
		}
	}
}

func TestCheckOfOtherChains(t *testing.T) {
	v := newVictim(t)
	ask := func(o chain.CheckOptions) error {
		o.Dir, o.Verifier = v.o.Dir, v.o.Verifier
		_, err := chain.Check(t.Context(), o)
		return err
	}
	if err := ask(chain.CheckOptions{Chain: ledger.ChainID{1}}); !errors.Is(err, chain.ErrOtherChain) {
		t.Errorf("another chain id: %v", err)
	}
	if err := ask(chain.CheckOptions{Chain: v.model.chain}); err != nil {
		t.Error(err)
	}
	l := open(t, v.o)
	if err := ask(chain.CheckOptions{}); !errors.Is(err, store.ErrInUse) {
		t.Errorf("files in use: %v", err)
	}
	l.Close()
}
