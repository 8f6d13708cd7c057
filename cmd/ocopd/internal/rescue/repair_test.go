package rescue_test

import (
	"bytes"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"
)

// edit changes rows of a bucket in a file that nobody has open.
func edit(t *testing.T, file, bucket string, change func(b *bolt.Bucket) error) {
	t.Helper()
	db, err := bolt.Open(file, 0o600, &bolt.Options{Timeout: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bolt.Tx) error { return change(tx.Bucket([]byte(bucket))) })
	if closing := db.Close(); err == nil {
		err = closing
	}
	if err != nil {
		t.Fatal(err)
	}
}

// flipRow flips a bit near the end of a row.
func flipRow(t *testing.T, file, bucket string, number int) {
	t.Helper()
	edit(t, file, bucket, func(b *bolt.Bucket) error {
		c := b.Cursor()
		key, row := c.First()
		for range number {
			key, row = c.Next()
		}
		row = bytes.Clone(row)
		row[len(row)-3] ^= 0x10
		return b.Put(bytes.Clone(key), row)
	})
}
