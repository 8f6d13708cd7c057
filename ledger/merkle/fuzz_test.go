package merkle

import (
	"bytes"
	"slices"
	"testing"
)

// A claim is what a fuzzer makes of its bytes: numbers around the true ones, hashes mostly taken from the true tree, so
// that near-misses are likely.
type claim struct {
	data   []byte
	leaves []Hash
	tree   *Tree
}

const fuzzLeaves = 40

func newClaim(data []byte) *claim {
	leaves := leafHashes(Log, fuzzLeaves)
	return &claim{data, leaves, NewTree(Log, leaves...)}
}

func (c *claim) byte() byte {
	if len(c.data) == 0 {
		return 0
	}
	b := c.data[0]
	c.data = c.data[1:]
	return b
}

func (c *claim) number() uint64 {
	if b := c.byte(); b < 250 {
		return uint64(b % (fuzzLeaves + 3))
	}
	return 1<<64 - 1 - uint64(c.byte())<<(c.byte()%64)
}

func (c *claim) hash() Hash {
	level := int(c.byte() % 8)
	if h, err := c.tree.ReadHash(level, uint64(c.byte()%fuzzLeaves)); err == nil {
		return h
	}
	if level == 7 {
		var h Hash
		c.data = c.data[copy(h[:], c.data):]
		return h
	}
	return Log.Root(c.leaves[:c.byte()%(fuzzLeaves+1)])
}

func (c *claim) hashes() []Hash {
	out := make([]Hash, c.byte()%9)
	for i := range out {
		out[i] = c.hash()
	}
	return out
}

// orTrue leaves a proof of the fuzzer's or takes the true one, with one hash bent or not.
func (c *claim) orTrue(truth []Hash, err error) []Hash {
	switch b := c.byte(); {
	case b%3 == 0 || err != nil:
		return c.hashes()
	case b%3 == 1 && len(truth) > 0:
		truth[int(b/3)%len(truth)] = c.hash()
	}
	return truth
}

func FuzzCheckInclusion(f *testing.F) {
	f.Add([]byte{7, 3, 2, 0, 3})
	f.Add([]byte{40, 39, 1, 5, 0, 0, 39})
	f.Add([]byte{255, 1, 3, 0, 2, 1, 1})
	f.Fuzz(func(t *testing.T, data []byte) {
		c := newClaim(data)
		size, index := c.number(), c.number()
		proof := c.orTrue(Log.ProveInclusion(c.tree, size, index))
		leaf := c.hash()
		var root Hash
		if size <= fuzzLeaves {
			root = Log.Root(c.leaves[:size])
		} else {
			root = c.hash()
		}
		err := Log.CheckInclusion(proof, size, root, index, leaf)
		if err == nil && size <= fuzzLeaves && leaf != c.leaves[index] {
			t.Errorf("accepted a false leaf %d of %d", index, size)
		}
		if before, err := Log.RootBefore(proof, size); err == nil && size <= fuzzLeaves {
			honest := Log.CheckInclusion(proof, size, root, size-1, c.leaves[size-1]) == nil
			if honest && before != Log.Root(c.leaves[:size-1]) {
				t.Errorf("false root before %d", size)
			}
		}
	})
}

func FuzzCheckConsistency(f *testing.F) {
	f.Add([]byte{3, 7, 2, 0, 3})
	f.Add([]byte{16, 39, 1, 5, 0, 0, 39})
	f.Add([]byte{0, 39, 0, 0, 0})
	f.Fuzz(func(t *testing.T, data []byte) {
		c := newClaim(data)
		older, newer := c.number(), c.number()
		proof := c.orTrue(Log.ProveConsistency(c.tree, older, newer))
		olderRoot, newerRoot := c.hash(), c.hash()
		known := newer <= fuzzLeaves
		if known {
			newerRoot = Log.Root(c.leaves[:newer])
		}
		err := Log.CheckConsistency(proof, older, olderRoot, newer, newerRoot)
		if err == nil && known && olderRoot != Log.Root(c.leaves[:older]) {
			t.Errorf("accepted a false root at %d under %d", older, newer)
		}
	})
}

func FuzzCheckSuffix(f *testing.F) {
	f.Add([]byte{3, 7, 2, 0, 3})
	f.Add([]byte{37, 40, 1, 5, 3, 0, 37, 0, 38, 0, 39})
	f.Fuzz(func(t *testing.T, data []byte) {
		c := newClaim(data)
		from, size := c.number(), c.number()
		before, err := ReadFrontier(c.tree, from)
		before = Frontier{from, c.orTrue(before.Hashes, err)}
		var truth []Hash
		if from <= size && size <= fuzzLeaves {
			truth = slices.Clone(c.leaves[from:size])
		}
		suffix := c.orTrue(truth, nil)
		root := c.hash()
		if size <= fuzzLeaves {
			root = Log.Root(c.leaves[:size])
		}
		err = Log.CheckSuffix(before, suffix, size, root)
		if err == nil && size <= fuzzLeaves && !slices.Equal(suffix, c.leaves[from:size]) {
			t.Errorf("accepted a false suffix from %d of %d", from, size)
		}
	})
}

func FuzzParseFrontier(f *testing.F) {
	f.Add(Frontier{}.AppendBinary(nil))
	f.Add(Frontier{}.Append(Log, leafHashes(Log, 7)...).AppendBinary(nil))
	f.Fuzz(func(t *testing.T, data []byte) {
		frontier, err := ParseFrontier(data)
		if err != nil {
			return
		}
		if !bytes.Equal(frontier.AppendBinary(nil), data) {
			t.Error("one frontier with two encodings")
		}
		frontier.Root(History)
		if frontier.Size < MaxSize {
			frontier.Append(History, Hash{})
		}
	})
}
