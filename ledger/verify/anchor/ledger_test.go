package anchor_test

import (
	"context"
	"runtime"
	"testing"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/chain/chaintest"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/evidence"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/merkle"
	"github.com/ocopledger/ocop/ledger/subject"
	"github.com/ocopledger/ocop/ledger/verify"
	"github.com/ocopledger/ocop/ledger/verify/anchor"
)

// told applies the story of what happens in a ledger's first policy epoch, up to its last drafts, and gives those.
func told(t *testing.T) (*chaintest.World, *chain.Ledger, []chaintest.Draft) {
	t.Helper()
	w := chaintest.New()
	pool := must(ident.NewPool(runtime.NumCPU(), 64))
	t.Cleanup(pool.Close)
	l, err := chain.Open(t.Context(), chain.Options{Dir: t.TempDir(), Genesis: w.Genesis.Bytes(), Verifier: pool, NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	drafts := w.Story()
	drafts = drafts[:len(drafts)-chaintest.Rotations]
	apply(t, l, drafts[:8]...)
	return w, l, drafts[8:]
}

func apply(t *testing.T, l *chain.Ledger, drafts ...chaintest.Draft) {
	t.Helper()
	for _, d := range drafts {
		if _, err := l.Apply(context.Background(), []chain.Entry{{Index: d.Index, Term: d.Term, Data: d.Data}}); err != nil {
			t.Fatal(err)
		}
	}
}

// cosigned is a ledger's head as validators cosign it, and its last leaf with the path.
func cosigned(v *chain.View, origin string, agencies ...ledger.AccountID) *checkpoint.Proof {
	h := v.Head()
	s := &checkpoint.Signed{Tree: checkpoint.Tree{Origin: origin, Size: h.Size, Root: h.Root}}
	for _, a := range agencies {
		c := must(ident.NewCosigner("node"+a.String()+".example", chaintest.NodeKey(a, ident.PurposeCosigner)))
		s = s.With(checkpoint.CosignatureLine(c.VKey(), must(c.Cosign(s.Tree.Text(), h.Time/1000))))
	}
	return &checkpoint.Proof{
		Extra: must(v.Leaf(h.Size - 1)), Index: h.Size - 1, Path: must(merkle.Log.ProveInclusion(must(v.Hashes()), h.Size, h.Size-1)), Checkpoint: s,
	}
}

// TestALedgersHead: a head of a real ledger, and whoever has the genesis file.
func TestALedgersHead(t *testing.T) {
	w, l, _ := told(t)
	err := l.View(func(v *chain.View) error {
		p := cosigned(v, l.Policy().Origin, 1, 3)
		trust := must(anchor.Parse(w.Genesis.Bytes(), 0, v.Head().Time/1000))
		head, err := trust.Head(p.Checkpoint, p.Extra, p.Path, nil)
		if err == nil && (head.Seal.Height != v.Head().Height || head.Seal.State != v.Head().State || head.Time != v.Head().Time/1000) {
			t.Errorf("%+v", head)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// TestBreachOfARealLedger: the evidence is made of what a node serves, and is judged by a machine that has the two files alone.
func TestBreachOfARealLedger(t *testing.T) {
	w, l, rest := told(t)
	promised := l.Head()
	apply(t, l, rest...)
	author := chaintest.Coop
	for _, x := range []struct {
		what   string
		record ledger.RecordID
		want   verify.Word
	}{
		{"a record that never came", ledger.RecordID{1}, ""},
		{"a record that came", recordAfter(t, l, author, promised.Size), verify.WordEvidence},
	} {
		p := ledger.Promise{Chain: w.Chain(), Receiver: 2, Record: x.record, Author: author, Size: promised.Size, Deadline: promised.Time + 1}
		e := &evidence.Evidence{Breach: &evidence.Breach{
			Promise: ledger.SignedPromise{Promise: p, Signature: must(chaintest.NodeKey(2, ident.PurposeNode).Sign(p.Message()))},
		}}
		err := l.View(func(v *chain.View) error {
			e.Breach.Head = cosigned(v, l.Policy().Origin, 1, 3)
			e.Breach.State = v.Map().Prove(subject.Activity(author).Key()).AppendBinary(nil)
			history := must(v.History(subject.Activity(author), 0, 1000))
			from := 0
			for i := range history {
				if history[i].Leaf < promised.Size {
					from = i
				}
			}
			for i := range from {
				e.Breach.Before = e.Breach.Before.Append(merkle.History, history[i].LeafHash())
			}
			e.Breach.Entries = history[from:]
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		trust := must(anchor.Parse(w.Genesis.Bytes(), 0, l.Head().Time/1000))
		f, err := verify.CheckEvidence(trust, must(evidence.Parse(e.Append(nil))))
		if x.want != "" {
			if !verify.Failed(err, x.want) {
				t.Errorf("%s: %v", x.what, err)
			}
		} else if err != nil || f.Agency != 2 || f.Kind != evidence.KindBreach {
			t.Errorf("%s: %+v, %v", x.what, f, err)
		}
	}
}

// recordAfter is a record of an author in a leaf from size on.
func recordAfter(t *testing.T, l *chain.Ledger, author ledger.AccountID, size uint64) (id ledger.RecordID) {
	t.Helper()
	err := l.View(func(v *chain.View) error {
		for _, e := range must(v.History(subject.Activity(author), 0, 1000)) {
			if e.Leaf >= size {
				id = e.Record
			}
		}
		return nil
	})
	if err != nil || id == (ledger.RecordID{}) {
		t.Fatal("the author wrote nothing more", err)
	}
	return id
}
