package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"sync/atomic"

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

	chainFormat = []byte("ocop chain 2")
	// chainFormatOld has only chunks in which all leaves are whole. Such a file is read as it is, and becomes one of chainFormat with the first write.
	chainFormatOld = []byte("ocop chain 1")
)

// Chain is chain.db. One goroutine writes, any number read.
type Chain struct {
	db *bolt.DB

	tail atomic.Pointer[tail] // nil: everything is written
	open openChunk            // the newest chunk, owned by the writer: the next leaves go into it
	old  bool                 // the file says that it is of chainFormatOld
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
	empty, old := false, false
	err := c.db.View(func(tx *bolt.Tx) error {
		if k, _ := tx.Cursor().First(); k == nil {
			empty = true
			return nil
		}
		format := chainFormat
		if old = hasFormat(tx, chainFormatOld); old {
			format = chainFormatOld
		}
		return checkFile(tx, o, ChainFile, format, bucketLeaves, bucketTiles, bucketSeals)
	})
	switch {
	case err != nil:
		return err
	case !empty:
		if o.ReadOnly {
			return nil
		}
		c.old = old
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
		parsed, err := parseChunk(binary.BigEndian.Uint64(k), row)
		if err != nil {
			return err
		}
		c.open, err = parsed.reopen(parsed.count)
		return err
	})
}

// Close closes the file, and writes nothing. Readers must be done.
func (c *Chain) Close() error { return c.db.Close() }

// Batch is what some blocks add.
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

// Add adds a batch for readers that begin from now on, and leaves the file as it is until Write: what ends the program before that, it takes away. It is for batches that
// are kept elsewhere.
func (c *Chain) Add(batch Batch) { c.tail.Store(c.tail.Load().with(&batch)) }

// Unwritten is how many leaves were added and are not written, and their bytes.
func (c *Chain) Unwritten() (leaves, bytes int) {
	if t := c.tail.Load(); t != nil {
		return len(t.leaves), t.bytes
	}
	return 0, 0
}

// Append adds a batch and writes everything. After an error the file is as before, and the batch was not added.
func (c *Chain) Append(batch Batch) error {
	before := c.tail.Load()
	c.Add(batch)
	err := c.Write()
	if err != nil {
		c.tail.Store(before.clip())
	}
	return err
}

// Write writes what was added, in one transaction. After an error the file is as before.
func (c *Chain) Write() error {
	batch := c.tail.Load()
	if batch == nil {
		return nil
	}
	open := c.open
	err := c.db.Update(func(tx *bolt.Tx) (err error) {
		leaves, tiles, seals := tx.Bucket(bucketLeaves), tx.Bucket(bucketTiles), tx.Bucket(bucketSeals)
		for _, b := range []*bolt.Bucket{leaves, tiles, seals} {
			b.FillPercent = 1 // keys only ever ascend
		}
		open, err = appendChunks(open, batch.leaves, func(first uint64, row []byte) error {
			return leaves.Put(key64(first), row)
		})
		if err != nil {
			return err
		}
		for i := range batch.tiles {
			key := tileKey(batch.tiles[i].Level, batch.tiles[i].Index)
			if err := tiles.Put(key, sealRow(key, tileBytes(batch.tiles[i].Hashes))); err != nil {
				return err
			}
		}
		for _, s := range batch.seals {
			key := key64(s.Height)
			if err := seals.Put(key, sealRow(key, key64(s.Leaf))); err != nil {
				return err
			}
		}
		meta := tx.Bucket(bucketMeta)
		if err := c.renew(meta); err != nil {
			return err
		}
		if batch.genesis != nil {
			if err := meta.Put(keyGenesis, sealRow(keyGenesis, batch.genesis)); err != nil {
				return err
			}
		}
		return meta.Put(keyHead, sealRow(keyHead, batch.head.append(nil)))
	})
	if err != nil {
		return fmt.Errorf("write %s: %w", ChainFile, err)
	}
	c.open, c.old = open, false
	c.tail.Store(nil)
	return nil
}

// renew makes a file say that it is of this format, before it has the first row that is.
func (c *Chain) renew(meta *bolt.Bucket) error {
	if !c.old {
		return nil
	}
	return meta.Put(keyFormat, sealRow(keyFormat, chainFormat))
}

func hasFormat(tx *bolt.Tx, format []byte) bool {
	meta := tx.Bucket(bucketMeta)
	if meta == nil {
		return false
	}
	content, ok := openRow(keyFormat, meta.Get(keyFormat))
	return ok && bytes.Equal(content, format)
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
