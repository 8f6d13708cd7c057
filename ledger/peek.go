package ledger

import "encoding/binary"

// beforeActions is where the actions of an envelope begin: behind kind, version, key, signature, and the header with its length and the number of actions.
const beforeActions = 1 + 1 + 33 + 64 + 2 + HeaderSize + 2

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
