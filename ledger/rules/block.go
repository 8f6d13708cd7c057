package rules

import (
	"slices"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/subject"
)

// Block is an overlay over a committed state in which the records of one block take effect. It is not safe for use by several goroutines.
type Block struct {
	ctx        Context
	state      State
	parameters subject.ParametersValue // as they were before the block: a change is for the next one
	today      ledger.Date             // of the block
	oldest     uint64                  // start of the backdating window
	values     map[subject.ID][]byte
	undo       []undo // of the record under evaluation
	touches    []Touch
	fixed      map[subject.ID]any // parsed values as they were before the block
	scratch    []byte
}

type undo struct {
	id     subject.ID
	value  []byte
	before bool // the overlay had a value
}

// NewBlock lays a block over a state. The state holds the parameters; it panics if not, as genesis always makes them.
func NewBlock(ctx Context, st State) *Block {
	b := &Block{ctx: ctx, state: st, today: ledger.DateAt(ctx.Time), values: make(map[subject.ID][]byte), fixed: make(map[subject.ID]any)}
	p, ok := fixed(b, subject.Parameters(), subject.ParseParameters)
	if !ok {
		panic("rules: the state holds no parameters")
	}
	b.parameters = *p
	b.oldest = minus(ctx.Time, p.BackdatingWindow)
	return b
}

// Value is a subject's value as the block has left it so far. It is not to be modified.
func (b *Block) Value(id subject.ID) ([]byte, bool) {
	if v, ok := b.values[id]; ok {
		return v, true
	}
	return b.state.Value(id)
}

// Apply evaluates a record that would be the log's leaf of that index. It returns what the record touched, in order of actions and of first
// touch within an action and the author's activity last, or a refusal; then the block is as it was. The envelope's signature must have been
// verified, and its id not have been seen.
func (b *Block) Apply(leaf uint64, e *ledger.Envelope) ([]Touch, *Refusal) {
	r, refusal := b.begin(&e.Header, e.PublicKey)
	if refusal != nil {
		return nil, refusal
	}
	r.leaf, r.id = leaf, e.ID
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
	b.put(id, v.Append(make([]byte, 0, 17)), len(b.touches))
}

// put sets a value and notes the touch. Touches from start on are those of the same action, which touches a subject once.
func (b *Block) put(id subject.ID, value []byte, start int) {
	old, before := b.values[id]
	b.undo = append(b.undo, undo{id, old, before})
	b.values[id] = value
	for i := start; i < len(b.touches); i++ {
		if b.touches[i].Subject == id {
			b.touches[i].Value = value
			return
		}
	}
	b.touches = append(b.touches, Touch{Subject: id, Value: value})
}

// commit ends a record and hands out its touches.
func (b *Block) commit() []Touch {
	touches := slices.Clone(b.touches)
	clear(b.touches)
	clear(b.undo)
	b.touches, b.undo = b.touches[:0], b.undo[:0]
	return touches
}

// rollBack undoes all but the first touches and undo steps of the record.
func (b *Block) rollBack(touches, steps int) {
	for i := len(b.undo) - 1; i >= steps; i-- {
		if u := b.undo[i]; u.before {
			b.values[u.id] = u.value
		} else {
			delete(b.values, u.id)
		}
	}
	clear(b.undo[steps:])
	b.touches, b.undo = b.touches[:touches], b.undo[:steps]
}

// read parses a subject's value. Without one it is the zero value and false.
func read[T any](b *Block, id subject.ID, parse func([]byte) (T, error)) (v T, ok bool) {
	data, ok := b.Value(id)
	if !ok {
		return v, false
	}
	v, err := parse(data)
	if err != nil {
		corrupt(id, err)
	}
	return v, true
}

// fixed parses, once a block, the value that a subject had before it: of subjects that no rule writes, of parameters, which change for the next block, and
// of the policy, whose next epoch follows the one before the block.
func fixed[T any](b *Block, id subject.ID, parse func([]byte) (T, error)) (*T, bool) {
	if v, ok := b.fixed[id]; ok {
		return v.(*T), true
	}
	data, ok := b.state.Value(id)
	if !ok {
		return nil, false
	}
	v, err := parse(data)
	if err != nil {
		corrupt(id, err)
	}
	b.fixed[id] = &v
	return &v, true
}
