package store

import (
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/flaw"
	"github.com/ocopledger/ocop/ledger/subject"
)

// Walker is told every row of index.db. A row whose checksum does not fit, or that cannot be taken apart, is not intact; it is given as far as it
// can be read. Functions may be nil.
type Walker struct {
	Subject func(s Subject, intact bool)
	Chunk   func(key [20]byte, c Chunk, intact bool)
	Record  func(r Record, intact bool)
}

// EntryKey is the key of a chunk of history entries.
func EntryKey(state ledger.Hash, chunk uint64) (key [20]byte) {
	copy(key[:], entryKey(state, chunk))
	return key
}

// EntryRowName is the name of a chunk in reports.
func EntryRowName(key [20]byte) string { return entryRowName(key[:]) }

// Walk goes through all rows, subjects and sales in ascending order of their keys. It returns what is not intact or, by the counts in the head,
// missing or too much.
func (t *IndexTx) Walk(w Walker) (found []*Damage, err error) {
	note := func(e error) {
		if e != nil {
			found = append(found, asDamage(IndexFile, e))
		}
	}
	head, _, headErr := t.Head()
	note(headErr)
	if d := metaRow(IndexFile, t.tx.Bucket(bucketMeta), keyFormat); d != nil {
		found = append(found, d)
	}
	var seen IndexHead
	for _, name := range [][]byte{bucketSubjects, bucketSales} {
		err := t.tx.Bucket(name).ForEach(func(k, row []byte) error {
			s, damage := readSubject(k, row)
			note(damage)
			seen.Subjects.add(row)
			if w.Subject != nil {
				if damage != nil && len(row) >= crcSize {
					s, _ = parseSubject(s.ID, row[crcSize:])
				}
				w.Subject(s, damage == nil)
			}
			return nil
		})
		if err != nil {
			return found, err
		}
	}
	if err := t.walkChunks(w, &seen, note); err != nil {
		return found, err
	}
	if err := t.walkRecords(w, &seen, note); err != nil {
		return found, err
	}
	if headErr == nil {
		note(compareTotals("subjects", seen.Subjects, head.Subjects))
		note(compareTotals("entries", seen.Entries, head.Entries))
		note(compareTotals("records", seen.Records, head.Records))
	}
	return found, nil
}

func (t *IndexTx) walkChunks(w Walker, seen *IndexHead, note func(error)) error {
	return t.tx.Bucket(bucketEntries).ForEach(func(k, row []byte) error {
		c, damage := readEntries(k, row)
		note(damage)
		seen.Entries.add(row)
		if w.Chunk != nil && len(k) == 20 {
			if damage != nil && len(row) >= crcSize {
				c, _ = parseEntries(k, row[crcSize:])
			}
			w.Chunk([20]byte(k), c, damage == nil)
		}
		return nil
	})
}

func (t *IndexTx) walkRecords(w Walker, seen *IndexHead, note func(error)) error {
	return t.tx.Bucket(bucketRecords).ForEach(func(k, row []byte) error {
		r, damage := readRecord(k, row)
		note(damage)
		seen.Records.add(row)
		if w.Record != nil {
			if damage != nil && len(row) >= crcSize {
				r, _ = parseRecord(r.ID, row[crcSize:])
			}
			w.Record(r, damage == nil)
		}
		return nil
	})
}

func compareTotals(bucket string, seen, want Total) error {
	switch {
	case seen.Rows != want.Rows:
		return &Damage{File: IndexFile, Bucket: bucket, Detail: flaw.New("rows", "có %d dòng, phải là %d", "%d rows, want %d", seen.Rows, want.Rows)}
	case seen.Sum != want.Sum:
		return &Damage{File: IndexFile, Bucket: bucket, Detail: flaw.New("replaced", "có dòng bị thay bằng dòng khác", "a row was replaced by another one")}
	}
	return nil
}

// SubjectBucket names the bucket of a kind of subjects.
func SubjectBucket(kind subject.Kind) string { return string(subjectBucket(kind)) }

// StoredSubject returns a subject's row as far as it can be read, whether its checksum fits, and whether it is there.
func (t *IndexTx) StoredSubject(id subject.ID) (s Subject, intact, present bool) {
	s, present, err := t.Subject(id)
	if err == nil {
		return s, present, present
	}
	if row := t.tx.Bucket(subjectBucket(id.Kind)).Get(subjectKey(id)); len(row) >= crcSize {
		s, _ = parseSubject(id, row[crcSize:])
	}
	return s, false, true
}

// StoredEntries is StoredSubject for a chunk of history entries.
func (t *IndexTx) StoredEntries(key [20]byte) (c Chunk, intact, present bool) {
	row := t.tx.Bucket(bucketEntries).Get(key[:])
	if row == nil {
		return c, false, false
	}
	c, err := readEntries(key[:], row)
	if err != nil && len(row) >= crcSize {
		c, _ = parseEntries(key[:], row[crcSize:])
	}
	return c, err == nil, true
}

// StoredRecord is StoredSubject for a record.
func (t *IndexTx) StoredRecord(id ledger.RecordID) (r Record, intact, present bool) {
	r, present, err := t.Record(id)
	if err == nil {
		return r, present, present
	}
	if row := t.tx.Bucket(bucketRecords).Get(id[:]); len(row) >= crcSize {
		r, _ = parseRecord(id, row[crcSize:])
	}
	return r, false, true
}
