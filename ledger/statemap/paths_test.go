package statemap

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"github.com/ocopledger/ocop/ledger/merkle"
	"pgregory.net/rapid"
)

// A proof without its leaves, and the leaves, are the proof; with other leaves they are another root or nothing.
func TestPathsAndLeavesAreTheProof(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		naive := model{}.put(rapid.SliceOfN(anyLeaf(), 1, 40).Draw(t, "leaves"))
		all := naive.sorted()
		slices.SortFunc(all, func(a, b Leaf) int { return bytes.Compare(a.Key[:], b.Key[:]) })
		m := Map{}.Update(all)
		var shown []Leaf
		var keys []Hash
		for _, l := range all {
			if len(keys) == 0 || rapid.Bool().Draw(t, "shown") {
				shown, keys = append(shown, l), append(keys, l.Key)
			}
		}
		proof, err := m.ProveMany(keys)
		if err != nil {
			t.Fatal(err)
		}
		enc := proof.AppendPaths(nil)
		back, err := ParsePaths(enc, shown)
		if err != nil || back.Root() != m.Root() {
			t.Fatalf("round trip: %v", err)
		}
		if got := back.AppendBinary(nil); !bytes.Equal(got, proof.AppendBinary(nil)) {
			t.Fatal("another proof came back")
		}
		other := slices.Clone(shown)
		other[rapid.IntRange(0, len(other)-1).Draw(t, "which")].N++
		if back, err := ParsePaths(enc, other); err == nil && back.Root() == m.Root() {
			t.Fatal("a leaf counts for nothing")
		}
		for _, wrong := range [][]Leaf{nil, shown[1:], append(slices.Clone(shown), shown[len(shown)-1])} {
			if _, err := ParsePaths(enc, wrong); !errors.Is(err, merkle.ErrEncoding) && !errors.Is(err, merkle.ErrRange) {
				t.Fatalf("other leaves: %v", err)
			}
		}
		at := rapid.IntRange(0, len(enc)-1).Draw(t, "byte")
		bent := slices.Clone(enc)
		bent[at] ^= byte(rapid.IntRange(1, 255).Draw(t, "change"))
		for _, wrong := range [][]byte{bent, enc[:at], append(slices.Clone(enc), 0)} {
			if back, err := ParsePaths(wrong, shown); err == nil && back.Root() == m.Root() {
				t.Fatal("a byte counts for nothing")
			}
		}
	})
}
