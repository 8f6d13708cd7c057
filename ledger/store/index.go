package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"

	bolt "go.etcd.io/bbolt"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/subject"
)

var (
	bucketSubjects = []byte("subjects")
	bucketSales    = []byte("sales")
	bucketEntries  = []byte("entries")
	bucketRecords  = []byte("records")

	indexFormat = []byte("ocop index 4")
)

// Index is index.db. One goroutine writes, any number read.
type Index struct {
	db     *bolt.DB
	newest atomic.Pointer[ledger.RecordID] // no record has a higher id; nil: there is none
}

// OpenIndex opens index.db, and creates it unless it is to be read only. Errors: ErrInUse, ErrFormat, *Damage.
func OpenIndex(path string, o Options) (*Index, error) {
	db, err := open(path, o)
	if err != nil {
		return nil, err
	}
	empty := false
	err = db.View(func(tx *bolt.Tx) error {
		if k, _ := tx.Cursor().First(); k == nil {
			empty = true
			return nil
		}
		return checkFile(tx, o, IndexFile, indexFormat, bucketSubjects, bucketSales, bucketEntries, bucketRecords)
	})
	if err == nil && empty {
		if o.ReadOnly {
			err = fmt.Errorf("%w: %s is empty", ErrFormat, IndexFile)
		} else {
			err = db.Update(func(tx *bolt.Tx) error {
				return createBuckets(tx, indexFormat, bucketSubjects, bucketSales, bucketEntries, bucketRecords)
			})
		}
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	x := &Index{db: db}
	if err := db.View(x.lookForNewest); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return x, nil
}

func (x *Index) lookForNewest(tx *bolt.Tx) error {
	bucket := tx.Bucket(bucketRecords)
	if bucket == nil { // of a damaged file, which is only inspected
		return nil
	}
	key, row := bucket.Cursor().Last()
	if key == nil {
		return nil
	}
	newest := ledger.RecordID(bytes.Repeat([]byte{0xff}, len(ledger.RecordID{})))
	if r, err := readRecord(key, row); err == nil { // otherwise the key itself may be what is damaged
		newest = r.ID
	}
	x.newest.Store(&newest)
	return nil
}

// MayHave tells whether the file can have a record, as it is or as a transaction that has begun sees it. Ids ascend with the time of issue: of a record that comes for
// the first time the answer is mostly no, and nothing is looked up.
func (x *Index) MayHave(id ledger.RecordID) bool {
	newest := x.newest.Load()
	return newest != nil && bytes.Compare(id[:], newest[:]) <= 0
}

// Close closes the file. Readers must be done.
func (x *Index) Close() error { return x.db.Close() }

// IndexHead is how far index.db has come, and what is in its buckets.
type IndexHead struct {
	Chain  ledger.ChainID
	Height uint64
	Size   uint64 // of the log

	Subjects, Entries, Records Total // sales are among the subjects
}

// Total is the number of rows, and the sum of their checksums: a row that is missing, replaced or one too many shows.
type Total struct{ Rows, Sum uint64 }

func (t *Total) add(row []byte) {
	t.Rows++
	t.Sum += rowSum(row)
}

func (t *Total) remove(row []byte) {
	if row != nil {
		t.Rows--
		t.Sum -= rowSum(row)
	}
}

func rowSum(row []byte) uint64 {
	if len(row) < crcSize {
		return 0
	}
	return uint64(binary.BigEndian.Uint32(row))
}

const indexHeadSize = 1 + 32 + 8*8

func (h *IndexHead) numbers() []*uint64 {
	return []*uint64{&h.Height, &h.Size, &h.Subjects.Rows, &h.Subjects.Sum, &h.Entries.Rows, &h.Entries.Sum, &h.Records.Rows, &h.Records.Sum}
}

func (h *IndexHead) append(b []byte) []byte {
	b = append(append(b, headVersion), h.Chain[:]...)
	for _, n := range h.numbers() {
		b = binary.BigEndian.AppendUint64(b, *n)
	}
	return b
}

func parseIndexHead(b []byte) (h IndexHead, err error) {
	if len(b) != indexHeadSize || b[0] != headVersion {
		return h, fmt.Errorf("%w: head of %s", ErrFormat, IndexFile)
	}
	copy(h.Chain[:], b[1:])
	for i, n := range h.numbers() {
		*n = binary.BigEndian.Uint64(b[33+8*i:])
	}
	return h, nil
}

// IndexBatch is what some blocks change.
type IndexBatch struct {
	Chain    ledger.ChainID
	Height   uint64 // afterwards
	Size     uint64
	Subjects []Subject
	Records  []Record
}

// How full bbolt leaves a page that it splits. Ids of records and sales ascend with time, nearly. Into the other pages rows come from everywhere, but many at a
// time: the half-full pages of bbolt's default would double the file.
const (
	ascendingFill = 0.95
	randomFill    = 0.8
)

// Write writes a batch in one transaction. It sorts the batch's lists.
func (x *Index) Write(batch *IndexBatch) error {
	slices.SortFunc(batch.Subjects, func(a, b Subject) int { return compareIDs(a.ID, b.ID) })
	slices.SortFunc(batch.Records, func(a, b Record) int { return bytes.Compare(a.ID[:], b.ID[:]) })
	if n := len(batch.Records); n > 0 && !x.MayHave(batch.Records[n-1].ID) {
		newest := batch.Records[n-1].ID
		x.newest.Store(&newest) // before any transaction sees it
	}
	err := x.db.Update(func(tx *bolt.Tx) error {
		h, _, err := (&IndexTx{tx: tx}).Head()
		if err != nil {
			return err
		}
		h.Chain, h.Height, h.Size = batch.Chain, batch.Height, batch.Size
		if err := writeSubjects(tx, batch.Subjects, &h); err != nil {
			return err
		}
		if err := writeRecords(tx, batch.Records, &h); err != nil {
			return err
		}
		return tx.Bucket(bucketMeta).Put(keyHead, sealRow(keyHead, h.append(nil)))
	})
	if err != nil {
		return fmt.Errorf("write %s: %w", IndexFile, err)
	}
	return nil
}

func writeSubjects(tx *bolt.Tx, subjects []Subject, h *IndexHead) error {
	random, sales, entries := tx.Bucket(bucketSubjects), tx.Bucket(bucketSales), tx.Bucket(bucketEntries)
	sales.FillPercent = ascendingFill
	random.FillPercent, entries.FillPercent = randomFill, randomFill
	for i := range subjects {
		s := &subjects[i]
		if err := writeChunks(entries, s, h); err != nil {
			return err
		}
		bucket := random
		if s.ID.Kind == subject.KindSale {
			bucket = sales
		}
		key := subjectKey(s.ID)
		row := sealRow(key, s.appendRow(nil))
		h.Subjects.remove(bucket.Get(key))
		h.Subjects.add(row)
		if err := bucket.Put(key, row); err != nil {
			return err
		}
	}
	return nil
}

// writeChunks moves full chunks of a subject's newest entries out of its row.
func writeChunks(entries *bolt.Bucket, s *Subject, h *IndexHead) error {
	state := s.ID.Key()
	for len(s.Newest) >= EntryChunk {
		number := (s.History.Size - uint64(len(s.Newest))) / EntryChunk
		chunk := Chunk{Touches: s.Newest[:EntryChunk]}
		if s.ID.Kind.Paths() {
			n := endingWith(number)
			if len(s.Subtrees) < n {
				return fmt.Errorf("%d hashes inside of the history of %v, want %d more for chunk %d", len(s.Subtrees), s.ID, n, number)
			}
			chunk.Subtrees, s.Subtrees = s.Subtrees[:n], s.Subtrees[n:]
		}
		key := entryKey(state, number)
		row := sealRow(key, chunk.appendRow(nil))
		h.Entries.add(row)
		if err := entries.Put(key, row); err != nil {
			return err
		}
		s.Newest = s.Newest[EntryChunk:]
	}
	return nil
}

func writeRecords(tx *bolt.Tx, records []Record, h *IndexHead) error {
	bucket := tx.Bucket(bucketRecords)
	bucket.FillPercent = ascendingFill
	for i := range records {
		r := &records[i]
		row := sealRow(r.ID[:], r.appendRow(nil))
		h.Records.add(row)
		if err := bucket.Put(r.ID[:], row); err != nil {
			return err
		}
	}
	return nil
}

func subjectKey(id subject.ID) []byte { return append([]byte{byte(id.Kind)}, id.Name...) }

func entryKey(state ledger.Hash, chunk uint64) []byte {
	return binary.BigEndian.AppendUint32(bytes.Clone(state[:16]), uint32(chunk))
}

func compareIDs(a, b subject.ID) int {
	if a.Kind != b.Kind {
		return int(a.Kind) - int(b.Kind)
	}
	return bytes.Compare([]byte(a.Name), []byte(b.Name))
}
