package replay

import (
	"fmt"
	"slices"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/genesis"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/merkle"
	"github.com/ocopledger/ocop/ledger/rules"
	"github.com/ocopledger/ocop/ledger/statemap"
	"github.com/ocopledger/ocop/ledger/subject"
)

// Machine derives block after block. One goroutine uses it.
type Machine struct {
	chain ledger.ChainID
	head  ledger.Head
	log   merkle.Frontier
	state statemap.Map
	edit  *statemap.Editor // in place of state, in a replay

	epoch  *ledger.Policy // of the newest block
	policy *ledger.Policy // of the next one
	draft  ledger.DraftOrder

	scratch *scratch // nil until the first block; no machine shares it

	updating func() (done func(subjects int)) // see Watch
}

// Begin stands after seal 0. The changes are those of the genesis block.
func Begin(g *genesis.Genesis) (*Machine, []Change) {
	seal := g.Seal()
	leaf := seal.Append(make([]byte, 0, ledger.SealSize))
	log := merkle.Frontier{}.Append(merkle.Log, merkle.Log.Leaf(leaf))
	policy := g.Policy()
	m := &Machine{chain: g.Chain, log: log, state: g.State(), head: HeadOf(seal, leaf, log), epoch: policy, policy: policy}
	subjects := g.Subjects()
	changes := make([]Change, len(subjects))
	for i, s := range subjects {
		entry := g.Entry(s.Value)
		changes[i] = Change{
			ID: s.ID, Entries: []ledger.Entry{entry}, Values: [][]byte{s.Value},
			Row: Row{Key: s.Key, Value: s.Value, History: merkle.Frontier{}.Append(merkle.History, entry.LeafHash())},
		}
	}
	return m, changes
}

// Point is a place between two blocks, as an index knows it.
type Point struct {
	Head   ledger.Head
	Log    merkle.Frontier
	State  statemap.Map
	Epoch  *ledger.Policy    // of the newest block
	Policy *ledger.Policy    // of the next one; another one when the newest block ended its epoch
	Draft  ledger.DraftOrder // of the newest block, as its seal tells
}

// Resume stands at a point of a ledger.
func Resume(chain ledger.ChainID, p Point) *Machine {
	return &Machine{chain: chain, head: p.Head, log: p.Log, state: p.State, epoch: p.Epoch, policy: p.Policy, draft: p.Draft}
}

// Clone stands where the machine stands, and goes on by itself.
func (m *Machine) Clone() *Machine {
	clone := *m
	clone.scratch = nil
	return &clone
}

// HeadOf is the head that ends with a seal: its bytes as a leaf, and the frontier of the log that includes it.
func HeadOf(s *ledger.Seal, leaf []byte, log merkle.Frontier) ledger.Head {
	return ledger.Head{
		Height: s.Height, Size: log.Size, Root: log.Root(merkle.Log), Seal: merkle.Log.Leaf(leaf), State: s.State, Time: s.Time,
		Protocol: s.Protocol, Policy: s.NextPolicy,
	}
}

// Head is the head after the newest block.
func (m *Machine) Head() ledger.Head { return m.head }

// Log is the log's frontier at Head.
func (m *Machine) Log() merkle.Frontier { return m.log }

// forget gives up what an audit has no use for, and most of its garbage with it: Block.State is empty from now on, and a block that is derived must be
// committed.
func (m *Machine) forget() *Machine {
	m.edit = m.state.Edit()
	return m
}

// State is the state map at Head.
func (m *Machine) State() statemap.Map { return m.state }

// Epoch is the policy of the newest block, under which its head is certified. It is not to be modified.
func (m *Machine) Epoch() *ledger.Policy { return m.epoch }

// Policy is the policy of the next block, whose validators may propose it. It is not to be modified.
func (m *Machine) Policy() *ledger.Policy { return m.policy }

// Draft is the place of the newest block's draft among all drafts; genesis has none, and its place is before every other. The next block's draft comes after it:
// one that does not is in the ledger already, or was overtaken, and makes nothing.
func (m *Machine) Draft() ledger.DraftOrder { return m.draft }

// Ordered is a draft as the machine takes it: its parts checked, its signatures verified.
type Ordered struct {
	Header    ledger.DraftHeader
	Signature ident.NodeSignature
	Envelopes []*ledger.Envelope
	Raw       [][]byte      // the envelopes' bytes
	Hashes    []ledger.Hash // those of Raw as leaves of the log; nil: they are not known yet
}

// hash is that of a record as a leaf of the log.
func (o *Ordered) hash(i int) ledger.Hash {
	if o.Hashes == nil {
		return merkle.Log.Leaf(o.Raw[i])
	}
	return o.Hashes[i]
}

// Status is what became of an ordered record.
type Status uint8

// Statuses of a record.
const (
	Accepted Status = 1
	Refused  Status = 2 // for good, and on the ledger
	Rejected Status = 3 // answered only: without a trace
)

// Outcome is what became of a record.
type Outcome struct {
	Record  ledger.RecordID
	Status  Status
	Leaf    uint64 // of the record, or of the refusals leaf
	Refusal *rules.Refusal
}

// Block is what follows from a draft.
type Block struct {
	Seal    *ledger.Seal
	Records []*ledger.Envelope // those accepted, whose leaves come first
	Leaves  [][]byte           // records, refusals, seal
	Hashes  []ledger.Hash
	Changes []Change // in the order of first touch; good until the machine derives the next block
	Head    ledger.Head
	Log     merkle.Frontier
	State   statemap.Map   // empty in an audit, which changes one in place
	Next    *ledger.Policy // of the block after; another one when this block ends its epoch
}

// Derive derives the block that a draft makes of the state, and what becomes of each of its records. seen tells ids that were accepted or refused
// before, in earlier blocks; those records, and a second one of the draft with the same id, have no outcome (status 0). The block is nil when
// nothing was accepted or refused. The machine stands where it was until Commit.
func (m *Machine) Derive(st State, draft *Ordered, seen func(ledger.RecordID) bool) (*Block, []Outcome) {
	d := m.begin(st, max(m.head.Time, draft.Header.Time), len(draft.Envelopes))
	outcomes := make([]Outcome, len(draft.Envelopes))
	fresh := make(map[ledger.RecordID]bool, len(draft.Envelopes))
	var rows []ledger.Refusal
	for i, e := range draft.Envelopes {
		o := &outcomes[i]
		o.Record = e.ID
		if fresh[e.ID] || seen(e.ID) {
			continue
		}
		leaf := d.next()
		if o.Refusal = d.accept(e, draft.Raw[i], draft.hash(i)); o.Refusal == nil {
			o.Status, o.Leaf = Accepted, leaf
			fresh[e.ID] = true
			continue
		}
		if o.Status = Rejected; o.Refusal.Final() {
			o.Status = Refused
			fresh[e.ID] = true
			rows = append(rows, ledger.Refusal{Record: e.ID, Author: e.Header.Author, Reason: uint16(o.Refusal.Reason), Action: o.Refusal.Action})
		}
	}
	if len(d.leaves) == 0 && len(rows) == 0 {
		return nil, outcomes
	}
	leaf := d.next()
	d.refuse(rows)
	for i := range outcomes {
		if outcomes[i].Status == Refused {
			outcomes[i].Leaf = leaf
		}
	}
	return d.seal(draft.Header, draft.Signature), outcomes
}

// Commit makes a block that was derived last the newest.
func (m *Machine) Commit(b *Block) {
	m.head, m.log, m.state = b.Head, b.Log, b.State
	m.epoch, m.policy, m.draft = m.policy, b.Next, b.Seal.Draft.Order()
}

// derivation is a block under way.
type derivation struct {
	machine *Machine
	time    uint64
	*scratch
	records []*ledger.Envelope
	leaves  [][]byte
	hashes  []ledger.Hash
	count   [2]uint32 // accepted, refused
}

// begin begins a block of up to so many records.
func (m *Machine) begin(st State, time uint64, records int) *derivation {
	ctx := rules.Context{Chain: m.chain, Height: m.head.Height + 1, Time: time, Protocol: m.head.Protocol}
	if m.scratch == nil {
		m.scratch = new(scratch)
	}
	m.scratch.next(ctx, st)
	return &derivation{
		machine: m, time: time, scratch: m.scratch,
		records: make([]*ledger.Envelope, 0, records), leaves: make([][]byte, 0, records+2), hashes: make([]ledger.Hash, 0, records+2), // refusals and seal
	}
}

func (d *derivation) next() uint64 { return d.machine.head.Size + uint64(len(d.leaves)) }

func (d *derivation) add(leaf []byte, hash ledger.Hash) {
	d.leaves = append(d.leaves, leaf)
	d.hashes = append(d.hashes, hash)
}

func (d *derivation) accept(e *ledger.Envelope, raw []byte, hash ledger.Hash) *rules.Refusal {
	leaf := d.next()
	touches, refusal := d.rules.Apply(leaf, e)
	if refusal != nil {
		return refusal
	}
	for i := range touches {
		d.touch(&touches[i], leaf, e.ID)
	}
	d.records = append(d.records, e)
	d.add(raw, hash)
	d.count[0]++
	return nil
}

// refuse appends the refusals leaf, after the block's last record, and its rows to their authors' activities.
func (d *derivation) refuse(rows []ledger.Refusal) {
	if len(rows) == 0 {
		return
	}
	leaf := d.next()
	for _, row := range rows {
		touch := d.rules.Refuse(row)
		d.touch(&touch, leaf, row.Record)
	}
	refusals := (&ledger.Refusals{Height: d.machine.head.Height + 1, Rows: rows}).Append(nil)
	d.add(refusals, merkle.Log.Leaf(refusals))
	d.count[1] = uint32(len(rows))
}

func (d *derivation) touch(t *rules.Touch, leaf uint64, record ledger.RecordID) {
	d.changes.touch(t, &d.asked.rows[t.Cell], &ledger.Entry{
		Leaf: leaf, Height: d.machine.head.Height + 1, Time: d.time, Record: record, Action: t.Action, ActionHash: t.ActionHash, Value: subject.ValueHash(t.Value),
	})
}

func (d *derivation) seal(header ledger.DraftHeader, signature ident.NodeSignature) *Block {
	m := d.machine
	changes, leaves := d.changes.close()
	next, nextHash := d.nextPolicy(changes), m.head.Policy
	if next != m.policy {
		nextHash = next.Hash()
	}
	d.asked.state = nil // its owner may be done with it
	updated := m.beginUpdate(len(leaves))
	state, root := m.update(leaves)
	updated()
	before := m.log.Append(merkle.Log, d.hashes...)
	seal := &ledger.Seal{
		Chain: m.chain, Height: m.head.Height + 1, Previous: m.head.Seal, Time: d.time, SizeBefore: before.Size, RootBefore: before.Root(merkle.Log),
		Accepted: d.count[0], Refused: d.count[1], State: root, Protocol: m.head.Protocol, Policy: m.head.Policy, NextPolicy: nextHash,
		Draft: header, Signature: signature,
	}
	leaf := seal.Append(make([]byte, 0, ledger.SealSize))
	d.add(leaf, merkle.Log.Leaf(leaf))
	log := before.Append(merkle.Log, d.hashes[len(d.hashes)-1])
	return &Block{Seal: seal, Records: d.records, Leaves: d.leaves, Hashes: d.hashes, Changes: changes, Head: HeadOf(seal, leaf, log), Log: log, State: state, Next: next}
}

func (m *Machine) update(leaves []statemap.Leaf) (statemap.Map, ledger.Hash) {
	if m.edit != nil {
		m.edit.Update(leaves)
		return statemap.Map{}, m.edit.Root()
	}
	state := m.scratch.space.Update(m.state, leaves)
	return state, state.Root()
}

// nextPolicy is the policy after a block's changes: the same one unless an action has written it. It panics where a value is none, as the rules do.
func (d *derivation) nextPolicy(changes []Change) *ledger.Policy {
	i := slices.IndexFunc(changes, func(c Change) bool { return c.ID.Kind == subject.KindPolicy })
	if i < 0 {
		return d.machine.policy
	}
	v, err := subject.ParsePolicy(changes[i].Row.Value)
	if err != nil {
		panic(fmt.Errorf("replay: the state holds a damaged policy: %w", err))
	}
	return &v.Policy
}
