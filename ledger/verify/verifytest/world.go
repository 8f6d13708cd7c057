// Package verifytest makes small ledgers for tests of whoever reads heads: leaves, seals, policy epochs, cosigned heads and handovers, all from fixed
// seeds. Nothing is executed: a record is any leaf, and the state is what the test says.
package verifytest

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/merkle"
)

const (
	// Origin of the log.
	Origin = "log.example/test"
	// Start is the genesis time, Unix seconds.
	Start = 1_795_000_000
	// TrustPeriod of all epochs, seconds.
	TrustPeriod = 1000
	// Witness is the name of the pinned outside witness.
	Witness = "witness.example"
)

// World is a ledger in the making, with everybody's keys.
type World struct {
	Policies []*ledger.Policy // by number; the last is in force
	Now      uint64           // the clock of everybody who signs, Unix seconds

	leaves [][]byte
	tree   *merkle.Tree
	state  ledger.Hash
	last   ledger.Seal
	ended  map[uint32]uint64 // size of the last head of an epoch
	keys   map[string]*ident.Ed25519PrivateKey
}

// New makes a ledger of one seal, with three validators, of which two are a quorum, and an outside witness.
func New() *World { return NewOf("test", 3) }

// NewOf makes a ledger of another name and with another number of validators, of which more than half are a quorum.
func NewOf(name string, validators int) *World {
	w := &World{Now: Start, tree: merkle.NewTree(merkle.Log), ended: map[uint32]uint64{}, keys: map[string]*ident.Ed25519PrivateKey{}}
	p := &ledger.Policy{
		Chain: sha256.Sum256([]byte(name)), Origin: Origin, Publisher: 1, Quorum: uint8(validators/2 + 1), TrustPeriod: TrustPeriod,
		LogKey: w.Key("log", 0).Public(), Witnesses: []ledger.PolicyWitness{{Name: Witness, Key: w.Key("witness", 0).Public()}},
	}
	for i := range validators {
		a := ledger.AccountID(i + 1)
		p.Validators = append(p.Validators, ledger.PolicyValidator{
			Agency: a, NodeKey: w.Key("node", a).Public(), CosignerName: fmt.Sprintf("node%d.example", a), CosignerKey: w.Key("cosigner", a).Public(),
		})
	}
	w.Policies = []*ledger.Policy{p}
	w.seal(p)
	return w
}

// Copy is a ledger that goes on apart from this one: a fork.
func (w *World) Copy() *World {
	c := *w
	c.Policies = append([]*ledger.Policy{}, w.Policies...)
	c.leaves = append([][]byte{}, w.leaves...)
	c.ended, c.keys = maps.Clone(w.ended), maps.Clone(w.keys)
	c.tree = merkle.NewTree(merkle.Log)
	for _, l := range c.leaves {
		c.tree.Append(merkle.Log.Leaf(l))
	}
	return &c
}

// Key is a key by its use and agency, as it is now.
func (w *World) Key(use string, a ledger.AccountID) *ident.Ed25519PrivateKey {
	name := use + a.String()
	if w.keys[name] == nil {
		w.keys[name] = newKey(name)
	}
	return w.keys[name]
}

func newKey(name string) *ident.Ed25519PrivateKey {
	seed := sha256.Sum256([]byte("verifytest " + name))
	return must(ident.NewEd25519PrivateKey(seed[:]))
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// Policy is the epoch in force.
func (w *World) Policy() *ledger.Policy { return w.Policies[len(w.Policies)-1] }

// SetState is the state root of the blocks from now on.
func (w *World) SetState(root ledger.Hash) { w.state = root }

// Block appends a block of leaves that stand for records, a second later.
func (w *World) Block(records ...string) {
	w.add(records)
	w.seal(w.Policy())
}

func (w *World) add(records []string) {
	w.Now++
	for _, r := range records {
		w.leaf([]byte(r))
	}
}

// Rotate appends a block in which agencies rotate their cosigner and node keys, and which ends the epoch.
func (w *World) Rotate(agencies ...ledger.AccountID) {
	w.EndEpoch(func(p *ledger.Policy) {
		for i := range p.Validators {
			for _, a := range agencies {
				if v := &p.Validators[i]; v.Agency == a {
					for _, use := range []string{"node", "cosigner"} {
						w.keys[use+a.String()] = newKey(fmt.Sprintf("%s%d epoch %d", use, a, p.Number))
					}
					v.NodeKey, v.CosignerKey = w.Key("node", a).Public(), w.Key("cosigner", a).Public()
				}
			}
		}
	})
}

// Join appends a block by which an agency's validator joins, and which ends the epoch.
func (w *World) Join(a ledger.AccountID, quorum uint8) {
	w.EndEpoch(func(p *ledger.Policy) {
		p.Validators = append(p.Validators, ledger.PolicyValidator{
			Agency: a, NodeKey: w.Key("node", a).Public(), CosignerName: fmt.Sprintf("node%d.example", a), CosignerKey: w.Key("cosigner", a).Public(),
		})
		slices.SortFunc(p.Validators, func(a, b ledger.PolicyValidator) int { return int(int64(a.Agency) - int64(b.Agency)) })
		p.Quorum = quorum
	})
}

// Leave appends a block by which an agency's validator leaves, and which ends the epoch. Whoever comes first then runs the publisher.
func (w *World) Leave(a ledger.AccountID, quorum uint8) {
	w.EndEpoch(func(p *ledger.Policy) {
		p.Validators = slices.DeleteFunc(p.Validators, func(v ledger.PolicyValidator) bool { return v.Agency == a })
		p.Publisher, p.Quorum = p.Validators[0].Agency, quorum
	})
}

// EndEpoch appends a block that ends the epoch; change makes the next document of a copy of the present one with number and previous set.
func (w *World) EndEpoch(change func(*ledger.Policy)) {
	next := *w.Policy()
	next.Validators = append([]ledger.PolicyValidator{}, next.Validators...)
	next.Witnesses = append([]ledger.PolicyWitness{}, next.Witnesses...)
	next.Number++
	next.Previous = w.Policy().Hash()
	if change != nil {
		change(&next)
	}
	w.add([]string{"end of epoch"})
	w.seal(&next)
	w.ended[w.Policy().Number] = w.tree.Size()
	w.Policies = append(w.Policies, &next)
}

func (w *World) leaf(data []byte) {
	w.leaves = append(w.leaves, data)
	w.tree.Append(merkle.Log.Leaf(data))
}

func (w *World) seal(next *ledger.Policy) {
	s := ledger.Seal{
		Chain: w.Policy().Chain, Height: w.last.Height + 1, Previous: w.last.Leaf(), Time: w.Now * 1000, SizeBefore: w.tree.Size(), RootBefore: w.tree.Root(),
		State: w.state, Protocol: 1, Policy: w.Policy().Hash(), NextPolicy: next.Hash(),
	}
	w.last = s
	w.leaf(s.Append(nil))
}

// Replace puts another leaf in the place of one, in a tree of its own.
func (w *World) Replace(i uint64, data []byte) {
	w.leaves[i] = data
	*w = *w.Copy()
}
