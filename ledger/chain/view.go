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
)

// View is the ledger at one height. It ends with the function it is given to. What it returns stays valid and is not to be modified.
//
// A view holds no lock: blocks are derived and published beside it, and it goes on showing its own height. What that costs is memory, what those blocks
// replace, until it ends; and a transaction of bbolt, which keeps pages from being used again. So it is to be short all the same.
type View struct {
	ledger *Ledger
	at     *stateAt // what is viewed
	layers layers   // as they were when it began: the young one may grow
	edge   edge     // of a log of size leaves
	size   uint64   // leaves there were when it began, at least those of the height
	chain  *store.ChainTx
	index  *store.IndexTx
	leaves map[uint64][]byte // those read last
	err    error             // the first of a method that has no error
}

// View calls fn with the ledger as it is now.
func (l *Ledger) View(fn func(*View) error) error {
	l.mu.RLock()
	v := l.viewOf(l.now.states[len(l.now.states)-1])
	l.mu.RUnlock()
	return v.run(fn)
}

// ErrHeightGone is wrapped when a height is asked for that is none of the newest.
var ErrHeightGone = errors.New("the state of this height is not kept any more, or not reached yet")

// ViewAt is View with the ledger as it was after an earlier block, which must be one of the newest: see Options.Roots.
func (l *Ledger) ViewAt(height uint64, fn func(*View) error) error {
	l.mu.RLock()
	s, newest := l.stateOf(height), l.now.head.Height
	var v *View
	if s != nil {
		v = l.viewOf(s)
	}
	l.mu.RUnlock()
	if v == nil {
		return fmt.Errorf("%w: block %d, the newest is %d", ErrHeightGone, height, newest)
	}
	return v.run(fn)
}

// stateOf finds one of the newest states; nil: it is none. The caller holds mu.
func (l *Ledger) stateOf(height uint64) *stateAt {
	i, ok := slices.BinarySearchFunc(l.now.states, height, func(s *stateAt, h uint64) int { return cmp.Compare(s.head.Height, h) })
	if !ok {
		return nil
	}
	return l.now.states[i]
}

// viewOf begins a view. The caller holds mu.
func (l *Ledger) viewOf(at *stateAt) *View {
	return &View{ledger: l, at: at, layers: l.now.layers, edge: l.now.edge, size: l.now.head.Size}
}

func (v *View) run(fn func(*View) error) error {
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

// MapAt is the state map after another block, if it is one of the newest.
func (v *View) MapAt(height uint64) (statemap.Map, bool) {
	v.ledger.mu.RLock()
	defer v.ledger.mu.RUnlock()
	s := v.ledger.stateOf(height)
	if s == nil {
		return statemap.Map{}, false
	}
	return s.state, true
}

// Leaf is a leaf of the log. Errors: store.ErrNotFound, *Finding when it is damaged.
func (v *View) Leaf(index uint64) ([]byte, error) {
	if index >= v.at.head.Size {
		return nil, fmt.Errorf("%w: leaf %d of %d", ErrNotFound, index, v.at.head.Size)
	}
	if leaf, ok := v.leaves[index]; ok {
		return leaf, nil
	}
	tx, err := v.chainTx()
	if err != nil {
		return nil, err
	}
	leaf, err := tx.Leaf(index)
	if err != nil {
		return nil, finding(err)
	}
	if v.leaves == nil || len(v.leaves) >= viewLeaves {
		v.leaves = make(map[uint64][]byte)
	}
	v.leaves[index] = leaf
	return leaf, nil
}

// Peek is Leaf for whoever keeps nothing of it: the bytes are valid until the next call, or one of Leaf, and others read them, too: they are not to be
// modified.
func (v *View) Peek(index uint64) ([]byte, error) {
	if index >= v.at.head.Size {
		return nil, fmt.Errorf("%w: leaf %d of %d", ErrNotFound, index, v.at.head.Size)
	}
	if leaf, ok := v.ledger.leaves.get(index); ok {
		return leaf, nil
	}
	tx, err := v.chainTx()
	if err != nil {
		return nil, err
	}
	leaf, err := tx.Peek(index)
	if err == nil {
		v.ledger.leaves.read(index, leaf)
	}
	return leaf, finding(err)
}

// viewLeaves is how many leaves a view remembers: whoever reads a history reads its records next, some dozens of entries at a time.
const viewLeaves = 64

// Leaves reads at most max leaves from an index on, and no more than leavesBytes together, one at least if there is one. Of a damaged leaf
// it returns what is stored: whoever reads the log in one piece derives it again, and finds out where it differs.
func (v *View) Leaves(from uint64, max int) (leaves [][]byte, err error) {
	if from >= v.at.head.Size || max <= 0 { // what comes after may be on disk by now
		return nil, nil
	}
	tx, err := v.chainTx()
	if err != nil {
		return nil, err
	}
	max = int(min(uint64(max), v.at.head.Size-from))
	size := 0
	err = tx.StoredLeaves(from, func(leaf []byte) bool {
		if size += len(leaf); len(leaves) > 0 && size > leavesBytes {
			return false
		}
		leaves = append(leaves, bytes.Clone(leaf))
		return len(leaves) < max
	})
	if len(leaves) > 0 {
		err = nil // the next call tells
	}
	return leaves, finding(err)
}

const leavesBytes = 1 << 20

// Intact shows at most max leaves from an index on to whoever believes what it reads and keeps nothing of it, and tells how many: a damaged leaf ends what is read, and
// is the error when it would be the first. The bytes are valid until fn returns; its error ends the reading, and is given back.
func (v *View) Intact(from uint64, max int, fn func(leaf []byte) error) (n int, err error) {
	if from >= v.at.head.Size || max <= 0 {
		return 0, nil
	}
	tx, err := v.chainTx()
	if err != nil {
		return 0, err
	}
	max = int(min(uint64(max), v.at.head.Size-from))
	var bad error
	err = tx.Leaves(from, func(_ uint64, leaf []byte) bool {
		if bad = fn(leaf); bad != nil {
			return false
		}
		n++
		return n < max
	})
	switch {
	case bad != nil:
		return n, bad
	case n > 0:
		return n, nil // the next call tells
	}
	return 0, finding(err)
}

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
	b, err := v.tiles().bytes(level, index)
	return b, finding(err)
}

// Hashes reads the log's hashes, for proofs.
func (v *View) Hashes() (merkle.HashReader, error) {
	return merkle.OverTiles(v.tiles(), v.at.head.Size), nil
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

func (v *View) tiles() tiles {
	return tiles{tx: v.chainTx, kept: v.ledger.tiles, edge: v.edge, now: v.size, size: v.at.head.Size}
}

// ErrNotFound is wrapped when a leaf, block or tile is not in the ledger.
var ErrNotFound = store.ErrNotFound
