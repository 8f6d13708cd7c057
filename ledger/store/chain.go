package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"

	bolt "go.etcd.io/bbolt"

	"github.com/ocopledger/ocop/ledger/flaw"
	"github.com/ocopledger/ocop/ledger/merkle"
)

var (
	bucketMeta   = []byte("meta")
	bucketLeaves = []byte("leaves")
	bucketTiles  = []byte("tiles")
	bucketSeals  = []byte("seals")

	keyFormat  = []byte("format")
	keyGenesis = []byte("genesis")
	keyHead    = []byte("head")

	chainFormat = []byte("ocop chain 1")
)

// Chain is chain.db. One goroutine writes, any number read.
type Chain struct {
	db *bolt.DB

	// The newest chunk, owned by the writer: the next leaves go into it.
	openFirst uint64
	open      [][]byte
}

// OpenChain opens chain.db, and creates it unless it is to be read only. Errors: ErrInUse, ErrFormat, *Damage.
func OpenChain(path string, o Options) (*Chain, error) {
	db, err := open(path, o)
	if err != nil {
		return nil, err
	}
	c := &Chain{db: db}
	if err := c.load(o); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return c, nil
}

func (c *Chain) load(o Options) error {
	empty := false
	err := c.db.View(func(tx *bolt.Tx) error {
		if k, _ := tx.Cursor().First(); k == nil {
			empty = true
			return nil
		}
		return checkFile(tx, o, ChainFile, chainFormat, bucketLeaves, bucketTiles, bucketSeals)
	})
	switch {
	case err != nil:
		return err
	case !empty:
		if o.ReadOnly {
			return nil
		}
		return c.loadOpenChunk()
	case o.ReadOnly:
		return fmt.Errorf("%w: %s is empty", ErrFormat, ChainFile)
	}
	return c.db.Update(func(tx *bolt.Tx) error {
		return createBuckets(tx, chainFormat, bucketLeaves, bucketTiles, bucketSeals)
	})
}

func createBuckets(tx *bolt.Tx, format []byte, names ...[]byte) error {
	for _, name := range append(names, bucketMeta) {
		if _, err := tx.CreateBucketIfNotExists(name); err != nil {
			return err
		}
	}
	return tx.Bucket(bucketMeta).Put(keyFormat, sealRow(keyFormat, format))
}

// checkFile checks that a file is of this format and has all its buckets.
func checkFile(tx *bolt.Tx, o Options, file string, want []byte, names ...[]byte) error {
	meta := tx.Bucket(bucketMeta)
	if meta == nil {
		return &Damage{File: file, Bucket: "meta", Detail: flaw.Missing()}
	}
	content, ok := openRow(keyFormat, meta.Get(keyFormat))
	switch {
	case !ok && !o.Inspect:
		return metaRow(file, meta, keyFormat)
	case ok && !bytes.Equal(content, want):
		return fmt.Errorf("%w: %s says %q, this software writes %q", ErrFormat, file, content, want)
	}
	for _, name := range names {
		if tx.Bucket(name) == nil {
			return &Damage{File: file, Bucket: string(name), Detail: flaw.Missing()}
		}
	}
	return nil
}

func (c *Chain) loadOpenChunk() error {
	return c.View(func(tx *ChainTx) error {
		k, row := tx.bucket(bucketLeaves).Cursor().Last()
		if k == nil {
			return nil
		}
		first := binary.BigEndian.Uint64(k)
		parsed, err := parseChunk(first, row)
		if err != nil {
			return err
		}
		for i := range parsed.count {
			leaf, ok := parsed.leaf(i)
			if !ok {
				return leafDamage(first + uint64(i))
			}
			c.open = append(c.open, bytes.Clone(leaf))
		}
		c.openFirst = first
		return nil
	})
}

// Close closes the file. Readers must be done.
func (c *Chain) Close() error { return c.db.Close() }

// Batch is what some blocks add: everything goes into one transaction.
type Batch struct {
	Leaves [][]byte // from the last head's size on
	Tiles  []Tile   // complete ones
	Seals  []Seal
	Head   Head // afterwards

	Genesis []byte // the genesis file, with the first batch
}

// Tile is a complete tile of 256 hashes.
type Tile struct {
	Level  int
	Index  uint64
	Hashes []merkle.Hash
}

// Seal says where the seal of a block is.
type Seal struct{ Height, Leaf uint64 }

// Append writes a batch. After an error the file is as before.
func (c *Chain) Append(batch Batch) error {
	first, open := c.openFirst, c.open
	err := c.db.Update(func(tx *bolt.Tx) (err error) {
		leaves, tiles, seals := tx.Bucket(bucketLeaves), tx.Bucket(bucketTiles), tx.Bucket(bucketSeals)
		for _, b := range []*bolt.Bucket{leaves, tiles, seals} {
			b.FillPercent = 1 // keys only ever ascend
		}
		first, open, err = appendChunks(first, open, batch.Leaves, func(first uint64, chunk []byte) error {
			return leaves.Put(key64(first), chunk)
		})
		if err != nil {
			return err
		}
		for i := range batch.Tiles {
			key := tileKey(batch.Tiles[i].Level, batch.Tiles[i].Index)
			if err := tiles.Put(key, sealRow(key, tileBytes(batch.Tiles[i].Hashes))); err != nil {
				return err
			}
		}
		for _, s := range batch.Seals {
			key := key64(s.Height)
			if err := seals.Put(key, sealRow(key, key64(s.Leaf))); err != nil {
				return err
			}
		}
		meta := tx.Bucket(bucketMeta)
		if batch.Genesis != nil {
			if err := meta.Put(keyGenesis, sealRow(keyGenesis, batch.Genesis)); err != nil {
				return err
			}
		}
		return meta.Put(keyHead, sealRow(keyHead, batch.Head.append(nil)))
	})
	if err != nil {
		return fmt.Errorf("write %s: %w", ChainFile, err)
	}
	for i := range open {
		open[i] = bytes.Clone(open[i]) // leaves alias whole drafts
	}
	c.openFirst, c.open = first, open
	return nil
}

func key64(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

func tileKey(level int, index uint64) []byte {
	return binary.BigEndian.AppendUint64([]byte{byte(level)}, index)
}

func tileBytes(hashes []merkle.Hash) []byte {
	b := make([]byte, 0, len(hashes)*merkle.HashSize)
	for i := range hashes {
		b = append(b, hashes[i][:]...)
	}
	return b
}
