package ledger

import (
	"encoding/binary"

	"github.com/ocopledger/ocop/ledger/ident"
)

// beforeActions is where the actions of an envelope begin: behind kind, version, key, signature, and the header with its length and the number of actions.
const beforeActions = 1 + 1 + 33 + 64 + 2 + HeaderSize + 2

// beforeHeader is where the header of an envelope begins.
const beforeHeader = beforeActions - 2 - HeaderSize

// Peeked is a record of a log, read for what histories and timelines tell of it. It was parsed and verified when it was accepted and is not again: no action is hashed that nobody asks for.
// It aliases the leaf.
type Peeked struct {
	Header Header
	signed []byte // the header's bytes
	rest   []byte // the actions with their lengths
}

// PeekRecord reads a leaf that is a record. It wraps ErrMalformed when it is too short for one, or its header is none.
func PeekRecord(leaf []byte) (p Peeked, err error) {
	if len(leaf) < beforeActions || leaf[0] != KindRecord {
		return p, malformed("envelope", "%d bytes of no record", len(leaf))
	}
	p.signed, p.rest = leaf[beforeHeader:beforeHeader+HeaderSize], leaf[beforeActions:]
	p.Header, err = ParseHeader(p.signed)
	return p, err
}

// ID is the record's id.
func (p *Peeked) ID() RecordID {
	return NewRecordID(p.Header.Issued, ident.Digest(ident.TypeRecordHeader, p.signed))
}

// Action is the action of a number; false when the record has none of that number.
func (p *Peeked) Action(number uint16) (action []byte, ok bool) {
	rest := p.rest
	for {
		if len(rest) < 2 {
			return nil, false
		}
		end := 2 + int(binary.BigEndian.Uint16(rest))
		if end == 2 || end > len(rest) {
			return nil, false
		}
		if number == 0 {
			return rest[2:end:end], true
		}
		number--
		rest = rest[end:]
	}
}

// EachAction calls do with the actions of a leaf of a log, in their order, until do fails. Of a leaf that is no record there are none. The record was parsed and
// verified when it was accepted and is not again: whoever follows a log passes over most actions by their first byte, and hashing them would be all the work
// there is. It wraps ErrMalformed when an action leads beyond the end. The bytes are the leaf's.
func EachAction(leaf []byte, do func(action []byte) error) error {
	if len(leaf) == 0 || leaf[0] != KindRecord {
		return nil
	}
	if len(leaf) < beforeActions {
		return malformed("envelope", "%d bytes, actions begin at %d", len(leaf), beforeActions)
	}
	for rest := leaf[beforeActions:]; len(rest) > 0; {
		n := 0
		if len(rest) >= 2 {
			n = int(binary.BigEndian.Uint16(rest))
		}
		if n == 0 || n > len(rest)-2 {
			return malformed("envelope", "an action of %d bytes, %d are left", n, len(rest))
		}
		if err := do(rest[2 : 2+n : 2+n]); err != nil {
			return err
		}
		rest = rest[2+n:]
	}
	return nil
}
