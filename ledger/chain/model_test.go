package chain_test

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"maps"
	"slices"
	"testing"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/chain/chaintest"
	"github.com/ocopledger/ocop/ledger/genesis"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/merkle"
	"github.com/ocopledger/ocop/ledger/rules"
	"github.com/ocopledger/ocop/ledger/subject"
)

// model is a ledger written down as FORMAT.md tells it: everything in memory, everything hashed anew at every seal, no tree, no index and no batch shared
// with the real one. Only the rules are the same.
type model struct {
	chain   ledger.ChainID
	leaves  [][]byte
	seals   []*ledger.Seal
	values  map[subject.ID][]byte
	history map[subject.ID][]ledger.Entry
	known   map[ledger.RecordID]bool
	policy  ledger.Hash
}

func newModel(w *chaintest.World) *model {
	m := &model{
		chain: w.Chain(), values: map[subject.ID][]byte{}, history: map[subject.ID][]ledger.Entry{}, known: map[ledger.RecordID]bool{},
		policy: w.Genesis.Policy().Hash(),
	}
	for _, s := range w.Genesis.Subjects() {
		m.values[s.ID] = s.Value
		m.history[s.ID] = []ledger.Entry{{Time: w.Genesis.Body.Time, Action: ledger.WholeRecord, ActionHash: m.chain, Value: hash(0x33, s.Value)}}
	}
	m.seal(&ledger.Seal{Previous: m.chain, Time: w.Genesis.Body.Time, RootBefore: sha256.Sum256(nil)})
	return m
}

func (m *model) Value(id subject.ID) ([]byte, bool) {
	v, ok := m.values[id]
	return v, ok
}

func hash(tag byte, parts ...[]byte) ledger.Hash {
	return sha256.Sum256(append([]byte{tag}, bytes.Join(parts, nil)...))
}

// tree is the root of RFC 6962 over leaf hashes, by its recursive definition.
func tree(tag byte, leaves []ledger.Hash) ledger.Hash {
	switch len(leaves) {
	case 0:
		return sha256.Sum256(nil)
	case 1:
		return leaves[0]
	}
	k := 1
	for k*2 < len(leaves) {
		k *= 2
	}
	left, right := tree(tag, leaves[:k]), tree(tag, leaves[k:])
	return hash(tag+1, left[:], right[:])
}

func (m *model) logRoot(size int) ledger.Hash {
	hashes := make([]ledger.Hash, size)
	for i := range hashes {
		hashes[i] = hash(0x00, m.leaves[i])
	}
	return tree(0x00, hashes)
}

func (m *model) historyRoot(id subject.ID) ledger.Hash {
	var hashes []ledger.Hash
	for _, e := range m.history[id] {
		hashes = append(hashes, hash(0x20, e.Append(nil)))
	}
	return tree(0x20, hashes)
}

type stateLeaf struct{ key, hash ledger.Hash }

func (m *model) stateRoot() ledger.Hash {
	var leaves []stateLeaf
	for id, v := range m.values {
		key := hash(0x32, []byte{byte(id.Kind)}, []byte(id.Name))
		value, root := hash(0x33, v), m.historyRoot(id)
		n := binary.BigEndian.AppendUint64(nil, uint64(len(m.history[id])))
		leaves = append(leaves, stateLeaf{key, hash(0x30, key[:], value[:], n, root[:])})
	}
	slices.SortFunc(leaves, func(a, b stateLeaf) int { return bytes.Compare(a.key[:], b.key[:]) })
	return patricia(leaves)
}

func bit(h ledger.Hash, p int) byte { return h[p/8] >> (7 - p%8) & 1 }

func patricia(leaves []stateLeaf) ledger.Hash {
	if len(leaves) == 1 {
		return leaves[0].hash
	}
	p := 0
	for bit(leaves[0].key, p) == bit(leaves[len(leaves)-1].key, p) {
		p++
	}
	split := slices.IndexFunc(leaves, func(l stateLeaf) bool { return bit(l.key, p) == 1 })
	left, right := patricia(leaves[:split]), patricia(leaves[split:])
	return hash(0x31, binary.BigEndian.AppendUint16(nil, uint16(p)), left[:], right[:])
}

func (m *model) touch(e ledger.Entry, t rules.Touch) {
	e.Action, e.ActionHash, e.Value = t.Action, t.ActionHash, hash(0x33, t.Value)
	m.values[t.Subject] = t.Value
	m.history[t.Subject] = append(m.history[t.Subject], e)
}

// draft applies a draft, and says of each record what word says of its outcome.
func (m *model) draft(t testing.TB, d chaintest.Draft) (outcomes string) {
	parsed, err := ledger.ParseDraft(d.Data)
	if err != nil {
		t.Fatal(err)
	}
	last := m.seals[len(m.seals)-1]
	s := &ledger.Seal{Height: last.Height + 1, Time: max(last.Time, parsed.Header.Time), Draft: parsed.Header, Signature: parsed.Signature}
	block := rules.NewBlock(rules.Context{Chain: m.chain, Height: s.Height, Time: s.Time, Protocol: genesis.Protocol}, m)
	before, rows := maps.Clone(m.known), []ledger.Refusal{}
	for _, raw := range parsed.Records {
		e, err := ledger.ParseEnvelope(raw)
		if err != nil {
			t.Fatal(err)
		}
		if m.known[e.ID] {
			outcomes += "D"
			continue
		}
		leaf := uint64(len(m.leaves))
		touches, refusal := block.Apply(leaf, e)
		switch {
		case refusal == nil:
			outcomes += "a"
			m.leaves = append(m.leaves, raw)
			for _, touch := range touches {
				m.touch(ledger.Entry{Leaf: leaf, Height: s.Height, Time: s.Time, Record: e.ID}, touch)
			}
			s.Accepted++
		case refusal.Final():
			outcomes += "r"
			rows = append(rows, ledger.Refusal{Record: e.ID, Author: e.Header.Author, Reason: uint16(refusal.Reason), Action: refusal.Action})
		default:
			outcomes += "-"
			continue
		}
		m.known[e.ID] = true
	}
	if len(rows) > 0 {
		leaf := uint64(len(m.leaves))
		m.leaves = append(m.leaves, (&ledger.Refusals{Height: s.Height, Rows: rows}).Append(nil))
		for _, row := range rows {
			m.touch(ledger.Entry{Leaf: leaf, Height: s.Height, Time: s.Time, Record: row.Record}, block.Refuse(row))
		}
		s.Refused = uint32(len(rows))
	}
	if len(m.known) == len(before) {
		return outcomes
	}
	s.Previous = hash(0x00, last.Append(nil))
	s.RootBefore = m.logRoot(len(m.leaves))
	m.seal(s)
	return outcomes
}

func (m *model) seal(s *ledger.Seal) {
	next := ident.Digest(ident.TypePolicy, m.values[subject.Policy()][1:]) // behind the value's version byte
	s.Chain, s.Protocol, s.Policy, s.NextPolicy = m.chain, genesis.Protocol, m.policy, next
	m.policy = next
	s.SizeBefore, s.State = uint64(len(m.leaves)), m.stateRoot()
	m.seals = append(m.seals, s)
	m.leaves = append(m.leaves, s.Append(nil))
}

// compare holds a ledger against the model, every leaf, subject and entry.
func (m *model) compare(t testing.TB, l *chain.Ledger) {
	t.Helper()
	err := l.View(func(v *chain.View) error {
		last := m.seals[len(m.seals)-1]
		if h := v.Head(); h.Height != last.Height || h.State != last.State || h.Root != m.logRoot(len(m.leaves)) || h.Size != uint64(len(m.leaves)) {
			t.Fatalf("head %+v of a log of %d leaves", h, len(m.leaves))
		}
		for i, want := range m.leaves {
			if got, err := v.Leaf(uint64(i)); err != nil || !bytes.Equal(got, want) {
				t.Fatalf("leaf %d: %x, %v, want %x", i, got, err, want)
			}
		}
		for id, want := range m.values {
			if got, ok := v.Value(id); !ok || !bytes.Equal(got, want) {
				t.Fatalf("%v: %x, want %x", id, got, want)
			}
			m.compareHistory(t, v, id)
		}
		m.compareLists(t, v)
		for id := range m.known {
			o, ok, err := v.Record(id)
			if err != nil || !ok || o.Record != id {
				t.Fatalf("record %v: %+v, %v, %v", id, o, ok, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (m *model) compareHistory(t testing.TB, v *chain.View, id subject.ID) {
	t.Helper()
	want := m.history[id]
	if n, err := v.HistoryLen(id); err != nil || n != uint64(len(want)) {
		t.Fatalf("%v has %d entries (%v), want %d", id, n, err, len(want))
	}
	got, err := v.History(id, 0, len(want)+5)
	if err != nil || !slices.Equal(got, want) {
		t.Fatalf("%v: history %v\n%+v, want\n%+v", id, err, got, want)
	}
	m.comparePaths(t, v, id, want)
	from := len(want) / 2
	if part, err := v.History(id, uint64(from), 3); err != nil || !slices.Equal(part, want[from:min(from+3, len(want))]) {
		t.Fatalf("%v: entries from %d: %+v, %v", id, from, part, err)
	}
}

// comparePaths holds every hash that proofs may ask for, and the search for entries, against all entries.
func (m *model) comparePaths(t testing.TB, v *chain.View, id subject.ID, all []ledger.Entry) {
	t.Helper()
	hashes, err := v.HistoryHashes(id)
	if kept := id.Kind.Paths(); !kept || err != nil {
		if kept || err == nil {
			t.Fatalf("%v: hashes of its history: %v", id, err)
		}
		return
	}
	leaves := make([]ledger.Hash, len(all))
	for i := range all {
		leaves[i] = hash(0x20, all[i].Append(nil))
	}
	for level := range 12 {
		for i := range len(all) >> level {
			if got, err := hashes.ReadHash(level, uint64(i)); err != nil || got != tree(0x20, leaves[i<<level:(i+1)<<level]) {
				t.Fatalf("%v at %d: subtree %d of level %d of %d entries: %v, %v", id, v.Head().Height, i, level, len(all), got, err)
			}
		}
		if h, err := hashes.ReadHash(level, uint64(len(all)>>level)); !errors.Is(err, merkle.ErrRange) {
			t.Fatalf("%v at %d: a subtree of level %d behind %d entries: %v, %v", id, v.Head().Height, level, len(all), h, err)
		}
	}
	for leaf := range v.Head().Size + 2 {
		want, _ := slices.BinarySearchFunc(all, leaf, func(e ledger.Entry, leaf uint64) int { return cmp.Compare(e.Leaf, leaf) })
		if got, err := v.EntryFrom(id, leaf); err != nil || got != uint64(want) {
			t.Fatalf("%v at %d: from leaf %d on: entry %d, %v, want %d", id, v.Head().Height, leaf, got, err, want)
		}
	}
}

func (m *model) compareLists(t testing.TB, v *chain.View) {
	t.Helper()
	for kind := subject.Kind(1); kind <= subject.KindContact; kind++ {
		var want, got []subject.ID
		for id := range m.values {
			if id.Kind == kind {
				want = append(want, id)
			}
		}
		slices.SortFunc(want, func(a, b subject.ID) int { return bytes.Compare([]byte(a.Name), []byte(b.Name)) })
		for after := ""; ; {
			page, err := v.Subjects(kind, after, 7)
			if err != nil {
				t.Fatal(err)
			}
			if got = append(got, page...); len(page) < 7 {
				break
			}
			after = page[6].Name
		}
		if !slices.Equal(got, want) {
			t.Fatalf("%v: listed %v, want %v", kind, got, want)
		}
	}
}
