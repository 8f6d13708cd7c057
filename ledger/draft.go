package ledger

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"

	"github.com/ocopledger/ocop/ledger/ident"
)

// Bounds of a draft: the work one raft entry may ask of a node, and what fits one raft message.
const (
	MaxDraftRecords = 1024
	MaxDraftBytes   = 1 << 20 // records with their length prefixes
	MaxDraftHints   = 64 << 10

	DraftHeaderSize  = 134
	draftVersion     = 1
	tagDraftRecords  = 0x40
	tagDraftPrevious = 0x41

	// FlagCosign makes the head after this draft a cosign point.
	FlagCosign = 1
)

// DraftHeader is what a proposer signs with its node key: an order of records and a time; no height, no previous block.
type DraftHeader struct {
	Chain    ChainID
	Term     uint64 // raft term
	Proposer AccountID
	Sequence uint64 // from 0 in each term, never reused
	Previous Hash   // DraftHash of the proposer's previous draft in the term; zero at its start
	Time     uint64 // the proposer's clock, Unix milliseconds, not yet clamped
	Flags    uint8
	Count    uint32 // records, 0–1,024
	Records  Hash   // RecordsHash
}

// Append appends the header's 134 bytes.
func (h *DraftHeader) Append(b []byte) []byte {
	b = append(b, draftVersion)
	b = append(b, h.Chain[:]...)
	b = AppendU64(b, h.Term)
	b = AppendU64(b, uint64(h.Proposer))
	b = AppendU64(b, h.Sequence)
	b = append(b, h.Previous[:]...)
	b = AppendU64(b, h.Time)
	b = append(b, h.Flags)
	b = AppendU32(b, h.Count)
	return append(b, h.Records[:]...)
}

func (r *Reader) draftHeader() (h DraftHeader) {
	r.Version(draftVersion)
	h.Chain = r.Hash()
	h.Term = r.U64()
	h.Proposer = AccountID(r.U64())
	h.Sequence = r.U64()
	h.Previous = r.Hash()
	h.Time = r.U64()
	h.Flags = r.U8()
	h.Count = r.U32()
	h.Records = r.Hash()
	if h.Flags&^FlagCosign != 0 {
		r.Fail("unknown flags 0x%02x", h.Flags)
	}
	if h.Count > MaxDraftRecords {
		r.Fail("%d records, at most %d", h.Count, MaxDraftRecords)
	}
	return h
}

// ParseDraftHeader reads the 134 bytes.
func ParseDraftHeader(data []byte) (DraftHeader, error) {
	r := NewReader("draft header", data)
	h := r.draftHeader()
	return h, r.Close()
}

// Hash names the draft: what the next draft of the term points to, and what nodes compare.
func (h *DraftHeader) Hash() Hash {
	return sha256.Sum256(h.Append([]byte{tagDraftPrevious}))
}

// DraftOrder is a draft's place among all drafts: terms ascend, and in a term sequences do. The blocks of a ledger are made of ascending drafts.
type DraftOrder struct{ Term, Sequence uint64 }

// Order is the draft's place.
func (h *DraftHeader) Order() DraftOrder { return DraftOrder{h.Term, h.Sequence} }

// After tells whether a draft of this place comes after one of another place.
func (o DraftOrder) After(other DraftOrder) bool {
	return o.Term > other.Term || o.Term == other.Term && o.Sequence > other.Sequence
}

// Message is what the proposer's node key signs.
func (h *DraftHeader) Message() []byte {
	return ident.PAE(ident.TypeDraftHeader, h.Append(make([]byte, 0, DraftHeaderSize)))
}

// RecordsHash is the hash of a draft's records in their order, each after its length as uint32.
func RecordsHash(records [][]byte) (h Hash) {
	d := sha256.New()
	d.Write([]byte{tagDraftRecords})
	var length [4]byte
	for _, rec := range records {
		binary.BigEndian.PutUint32(length[:], uint32(len(rec)))
		d.Write(length[:])
		d.Write(rec)
	}
	d.Sum(h[:0])
	return h
}

// Draft is a raft entry.
type Draft struct {
	Header    DraftHeader
	Signature ident.NodeSignature
	Records   [][]byte // envelopes
	Hints     []byte   // may speed verification up; never affect validity
}

// Append appends the draft's bytes.
func (d *Draft) Append(b []byte) []byte {
	size := DraftHeaderSize + len(d.Signature) + 4 + len(d.Hints)
	for _, rec := range d.Records {
		size += 4 + len(rec)
	}
	b = slices.Grow(b, size)
	b = d.Header.Append(b)
	b = append(b, d.Signature[:]...)
	for _, rec := range d.Records {
		b = AppendU32(b, uint32(len(rec)))
		b = append(b, rec...)
	}
	b = AppendU32(b, uint32(len(d.Hints)))
	return append(b, d.Hints...)
}

// ParseDraft reads a draft and checks all but signatures and the envelopes' insides. Records alias data.
func ParseDraft(data []byte) (*Draft, error) {
	r := NewReader("draft", data)
	d := &Draft{Header: r.draftHeader()}
	r.Copy(d.Signature[:])
	if r.Failed() {
		return nil, r.Close()
	}
	total := 0
	d.Records = make([][]byte, 0, d.Header.Count)
	for range d.Header.Count {
		n := int(r.U32())
		total += 4 + n
		if n > MaxEnvelope || total > MaxDraftBytes {
			r.Fail("record of %d bytes, draft of %d: beyond the bounds", n, total)
		}
		if r.Failed() {
			return nil, r.Close()
		}
		d.Records = append(d.Records, r.Bytes(n))
	}
	n := int(r.U32())
	if n > MaxDraftHints {
		r.Fail("%d bytes of hints, at most %d", n, MaxDraftHints)
	}
	d.Hints = r.Bytes(n)
	if err := r.Close(); err != nil {
		return nil, err
	}
	if RecordsHash(d.Records) != d.Header.Records {
		return nil, malformed("draft", "records are not those of the signed header")
	}
	return d, nil
}
