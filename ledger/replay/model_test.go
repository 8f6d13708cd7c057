package replay_test

import (
	"bytes"
	"fmt"
	"maps"
	"slices"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/merkle"
	"github.com/ocopledger/ocop/ledger/replay"
	"github.com/ocopledger/ocop/ledger/rules"
	"github.com/ocopledger/ocop/ledger/statemap"
	"github.com/ocopledger/ocop/ledger/subject"
)

// model is a ledger as FORMAT.md §6 and §8 describe it, with nothing carried over: all leaves, all values, all histories; every root is made anew.
type model struct {
	chain   ledger.ChainID
	leaves  [][]byte
	values  map[subject.ID][]byte
	history map[subject.ID][]ledger.Entry
	known   map[ledger.RecordID]bool
	height  uint64
	time    uint64
	seal    ledger.Hash
	policy  ledger.Hash // of the next block

	protocol uint32
}

func newModel(w *world) *model {
	m := &model{
		chain: w.genesis.Chain, leaves: [][]byte{w.genesis.Seal().Append(nil)}, values: make(map[subject.ID][]byte), history: make(map[subject.ID][]ledger.Entry),
		known: make(map[ledger.RecordID]bool), time: w.genesis.Body.Time, policy: w.genesis.Policy().Hash(),
		protocol: w.genesis.Body.Protocol,
	}
	m.seal = merkle.Log.Leaf(m.leaves[0])
	for _, s := range w.genesis.Subjects() {
		m.values[s.ID] = s.Value
		m.history[s.ID] = []ledger.Entry{{Time: m.time, Action: ledger.WholeRecord, ActionHash: m.chain, Value: subject.ValueHash(s.Value)}}
	}
	return m
}

// Value implements rules.State.
func (m *model) Value(id subject.ID) ([]byte, bool) {
	v, ok := m.values[id]
	return v, ok
}

func (m *model) touch(t rules.Touch, leaf uint64, record ledger.RecordID) {
	m.values[t.Subject] = t.Value
	m.history[t.Subject] = append(m.history[t.Subject], ledger.Entry{
		Leaf: leaf, Height: m.height, Time: m.time, Record: record, Action: t.Action, ActionHash: t.ActionHash, Value: subject.ValueHash(t.Value),
	})
}

// fate is what becomes of a record, its refusal aside.
type fate struct {
	status replay.Status
	leaf   uint64
}

// apply gives the seal of the block that a draft makes, or nil, and the fates of its records.
func (m *model) apply(o *replay.Ordered) (*ledger.Seal, []fate) {
	before := len(m.leaves)
	m.height++
	earlier := m.time
	m.time = max(m.time, o.Header.Time)
	var rows []ledger.Refusal
	fates := make([]fate, len(o.Envelopes))
	block := rules.NewBlock(rules.Context{Chain: m.chain, Height: m.height, Time: m.time, Protocol: m.protocol}, m)
	for i, e := range o.Envelopes {
		if m.known[e.ID] {
			continue
		}
		touches, refusal := block.Apply(uint64(len(m.leaves)), e)
		switch {
		case refusal == nil:
			fates[i] = fate{replay.Accepted, uint64(len(m.leaves))}
			for _, t := range touches {
				m.touch(t, uint64(len(m.leaves)), e.ID)
			}
			m.leaves = append(m.leaves, o.Raw[i])
		case refusal.Final():
			fates[i].status = replay.Refused
			rows = append(rows, ledger.Refusal{Record: e.ID, Author: e.Header.Author, Reason: uint16(refusal.Reason), Action: refusal.Action})
		default:
			fates[i].status = replay.Rejected
		}
		if refusal == nil || refusal.Final() {
			m.known[e.ID] = true
		}
	}
	accepted := len(m.leaves) - before
	if accepted+len(rows) == 0 {
		m.height, m.time = m.height-1, earlier
		return nil, fates
	}
	for i := range fates {
		if fates[i].status == replay.Refused {
			fates[i].leaf = uint64(len(m.leaves))
		}
	}
	if len(rows) > 0 {
		for _, row := range rows {
			m.touch(block.Refuse(row), uint64(len(m.leaves)), row.Record)
		}
		m.leaves = append(m.leaves, (&ledger.Refusals{Height: m.height, Rows: rows}).Append(nil))
	}
	seal := &ledger.Seal{
		Chain: m.chain, Height: m.height, Previous: m.seal, Time: m.time, SizeBefore: uint64(len(m.leaves)), RootBefore: m.root(), Accepted: uint32(accepted),
		Refused: uint32(len(rows)), State: m.state(), Protocol: m.protocol, Policy: m.policy, NextPolicy: m.nextPolicy(), Draft: o.Header, Signature: o.Signature,
	}
	m.policy = seal.NextPolicy
	m.seal = seal.Leaf()
	m.leaves = append(m.leaves, seal.Append(nil))
	return seal, fates
}

// nextPolicy is the hash of the document that the state holds, which stands behind the value's version byte.
func (m *model) nextPolicy() ledger.Hash {
	return ident.Digest(ident.TypePolicy, m.values[subject.Policy()][1:])
}

// root is the log's root.
func (m *model) root() ledger.Hash {
	hashes := make([]ledger.Hash, len(m.leaves))
	for i, leaf := range m.leaves {
		hashes[i] = merkle.Log.Leaf(leaf)
	}
	return merkle.Log.Root(hashes)
}

// leaf is a subject as the state map holds it.
func (m *model) leaf(id subject.ID) statemap.Leaf {
	var hashes []ledger.Hash
	for _, e := range m.history[id] {
		hashes = append(hashes, e.LeafHash())
	}
	return statemap.Leaf{Key: id.Key(), Value: subject.ValueHash(m.values[id]), N: uint64(len(hashes)), History: merkle.History.Root(hashes)}
}

func (m *model) state() ledger.Hash {
	var leaves []statemap.Leaf
	for id := range m.values {
		leaves = append(leaves, m.leaf(id))
	}
	slices.SortFunc(leaves, func(a, b statemap.Leaf) int { return bytes.Compare(a.Key[:], b.Key[:]) })
	return must(statemap.Build(leaves)).Root()
}

// misjudged says which record has another fate in the model.
func misjudged(outcomes []replay.Outcome, fates []fate) error {
	for i, o := range outcomes {
		if (fate{o.Status, o.Leaf}) != fates[i] || (o.Refusal != nil) != (o.Status == replay.Refused || o.Status == replay.Rejected) {
			return fmt.Errorf("record %d: %+v, want %+v", i, o, fates[i])
		}
	}
	return nil
}

// differs says in what a ledger is not that of the model.
func (m *model) differs(w *world, b *replay.Block, seal *ledger.Seal) error {
	head := w.machine.Head()
	switch {
	case (b == nil) != (seal == nil):
		return fmt.Errorf("block %v, want seal %v", b, seal)
	case b != nil && *b.Seal != *seal:
		return fmt.Errorf("seal %+v, want %+v", b.Seal, seal)
	case !slices.EqualFunc(w.leaves, m.leaves, bytes.Equal):
		return fmt.Errorf("leaves differ")
	case head.Root != m.root() || head.Size != uint64(len(m.leaves)) || head.Seal != m.seal || head.State != m.state() || head.Height != m.height || head.Time != m.time:
		return fmt.Errorf("head %+v", head)
	case !maps.Equal(m.known, w.seen):
		return fmt.Errorf("outcomes differ")
	case len(w.rows) != len(m.values):
		return fmt.Errorf("%d subjects, want %d", len(w.rows), len(m.values))
	}
	for id, row := range w.rows {
		if got, want := row.Leaf(id.Key()), m.leaf(id); got != want || !bytes.Equal(row.Value, m.values[id]) {
			return fmt.Errorf("%v: %+v, want %+v", id, got, want)
		}
	}
	if b == nil {
		return nil
	}
	for _, c := range b.Changes {
		history := m.history[c.ID]
		if n := len(history) - len(c.Entries); n < 0 || !slices.Equal(c.Entries, history[n:]) || n > 0 && history[n-1].Height == m.height {
			return fmt.Errorf("entries of %v: %+v of %+v", c.ID, c.Entries, history)
		}
	}
	return nil
}
