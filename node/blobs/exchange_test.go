package blobs

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/blob"
	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/subject"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// TestExchange: nodes come to hold the same blobs, orders and reports; a replica too, which signs none.
func TestExchange(t *testing.T) {
	book := newBook(t)
	all := []*bench{newBench(t, book, 1), newBench(t, book, 2), newBench(t, book, 0)}
	var doors []string
	for _, b := range all {
		doors = append(doors, b.serve())
	}
	for i, b := range all {
		b.sources = append(append([]string{}, doors[:i]...), doors[i+1:]...)
	}
	for n := byte(1); n <= 20; n++ {
		book.names(ledger.AccountID(n), name(n).ID())
	}
	for i, b := range all {
		b.step()
		for n := byte(1); n <= 20; n++ {
			if int(n)%len(all) == i {
				must2(t)(b.Put(name(n).Append(nil), nil))
			}
		}
	}
	if _, err := all[2].Erase(all[2].order(20, name(20).ID(), nil)); err != nil { // the replica has it, and the others have asked for it or not
		t.Fatal(err)
	}
	for _, b := range all {
		b.run()
	}
	for i, b := range all {
		b.eventually("all blobs", func() bool { c := b.Counts(); return c.Held == 19 && c.Missing == 0 && c.Erased == 1 })
		b.eventually("reports of the validators", func() bool { return b.Counts().Reports == 2 })
		_, reports, _ := b.Erasure(name(20).ID())
		if reports[0].Agency != 1 || reports[1].Agency != 2 || reports[0].Held || reports[1].Held {
			t.Errorf("node %d: %+v", i, reports)
		}
	}
}

// TestLiars: a node that gives other bytes, too many, none, or words, is believed nothing; an honest one is enough.
func TestLiars(t *testing.T) {
	book := newBook(t)
	honest, asks := newBench(t, book, 1), newBench(t, book, 2)
	one, two := name(1), name(2)
	book.names(1, one.ID())
	book.names(2, two.ID())
	honest.step()
	asks.step()
	must2(t)(honest.Put(one.Append(nil), nil))
	must2(t)(honest.Put(two.Append(nil), nil))
	// An order that nobody may give, signed by another agency.
	false1 := honest.order(1, one.ID(), func(e *blob.Erasure) { e.Agency = 3 })
	asked := make(map[string]bool)
	for what, answer := range map[string]http.HandlerFunc{
		"another blob": func(w http.ResponseWriter, _ *http.Request) { w.Write(name(3).Append(nil)) },
		"HTML":         func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>") },
		"without end": func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				if _, err := w.Write(bytes.Repeat([]byte{0}, 1<<16)); err != nil {
					return
				}
			}
		},
		"a redirect": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://192.0.2.1/", http.StatusFound)
		},
		"a refusal": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) },
		"gone":      func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusGone) },
		"hangs up":  func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"false order": func(w http.ResponseWriter, r *http.Request) {
			switch {
			case strings.HasSuffix(r.URL.Path, erasureEnding):
				w.Write(false1)
			case strings.HasSuffix(r.URL.Path, reportEnding):
				w.Write(make([]byte, blob.ReportSize))
			default:
				fmt.Fprintf(w, "%v 1,2,3\n%v 1\nno id\n", one.ID(), two.ID())
			}
		},
		"an endless list": func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, listName) {
				for i := 0; i < MaxErasures && r.Context().Err() == nil; i++ {
					fmt.Fprintf(w, "%0200d\n", i)
				}
			}
		},
	} {
		s := httptest.NewServer(answer)
		t.Cleanup(s.Close)
		asks.sources = append(asks.sources, s.Listener.Addr().String())
		asked[what] = true
	}
	asks.sources = append(asks.sources, "127.0.0.1:1", honest.serve())
	asks.run()
	asks.eventually("the honest node's blobs", func() bool { return asks.Counts().Held == 2 })
	if c := asks.Counts(); c.Erased != 0 || c.Reports != 0 {
		t.Errorf("a liar's order was carried out: %+v", c)
	}
	if data, _, err := asks.Get(one.ID()); err != nil || !bytes.Equal(data, one.Append(nil)) {
		t.Errorf("%v", err)
	}
}

// TestAnotherBlob: a node that gives a blob which the ledger names, but not the one that was asked for, is passed over.
func TestAnotherBlob(t *testing.T) {
	book := newBook(t)
	honest, asks := newBench(t, book, 1), newBench(t, book, 2)
	wanted, other := name(1), name(2)
	for n := byte(3); wanted.ID()[0]%2 != 0; n++ { // the first of two sources is asked first
		wanted = name(n)
	}
	book.names(1, wanted.ID())
	book.names(2, other.ID())
	honest.step()
	asks.step()
	must2(t)(honest.Put(wanted.Append(nil), nil))
	liar := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, blobEnding) {
			w.Write(other.Append(nil))
		}
	}))
	t.Cleanup(liar.Close)
	asks.sources = []string{liar.Listener.Addr().String(), honest.serve()}
	asks.run()
	asks.eventually("the blob that was asked for", func() bool { _, _, err := asks.Get(wanted.ID()); return err == nil })
}

// TestTouches: every action that changes what a subject names is seen in its leaf.
func TestTouches(t *testing.T) {
	product := ledger.ProductID{Producer: 1_000_001, Number: 7}
	ref := compose.ProductRef(product)
	hash := name(1).ID()
	for what, c := range map[string]struct {
		action *recordv1.Action
		want   subject.ID
	}{
		"an account": {compose.Act(&recordv1.RegisterAccount{Account: 1_000_001, Name: compose.BlobName(hash), Kind: 3, Roles: 1, Territory: 1}), subject.Account(1_000_001)},
		"a product": {compose.Act(&recordv1.RegisterProduct{
			Product: ref, Name: compose.BlobName(hash), Group: &recordv1.GroupRef{Scheme: "RS-2025", Code: "food"}, Unit: recordv1.Unit_UNIT_GRAM, Origin: 1,
		}), subject.Product(product)},
		"a picture":                   {compose.Act(&recordv1.SetPicture{Product: ref, Blob: hash[:]}), subject.Product(product)},
		"no picture":                  {compose.Act(&recordv1.SetPicture{Product: ref}), subject.Product(product)},
		"a correction of an account":  {&recordv1.Action{Kind: &recordv1.Action_Correct{Correct: &recordv1.Correct{Target: &recordv1.Correct_Account{Account: 1_000_001}}}}, subject.Account(1_000_001)},
		"a correction of a product":   {&recordv1.Action{Kind: &recordv1.Action_Correct{Correct: &recordv1.Correct{Target: &recordv1.Correct_Product{Product: ref}}}}, subject.Product(product)},
		"a sale, which names nothing": {&recordv1.Action{Kind: &recordv1.Action_AcceptSale{AcceptSale: &recordv1.AcceptSale{}}}, subject.ID{}},
	} {
		data := must(proto.Marshal(c.action))(t)
		got := make(map[subject.ID]bool)
		if err := touches(leafOf(t, data), got); err != nil {
			t.Fatal(err)
		}
		if want := c.want != (subject.ID{}); len(got) != 1 && want || len(got) != 0 && !want || want && !got[c.want] {
			t.Errorf("%s touches %v, want %v", what, got, c.want)
		}
	}
}

// leafOf is a record with an action, which need not be whole.
func leafOf(t *testing.T, action []byte) []byte {
	t.Helper()
	key := officer(t, 1).Public()
	h := ledger.NewHeader(ledger.Header{Schema: 4, Issued: 1, Expires: 2, Author: 1, Key: key.ID()}, [][]byte{action})
	return ledger.AppendEnvelope(nil, &h, key, ident.Signature{}, [][]byte{action})
}

// TestLateComers: a blob that nobody had is found soon after somebody brings it, however seldom it is looked for by then; and so is one that only a node has
// that was away.
func TestLateComers(t *testing.T) {
	book := newBook(t)
	has, asks, away := newBench(t, book, 1), newBench(t, book, 2), newBench(t, book, 3)
	one, two := name(1), name(2)
	book.names(1, one.ID())
	book.names(2, two.ID())
	for _, b := range []*bench{has, asks, away} {
		b.step()
	}
	must2(t)(away.Put(two.Append(nil), nil))
	absent := httptest.NewUnstartedServer(Handler(away.Blobs, "", away.o.Log))
	address := absent.Listener.Addr().String()
	absent.Listener.Close()
	asks.sources = []string{has.serve(), address}
	asks.run()
	asks.eventually("both were looked for in vain", func() bool {
		asks.mu.Lock()
		defer asks.mu.Unlock()
		a, b := asks.missing[one.ID()], asks.missing[two.ID()]
		return a != nil && b != nil && a.tries > 0 && b.tries > 0
	})
	asks.mu.Lock()
	for _, w := range asks.missing { // as if it had been looked for many times
		w.tries, w.due = 20, time.Now().Add(lastRetry)
	}
	asks.mu.Unlock()
	must2(t)(has.Put(one.Append(nil), nil))
	asks.eventually("what came to a node", func() bool { return asks.Counts().Held == 1 })
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	back := httptest.NewUnstartedServer(absent.Config.Handler)
	back.Listener.Close()
	back.Listener = l
	back.Start()
	t.Cleanup(back.Close)
	asks.eventually("what a node has that was away", func() bool { return asks.Counts().Held == 2 })
}
