package ledger

import "github.com/ocopledger/ocop/ledger/merkle"

// EntrySize is the size of a history entry in bytes.
const EntrySize = 8 + 8 + 8 + 32 + 2 + 32 + 32

// Entry is a line of a subject's history: one for each action that touched the subject.
//
// The account activity subject has one entry a record (Action = WholeRecord, ActionHash = the actions root) and one a refusal row (Leaf = the
// refusals leaf, ActionHash = Refusal.Hash). Subjects made by genesis begin with an entry of leaf 0 (Record zero, Action = WholeRecord,
// ActionHash = the chain id).
type Entry struct {
	Leaf       uint64 // index in the log
	Height     uint64
	Time       uint64 // block time
	Record     RecordID
	Action     uint16 // number of the action in its record
	ActionHash Hash   // leaf hash in the action tree
	Value      Hash   // hash of the subject's value after the action
}

// Touch is a history entry as far as it cannot be read from its leaf: where and when, and what it made of the subject. It is what a ledger keeps of an entry; the
// rest is found, and hashed, in the leaf.
type Touch struct {
	Leaf   uint64
	Height uint64
	Time   uint64
	Slot   uint16 // number of the action in a record, or WholeRecord; number of the row in refusals
	Value  []byte // of the subject after the action, not to be modified
}

// KeptLevel is the level of the smallest perfect subtrees of a history whose hashes a ledger keeps, where it keeps any (subject.Kind.Paths): of 32 entries. Below,
// entries are hashed anew.
const KeptLevel = 5

// Append appends the entry's 122 bytes.
func (e *Entry) Append(b []byte) []byte {
	b = AppendU64(b, e.Leaf)
	b = AppendU64(b, e.Height)
	b = AppendU64(b, e.Time)
	b = append(b, e.Record[:]...)
	b = AppendU16(b, e.Action)
	b = append(b, e.ActionHash[:]...)
	return append(b, e.Value[:]...)
}

// ParseEntry reads the 122 bytes.
func ParseEntry(data []byte) (e Entry, err error) {
	r := NewReader("history entry", data)
	e.Leaf = r.U64()
	e.Height = r.U64()
	e.Time = r.U64()
	r.Copy(e.Record[:])
	e.Action = r.U16()
	e.ActionHash = r.Hash()
	e.Value = r.Hash()
	return e, r.Close()
}

// LeafHash is the entry's hash in the history tree.
func (e *Entry) LeafHash() Hash { return merkle.History.Leaf(e.Append(make([]byte, 0, EntrySize))) }
