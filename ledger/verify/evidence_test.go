package verify_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/evidence"
	"github.com/ocopledger/ocop/ledger/merkle"
	"github.com/ocopledger/ocop/ledger/statemap"
	"github.com/ocopledger/ocop/ledger/subject"
	"github.com/ocopledger/ocop/ledger/verify"
	"github.com/ocopledger/ocop/ledger/verify/vectors"
	"github.com/ocopledger/ocop/ledger/verify/verifytest"
)

// scene is a ledger in its second epoch, a fork of it, and what the evidence of the tests is made of.
type scene struct {
	*verifytest.World
	fork      *verifytest.World // from leaf 9 on
	handovers []*checkpoint.Handover
}

func newScene() scene {
	w := verifytest.New()
	w.Block("a", "b")
	s := scene{World: w, handovers: []*checkpoint.Handover{w.EndedBy(func() { w.Rotate(2) }, 1, 2)}}
	w.Block("c", "d")
	s.fork = w.Copy()
	w.Block("e")
	s.fork.Block("x")
	w.Block("f", "g", "h")
	s.fork.Block("y")
	return s
}

// headAt is a ledger's head of a size, cosigned.
func headAt(w *verifytest.World, size uint64, agencies ...ledger.AccountID) *checkpoint.Signed {
	return w.Cosign(&checkpoint.Signed{Tree: w.Tree(size)}, agencies...)
}

func (s scene) proposer() *evidence.Evidence {
	a := s.Draft(ledger.DraftHeader{Term: 3, Proposer: 2, Sequence: 7, Time: 1})
	b := s.Draft(ledger.DraftHeader{Term: 3, Proposer: 2, Sequence: 7, Time: 2})
	return &evidence.Evidence{Handovers: s.handovers, Proposer: &evidence.Proposer{Drafts: inOrder(a, b)}}
}

func inOrder(a, b evidence.SignedDraft) [2]evidence.SignedDraft {
	first, second := a.Header.Hash(), b.Header.Hash()
	if bytes.Compare(first[:], second[:]) > 0 {
		a, b = b, a
	}
	return [2]evidence.SignedDraft{a, b}
}

// validator: agency 2 cosigned the fork's head of 11 leaves and the ledger's head.
func (s scene) validator() *evidence.Evidence {
	return &evidence.Evidence{Handovers: s.handovers, Validator: s.heads(s.fork, 11, s.World, s.Size(), 2)}
}

// heads joins an older head and a newer one; the path is the newer ledger's.
func (s scene) heads(older *verifytest.World, m uint64, newer *verifytest.World, n uint64, a ledger.AccountID) *evidence.Heads {
	return &evidence.Heads{
		Agency: a, Heads: [2]*checkpoint.Signed{headAt(older, m, a), headAt(newer, n, 1, 2, 3)}, Root: newer.Tree(m).Root, Path: newer.Consistency(m, n),
	}
}

// diverged: agency 3 cosigned the fork's head, agencies 1 and 2 the ledger's.
func (s scene) diverged() *evidence.Evidence {
	h := s.heads(s.fork, 11, s.World, s.Size(), 3)
	h.Heads[1] = headAt(s.World, s.Size(), 1, 2)
	return &evidence.Evidence{Handovers: s.handovers, Diverged: h}
}

const author = 2_000_012

// record is the id of a record in the activity of the tests' author.
func record(n byte) ledger.RecordID { return ledger.RecordID{31: n} }

// breach: a promise at the size of 9 leaves for record 9; the author's activity has entries in leaves 1, 4, 9, 10 and 12, of records 1 to 5.
func (s scene) breach(have ...byte) *evidence.Evidence {
	if have == nil {
		have = []byte{1, 2, 3, 4, 5}
	}
	leaves := []uint64{1, 4, 9, 10, 12}
	var entries []ledger.Entry
	history := merkle.NewTree(merkle.History)
	for i, n := range have {
		e := ledger.Entry{Leaf: leaves[i], Height: uint64(i), Time: s.Now * 1000, Record: record(n), Action: ledger.WholeRecord}
		entries = append(entries, e)
		history.Append(e.LeafHash())
	}
	key := subject.Activity(author).Key()
	others := []statemap.Leaf{{Key: subject.Activity(1).Key(), N: 1}, {Key: subject.Activity(2).Key(), N: 2}}
	var state statemap.Map
	state = state.Update(others)
	if len(have) > 0 {
		state = state.Update([]statemap.Leaf{{Key: key, Value: ledger.Hash{1}, N: uint64(len(have)), History: history.Root()}})
	}
	w := s.Copy()
	w.SetState(state.Root())
	w.Block("z")
	from := min(uint64(len(have)), 1)
	b := &evidence.Breach{
		Promise: w.Promise(ledger.Promise{Receiver: 2, Record: record(9), Author: author, Size: 9, Deadline: w.Now*1000 - 1}),
		Head:    &checkpoint.Proof{Index: w.Size() - 1, Checkpoint: w.Head(1, 3)},
		State:   state.Prove(key).AppendBinary(nil),
		Before:  must(merkle.ReadFrontier(history, from)),
		Entries: entries[from:],
	}
	b.Head.Extra, b.Head.Path = w.Seal(w.Size())
	return &evidence.Evidence{Handovers: s.handovers, Breach: b}
}

func (s scene) all() []*evidence.Evidence {
	return []*evidence.Evidence{s.proposer(), s.validator(), s.diverged(), s.breach()}
}

func TestEvidence(t *testing.T) {
	s := newScene()
	k := keep(t, "evidence", "Evidence of every kind.")
	for i, x := range []struct {
		e       *evidence.Evidence
		agency  ledger.AccountID
		word    string
		english string
	}{
		{s.proposer(), 2, "proposer", "Agency 2, as a proposer, signed two different drafts for one place: term 3, sequence 7."},
		{s.validator(), 2, "validator", "Agency 2, a validator, cosigned two inconsistent heads (of 11 and of 15 leaves)."},
		{s.diverged(), 3, "diverged", "It is damaged or lying."},
		{s.breach(), 2, "breach", "Agency 2 promised that the record 00"},
	} {
		file := x.e.Append(nil)
		golden(t, "testdata/"+x.word+".evidence", file)
		e := must(evidence.Parse(file))
		k.g.Flip(x.word+", bytes", vectors.Evidence, vectors.Case{File: file, With: given(pinned(s.World))}, 11, nil)
		f, err := k.evidence(x.word, pinned(s.World), e)
		if err != nil {
			t.Fatalf("%d: %v", i, err)
		}
		if f.Agency != x.agency || f.Kind.String() != x.word || f.Epoch != 1 || !strings.Contains(f.English, x.english) || !strings.Contains(f.Vietnamese, "quan "+x.agency.String()) {
			t.Errorf("%+v", f)
		}
	}
}

// TestHonestPairs: what honest participants sign is no evidence, however it is put together.
func TestHonestPairs(t *testing.T) {
	s := newScene()
	n := s.Size()
	with := func(e *evidence.Evidence) *evidence.Evidence { e.Handovers = s.handovers; return e }
	draft := s.Draft(ledger.DraftHeader{Term: 3, Proposer: 2, Sequence: 7})
	next := s.Draft(ledger.DraftHeader{Term: 3, Proposer: 2, Sequence: 8})
	again := s.Draft(ledger.DraftHeader{Term: 4, Proposer: 2, Sequence: 7})
	another := s.Draft(ledger.DraftHeader{Term: 3, Proposer: 1, Sequence: 7})
	head := headAt(s.World, n, 2)
	s.Now += 30
	resigned := headAt(s.World, n, 2)
	certified := headAt(s.World, n, 1, 2)
	root := s.Tree(n).Root
	k := keep(t, "evidence-honest", "What honest participants sign is no evidence, however it is put together.")
	for what, e := range map[string]*evidence.Evidence{
		"the same draft twice":          {Proposer: &evidence.Proposer{Drafts: inOrder(draft, draft)}},
		"two drafts of a term":          {Proposer: &evidence.Proposer{Drafts: inOrder(draft, next)}},
		"two drafts of two terms":       {Proposer: &evidence.Proposer{Drafts: inOrder(draft, again)}},
		"two proposers' drafts":         {Proposer: &evidence.Proposer{Drafts: inOrder(draft, another)}},
		"the same head twice":           {Validator: &evidence.Heads{Agency: 2, Heads: [2]*checkpoint.Signed{head, head}, Root: root}},
		"the same head, signed anew":    {Validator: &evidence.Heads{Agency: 2, Heads: [2]*checkpoint.Signed{head, resigned}, Root: root}},
		"two heads of one ledger":       {Validator: s.heads(s.World, 11, s.World, n, 2)},
		"a head behind the certified":   {Diverged: &evidence.Heads{Agency: 3, Heads: [2]*checkpoint.Signed{headAt(s.World, 11, 3), certified}, Root: s.Tree(11).Root, Path: s.Consistency(11, n)}},
		"a head ahead of the certified": {Diverged: &evidence.Heads{Agency: 3, Heads: [2]*checkpoint.Signed{headAt(s.World, n, 3), headAt(s.World, 11, 1, 2)}, Root: s.Tree(11).Root, Path: s.Consistency(11, n)}},
		"the record is there":           s.breach(1, 2, 3, 9, 5),
		"the record is there, last":     s.breach(1, 2, 3, 4, 9),
	} {
		_, err := k.evidence(what, pinned(s.World), must(evidence.Parse(with(e).Append(nil))))
		wantWord(t, what, err, verify.WordEvidence)
	}
}

func TestEvidenceBeyondTheTrustPeriod(t *testing.T) {
	s := newScene()
	k := keep(t, "evidence-late", "Evidence at the end of the trust period, and beyond it.")
	for _, e := range s.all() {
		trust := must(pinned(s.World).Walk(s.handovers))
		trust.Now = trust.Until()
		must(k.evidence(e.Kind().String()+", the last second", trust, e))
		trust.Now++
		_, err := k.evidence(e.Kind().String()+", a second too late", trust, e)
		wantWord(t, e.Kind().String(), err, verify.WordTrust)
	}
}

func TestDivergedAhead(t *testing.T) {
	s := newScene()
	e := s.diverged()
	e.Diverged = s.heads(s.World, 11, s.fork, s.fork.Size(), 3) // the path is the diverged node's own
	e.Diverged.Heads = [2]*checkpoint.Signed{headAt(s.fork, s.fork.Size(), 3), headAt(s.World, 11, 1, 2)}
	if f := must(verify.CheckEvidence(pinned(s.World), e)); f.Agency != 3 {
		t.Errorf("%+v", f)
	}
	e.Diverged.Heads = [2]*checkpoint.Signed{headAt(s.fork, 11, 3), headAt(s.World, 11, 1, 2)}
	e.Diverged.Root, e.Diverged.Path = s.Tree(11).Root, nil
	if f := must(verify.CheckEvidence(pinned(s.World), e)); f.Agency != 3 {
		t.Errorf("of one size: %+v", f)
	}
}

func TestBreachWithoutActivity(t *testing.T) {
	s := newScene()
	if f := must(verify.CheckEvidence(pinned(s.World), s.breach([]byte{}...))); f.Agency != 2 {
		t.Errorf("%+v", f)
	}
}

func FuzzCheckEvidence(f *testing.F) {
	s := newScene()
	for _, e := range s.all() {
		f.Add(e.Append(nil))
	}
	trust := pinned(s.World)
	f.Fuzz(func(_ *testing.T, data []byte) {
		if e, err := evidence.Parse(data); err == nil {
			_, _ = verify.CheckEvidence(trust, e)
		}
	})
}

func BenchmarkCheckEvidence(b *testing.B) {
	s := newScene()
	for _, e := range s.all() {
		b.Run(e.Kind().String(), func(b *testing.B) {
			for b.Loop() {
				must(verify.CheckEvidence(pinned(s.World), e))
			}
		})
	}
}
