package chain

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/flaw"
	"github.com/ocopledger/ocop/ledger/genesis"
	"github.com/ocopledger/ocop/ledger/replay"
	"github.com/ocopledger/ocop/ledger/store"
	"github.com/ocopledger/ocop/ledger/subject"
)

// indexChecker compares index.db with what follows from the leaves, up to the height it is of. Histories are compared chunk by chunk as they fill, so that
// not all of them need to be in memory. It is called from one goroutine at a time.
type indexChecker struct {
	tx       *store.IndexTx
	leaves   *store.ChainTx
	head     store.IndexHead
	usable   bool // the head can be read and is of this chain
	subjects map[subject.ID]*derived
	reached  bool // the height has been derived, and all subjects compared
	chunks   uint64
	records  uint64
	findings []*Finding
	named    map[string]bool // rows with findings, as bucket and row
}

// derived is a subject as it follows from the leaves.
type derived struct {
	row    row
	leaf   uint64 // of the newest entry
	record ledger.RecordID
}

func newIndexChecker(g *genesis.Genesis, leaves *store.ChainTx, index *store.Index) (*indexChecker, error) {
	tx, err := index.Begin()
	if err != nil {
		return nil, err
	}
	x := &indexChecker{tx: tx, leaves: leaves, subjects: make(map[subject.ID]*derived), named: make(map[string]bool)}
	head, present, err := tx.Head()
	switch {
	case err != nil:
		x.add(ofDamage(asDamage(err)))
	case !present && tx.Empty(): // a node that ended before its first rows were due: it builds them from the leaves
	case !present:
		x.add(&Finding{File: store.IndexFile, Bucket: "meta", Row: "head", NoLeaf: true, What: flaw.Missing()})
	case head.Chain != g.Chain:
		x.add(&Finding{File: store.IndexFile, Bucket: "meta", Row: "head", NoLeaf: true, Field: "chain", Got: head.Chain.String(), Want: g.Chain.String()})
	default:
		x.head, x.usable = head, true
		_, changes := replay.Begin(g)
		x.take(changes, nil)
		x.compareAt(0)
		return x, nil
	}
	x.reached = true // nothing to compare with
	return x, nil
}

func asDamage(err error) *store.Damage {
	if d, ok := err.(*store.Damage); ok {
		return d
	}
	return &store.Damage{File: store.IndexFile, Bucket: "meta", Row: "head", Detail: flaw.Of(err)}
}

func (x *indexChecker) close() { _ = x.tx.Close() }

func (x *indexChecker) add(f *Finding) {
	x.findings = append(x.findings, f)
	x.named[f.Bucket+"\x00"+f.Row] = true
}

// block compares what a block added.
func (x *indexChecker) block(b *replay.Block) {
	if x.reached {
		return
	}
	var records []store.Record
	for i, leaf := range b.Leaves {
		if leaf[0] == ledger.KindRecord {
			if a, err := ledger.PeekRecord(leaf); err == nil {
				records = append(records, store.Record{ID: a.ID(), Leaf: b.Seal.SizeBefore + 1 - uint64(len(b.Leaves)-i)})
			}
		}
	}
	records, err := recordsOfLeaves(b, records)
	if err != nil { // the block was derived from these very leaves
		panic(err)
	}
	refused := make(map[ledger.RecordID]uint16)
	for i := range records {
		x.record(&records[i])
		if records[i].Refused {
			refused[records[i].ID] = records[i].Row
		}
	}
	x.take(b.Changes, refused)
	x.compareAt(b.Head.Height)
}

// take follows subjects and compares the chunks of entries that fill.
func (x *indexChecker) take(changes []replay.Change, refused map[ledger.RecordID]uint16) {
	for i := range changes {
		c := &changes[i]
		d := x.subjects[c.ID]
		if d == nil {
			d = new(derived)
			x.subjects[c.ID] = d
		}
		d.row.value, d.row.history = c.Row.Value, c.Row.History
		subtrees := c.Subtrees
		first := c.Row.History.Size - uint64(len(c.Entries))
		for j := range c.Entries {
			e := &c.Entries[j]
			slot := e.Action
			if n, ok := refused[e.Record]; ok {
				slot = n
			}
			d.row.newest = append(d.row.newest, store.Touch{Leaf: e.Leaf, Height: e.Height, Time: e.Time, Slot: slot, Value: c.Values[j]})
			d.leaf, d.record = e.Leaf, e.Record
			if len(d.row.newest) == store.EntryChunk {
				number := (first + uint64(j)) / store.EntryChunk
				n := min(store.Subtrees(number+1)-store.Subtrees(number), len(subtrees)) // none but where the kind has Paths
				x.chunk(c.ID, d, number, subtrees[:n])
				d.row.newest, subtrees = d.row.newest[:0], subtrees[n:]
			}
		}
	}
}

// place is a finding about a subject's row or one of its chunks.
func (d *derived) place(bucket, name string) *Finding {
	f := &Finding{File: store.IndexFile, Bucket: bucket, Row: name, Leaf: d.leaf}
	if d.record != (ledger.RecordID{}) {
		f.Record = d.record.String()
	}
	return f
}

func (x *indexChecker) chunk(id subject.ID, d *derived, number uint64, subtrees []ledger.Hash) {
	x.chunks++
	key := store.EntryKey(id.Key(), number)
	got, intact, present := x.tx.StoredEntries(key)
	f := d.place("entries", store.EntryRowName(key)+", "+id.String())
	switch field, have, want := compareTouches(id.Kind, got.Touches, d.row.newest); {
	case !present:
		f.What = flaw.Missing()
	case len(got.Touches) != store.EntryChunk:
		f.Field, f.What = "entries", flaw.New("entries", "không đọc được các mục lịch sử", "they cannot be read")
	case field != "":
		f.Field, f.Got, f.Want = field, have, want
	case !slices.Equal(got.Subtrees, subtrees):
		f.Field, f.What = "history", flaw.New("history", "các giá trị băm khác với của các mục lịch sử", "its hashes differ from those of the entries")
	case !intact:
		f.Field, f.What = "checksum", flaw.ChecksumAlone()
	default:
		return
	}
	x.add(f)
	x.named["entries\x00"+store.EntryRowName(key)] = true
}

func (x *indexChecker) record(want *store.Record) {
	x.records++
	got, intact, present := x.tx.StoredRecord(want.ID)
	f := &Finding{File: store.IndexFile, Bucket: "records", Row: "record " + want.ID.String(), Leaf: want.Leaf, Record: want.ID.String()}
	if !present {
		f.What = flaw.Missing()
		x.add(f)
		return
	}
	for _, field := range []struct {
		name string
		g, w any
	}{
		{"leaf", got.Leaf, want.Leaf}, {"height", got.Height, want.Height}, {"time", got.Time, want.Time}, {"refused", got.Refused, want.Refused},
		{"row", got.Row, want.Row}, {"reason", reasonWords(got.Reason), reasonWords(want.Reason)}, {"action", got.Action, want.Action},
	} {
		if field.g != field.w {
			f.Field, f.Got, f.Want = field.name, fmt.Sprint(field.g), fmt.Sprint(field.w)
			x.add(f)
			return
		}
	}
	if !intact {
		f.Field, f.What = "checksum", flaw.ChecksumAlone()
		x.add(f)
	}
}

// compareAt compares every subject when the height of the index is reached.
func (x *indexChecker) compareAt(height uint64) {
	if height < x.head.Height {
		return
	}
	x.reached = true
	ids := make([]subject.ID, 0, len(x.subjects))
	for id := range x.subjects {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b subject.ID) int {
		return bytes.Compare(append([]byte{byte(a.Kind)}, a.Name...), append([]byte{byte(b.Kind)}, b.Name...))
	})
	for _, id := range ids {
		x.subject(id, x.subjects[id])
	}
}

func (x *indexChecker) subject(id subject.ID, d *derived) {
	got, intact, present := x.tx.StoredSubject(id)
	f := d.place(store.SubjectBucket(id.Kind), id.String())
	field, have, want := compareTouches(id.Kind, got.Newest, d.row.newest)
	switch {
	case !present:
		f.What = flaw.Missing()
	case got.History.Size != d.row.history.Size:
		f.Field, f.Got, f.Want = "history length", fmt.Sprint(got.History.Size), fmt.Sprint(d.row.history.Size)
	case !slices.Equal(got.History.Hashes, d.row.history.Hashes):
		f.Field, f.What = "history", flaw.New("history", "các giá trị băm khác với của các mục lịch sử", "its hashes differ from those of the entries")
	case !bytes.Equal(got.Value, d.row.value):
		f.Field, f.Got, f.Want = compareValues(id.Kind, got.Value, d.row.value)
	case len(got.Newest) != len(d.row.newest):
		f.Field, f.What = "entries", flaw.New("entries", "không đọc được các mục lịch sử", "they cannot be read")
	case field != "":
		f.Field, f.Got, f.Want = field, have, want
	case !intact:
		f.Field, f.What = "checksum", flaw.ChecksumAlone()
	default:
		return
	}
	x.add(f)
}
