package ledger

import (
	"encoding/hex"
	"errors"
	"strconv"

	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/merkle"
)

// Leaf kinds. The first byte of every leaf of the log.
const (
	KindRecord   = 0x01 // an envelope
	KindSeal     = 0x02
	KindRefusals = 0x03
)

// Bounds of a record. An envelope must fit the two-byte length of a C2SP entry bundle.
const (
	HeaderSize     = 101   // bytes
	MaxEnvelope    = 65535 // bytes
	MaxActions     = 256   // one signature over a Decision of 250 products and its opening
	MinEnvelope    = 1 + 1 + 33 + 64 + 2 + HeaderSize + 2 + 2 + 1
	recordVersion  = 1
	headerVersion  = 1
	maxIssuedMilli = 1<<48 - 1 // a record id holds 6 bytes of time
)

// RecordID names a record: issue time in milliseconds (6 bytes), then the first 26 bytes of the SHA-256 of what its author signed. Never of the
// signature, so that signing twice makes no second record; time first keeps index inserts local.
type RecordID [32]byte

func (id RecordID) String() string {
	var digits [2 * len(id)]byte
	hex.Encode(digits[:], id[:])
	return string(digits[:])
}

// IssuedAt is the issue time in Unix milliseconds.
func (id RecordID) IssuedAt() uint64 {
	return uint64(id[0])<<40 | uint64(id[1])<<32 | uint64(id[2])<<24 | uint64(id[3])<<16 | uint64(id[4])<<8 | uint64(id[5])
}

// ParseRecordID reads 64 hexadecimal digits, lower case.
func ParseRecordID(s string) (id RecordID, err error) {
	if len(s) != 64 {
		return id, malformed("record id", "%d characters, want 64 hexadecimal digits", len(s))
	}
	if _, err := hex.Decode(id[:], []byte(s)); err != nil || id.String() != s {
		return RecordID{}, malformed("record id", "a character is not a lower-case hexadecimal digit")
	}
	return id, nil
}

// Header is what an author signs: fixed binary, 101 bytes.
type Header struct {
	Chain       ChainID
	Schema      uint16 // protocol version the actions are written in, ≥ 1
	Issued      uint64 // Unix milliseconds, < 2^48
	Expires     uint64 // Unix milliseconds; the record is never ordered after
	Author      AccountID
	Key         ident.KeyID
	ActionCount uint16 // 1–256
	ActionsRoot Hash
}

// Append appends the header's bytes.
func (h *Header) Append(b []byte) []byte {
	b = append(b, headerVersion)
	b = append(b, h.Chain[:]...)
	b = AppendU16(b, h.Schema)
	b = AppendU64(b, h.Issued)
	b = AppendU64(b, h.Expires)
	b = AppendU64(b, uint64(h.Author))
	b = append(b, h.Key[:]...)
	b = AppendU16(b, h.ActionCount)
	return append(b, h.ActionsRoot[:]...)
}

// ParseHeader reads a header's bytes. A schema or a number of actions out of bounds is an *EnvelopeError.
func ParseHeader(data []byte) (h Header, err error) {
	r := NewReader("record header", data)
	r.Version(headerVersion)
	h.Chain = r.Hash()
	h.Schema = r.U16()
	h.Issued = r.U64()
	h.Expires = r.U64()
	h.Author = AccountID(r.U64())
	r.Copy(h.Key[:])
	h.ActionCount = r.U16()
	h.ActionsRoot = r.Hash()
	if h.Issued > maxIssuedMilli {
		r.Fail("issue time %d beyond 2^48 ms", h.Issued)
	}
	if err := r.Close(); err != nil {
		return h, err
	}
	if h.Schema == 0 {
		return h, outOfBounds(SchemaZero, "header.schema", h.Schema, "at least 1")
	}
	if h.ActionCount == 0 || h.ActionCount > MaxActions {
		return h, outOfBounds(ActionCount, "header.action_count", h.ActionCount, "1 to "+strconv.Itoa(MaxActions))
	}
	return h, nil
}

// Envelope is a record as it is replicated, stored and served.
type Envelope struct {
	Header    Header
	PublicKey ident.PublicKey
	Signature ident.Signature
	Actions   [][]byte // protobuf bytes of ocop.record.v1.Action, verbatim

	Digest [32]byte // SHA-256 of the PAE of the header: what is signed
	ID     RecordID

	leaves []Hash // of the actions, when there are several and they were hashed to read the envelope
}

// ActionHash is the hash of an action in the action tree.
func (e *Envelope) ActionHash(number int) Hash {
	switch {
	case len(e.Actions) == 1: // most records: the tree of one leaf is the leaf
		return e.Header.ActionsRoot
	case e.leaves != nil:
		return e.leaves[number]
	}
	return merkle.Actions.Leaf(e.Actions[number])
}

// rooted tells whether the actions are those of the header, and remembers their hashes.
func (e *Envelope) rooted() bool {
	if len(e.Actions) == 1 {
		return merkle.Actions.Leaf(e.Actions[0]) == e.Header.ActionsRoot
	}
	e.leaves = actionLeaves(e.Actions)
	return merkle.Actions.Root(e.leaves) == e.Header.ActionsRoot
}

// NewHeader completes a header for the actions: their count and root.
func NewHeader(h Header, actions [][]byte) Header {
	h.ActionCount = uint16(len(actions))
	h.ActionsRoot = ActionsRoot(actions)
	return h
}

// ActionsRoot is the root of the action tree.
func ActionsRoot(actions [][]byte) Hash { return merkle.Actions.Root(actionLeaves(actions)) }

func actionLeaves(actions [][]byte) []Hash {
	leaves := make([]Hash, len(actions))
	for i, a := range actions {
		leaves[i] = merkle.Actions.Leaf(a)
	}
	return leaves
}

// Digest is what the author of a record with this header signs.
func (h *Header) Digest() [32]byte {
	return ident.Digest(ident.TypeRecordHeader, h.Append(make([]byte, 0, HeaderSize)))
}

// NewRecordID joins issue time and digest.
func NewRecordID(issued uint64, digest [32]byte) (id RecordID) {
	for i := range 6 {
		id[i] = byte(issued >> (40 - 8*i))
	}
	copy(id[6:], digest[:26])
	return id
}

// AppendEnvelope appends the bytes of a signed record.
func AppendEnvelope(b []byte, h *Header, key ident.PublicKey, sig ident.Signature, actions [][]byte) []byte {
	b = append(b, KindRecord, recordVersion)
	b = append(b, key[:]...)
	b = append(b, sig[:]...)
	b = AppendU16(b, HeaderSize)
	b = h.Append(b)
	b = AppendU16(b, uint16(len(actions)))
	for _, a := range actions {
		b = AppendBytes16(b, a)
	}
	return b
}

// ParseEnvelope reads an envelope and checks what needs neither state nor key arithmetic: bounds, the action tree, and that header and
// envelope name the same key. The actions alias data. Signature and action contents are the business of ident and wire. Errors are *EnvelopeError.
func ParseEnvelope(data []byte) (*Envelope, error) {
	if len(data) > MaxEnvelope {
		return nil, broken(EnvelopeTooLong, "", "%d bytes, at most %d", len(data), MaxEnvelope)
	}
	if len(data) > 0 && data[0] != KindRecord {
		return nil, broken(NoEnvelope, "", "kind 0x%02x, want 0x%02x", data[0], KindRecord)
	}
	if len(data) > 1 && data[1] != recordVersion {
		return nil, broken(UnknownVersion, "version", "version %d, want %d", data[1], recordVersion)
	}
	r := NewReader("envelope", data)
	e := new(Envelope)
	r.Bytes(2)
	r.Copy(e.PublicKey[:])
	r.Copy(e.Signature[:])
	size := r.U16()
	if !r.Failed() && size != HeaderSize {
		return nil, broken(HeaderMalformed, "header", "header of %d bytes, want %d", size, HeaderSize)
	}
	header := r.Bytes(HeaderSize)
	if r.Failed() {
		return nil, &EnvelopeError{Fault: EnvelopeTruncated, cause: r.Close()}
	}
	var err error
	if e.Header, err = ParseHeader(header); err != nil {
		if _, named := errors.AsType[*EnvelopeError](err); !named {
			err = &EnvelopeError{Fault: HeaderMalformed, Field: "header", cause: err}
		}
		return nil, err
	}
	if e.Actions, err = parseActions(r, int(e.Header.ActionCount)); err != nil {
		return nil, err
	}
	if e.PublicKey.ID() != e.Header.Key {
		return nil, broken(KeyDiffers, "header.key", "key id of the header is not that of the public key")
	}
	if !e.rooted() {
		return nil, broken(ActionsDiffer, "header.actions_root", "actions root of the header is not that of the actions")
	}
	e.Digest = ident.Digest(ident.TypeRecordHeader, header)
	e.ID = NewRecordID(e.Header.Issued, e.Digest)
	return e, nil
}

func parseActions(r *Reader, want int) ([][]byte, error) {
	n := int(r.U16())
	if !r.Failed() && n != want {
		return nil, broken(ActionsDiffer, "header.action_count", "%d actions, header says %d", n, want)
	}
	actions := make([][]byte, n)
	for i := range actions {
		actions[i] = r.Bytes16()
		if !r.Failed() && len(actions[i]) == 0 {
			return nil, broken(ActionEmpty, "actions["+strconv.Itoa(i)+"]", "action %d is empty", i)
		}
	}
	if r.Failed() {
		return nil, &EnvelopeError{Fault: EnvelopeTruncated, Field: "actions", cause: r.Close()}
	}
	if r.Left() > 0 {
		return nil, &EnvelopeError{Fault: BytesLeftOver, Field: "actions", cause: r.Close()}
	}
	return actions, nil
}

// EnvelopeHash is the hash of an envelope as a leaf of the log, signature included: the key under which a node remembers that it has verified it.
func EnvelopeHash(envelope []byte) Hash { return merkle.Log.Leaf(envelope) }
