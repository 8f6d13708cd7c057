package store

import (
	"encoding/binary"
	"math/bits"
	"slices"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/merkle"
	"github.com/ocopledger/ocop/ledger/subject"
)

// EntryChunk is how many history entries make a row of their own. A subject's row holds the rest, fewer than that, so that most subjects are one row.
const EntryChunk = 16

// Subject is a subject's row. In what is read, Newest holds the last History.Size mod EntryChunk entries; in what is written, it may hold more
// before them, back to a multiple of EntryChunk.
type Subject struct {
	ID      subject.ID
	Value   []byte
	History merkle.Frontier
	Newest  []Touch
}

// Touch is a history entry as far as it cannot be read from its leaf.
type Touch struct {
	Leaf   uint64
	Height uint64
	Time   uint64
	Slot   uint16 // action in a record leaf, or ledger.WholeRecord; row of a refusals leaf
	Value  ledger.Hash
	Kept   []byte // the value itself, of kinds whose values are kept; otherwise nil
}

func (s *Subject) appendRow(b []byte) []byte {
	b = binary.AppendUvarint(b, s.History.Size)
	for i := range s.History.Hashes {
		b = append(b, s.History.Hashes[i][:]...)
	}
	b = binary.AppendUvarint(b, uint64(len(s.Value)))
	b = append(b, s.Value...)
	return appendTouches(b, s.Newest)
}

func parseSubject(id subject.ID, content []byte) (s Subject, ok bool) {
	r := rowReader{rest: content, ok: true}
	s.ID = id
	s.History.Size = r.uvarint()
	if r.ok && s.History.Size <= merkle.MaxSize {
		s.History.Hashes = make([]merkle.Hash, bits.OnesCount64(s.History.Size))
		for i := range s.History.Hashes {
			s.History.Hashes[i] = r.hash()
		}
	}
	s.Value = slices.Clone(r.bytes(r.uvarint()))
	s.Newest = r.touches(int(s.History.Size % EntryChunk))
	return s, r.ok && len(r.rest) == 0 && s.History.Size <= merkle.MaxSize
}

// appendTouches writes entries, each as the difference to the one before: leaves, heights and times never descend. The lowest bit of the slot says
// whether the value follows.
func appendTouches(b []byte, touches []Touch) []byte {
	var last Touch
	for _, t := range touches {
		slot := uint64(t.Slot) << 1
		if t.Kept != nil {
			slot |= 1
		}
		for _, n := range []uint64{t.Leaf - last.Leaf, t.Height - last.Height, t.Time - last.Time, slot} {
			b = binary.AppendUvarint(b, n)
		}
		b = append(b, t.Value[:]...)
		if t.Kept != nil {
			b = append(binary.AppendUvarint(b, uint64(len(t.Kept))), t.Kept...)
		}
		last = t
	}
	return b
}

// Record says what became of a record.
type Record struct {
	ID      ledger.RecordID
	Leaf    uint64 // its leaf, or the refusals leaf
	Height  uint64
	Time    uint64 // of the block
	Refused bool
	Row     uint16 // in the refusals leaf
	Reason  uint16
	Action  uint16
}

func (r *Record) appendRow(b []byte) []byte {
	for _, n := range []uint64{r.Leaf, r.Height, r.Time} {
		b = binary.AppendUvarint(b, n)
	}
	if r.Refused {
		for _, n := range []uint16{r.Row, r.Reason, r.Action} {
			b = binary.BigEndian.AppendUint16(b, n)
		}
	}
	return b
}

func parseRecord(id ledger.RecordID, content []byte) (rec Record, ok bool) {
	r := rowReader{rest: content, ok: true}
	rec.ID = id
	rec.Leaf, rec.Height, rec.Time = r.uvarint(), r.uvarint(), r.uvarint()
	if len(r.rest) > 0 {
		rec.Refused = true
		rec.Row, rec.Reason, rec.Action = r.u16(), r.u16(), r.u16()
	}
	return rec, r.ok && len(r.rest) == 0
}

// rowReader takes a row apart; it only says whether everything was there, as the checksum has been looked at before.
type rowReader struct {
	rest []byte
	ok   bool
}

func (r *rowReader) uvarint() uint64 {
	n, size := binary.Uvarint(r.rest)
	if size <= 0 {
		r.ok, r.rest = false, nil
		return 0
	}
	r.rest = r.rest[size:]
	return n
}

func (r *rowReader) bytes(n uint64) []byte {
	if n > uint64(len(r.rest)) {
		r.ok, r.rest = false, nil
		return nil
	}
	b := r.rest[:n]
	r.rest = r.rest[n:]
	return b
}

func (r *rowReader) hash() (h merkle.Hash) {
	copy(h[:], r.bytes(merkle.HashSize))
	return h
}

func (r *rowReader) u16() uint16 {
	b := r.bytes(2)
	if b == nil {
		return 0
	}
	return binary.BigEndian.Uint16(b)
}

func (r *rowReader) touches(n int) []Touch {
	if n == 0 {
		return nil
	}
	touches := make([]Touch, 0, n)
	var last Touch
	for range n {
		t := Touch{Leaf: last.Leaf + r.uvarint(), Height: last.Height + r.uvarint(), Time: last.Time + r.uvarint()}
		slot := r.uvarint()
		t.Slot, t.Value = uint16(slot>>1), r.hash()
		if slot&1 != 0 {
			t.Kept = append([]byte{}, r.bytes(r.uvarint())...)
		}
		if !r.ok || slot>>17 != 0 {
			return nil
		}
		touches = append(touches, t)
		last = t
	}
	return touches
}
