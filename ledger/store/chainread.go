package store

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"

	bolt "go.etcd.io/bbolt"

	"github.com/ocopledger/ocop/ledger/flaw"
	"github.com/ocopledger/ocop/ledger/merkle"
)

// ChainTx reads chain.db as of one moment, with what was added by then and is not written. It ends with the callback of View; what its methods return stays valid, except
// where said. One goroutine uses it.
type ChainTx struct {
	tx   *bolt.Tx
	tail *tail        // may be nil. The transaction is the younger of the two, and may have it all, and more
	at   *bolt.Cursor // of single leaves; nil: none was read
	key  [8]byte      // of the last single leaf
	open chunk        // the one that the last single leaf is in: neighbours often follow
}

// View reads.
func (c *Chain) View(fn func(*ChainTx) error) error {
	tail := c.tail.Load() // before the transaction: what is written meanwhile is in both, and otherwise in none
	return c.db.View(func(tx *bolt.Tx) error { return fn(&ChainTx{tx: tx, tail: tail}) })
}

// Begin is View for a reader that cannot be put into a function. It must be ended with Close, soon.
func (c *Chain) Begin() (*ChainTx, error) {
	tail := c.tail.Load() // as in View
	tx, err := c.db.Begin(false)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", ChainFile, err)
	}
	return &ChainTx{tx: tx, tail: tail}, nil
}

// Close ends a transaction of Begin.
func (t *ChainTx) Close() error { return t.tx.Rollback() }

func (t *ChainTx) bucket(name []byte) *bolt.Bucket { return t.tx.Bucket(name) }

// Head returns how far the ledger has come; false: nothing is in it yet.
func (t *ChainTx) Head() (h Head, present bool, err error) {
	if t.tail != nil {
		return t.tail.head, true, nil
	}
	row := t.bucket(bucketMeta).Get(keyHead)
	if row == nil {
		return h, false, nil
	}
	content, ok := openRow(keyHead, row)
	if !ok {
		if len(row) < crcSize {
			return h, false, &Damage{File: ChainFile, Bucket: "meta", Row: "head", Detail: flaw.Checksum()}
		}
		return h, false, headDamage(row[crcSize:], binary.BigEndian.Uint32(row), checksum(keyHead, row[crcSize:]))
	}
	h, err = parseHead(content)
	return h, err == nil, err
}

// Genesis returns the genesis file.
func (t *ChainTx) Genesis() ([]byte, error) {
	row := t.bucket(bucketMeta).Get(keyGenesis)
	if row == nil {
		return nil, fmt.Errorf("%w: genesis", ErrNotFound)
	}
	content, ok := openRow(keyGenesis, row)
	if !ok {
		return nil, &Damage{File: ChainFile, Bucket: "meta", Row: "genesis", Detail: flaw.Checksum()}
	}
	return bytes.Clone(content), nil
}

// Leaf returns a leaf. Errors: ErrNotFound, *Damage.
func (t *ChainTx) Leaf(index uint64) ([]byte, error) {
	leaf, err := t.Peek(index)
	return bytes.Clone(leaf), err
}

// Peek is Leaf for whoever keeps nothing of it: the bytes are valid until the next call of either, and not to be modified.
func (t *ChainTx) Peek(index uint64) ([]byte, error) {
	if leaf, ok := t.tail.leaf(index); ok {
		return leaf, nil
	}
	if !t.open.has(index) {
		if err := t.openChunk(index); err != nil {
			return nil, err
		}
	}
	leaf, ok := t.open.leaf(int(index - t.open.first))
	if !ok {
		return nil, leafDamage(index)
	}
	return leaf, nil
}

func (t *ChainTx) openChunk(index uint64) error {
	if t.at == nil {
		t.at = t.bucket(bucketLeaves).Cursor()
	}
	t.open.count = 0
	binary.BigEndian.PutUint64(t.key[:], index)
	if k, row := seekChunk(t.at, t.key[:]); k != nil {
		if err := t.open.parse(binary.BigEndian.Uint64(k), row); err != nil {
			t.open.count = 0
			return err
		}
	}
	if !t.open.has(index) {
		return fmt.Errorf("%w: leaf %d", ErrNotFound, index)
	}
	return nil
}

// Leaves calls fn for the leaves from an index on until it returns false. The bytes are valid until fn returns.
func (t *ChainTx) Leaves(from uint64, fn func(index uint64, leaf []byte) bool) error {
	if t.tail == nil {
		return leavesFrom(t.bucket(bucketLeaves).Cursor(), from, fn)
	}
	more := true
	if from < t.tail.first {
		err := leavesFrom(t.bucket(bucketLeaves).Cursor(), from, func(index uint64, leaf []byte) bool {
			if index >= t.tail.first {
				return false
			}
			more = fn(index, leaf)
			return more
		})
		if err != nil {
			return err
		}
	}
	if more {
		t.tail.from(from, fn)
	}
	return nil
}

func leavesFrom(c *bolt.Cursor, from uint64, fn func(index uint64, leaf []byte) bool) error {
	k, row := seekChunk(c, key64(from))
	for ; k != nil; k, row = c.Next() {
		first := binary.BigEndian.Uint64(k)
		parsed, err := parseChunk(first, row)
		if err != nil {
			return err
		}
		for i := range parsed.count {
			index := first + uint64(i)
			if index < from {
				continue
			}
			leaf, ok := parsed.leaf(i)
			if !ok {
				return leafDamage(index)
			}
			if !fn(index, leaf) {
				return nil
			}
		}
	}
	return nil
}

// StoredLeaves calls fn for the leaves from an index on as they are stored, damaged or not, until it returns false. It fails where the lengths of
// leaves are damaged. The bytes are valid until fn returns.
func (t *ChainTx) StoredLeaves(from uint64, fn func(leaf []byte) bool) error {
	end := uint64(math.MaxUint64)
	if t.tail != nil {
		end = t.tail.first
	}
	if from < end {
		c := t.bucket(bucketLeaves).Cursor()
		for k, row := seekChunk(c, key64(from)); k != nil; k, row = c.Next() {
			first := binary.BigEndian.Uint64(k)
			if first >= end {
				break
			}
			parsed, err := parseChunk(first, row)
			if err != nil {
				return err
			}
			for i := range parsed.count {
				index := first + uint64(i)
				if index < from || index >= end {
					continue
				}
				if leaf, _ := parsed.leaf(i); !fn(leaf) {
					return nil
				}
			}
		}
	}
	if t.tail != nil {
		t.tail.from(from, func(_ uint64, leaf []byte) bool { return fn(leaf) })
	}
	return nil
}

// seekChunk goes to the chunk with a leaf, if there is one: the last that begins at it or before. The key is the leaf's.
func seekChunk(c *bolt.Cursor, key []byte) (k, row []byte) {
	k, row = c.Seek(key)
	switch {
	case k == nil:
		return c.Last()
	case !bytes.Equal(k, key):
		return c.Prev()
	}
	return k, row
}

// SealLeaf returns the index of a block's seal. Errors: ErrNotFound, *Damage.
func (t *ChainTx) SealLeaf(height uint64) (uint64, error) {
	if leaf, ok := t.tail.seal(height); ok {
		return leaf, nil
	}
	key := key64(height)
	row := t.bucket(bucketSeals).Get(key)
	if row == nil {
		return 0, fmt.Errorf("%w: block %d", ErrNotFound, height)
	}
	content, ok := openRow(key, row)
	if !ok || len(content) != 8 {
		return 0, sealDamage(height)
	}
	return binary.BigEndian.Uint64(content), nil
}

func sealDamage(height uint64) *Damage {
	return &Damage{File: ChainFile, Bucket: "seals", Row: fmt.Sprintf("seal of block %d", height), Detail: flaw.Checksum()}
}

// Block returns the height of the block that holds a leaf, and the index of its seal.
func (t *ChainTx) Block(leaf uint64) (height, seal uint64, err error) {
	head, present, err := t.Head()
	if err != nil {
		return 0, 0, err
	}
	if !present || leaf >= head.Log.Size {
		return 0, 0, fmt.Errorf("%w: leaf %d", ErrNotFound, leaf)
	}
	lo, hi := uint64(0), head.Height
	for lo < hi {
		mid := lo + (hi-lo)/2
		at, err := t.SealLeaf(mid)
		if err != nil {
			return 0, 0, err
		}
		if at < leaf {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	seal, err = t.SealLeaf(lo)
	return lo, seal, err
}

// Tile returns the bytes of a complete tile: 256 hashes. Errors: ErrNotFound, *Damage.
func (t *ChainTx) Tile(level int, index uint64) ([]byte, error) {
	if tile, ok := t.tail.tile(level, index); ok {
		return tile, nil
	}
	key := tileKey(level, index)
	row := t.bucket(bucketTiles).Get(key)
	if row == nil {
		return nil, fmt.Errorf("%w: tile %d of level %d", ErrNotFound, index, level)
	}
	content, ok := openRow(key, row)
	if !ok || len(content) != merkle.TileWidth*merkle.HashSize {
		return nil, tileDamage(level, index)
	}
	return bytes.Clone(content), nil
}

func tileDamage(level int, index uint64) *Damage {
	return &Damage{File: ChainFile, Bucket: "tiles", Row: fmt.Sprintf("tile %d of level %d", index, level), Detail: flaw.Checksum()}
}
