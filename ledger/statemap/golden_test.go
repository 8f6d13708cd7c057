package statemap

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the vectors in testdata anew")

// TestGolden holds the package to vectors that verifiers in other languages read. They never change.
func TestGolden(t *testing.T) {
	for name, text := range map[string]string{
		"maps.txt":    goldenMaps(),
		"proofs.txt":  goldenProofs(t),
		"refused.txt": goldenRefused(t),
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

const goldenHead = `# Fields are separated by one space; hashes and bytes are lower-case hexadecimal; # begins a comment.
`

// goldenLeaves are hashes at first, then keys that agree with the first one for long.
func goldenLeaves() []Leaf {
	leaves := leavesOf(0, 24, 0)
	for i, p := range []int{255, 254, 128, 127, 8, 7, 0} {
		l := leafOf(0, 1+i)
		l.Key[p/8] ^= 0x80 >> (p % 8)
		leaves = append(leaves, l)
	}
	return leaves
}

func goldenMaps() string {
	var s strings.Builder
	s.WriteString(goldenHead)
	s.WriteString("# In line i (from 0): key, value hash, n, history root, leaf hash of leaf i; root of the map of the leaves 0 to i.\n")
	s.WriteString("# The empty map has the root 0000000000000000000000000000000000000000000000000000000000000000.\n")
	var m Map
	for _, l := range goldenLeaves() {
		m = m.Update([]Leaf{l})
		fmt.Fprintf(&s, "%v %v %d %v %v %v\n", l.Key, l.Value, l.N, l.History, l.Hash(), m.Root())
	}
	return s.String()
}

func goldenProofs(t *testing.T) string {
	leaves := goldenLeaves()
	absent := hashOf("absent", 0)
	near := leaves[0].Key
	near[31] ^= 4
	var s strings.Builder
	s.WriteString(goldenHead)
	s.WriteString("# Number of leaves of the map (the first so many of maps.txt), root, proof, then the keys it is for: +key is present, -key absent.\n")
	for _, c := range []struct {
		n    int
		keys []Hash
	}{
		{0, []Hash{absent}},
		{0, []Hash{absent, near}},
		{1, []Hash{leaves[0].Key}},
		{1, []Hash{absent}},
		{1, []Hash{absent, leaves[0].Key, near}},
		{2, []Hash{leaves[1].Key}},
		{24, []Hash{leaves[5].Key}},
		{24, []Hash{absent}},
		{24, []Hash{leaves[3].Key, leaves[7].Key, absent, leaves[23].Key}},
		{31, []Hash{leaves[0].Key}},
		{31, []Hash{near}},
		{31, []Hash{leaves[0].Key, near, leaves[24].Key, leaves[26].Key, absent, leaves[30].Key}},
	} {
		m := Map{}.Update(leaves[:c.n])
		proof, err := m.ProveMany(c.keys)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&s, "%d %v %x", c.n, m.Root(), proof.AppendBinary(nil))
		for _, key := range c.keys {
			mark := "-"
			if _, ok := m.Get(key); ok {
				mark = "+"
			}
			fmt.Fprintf(&s, " %s%v", mark, key)
		}
		s.WriteString("\n")
	}
	return s.String()
}

func goldenRefused(t *testing.T) string {
	leaves := goldenLeaves()
	m := Map{}.Update(leaves[:24])
	a, b, c := leaves[1].Key, leaves[2].Key, leaves[3].Key
	good := m.Prove(a).AppendBinary(nil)
	two := m.prove([]Hash{a, b}).AppendBinary(nil)
	plain := func(bits ...int) edge {
		var k Hash
		for _, p := range bits {
			k[p/8] |= 0x80 >> (p % 8)
		}
		return edgeTo(&Leaf{Key: k})
	}
	cut := edge{hash: hashOf("cut", 0)}
	shape := func(e edge) (Hash, []byte) { return e.hash, Proof{root: e}.AppendBinary(nil) }

	var s strings.Builder
	s.WriteString(goldenHead)
	s.WriteString("# Proofs that do not hold. Why, in one word; root; proof (- for no bytes at all); keys.\n")
	line := func(why string, root Hash, proof []byte, keys ...Hash) {
		p, err := ParseProof(proof)
		if err == nil {
			_, err = p.CheckMany(root, keys)
		}
		if err == nil {
			t.Errorf("%s: accepted", why)
		}
		text := fmt.Sprintf("%x", proof)
		if text == "" {
			text = "-"
		}
		fmt.Fprintf(&s, "%s %v %s", why, root, text)
		for _, key := range keys {
			fmt.Fprintf(&s, " %v", key)
		}
		s.WriteString("\n")
	}
	line("nothing", m.Root(), nil, a)
	line("truncated", m.Root(), good[:len(good)-1], a)
	line("trailing", m.Root(), append(slices.Clone(good), 0), a)
	line("version", m.Root(), append([]byte{2}, good[1:]...), a)
	line("kind", m.Root(), append([]byte{1, 5}, good[2:]...), a)
	line("other-root", leaves[0].Hash(), good, a)
	line("other-key", m.Root(), good, b)
	line("not-covered", m.Root(), two, a, b, c)
	line("superfluous", m.Root(), two, a)
	line("empty", m.Root(), Proof{}.AppendBinary(nil), a)
	line("empty-superfluous", Hash{}, good, a)
	root, proof := shape(join(3, join(3, plain(), cut), cut))
	line("position-repeated", root, proof, Hash{})
	root, proof = shape(join(9, join(3, plain(), cut), cut))
	line("position-decreasing", root, proof, Hash{})
	root, proof = shape(join(4, plain(4), cut))
	line("wrong-side", root, proof, Hash{})
	root, proof = shape(join(4, join(7, plain(4), cut), cut))
	line("wrong-side-above", root, proof, Hash{})
	root, proof = shape(join(4, plain(2), plain(4)))
	line("differ-before-position", root, proof, Hash{}, Hash{0x08})
	return s.String()
}
