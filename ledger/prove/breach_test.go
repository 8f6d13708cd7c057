package prove_test

import (
	"errors"
	"testing"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/chain/chaintest"
	"github.com/ocopledger/ocop/ledger/evidence"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/prove"
	"github.com/ocopledger/ocop/ledger/verify"
)

// author is an account that writes, one record a block.
const author ledger.AccountID = chaintest.Province

// written is a ledger on which an author has written so many records, a block and a second each.
func written(t *testing.T, records int) (*chaintest.World, *chain.Ledger, []ledger.RecordID) {
	t.Helper()
	return writtenTo(t, t.TempDir(), records)
}

func writtenTo(t *testing.T, dir string, records int) (*chaintest.World, *chain.Ledger, []ledger.RecordID) {
	t.Helper()
	w := chaintest.New()
	pool, err := ident.NewPool(2, 0)
	if err != nil {
		t.Fatal(err)
	}
	l, err := chain.Open(t.Context(), chain.Options{Dir: dir, Genesis: w.Genesis.Bytes(), Verifier: pool, NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close(); pool.Close() })
	var ids []ledger.RecordID
	for i := range records {
		w.Tick(time.Second)
		r := w.Sign(author, chaintest.Household(1_000_100+ledger.AccountID(i)))
		data := w.Draft(r)
		if _, err := l.Apply(t.Context(), []chain.Entry{{Index: w.Index, Term: w.Term, Data: data}}); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, r.ID)
	}
	return w, l, ids
}

// breach is what prove makes of a promise on the newest head.
func breach(t *testing.T, w *chaintest.World, l *chain.Ledger, p ledger.Promise) (b *evidence.Breach, err error) {
	t.Helper()
	p.Chain, p.Receiver = w.Chain(), chaintest.Ministry
	s := &ledger.SignedPromise{Promise: p}
	if s.Signature, err = chaintest.NodeKey(p.Receiver, ident.PurposeNode).Sign(p.Message()); err != nil {
		t.Fatal(err)
	}
	signed := chaintest.Cosign(l.Policy(), l.Head(), w.Now/1000)
	_ = l.View(func(v *chain.View) error {
		b, err = prove.Breach(v, signed, s)
		return nil
	})
	return b, err
}

// TestBreaches: wherever the promise stands in the author's activity, what is made convinces a stranger.
func TestBreaches(t *testing.T) {
	const records = 600 // more than are read at once
	w, l, ids := written(t, records)
	trust, err := verify.NewTrust(w.Genesis.Policy(), w.Now/1000, w.Now/1000)
	if err != nil {
		t.Fatal(err)
	}
	size := l.Head().Size
	for name, c := range map[string]struct {
		author  ledger.AccountID
		size    uint64
		entries int
	}{
		"at the beginning":                    {author, 1, records + 1},   // genesis is before
		"in the middle":                       {author, size / 2, 301},    // 1 of genesis, 2 leaves a block
		"at the end":                          {author, size, 1},          // the last one, as the one before
		"of an author who has written none":   {chaintest.Ministry, 7, 1}, // genesis
		"of an author nobody has ever seen":   {1_999_999, 7, 0},
		"of one who is named, and has no key": {1_000_100, 7, 0},
	} {
		b, err := breach(t, w, l, ledger.Promise{Record: ledger.RecordID{9}, Author: c.author, Size: c.size, Deadline: w.Now - 2000})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if len(b.Entries) != c.entries {
			t.Errorf("%s: %d entries, want %d", name, len(b.Entries), c.entries)
		}
		e, err := evidence.Parse((&evidence.Evidence{Breach: b}).Append(nil))
		if err != nil {
			t.Fatal(err)
		}
		if f, err := verify.CheckEvidence(trust, e); err != nil || f.Kind != evidence.KindBreach || f.Agency != chaintest.Ministry {
			t.Errorf("%s: a stranger finds %+v, %v", name, f, err)
		}
	}
	var kept *prove.KeptError
	for _, i := range []int{0, 299, records - 1} {
		if _, err := breach(t, w, l, ledger.Promise{Record: ids[i], Author: author, Size: 1, Deadline: w.Now - 2000}); !errors.As(err, &kept) || kept.Leaf != uint64(1+2*i) {
			t.Errorf("record %d: %v", i, err)
		}
	}
	for name, p := range map[string]ledger.Promise{
		"the deadline is now":   {Record: ledger.RecordID{9}, Author: author, Size: 1, Deadline: l.Head().Time},
		"of a larger ledger":    {Record: ledger.RecordID{9}, Author: author, Size: size + 1, Deadline: 1},
		"the deadline is later": {Record: ledger.RecordID{9}, Author: author, Size: 1, Deadline: w.Now + 1},
	} {
		if _, err := breach(t, w, l, p); !errors.Is(err, prove.ErrPending) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A head of another ledger, or of another height, is not what the source holds.
func TestBreachOfAnotherHead(t *testing.T) {
	w, l, _ := written(t, 2)
	head := l.Head()
	head.Root[0] ^= 1
	s := &ledger.SignedPromise{Promise: ledger.Promise{Chain: w.Chain(), Author: author}}
	err := l.View(func(v *chain.View) error {
		_, err := prove.Breach(v, chaintest.Cosign(l.Policy(), head, w.Now/1000), s)
		return err
	})
	if !errors.Is(err, prove.ErrHead) {
		t.Error(err)
	}
}
