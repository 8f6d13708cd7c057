package statemap

import (
	"bytes"
	"fmt"

	"github.com/ocopledger/ocop/ledger/merkle"
)

// Build returns the map of the given leaves, whose keys ascend strictly. It hashes every node once.
func Build(leaves []Leaf) (Map, error) {
	var b Builder
	for i := range leaves {
		if err := b.Add(leaves[i]); err != nil {
			return Map{}, err
		}
	}
	return b.Map(), nil
}

func buildMap(changes []change) Map { return Map{root: build(changes), n: len(changes)} }

// build makes a node of at least one change, keys ascending strictly.
func build(changes []change) node {
	var b Builder
	for i := range changes {
		b.add(changes[i].leaf)
	}
	return b.fold()
}

// A Builder makes a map of leaves that come one after the other in ascending order of keys, as a store reads them. It needs
// no more memory than the map. The zero Builder is ready.
type Builder struct {
	last *Leaf
	open []open
	n    int
}

// An open node is an inner node whose right part still grows. Down the right edge the positions increase.
type open struct {
	left node
	bit  uint8
}

// Add puts a leaf in. Its key must be greater than the one before; if not, the error wraps [merkle.ErrRange] and nothing
// is changed.
func (b *Builder) Add(l Leaf) error {
	if b.last != nil && bytes.Compare(l.Key[:], b.last.Key[:]) <= 0 {
		return fmt.Errorf("%w: state key %v after %v", merkle.ErrRange, l.Key, b.last.Key)
	}
	b.add(&l)
	return nil
}

func (b *Builder) add(l *Leaf) {
	if b.last != nil {
		bit := uint8(firstDiff(&b.last.Key, &l.Key))
		done := b.close(bit)
		b.open = append(b.open, open{left: done, bit: bit})
	}
	b.last = l
	b.n++
}

// close finishes the nodes below position bit: the keys to come differ from all of theirs at bit.
func (b *Builder) close(bit uint8) node {
	var n node = b.last
	for len(b.open) > 0 && b.open[len(b.open)-1].bit > bit {
		top := b.open[len(b.open)-1]
		b.open = b.open[:len(b.open)-1]
		n = newInner(top.bit, top.left, n)
	}
	return n
}

// Map returns the map of the leaves so far.
func (b *Builder) Map() Map {
	if b.last == nil {
		return Map{}
	}
	return Map{root: b.fold(), n: b.n}
}

func (b *Builder) fold() node {
	var n node = b.last
	for i := len(b.open) - 1; i >= 0; i-- {
		n = newInner(b.open[i].bit, b.open[i].left, n)
	}
	return n
}
