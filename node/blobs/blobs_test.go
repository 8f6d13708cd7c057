package blobs

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/blob"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/subject"
)

// TestPending: a blob that no leaf names needs an account's word, is shown to nobody, and is shown when it is named or goes when its time is over.
func TestPending(t *testing.T) {
	b := newBench(t, newBook(t), 1)
	one, two := name(1), name(2)
	for _, c := range []struct {
		what  string
		offer []byte
		is    error
	}{
		{"no offer", nil, ErrNotNamed}, {"an offer of another blob", b.offer(1, two.ID()), ErrNotNamed}, {"no offer at all", []byte("x"), ledger.ErrMalformed},
		{"an account that there is not", must((&blob.Offer{Chain: b.book.Chain(), Blob: one.ID(), Account: 9, Time: uint64(b.now.UnixMilli())}).Sign(officer(t, 9)))(t).Append(nil), ErrNotNamed},
		{"another's key", must((&blob.Offer{Chain: b.book.Chain(), Blob: one.ID(), Account: 1, Time: uint64(b.now.UnixMilli())}).Sign(officer(t, 2)))(t).Append(nil), ErrNotNamed},
		{"another ledger", must((&blob.Offer{Blob: one.ID(), Account: 1, Time: uint64(b.now.UnixMilli())}).Sign(officer(t, 1)))(t).Append(nil), ErrNotNamed},
		{"of yesterday", must((&blob.Offer{Chain: b.book.Chain(), Blob: one.ID(), Account: 1, Time: uint64(b.now.Add(-24 * time.Hour).UnixMilli())}).Sign(officer(t, 1)))(t).Append(nil), ErrNotNamed},
		{"of the end of time", must((&blob.Offer{Chain: b.book.Chain(), Blob: one.ID(), Account: 1, Time: 1<<64 - 1}).Sign(officer(t, 1)))(t).Append(nil), ErrNotNamed},
	} {
		if _, _, err := b.Put(one.Append(nil), c.offer); !errors.Is(err, c.is) {
			t.Errorf("%s: %v", c.what, err)
		}
	}
	for _, x := range []*blob.Blob{one, two, one} {
		if _, named, err := b.Put(x.Append(nil), b.offer(1, x.ID())); err != nil || named {
			t.Fatal(named, err)
		}
	}
	if c := b.Counts(); c.Pending != 2 || c.Held != 0 || c.Refused != 8 {
		t.Errorf("%+v", c)
	}
	if _, _, err := b.Get(one.ID()); !errors.Is(err, ErrNotHeld) {
		t.Errorf("shown before it is named: %v", err)
	}
	b.open() // after a restart, too
	b.book.names(1, one.ID())
	b.step()
	if data, _, err := b.Get(one.ID()); err != nil || !bytes.Equal(data, one.Append(nil)) {
		t.Errorf("%v", err)
	}
	b.now = time.Now().Add(PendingTime + time.Hour)
	b.step()
	if c := b.Counts(); c.Pending != 0 || c.PendingBytes != 0 || c.Held != 1 || c.HeldBytes != int64(len(one.Append(nil))) {
		t.Errorf("%+v", c)
	}
	b.holds(one.ID())
}

// holds checks that these blobs are on the disk, and no other file.
func (b *bench) holds(ids ...ledger.Hash) {
	b.t.Helper()
	var files int
	if err := filepath.WalkDir(b.files.blobs, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			files++
		}
		return err
	}); err != nil {
		b.t.Fatal(err)
	}
	for _, id := range ids {
		if _, err := os.Stat(b.files.held(id)); err != nil {
			b.t.Error(err)
		}
	}
	if files != len(ids) {
		b.t.Errorf("%d files, want %d", files, len(ids))
	}
}

// TestRoom: whatever is brought, the disk is not filled, and one account does not take the others' room.
func TestRoom(t *testing.T) {
	b := newBench(t, newBook(t), 1)
	size := uint64(len(name(1).Append(nil)))
	b.o.Quota, b.o.Pending = 2*size, 2*size
	b.open()
	put := func(n byte, want Room) {
		t.Helper()
		x := name(n)
		_, _, err := b.Put(x.Append(nil), b.offer(1, x.ID()))
		got := new(RoomError)
		if ok := errors.As(err, &got); ok != (want != 0) || ok && got.Room != want {
			t.Errorf("blob %d: %v, want room %d", n, err, want)
		}
	}
	put(1, 0)
	put(2, 0)
	put(3, RoomPending)
	for n := byte(4); n < 7; n++ {
		b.book.names(ledger.AccountID(n), name(n).ID())
	}
	b.step()
	put(4, 0)
	put(5, 0)
	put(6, RoomQuota)
	b.book.names(1, name(1).ID())
	if err := b.Blobs.names.follow(t.Context(), b.book); err != nil {
		t.Fatal(err)
	}
	if err := b.sort(); err == nil {
		t.Error("a waiting blob is shown beyond the quota")
	}
	b.free = SpareDisk - 1
	b.o.Quota = 100 * size
	b.open()
	put(6, RoomDisk)
	if c := b.Counts(); c.Held != 3 || c.Missing != 1 {
		t.Errorf("%+v", c)
	}
	for i := range MaxPendingBlobs {
		b.pending[ledger.Hash{1, byte(i), byte(i >> 8)}] = waiting{account: 2}
	}
	b.o.Pending, b.free = 100*size, 1<<40
	b.Blobs.o.Pending, b.Blobs.o.Free = b.o.Pending, b.o.Free
	x := name(9)
	if _, _, err := b.Put(x.Append(nil), b.offer(2, x.ID())); err == nil {
		t.Error("an account has more waiting than it may")
	}
	if _, _, err := b.Put(x.Append(nil), b.offer(3, x.ID())); err != nil {
		t.Errorf("another account has no room: %v", err)
	}
}

// TestCeasesToBeNamed: what a correction replaces goes after a day, and is not fetched again.
func TestCeasesToBeNamed(t *testing.T) {
	b := newBench(t, newBook(t), 1)
	one, two := name(1), name(2)
	b.book.names(1, one.ID())
	b.step()
	must2(t)(b.Put(one.Append(nil), nil))
	b.book.names(1, two.ID())
	b.step()
	if c := b.Counts(); c.Held != 1 || c.Named != 1 || c.Missing != 1 {
		t.Errorf("%+v", c)
	}
	b.now = b.now.Add(KeepUnnamed + time.Minute)
	b.step()
	b.holds()
	if c := b.Counts(); c.Held != 0 || c.Missing != 1 {
		t.Errorf("%+v", c)
	}
	if _, err := b.Erase(b.order(1, one.ID(), nil)); err != nil {
		t.Errorf("what was named once cannot be erased: %v", err)
	}
}

func must2(t testing.TB) func(ledger.Hash, bool, error) {
	return func(_ ledger.Hash, _ bool, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
}

// TestEraseOrders: who may order what.
func TestEraseOrders(t *testing.T) {
	b := newBench(t, newBook(t), 1)
	one := name(1)
	id := one.ID()
	b.book.names(1, id)
	b.book.names(2, name(2).ID())
	b.step()
	must2(t)(b.Put(one.Append(nil), nil))
	refuse := func(what string, is error, data []byte, take bool) {
		t.Helper()
		do := b.Erase
		if take {
			do = b.Take
		}
		if _, err := do(data); !errors.Is(err, is) {
			t.Errorf("%s: %v, want %v", what, err, is)
		}
	}
	refuse("nothing", ledger.ErrMalformed, nil, false)
	refuse("another agency", ErrMayNot, b.order(1, id, func(e *blob.Erasure) { e.Agency = 2 }), false)
	refuse("an account that does not name it", ErrMayNot, b.order(2, id, nil), false)
	refuse("an account that there is not", ErrMayNot, b.order(9, id, nil), false)
	refuse("an agency that there is not", ErrMayNot, b.order(1, id, func(e *blob.Erasure) { e.Agency = 9 }), false)
	refuse("a lot", ErrMayNot, b.order(1, id, func(e *blob.Erasure) { e.Subject.Kind = subject.KindLot }), false)
	refuse("another ledger", ErrMayNot, b.order(1, id, func(e *blob.Erasure) { e.Chain[0] ^= 1 }), false)
	refuse("the future", ErrMayNot, b.order(1, id, func(e *blob.Erasure) { e.Time += 1 << 40 }), false)
	refuse("an epoch to come", ErrMayNot, b.order(1, id, func(e *blob.Erasure) { e.Epoch = 2 }), true)
	tampered := b.order(1, id, nil)
	tampered[len(tampered)-1] ^= 1
	refuse("a signature that does not fit", ident.ErrSignature, tampered, false)
	refuse("an account id of no length", ledger.ErrMalformed, b.order(1, id, func(e *blob.Erasure) { e.Subject.Name = "x" }), false)
	if _, _, err := b.Get(id); err != nil {
		t.Fatalf("one of these was carried out: %v", err)
	}

	// The key is retired: its owner's old orders hold, new ones are taken from nobody.
	old := b.order(1, id, nil)
	v := subject.AccountValue{Account: 1, Kind: 1, Name: subject.Name{Register: "UBND"}, Registrar: 1, Epoch: 2, Keys: []subject.Key{
		{PublicKey: officer(t, 1).Public(), Roles: 15, Bound: 1, Retired: 2}, {PublicKey: officer(t, 2).Public(), Roles: 15, Bound: 2},
	}}
	b.book.write(subject.Account(1), v.Append(nil), nil)
	refuse("a retired key, from a client", ErrMayNot, old, false)
	if _, err := b.Take(old); err != nil {
		t.Errorf("a retired key, from another node: %v", err)
	}
	gone := new(ErasedError)
	if _, _, err := b.Get(id); !errors.As(err, &gone) || gone.Order.Agency != 1 {
		t.Errorf("%v", err)
	}
	b.holds()
}

// TestEraseSurvivesCrashes: wherever the node stops between order and deed, it finishes at its next start, and says truly whether it had a copy.
func TestEraseSurvivesCrashes(t *testing.T) {
	b := newBench(t, newBook(t), 1)
	one := name(1)
	id := one.ID()
	b.book.names(1, id)
	b.step()
	must2(t)(b.Put(one.Append(nil), nil))
	if err := write(b.files.order(id), b.order(1, id, nil)); err != nil { // and no further
		t.Fatal(err)
	}
	half := filepath.Join(b.files.blobs, "ab", newPrefix+"123")
	if err := write(half, []byte("half a blob")); err != nil {
		t.Fatal(err)
	}
	b.open()
	b.holds()
	_, reports, ok := b.Erasure(id)
	if !ok || len(reports) != 1 || !reports[0].Held || reports[0].Verify() != nil {
		t.Errorf("%v, %+v", ok, reports)
	}
	b.open()
	if _, again, _ := b.Erasure(id); len(again) != 1 || *again[0] != *reports[0] {
		t.Errorf("another report after a restart: %+v", again)
	}
	if _, _, err := b.Put(one.Append(nil), b.offer(1, id)); !errors.As(err, new(*ErasedError)) {
		t.Errorf("taken back: %v", err)
	}
	if err := os.WriteFile(b.files.order(name(2).ID()), b.order(1, id, nil), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(b.o); err == nil {
		t.Error("an order under another blob's name is passed over")
	}
}

// TestReports: only a validator's own word counts.
func TestReports(t *testing.T) {
	b := newBench(t, newBook(t), 1)
	one := name(1)
	b.book.names(1, one.ID())
	b.step()
	report := func(change func(*blob.Report), key *ident.Ed25519PrivateKey) []byte {
		r := blob.Report{Chain: b.book.Chain(), Blob: one.ID(), Agency: 2, Time: 1}
		if change != nil {
			change(&r)
		}
		return must(r.Sign(key))(t).Append(nil)
	}
	if err := b.TakeReport(report(nil, node(t, 2))); !errors.Is(err, ErrNotHeld) {
		t.Errorf("before the order: %v", err)
	}
	if _, err := b.Erase(b.order(1, one.ID(), nil)); err != nil {
		t.Fatal(err)
	}
	for what, c := range map[string]struct {
		data []byte
		is   error
	}{
		"another's key":  {report(nil, node(t, 3)), ErrUnknownKey},
		"another ledger": {report(func(r *blob.Report) { r.Chain[0] ^= 1 }, node(t, 2)), ErrOtherChain},
		"nothing":        {nil, ledger.ErrMalformed},
	} {
		if err := b.TakeReport(c.data); !errors.Is(err, c.is) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if err := b.TakeReport(report(nil, node(t, 2))); err != nil {
		t.Fatal(err)
	}
	b.open()
	if _, reports, _ := b.Erasure(one.ID()); len(reports) != 2 {
		t.Errorf("%d reports", len(reports))
	}
}
