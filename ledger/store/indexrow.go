package store

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/bits"
	"slices"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/merkle"
	"github.com/ocopledger/ocop/ledger/subject"
)

// EntryChunk is how many history entries make a row of their own. A subject's row holds the rest, fewer than that, so that most subjects are one row.
const EntryChunk = 1 << ledger.KeptLevel

// Subject is a subject's row. In what is read, Newest holds the last History.Size mod EntryChunk entries; in what is written, it may hold more
// before them, back to a multiple of EntryChunk, and where the kind has Paths, Subtrees holds those of the chunks that are full.
type Subject struct {
	ID       subject.ID
	Value    []byte
	History  merkle.Frontier
	Newest   []Touch
	Subtrees []merkle.Hash
}

// Touch is what is stored of a history entry.
type Touch = ledger.Touch

func (s *Subject) appendRow(b []byte) []byte {
	b = binary.AppendUvarint(b, s.History.Size)
	for i := range s.History.Hashes {
		b = append(b, s.History.Hashes[i][:]...)
	}
	b = binary.AppendUvarint(b, uint64(len(s.Value)))
	b = append(b, s.Value...)
	return appendTouches(b, s.Newest, s.Value)
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
	s.Newest = r.touches(int(s.History.Size%EntryChunk), s.Value)
	return s, r.ok && len(r.rest) == 0 && s.History.Size <= merkle.MaxSize
}

// appendTouches writes entries. First, of all of them, leaf, height and time as differences to the entry before, since they never descend, and the slot. Then, from the
// newest to the oldest, the value as its difference to the one after it, the newest's to the value given: 1 + length of the difference, and 0 when both are the same.
// Values of a subject are alike, so that one takes some six bytes where its hash would take 32.
func appendTouches(b []byte, touches []Touch, value []byte) []byte {
	var last Touch
	for i := range touches {
		t := &touches[i]
		for _, n := range [...]uint64{t.Leaf - last.Leaf, t.Height - last.Height, t.Time - last.Time, uint64(t.Slot)} {
			b = binary.AppendUvarint(b, n)
		}
		last = *t
	}
	var delta []byte
	for i := len(touches) - 1; i >= 0; i-- {
		next := value
		if value = touches[i].Value; bytes.Equal(value, next) {
			b = append(b, 0)
			continue
		}
		delta = appendDelta(delta[:0], next, value)
		b = binary.AppendUvarint(b, 1+uint64(len(delta)))
		b = append(b, delta...)
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

// usualValue is as long as values mostly are at most: room is made at once for so much of each, whatever damaged bytes say.
const usualValue = 256

// maxValue bounds what damaged bytes can make of a value; true ones are some hundred bytes, and a policy's some thousand.
const maxValue = 1 << 20

func (r *rowReader) touches(n int, value []byte) []Touch {
	if n == 0 {
		return nil
	}
	touches := make([]Touch, n)
	var last Touch
	for i := range touches {
		t := &touches[i]
		t.Leaf, t.Height, t.Time = last.Leaf+r.uvarint(), last.Height+r.uvarint(), last.Time+r.uvarint()
		slot := r.uvarint()
		if t.Slot = uint16(slot); !r.ok || slot > math.MaxUint16 {
			r.ok = false
			return nil
		}
		last = *t
	}
	var made []byte // of all values that are not the next one's
	for i := n - 1; i >= 0; i-- {
		if length := r.uvarint(); length > 0 {
			if made == nil {
				made = make([]byte, 0, (i+1)*int(min(max(uint64(len(value)), length), usualValue)))
			}
			start := len(made)
			var ok bool
			if made, ok = applyDelta(made, value, r.bytes(length-1), maxValue); !ok {
				r.ok = false
			}
			value = made[start:len(made):len(made)]
		}
		if touches[i].Value = value; !r.ok {
			return nil
		}
	}
	return touches
}
