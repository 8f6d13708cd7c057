package chain

import (
	"fmt"
	"slices"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/flaw"
	"github.com/ocopledger/ocop/ledger/store"
)

// finish looks for what is in the index and follows from nothing, and adds all findings to the report.
func (x *indexChecker) finish(r *Report) error {
	found, err := x.tx.Walk(store.Walker{})
	if err != nil {
		return err
	}
	compared := x.usable && x.reached
	if compared {
		for _, d := range found {
			if d.Row == "" {
				x.total(d)
			}
		}
		if err := x.extra(); err != nil { // before damage: a row at a wrong place may not fit it, and is one too many
			return err
		}
	}
	for _, d := range found {
		if d.Row == "" && !compared || d.Row != "" && !x.named[d.Bucket+"\x00"+d.Row] {
			x.add(ofDamage(d))
		}
	}
	r.Findings = append(r.Findings, x.findings...)
	if x.usable && !x.reached {
		r.Unchecked = append(r.Unchecked, flaw.New("index_ahead", "%s: tệp ứng với khối %d, các lá tính lại được đến khối %d", "%s: it is of block %d, the leaves were derived up to block %d", store.IndexFile, x.head.Height, r.Head.Height))
	}
	return nil
}

// total explains counts in the head of the index that differ from the rows: they are wrong, or the rows are, and those are named.
func (x *indexChecker) total(d *store.Damage) {
	if slices.ContainsFunc(x.findings, func(f *Finding) bool { return f.Bucket == d.Bucket || d.Bucket == "subjects" && f.Bucket == "sales" }) {
		return
	}
	have, want := x.head.Entries.Rows, x.chunks
	switch d.Bucket {
	case "records":
		have, want = x.head.Records.Rows, x.records
	case "subjects":
		have, want = x.head.Subjects.Rows, uint64(len(x.subjects))
	}
	if have != want {
		x.add(&Finding{
			File: store.IndexFile, Bucket: "meta", Row: "head", NoLeaf: true, Field: "count of " + d.Bucket, Got: fmt.Sprint(have), Want: fmt.Sprint(want),
		})
		return
	}
	if x.rows(d.Bucket) == want {
		x.add(&Finding{File: store.IndexFile, Bucket: "meta", Row: "head", NoLeaf: true, Field: "checksum of " + d.Bucket, What: flaw.ChecksumAlone()})
	}
}

// rows counts the rows of a bucket.
func (x *indexChecker) rows(bucket string) (n uint64) {
	w := store.Walker{Chunk: func([20]byte, store.Chunk, bool) { n++ }}
	switch bucket {
	case "records":
		w = store.Walker{Record: func(store.Record, bool) { n++ }}
	case "subjects":
		w = store.Walker{Subject: func(store.Subject, bool) { n++ }}
	}
	_, _ = x.tx.Walk(w)
	return n
}

// extra names rows too many.
func (x *indexChecker) extra() error {
	known := map[[20]byte]bool(nil)
	if x.rows("entries") > x.chunks {
		known = make(map[[20]byte]bool, x.chunks)
		for id, d := range x.subjects {
			key := id.Key()
			for n := range d.row.history.Size / store.EntryChunk {
				known[store.EntryKey(key, n)] = true
			}
		}
	}
	tooManyRecords := x.rows("records") > x.records
	_, err := x.tx.Walk(store.Walker{
		Subject: func(s store.Subject, _ bool) {
			if _, ok := x.subjects[s.ID]; !ok {
				x.tooMany(store.SubjectBucket(s.ID.Kind), s.ID.String())
			}
		},
		Chunk: func(key [20]byte, _ store.Chunk, _ bool) {
			if known != nil && !known[key] {
				x.tooMany("entries", store.EntryRowName(key))
			}
		},
		Record: func(r store.Record, _ bool) {
			if tooManyRecords && !x.onLog(&r) {
				x.tooMany("records", "record "+r.ID.String())
			}
		},
	})
	return err
}

// onLog tells whether a record is where its row says.
func (x *indexChecker) onLog(r *store.Record) bool {
	leaf, err := x.leaves.Leaf(r.Leaf)
	if err != nil {
		return false
	}
	if !r.Refused {
		a, err := ledger.PeekRecord(leaf)
		return err == nil && a.ID() == r.ID
	}
	refusals, err := ledger.ParseRefusals(leaf)
	return err == nil && int(r.Row) < len(refusals.Rows) && refusals.Rows[r.Row].Record == r.ID
}

func (x *indexChecker) tooMany(bucket, row string) {
	x.add(&Finding{File: store.IndexFile, Bucket: bucket, Row: row, NoLeaf: true, What: flaw.New("no_leaf", "không suy ra từ lá nào", "it follows from no leaf")})
}
