package prove

import (
	"fmt"
	"sort"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/merkle"
	"github.com/ocopledger/ocop/ledger/receipt"
	"github.com/ocopledger/ocop/ledger/subject"
)

// maxActivity bounds the history that is hashed for the receipt of an action, in entries: a tenth of a second, for which the ledger may have to wait.
const maxActivity = 100_000

// Record is the record receipt of a leaf, a record or a block's refusals: a C2SP tlog-proof with the leaf as extra data, whose inclusion any verifier of
// such proofs can check.
func Record(src Source, signed *checkpoint.Signed, leaf uint64) (*checkpoint.Proof, error) {
	if _, _, err := Seal(src, signed); err != nil {
		return nil, err
	}
	if leaf >= signed.Tree.Size {
		return nil, fmt.Errorf("%w: leaf %d of %d", ErrHead, leaf, signed.Tree.Size)
	}
	data, err := src.Leaf(leaf)
	if err != nil {
		return nil, err
	}
	if len(data) == 0 || data[0] != ledger.KindRecord && data[0] != ledger.KindRefusals {
		return nil, &NotFoundError{What: fmt.Sprintf("record at leaf %d", leaf)}
	}
	path, err := inclusion(src, signed.Tree.Size, leaf)
	if err != nil {
		return nil, err
	}
	return &checkpoint.Proof{Extra: append([]byte{receipt.RecordExtra}, data...), Index: leaf, Path: path, Checkpoint: signed}, nil
}

// Action is the receipt of one action of the record at a leaf: its place in its author's activity stands for the record's acceptance.
func Action(src Source, signed *checkpoint.Signed, leaf uint64, number uint16, o Options) (*receipt.Receipt, error) {
	e, err := envelope(src, leaf)
	if err != nil {
		return nil, err
	}
	if int(number) >= len(e.Actions) {
		id := ledger.ActionID{Record: e.ID, Action: number}
		return nil, &NotFoundError{Action: id, What: "action " + id.String()}
	}
	id := subject.Activity(e.Header.Author)
	out, err := begin(src, signed, receipt.KindAction, id, Options{Handovers: o.Handovers})
	if err != nil {
		return nil, err
	}
	place, at, err := locate(src, id, leaf)
	if err != nil {
		return nil, err
	}
	r := receipt.Record{Leaf: leaf, Height: at.Height, Time: at.Time, Key: e.PublicKey, Header: e.Header, Signature: e.Signature}
	r.Show(e.Actions, []uint16{number})
	value, _ := src.Value(id)
	out.Records, out.Place = []receipt.Record{r}, place
	out.Members = []receipt.Member{{ID: id, Value: value}}
	out.State, err = state(src, []subject.ID{id})
	return out, err
}

// locate finds the entry of an accepted record in an activity, and its inclusion path.
func locate(src Source, id subject.ID, leaf uint64) (*receipt.Place, *ledger.Entry, error) {
	n, err := src.HistoryLen(id)
	if err != nil {
		return nil, nil, err
	}
	if n > maxActivity {
		return nil, nil, fmt.Errorf("%w: %s has %d entries", ErrTooLarge, id, n)
	}
	var failed error
	at := uint64(sort.Search(int(n), func(i int) bool {
		e, err := src.History(id, uint64(i), 1)
		if err != nil || len(e) != 1 {
			failed = err
			return true
		}
		return e[0].Leaf >= leaf && !genesis(&e[0])
	}))
	if failed != nil {
		return nil, nil, failed
	}
	found, err := src.History(id, at, 1)
	if err != nil {
		return nil, nil, err
	}
	if len(found) != 1 || found[0].Leaf != leaf {
		return nil, nil, &NotFoundError{What: fmt.Sprintf("%s: record at leaf %d", id, leaf)}
	}
	tree, err := historyTree(src, id, n)
	if err != nil {
		return nil, nil, err
	}
	path, err := merkle.History.ProveInclusion(tree, n, at)
	return &receipt.Place{Entries: n, Root: tree.Root(), Entry: at, Value: found[0].Value, Path: path}, &found[0], err
}

// historyTree hashes a whole history. Activities have the longest ones, so they are bounded; beyond, a record receipt shows that the record is there.
func historyTree(src Source, id subject.ID, n uint64) (*merkle.Tree, error) {
	tree := merkle.NewTree(merkle.History)
	for tree.Size() < n {
		some, err := src.History(id, tree.Size(), chunk)
		if err != nil {
			return nil, err
		}
		if len(some) == 0 {
			return nil, fmt.Errorf("%w: %s: %d of %d entries", ErrCorrupt, id, tree.Size(), n)
		}
		for i := range some {
			tree.Append(some[i].LeafHash())
		}
	}
	return tree, nil
}

// Consistency is the proof that the log of an older size is the beginning of the log of a newer one, both at most the source's.
func Consistency(src Source, older, newer uint64) ([]ledger.Hash, error) {
	if older > newer || newer > src.Head().Size {
		return nil, fmt.Errorf("%w: consistency of %d and %d, the log has %d", ErrHead, older, newer, src.Head().Size)
	}
	hashes, err := src.Hashes()
	if err != nil {
		return nil, err
	}
	return merkle.Log.ProveConsistency(hashes, older, newer)
}
