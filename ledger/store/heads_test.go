package store

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"testing"

	bolt "go.etcd.io/bbolt"

	"github.com/ocopledger/ocop/ledger"
)

func newHeads(t *testing.T) (*Heads, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), HeadsFile)
	h, err := OpenHeads(path, Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Close() })
	return h, path
}

func certifiedOf(size uint64) CertifiedHead {
	return CertifiedHead{Size: size, Height: size / 2, Day: ledger.Date(20260101 + size/1000), Signed: fmt.Appendf(nil, "log.example\n%d\n…", size)}
}

// TestWhichHeadsAreKept: the newest thousand, the last of each day, and every end of an epoch, in whatever order and batches they come.
func TestWhichHeadsAreKept(t *testing.T) {
	h, path := newHeads(t)
	ends := map[uint64]uint32{7: 0, 2500: 1}
	var batch []CertifiedHead
	for size := uint64(1); size <= 3500; size++ {
		head := certifiedOf(size ^ 1) // pairs change places
		if epoch, ok := ends[head.Size]; ok {
			head.Ends, head.Epoch = true, epoch
		}
		if batch = append(batch, head); size%700 == 0 {
			if err := h.Put(batch...); err != nil {
				t.Fatal(err)
			}
			batch = nil
		}
	}
	if err := h.Put(certifiedOf(2100)); err != nil { // comes after the last of its day
		t.Fatal(err)
	}
	check := func(h *Heads) {
		t.Helper()
		for _, c := range []struct {
			what string
			ask  func() (CertifiedHead, error)
			want uint64 // 0: none
		}{
			{"newest", h.Newest, 3501}, {"end of epoch 0", func() (CertifiedHead, error) { return h.End(0) }, 7},
			{"end of epoch 1", func() (CertifiedHead, error) { return h.End(1) }, 2500}, {"end of epoch 2", func() (CertifiedHead, error) { return h.End(2) }, 0},
			{"last end", h.LastEnd, 2500},
			{"first kept", func() (CertifiedHead, error) { return h.Covering(0) }, 2501}, {"covering 3000", func() (CertifiedHead, error) { return h.Covering(3000) }, 3000},
			{"beyond", func() (CertifiedHead, error) { return h.Covering(3502) }, 0},
			{"first day", func() (CertifiedHead, error) { return h.Daily(20260101) }, 999}, {"third day", func() (CertifiedHead, error) { return h.Daily(20260103) }, 2999},
			{"before the first day", func() (CertifiedHead, error) { return h.Daily(20250505) }, 999}, {"after the last day", func() (CertifiedHead, error) { return h.Daily(20260105) }, 0},
		} {
			got, err := c.ask()
			if c.want == 0 {
				if !errors.Is(err, ErrNotFound) {
					t.Errorf("%s: %+v, %v", c.what, got, err)
				}
				continue
			}
			want := certifiedOf(c.want)
			if epoch, ok := ends[c.want]; ok {
				want.Ends, want.Epoch = true, epoch
			}
			if err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("%s: %+v, %v; want %+v", c.what, got, err, want)
			}
		}
	}
	check(h)
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := OpenHeads(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	check(again)
	if again.count != KeptHeads {
		t.Errorf("%d rows, want %d", again.count, KeptHeads)
	}
}

// TestMoreSignatures: a head takes the place of one of its size.
func TestMoreSignatures(t *testing.T) {
	h, _ := newHeads(t)
	first, more := certifiedOf(5), certifiedOf(5)
	more.Signed = append(more.Signed, "more"...)
	for _, head := range []CertifiedHead{first, more} {
		if err := h.Put(head); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := h.Newest(); err != nil || !bytes.Equal(got.Signed, more.Signed) || h.count != 1 {
		t.Errorf("%+v, %v, %d rows", got, err, h.count)
	}
	if _, err := h.LastEnd(); !errors.Is(err, ErrNotFound) {
		t.Errorf("no epoch has ended: %v", err)
	}
}

func TestDamagedHead(t *testing.T) {
	h, _ := newHeads(t)
	if err := h.Put(certifiedOf(5), certifiedOf(6)); err != nil {
		t.Fatal(err)
	}
	err := h.db.Update(func(tx *bolt.Tx) error {
		b := tx.Bucket(bucketRecent)
		row := bytes.Clone(b.Get(key64(6)))
		row[20] ^= 4
		return b.Put(key64(6), row)
	})
	if err != nil {
		t.Fatal(err)
	}
	damage, ok := errors.AsType[*Damage](func() error { _, err := h.Newest(); return err }())
	if !ok || damage.File != HeadsFile || damage.Bucket != "recent" {
		t.Errorf("%v", damage)
	}
	if got, err := h.Covering(5); err != nil || got.Size != 5 {
		t.Errorf("the row beside it: %+v, %v", got, err)
	}
	chain, path := newChain(t)
	chain.Close()
	if _, err := OpenHeads(path, Options{}); err == nil {
		t.Error("another file was opened as heads.db")
	}
}
