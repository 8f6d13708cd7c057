package chain_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/chain/chaintest"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/store"
	"github.com/ocopledger/ocop/ledger/subject"
)

// sealOf is the seal of the newest block.
func sealOf(t testing.TB, l *chain.Ledger) (s *ledger.Seal) {
	t.Helper()
	err := l.View(func(v *chain.View) error {
		leaf, err := v.Leaf(v.Head().Size - 1)
		if err == nil {
			s, err = ledger.ParseSeal(leaf)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// What a ledger says of policies is what its newest seal says, whether it applied the block or was opened behind it.
func TestPoliciesAreThoseOfTheSeal(t *testing.T) {
	w := chaintest.New()
	story := w.Story()
	o := options(t, w)
	l := open(t, o)
	ended := 0
	compare := func(what string) {
		t.Helper()
		s := sealOf(t, l)
		if epoch, next := l.Epoch(), l.Policy(); epoch.Hash() != s.Policy || next.Hash() != s.NextPolicy || l.Head().Policy != s.NextPolicy {
			t.Errorf("block %d %s: epochs %d and %d, of other documents than the seal's", s.Height, what, epoch.Number, next.Number)
		}
	}
	for _, d := range story {
		a := apply(t, l, d)[0]
		s := sealOf(t, l)
		if a.Policy.Hash() != s.Policy || a.Ends != (a.Sealed && s.EndsEpoch()) || a.Cosign() != a.Ends {
			t.Errorf("%s: applied under epoch %d, ends %v, cosign %v", d.Note, a.Policy.Number, a.Ends, a.Cosign())
		}
		if a.Ends {
			ended++
		}
		compare("applied")
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		l = open(t, o)
		compare("opened")
	}
	if ended != 6 || l.Policy().Number != 6 || l.Epoch().Number != 5 {
		t.Errorf("%d blocks ended epochs, the ledger is in epoch %d after %d", ended, l.Policy().Number, l.Epoch().Number)
	}
	// An empty draft makes the head that ended the epoch a cosign point once more: still one of that epoch.
	a := apply(t, l, chaintest.Draft{Index: w.Index + 1, Term: w.Term, Data: w.DraftOf(ledger.FlagCosign)})[0]
	if a.Sealed || a.Ends || !a.Cosign() || a.Policy.Number != 5 {
		t.Errorf("an empty draft: %+v", a)
	}
}

// A draft counts by the key in force at its place in the order, whatever was in force when it was stored.
func TestDraftsAreJudgedByTheirPlace(t *testing.T) {
	for _, early := range []bool{false, true} {
		w := chaintest.New()
		story := w.Story()
		before := len(story) - chaintest.Rotations // then the proposer rotates
		l := open(t, options(t, w))
		apply(t, l, story[:before]...)
		rotation, next := story[before], story[before+1]
		old := resign(t, next.Data, chaintest.Ministry, func(*ledger.Draft) {})
		soon := resignWith(t, rotation.Data, chaintest.SpareKey(chaintest.Ministry, ident.PurposeNode, "1"), func(*ledger.Draft) {})
		if early {
			for _, data := range [][]byte{soon, rotation.Data, old, next.Data} {
				l.Preverify(data)
			}
		}
		applied, err := l.Apply(t.Context(), []chain.Entry{
			{Index: rotation.Index, Term: rotation.Term, Data: soon}, {Index: rotation.Index + 1, Term: rotation.Term, Data: rotation.Data},
			{Index: rotation.Index + 2, Term: next.Term, Data: old}, {Index: rotation.Index + 3, Term: next.Term, Data: next.Data},
		})
		if err != nil {
			t.Fatal(err)
		}
		if !errors.Is(applied[0].Bad, chain.ErrDraftSignature) {
			t.Errorf("verified early %v: a new key signs before its epoch: %+v", early, applied[0])
		}
		if !applied[1].Sealed || !applied[1].Ends {
			t.Errorf("verified early %v: the rotation: %+v", early, applied[1])
		}
		if !errors.Is(applied[2].Bad, chain.ErrDraftSignature) || applied[2].Sealed || applied[2].Policy != applied[1].Policy {
			t.Errorf("verified early %v: an old key signs after its epoch: %+v", early, applied[2])
		}
		if !applied[3].Sealed || applied[3].Policy.Number != applied[1].Policy.Number+1 {
			t.Errorf("verified early %v: the new key in its epoch: %+v", early, applied[3])
		}
	}
}

// The policy before the newest block is found wherever in the history its value lies: in the row, or in a chunk that is full.
func TestManyEpochs(t *testing.T) {
	w := chaintest.New()
	o := options(t, w)
	l := open(t, o)
	var documents []ledger.Hash
	for i := range 2*store.EntryChunk + 2 {
		documents = append(documents, l.Policy().Hash())
		w.Tick(time.Minute)
		data := w.Draft(w.Sign(chaintest.District, w.Rotate(chaintest.District, fmt.Sprint(i), "")))
		apply(t, l, chaintest.Draft{Index: w.Index, Term: w.Term, Data: data})
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		l = open(t, o)
		if l.Epoch().Hash() != documents[i] || l.Policy().Number != uint32(i+1) {
			t.Fatalf("opened in epoch %d after %d, want %d after %d", l.Policy().Number, l.Epoch().Number, i+1, i)
		}
	}
	err := l.View(func(v *chain.View) error {
		for i, want := range documents {
			value, ok, err := v.ValueAt(subject.Policy(), uint64(i))
			if err != nil || !ok {
				return fmt.Errorf("document of epoch %d: %v, %w", i, ok, err)
			}
			if got, err := subject.ParsePolicy(value); err != nil || got.Policy.Hash() != want {
				t.Errorf("epoch %d: %+v, %v", i, got, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
