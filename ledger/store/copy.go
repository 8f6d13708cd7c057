package store

import (
	"fmt"
	"io"

	bolt "go.etcd.io/bbolt"
)

// Copy writes chain.db as it is on the disk at one moment, while the writer goes on. It is to be written to a local disk, at once: pages that the writer has let go are not
// used again before it is over.
func (c *Chain) Copy(w io.Writer) error { return copyFile(c.db, ChainFile, w) }

// Copy writes heads.db as it is at one moment, while the writer goes on.
func (h *Heads) Copy(w io.Writer) error { return copyFile(h.db, HeadsFile, w) }

// CopySize is how many bytes Copy would write now.
func (c *Chain) CopySize() (int64, error) { return copySize(c.db) }

// CopySize is how many bytes Copy would write now.
func (h *Heads) CopySize() (int64, error) { return copySize(h.db) }

func copySize(db *bolt.DB) (n int64, err error) {
	err = db.View(func(tx *bolt.Tx) error {
		n = tx.Size()
		return nil
	})
	return n, err
}

func copyFile(db *bolt.DB, name string, w io.Writer) error {
	err := db.View(func(tx *bolt.Tx) error {
		_, err := tx.WriteTo(w)
		return err
	})
	if err != nil {
		return fmt.Errorf("copy %s: %w", name, err)
	}
	return nil
}
