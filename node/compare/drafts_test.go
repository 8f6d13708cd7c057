package compare

import (
	"bytes"
	"testing"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/ident"
)

// first is the mark of the first draft.
const first = 1_795_000_000_000_000

func key(t testing.TB, seed byte) *ident.Ed25519PrivateKey {
	t.Helper()
	k, err := ident.NewEd25519PrivateKey(bytes.Repeat([]byte{seed}, 32))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func draft(t testing.TB, k *ident.Ed25519PrivateKey, proposer ledger.AccountID, sequence uint64, records byte) Draft {
	t.Helper()
	d := Draft{Header: ledger.DraftHeader{Term: 3, Proposer: proposer, Sequence: sequence, Time: 77, Records: ledger.Hash{records}}}
	var err error
	if d.Signature, err = k.Sign(d.Header.Message()); err != nil {
		t.Fatal(err)
	}
	return d
}

func TestTwoDraftsInOnePlaceAreAConflict(t *testing.T) {
	one, old, stranger := key(t, 1), key(t, 2), key(t, 3)
	keys := func(a ledger.AccountID) []ident.Ed25519Key {
		if a != 1 {
			return nil
		}
		return []ident.Ed25519Key{one.Public(), old.Public()}
	}
	good, other := draft(t, one, 1, 5, 1), draft(t, one, 1, 5, 2)
	badlySigned := other
	badlySigned.Signature[3] ^= 1
	for name, test := range map[string]struct {
		first, second Draft
		conflict      bool
	}{
		"another order":             {good, other, true},
		"the same twice":            {good, good, false},
		"the next one":              {good, draft(t, one, 1, 6, 2), false},
		"of a retired key":          {draft(t, old, 1, 5, 1), draft(t, old, 1, 5, 2), true},
		"a wrong signature":         {good, badlySigned, false},
		"a wrong signature first":   {badlySigned, good, false},
		"by a stranger":             {good, draft(t, stranger, 1, 5, 2), false},
		"of one who is no proposer": {draft(t, one, 2, 5, 1), draft(t, one, 2, 5, 2), false},
	} {
		d := NewDrafts(keys, 1)
		if c := d.See(test.first); c != nil {
			t.Errorf("%s: the first is a conflict", name)
		}
		c := d.See(test.second)
		if (c != nil) != test.conflict || c != nil && (c.A != test.first || c.B != test.second) {
			t.Errorf("%s: %+v", name, c)
		}
		if again := d.See(test.second); again != nil {
			t.Errorf("%s: told twice", name)
		}
	}
}

// What a liar puts in a place with a wrong signature does not hide the pair that follows.
func TestWrongSignaturesHideNothing(t *testing.T) {
	k := key(t, 1)
	d := NewDrafts(func(ledger.AccountID) []ident.Ed25519Key { return []ident.Ed25519Key{k.Public()} }, first)
	forged := draft(t, key(t, 9), 1, 5, 3)
	d.See(forged)
	if c := d.See(draft(t, k, 1, 5, 1)); c != nil {
		t.Fatal("a forged draft makes a conflict")
	}
	if c := d.See(draft(t, k, 1, 5, 2)); c == nil {
		t.Error("a conflict is not seen after a forged draft")
	}
	if told, _ := d.Since(first + 1); len(told) != 1 || told[0] != draft(t, k, 1, 5, 1) {
		t.Errorf("peers who were told of the forged draft are told %d others", len(told))
	}
}

// What a peer says it was given is remembered only when its proposer signed it.
func TestPeersCannotFillTheMemory(t *testing.T) {
	k := key(t, 1)
	d := NewDrafts(func(ledger.AccountID) []ident.Ed25519Key { return []ident.Ed25519Key{k.Public()} }, first)
	d.Hear(draft(t, key(t, 9), 1, 5, 3))
	if told, _ := d.Since(0); len(told) != 0 {
		t.Error("a forged draft is remembered")
	}
	d.Hear(draft(t, k, 1, 5, 1))
	if c := d.See(draft(t, k, 1, 5, 2)); c == nil {
		t.Error("a draft that a peer was given is not compared")
	}
}

func TestPeersAskForWhatIsNew(t *testing.T) {
	k := key(t, 1)
	d := NewDrafts(func(ledger.AccountID) []ident.Ed25519Key { return nil }, first)
	next, want := uint64(0), uint64(0)
	take := func() {
		for {
			got, mark := d.Since(next)
			for _, g := range got {
				if g.Header.Sequence != want {
					t.Fatalf("draft %d, want %d", g.Header.Sequence, want)
				}
				want++
			}
			if next = mark; len(got) < MaxAtOnce {
				return
			}
		}
	}
	one := draft(t, k, 1, 0, 0)
	for i := range uint64(3 * MaxDrafts) {
		one.Header.Sequence = i
		d.See(one)
		if i%1000 == 999 {
			take()
		}
	}
	if take(); want != 3*MaxDrafts {
		t.Errorf("%d drafts were told, want %d", want, 3*MaxDrafts)
	}
	if len(d.ring) != MaxDrafts || len(d.at) != MaxDrafts {
		t.Errorf("%d drafts remembered, %d places", len(d.ring), len(d.at))
	}
	if got, _ := d.Since(0); got[0].Header.Sequence != 2*MaxDrafts {
		t.Errorf("one who is behind begins with draft %d", got[0].Header.Sequence)
	}
	for _, mark := range []uint64{1, first - 1, first + 3*MaxDrafts + 1, 1 << 63} {
		if got, _ := d.Since(mark); len(got) == 0 || got[0].Header.Sequence != 2*MaxDrafts {
			t.Errorf("one who remembers %d of another life is told %d drafts", mark, len(got))
		}
	}
}
