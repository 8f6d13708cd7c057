package liar

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"os"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/subject"
)

// Alteration is a change to one row of a node's state on its disk, with the checksum that belongs to it: what somebody writes who knows the file.
type Alteration struct {
	path          string
	key, row, new []byte
}

// Alter finds the row of an author's activity in a file index.db that nobody has open. The author has had so many records accepted and none refused; the altered
// row says that some were.
func Alter(path string, author ledger.AccountID, accepted uint64) (*Alteration, error) {
	value := (&subject.ActivityValue{Accepted: accepted}).Append(nil)
	other := (&subject.ActivityValue{Accepted: accepted, Refused: 7}).Append(nil)
	id := subject.Activity(author)
	a := &Alteration{path: path, key: append([]byte{byte(id.Kind)}, id.Name...)}
	err := a.open(func(b *bolt.Bucket) error {
		a.row = bytes.Clone(b.Get(a.key))
		return nil
	})
	if err == nil && !bytes.Contains(a.row, value) {
		err = errors.New("the author's activity is another")
	}
	if err != nil {
		return nil, err
	}
	a.new = bytes.Replace(a.row, value, other, 1)
	castagnoli := crc32.MakeTable(crc32.Castagnoli)
	binary.BigEndian.PutUint32(a.new, crc32.Update(crc32.Update(0, castagnoli, a.key), castagnoli, a.new[4:]))
	return a, nil
}

func (a *Alteration) open(do func(*bolt.Bucket) error) error {
	db, err := bolt.Open(a.path, 0o600, &bolt.Options{Timeout: time.Second})
	if err != nil {
		return err
	}
	err = db.Update(func(tx *bolt.Tx) error { return do(tx.Bucket([]byte("subjects"))) })
	return errors.Join(err, db.Close())
}

// WhileStopped makes the change in a file that nobody has open.
func (a *Alteration) WhileStopped() error {
	return a.open(func(b *bolt.Bucket) error { return b.Put(a.key, a.new) })
}

// WhileRunning makes the change under the hands of a node that has the file open.
func (a *Alteration) WhileRunning() error {
	f, err := os.OpenFile(a.path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	data, err := os.ReadFile(a.path)
	found := false
	for at := 0; err == nil; at++ {
		i := bytes.Index(data[at:], a.row)
		if i < 0 {
			break
		}
		at, found = at+i, true
		_, err = f.WriteAt(a.new, int64(at))
	}
	if err == nil && !found {
		err = errors.New("the row is not in the file")
	}
	return errors.Join(err, f.Close())
}
