package chain

import (
	"log/slog"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/reason"
	"github.com/ocopledger/ocop/ledger/replay"
	"github.com/ocopledger/ocop/ledger/rules"
	"github.com/ocopledger/ocop/ledger/store"
	"github.com/ocopledger/ocop/ledger/subject"
)

// batch is blocks that are derived and not yet published. The caller holds applying. It is the State of the machine.
type batch struct {
	ledger  *Ledger
	machine *replay.Machine
	log     *slog.Logger
	layers  layers
	index   *store.IndexTx

	changed map[subject.ID]*row // by the batch's blocks; nil while they are fewer than two, which is mostly
	born    map[subject.Kind][]subject.ID
	records []store.Record
	byID    map[ledger.RecordID]int // records, the first of them
	leaves  [][]byte
	tiles   []store.Tile
	seals   []store.Seal
	states  []*stateAt
	edge    edge
	applied uint64
	term    uint64
	found   [3]int // rows: in memory, in the cache, in index.db
	asked   bool   // index.db was asked for the newest row
}

// fault is what reading the state panics with: the rules do not know of errors.
type fault struct{ error }

func (l *Ledger) begin() (*batch, error) {
	l.mu.RLock()
	now := l.now
	l.mu.RUnlock()
	// The layers are taken first: what leaves them before the transaction begins is in index.db by then.
	tx, err := l.index.Begin()
	if err != nil {
		return nil, err
	}
	return &batch{
		ledger: l, machine: l.machine, log: l.o.Log, layers: now.layers, index: tx,
		born: make(map[subject.Kind][]subject.ID), edge: now.edge.clone(), applied: now.applied, term: now.term,
	}, nil
}

// end frees what the batch holds, and turns a fault into an error.
func (b *batch) end(err *error) {
	p := recover()
	if closing := b.index.Close(); closing != nil && *err == nil {
		*err = closing
	}
	if p == nil {
		return
	}
	f, ok := p.(fault)
	if !ok {
		panic(p)
	}
	*err = f.error
}

// row looks a subject up: in the batch, in the layers, in the cache, in index.db.
func (b *batch) row(id subject.ID) *row {
	if r, ok := b.after(id); ok {
		return r
	}
	r, old := b.layers.find(id)
	if old {
		r = r.trimmed() // the rest is being written
	}
	if r != nil {
		b.found[0]++
		return r
	}
	b.asked = false
	r, err := b.ledger.stored(id, b.indexTx)
	if err != nil {
		panic(fault{err})
	}
	if b.asked {
		b.found[2]++
	} else {
		b.found[1]++
	}
	return r
}

// after finds what the batch's blocks have made of a subject.
func (b *batch) after(id subject.ID) (r *row, changed bool) {
	switch len(b.states) {
	case 0:
		return nil, false
	case 1:
		c := b.states[0].change(id)
		if c == nil {
			return nil, false
		}
		return c.now, true
	}
	r, changed = b.changed[id]
	return r, changed
}

func (b *batch) indexTx() (*store.IndexTx, error) {
	b.asked = true
	return b.index, nil
}

// stored reads a subject that is in no layer; nil: there is none.
func (l *Ledger) stored(id subject.ID, index func() (*store.IndexTx, error)) (*row, error) {
	if r, ok := l.cache.Get(id); ok {
		return r, nil
	}
	tx, err := index()
	if err != nil {
		return nil, err
	}
	s, present, err := tx.Subject(id)
	if err != nil || !present {
		return nil, err
	}
	r := rowOf(&s)
	l.cache.Put(id, r)
	return r, nil
}

// Row implements replay.State.
func (b *batch) Row(id subject.ID) (replay.Row, bool) {
	r := b.row(id)
	if r == nil {
		return replay.Row{}, false
	}
	return replay.Row{Value: r.value, History: r.history, Key: r.key, Origin: r}, true
}

// record finds what became of a record.
func (b *batch) record(id ledger.RecordID) (store.Record, bool) {
	if i, ok := b.own()[id]; ok {
		return b.records[i], true
	}
	if r, ok := b.layers.record(id); ok {
		return r, true
	}
	if !b.ledger.index.MayHave(id) {
		return store.Record{}, false
	}
	r, ok, err := b.index.Record(id)
	if err != nil {
		panic(fault{err})
	}
	return r, ok
}

// own is where the records of the batch's blocks are. It is made when somebody asks: a batch of one block is done by then, unless a record came twice.
func (b *batch) own() map[ledger.RecordID]int {
	if b.byID == nil && len(b.records) > 0 {
		b.byID = make(map[ledger.RecordID]int, len(b.records))
	}
	for i := len(b.byID); i < len(b.records); i++ {
		b.byID[b.records[i].ID] = i
	}
	return b.byID
}

func (b *batch) seen(id ledger.RecordID) bool {
	_, ok := b.record(id)
	return ok
}

// add takes over what a block changed.
func (b *batch) add(block *replay.Block, records []store.Record) {
	b.records = append(b.records, records...)
	rowOf := make(map[ledger.RecordID]uint16)
	for i := range records {
		if records[i].Refused {
			rowOf[records[i].ID] = records[i].Row
		}
	}
	var slots []uint16
	changes := make([]change, len(block.Changes))
	for i := range block.Changes {
		c := &block.Changes[i]
		slots = slots[:0]
		for j := range c.Entries {
			slot := c.Entries[j].Action
			if n, refused := rowOf[c.Entries[j].Record]; refused {
				slot = n
			}
			slots = append(slots, slot)
		}
		was, _ := c.Row.Origin.(*row)
		changes[i] = change{c.ID, was, was.with(c, slots)}
		if was == nil {
			b.born[c.ID.Kind] = append(b.born[c.ID.Kind], c.ID)
		}
	}
	b.states = append(b.states, &stateAt{head: block.Head, state: block.State, changes: changes})
	b.gather()
}

// gather keeps what several blocks have changed in one place.
func (b *batch) gather() {
	more := b.states
	switch len(b.states) {
	case 1:
		return
	case 2:
		b.changed = make(map[subject.ID]*row, len(b.states[0].changes)+len(b.states[1].changes))
	default:
		more = b.states[len(b.states)-1:]
	}
	for _, s := range more {
		for i := range s.changes {
			b.changed[s.changes[i].id] = s.changes[i].now
		}
	}
}

// extend takes over what a block appends to the log.
func (b *batch) extend(block *replay.Block) {
	at := block.Seal.SizeBefore + 1 - uint64(len(block.Leaves))
	for i, h := range block.Hashes {
		b.edge.grow(h, func(t store.Tile) { b.tiles = append(b.tiles, t) }, at+uint64(i))
	}
	b.leaves = append(b.leaves, block.Leaves...)
	b.seals = append(b.seals, store.Seal{Height: block.Head.Height, Leaf: block.Seal.SizeBefore})
}

// keep takes the batch over into the ledger and shows it to readers: on the disk, with all that is not written yet, or with that for later.
func (b *batch) keep(durable bool) error {
	l := b.ledger
	leaves, bytes := l.chain.Unwritten()
	for _, leaf := range b.leaves {
		bytes += len(leaf)
	}
	durable = durable || bytes > l.o.Unwritten
	switch {
	case len(b.leaves) > 0 && durable:
		done := l.o.Watch.Begin(Write)
		err := l.chain.Append(b.made())
		done(leaves + len(b.leaves))
		if err != nil {
			return err
		}
	case len(b.leaves) > 0:
		l.chain.Add(b.made())
	case durable: // entries that made no block need not be kept: applied again, they make none again
		if err := l.sync(); err != nil {
			return err
		}
	}
	b.publish()
	return nil
}

func (b *batch) made() store.Batch {
	return store.Batch{Leaves: b.leaves, Tiles: b.tiles, Seals: b.seals, Head: b.head()}
}

func (b *batch) head() store.Head {
	h := b.machine.Head()
	return store.Head{Height: h.Height, Time: h.Time, Log: b.machine.Log(), Seal: h.Seal, AppliedIndex: b.applied, AppliedTerm: b.term}
}

// publish shows the batch to readers.
func (b *batch) publish() {
	l := b.ledger
	l.mu.Lock()
	defer l.mu.Unlock()
	young := l.now.layers.young
	for id, r := range b.changed {
		young.subjects[id] = r
	}
	if b.changed == nil && len(b.states) > 0 {
		for _, c := range b.states[0].changes {
			young.subjects[c.id] = c.now
		}
	}
	for i := range b.records {
		young.records[b.records[i].ID] = b.records[i]
	}
	for kind, ids := range b.born {
		young.born[kind] = append(young.born[kind], ids...)
	}
	l.machine = b.machine
	l.now.head, l.now.applied, l.now.term, l.now.edge = b.machine.Head(), b.applied, b.term, b.edge
	l.now.epoch, l.now.policy, l.now.draft = b.machine.Epoch(), b.machine.Policy(), b.machine.Draft()
	last := l.now.states[len(l.now.states)-1]
	for _, s := range b.states {
		last.next, last = s, s
	}
	l.now.states = dropStates(append(l.now.states, b.states...), l.o.Roots)
}

// Bounds of the states kept: what blocks have changed costs some 1 KB a subject while the state before is addressable.
const (
	maxStateChanges = 1 << 18
	minStates       = 16
)

// dropStates lets go of the oldest states beyond what is to be kept.
func dropStates(states []*stateAt, most int) []*stateAt {
	changed := 0
	for i := len(states) - 1; i >= 0; i-- {
		kept := len(states) - i
		if changed += len(states[i].changes); kept > most || kept > minStates && changed > maxStateChanges {
			clear(states[:i+1]) // the array keeps no state alive that nobody can ask for
			return states[i+1:]
		}
	}
	return states
}

// outcomeOf is what became of a record that was ordered before.
func outcomeOf(r *store.Record) Outcome {
	o := Outcome{Record: r.ID, Status: Accepted, Leaf: r.Leaf, Height: r.Height, Time: r.Time}
	if r.Refused {
		o.Status = Refused
		o.Refusal = &rules.Refusal{Reason: reason.Code(r.Reason), Action: r.Action}
	}
	return o
}
