package statemap

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"

	"pgregory.net/rapid"
)

// model is the map as its definition has it: a set of leaves.
type model map[Hash]Leaf

func (m model) put(leaves []Leaf) model {
	next := maps.Clone(m)
	for _, l := range leaves {
		next[l.Key] = l
	}
	return next
}

func (m model) sorted() []Leaf {
	return slices.SortedFunc(maps.Values(m), func(a, b Leaf) int { return bytes.Compare(a.Key[:], b.Key[:]) })
}

func (m model) root() Hash { return naiveRoot(m.sorted()) }

// naiveRoot follows the package comment word by word and uses nothing of the package but its types.
func naiveRoot(s []Leaf) Hash {
	switch len(s) {
	case 0:
		return Hash{}
	case 1:
		b := []byte{0x30}
		b = append(b, s[0].Key[:]...)
		b = append(b, s[0].Value[:]...)
		b = binary.BigEndian.AppendUint64(b, s[0].N)
		b = append(b, s[0].History[:]...)
		return sha256.Sum256(b)
	}
	naiveBit := func(k Hash, p int) byte { return (k[p/8] >> (7 - p%8)) & 1 }
	for p := range 256 {
		var sides [2][]Leaf
		for _, l := range s {
			b := naiveBit(l.Key, p)
			sides[b] = append(sides[b], l)
		}
		if len(sides[0]) > 0 && len(sides[1]) > 0 {
			left, right := naiveRoot(sides[0]), naiveRoot(sides[1])
			b := append([]byte{0x31, byte(p >> 8), byte(p)}, left[:]...)
			return sha256.Sum256(append(b, right[:]...))
		}
	}
	panic("two leaves with one key")
}

// hashOf makes a value that looks like a hash out of a number.
func hashOf(what string, i int) Hash { return sha256.Sum256(fmt.Appendf(nil, "%s %d", what, i)) }

func leafOf(i, version int) Leaf {
	return Leaf{Key: hashOf("key", i), Value: hashOf("value", i*1000+version), N: uint64(version + 1), History: hashOf("history", i*1000+version)}
}

func leavesOf(from, to, version int) []Leaf {
	var leaves []Leaf
	for i := from; i < to; i++ {
		leaves = append(leaves, leafOf(i, version))
	}
	return leaves
}

// anyKey draws keys that often agree in many bits, at the front, in the middle and up to the last one, as no hash would.
func anyKey() *rapid.Generator[Hash] {
	return rapid.Custom(func(t *rapid.T) Hash {
		k := hashOf("base", rapid.IntRange(0, 2).Draw(t, "base"))
		for range rapid.IntRange(0, 3).Draw(t, "flips") {
			p := rapid.SampledFrom([]int{0, 1, 2, 3, 7, 8, 9, 63, 64, 65, 127, 128, 200, 247, 248, 254, 255}).Draw(t, "bit")
			k[p/8] ^= 0x80 >> (p % 8)
		}
		return k
	})
}

func anyLeaf() *rapid.Generator[Leaf] {
	return rapid.Custom(func(t *rapid.T) Leaf {
		i := rapid.IntRange(0, 1000).Draw(t, "value")
		return Leaf{Key: anyKey().Draw(t, "key"), Value: hashOf("value", i), N: uint64(i), History: hashOf("history", i)}
	})
}
