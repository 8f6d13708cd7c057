package store

import (
	"encoding/binary"
	"fmt"

	bolt "go.etcd.io/bbolt"
)

// Cut takes the file back to an earlier head: leaves, tiles and seals behind it are removed, in one transaction. The head must be one that the file had, with
// whatever applied position. What was added and not written is written first. After an error the file is as before. It does not become smaller: its pages are used again.
func (c *Chain) Cut(head Head) error {
	if err := c.Write(); err != nil {
		return err
	}
	err := c.db.Update(func(tx *bolt.Tx) error {
		if err := cutLeaves(tx.Bucket(bucketLeaves), head.Log.Size); err != nil {
			return err
		}
		if err := deleteWhere(tx.Bucket(bucketTiles), nil, func(key []byte) bool {
			level := key[0]
			return binary.BigEndian.Uint64(key[1:]) >= head.Log.Size>>(8*(int(level)+1))
		}); err != nil {
			return err
		}
		if err := deleteWhere(tx.Bucket(bucketSeals), key64(head.Height+1), func([]byte) bool { return true }); err != nil {
			return err
		}
		meta := tx.Bucket(bucketMeta)
		if err := c.renew(meta); err != nil {
			return err
		}
		return meta.Put(keyHead, sealRow(keyHead, head.append(nil)))
	})
	if err != nil {
		return fmt.Errorf("cut %s: %w", ChainFile, err)
	}
	c.open, c.old = openChunk{}, false
	return c.loadOpenChunk()
}

// cutLeaves shortens the chunk that holds leaf size and removes those after it.
func cutLeaves(leaves *bolt.Bucket, size uint64) error {
	k, row := seekChunk(leaves.Cursor(), key64(size))
	if k != nil {
		if first := binary.BigEndian.Uint64(k); first < size {
			parsed, err := parseChunk(first, row)
			if err != nil {
				return err
			}
			kept, err := parsed.reopen(min(parsed.count, int(size-first)))
			if err != nil {
				return err
			}
			if err := leaves.Put(key64(first), kept.row()); err != nil {
				return err
			}
		}
	}
	return deleteWhere(leaves, key64(size), func([]byte) bool { return true })
}

// deleteWhere removes the rows from a key on that fit. Cursors do not survive deletes, so keys are collected first.
func deleteWhere(b *bolt.Bucket, from []byte, fits func(key []byte) bool) error {
	var keys [][]byte
	c := b.Cursor()
	for k, _ := c.Seek(from); k != nil; k, _ = c.Next() {
		if fits(k) {
			keys = append(keys, append([]byte(nil), k...))
		}
	}
	for _, k := range keys {
		if err := b.Delete(k); err != nil {
			return err
		}
	}
	return nil
}
