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

// build makes the map of at least one change, keys ascending strictly.
func build(changes []change) edge {
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
	left edge
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
		left := b.close(bit)
		b.open = append(b.open, open{left, bit})
	}
	b.last = l
	b.n++
}

// close finishes the inner nodes below position bit: the keys to come differ at bit from all of theirs.
func (b *Builder) close(bit uint8) edge {
	e := edgeTo(b.last)
	for len(b.open) > 0 && b.open[len(b.open)-1].bit > bit {
		top := b.open[len(b.open)-1]
		b.open = b.open[:len(b.open)-1]
		e = join(top.bit, top.left, e)
	}
	return e
}

// Map returns the map of the leaves so far. More may follow.
func (b *Builder) Map() Map {
	if b.last == nil {
		return Map{}
	}
	return Map{root: b.fold(), n: b.n}
}

func (b *Builder) fold() edge {
	e := edgeTo(b.last)
	for i := len(b.open) - 1; i >= 0; i-- {
		e = join(b.open[i].bit, b.open[i].left, e)
	}
	return e
}
