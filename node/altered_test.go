package node

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/evidence"
	"github.com/ocopledger/ocop/ledger/store"
	"github.com/ocopledger/ocop/ledger/subject"
	"github.com/ocopledger/ocop/node/config"
)

// indexDB is the path of a host's derived state.
func (h *host) indexDB() string { return filepath.Join(h.dir, "data", store.IndexFile) }

// alteredRow finds the row of agency 1's activity in the state of a host that does not run, and the same row with another count of refusals and with the
// checksum that belongs to it: what somebody writes who knows the file.
func (h *host) alteredRow(accepted uint64) (key, row, altered []byte) {
	t := h.net.t
	t.Helper()
	value := (&subject.ActivityValue{Accepted: accepted}).Append(nil)
	other := (&subject.ActivityValue{Accepted: accepted, Refused: 7}).Append(nil)
	db, err := bolt.Open(h.indexDB(), 0o600, &bolt.Options{Timeout: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	err = db.View(func(tx *bolt.Tx) error {
		return tx.Bucket([]byte("subjects")).ForEach(func(k, v []byte) error {
			if k[0] == byte(subject.KindActivity) && bytes.Contains(v, value) {
				key, row = bytes.Clone(k), bytes.Clone(v)
			}
			return nil
		})
	})
	if err != nil || row == nil {
		t.Fatalf("the row is not found: %v", err)
	}
	altered = bytes.Replace(row, value, other, 1)
	castagnoli := crc32.MakeTable(crc32.Castagnoli)
	binary.BigEndian.PutUint32(altered, crc32.Update(crc32.Update(0, castagnoli, key), castagnoli, altered[4:]))
	return key, row, altered
}

// overwrite changes a file under the running node's hands.
func overwrite(t *testing.T, path string, old, new []byte) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for at := 0; ; at++ {
		i := bytes.Index(data[at:], old)
		if i < 0 {
			break
		}
		at, found = at+i, true
		if _, err := f.WriteAt(new, int64(at)); err != nil {
			t.Fatal(err)
		}
	}
	if !found {
		t.Fatal("the row is not in the file")
	}
}

// TestAlteredWhileItRuns: somebody changes a row of a node's state on its disk, with the right checksum, and the node goes on from there. Its next head
// differs from what the others certify, and everybody says so, itself included.
func TestAlteredWhileItRuns(t *testing.T) {
	t.Parallel()
	w := newNetwork(t, 3).start()
	w.certifies(w.nodes...)
	w.certifies(w.nodes...)
	w.agree()
	bad, honest := w.nodes[2], w.nodes[:2]
	bad.stop()
	_, row, altered := bad.alteredRow(2)
	bad.start()
	w.eventually("it is back, and signs", func() bool { return w.leader() != bad && bad.Status().Cosign.State == "signing" })
	overwrite(t, bad.indexDB(), row, altered)
	began := time.Now()
	w.certifies(honest...)
	w.found(evidence.KindDiverged, 3, began, w.nodes...)
	w.certifies(honest...)
	for _, h := range w.nodes {
		if got := h.kinds(); !slices.Equal(got, []string{"diverged 3"}) {
			t.Errorf("node %v says %v", h.agency, got)
		}
	}
	if s := bad.Status(); s.Cosign.State != "stopped" || !strings.Contains(s.Cosign.Alarm, "diverged") {
		t.Errorf("the node itself: %+v", s.Cosign)
	}
}

// TestAlteredWhileItIsStopped: the same change is found when the node starts, and the row is named.
func TestAlteredWhileItIsStopped(t *testing.T) {
	t.Parallel()
	w := newNetwork(t, 3).start()
	w.certifies(w.nodes...)
	w.agree()
	bad := w.nodes[2]
	bad.stop()
	key, _, altered := bad.alteredRow(1)
	db, err := bolt.Open(bad.indexDB(), 0o600, &bolt.Options{Timeout: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bolt.Tx) error { return tx.Bucket([]byte("subjects")).Put(key, altered) })
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	c := config.Default()
	c.Agency = uint64(bad.agency)
	n, err := New(context.Background(), Options{
		Config: c.At(bad.dir), Genesis: w.Genesis.Bytes(), Keys: w.Nodes[2], Version: "test", Log: discard(), Now: time.Now,
	})
	found, ok := errors.AsType[*chain.Finding](err)
	if !ok || found.File != store.IndexFile || found.Bucket != "subjects" || found.Row == "" {
		t.Errorf("started: %v, %+v, %v", n != nil, found, err)
	}
	if n != nil {
		n.Close()
	}
	w.certifies(w.nodes[:2]...)
}
