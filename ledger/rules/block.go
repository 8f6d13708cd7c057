package rules

import (
	"bytes"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/subject"
)

// Block is an overlay over a committed state in which the records of one block take effect. It is not safe for use by several goroutines.
type Block struct {
	ctx        Context
	state      State
	parameters *subject.ParametersValue // as they were before the block: a change is for the next one
	today      ledger.Date              // of the block
	oldest     uint64                   // start of the backdating window
	at         map[subject.ID]int       // in cells
	cells      []cell
	last       int    // cell asked for last: rules write what they have just read
	record     record // under evaluation
	sale       saleMessage
	undo       []undo // of the record
	touches    []Touch
	scratch    []byte
}

// cell is a subject that the block has asked the state for, which it does once for each.
type cell struct {
	id      subject.ID
	before  held
	now     held // as the block has left it so far
	written bool
	fixed   any // before, parsed
	parsed  any // now, parsed
}

// held is a subject's value, if there is one.
type held struct {
	value []byte
	there bool
}

type undo struct {
	cell    int
	now     held
	written bool
}

// NewBlock lays a block over a state. The state holds the parameters; it panics if not, as genesis always makes them.
func NewBlock(ctx Context, st State) *Block {
	b := &Block{at: make(map[subject.ID]int)}
	b.Next(ctx, st)
	return b
}

// Next lays the block over another state, as NewBlock would a new one, in the memory it has. Nothing is left of what it held.
func (b *Block) Next(ctx Context, st State) {
	clear(b.at)
	clear(b.cells)
	b.ctx, b.state, b.cells, b.touches, b.undo = ctx, st, b.cells[:0], b.touches[:0], b.undo[:0]
	b.last = 0
	p, ok := fixed(b, subject.Parameters(), subject.ParseParameters)
	if !ok {
		panic("rules: the state holds no parameters")
	}
	b.parameters, b.today, b.oldest = p, ledger.DateAt(ctx.Time), minus(ctx.Time, p.BackdatingWindow)
}

// Value is a subject's value as the block has left it so far. It is not to be modified.
func (b *Block) Value(id subject.ID) ([]byte, bool) {
	now := &b.cells[b.cell(id)].now
	return now.value, now.there
}

// cell finds a subject's cell. The state is asked the first time.
func (b *Block) cell(id subject.ID) int {
	if b.last < len(b.cells) && b.cells[b.last].id == id {
		return b.last
	}
	i, ok := b.at[id]
	if !ok {
		var h held
		h.value, h.there = b.state.Value(id)
		i = len(b.cells)
		b.at[id] = i
		b.cells = append(b.cells, cell{id: id, before: h, now: h})
	}
	b.last = i
	return i
}

// Apply evaluates a record that would be the log's leaf of that index. It returns what the record touched, in order of actions and of first
// touch within an action and the author's activity last, or a refusal; then the block is as it was. The touches are the caller's until the next
// call. The envelope's signature must have been verified, and its id not have been seen.
func (b *Block) Apply(leaf uint64, e *ledger.Envelope) ([]Touch, *Refusal) {
	r, refusal := b.begin(&e.Header, e.PublicKey)
	if refusal != nil {
		return nil, refusal
	}
	r.leaf, r.id, r.envelope = leaf, e.ID, e
	for i, data := range e.Actions {
		if refusal := r.act(uint16(i), data); refusal != nil {
			b.rollBack(0, 0)
			return nil, refusal
		}
	}
	r.number = ledger.WholeRecord
	r.start = len(b.touches)
	b.activity(r.author.Account, func(v *subject.ActivityValue) { v.Accepted++ })
	b.touches[len(b.touches)-1].Action = ledger.WholeRecord
	b.touches[len(b.touches)-1].ActionHash = e.Header.ActionsRoot
	return b.commit(), nil
}

// Refuse notes a refusal row in its author's activity. Rows come after all accepted records of the block, in their own order.
func (b *Block) Refuse(row ledger.Refusal) Touch {
	b.activity(row.Author, func(v *subject.ActivityValue) { v.Refused++ })
	t := b.commit()[0]
	t.Action, t.ActionHash = row.Action, row.Hash()
	return t
}

func (b *Block) activity(account ledger.AccountID, change func(*subject.ActivityValue)) {
	id := subject.Activity(account)
	v, _ := read(b, id, subject.ParseActivity)
	change(&v)
	b.put(id, v.Append(b.buffer()), len(b.touches))
}

// buffer is room for a value on its way into put, which copies it.
func (b *Block) buffer() []byte { return b.scratch[:0] }

// put sets a value and notes the touch. Touches from start on are those of the same action, which touches a subject once.
func (b *Block) put(id subject.ID, value []byte, start int) {
	b.scratch = value[:0]      // it may have grown
	value = bytes.Clone(value) // states keep it: no larger than it need be
	i := b.cell(id)
	s := &b.cells[i]
	b.undo = append(b.undo, undo{i, s.now, s.written})
	s.now, s.written, s.parsed = held{value, true}, true, nil
	for j := start; j < len(b.touches); j++ {
		if b.touches[j].Cell == i {
			b.touches[j].Value = value
			return
		}
	}
	b.touches = append(b.touches, Touch{Subject: s.id, Cell: i, Value: value})
}

// commit ends a record and hands out its touches.
func (b *Block) commit() []Touch {
	touches := b.touches
	b.touches, b.undo = b.touches[:0], b.undo[:0]
	return touches
}

// rollBack undoes all but the first touches and undo steps of the record.
func (b *Block) rollBack(touches, steps int) {
	for i := len(b.undo) - 1; i >= steps; i-- {
		u := &b.undo[i]
		s := &b.cells[u.cell]
		s.now, s.written, s.parsed = u.now, u.written, nil
	}
	b.touches, b.undo = b.touches[:touches], b.undo[:steps]
}

// read parses a subject's value, for a rule that changes it. Without one it is the zero value and false.
func read[T any](b *Block, id subject.ID, parse func([]byte) (T, error)) (v T, ok bool) {
	now := b.cells[b.cell(id)].now
	if !now.there {
		return v, false
	}
	v, err := parse(now.value)
	if err != nil {
		corrupt(id, err)
	}
	return v, true
}

// look is read for rules that only look: the value is parsed once until it changes, and not to be modified. Without one it is nil and false.
func look[T any](b *Block, id subject.ID, parse func([]byte) (T, error)) (*T, bool) {
	s := &b.cells[b.cell(id)]
	return once(id, s.now, &s.parsed, parse)
}

// fixed is look at the value that a subject had before the block: of subjects that no rule writes, of parameters, which change for the next block, and
// of the policy, whose next epoch follows the one before the block.
func fixed[T any](b *Block, id subject.ID, parse func([]byte) (T, error)) (*T, bool) {
	s := &b.cells[b.cell(id)]
	return once(id, s.before, &s.fixed, parse)
}

func once[T any](id subject.ID, h held, parsed *any, parse func([]byte) (T, error)) (*T, bool) {
	if !h.there {
		return nil, false
	}
	if v, ok := (*parsed).(*T); ok {
		return v, true
	}
	v, err := parse(h.value)
	if err != nil {
		corrupt(id, err)
	}
	*parsed = &v
	return &v, true
}
