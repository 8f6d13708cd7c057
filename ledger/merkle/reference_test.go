package merkle

import (
	"crypto/sha256"
	"fmt"
	"math/bits"

	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"
)

// domains in the order in which tests try them.
func domains() []Domain { return []Domain{Log, Actions, History} }

// naiveLeaf and naiveNode spell the definition out.
func naiveLeaf(d Domain, data []byte) Hash {
	return sha256.Sum256(append([]byte{byte(d)}, data...))
}

func naiveNode(d Domain, l, r Hash) Hash {
	return sha256.Sum256(append(append([]byte{byte(d) + 1}, l[:]...), r[:]...))
}

// naiveRoot is MTH of RFC 6962 section 2.1 word by word.
func naiveRoot(d Domain, leaves []Hash) Hash {
	switch len(leaves) {
	case 0:
		return sha256.Sum256(nil)
	case 1:
		return leaves[0]
	}
	k := 1
	for 2*k < len(leaves) {
		k *= 2
	}
	return naiveNode(d, naiveRoot(d, leaves[:k]), naiveRoot(d, leaves[k:]))
}

func leafData(i int) []byte { return fmt.Appendf(nil, "leaf %d", i) }

func leafHashes(d Domain, n int) []Hash {
	leaves := make([]Hash, n)
	for i := range leaves {
		leaves[i] = d.Leaf(leafData(i))
	}
	return leaves
}

// sumdb is golang.org/x/mod's log tree, an implementation that shares no line with ours.
type sumdb struct {
	hashes []tlog.Hash
	size   int64
}

func newSumdb(n int) *sumdb {
	s := new(sumdb)
	for i := range n {
		h, err := tlog.StoredHashes(int64(i), leafData(i), s)
		if err != nil {
			panic(err)
		}
		s.hashes = append(s.hashes, h...)
		s.size++
	}
	return s
}

func (s *sumdb) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, x := range indexes {
		out[i] = s.hashes[x]
	}
	return out, nil
}

// ReadHash makes the same store a HashReader of ours.
func (s *sumdb) ReadHash(level int, index uint64) (Hash, error) {
	if index >= uint64(s.size)>>level {
		return Hash{}, ErrRange
	}
	return Hash(s.hashes[tlog.StoredHashIndex(level, int64(index))]), nil
}

// anyTree draws a domain and a small tree.
func anyTree(t *rapid.T) (Domain, []Hash, *Tree) {
	d := rapid.SampledFrom(domains()).Draw(t, "domain")
	leaves := leafHashes(d, rapid.IntRange(1, 700).Draw(t, "size"))
	return d, leaves, NewTree(d, leaves...)
}

// proofLen is the length of the path of a leaf by the definition.
func proofLen(size, index uint64) int {
	if size <= 1 {
		return 0
	}
	k := uint64(1) << (bits.Len64(size-1) - 1)
	if index < k {
		return 1 + proofLen(k, index)
	}
	return 1 + proofLen(size-k, index-k)
}
