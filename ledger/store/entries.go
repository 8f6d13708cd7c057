package store

import (
	"encoding/binary"
	"fmt"
	"math/bits"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/merkle"
)

// Chunk is a row of history entries. All entries of a chunk are a perfect subtree of their history, and with every second chunk one of two chunks is complete, too, with every
// fourth one of four. Where the history's kind has Paths, the row of a chunk keeps the hashes of all subtrees that end with it: two on average, written once and with
// the row that is written anyway. A subtree that is complete is in the row of its last chunk, so that nothing has to be kept open while a level fills.
type Chunk struct {
	Touches  []Touch
	Subtrees []merkle.Hash // that end with the chunk, from its own upwards; none where the kind has no Paths
}

// endingWith is how many perfect subtrees, of a chunk and larger, end with a chunk.
func endingWith(chunk uint64) int { return 1 + bits.TrailingZeros64(chunk+1) }

// Subtrees is how many perfect subtrees, of a chunk and larger, the first chunks of a history are: where those that end with the next chunk begin in a list of all
// of them.
func Subtrees(chunks uint64) int { return int(2*chunks) - bits.OnesCount64(chunks) }

// LastChunk is the chunk with which a perfect subtree ends, of ledger.KeptLevel or higher.
func LastChunk(level int, index uint64) uint64 { return (index+1)<<(level-ledger.KeptLevel) - 1 }

func (c *Chunk) appendRow(b []byte) []byte {
	b = appendTouches(b, c.Touches, nil)
	for i := range c.Subtrees {
		b = append(b, c.Subtrees[i][:]...)
	}
	return b
}

// parseEntries takes a row of entries apart, as far as it can.
func parseEntries(key, content []byte) (c Chunk, ok bool) {
	r := rowReader{rest: content, ok: true}
	c.Touches = r.touches(EntryChunk, nil)
	if !r.ok || len(key) != entryKeySize {
		return c, false
	}
	if len(r.rest) == 0 {
		return c, true
	}
	c.Subtrees = make([]merkle.Hash, endingWith(chunkOf(key)))
	for i := range c.Subtrees {
		c.Subtrees[i] = r.hash()
	}
	return c, r.ok && len(r.rest) == 0
}

// Subtree is the hash of a perfect subtree of a history whose kind has Paths, of ledger.KeptLevel or higher. It is what the row says: whether it is true is seen by whoever
// makes a proof of it. Errors: ErrNotFound, *Damage.
func (t *IndexTx) Subtree(state ledger.Hash, level int, index uint64) (h merkle.Hash, err error) {
	chunk := LastChunk(level, index)
	content, err := t.entryRow(state, chunk)
	if err != nil {
		return h, err
	}
	at := len(content) - (endingWith(chunk)-(level-ledger.KeptLevel))*merkle.HashSize
	if at < 0 {
		return h, entriesDamage(entryKey(state, chunk))
	}
	return merkle.Hash(content[at:]), nil
}

// FirstLeaf is the leaf of the first entry of a chunk, read without the rest. Errors: ErrNotFound, *Damage.
func (t *IndexTx) FirstLeaf(state ledger.Hash, chunk uint64) (uint64, error) {
	content, err := t.entryRow(state, chunk)
	if err != nil {
		return 0, err
	}
	leaf, n := binary.Uvarint(content)
	if n <= 0 {
		return 0, entriesDamage(entryKey(state, chunk))
	}
	return leaf, nil
}

// entryRow is the content of a row of entries. It is valid until the transaction ends.
func (t *IndexTx) entryRow(state ledger.Hash, chunk uint64) ([]byte, error) {
	key := entryKey(state, chunk)
	row := t.get(&t.entries, bucketEntries, key)
	if row == nil {
		return nil, noEntries(chunk)
	}
	content, ok := openRow(key, row)
	if !ok {
		return nil, entriesDamage(key)
	}
	return content, nil
}

func noEntries(chunk uint64) error {
	return fmt.Errorf("%w: entries from %d", ErrNotFound, chunk*EntryChunk)
}

// entryKeySize is the size of the key of a chunk: half a state key, and the number of the chunk.
const entryKeySize = 16 + 4

func chunkOf(key []byte) uint64 { return uint64(binary.BigEndian.Uint32(key[entryKeySize-4:])) }
