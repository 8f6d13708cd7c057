package chain

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/merkle"
	"github.com/ocopledger/ocop/ledger/rules"
	"github.com/ocopledger/ocop/ledger/statemap"
	"github.com/ocopledger/ocop/ledger/store"
	"github.com/ocopledger/ocop/ledger/subject"
)

// View is the ledger at one height. It ends with the function it is given to. What it returns stays valid and is not to be modified.
type View struct {
	ledger *Ledger
	now    *moment
	at     *stateAt  // what is viewed
	newer  []stateAt // the blocks after it, oldest first
	chain  *store.ChainTx
	index  *store.IndexTx
	err    error // the first of a method that has no error
}

// View calls fn with the ledger as it is, which does not grow meanwhile: fn must be short, and must not call methods of the ledger itself.
func (l *Ledger) View(fn func(*View) error) error {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.view(len(l.now.states)-1, fn)
}

// ErrHeightGone is wrapped when a height is asked for that is none of the newest.
var ErrHeightGone = errors.New("the state of this height is not kept any more, or not reached yet")

// ViewAt is View with the ledger as it was after an earlier block, which must be one of the newest: see Options.Roots.
func (l *Ledger) ViewAt(height uint64, fn func(*View) error) error {
	l.mu.RLock()
	defer l.mu.RUnlock()
	i, ok := find(l.now.states, height)
	if !ok {
		return fmt.Errorf("%w: block %d, the newest is %d", ErrHeightGone, height, l.now.head.Height)
	}
	return l.view(i, fn)
}

func find(states []stateAt, height uint64) (int, bool) {
	return slices.BinarySearchFunc(states, height, func(s stateAt, h uint64) int { return cmp.Compare(s.head.Height, h) })
}

// view views the i-th of the newest states. The caller holds mu.
func (l *Ledger) view(i int, fn func(*View) error) error {
	v := &View{ledger: l, now: &l.now, at: &l.now.states[i], newer: l.now.states[i+1:]}
	defer v.close()
	err := fn(v)
	if err == nil {
		err = v.err
	}
	return finding(err)
}

func (v *View) close() {
	if v.chain != nil {
		v.fail(v.chain.Close())
	}
	if v.index != nil {
		v.fail(v.index.Close())
	}
}

func (v *View) fail(err error) {
	if v.err == nil {
		v.err = err
	}
}

func (v *View) chainTx() (*store.ChainTx, error) {
	if v.chain == nil {
		tx, err := v.ledger.chain.Begin()
		if err != nil {
			return nil, err
		}
		v.chain = tx
	}
	return v.chain, nil
}

func (v *View) indexTx() (*store.IndexTx, error) {
	if v.index == nil {
		tx, err := v.ledger.index.Begin()
		if err != nil {
			return nil, err
		}
		v.index = tx
	}
	return v.index, nil
}

// Head is the head the view is of.
func (v *View) Head() ledger.Head { return v.at.head }

// Context is what the rules would know of the block that comes next, if it came at once.
func (v *View) Context() rules.Context {
	h := &v.at.head
	return rules.Context{Chain: v.ledger.Chain(), Height: h.Height + 1, Time: h.Time, Protocol: h.Protocol}
}

// Map is the state map.
func (v *View) Map() statemap.Map { return v.at.state }

// MapAt is the state map after an earlier block, if it is one of the newest.
func (v *View) MapAt(height uint64) (statemap.Map, bool) {
	i, ok := find(v.now.states, height)
	if !ok {
		return statemap.Map{}, false
	}
	return v.now.states[i].state, true
}

func (v *View) row(id subject.ID) (*row, error) {
	for i := range v.newer {
		if r, changed := v.newer[i].before[id]; changed {
			return r, nil
		}
	}
	if r, _ := v.now.layers.find(id); r != nil {
		return r, nil
	}
	return v.ledger.stored(id, v.indexTx)
}

// Value is the value of a subject. An error of the storage ends up as that of View; the value is then absent.
func (v *View) Value(id subject.ID) ([]byte, bool) {
	r, err := v.row(id)
	if err != nil {
		v.fail(err)
	}
	if r == nil {
		return nil, false
	}
	return r.value, true
}

// HistoryLen is the number of entries in a subject's history; 0: there is no such subject.
func (v *View) HistoryLen(id subject.ID) (uint64, error) {
	r, err := v.row(id)
	if err != nil || r == nil {
		return 0, err
	}
	return r.history.Size, nil
}

// Subjects lists at most max subjects of a kind in the order of their binary ids, beginning after one; an empty name begins at the start.
func (v *View) Subjects(kind subject.Kind, after string, max int) ([]subject.ID, error) {
	tx, err := v.indexTx()
	if err != nil {
		return nil, err
	}
	newer := v.layered(kind, after)
	// Subjects that are younger than the view are left out below; there are no more of them than blocks after it have changed.
	want := max
	for i := range v.newer {
		max += len(v.newer[i].before)
	}
	var ids []subject.ID
	err = tx.Subjects(kind, after, func(s store.Subject) bool {
		for len(newer) > 0 && newer[0].Name <= s.ID.Name && len(ids) < max {
			if newer[0] != s.ID {
				ids = append(ids, newer[0])
			}
			newer = newer[1:]
		}
		if len(ids) < max {
			ids = append(ids, s.ID)
		}
		return len(ids) < max
	})
	for len(ids) < max && len(newer) > 0 {
		ids, newer = append(ids, newer[0]), newer[1:]
	}
	if len(v.newer) > 0 {
		ids = slices.DeleteFunc(ids, v.younger)
	}
	return ids[:min(len(ids), want)], err
}

// younger tells whether a subject came into being after the view.
func (v *View) younger(id subject.ID) bool {
	for i := range v.newer {
		if r, changed := v.newer[i].before[id]; changed {
			return r == nil
		}
	}
	return false
}

// layered lists the subjects of a kind that are in layers, in the order of their ids.
func (v *View) layered(kind subject.Kind, after string) (ids []subject.ID) {
	for _, l := range []*layer{v.now.layers.young, v.now.layers.old} {
		if l == nil {
			continue
		}
		for id := range l.subjects {
			if id.Kind == kind && (id.Name > after || after == "" && id.Name == "") {
				ids = append(ids, id)
			}
		}
	}
	slices.SortFunc(ids, func(a, b subject.ID) int { return bytes.Compare([]byte(a.Name), []byte(b.Name)) })
	return slices.Compact(ids)
}

// Known tells whether a record was accepted or refused.
func (v *View) Known(id ledger.RecordID) bool {
	_, ok, err := v.Record(id)
	if err != nil {
		v.fail(err)
	}
	return ok
}

// Record is what became of a record, if it was accepted or refused. Of a refusal, reason and action are known.
func (v *View) Record(id ledger.RecordID) (Outcome, bool, error) {
	r, ok := v.now.layers.record(id)
	if !ok {
		tx, err := v.indexTx()
		if err != nil {
			return Outcome{}, false, err
		}
		if r, ok, err = tx.Record(id); err != nil || !ok {
			return Outcome{}, false, err
		}
	}
	if r.Height > v.at.head.Height {
		return Outcome{}, false, nil
	}
	return outcomeOf(&r), true, nil
}

// Leaf is a leaf of the log. Errors: store.ErrNotFound, *Finding when it is damaged.
func (v *View) Leaf(index uint64) ([]byte, error) {
	if index >= v.at.head.Size {
		return nil, fmt.Errorf("%w: leaf %d of %d", ErrNotFound, index, v.at.head.Size)
	}
	tx, err := v.chainTx()
	if err != nil {
		return nil, err
	}
	leaf, err := tx.Leaf(index)
	return leaf, finding(err)
}

// Leaves reads at most max leaves from an index on, and no more than leavesBytes together, one at least if there is one. Of a damaged leaf
// it returns what is stored: whoever reads the log in one piece derives it again, and finds out where it differs.
func (v *View) Leaves(from uint64, max int) (leaves [][]byte, err error) {
	tx, err := v.chainTx()
	if err != nil {
		return nil, err
	}
	if len(v.newer) > 0 {
		if from >= v.at.head.Size {
			return nil, nil
		}
		max = min(max, int(v.at.head.Size-from))
	}
	size := 0
	err = tx.StoredLeaves(from, func(leaf []byte) bool {
		if size += len(leaf); len(leaves) == max || len(leaves) > 0 && size > leavesBytes {
			return false
		}
		leaves = append(leaves, bytes.Clone(leaf))
		return true
	})
	if len(leaves) > 0 {
		err = nil // the next call tells
	}
	return leaves, finding(err)
}

const leavesBytes = 1 << 20

// Block is a block as it is on the log.
type Block struct {
	Seal  *ledger.Seal
	First uint64 // index of its first leaf; the seal's is Seal.SizeBefore, the refusals leaf's the one before if Seal.Refused > 0
}

// Block is the block of a height. Errors: store.ErrNotFound, *Finding when it is damaged.
func (v *View) Block(height uint64) (b Block, err error) {
	if height > v.at.head.Height {
		return b, fmt.Errorf("%w: block %d, the newest is %d", ErrNotFound, height, v.at.head.Height)
	}
	tx, err := v.chainTx()
	if err != nil {
		return b, err
	}
	at, err := tx.SealLeaf(height)
	if err != nil {
		return b, finding(err)
	}
	leaf, err := tx.Leaf(at)
	if err != nil {
		return b, finding(err)
	}
	if b.Seal, err = ledger.ParseSeal(leaf); err != nil {
		return b, &Finding{File: store.ChainFile, Bucket: "leaves", Leaf: at, Field: "seal", Cause: err}
	}
	b.First = at - uint64(b.Seal.Accepted)
	if b.Seal.Refused > 0 {
		b.First--
	}
	return b, nil
}

// BlockOf is the height of the block that holds a leaf.
func (v *View) BlockOf(leaf uint64) (uint64, error) {
	tx, err := v.chainTx()
	if err != nil {
		return 0, err
	}
	height, _, err := tx.Block(leaf)
	return height, finding(err)
}

// Tile is a tile of the log as it is published, in the width it has at the view's height. Errors: store.ErrNotFound, *Finding.
func (v *View) Tile(level int, index uint64) ([]byte, error) {
	tx, err := v.chainTx()
	if err != nil {
		return nil, err
	}
	b, err := v.tiles(tx).bytes(level, index)
	return b, finding(err)
}

// Hashes reads the log's hashes, for proofs.
func (v *View) Hashes() (merkle.HashReader, error) {
	tx, err := v.chainTx()
	if err != nil {
		return nil, err
	}
	return merkle.OverTiles(v.tiles(tx), v.at.head.Size), nil
}

// RootAt is the root of the log's first leaves, of which there are at least size.
func (v *View) RootAt(size uint64) (ledger.Hash, error) {
	hashes, err := v.Hashes()
	if err != nil {
		return ledger.Hash{}, err
	}
	f, err := merkle.ReadFrontier(hashes, size)
	if err != nil {
		return ledger.Hash{}, finding(err)
	}
	return f.Root(merkle.Log), nil
}

func (v *View) tiles(tx *store.ChainTx) tiles {
	return tiles{tx, v.now.edge, v.now.head.Size, v.at.head.Size}
}

// ErrNotFound is wrapped when a leaf, block or tile is not in the ledger.
var ErrNotFound = store.ErrNotFound
