package statemap

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"github.com/ocopledger/ocop/ledger/merkle"
	"pgregory.net/rapid"
)

// Every proof of any keys says of each exactly what the map has, also after a round trip through bytes.
func TestProofsSayWhatTheMapHas(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		naive := model{}.put(rapid.SliceOfN(anyLeaf(), 0, 40).Draw(t, "leaves"))
		m := Map{}.Update(naive.sorted())
		keys := rapid.SliceOfN(anyKey(), 1, 12).Draw(t, "keys")
		given := slices.Clone(keys)
		proof, err := m.ProveMany(keys)
		if err != nil || !slices.Equal(keys, given) {
			t.Fatalf("ProveMany: %v, keys %v", err, keys)
		}
		enc := proof.AppendBinary(nil)
		if len(enc) > MaxProofSize {
			t.Fatalf("proof of %d bytes", len(enc))
		}
		parsed, err := ParseProof(enc)
		if err != nil || parsed.Root() != m.Root() || !bytes.Equal(parsed.AppendBinary(nil), enc) {
			t.Fatalf("round trip: %v", err)
		}
		for _, p := range []Proof{proof, parsed} {
			answers, err := p.CheckMany(m.Root(), keys)
			if err != nil {
				t.Fatal(err)
			}
			for i, key := range keys {
				if want, there := naive[key]; answers[i] != (Answer{want, there}) {
					t.Fatalf("key %v: %v, want %v, %v", key, answers[i], want, there)
				}
			}
			if _, err := p.CheckMany(hashOf("root", 1), keys); !errors.Is(err, merkle.ErrProof) {
				t.Fatalf("other root: %v", err)
			}
		}
		// The proof depends on the set of keys alone.
		again, _ := m.ProveMany(append(rapid.Permutation(keys).Draw(t, "order"), keys[0]))
		if !bytes.Equal(again.AppendBinary(nil), enc) {
			t.Fatal("two proofs of one set of keys")
		}
		single := m.Prove(keys[0])
		leaf, present, err := single.Check(m.Root(), keys[0])
		if want, there := naive[keys[0]]; err != nil || leaf != want || present != there {
			t.Fatalf("single: %v, %v, %v", leaf, present, err)
		}
	})
}

// No byte of a proof can be changed, left out or added without refusal.
func TestEveryByteOfAProofCounts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := Map{}.Update(rapid.SliceOfN(anyLeaf(), 0, 30).Draw(t, "leaves"))
		keys := rapid.SliceOfN(anyKey(), 1, 4).Draw(t, "keys")
		proof, err := m.ProveMany(keys)
		if err != nil {
			t.Fatal(err)
		}
		enc := proof.AppendBinary(nil)
		change := byte(rapid.IntRange(1, 255).Draw(t, "change"))
		for i := range enc {
			for _, x := range []byte{change, 1, 0x80} {
				bent := slices.Clone(enc)
				bent[i] ^= x
				mustRefuse(t, bent, m.Root(), keys)
			}
			mustRefuse(t, enc[:i], m.Root(), keys)
		}
		mustRefuse(t, append(enc, change), m.Root(), keys)
		mustRefuse(t, slices.Insert(enc, 1, enc[1]), m.Root(), keys)
	})
}

func mustRefuse(t *rapid.T, enc []byte, root Hash, keys []Hash) {
	t.Helper()
	p, err := ParseProof(enc)
	if err == nil {
		if _, err = p.CheckMany(root, keys); err == nil {
			t.Fatalf("accepted %x", enc)
		}
		if !errors.Is(err, merkle.ErrProof) {
			t.Fatalf("untyped error %v", err)
		}
		return
	}
	if !errors.Is(err, merkle.ErrEncoding) {
		t.Fatalf("untyped error %v", err)
	}
}

func TestAProofIsForItsKeys(t *testing.T) {
	m := Map{}.Update(leavesOf(0, 100, 0))
	a, b, c := hashOf("key", 1), hashOf("key", 2), hashOf("key", 1000)
	both, _ := m.ProveMany([]Hash{a, b})
	if _, err := both.CheckMany(m.Root(), []Hash{b, a, b}); err != nil {
		t.Errorf("other order, one key twice: %v", err)
	}
	for name, keys := range map[string][]Hash{"one of two": {a}, "other keys": {a, c}, "one more": {a, b, c}} {
		if got, err := both.CheckMany(m.Root(), keys); !errors.Is(err, merkle.ErrProof) || got != nil {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	if _, present, err := m.Prove(a).Check(m.Root(), b); !errors.Is(err, merkle.ErrProof) || present {
		t.Errorf("proof of another key: %v, %v", present, err)
	}
	if _, _, err := (Proof{}).Check(m.Root(), a); !errors.Is(err, merkle.ErrProof) {
		t.Errorf("proof of the empty map: %v", err)
	}
	if _, _, err := m.Prove(a).Check(Hash{}, a); !errors.Is(err, merkle.ErrProof) {
		t.Errorf("proof under the empty root: %v", err)
	}
	empty := Map{}.Prove(a)
	if _, present, err := empty.Check(Hash{}, a); err != nil || present {
		t.Errorf("absent from the empty map: %v, %v", present, err)
	}
}

func TestNumberOfKeys(t *testing.T) {
	m := Map{}.Update(leavesOf(0, 3000, 0))
	keys := make([]Hash, MaxProofKeys+1)
	for i := range keys {
		keys[i] = hashOf("key", i)
	}
	most, err := m.ProveMany(keys[:MaxProofKeys])
	if err != nil {
		t.Fatal(err)
	}
	enc := most.AppendBinary(nil)
	parsed, err := ParseProof(enc)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parsed.CheckMany(m.Root(), keys[:MaxProofKeys]); err != nil {
		t.Error(err)
	}
	for _, wrong := range [][]Hash{nil, keys} {
		if _, err := m.ProveMany(wrong); !errors.Is(err, merkle.ErrRange) {
			t.Errorf("proof for %d keys: %v", len(wrong), err)
		}
		if _, err := parsed.CheckMany(m.Root(), wrong); !errors.Is(err, merkle.ErrRange) {
			t.Errorf("check of %d keys: %v", len(wrong), err)
		}
	}
	tooMany := m.prove(slices.Clone(keys)).AppendBinary(nil)
	if _, err := ParseProof(tooMany); !errors.Is(err, merkle.ErrEncoding) {
		t.Errorf("proof of %d leaves: %v", len(keys), err)
	}
}

// Shapes that hash well and that no map has: the checker must not need the honesty of the root to see these.
func TestImpossibleShapes(t *testing.T) {
	at := func(bits ...int) edge {
		var k Hash
		for _, p := range bits {
			k[p/8] |= 0x80 >> (p % 8)
		}
		return edgeTo(&Leaf{Key: k})
	}
	cut := edge{hash: hashOf("cut", 0)}
	for name, e := range map[string]edge{
		"position repeated":     join(3, join(3, at(), cut), cut),
		"position decreasing":   join(9, join(3, at(), cut), cut),
		"left with bit 1":       join(4, at(4), cut),
		"right with bit 0":      join(4, cut, at()),
		"deep leaf, upper side": join(4, join(7, cut, at(4, 7)), cut),
		"sides exchanged":       join(4, at(4), at()),
		"differ before":         join(4, at(2), at(4)),
		"differ before, deep":   join(4, join(8, at(), cut), join(6, cut, at(1, 4, 6))),
		"one key twice":         join(4, at(), at()),
	} {
		if _, err := ParseProof(Proof{root: e}.AppendBinary(nil)); !errors.Is(err, merkle.ErrEncoding) {
			t.Errorf("%s: %v", name, err)
		}
	}
	possible := join(4, join(8, at(), cut), join(6, cut, at(4, 6)))
	if _, err := ParseProof(Proof{root: possible}.AppendBinary(nil)); err != nil {
		t.Errorf("a possible shape: %v", err)
	}
	for _, enc := range [][]byte{nil, {}, {1}, {0, 0}, {2, 0}, {1, 0, 0}, {1, 5}, {1, 2}, {1, 2, 0}, {1, 0xff}} {
		if _, err := ParseProof(enc); !errors.Is(err, merkle.ErrEncoding) {
			t.Errorf("ParseProof(%x): %v", enc, err)
		}
	}
}

// The deepest path there can be: 256 inner nodes.
func TestDeepestPath(t *testing.T) {
	leaves := []Leaf{{}}
	for p := range keyBits {
		l := Leaf{N: uint64(p)}
		l.Key[p/8] |= 0x80 >> (p % 8)
		leaves = append(leaves, l)
	}
	m := Map{}.Update(leaves)
	if m.Root() != (model{}).put(leaves).root() {
		t.Error("wrong root")
	}
	enc := m.Prove(Hash{}).AppendBinary(nil)
	if want := 1 + 1 + LeafSize + keyBits*innerSize; len(enc) != want {
		t.Errorf("proof of %d bytes, want %d", len(enc), want)
	}
	p, err := ParseProof(enc)
	if err != nil {
		t.Fatal(err)
	}
	if _, present, err := p.Check(m.Root(), Hash{}); err != nil || !present {
		t.Errorf("%v, %v", present, err)
	}
}

func FuzzParseProof(f *testing.F) {
	const keys = 30
	m := Map{}.Update(leavesOf(0, keys, 0))
	one := Map{}.Update(leavesOf(0, 1, 0))
	f.Add(m.Prove(hashOf("key", 3)).AppendBinary(nil), uint8(3))
	f.Add(m.Prove(hashOf("key", keys+1)).AppendBinary(nil), uint8(keys+1))
	f.Add(one.Prove(hashOf("key", 7)).AppendBinary(nil), uint8(7))
	f.Add(Proof{}.AppendBinary(nil), uint8(0))
	all := m.prove([]Hash{hashOf("key", 1), hashOf("key", 2), hashOf("key", 99)})
	f.Add(all.AppendBinary(nil), uint8(2))
	f.Fuzz(func(t *testing.T, enc []byte, i uint8) {
		p, err := ParseProof(enc)
		if err != nil {
			return
		}
		if !bytes.Equal(p.AppendBinary(nil), enc) {
			t.Error("one proof with two encodings")
		}
		key := hashOf("key", int(i))
		for _, honest := range []Map{m, one, {}} {
			leaf, present, err := p.Check(honest.Root(), key)
			if err != nil {
				continue
			}
			if want, there := honest.Get(key); leaf != want || present != there {
				t.Errorf("accepted a false answer %v, %v", leaf, present)
			}
			if !bytes.Equal(enc, honest.Prove(key).AppendBinary(nil)) {
				t.Error("accepted a second proof of one statement")
			}
		}
	})
}
