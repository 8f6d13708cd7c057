package verify_test

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/verify"
	"github.com/ocopledger/ocop/ledger/verify/vectors"
	"github.com/ocopledger/ocop/ledger/verify/verifytest"
)

// epochs is a ledger in which agency 2 has rotated its keys twice, and the handovers, certified by 1 and 2.
func epochs() (*verifytest.World, []*checkpoint.Handover) {
	w := verifytest.New()
	var list []*checkpoint.Handover
	for range 2 {
		w.Block("a", "b")
		list = append(list, w.EndedBy(func() { w.Rotate(2) }, 1, 2))
	}
	w.Block("c")
	return w, list
}

func TestAdvance(t *testing.T) {
	w, list := epochs()
	trust := pinned(w)
	k := keep(t, "handovers", "Walking from epoch to epoch.")
	must(k.walk("none", trust))
	one := must(k.advance("one", trust, list[0]))
	if one.Policy.Number != 1 || one.Since != list0Time || one.Now != trust.Now {
		t.Errorf("%+v", one)
	}
	two := must(k.advance("the next", one, list[1]))
	if two.Policy.Hash() != w.Policy().Hash() {
		t.Error("another document")
	}
	if walked := must(k.walk("two", trust, list...)); walked != two {
		t.Errorf("%+v, want %+v", walked, two)
	}
	if again := must(k.walk("nothing but the past", two, list...)); again != two {
		t.Errorf("handovers of the past led from epoch 2 to %d", again.Policy.Number)
	}
	must(k.walk("those of the past are passed over", one, list...))
	for i, file := range handoverFiles(list) {
		standing := vectors.Case{File: file, With: vectors.With{Now: trust.Now}}
		k.g.Flip(fmt.Sprintf("to epoch %d, believed as it stands", i+1), vectors.Handover, standing, 2+5*i, nil)
	}
}

const list0Time = verifytest.Start + 2

// TestPassedOver: a handover that leads to what is believed already is asked for its form, and for nothing that only matters to whoever believes it.
func TestPassedOver(t *testing.T) {
	w, list := epochs()
	start, believed := pinned(w), must(pinned(w).Walk(list[:1]))
	bent := func(change func(*checkpoint.Handover)) []byte {
		h, p := *list[0], *list[0].Policy
		p.Validators, h.Policy = slices.Clone(p.Validators), &p
		h.Seal, h.Path = slices.Clone(h.Seal), slices.Clone(h.Path)
		change(&h)
		return h.Append(nil)
	}
	unsound := bent(func(h *checkpoint.Handover) { h.Policy.Validators[1].CosignerKey = h.Policy.Validators[0].CosignerKey })
	size := list[0].Checkpoint.Tree.Size
	k := keep(t, "handovers-passed", "Handovers to the epoch believed, before the one to the next: their form counts, and nothing else.")
	for _, x := range []struct {
		what   string
		file   []byte
		from   verify.Trust
		want   verify.Word
		walked bool // after the one that is no fault
	}{
		{"nothing", bent(func(*checkpoint.Handover) {}), believed, "", false},
		{"a document that is not sound", unsound, believed, "", false},
		{"a document that is not sound, and needed", unsound, start, verify.WordHandover, false},
		{"a document of another chain", bent(func(h *checkpoint.Handover) { h.Policy.Chain[0] ^= 1 }), believed, "", false},
		{"another origin", bent(func(h *checkpoint.Handover) { h.Policy.Origin = "elsewhere" }), believed, "", false},
		{"another to an epoch that was walked to", unsound, start, "", true},
		{"bytes that are no seal", bent(func(h *checkpoint.Handover) { h.Seal[0] ^= 1 }), believed, "", false},
		{"another path", bent(func(h *checkpoint.Handover) { h.Path[0][0] ^= 1 }), believed, "", false},
		{"a quorum that is none", bent(func(h *checkpoint.Handover) { h.Policy.Quorum = 1 }), believed, verify.WordHandover, false},
		{"to epoch 0", bent(func(h *checkpoint.Handover) { h.Policy.Number = 0 }), believed, verify.WordHandover, false},
		{"an index that is not the last", bytes.Replace(bent(func(*checkpoint.Handover) {}),
			fmt.Appendf(nil, "index %d\n", size-1), fmt.Appendf(nil, "index %d\n", size-2), 1), believed, verify.WordHandover, false},
	} {
		with := given(x.from)
		with.Handovers = [][]byte{x.file, list[1].Append(nil)}
		if x.walked {
			with.Handovers = slices.Insert(with.Handovers, 0, list[0].Append(nil))
		}
		if got := k.g.Add(x.what, vectors.Handovers, vectors.Case{With: with}); got.Word != string(x.want) || got.OK && *got.Epoch != 2 {
			t.Errorf("%s: %+v, want %q", x.what, got, x.want)
		}
	}
}

// TestForgedHandovers: every way in which a handover may not lead from one epoch to the next.
func TestForgedHandovers(t *testing.T) {
	start := func() *verifytest.World {
		w := verifytest.New()
		w.Block("a", "b")
		return w
	}
	by := func(change func(*ledger.Policy)) func(*verifytest.World) *checkpoint.Handover {
		return func(w *verifytest.World) *checkpoint.Handover { return w.EndedBy(func() { w.EndEpoch(change) }, 1, 2) }
	}
	rotated := func(w *verifytest.World) *checkpoint.Handover { return w.EndedBy(func() { w.Rotate(2) }, 1, 2) }
	changed := func(change func(w *verifytest.World, h *checkpoint.Handover)) func(*verifytest.World) *checkpoint.Handover {
		return func(w *verifytest.World) *checkpoint.Handover {
			h := rotated(w)
			change(w, h)
			return h
		}
	}
	k := keep(t, "handovers-forged", "Every way in which a handover may not lead from one epoch to the next.")
	for _, x := range []struct {
		what string
		make func(*verifytest.World) *checkpoint.Handover
		want verify.Word
	}{
		{"number + 2", by(func(p *ledger.Policy) { p.Number++ }), verify.WordPolicy},
		{"number not changed", by(func(p *ledger.Policy) { p.Number-- }), verify.WordPolicy},
		{"another previous document", by(func(p *ledger.Policy) { p.Previous[0] ^= 1 }), verify.WordPolicy},
		{"another chain", by(func(p *ledger.Policy) { p.Chain[0] ^= 1 }), verify.WordChain},
		{"another origin", by(func(p *ledger.Policy) { p.Origin += "2" }), verify.WordChain},
		{"a key twice", by(func(p *ledger.Policy) { p.Validators[1].CosignerKey = p.Validators[0].CosignerKey }), verify.WordPolicy},
		{"a quorum of one", by(func(p *ledger.Policy) { p.Quorum = 1 }), verify.WordPolicy},
		{"document exchanged", changed(func(w *verifytest.World, h *checkpoint.Handover) {
			p := *h.Policy
			p.TrustPeriod++
			h.Policy = &p
		}), verify.WordPolicy},
		{"a seal that ends no epoch", changed(func(w *verifytest.World, h *checkpoint.Handover) {
			before := start()
			before.Block("c")
			h.Seal, h.Path = before.Seal(before.Size())
			h.Checkpoint = before.Head(1, 2)
		}), verify.WordPolicy},
		{"the seal is not the last leaf", func(w *verifytest.World) *checkpoint.Handover {
			before := w.Copy()
			h := rotated(w)
			w.Block("c")
			before.Now = w.Now
			h.Checkpoint = before.Cosign(&checkpoint.Signed{Tree: w.Tree(w.Size())}, 1, 2)
			return h
		}, verify.WordSeal},
		{"a byte of the seal", changed(func(w *verifytest.World, h *checkpoint.Handover) { h.Seal[135] ^= 1 }), verify.WordPath},
		{"path", changed(func(w *verifytest.World, h *checkpoint.Handover) { h.Path[0][0] ^= 1 }), verify.WordPath},
		{"one cosignature", func(w *verifytest.World) *checkpoint.Handover { return w.EndedBy(func() { w.Rotate(2) }, 3) }, verify.WordQuorum},
		{"cosigned with the new keys", func(w *verifytest.World) *checkpoint.Handover {
			h := rotated(w)
			h.Checkpoint = w.Cosign(&checkpoint.Signed{Tree: h.Checkpoint.Tree}, 1, 2)
			return h
		}, verify.WordQuorum},
		{"a cosignature that fails", changed(func(w *verifytest.World, h *checkpoint.Handover) { h.Checkpoint.Lines[0].Signature[20] ^= 1 }), verify.WordCosignature},
		{"from the future", func(w *verifytest.World) *checkpoint.Handover {
			w.Now += 1000
			h := rotated(w)
			w.Now = verifytest.Start
			return h
		}, verify.WordFuture},
		{"after the trust period", func(w *verifytest.World) *checkpoint.Handover {
			h := rotated(w)
			w.Now += verifytest.TrustPeriod
			return h
		}, verify.WordTrust},
		{"a seal of another chain", func(w *verifytest.World) *checkpoint.Handover {
			other := verifytest.NewOf("other", 3)
			h := other.EndedBy(func() { other.Rotate(2) }, 1, 2)
			p := *h.Policy
			p.Chain, p.Previous = w.Policy().Chain, w.Policy().Hash()
			h.Policy = &p
			w.Now++
			return h
		}, verify.WordChain},
		{"a seal of another epoch", func(w *verifytest.World) *checkpoint.Handover {
			other := verifytest.New()
			other.Policies[0].TrustPeriod++
			w.Now++
			return other.EndedBy(func() { other.EndEpoch(func(p *ledger.Policy) { p.Previous = w.Policy().Hash() }) }, 1, 2)
		}, verify.WordPolicy},
	} {
		w := start()
		h := x.make(w)
		trust := pinned(w)
		trust.Policy = start().Policy()
		_, err := k.advance(x.what, trust, h)
		wantWord(t, x.what, err, verify.WordHandover)
		if !verify.Failed(err, x.want) {
			t.Errorf("%s: %v, want %s", x.what, err, x.want)
		}
	}
}

func TestWalkBeyondTheTrustPeriod(t *testing.T) {
	w := verifytest.New()
	h := w.EndedBy(func() { w.Rotate(2) }, 1, 2)
	witnessed := *h
	witnessed.Checkpoint = w.Witnessed(h.Checkpoint)
	late := pinned(w)
	late.Now += 2 * verifytest.TrustPeriod
	k := keep(t, "handovers-late", "Handovers beyond the trust period, with and without the pinned outside witness.")
	_, err := k.walk("without the witness", late, h)
	if !verify.Failed(err, verify.WordTrust) {
		t.Error(err)
	}
	next := must(k.walk("with the witness", late, &witnessed))
	if next.Since != w.Now || !next.Expired() {
		t.Errorf("since %d", next.Since)
	}
	_, err = k.certify("a head of the next epoch, without the witness", next, w.Head(1, 2))
	wantWord(t, "a head of the next epoch, without the witness", err, verify.WordTrust)
	must(k.certify("a head of the next epoch, with the witness", next, w.Witnessed(w.Head(1, 2))))
}

func TestWalkNeedsEveryEpoch(t *testing.T) {
	w, list := epochs()
	k := keep(t, "handovers-order", "Handovers of which one is missing, or that are out of order.")
	_, err := k.walk("a gap", pinned(w), list[1:]...)
	wantWord(t, "a gap", err, verify.WordHandover)
	_, err = k.walk("out of order", pinned(w), list[1], list[0])
	wantWord(t, "out of order", err, verify.WordHandover)
}

func TestHead(t *testing.T) {
	w, list := epochs()
	seal, path := w.Seal(w.Size())
	trust := pinned(w)

	k := keep(t, "head", "Heads of epochs believed, walked and skipped to, and retired.")
	walked := must(k.head("walked to", trust, w.Head(1, 2), seal, path, list)) // agency 2 has another key than in epoch 0: no quorum of epoch 0
	if walked.Skipped || walked.Trust.Policy.Number != 2 || walked.Trust.Since != w.Now || walked.Seal.Height == 0 || len(walked.Validators) != 2 {
		t.Errorf("%+v", walked)
	}
	skipped := must(k.head("skipped to", trust, w.Head(1, 3), seal, path, list[1:]))
	if !skipped.Skipped || skipped.Trust.Policy.Number != 2 || skipped.Trust.Since != w.Now {
		t.Errorf("%+v", skipped)
	}
	own := must(k.head("of the epoch believed", must(trust.Walk(list)), w.Head(2, 3), seal, path, nil))
	if own.Skipped || own.Tree != w.Tree(w.Size()) {
		t.Errorf("%+v", own)
	}

	_, err := k.head("neither to walk nor to skip", trust, w.Head(1, 2), seal, path, list[1:])
	wantWord(t, "neither to walk nor to skip", err, verify.WordHandover)
	_, err = k.head("a later epoch without handovers", trust, w.Head(1, 2), seal, path, nil)
	wantWord(t, "a later epoch without handovers", err, verify.WordPolicy)
	_, err = k.head("handovers to an earlier epoch", trust, w.Head(1, 2), seal, path, list[:1])
	wantWord(t, "handovers to an earlier epoch", err, verify.WordPolicy)
	_, err = k.head("quorum minus one", trust, w.Head(2), seal, path, list)
	wantWord(t, "quorum minus one", err, verify.WordQuorum)
	older, olderPath := w.Seal(4)
	_, err = k.head("an old seal", trust, w.Head(1, 2), older, olderPath, list)
	wantWord(t, "an old seal", err, verify.WordSeal)

	// A head of epoch 0, for a verifier that knows epoch 2, is of a retired policy, even though agencies 1 and 3 have the keys they had.
	first := verifytest.New()
	first.Block("a", "b")
	seal, path = first.Seal(first.Size())
	now := must(trust.Walk(list))
	_, err = k.head("a retired policy", now, first.Head(1, 3), seal, path, list)
	wantWord(t, "a retired policy", err, verify.WordPolicy)

	between, handovers := epochs()
	seal, path = between.Seal(between.Ended(1))
	_, err = k.head("a retired policy, with its handover", now, between.Cosign(&checkpoint.Signed{Tree: between.Tree(between.Ended(1))}, 1, 3), seal, path, handovers)
	wantWord(t, "a retired policy, with its handover", err, verify.WordPolicy)

	other := verifytest.NewOf("other", 3)
	other.Block("a")
	seal, path = other.Seal(other.Size())
	_, err = k.head("another chain's head", trust, other.Head(1, 2), seal, path, nil)
	wantWord(t, "another chain's head", err, verify.WordChain)
}

// TestSkippingTakesBothQuorums: a quorum of the epoch believed may be too few in the head's own.
func TestSkippingTakesBothQuorums(t *testing.T) {
	w := verifytest.New()
	h := w.EndedBy(func() {
		w.EndEpoch(func(p *ledger.Policy) {
			p.Quorum = 3
			p.Validators = append(p.Validators, ledger.PolicyValidator{
				Agency: 4, NodeKey: w.Key("node", 4).Public(), CosignerName: "node4.example", CosignerKey: w.Key("cosigner", 4).Public(),
			})
		})
	}, 1, 2)
	w.Block("a")
	seal, path := w.Seal(w.Size())
	handovers := []*checkpoint.Handover{h}
	k := keep(t, "head-skipping", "Skipping takes a quorum of the epoch believed and one of the head's own.")
	_, err := k.head("2 of 3 believed, 2 of 4 now", pinned(w), w.Head(1, 2), seal, path, handovers)
	wantWord(t, "2 of 3 believed, 2 of 4 now", err, verify.WordQuorum)
	if head := must(k.head("2 of 3 believed, 3 of 4 now", pinned(w), w.Head(1, 2, 4), seal, path, handovers)); !head.Skipped {
		t.Error("not skipped")
	}
	if head := must(k.head("another 2 of 3 believed, 3 of 4 now", pinned(w), w.Cosign(w.Head(2, 4), 3), seal, path, handovers)); !head.Skipped {
		t.Error("not skipped")
	}

	moved := verifytest.New()
	elsewhere := moved.EndedBy(func() { moved.EndEpoch(func(p *ledger.Policy) { p.Origin += "2" }) }, 1, 2)
	moved.Block("a")
	movedSeal, movedPath := moved.Seal(moved.Size())
	_, err = k.head("a document of another log", pinned(moved), moved.Head(1, 2), movedSeal, movedPath, []*checkpoint.Handover{elsewhere})
	wantWord(t, "a document of another log", err, verify.WordHandover)

	forged := *h
	p := *h.Policy
	p.Quorum = 4
	forged.Policy = &p
	_, err = k.head("a document that the seal does not name", pinned(w), w.Head(1, 2), seal, path, []*checkpoint.Handover{&forged})
	wantWord(t, "a document that the seal does not name", err, verify.WordPolicy)
}
