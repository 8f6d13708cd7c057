package rules_test

import (
	"crypto/sha256"
	"maps"
	"slices"
	"sync"
	"testing"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/rules"
	"github.com/ocopledger/ocop/ledger/subject"
)

// memory is a committed state.
type memory map[subject.ID][]byte

func (m memory) Value(id subject.ID) ([]byte, bool) {
	v, ok := m[id]
	return v, ok
}

func (m memory) put(id subject.ID, v interface{ Append([]byte) []byte }) { m[id] = v.Append(nil) }

// world is a ledger as a scenario sees it: a state, the names people use for what is in it, and a clock.
type world struct {
	memory
	chain     ledger.ChainID
	protocol  uint32
	now       uint64 // block time
	height    uint64
	leaf      uint64
	accounts  map[string]ledger.AccountID
	decisions map[string]ledger.DecisionID
	sales     map[string]ledger.SaleID
	schemes   subject.SchemesValue
	block     *rules.Block             // open while records share a block
	salt      uint64                   // makes records of one moment differ
	sent      []sent                   // in order
	ordered   map[ledger.RecordID]bool // accepted, or refused for good
	accepted  func(actions [][]byte)
	refused   func(f *rules.Refusal)
}

func newWorld() *world {
	w := &world{
		memory: memory{}, chain: sha256.Sum256([]byte("a ledger of scenarios")), protocol: 1,
		accounts: map[string]ledger.AccountID{}, decisions: map[string]ledger.DecisionID{}, sales: map[string]ledger.SaleID{}, ordered: map[ledger.RecordID]bool{},
		accepted: func([][]byte) {}, refused: func(*rules.Refusal) {},
	}
	return w
}

func (w *world) clone() *world {
	c := *w
	c.memory = make(memory, len(w.memory))
	for id, v := range w.memory {
		c.memory[id] = v
	}
	c.accounts, c.decisions, c.sales = map[string]ledger.AccountID{}, map[string]ledger.DecisionID{}, map[string]ledger.SaleID{}
	for n, a := range w.accounts {
		c.accounts[n] = a
	}
	for n, d := range w.decisions {
		c.decisions[n] = d
	}
	for n, s := range w.sales {
		c.sales[n] = s
	}
	c.sent, c.ordered = slices.Clone(w.sent), maps.Clone(w.ordered)
	return &c
}

func (w *world) context() rules.Context {
	return rules.Context{Chain: w.chain, Height: w.height, Time: w.now, Protocol: w.protocol}
}

var keys sync.Map // by name: making a key costs more than applying a record

// keyOf makes a key of a name, always the same.
func keyOf(name string) *ident.PrivateKey {
	if k, ok := keys.Load(name); ok {
		return k.(*ident.PrivateKey)
	}
	secret := sha256.Sum256([]byte("scenario key " + name))
	k, err := ident.NewPrivateKey(secret[:])
	if err != nil {
		panic(err)
	}
	keys.Store(name, k)
	return k
}

// edKeyOf makes a validator's key of a name, always the same.
func edKeyOf(name string) *ident.Ed25519PrivateKey {
	seed := sha256.Sum256([]byte("scenario validator key " + name))
	k, err := ident.NewEd25519PrivateKey(seed[:])
	if err != nil {
		panic(err)
	}
	return k
}

// envelope closes a record over actions, through the bytes.
func envelope(tb testing.TB, h ledger.Header, key ident.PublicKey, actions [][]byte) *ledger.Envelope {
	tb.Helper()
	h.Key = key.ID()
	h = ledger.NewHeader(h, actions)
	return signed(tb, h, key, ident.Signature{}, actions)
}

// signed is envelope with a header that is complete, and a signature.
func signed(tb testing.TB, h ledger.Header, key ident.PublicKey, sig ident.Signature, actions [][]byte) *ledger.Envelope {
	tb.Helper()
	e, err := ledger.ParseEnvelope(ledger.AppendEnvelope(nil, &h, key, sig, actions))
	if err != nil {
		tb.Fatal(err)
	}
	return e
}

// apply puts a record into the open block, or into one of its own, and commits what it touched.
func (w *world) apply(e *ledger.Envelope) ([]rules.Touch, *rules.Refusal) {
	block := w.block
	if block == nil {
		w.height++
		block = rules.NewBlock(w.context(), w.memory)
	}
	touches, refusal := block.Apply(w.leaf, e)
	if refusal != nil {
		w.refused(refusal)
		if refusal.Final() {
			touches = []rules.Touch{block.Refuse(ledger.Refusal{Record: e.ID, Author: e.Header.Author, Reason: uint16(refusal.Reason), Action: refusal.Action})}
		}
	} else {
		w.leaf++
		w.accepted(e.Actions)
	}
	if w.block == nil {
		w.commit(touches)
	}
	return touches, refusal
}

func (w *world) commit(touches []rules.Touch) {
	for _, t := range touches {
		w.memory[t.Subject] = t.Value
	}
	w.leaf++ // the seal
}

func (w *world) held(lot ledger.LotID) (total uint64) {
	for id, v := range w.memory {
		if id.Kind == subject.KindHolding {
			if h, err := subject.ParseHolding(v); err == nil && h.Lot == lot {
				total += h.Quantity
			}
		}
	}
	return total
}

// names lists the scenario's names for accounts in order of account.
func (w *world) names() []string {
	var names []string
	for n := range w.accounts {
		names = append(names, n)
	}
	slices.SortFunc(names, func(a, b string) int { return int(w.accounts[a]) - int(w.accounts[b]) })
	return names
}
