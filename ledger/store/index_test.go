package store

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"sync"
	"testing"

	bolt "go.etcd.io/bbolt"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/merkle"
	"github.com/ocopledger/ocop/ledger/subject"
)

func newIndex(t testing.TB) *Index {
	t.Helper()
	x, err := OpenIndex(filepath.Join(t.TempDir(), IndexFile), Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { x.Close() })
	return x
}

// model is an index in memory: all entries of every subject, and all records.
type model struct {
	subjects map[subject.ID]Subject // Newest holds every entry
	records  map[ledger.RecordID]Record
	flushed  map[subject.ID]int // entries written so far
}

func (m *model) touch(id subject.ID, leaf uint64, r *rand.Rand) {
	s := m.subjects[id]
	s.ID = id
	s.Value = append(make([]byte, 0, 60), s.Value...)[:r.IntN(60)]
	for range r.IntN(8) {
		if len(s.Value) > 0 {
			s.Value[r.IntN(len(s.Value))] = byte(r.Uint32())
		}
	}
	time := 1_600_000_000_000 + leaf*1000
	s.Newest = append(s.Newest, Touch{Leaf: leaf, Height: leaf / 3, Time: time, Slot: uint16(r.Uint32()), Value: s.Value})
	s.History = s.History.Grow(merkle.History, []merkle.Hash{leafHash(leaf)}, func(level int, _ uint64, h merkle.Hash) {
		if level >= ledger.KeptLevel && id.Kind.Paths() {
			s.Subtrees = append(s.Subtrees, h)
		}
	})
	m.subjects[id] = s
}

func leafHash(leaf uint64) merkle.Hash { return merkle.Hash{byte(leaf), byte(leaf >> 8)} }

// batch is what the index has not seen yet.
func (m *model) batch(touched map[subject.ID]bool, records []Record, height uint64) *IndexBatch {
	b := &IndexBatch{Chain: ledger.ChainID{7}, Height: height, Size: height * 3, Records: records}
	for id := range touched {
		s := m.subjects[id]
		from := m.flushed[id] / EntryChunk * EntryChunk
		m.flushed[id] = len(s.Newest)
		s.Newest = s.Newest[from:]
		if id.Kind.Paths() {
			s.Subtrees = s.Subtrees[Subtrees(uint64(from/EntryChunk)):]
		}
		b.Subjects = append(b.Subjects, s)
	}
	return b
}

func (m *model) check(t *testing.T, x *Index) {
	t.Helper()
	err := x.View(func(tx *IndexTx) error {
		for id, want := range m.subjects {
			got, present, err := tx.Subject(id)
			if err != nil || !present {
				t.Fatalf("%v: %v, %v", id, present, err)
			}
			var history []Touch
			for chunk := range got.History.Size / EntryChunk {
				touches, err := tx.Touches(id.Key(), chunk)
				if err != nil {
					t.Fatal(err)
				}
				history = append(history, touches...)
			}
			m.checkSubtrees(t, tx, &want)
			want.Subtrees = nil
			got.Newest = append(history, got.Newest...)
			for _, s := range []*Subject{&got, &want} {
				for i := range s.Newest {
					s.Newest[i].Value = append([]byte{}, s.Newest[i].Value...)
				}
				s.Value = append([]byte{}, s.Value...)
			}
			if !reflect.DeepEqual(got, want) {
				t.Fatalf("%v is\n%+v, want\n%+v", id, got, want)
			}
		}
		for id, want := range m.records {
			if got, present, err := tx.Record(id); err != nil || !present || got != want {
				t.Fatalf("record %v is %+v, %v, %v, want %+v", id, got, present, err, want)
			}
		}
		found, err := tx.Walk(Walker{})
		if len(found) > 0 {
			t.Fatalf("walk finds %v", found[0])
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// checkSubtrees holds the subtrees that are kept, and the beginnings of chunks, against all entries.
func (m *model) checkSubtrees(t *testing.T, tx *IndexTx, s *Subject) {
	t.Helper()
	for chunk := range s.History.Size / EntryChunk {
		if leaf, err := tx.FirstLeaf(s.ID.Key(), chunk); err != nil || leaf != s.Newest[chunk*EntryChunk].Leaf {
			t.Fatalf("%v: chunk %d begins at leaf %d (%v), want %d", s.ID, chunk, leaf, err, s.Newest[chunk*EntryChunk].Leaf)
		}
	}
	if !s.ID.Kind.Paths() {
		return
	}
	leaves := make([]merkle.Hash, len(s.Newest))
	for i := range s.Newest {
		leaves[i] = leafHash(s.Newest[i].Leaf)
	}
	for level := ledger.KeptLevel; len(leaves)>>level > 0; level++ {
		for i := range len(leaves) >> level {
			if got, err := tx.Subtree(s.ID.Key(), level, uint64(i)); err != nil || got != merkle.History.Root(leaves[i<<level:(i+1)<<level]) {
				t.Fatalf("%v: subtree %d of level %d of %d entries: %v, %v", s.ID, i, level, len(leaves), got, err)
			}
		}
		if _, err := tx.Subtree(s.ID.Key(), level, uint64(len(leaves)>>level)); !errors.Is(err, ErrNotFound) {
			t.Fatalf("%v: a subtree of level %d behind %d entries: %v", s.ID, level, len(leaves), err)
		}
	}
}

func fill(t *testing.T, x *Index, seed uint64) *model {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 1))
	m := &model{map[subject.ID]Subject{}, map[ledger.RecordID]Record{}, map[subject.ID]int{}}
	leaf := uint64(0)
	for height := range uint64(12) {
		touched := map[subject.ID]bool{}
		var records []Record
		for range r.IntN(40) {
			leaf++
			id := subject.Account(ledger.AccountID(r.IntN(9)))
			switch r.IntN(3) {
			case 0:
				id = subject.Sale(ledger.SaleID{Record: ledger.RecordID{byte(leaf)}, Action: uint16(leaf)})
			case 1:
				id = subject.Activity(ledger.AccountID(7)) // one author writes much
			}
			m.touch(id, leaf, r)
			touched[id] = true
			rec := Record{ID: ledger.RecordID{1, byte(leaf >> 8), byte(leaf)}, Leaf: leaf, Height: height, Time: leaf * 77}
			if r.IntN(4) == 0 {
				rec.Refused, rec.Row, rec.Reason, rec.Action = true, uint16(leaf), 12, ledger.WholeRecord
			}
			records = append(records, rec)
			m.records[rec.ID] = rec
		}
		if err := x.Write(m.batch(touched, records, height)); err != nil {
			t.Fatal(err)
		}
	}
	return m
}

func TestIndexRemembers(t *testing.T) {
	for seed := range uint64(10) {
		x := newIndex(t)
		m := fill(t, x, seed)
		m.check(t, x)
		_ = x.View(func(tx *IndexTx) error {
			h, present, err := tx.Head()
			if err != nil || !present || h.Height != 11 || h.Chain != (ledger.ChainID{7}) || h.Records.Rows != uint64(len(m.records)) || h.Subjects.Rows != uint64(len(m.subjects)) {
				t.Errorf("head %+v, %v, %v", h, present, err)
			}
			return nil
		})
	}
}

// No record that is there is said not to be, also after the file was opened again, and with a damaged row at the end: then nothing is said not to be.
func TestMayHave(t *testing.T) {
	path := filepath.Join(t.TempDir(), IndexFile)
	opened := func() *Index {
		x, err := OpenIndex(path, Options{NoSync: true})
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	x := opened()
	higher := ledger.RecordID{0xee}
	if x.MayHave(ledger.RecordID{}) || x.MayHave(higher) {
		t.Error("an empty file may have a record")
	}
	m := fill(t, x, 3)
	late := &IndexBatch{Chain: ledger.ChainID{7}, Height: 12, Size: 36, Records: []Record{{ID: ledger.RecordID{0, 9}, Leaf: 1000, Height: 12}}} // an id below others
	if err := x.Write(late); err != nil {
		t.Fatal(err)
	}
	m.records[late.Records[0].ID] = late.Records[0]
	check := func(beyond bool) {
		t.Helper()
		for id := range m.records {
			if !x.MayHave(id) {
				t.Errorf("%v is said not to be there", id)
			}
		}
		if x.MayHave(higher) != beyond {
			t.Errorf("one beyond all others: %v, want %v", !beyond, beyond)
		}
	}
	check(false)
	x.Close()
	x = opened()
	check(false)
	if err := x.db.Update(func(tx *bolt.Tx) error {
		key, row := tx.Bucket(bucketRecords).Cursor().Last()
		row = bytes.Clone(row)
		row[len(row)-1] ^= 1
		return tx.Bucket(bucketRecords).Put(bytes.Clone(key), row)
	}); err != nil {
		t.Fatal(err)
	}
	x.Close()
	x = opened()
	defer x.Close()
	check(true)
}

// What a transaction sees is never said not to be there, however short a while ago it was written.
func TestMayHaveBesideTheWriter(t *testing.T) {
	const batches = 2000
	x := newIndex(t)
	id := func(height uint64) ledger.RecordID { return ledger.RecordID{1, byte(height >> 8), byte(height)} }
	var readers sync.WaitGroup
	for range 2 {
		readers.Go(func() {
			for seen := uint64(0); seen < batches; {
				tx, err := x.Begin()
				if err != nil {
					t.Error(err)
					return
				}
				h, present, err := tx.Head()
				if err != nil || present && !x.MayHave(id(h.Height)) {
					t.Errorf("block %d is written, and its record is said not to be there, %v", h.Height, err)
				}
				seen = h.Height
				if err := tx.Close(); err != nil || t.Failed() {
					return
				}
			}
		})
	}
	for height := uint64(1); height <= batches; height++ {
		if err := x.Write(&IndexBatch{Height: height, Records: []Record{{ID: id(height), Height: height}}}); err != nil {
			t.Error(err)
			break
		}
	}
	readers.Wait()
}

func TestSubjectsAreListedInOrder(t *testing.T) {
	x := newIndex(t)
	m := fill(t, x, 3)
	for _, kind := range []subject.Kind{subject.KindAccount, subject.KindSale, subject.KindLot} {
		want := 0
		for id := range m.subjects {
			if id.Kind == kind {
				want++
			}
		}
		err := x.View(func(tx *IndexTx) error {
			seen, after := 0, ""
			for { // pages of three
				page := 0
				err := tx.Subjects(kind, after, func(s Subject) bool {
					if s.ID.Name <= after || s.ID.Kind != kind {
						t.Fatalf("%v after %q", s.ID, after)
					}
					after = s.ID.Name
					page++
					return page < 3
				})
				if err != nil {
					return err
				}
				if seen += page; page < 3 {
					break
				}
			}
			if seen != want {
				t.Errorf("%v: listed %d of %d", kind, seen, want)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// Every changed row, in every bucket, is found by a walk and by who reads it.
func TestChangedIndexRowsAreFound(t *testing.T) {
	x := newIndex(t)
	fill(t, x, 5)
	type place struct{ bucket, key []byte }
	var rows []place
	_ = x.db.View(func(tx *bolt.Tx) error {
		return tx.ForEach(func(name []byte, b *bolt.Bucket) error {
			return b.ForEach(func(k, _ []byte) error {
				if !bytes.Equal(k, keyFormat) {
					rows = append(rows, place{bytes.Clone(name), bytes.Clone(k)})
				}
				return nil
			})
		})
	})
	walk := func() (found []*Damage) {
		_ = x.View(func(tx *IndexTx) (err error) {
			found, err = tx.Walk(Walker{
				Subject: func(Subject, bool) {}, Chunk: func([20]byte, Chunk, bool) {}, Record: func(Record, bool) {},
			})
			return err
		})
		return found
	}
	r := rand.New(rand.NewPCG(1, 2))
	for _, row := range rows {
		var old []byte
		_ = x.db.View(func(tx *bolt.Tx) error { old = bytes.Clone(tx.Bucket(row.bucket).Get(row.key)); return nil })
		put := func(b []byte) {
			if err := x.db.Update(func(tx *bolt.Tx) error { return tx.Bucket(row.bucket).Put(row.key, b) }); err != nil {
				t.Fatal(err)
			}
		}
		for range 3 {
			rawFlip(t, x.db, row.bucket, row.key, r.IntN(len(old)*8))
			if found := walk(); len(found) == 0 || found[0].Bucket != string(row.bucket) {
				t.Fatalf("%s %x changed: found %v", row.bucket, row.key, found)
			}
			put(old)
		}
		put(old[:len(old)-1])
		if len(walk()) == 0 {
			t.Fatalf("%s %x cut short: nothing found", row.bucket, row.key)
		}
		if string(row.bucket) != "meta" {
			_ = x.db.Update(func(tx *bolt.Tx) error { return tx.Bucket(row.bucket).Delete(row.key) })
			if len(walk()) == 0 {
				t.Fatalf("%s %x deleted: nothing found", row.bucket, row.key)
			}
		}
		put(old)
	}
	if found := walk(); len(found) > 0 {
		t.Fatalf("restored, and yet %v", found[0])
	}
}

func FuzzRows(f *testing.F) {
	s := Subject{Value: []byte("value"), Newest: []Touch{{Leaf: 3, Height: 1, Time: 9, Slot: 2}}}
	s.History = s.History.Append(merkle.History, merkle.Hash{1})
	f.Add(s.appendRow(nil))
	f.Add((&Record{Leaf: 9, Refused: true, Row: 3}).appendRow(nil))
	f.Add((&Chunk{Touches: make([]Touch, EntryChunk), Subtrees: make([]merkle.Hash, 2)}).appendRow(nil))
	f.Add(encodeChunk(0, [][]byte{[]byte("leaf")}))
	f.Fuzz(func(t *testing.T, data []byte) {
		if s, ok := parseSubject(subject.ID{Kind: 1}, data); ok {
			if again, ok := parseSubject(s.ID, s.appendRow(nil)); !ok || !reflect.DeepEqual(again, s) {
				t.Errorf("subject %+v reads again as %+v", s, again)
			}
		}
		if r, ok := parseRecord(ledger.RecordID{}, data); ok {
			if again, ok := parseRecord(ledger.RecordID{}, r.appendRow(nil)); !ok || again != r {
				t.Errorf("record %+v reads again as %+v", r, again)
			}
		}
		if c, ok := parseEntries(entryKey(ledger.Hash{}, 1), data); ok {
			if again, ok := parseEntries(entryKey(ledger.Hash{}, 1), c.appendRow(nil)); !ok || !reflect.DeepEqual(again, c) {
				t.Errorf("entries %+v read again as %+v", c, again)
			}
		}
		if c, err := parseChunk(0, data); err == nil {
			for i := range c.count {
				c.stored(i)
			}
		} else if len(data) > 0 {
			var damage *Damage
			if !errors.As(err, &damage) {
				t.Error(err)
			}
			mendTable(0, data)
		}
		_, _ = parseHead(data)
		_, _ = parseIndexHead(data)
	})
}
