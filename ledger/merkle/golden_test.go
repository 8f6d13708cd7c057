package merkle

import (
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the vectors in testdata anew")

// TestGolden holds the package to vectors that verifiers in other languages read. They never change.
func TestGolden(t *testing.T) {
	for name, text := range map[string]string{
		"trees.txt":       goldenTrees(),
		"inclusion.txt":   goldenInclusion(t),
		"consistency.txt": goldenConsistency(t),
		"tiles.txt":       goldenTiles(),
	} {
		path := filepath.Join("testdata", name)
		if *update {
			if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if text != string(want) {
			t.Errorf("%s differs from what the code computes", path)
		}
	}
}

const goldenHead = `# Fields are separated by one space; hashes and bytes are lower-case hexadecimal, "-" stands for none; # begins a comment.
# Leaf i (from 0) of every tree has the content "leaf i" in ASCII, i in decimal: leaf 10 is "leaf 10".
`

func domainName(d Domain) string {
	return map[Domain]string{Log: "log", Actions: "actions", History: "history"}[d]
}

func goldenTrees() string {
	var s strings.Builder
	s.WriteString(goldenHead + "# domain, number of leaves, root, encoded frontier\n")
	for _, d := range domains() {
		for _, n := range []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 11, 16, 33, 255, 256, 257, 1000} {
			f := Frontier{}.Append(d, leafHashes(d, n)...)
			fmt.Fprintf(&s, "%s %d %v %x\n", domainName(d), n, f.Root(d), f.AppendBinary(nil))
		}
	}
	return s.String()
}

func goldenInclusion(t *testing.T) string {
	var s strings.Builder
	s.WriteString(goldenHead + "# domain, size, index, leaf hash, root, proof (hashes from leaf to root, put together)\n")
	for _, d := range domains() {
		leaves := leafHashes(d, 300)
		tree := NewTree(d, leaves...)
		for _, at := range [][2]uint64{{1, 0}, {2, 0}, {2, 1}, {3, 2}, {7, 0}, {7, 3}, {7, 6}, {8, 5}, {22, 21}, {256, 100}, {300, 299}} {
			proof, err := d.ProveInclusion(tree, at[0], at[1])
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&s, "%s %d %d %v %v %s\n", domainName(d), at[0], at[1], leaves[at[1]], d.Root(leaves[:at[0]]), joined(proof))
		}
	}
	return s.String()
}

func goldenConsistency(t *testing.T) string {
	var s strings.Builder
	s.WriteString(goldenHead + "# domain, older size, newer size, older root, newer root, proof (hashes put together)\n")
	for _, d := range domains() {
		leaves := leafHashes(d, 300)
		tree := NewTree(d, leaves...)
		for _, at := range [][2]uint64{{0, 5}, {1, 1}, {1, 2}, {3, 7}, {4, 7}, {6, 8}, {7, 22}, {8, 22}, {21, 22}, {128, 300}, {257, 300}} {
			proof, err := d.ProveConsistency(tree, at[0], at[1])
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&s, "%s %d %d %v %v %s\n", domainName(d), at[0], at[1], d.Root(leaves[:at[0]]), d.Root(leaves[:at[1]]), joined(proof))
		}
	}
	return s.String()
}

func goldenTiles() string {
	var s strings.Builder
	s.WriteString("# older size, newer size, paths of the tiles that are new or wider, lower levels first\n")
	for _, at := range [][2]uint64{{0, 1}, {0, 255}, {0, 256}, {255, 257}, {256, 256}, {1000, 1300}, {65_535, 65_537}, {69_900, 70_000}, {315_921_000, 315_921_300}} {
		fmt.Fprintf(&s, "%d %d", at[0], at[1])
		for tile := range Tiles(at[0], at[1]) {
			s.WriteString(" " + tile.Path())
		}
		s.WriteString("\n")
	}
	return s.String()
}

func joined(hashes []Hash) string {
	if len(hashes) == 0 {
		return "-"
	}
	var b []byte
	for _, h := range hashes {
		b = append(b, h[:]...)
	}
	return hex.EncodeToString(b)
}
