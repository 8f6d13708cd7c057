package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	bolt "go.etcd.io/bbolt"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/flaw"
)

// HeadsFile is the name of the certified heads' file in a ledger's directory.
const HeadsFile = "heads.db"

// KeptHeads is how many of the newest certified heads are kept. Beside them, the last of each day and the last of each policy epoch stay for ever.
const KeptHeads = 1000

var (
	bucketRecent = []byte("recent")
	bucketDays   = []byte("days")
	bucketEnds   = []byte("ends")

	headsFormat = []byte("ocop heads 1")
)

// CertifiedHead is a head with the signatures that certify it. The store believes what it is told.
type CertifiedHead struct {
	Size   uint64
	Height uint64
	Epoch  uint32      // number of the policy epoch it is certified under
	Ends   bool        // its block is the last of that epoch
	Day    ledger.Date // of its certification, at UTC+07:00
	Signed []byte      // checkpoint.Signed
}

// Heads is heads.db. One goroutine writes, any number read.
type Heads struct {
	db    *bolt.DB
	count int // rows of recent, owned by the writer
}

// OpenHeads opens heads.db, and creates it unless it is to be read only. Errors: ErrInUse, ErrFormat, *Damage.
func OpenHeads(path string, o Options) (*Heads, error) {
	db, err := open(path, o)
	if err != nil {
		return nil, err
	}
	h := &Heads{db: db}
	if err := h.load(o); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return h, nil
}

func (h *Heads) load(o Options) error {
	empty := false
	err := h.db.View(func(tx *bolt.Tx) error {
		if k, _ := tx.Cursor().First(); k == nil {
			empty = true
			return nil
		}
		if err := checkFile(tx, o, HeadsFile, headsFormat, bucketRecent, bucketDays, bucketEnds); err != nil {
			return err
		}
		return tx.Bucket(bucketRecent).ForEach(func(_, _ []byte) error {
			h.count++
			return nil
		})
	})
	switch {
	case err != nil || !empty:
		return err
	case o.ReadOnly:
		return fmt.Errorf("%w: %s is empty", ErrFormat, HeadsFile)
	}
	return h.db.Update(func(tx *bolt.Tx) error {
		return createBuckets(tx, headsFormat, bucketRecent, bucketDays, bucketEnds)
	})
}

// Close closes the file.
func (h *Heads) Close() error { return h.db.Close() }

// Put writes heads, in any order, each in the place of one of the same size. After an error the file is as before.
func (h *Heads) Put(heads ...CertifiedHead) error {
	heads = slices.Clone(heads)
	slices.SortFunc(heads, func(a, b CertifiedHead) int { return bytes.Compare(key64(a.Size), key64(b.Size)) })
	count := h.count
	err := h.db.Update(func(tx *bolt.Tx) error {
		recent, days, ends := tx.Bucket(bucketRecent), tx.Bucket(bucketDays), tx.Bucket(bucketEnds)
		recent.FillPercent = 1 // keys ascend
		for i := range heads {
			head := &heads[i]
			key := key64(head.Size)
			if recent.Get(key) == nil {
				count++
			}
			if err := putHead(recent, key, head); err != nil {
				return err
			}
			if head.Ends {
				if err := putHead(ends, key32(head.Epoch), head); err != nil {
					return err
				}
			}
			if err := putDay(days, head); err != nil {
				return err
			}
		}
		for c := recent.Cursor(); count > KeptHeads; count-- {
			if k, _ := c.First(); k == nil {
				break
			}
			if err := c.Delete(); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("write %s: %w", HeadsFile, err)
	}
	h.count = count
	return nil
}

// putDay keeps the largest head of a day.
func putDay(days *bolt.Bucket, head *CertifiedHead) error {
	key := key32(uint32(head.Day))
	if content, ok := openRow(key, days.Get(key)); ok {
		if old, ok := parseCertified(content); ok && old.Size > head.Size {
			return nil
		}
	}
	return putHead(days, key, head)
}

func putHead(b *bolt.Bucket, key []byte, head *CertifiedHead) error {
	return b.Put(key, sealRow(key, head.append(nil)))
}

const certifiedFixed = 1 + 8 + 8 + 4 + 1 + 4

func (h *CertifiedHead) append(b []byte) []byte {
	b = append(b, headVersion)
	b = binary.BigEndian.AppendUint64(b, h.Size)
	b = binary.BigEndian.AppendUint64(b, h.Height)
	b = binary.BigEndian.AppendUint32(b, h.Epoch)
	if h.Ends {
		b = append(b, 1)
	} else {
		b = append(b, 0)
	}
	b = binary.BigEndian.AppendUint32(b, uint32(h.Day))
	return append(b, h.Signed...)
}

func parseCertified(b []byte) (h CertifiedHead, ok bool) {
	if len(b) < certifiedFixed || b[0] != headVersion {
		return h, false
	}
	h.Size, h.Height = binary.BigEndian.Uint64(b[1:]), binary.BigEndian.Uint64(b[9:])
	h.Epoch, h.Ends, h.Day = binary.BigEndian.Uint32(b[17:]), b[21] == 1, ledger.Date(binary.BigEndian.Uint32(b[22:]))
	h.Signed = bytes.Clone(b[certifiedFixed:])
	return h, true
}

func key32(n uint32) []byte { return binary.BigEndian.AppendUint32(nil, n) }

// Newest is the largest head. Errors: ErrNotFound, *Damage.
func (h *Heads) Newest() (CertifiedHead, error) {
	return h.one(bucketRecent, func(b *bolt.Bucket) ([]byte, []byte) { return b.Cursor().Last() })
}

// End is the last head of a policy epoch: the handover to the next. Errors: ErrNotFound, *Damage.
func (h *Heads) End(epoch uint32) (CertifiedHead, error) {
	return h.one(bucketEnds, func(b *bolt.Bucket) ([]byte, []byte) { return key32(epoch), b.Get(key32(epoch)) })
}

// LastEnd is the end of the newest epoch that has one. Errors: ErrNotFound, *Damage.
func (h *Heads) LastEnd() (CertifiedHead, error) {
	return h.one(bucketEnds, func(b *bolt.Bucket) ([]byte, []byte) { return b.Cursor().Last() })
}

// Covering is the smallest of the newest heads that has at least size leaves. Errors: ErrNotFound, *Damage.
func (h *Heads) Covering(size uint64) (CertifiedHead, error) {
	return h.one(bucketRecent, func(b *bolt.Bucket) ([]byte, []byte) { return b.Cursor().Seek(key64(size)) })
}

// Daily is the last head that was certified on a day, or else on the first day after it that has one. Errors: ErrNotFound, *Damage.
func (h *Heads) Daily(day ledger.Date) (CertifiedHead, error) {
	return h.one(bucketDays, func(b *bolt.Bucket) ([]byte, []byte) { return b.Cursor().Seek(key32(uint32(day))) })
}

func (h *Heads) one(bucket []byte, find func(*bolt.Bucket) (key, row []byte)) (head CertifiedHead, err error) {
	err = h.db.View(func(tx *bolt.Tx) error {
		key, row := find(tx.Bucket(bucket))
		if row == nil {
			return fmt.Errorf("%w: certified head", ErrNotFound)
		}
		content, ok := openRow(key, row)
		if ok {
			head, ok = parseCertified(content)
		}
		if !ok {
			return &Damage{File: HeadsFile, Bucket: string(bucket), Row: fmt.Sprintf("key %x", key), Detail: flaw.Checksum()}
		}
		return nil
	})
	return head, err
}
