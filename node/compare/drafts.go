package compare

import (
	"sync"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/ident"
)

const (
	// MaxDrafts is how many draft headers are remembered: several minutes of the highest load, 2 MB.
	MaxDrafts = 8192
	// MaxAtOnce bounds the headers of one answer: a peer asks several times a second.
	MaxAtOnce = 512
)

// Draft is a draft's header as its proposer signed it.
type Draft struct {
	Header    ledger.DraftHeader
	Signature ident.NodeSignature
}

// Conflict is two drafts of one proposer, term and sequence that differ, both with good signatures.
type Conflict struct {
	Key  ident.Ed25519Key // the proposer's, which verifies both
	A, B Draft            // A was seen first
}

// KeyOf gives the node keys that a proposer has, or lately had. Both drafts of a conflict must verify under one of them.
type KeyOf func(proposer ledger.AccountID) []ident.Ed25519Key

// place is what a proposer may use once.
type place struct {
	proposer       ledger.AccountID
	term, sequence uint64
}

// Drafts remembers the newest drafts seen. It may be used from several goroutines.
type Drafts struct {
	keys  KeyOf
	first uint64 // mark of the first draft

	mu   sync.Mutex
	at   map[place]int // in ring
	ring []Draft       // the newest, oldest overwritten first
	seen uint64        // drafts ever put into ring
	told map[place]bool
}

// NewDrafts remembers nothing yet. Marks begin at first, which is higher than all marks of this node's earlier lives: with a peer's mark of one of those, it
// is told everything. Unix microseconds are.
func NewDrafts(keys KeyOf, first uint64) *Drafts {
	return &Drafts{keys: keys, first: max(first, 1), at: make(map[place]int), told: make(map[place]bool)}
}

// See takes a draft from raft. Signatures are looked at only when two drafts differ, so that honest drafts cost nothing; then one whose signature is
// wrong is dropped, whoever brought it, and says nothing about its proposer. A conflict is returned once.
func (d *Drafts) See(draft Draft) *Conflict { return d.take(draft, false) }

// Hear takes a draft that a peer was given. One in a place that is not known here must be signed: otherwise a peer could fill the memory with drafts
// that nobody ever made.
func (d *Drafts) Hear(draft Draft) *Conflict { return d.take(draft, true) }

func (d *Drafts) take(draft Draft, heard bool) *Conflict {
	p := place{draft.Header.Proposer, draft.Header.Term, draft.Header.Sequence}
	d.mu.Lock()
	defer d.mu.Unlock()
	i, known := d.at[p]
	if !known {
		if heard {
			if _, ok := signed(d.keys(p.proposer), &draft); !ok {
				return nil
			}
		}
		d.put(p, draft)
		return nil
	}
	was := d.ring[i]
	if was.Header == draft.Header || d.told[p] {
		return nil
	}
	keys := d.keys(p.proposer)
	key, ok := signed(keys, &draft)
	if !ok {
		return nil
	}
	if _, ok := signed([]ident.Ed25519Key{key}, &was); !ok {
		if _, other := signed(keys, &was); !other { // forged: its place goes to this one, which peers have not been told
			delete(d.at, p)
			d.put(p, draft)
		}
		return nil
	}
	d.told[p] = true
	return &Conflict{key, was, draft}
}

// signed finds the key that verifies a draft.
func signed(keys []ident.Ed25519Key, d *Draft) (ident.Ed25519Key, bool) {
	message := d.Header.Message()
	for _, k := range keys {
		if k.Verify(message, d.Signature) == nil {
			return k, true
		}
	}
	return ident.Ed25519Key{}, false
}

// put remembers a draft in place of the oldest. The caller holds mu.
func (d *Drafts) put(p place, draft Draft) {
	if len(d.ring) < MaxDrafts {
		d.at[p], d.ring = len(d.ring), append(d.ring, draft)
	} else {
		i := int(d.seen % MaxDrafts)
		old := d.ring[i].Header
		gone := place{old.Proposer, old.Term, old.Sequence}
		if d.at[gone] == i { // unless a forged one stood here, whose place has gone to another
			delete(d.at, gone)
			delete(d.told, gone)
		}
		d.at[p], d.ring[i] = i, draft
	}
	d.seen++
}

// Since gives drafts first seen after a mark, oldest first, at most MaxAtOnce, and the mark to ask with next. Mark 0, and one that is not of this life,
// begin with the oldest remembered; one who has fallen behind what is remembered goes on from there.
func (d *Drafts) Since(mark uint64) (drafts []Draft, next uint64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	at := d.seen - uint64(len(d.ring))
	if mark >= d.first && mark-d.first <= d.seen {
		at = max(at, mark-d.first)
	}
	for ; at < d.seen && len(drafts) < MaxAtOnce; at++ {
		drafts = append(drafts, d.ring[at%MaxDrafts])
	}
	return drafts, d.first + at
}
