package ledger

import "github.com/ocopledger/ocop/ledger/merkle"

// Sizes of the refusals leaf.
const (
	RefusalSize     = 32 + 8 + 2 + 2
	refusalsVersion = 1

	// WholeRecord stands for an action number when the record as a whole is meant.
	WholeRecord = 0xFFFF
)

// Refusal is a row of a block's refusals leaf: a record that was ordered and finally refused.
type Refusal struct {
	Record RecordID
	Author AccountID
	Reason uint16 // a code of package reason
	Action uint16 // the first action refused, or WholeRecord
}

// Append appends the row's 44 bytes.
func (f *Refusal) Append(b []byte) []byte {
	b = append(b, f.Record[:]...)
	b = AppendU64(b, uint64(f.Author))
	b = AppendU16(b, f.Reason)
	return AppendU16(b, f.Action)
}

// Hash is the row's hash in histories, under the tag of actions.
func (f *Refusal) Hash() Hash { return merkle.Actions.Leaf(f.Append(make([]byte, 0, RefusalSize))) }

// Refusals is the refusals leaf of a block: the rows in the order of the draft.
type Refusals struct {
	Height uint64
	Rows   []Refusal // 1–1,024
}

// Append appends the leaf's bytes.
func (f *Refusals) Append(b []byte) []byte {
	b = append(b, KindRefusals, refusalsVersion)
	b = AppendU64(b, f.Height)
	b = AppendU16(b, uint16(len(f.Rows)))
	for i := range f.Rows {
		b = f.Rows[i].Append(b)
	}
	return b
}

// ParseRefusals reads a refusals leaf.
func ParseRefusals(data []byte) (*Refusals, error) {
	r := NewReader("refusals", data)
	if k := r.U8(); k != KindRefusals {
		r.Fail("kind 0x%02x, want 0x%02x", k, KindRefusals)
	}
	r.Version(refusalsVersion)
	f := &Refusals{Height: r.U64()}
	n := int(r.U16())
	if n == 0 || n > MaxDraftRecords {
		r.Fail("%d rows, want 1 to %d", n, MaxDraftRecords)
	}
	if r.Failed() || r.Left() != n*RefusalSize {
		r.Fail("%d bytes of rows, want %d", r.Left(), n*RefusalSize)
		return nil, r.Close()
	}
	f.Rows = make([]Refusal, n)
	for i := range f.Rows {
		row := &f.Rows[i]
		r.Copy(row.Record[:])
		row.Author = AccountID(r.U64())
		row.Reason = r.U16()
		row.Action = r.U16()
		if row.Reason == 0 {
			r.Fail("row %d has no reason", i)
		}
	}
	return f, r.Close()
}
