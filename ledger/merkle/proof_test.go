package merkle

import (
	"errors"
	"slices"
	"testing"

	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"
)

func TestEveryInclusion(t *testing.T) {
	const most = 70
	for _, d := range domains() {
		leaves := leafHashes(d, most)
		tree := NewTree(d, leaves...)
		for size := uint64(1); size <= most; size++ {
			root := naiveRoot(d, leaves[:size])
			for index := range size {
				proof, err := d.ProveInclusion(tree, size, index)
				if err != nil || len(proof) != proofLen(size, index) {
					t.Fatalf("prove %d of %d: %d hashes, %v", index, size, len(proof), err)
				}
				if err := d.CheckInclusion(proof, size, root, index, leaves[index]); err != nil {
					t.Fatal(err)
				}
				mustRefuseInclusion(t, d, proof, size, root, index, leaves)
			}
		}
	}
}

// mustRefuseInclusion tries the neighbours of a true statement.
func mustRefuseInclusion(t *testing.T, d Domain, proof []Hash, size uint64, root Hash, index uint64, leaves []Hash) {
	t.Helper()
	refused := func(what string, proof []Hash, root Hash, index uint64, leaf Hash) {
		t.Helper()
		if err := d.CheckInclusion(proof, size, root, index, leaf); !errors.Is(err, ErrProof) && !errors.Is(err, ErrRange) {
			t.Fatalf("%s accepted: leaf %d of %d: %v", what, index, size, err)
		}
	}
	for _, other := range []uint64{0, index - 1, index + 1, size - 1, size, 1<<64 - 1} {
		if other != index {
			refused("other index", proof, root, other, leaves[index])
		}
	}
	refused("other leaf", proof, root, index, d.Leaf([]byte("forged")))
	refused("other root", proof, leaves[index], index, d.Leaf([]byte("forged")))
	refused("longer proof", append(slices.Clone(proof), root), root, index, leaves[index])
	for i := range proof {
		bent := slices.Clone(proof)
		bent[i][i%32] ^= 1
		refused("changed proof", bent, root, index, leaves[index])
		refused("shorter proof", slices.Delete(slices.Clone(proof), i, i+1), root, index, leaves[index])
	}
	for _, wrong := range domains() {
		if wrong != d && size > 1 && wrong.CheckInclusion(proof, size, root, index, leaves[index]) == nil {
			t.Fatalf("proof of domain %#x accepted in %#x", byte(d), byte(wrong))
		}
	}
}

func TestEveryConsistency(t *testing.T) {
	const most = 70
	for _, d := range domains() {
		leaves := leafHashes(d, most)
		tree := NewTree(d, leaves...)
		roots := make([]Hash, most+1)
		for n := range roots {
			roots[n] = naiveRoot(d, leaves[:n])
		}
		for newer := range uint64(most + 1) {
			for older := range newer + 1 {
				proof, err := d.ProveConsistency(tree, older, newer)
				if err != nil {
					t.Fatal(err)
				}
				if err := d.CheckConsistency(proof, older, roots[older], newer, roots[newer]); err != nil {
					t.Fatalf("%d → %d: %v", older, newer, err)
				}
				mustRefuseConsistency(t, d, proof, older, newer, roots)
			}
		}
	}
}

func mustRefuseConsistency(t *testing.T, d Domain, proof []Hash, older, newer uint64, roots []Hash) {
	t.Helper()
	refused := func(what string, proof []Hash, older uint64, olderRoot Hash, newerRoot Hash) {
		t.Helper()
		err := d.CheckConsistency(proof, older, olderRoot, newer, newerRoot)
		if !errors.Is(err, ErrProof) && !errors.Is(err, ErrRange) {
			t.Fatalf("%s accepted: %d → %d: %v", what, older, newer, err)
		}
	}
	bad := d.Leaf([]byte("forged"))
	refused("other old root", proof, older, bad, roots[newer])
	if older > 0 { // everything is consistent with the empty tree
		refused("other new root", proof, older, roots[older], bad)
		refused("old root of another size", proof, older-1, roots[older], roots[newer])
	}
	refused("larger old size", proof, newer+1, roots[older], roots[newer])
	refused("longer proof", append(slices.Clone(proof), bad), older, roots[older], roots[newer])
	for i := range proof {
		bent := slices.Clone(proof)
		bent[i][i%32] ^= 1
		refused("changed proof", bent, older, roots[older], roots[newer])
		refused("shorter proof", slices.Delete(slices.Clone(proof), i, i+1), older, roots[older], roots[newer])
	}
}

func TestProofsAreThoseOfSumdb(t *testing.T) {
	const most = 2000
	s, leaves := newSumdb(most), leafHashes(Log, most)
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.Uint64Range(1, most).Draw(t, "size")
		index := rapid.Uint64Range(0, size-1).Draw(t, "index")
		root, _ := tlog.TreeHash(int64(size), s)

		theirs, err := tlog.ProveRecord(int64(size), int64(index), s)
		if err != nil {
			t.Fatal(err)
		}
		ours, err := Log.ProveInclusion(s, size, index)
		if err != nil || !slices.Equal(ours, fromSumdb(theirs)) {
			t.Fatalf("inclusion %d of %d: %v, %v, want %v", index, size, ours, err, theirs)
		}
		if err := Log.CheckInclusion(fromSumdb(theirs), size, Hash(root), index, leaves[index]); err != nil {
			t.Fatal(err)
		}

		older := index + 1
		olderRoot, _ := tlog.TreeHash(int64(older), s)
		tree, err := tlog.ProveTree(int64(size), int64(older), s)
		if err != nil {
			t.Fatal(err)
		}
		ours, err = Log.ProveConsistency(s, older, size)
		if err != nil || !slices.Equal(ours, fromSumdb(tree)) {
			t.Fatalf("consistency %d → %d: %v, %v, want %v", older, size, ours, err, tree)
		}
		if err := Log.CheckConsistency(fromSumdb(tree), older, Hash(olderRoot), size, Hash(root)); err != nil {
			t.Fatal(err)
		}
	})
}

func fromSumdb[S ~[]tlog.Hash](in S) []Hash {
	out := make([]Hash, len(in))
	for i, h := range in {
		out[i] = Hash(h)
	}
	return out
}

func TestRootBefore(t *testing.T) {
	for _, d := range domains() {
		leaves := leafHashes(d, 600)
		tree := NewTree(d, leaves...)
		for size := uint64(1); size <= 600; size++ {
			proof, err := d.ProveInclusion(tree, size, size-1)
			if err != nil {
				t.Fatal(err)
			}
			got, err := d.RootBefore(proof, size)
			if want := d.Root(leaves[:size-1]); err != nil || got != want {
				t.Fatalf("before %d: %v, %v, want %v", size, got, err, want)
			}
			if _, err := d.RootBefore(append(proof, Hash{}), size); !errors.Is(err, ErrProof) {
				t.Fatalf("before %d, one hash too many: %v", size, err)
			}
		}
	}
	if _, err := Log.RootBefore(nil, 0); !errors.Is(err, ErrRange) {
		t.Errorf("before 0: %v", err)
	}
	if _, err := Log.RootBefore(nil, MaxSize+1); !errors.Is(err, ErrRange) {
		t.Errorf("before 2^63: %v", err)
	}
}

func TestSuffix(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d, leaves, tree := anyTree(t)
		size := uint64(len(leaves))
		from := rapid.Uint64Range(0, size).Draw(t, "from")
		before, err := ReadFrontier(tree, from)
		if err != nil {
			t.Fatal(err)
		}
		suffix, root := leaves[from:], tree.Root()
		if err := d.CheckSuffix(before, suffix, size, root); err != nil {
			t.Fatal(err)
		}
		refused := func(what string, before Frontier, suffix []Hash, size uint64, root Hash) {
			if err := d.CheckSuffix(before, suffix, size, root); !errors.Is(err, ErrProof) && !errors.Is(err, ErrRange) {
				t.Fatalf("%s accepted", what)
			}
		}
		refused("longer suffix", before, append(slices.Clone(suffix), root), size, root)
		refused("larger size", before, suffix, size+1, root)
		refused("impossible size", before, suffix, MaxSize+1, root)
		refused("broken frontier", Frontier{from, append(slices.Clone(before.Hashes), root)}, suffix, size, root)
		refused("other root", before, suffix, size, leaves[0].flip(0))
		for i := range min(len(suffix), 10) {
			refused("entry left out", before, slices.Delete(slices.Clone(suffix), i, i+1), size, root)
			bent := slices.Clone(suffix)
			bent[i] = bent[i].flip(i)
			refused("entry changed", before, bent, size, root)
			// An entry hidden by pretending that it came before: the frontier would have to be that of another tree.
			refused("entry hidden", Frontier{from, before.Hashes}.Append(d, suffix[i]), slices.Delete(slices.Clone(suffix), i, i+1), size+1, root)
		}
		for i := range before.Hashes {
			bent := Frontier{from, slices.Clone(before.Hashes)}
			bent.Hashes[i] = bent.Hashes[i].flip(i)
			refused("frontier changed", bent, suffix, size, root)
		}
	})
}

func (h Hash) flip(i int) Hash { h[i%HashSize] ^= 0x10; return h }

func TestProveRefusesPositionsOutside(t *testing.T) {
	tree := NewTree(Log, leafHashes(Log, 5)...)
	for _, at := range [][2]uint64{{0, 0}, {5, 5}, {5, 1 << 63}, {6, 4}, {100, 3}, {MaxSize, 0}, {MaxSize + 1, 0}, {1<<64 - 1, 7}} {
		if proof, err := Log.ProveInclusion(tree, at[0], at[1]); !errors.Is(err, ErrRange) || proof != nil {
			t.Errorf("inclusion of %d in %d: %v, %v", at[1], at[0], proof, err)
		}
	}
	for _, at := range [][2]uint64{{5, 4}, {4, 6}, {1, 100}, {1, MaxSize}, {1, MaxSize + 1}, {0, 1<<64 - 1}} {
		if proof, err := Log.ProveConsistency(tree, at[0], at[1]); !errors.Is(err, ErrRange) {
			t.Errorf("consistency %d → %d: %v, %v", at[0], at[1], proof, err)
		}
	}
	if _, err := ReadFrontier(tree, MaxSize+1); !errors.Is(err, ErrRange) {
		t.Errorf("frontier of 2^63: %v", err)
	}
}

var errDisk = errors.New("disk")

type failing struct{ level int }

func (f failing) ReadHash(level int, _ uint64) (Hash, error) {
	if level == f.level {
		return Hash{}, errDisk
	}
	return Hash{}, nil
}

func TestReadErrorsAreHandedOn(t *testing.T) {
	for level := range 4 {
		r := failing{level}
		if _, err := Log.ProveInclusion(r, 15, 5); level < 3 && !errors.Is(err, errDisk) {
			t.Errorf("inclusion, level %d: %v", level, err)
		}
		if _, err := Log.ProveConsistency(r, 5, 15); level < 3 && !errors.Is(err, errDisk) {
			t.Errorf("consistency, level %d: %v", level, err)
		}
		if _, err := ReadFrontier(r, 15); !errors.Is(err, errDisk) {
			t.Errorf("frontier, level %d: %v", level, err)
		}
	}
}

// What a consistency proof names of the older tree is that tree's frontier; one that another hash was put into names nothing.
func TestOlderFrontier(t *testing.T) {
	leaves := leafHashes(Log, 70)
	for newer := uint64(1); newer <= 70; newer++ {
		tree := NewTree(Log, leaves[:newer]...)
		for older := uint64(0); older <= newer; older++ {
			proof, err := Log.ProveConsistency(tree, older, newer)
			if err != nil {
				t.Fatal(err)
			}
			f, err := Log.OlderFrontier(proof, older, newer, tree.Root())
			if older == newer || older&(older-1) == 0 {
				if !errors.Is(err, ErrRange) {
					t.Fatalf("%d of %d: %v", older, newer, err)
				}
				continue
			}
			if want := (Frontier{}).Append(Log, leaves[:older]...); err != nil || !slices.Equal(f.Hashes, want.Hashes) || f.Size != older {
				t.Fatalf("%d of %d: %v, %v, want %v", older, newer, f, err, want)
			}
			for i := range proof {
				wrong := slices.Clone(proof)
				wrong[i] = wrong[i].flip(i)
				if _, err := Log.OlderFrontier(wrong, older, newer, tree.Root()); !errors.Is(err, ErrProof) {
					t.Fatalf("%d of %d, hash %d altered: %v", older, newer, i, err)
				}
			}
			for _, wrong := range [][]Hash{proof[:len(proof)-1], append(slices.Clone(proof), Hash{})} {
				if _, err := Log.OlderFrontier(wrong, older, newer, tree.Root()); !errors.Is(err, ErrProof) {
					t.Fatalf("%d of %d, %d hashes: %v", older, newer, len(wrong), err)
				}
			}
		}
	}
}
