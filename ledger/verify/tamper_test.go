package verify_test

import (
	"slices"
	"testing"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/evidence"
	"github.com/ocopledger/ocop/ledger/merkle"
	"github.com/ocopledger/ocop/ledger/verify"
	"github.com/ocopledger/ocop/ledger/verify/verifytest"
)

// TestTampering changes each part of each kind: every one is refused with the word of the part.
func TestTampering(t *testing.T) {
	type tamper struct {
		what   string
		change func(*evidence.Evidence)
		want   verify.Word
	}
	s := newScene()
	sign := func(e *evidence.Evidence, i int, h ledger.DraftHeader) { e.Proposer.Drafts[i] = s.Draft(h) }
	resealed := func(e *evidence.Evidence, change func(*verifytest.World)) {
		w := s.Copy()
		change(w)
		e.Breach.Head.Index, e.Breach.Head.Checkpoint = w.Size()-1, w.Head(1, 3)
		e.Breach.Head.Extra, e.Breach.Head.Path = w.Seal(w.Size())
	}
	promised := func(e *evidence.Evidence, change func(*ledger.Promise)) {
		p := e.Breach.Promise.Promise
		change(&p)
		e.Breach.Promise = s.Promise(p)
	}
	k := keep(t, "evidence-tampering", "Evidence of every kind, bent in one part.")
	for kind, tampers := range map[string][]tamper{
		"any": {
			{"handover left out", func(e *evidence.Evidence) { e.Handovers = nil }, ""},
			{"handover forged", func(e *evidence.Evidence) { e.Handovers[0].Path[0][0] ^= 1 }, verify.WordHandover},
			{"handover not certified", func(e *evidence.Evidence) { e.Handovers[0].Checkpoint.Lines = e.Handovers[0].Checkpoint.Lines[:1] }, verify.WordHandover},
		},
		"proposer": {
			{"signature", func(e *evidence.Evidence) { e.Proposer.Drafts[1].Signature[5] ^= 1 }, verify.WordSignature},
			{"header", func(e *evidence.Evidence) { e.Proposer.Drafts[0].Header.Time++ }, verify.WordSignature},
			{"header and order", func(e *evidence.Evidence) { slices.Reverse(e.Proposer.Drafts[:]) }, verify.WordFormat},
			{"chain", func(e *evidence.Evidence) { e.Proposer.Drafts[0].Header.Chain[0] ^= 1 }, verify.WordChain},
			{"chain of the second", func(e *evidence.Evidence) { e.Proposer.Drafts[1].Header.Chain[0] ^= 1 }, verify.WordChain},
			{"no validator", func(e *evidence.Evidence) {
				sign(e, 0, ledger.DraftHeader{Proposer: 9})
				sign(e, 1, ledger.DraftHeader{Proposer: 9})
			}, verify.WordSigner},
			{"another place", func(e *evidence.Evidence) { sign(e, 0, ledger.DraftHeader{Term: 3, Proposer: 2, Sequence: 6}) }, verify.WordEvidence},
		},
		"validator": {
			{"agency", func(e *evidence.Evidence) { e.Validator.Agency = 1 }, verify.WordSigner},
			{"no validator", func(e *evidence.Evidence) { e.Validator.Agency = 9 }, verify.WordSigner},
			{"cosignature", func(e *evidence.Evidence) { e.Validator.Heads[0].Lines[0].Signature[9] ^= 1 }, verify.WordSigner},
			{"cosignature left out", func(e *evidence.Evidence) { e.Validator.Heads[1] = s.Head(1, 3) }, verify.WordSigner},
			{"size", func(e *evidence.Evidence) { e.Validator.Heads[0].Tree.Size++ }, verify.WordSigner},
			{"root", func(e *evidence.Evidence) { e.Validator.Heads[0].Tree.Root[0] ^= 1 }, verify.WordSigner},
			{"another log's", func(e *evidence.Evidence) { e.Validator.Heads[0].Tree.Origin = "x" }, verify.WordSigner},
			{"order", func(e *evidence.Evidence) { slices.Reverse(e.Validator.Heads[:]) }, verify.WordFormat},
			{"root at the smaller size", func(e *evidence.Evidence) { e.Validator.Root[0] ^= 1 }, verify.WordConsistency},
			{"path", func(e *evidence.Evidence) { e.Validator.Path[0][0] ^= 1 }, verify.WordConsistency},
			{"path left out", func(e *evidence.Evidence) { e.Validator.Path = nil }, verify.WordConsistency},
			{"retired key", func(e *evidence.Evidence) {
				old := verifytest.New()
				e.Validator.Heads[0] = old.Cosign(&checkpoint.Signed{Tree: s.fork.Tree(11)}, 2)
			}, verify.WordSigner},
		},
		"diverged": {
			{"agency", func(e *evidence.Evidence) { e.Diverged.Agency = 1 }, verify.WordSigner},
			{"one of the quorum", func(e *evidence.Evidence) { e.Diverged.Heads[1] = s.Head(1) }, verify.WordQuorum},
			{"cosigned by it as well", func(e *evidence.Evidence) { e.Diverged.Heads[1] = s.Head(1, 2, 3) }, verify.WordSigner},
			{"a line of the quorum", func(e *evidence.Evidence) { e.Diverged.Heads[1].Lines[1].Signature[9] ^= 1 }, verify.WordCosignature},
			{"a line of its own", func(e *evidence.Evidence) { e.Diverged.Heads[0].Lines[0].Signature[9] ^= 1 }, verify.WordSigner},
			{"exchanged", func(e *evidence.Evidence) { slices.Reverse(e.Diverged.Heads[:]) }, verify.WordSigner},
			{"path", func(e *evidence.Evidence) { e.Diverged.Path[1][0] ^= 1 }, verify.WordConsistency},
			{"root at the smaller size", func(e *evidence.Evidence) { e.Diverged.Root = e.Diverged.Heads[0].Tree.Root }, verify.WordConsistency},
		},
		"breach": {
			{"promise's signature", func(e *evidence.Evidence) { e.Breach.Promise.Signature[0] ^= 1 }, verify.WordSignature},
			{"deadline", func(e *evidence.Evidence) { e.Breach.Promise.Promise.Deadline-- }, verify.WordSignature},
			{"record", func(e *evidence.Evidence) { e.Breach.Promise.Promise.Record = record(8) }, verify.WordSignature},
			{"receiver", func(e *evidence.Evidence) { e.Breach.Promise.Promise.Receiver = 1 }, verify.WordSignature},
			{"receiver is no validator", func(e *evidence.Evidence) { e.Breach.Promise.Promise.Receiver = 9 }, verify.WordSigner},
			{"chain", func(e *evidence.Evidence) { e.Breach.Promise.Promise.Chain[0] ^= 1 }, verify.WordChain},
			{"retired node key", func(e *evidence.Evidence) { e.Breach.Promise = verifytest.New().Promise(e.Breach.Promise.Promise) }, verify.WordSignature},
			{"deadline not past", func(e *evidence.Evidence) { promised(e, func(p *ledger.Promise) { p.Deadline++ }) }, verify.WordEvidence},
			{"promise of a later head", func(e *evidence.Evidence) { promised(e, func(p *ledger.Promise) { p.Size = 99 }) }, verify.WordEvidence},
			{"another author", func(e *evidence.Evidence) { promised(e, func(p *ledger.Promise) { p.Author = 1 }) }, verify.WordState},
			{"not the last leaf", func(e *evidence.Evidence) { e.Breach.Head.Index-- }, verify.WordIndex},
			{"an old seal", func(e *evidence.Evidence) { e.Breach.Head.Extra, e.Breach.Head.Path = s.World.Seal(9) }, verify.WordSeal},
			{"path", func(e *evidence.Evidence) { e.Breach.Head.Path[0][0] ^= 1 }, verify.WordPath},
			{"one cosignature", func(e *evidence.Evidence) { e.Breach.Head.Checkpoint.Lines = e.Breach.Head.Checkpoint.Lines[1:] }, verify.WordQuorum},
			{"cosignature", func(e *evidence.Evidence) { e.Breach.Head.Checkpoint.Lines[0].Signature[9] ^= 1 }, verify.WordCosignature},
			{"state proof", func(e *evidence.Evidence) { e.Breach.State[len(e.Breach.State)-1] ^= 1 }, verify.WordState},
			{"another head's state", func(e *evidence.Evidence) { resealed(e, func(w *verifytest.World) { w.Block("z") }) }, verify.WordState},
			{"a head of the epoch before", func(e *evidence.Evidence) {
				old := verifytest.New()
				old.Block("a", "b")
				e.Breach.Head.Index, e.Breach.Head.Checkpoint = old.Size()-1, old.Head(1, 3)
				e.Breach.Head.Extra, e.Breach.Head.Path = old.Seal(old.Size())
			}, verify.WordPolicy},
			{"an entry left out", func(e *evidence.Evidence) { e.Breach.Entries = slices.Delete(e.Breach.Entries, 2, 3) }, verify.WordHistory},
			{"an entry altered", func(e *evidence.Evidence) { e.Breach.Entries[2].Record[0] ^= 1 }, verify.WordHistory},
			{"an entry added", func(e *evidence.Evidence) { e.Breach.Entries = append(e.Breach.Entries, e.Breach.Entries[0]) }, verify.WordHistory},
			{"entries exchanged", func(e *evidence.Evidence) { slices.Reverse(e.Breach.Entries) }, verify.WordHistory},
			{"frontier", func(e *evidence.Evidence) { e.Breach.Before.Hashes[0][0] ^= 1 }, verify.WordHistory},
			{"a suffix that begins too late", func(e *evidence.Evidence) {
				first := e.Breach.Entries[0].LeafHash()
				e.Breach.Before = e.Breach.Before.Append(merkle.History, first)
				e.Breach.Entries = e.Breach.Entries[1:]
			}, verify.WordHistory},
		},
	} {
		for _, x := range tampers {
			for i := range 4 {
				e := newScene().all()[i] // apart from the others, with which it shares handovers
				if kind != "any" && e.Kind().String() != kind {
					continue
				}
				x.change(e)
				what := e.Kind().String() + ": " + x.what
				_, err := k.bent(what, pinned(s.World), e)
				if x.want == "" {
					if err == nil {
						t.Errorf("%s: nothing noticed", what)
					}
					continue
				}
				wantWord(t, what, err, x.want)
			}
		}
	}
}

// TestEveryByteOfEvidence: no byte of a file can change without its being refused, or saying the same with a signature line less.
func TestEveryByteOfEvidence(t *testing.T) {
	s := newScene()
	trust := pinned(s.World)
	for _, e := range s.all() {
		file := e.Append(nil)
		want := must(verify.CheckEvidence(trust, e))
		for i := range file {
			bad := slices.Clone(file)
			bad[i] ^= 1
			got, err := evidence.Parse(bad)
			if err != nil {
				continue
			}
			f, err := verify.CheckEvidence(trust, got)
			if err == nil && (*f != *want || len(lines(got)) >= len(lines(e))) {
				t.Errorf("%v: byte %d changed, and nothing noticed: %+v", e.Kind(), i, f)
			}
		}
	}
}

// lines are the signature lines that verifiers of the second epoch count.
func lines(e *evidence.Evidence) (all []string) {
	s := newScene()
	heads := []*checkpoint.Signed{}
	for _, h := range []*evidence.Heads{e.Validator, e.Diverged} {
		if h != nil {
			heads = append(heads, h.Heads[:]...)
		}
	}
	for _, h := range heads {
		if c, err := h.Verify(s.Policy()); err == nil {
			for _, v := range c.Validators {
				all = append(all, v.Name)
			}
		}
	}
	return all
}
