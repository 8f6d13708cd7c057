package node

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/blob"
	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/ledger/subject"
	"github.com/ocopledger/ocop/node/blobs"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// named gives a person's name as a blob, and the record by which agency 1 registers account 1,000,000 + n under it.
func (w *network) household(n byte) (*blob.Blob, []byte) {
	b := &blob.Blob{Salt: [32]byte{n}, Media: blob.Name, Content: []byte("Hộ kinh doanh Y Blơ Niê")}
	record := w.Record(1, time.Now(), compose.Act(&recordv1.RegisterAccount{
		Account: ledger.AccountRange + uint64(n), Kind: recordv1.AccountKind_ACCOUNT_KIND_HOUSEHOLD_BUSINESS, Roles: 1, Name: compose.BlobName(b.ID()), Territory: 67,
	}))
	return b, record.Envelope
}

// offer is an agency's word that it will name the blob.
func (w *network) offer(agency ledger.AccountID, id ledger.Hash) []byte {
	w.t.Helper()
	o := blob.Offer{Chain: w.Genesis.Chain, Blob: id, Account: agency, Time: uint64(time.Now().UnixMilli())}
	s, err := o.Sign(w.Officers[agency-1])
	if err != nil {
		w.t.Fatal(err)
	}
	return s.Append(nil)
}

// order is an agency's order to erase the blob that account 1,000,000 + n is named by.
func (w *network) order(agency ledger.AccountID, n byte, id ledger.Hash) []byte {
	w.t.Helper()
	e := blob.Erasure{
		Chain: w.Genesis.Chain, Blob: id, Subject: subject.Account(ledger.AccountRange + ledger.AccountID(n)), Agency: agency, Epoch: 1,
		Time: uint64(time.Now().UnixMilli()), Ground: blob.GroundConsent,
	}
	s, err := e.Sign(w.Officers[agency-1])
	if err != nil {
		w.t.Fatal(err)
	}
	return s.Append(nil)
}

// get asks a node's public door.
func (h *host) get(path string) (status int, body []byte) {
	h.net.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), deadline)
	defer cancel()
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+h.addresses.Public+blobs.Prefix+path, nil)
	if err != nil {
		h.net.t.Fatal(err)
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	a, err := client.Do(q)
	if err != nil {
		return 0, nil
	}
	defer a.Body.Close()
	body, err = io.ReadAll(a.Body)
	if err != nil {
		h.net.t.Fatal(err)
	}
	return a.StatusCode, body
}

func (w *network) answer(status int, path string, hosts ...*host) {
	w.t.Helper()
	for _, h := range hosts {
		w.eventually(path+" at every node", func() bool { got, _ := h.get(path); return got == status })
	}
}

// ready waits until the hosts have looked through their ledgers.
func (w *network) ready(hosts ...*host) {
	w.t.Helper()
	for _, h := range hosts {
		w.eventually("the ledger is looked through", func() bool { return h.Blobs().Counts().Ready })
	}
}

// TestBlobs: what is put at one node before its record is shown by all after it; what is erased at one is shown by none, also by one that was away; and nothing
// brings it back.
func TestBlobs(t *testing.T) {
	w := newNetwork(t, 3).start()
	w.ready(w.nodes...)
	first, second, third := w.nodes[0], w.nodes[1], w.nodes[2]
	b, record := w.household(7)
	id, container := b.ID(), b.Append(nil)
	name := id.String()

	if _, _, err := first.Blobs().Put(container, nil); !errors.Is(err, blobs.ErrNotNamed) {
		t.Fatalf("a stranger's blob that no leaf names: %v", err)
	}
	if _, named, err := first.Blobs().Put(container, w.offer(1, id)); err != nil || named {
		t.Fatalf("an agency's blob: %v, %v", named, err)
	}
	w.answer(http.StatusNotFound, name, w.nodes...)
	first.accepted(record)
	w.answer(http.StatusOK, name, w.nodes...)
	if _, body := third.get(name + ".blob"); !bytes.Equal(body, container) {
		t.Errorf("the third node's container is another one")
	}

	w.eventually("agreement before a node leaves", func() bool { return second.Blobs().Counts().Held == 1 })
	w.agree()
	second.stop()
	if _, err := third.Blobs().Erase(w.order(2, 7, id)); !errors.Is(err, blobs.ErrMayNot) {
		t.Errorf("an agency that did not register the account: %v", err)
	}
	if _, err := third.Blobs().Erase(w.order(1, 7, id)); err != nil {
		t.Fatal(err)
	}
	w.answer(http.StatusGone, name, first, third)
	if _, err := os.Stat(second.blobFile(name)); err != nil {
		t.Fatalf("the node that is away has no copy to destroy: %v", err)
	}
	second.start()
	w.answer(http.StatusGone, name, w.nodes...)
	for _, h := range w.nodes {
		if _, err := os.Stat(h.blobFile(name)); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("node %v still has the file: %v", h.agency, err)
		}
		w.eventually("every node has all reports", func() bool {
			_, reports, _ := h.Blobs().Erasure(id)
			return len(reports) == 3
		})
		_, reports, _ := h.Blobs().Erasure(id)
		for _, r := range reports {
			if !r.Held || r.Verify() != nil {
				t.Errorf("node %v has %+v of agency %v", h.agency, r.Report, r.Agency)
			}
		}
		gone := new(blobs.ErasedError)
		if _, _, err := h.Blobs().Put(container, w.offer(1, id)); !errors.As(err, &gone) {
			t.Errorf("node %v takes it back: %v", h.agency, err)
		}
		if c := h.Blobs().Counts(); c.Held != 0 || c.HeldBytes != 0 || c.Missing != 0 || c.Erased != 1 {
			t.Errorf("node %v: %+v", h.agency, c)
		}
	}
	w.answer(http.StatusOK, name+".erasure", w.nodes...)
	w.answer(http.StatusOK, name+"-2.report", w.nodes...)
}

// blobFile is where a host keeps a blob.
func (h *host) blobFile(name string) string {
	return filepath.Join(h.dir, "data", blobs.Folder, name[:2], name+".blob")
}

// TestBlobsComeBack: a blob that is lost or damaged at one node is had from the others, and what it was replaced by is not believed.
func TestBlobsComeBack(t *testing.T) {
	w := newNetwork(t, 3).start()
	w.ready(w.nodes...)
	b, record := w.household(8)
	name := b.ID().String()
	w.nodes[0].accepted(record)
	w.agree()
	w.eventually("the first node knows the name", func() bool {
		_, named, err := w.nodes[0].Blobs().Put(b.Append(nil), nil) // from anybody: the ledger names it
		return err == nil && named
	})
	w.answer(http.StatusOK, name, w.nodes...)
	other := *b
	other.Content = []byte("Hộ kinh doanh khác")
	if err := os.WriteFile(w.nodes[1].blobFile(name), other.Append(nil), 0o600); err != nil {
		t.Fatal(err)
	}
	w.answer(http.StatusNotFound, name, w.nodes[1])
	w.answer(http.StatusOK, name, w.nodes[1])
	if _, body := w.nodes[1].get(name); string(body) != string(b.Content) {
		t.Errorf("%q", body)
	}
	if c := w.nodes[1].Blobs().Counts(); c.Damaged != 1 || c.Fetched < 1 {
		t.Errorf("%+v", c)
	}
	var value []byte
	_ = w.nodes[1].Ledger().View(func(v *chain.View) error {
		value, _ = v.Value(subject.Account(ledger.AccountRange + 8))
		return nil
	})
	if bytes.Contains(value, b.Content) {
		t.Error("the name is in the ledger")
	}
}
