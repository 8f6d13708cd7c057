package chain

import (
	"fmt"
	"math/bits"
	"sort"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/merkle"
	"github.com/ocopledger/ocop/ledger/store"
	"github.com/ocopledger/ocop/ledger/subject"
)

// EntryFrom is the number of the first entry of a subject's history that stands at a leaf or behind it; the length of the history when there is none. Leaves never
// descend in a history, so that it takes one row for each time that its chunks can be halved.
func (v *View) EntryFrom(id subject.ID, leaf uint64) (uint64, error) {
	h, err := v.history(id)
	if err != nil || h.size() == 0 {
		return 0, finding(err)
	}
	lo, hi := uint64(0), (h.size()+store.EntryChunk-1)/store.EntryChunk // chunks that begin before the leaf; chunks
	for lo < hi {
		mid := lo + (hi-lo)/2
		first, err := h.firstLeaf(mid)
		if err != nil {
			return 0, finding(err)
		}
		if first < leaf {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	if lo == 0 {
		return 0, nil
	}
	at := (lo - 1) * store.EntryChunk
	touches, err := h.read(at, min(at+store.EntryChunk, h.size()))
	if err != nil {
		return 0, finding(err)
	}
	return at + uint64(sort.Search(len(touches), func(i int) bool { return touches[i].Leaf >= leaf })), nil
}

// firstLeaf is the leaf at which a chunk begins.
func (h *history) firstLeaf(chunk uint64) (uint64, error) {
	n := chunk * store.EntryChunk
	if r := h.inMemory(n); r != nil {
		return r.newest[n-r.base()].Leaf, nil
	}
	tx, err := h.view.indexTx()
	if err != nil {
		return 0, err
	}
	return tx.FirstLeaf(h.key(), chunk)
}

// HistoryHashes reads the hashes of a history of a kind with Paths, as it is at the view's height, for proofs: each takes a row of index.db, and what lies in one chunk the
// leaves of its entries. They are what rows say: a proof made of them is to be held against the root in the state map.
// Nothing else of the view is to be read between two of them: what they peek at is valid until then.
func (v *View) HistoryHashes(id subject.ID) (merkle.HashReader, error) {
	if !id.Kind.Paths() {
		return nil, fmt.Errorf("chain: the hashes of histories of %s are not kept", id.Kind)
	}
	h, err := v.history(id)
	if err != nil {
		return nil, finding(err)
	}
	return &historyHashes{history: h, entries: entryReader{view: v, open: v.Peek}}, nil
}

// historyHashes implements merkle.HashReader.
type historyHashes struct {
	history
	entries entryReader
	chunk   uint64       // the one that was hashed last
	inside  *merkle.Tree // its hashes; nil: none was
}

// ReadHash implements merkle.HashReader.
func (h *historyHashes) ReadHash(level int, index uint64) (ledger.Hash, error) {
	n := h.size()
	if level < 0 || level > 62 || index >= n>>level {
		return ledger.Hash{}, fmt.Errorf("%w: no hash %d at level %d in a history of %d entries", merkle.ErrRange, index, level, n)
	}
	if index+1 == n>>level && index&1 == 0 { // no larger perfect subtree holds it: it is one of the frontier's
		return h.rows[0].history.Hashes[bits.OnesCount64(n>>(level+1))], nil
	}
	hash, err := ledger.Hash{}, error(nil)
	if level < ledger.KeptLevel {
		hash, err = h.hashed(level, index)
	} else {
		hash, err = h.kept(level, index)
	}
	return hash, finding(err)
}

// kept is the hash of a subtree of one chunk or more.
func (h *historyHashes) kept(level int, index uint64) (ledger.Hash, error) {
	chunk := store.LastChunk(level, index)
	if r := h.inMemory((chunk+1)*store.EntryChunk - 1); r != nil {
		return r.subtrees[store.Subtrees(chunk)-store.Subtrees(r.base()/store.EntryChunk)+level-ledger.KeptLevel], nil
	}
	tx, err := h.view.indexTx()
	if err != nil {
		return ledger.Hash{}, err
	}
	return tx.Subtree(h.key(), level, index)
}

// hashed is the hash of a subtree inside a chunk.
func (h *historyHashes) hashed(level int, index uint64) (ledger.Hash, error) {
	across := ledger.KeptLevel - level // 1<<across such subtrees are a chunk
	if chunk := index >> across; h.inside == nil || h.chunk != chunk {
		inside, err := h.within(chunk)
		if err != nil {
			return ledger.Hash{}, err
		}
		h.chunk, h.inside = chunk, inside
	}
	return h.inside.ReadHash(level, index&(1<<across-1))
}

// chunkAt names a chunk of a history.
type chunkAt struct {
	id     subject.ID
	number uint64
}

// keptChunks is how many full chunks of histories are remembered with the hashes inside, 2 KiB each. To hash one takes the leaves of 32 entries, more than all the rest of a
// receipt, and a receipt that many ask for is in the same chunk each time.
const keptChunks = 4096

// within gives the hashes inside a chunk, as far as the history has come.
func (h *historyHashes) within(chunk uint64) (*merkle.Tree, error) {
	at, first := chunkAt{h.id, chunk}, chunk*store.EntryChunk
	if inside, ok := h.view.ledger.chunks.Get(at); ok {
		return inside, nil
	}
	touches, err := h.read(first, min(first+store.EntryChunk, h.size()))
	if err != nil {
		return nil, err
	}
	hashes := make([]ledger.Hash, len(touches))
	for i := range touches {
		e, err := h.entries.entry(&touches[i])
		if err != nil {
			return nil, err
		}
		hashes[i] = e.LeafHash()
	}
	inside := merkle.NewTree(merkle.History, hashes...)
	if len(hashes) == store.EntryChunk { // from now on it stays as it is
		h.view.ledger.chunks.Put(at, inside)
	}
	return inside, nil
}
