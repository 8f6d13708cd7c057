// Package querytest makes small ledgers in memory, for tests of what reads them: real records under the real rules, without store, chain or
// signature checks.
package querytest

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/merkle"
	"github.com/ocopledger/ocop/ledger/query"
	"github.com/ocopledger/ocop/ledger/rules"
	"github.com/ocopledger/ocop/ledger/subject"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// World is a ledger in memory. It is a query.Source of its newest height. Not safe for use by several goroutines.
type World struct {
	Chain ledger.ChainID
	Now   uint64 // time of the next block, Unix milliseconds

	height  uint64
	time    uint64
	leaves  [][]byte
	peeked  []byte
	values  map[subject.ID][]byte
	history map[subject.ID][]ledger.Entry
	kept    map[subject.ID][][]byte // values after each entry
	order   map[subject.Kind][]string
	blocks  []Block
	records map[ledger.RecordID]Outcome
}

// Block is a block of a World.
type Block struct {
	Seal  *ledger.Seal
	First uint64 // index of its first leaf
	Count uint64
}

// Outcome is what became of a record of a World.
type Outcome struct {
	Leaf, Height, Time uint64
	Refusal            *rules.Refusal
}

// Empty is a ledger with a genesis of no subjects.
func Empty(now time.Time) *World {
	w := &World{
		Chain:   sha256.Sum256([]byte("a ledger for tests")),
		Now:     uint64(now.UnixMilli()),
		values:  make(map[subject.ID][]byte),
		history: make(map[subject.ID][]ledger.Entry),
		kept:    make(map[subject.ID][][]byte),
		order:   make(map[subject.Kind][]string),
		records: make(map[ledger.RecordID]Outcome),
	}
	w.seal(0, 0, 0)
	return w
}

// Genesis makes a subject as genesis does.
func (w *World) Genesis(id subject.ID, v interface{ Append([]byte) []byte }) {
	value := v.Append(nil)
	w.put(id, value, ledger.Entry{Action: ledger.WholeRecord, ActionHash: w.Chain, Time: w.blocks[0].Seal.Time})
}

func (w *World) put(id subject.ID, value []byte, e ledger.Entry) {
	if _, known := w.values[id]; !known {
		names := w.order[id.Kind]
		at, _ := slices.BinarySearch(names, id.Name)
		w.order[id.Kind] = slices.Insert(names, at, id.Name)
	}
	e.Value = subject.ValueHash(value)
	w.values[id] = value
	w.history[id] = append(w.history[id], e)
	w.kept[id] = append(w.kept[id], value)
}

// Key is the signing key of an account, always the same.
func Key(account ledger.AccountID) *ident.PrivateKey {
	secret := sha256.Sum256(fmt.Appendf(nil, "key of %d", account))
	k, err := ident.NewPrivateKey(secret[:])
	if err != nil {
		panic(err)
	}
	return k
}

// Sign makes a record of an account, issued now.
func (w *World) Sign(author ledger.AccountID, actions ...*recordv1.Action) (*compose.Signed, error) {
	schema := compose.SchemaOf(actions...)
	data, err := compose.Marshal(schema, actions)
	if err != nil {
		return nil, err
	}
	a := compose.Author{Chain: w.Chain, Account: author, Schema: schema, Key: Key(author)}
	return a.Sign(data, w.Now, compose.AtOnce)
}

// Do signs a record and orders it in a block of its own, a second after the one before.
func (w *World) Do(author ledger.AccountID, actions ...*recordv1.Action) (ledger.RecordID, error) {
	s, err := w.Sign(author, actions...)
	if err != nil {
		return ledger.RecordID{}, err
	}
	if refusal := w.Order(s.Envelope); refusal != nil {
		return s.ID, refusal
	}
	return s.ID, nil
}

// Order puts a record into a block of its own.
func (w *World) Order(envelope []byte) *rules.Refusal {
	e, err := ledger.ParseEnvelope(envelope)
	if err != nil {
		panic(err)
	}
	w.height++
	w.time = w.Now
	first := uint64(len(w.leaves))
	b := rules.NewBlock(rules.Context{Chain: w.Chain, Height: w.height, Time: w.time, Protocol: 4}, w)
	touches, refusal := b.Apply(first, e)
	o := Outcome{Leaf: first, Height: w.height, Time: w.time, Refusal: refusal}
	accepted, refused := uint32(1), uint32(0)
	leaf := envelope
	if refusal != nil {
		if !refusal.Final() {
			w.height--
			return refusal
		}
		row := ledger.Refusal{Record: e.ID, Author: e.Header.Author, Reason: uint16(refusal.Reason), Action: refusal.Action}
		touches = []rules.Touch{b.Refuse(row)}
		leaf = (&ledger.Refusals{Height: w.height, Rows: []ledger.Refusal{row}}).Append(nil)
		accepted, refused = 0, 1
	}
	w.leaves = append(w.leaves, leaf)
	for _, t := range touches {
		w.put(t.Subject, t.Value, ledger.Entry{Leaf: first, Height: w.height, Time: w.time, Record: e.ID, Action: t.Action, ActionHash: t.ActionHash})
	}
	w.records[e.ID] = o
	w.seal(first, accepted, refused)
	w.Now += 1000
	return refusal
}

func (w *World) seal(first uint64, accepted, refused uint32) {
	s := &ledger.Seal{Chain: w.Chain, Height: w.height, Time: w.Now, SizeBefore: uint64(len(w.leaves)), Accepted: accepted, Refused: refused, Protocol: 4}
	w.leaves = append(w.leaves, s.Append(nil))
	w.blocks = append(w.blocks, Block{s, first, uint64(len(w.leaves)) - first})
	w.time = w.Now
}

// Head implements query.Source.
func (w *World) Head() ledger.Head {
	return ledger.Head{Height: w.height, Size: uint64(len(w.leaves)), Time: w.time, Protocol: 4}
}

// Value implements query.Source and rules.State.
func (w *World) Value(id subject.ID) ([]byte, bool) {
	v, ok := w.values[id]
	return v, ok
}

// Subjects implements query.Source.
func (w *World) Subjects(kind subject.Kind, after string, max int) (ids []subject.ID, err error) {
	names := w.order[kind]
	at, there := slices.BinarySearch(names, after)
	if there && after != "" {
		at++
	}
	for _, name := range names[at:min(len(names), at+max)] {
		ids = append(ids, subject.ID{Kind: kind, Name: name})
	}
	return ids, nil
}

// HistoryLen implements query.Source.
func (w *World) HistoryLen(id subject.ID) (uint64, error) { return uint64(len(w.history[id])), nil }

// Touches implements query.Source.
func (w *World) Touches(id subject.ID, from uint64, max int) (touches []ledger.Touch, err error) {
	h := w.history[id]
	from = min(from, uint64(len(h)))
	for i, e := range h[from:min(uint64(len(h)), from+uint64(max))] {
		touches = append(touches, ledger.Touch{Leaf: e.Leaf, Height: e.Height, Time: e.Time, Slot: e.Action, Value: w.kept[id][from+uint64(i)]})
	}
	return touches, nil
}

// ValueAt implements query.Source.
func (w *World) ValueAt(id subject.ID, entry uint64) ([]byte, bool, error) {
	if entry >= uint64(len(w.kept[id])) {
		return nil, false, nil
	}
	return w.kept[id][entry], true, nil
}

// Change gives a subject another value in a block of its own, as a vote does.
func (w *World) Change(id subject.ID, v interface{ Append([]byte) []byte }) {
	w.height++
	w.time = w.Now
	first := uint64(len(w.leaves))
	w.put(id, v.Append(nil), ledger.Entry{Leaf: first, Height: w.height, Time: w.time})
	w.seal(first, 0, 0)
	w.Now += 1000
}

// Peek implements query.Source. What it gave before is overwritten, as it may be.
func (w *World) Peek(index uint64) ([]byte, error) {
	if index >= uint64(len(w.leaves)) {
		return nil, fmt.Errorf("leaf %d of %d", index, len(w.leaves))
	}
	for i := range w.peeked {
		w.peeked[i] = 0xff
	}
	w.peeked = append(w.peeked[:0], w.leaves[index]...)
	return w.peeked, nil
}

// Intact implements query.Source. It gives them in two pieces, as a ledger may.
func (w *World) Intact(from uint64, max int, fn func(leaf []byte) error) (int, error) {
	rest := w.leaves[min(from, uint64(len(w.leaves))):]
	rest = rest[:min(len(rest), (max+1)/2)]
	for _, leaf := range rest {
		if err := fn(leaf); err != nil {
			return 0, err
		}
	}
	return len(rest), nil
}

// Block is the block at a height.
func (w *World) Block(height uint64) (Block, bool) {
	if height >= uint64(len(w.blocks)) {
		return Block{}, false
	}
	return w.blocks[height], true
}

// Record is what became of a record.
func (w *World) Record(id ledger.RecordID) (Outcome, bool) {
	o, ok := w.records[id]
	return o, ok
}

// Root is a root over the leaves.
func (w *World) Root() ledger.Hash {
	hashes := make([]ledger.Hash, len(w.leaves))
	for i, l := range w.leaves {
		hashes[i] = merkle.Log.Leaf(l)
	}
	return merkle.Log.Root(hashes)
}

// View gives the world to a function, as the ledger does.
func (w *World) View(f func(query.Source) error) error { return f(w) }

// Damage replaces the value of a subject by something that is none.
func (w *World) Damage(id subject.ID) { w.values[id] = []byte(strings.Repeat("?", 3)) }

// DamageHistory alters the newest entry of a subject's history.
func (w *World) DamageHistory(id subject.ID, alter func(*ledger.Entry)) {
	h := w.history[id]
	alter(&h[len(h)-1])
}
