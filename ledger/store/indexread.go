package store

import (
	"bytes"
	"fmt"

	bolt "go.etcd.io/bbolt"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/flaw"
	"github.com/ocopledger/ocop/ledger/subject"
)

// IndexTx reads index.db as of one moment. What its methods return stays valid. One goroutine uses it.
type IndexTx struct {
	tx       *bolt.Tx
	subjects [2]*bolt.Cursor // of single rows, nil where none was read: of sales and of all others
	entries  *bolt.Cursor
	last     []byte  // key of the chunk that was read last
	touches  []Touch // its entries: who reads one reads its neighbour next
}

// View reads.
func (x *Index) View(fn func(*IndexTx) error) error {
	return x.db.View(func(tx *bolt.Tx) error { return fn(&IndexTx{tx: tx}) })
}

// Begin is View for a reader that cannot be put into a function. It must be ended with Close, soon.
func (x *Index) Begin() (*IndexTx, error) {
	tx, err := x.db.Begin(false)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", IndexFile, err)
	}
	return &IndexTx{tx: tx}, nil
}

// Close ends a transaction of Begin.
func (t *IndexTx) Close() error { return t.tx.Rollback() }

// Head returns how far the file has come; false: nothing is in it yet.
func (t *IndexTx) Head() (h IndexHead, present bool, err error) {
	row := t.tx.Bucket(bucketMeta).Get(keyHead)
	if row == nil {
		return h, false, nil
	}
	content, ok := openRow(keyHead, row)
	if !ok {
		return h, false, &Damage{File: IndexFile, Bucket: "meta", Row: "head", Detail: flaw.Checksum()}
	}
	h, err = parseIndexHead(content)
	return h, err == nil, err
}

// Empty tells that there are no rows.
func (t *IndexTx) Empty() bool {
	for _, name := range [][]byte{bucketSubjects, bucketSales, bucketEntries, bucketRecords} {
		if k, _ := t.tx.Bucket(name).Cursor().First(); k != nil {
			return false
		}
	}
	return true
}

// get finds a row through a cursor that is kept: to open a bucket costs a search of its own.
func (t *IndexTx) get(kept **bolt.Cursor, bucket, key []byte) []byte {
	if *kept == nil {
		*kept = t.tx.Bucket(bucket).Cursor()
	}
	if k, row := (*kept).Seek(key); bytes.Equal(k, key) {
		return row
	}
	return nil
}

func subjectBucket(kind subject.Kind) []byte {
	if kind == subject.KindSale {
		return bucketSales
	}
	return bucketSubjects
}

// Subject returns a subject's row, if there is one.
func (t *IndexTx) Subject(id subject.ID) (s Subject, present bool, err error) {
	kept := &t.subjects[0]
	if id.Kind == subject.KindSale {
		kept = &t.subjects[1]
	}
	key := subjectKey(id)
	row := t.get(kept, subjectBucket(id.Kind), key)
	if row == nil {
		return s, false, nil
	}
	s, err = readSubject(key, row)
	return s, err == nil, err
}

func readSubject(key, row []byte) (Subject, error) {
	id := subject.ID{Kind: subject.Kind(key[0]), Name: string(key[1:])}
	content, ok := openRow(key, row)
	if ok {
		var s Subject
		if s, ok = parseSubject(id, content); ok {
			return s, nil
		}
	}
	return Subject{ID: id}, &Damage{File: IndexFile, Bucket: string(subjectBucket(id.Kind)), Row: id.String(), Detail: flaw.Checksum()}
}

// Subjects calls fn for the subjects of a kind whose ids follow after, in ascending order, until it returns false.
func (t *IndexTx) Subjects(kind subject.Kind, after string, fn func(Subject) bool) error {
	c := t.tx.Bucket(subjectBucket(kind)).Cursor()
	start := subjectKey(subject.ID{Kind: kind, Name: after})
	k, row := c.Seek(start)
	if after != "" && bytes.Equal(k, start) {
		k, row = c.Next()
	}
	for ; len(k) > 0 && k[0] == byte(kind); k, row = c.Next() {
		s, err := readSubject(k, row)
		if err != nil {
			return err
		}
		if !fn(s) {
			return nil
		}
	}
	return nil
}

// Touches returns a chunk of a subject's history: entries chunk × EntryChunk and following. They are not to be modified.
func (t *IndexTx) Touches(state ledger.Hash, chunk uint64) ([]Touch, error) {
	key := entryKey(state, chunk)
	if bytes.Equal(t.last, key) {
		return t.touches, nil
	}
	row := t.get(&t.entries, bucketEntries, key)
	if row == nil {
		return nil, noEntries(chunk)
	}
	c, err := readEntries(key, row)
	if err != nil {
		return nil, err
	}
	t.last, t.touches = key, c.Touches
	return c.Touches, nil
}

func readEntries(key, row []byte) (Chunk, error) {
	if content, ok := openRow(key, row); ok {
		if c, ok := parseEntries(key, content); ok {
			return c, nil
		}
	}
	return Chunk{}, entriesDamage(key)
}

func entriesDamage(key []byte) *Damage {
	return &Damage{File: IndexFile, Bucket: "entries", Row: entryRowName(key), Detail: flaw.Checksum()}
}

func entryRowName(key []byte) string {
	if len(key) != entryKeySize {
		return fmt.Sprintf("key %x", key)
	}
	return fmt.Sprintf("entries from %d of state key %x…", chunkOf(key)*EntryChunk, key[:16])
}

// Record returns what became of a record, if the ledger knows it.
func (t *IndexTx) Record(id ledger.RecordID) (r Record, present bool, err error) {
	row := t.tx.Bucket(bucketRecords).Get(id[:])
	if row == nil {
		return r, false, nil
	}
	r, err = readRecord(id[:], row)
	return r, err == nil, err
}

func readRecord(key, row []byte) (r Record, err error) {
	if len(key) == len(r.ID) {
		copy(r.ID[:], key)
		if content, ok := openRow(key, row); ok {
			if parsed, ok := parseRecord(r.ID, content); ok {
				return parsed, nil
			}
		}
	}
	return r, &Damage{File: IndexFile, Bucket: "records", Row: fmt.Sprintf("record %x", key), Detail: flaw.Checksum()}
}
