package diagnosis

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/flaw"
	"github.com/ocopledger/ocop/ledger/ident"
)

// Diagnosis is what is wrong with the leaf of a record.
type Diagnosis struct {
	Record ledger.RecordID // of the record as it was signed, if Told; otherwise zero
	Told   bool
	Field  Path   // empty: nothing is wrong with it
	Want   string // what it was or must be, when that is known
	Got    string
	What   flaw.Flaw // what is wrong, where two values do not say it
}

// Examine says what is wrong with a leaf that was a record of the ledger. The record is told when its signature fits, with or without one byte put
// right; and, as far as the header can be read at all, from the header as it stands. Of a leaf of another kind nothing is said, unless it is a
// record whose kind alone was altered.
func Examine(leaf []byte, chain ledger.ChainID) Diagnosis {
	if len(leaf) < actionsAt {
		return short(leaf)
	}
	e := envelope(bytes.Clone(leaf))
	switch {
	case e.verifies():
		return e.afterHeader()
	case leaf[0] != ledger.KindRecord:
		return Diagnosis{}
	}
	return e.header(chain)
}

// short says where a leaf ends that holds no whole header.
func short(leaf []byte) Diagnosis {
	if len(leaf) == 0 {
		return Diagnosis{Field: "envelope.kind", What: flaw.New("empty", "lá rỗng", "an empty leaf")}
	}
	if leaf[0] != ledger.KindRecord {
		return Diagnosis{}
	}
	f := Diagnosis{Field: FieldAt(leaf, len(leaf)), What: flaw.New("truncated", "bị cắt cụt sau %d byte", "it is cut short after %d bytes", len(leaf))}
	if len(leaf) >= countAt {
		f.Record, f.Told = envelope(leaf).id(), true
	}
	return f
}

// envelope is the bytes of a leaf with a whole header in its place.
type envelope []byte

func (e envelope) key() ident.PublicKey { return ident.PublicKey(e[keyAt:sigAt]) }

func (e envelope) head() []byte { return e[headerAt:countAt] }

func (e envelope) digest() [32]byte { return ident.Digest(ident.TypeRecordHeader, e.head()) }

// verifies reports whether signature, key and header belong together: then all three are as they were.
func (e envelope) verifies() bool {
	return e.key().Verify(e.digest(), ident.Signature(e[sigAt:lengthAt])) == nil
}

func (e envelope) id() ledger.RecordID {
	return ledger.NewRecordID(binary.BigEndian.Uint64(e.head()[35:]), e.digest())
}

// claims are what a header says of the rest of the envelope.
type claims struct {
	key     ident.KeyID
	actions int
	root    ledger.Hash
}

func (e envelope) claims() (c claims) {
	h := e.head()
	copy(c.key[:], h[59:])
	c.actions = int(binary.BigEndian.Uint16(h[67:]))
	copy(c.root[:], h[69:])
	return c
}

// afterHeader looks through an envelope whose header is as its author signed it.
func (e envelope) afterHeader() Diagnosis {
	f := Diagnosis{Record: e.id(), Told: true}
	count, claims := int(binary.BigEndian.Uint16(e[countAt:])), e.claims()
	switch {
	case e[0] != ledger.KindRecord:
		f.Field, f.Got, f.Want = "envelope.kind", fmt.Sprintf("0x%02x", e[0]), fmt.Sprintf("0x%02x", ledger.KindRecord)
	case e[1] != 1:
		f.Field, f.Got, f.Want = "envelope.version", fmt.Sprint(e[1]), "1"
	case binary.BigEndian.Uint16(e[lengthAt:]) != ledger.HeaderSize:
		f.Field, f.Got, f.Want = "envelope.header_length", fmt.Sprint(binary.BigEndian.Uint16(e[lengthAt:])), fmt.Sprint(ledger.HeaderSize)
	case claims.key != e.key().ID():
		f.Field, f.Got, f.Want = "header.key", claims.key.String(), e.key().ID().String() // its author signed it so
	case count != claims.actions:
		f.Field, f.Got, f.Want = "envelope.action_count", fmt.Sprint(count), fmt.Sprint(claims.actions)
	default:
		e.actions(&f, claims)
	}
	return f
}
