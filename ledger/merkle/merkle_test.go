package merkle

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"
)

func TestHashesFollowTheDefinition(t *testing.T) {
	for _, d := range domains() {
		for _, n := range []int{0, 1, 55, 400, 1023, 1024, 65535} {
			data := bytes.Repeat([]byte{byte(n), 7}, n)[:n]
			if got, want := d.Leaf(data), naiveLeaf(d, data); got != want {
				t.Errorf("domain %#x: leaf of %d bytes: %v, want %v", byte(d), n, got, want)
			}
		}
		l, r := d.Leaf([]byte("l")), d.Leaf([]byte("r"))
		if got, want := d.Node(l, r), naiveNode(d, l, r); got != want {
			t.Errorf("domain %#x: node: %v, want %v", byte(d), got, want)
		}
	}
}

func TestRootFollowsTheDefinition(t *testing.T) {
	for _, d := range domains() {
		for n := range 300 {
			leaves := leafHashes(d, n)
			want := naiveRoot(d, leaves)
			if got := d.Root(leaves); got != want {
				t.Fatalf("domain %#x size %d: root %v, want %v", byte(d), n, got, want)
			}
			if got := NewTree(d, leaves...).Root(); got != want {
				t.Fatalf("domain %#x size %d: tree root %v, want %v", byte(d), n, got, want)
			}
		}
	}
}

func TestLogRootIsThatOfSumdb(t *testing.T) {
	const n = 1200
	s, leaves := newSumdb(n), leafHashes(Log, n)
	for size := 1; size <= n; size++ {
		want, err := tlog.TreeHash(int64(size), s)
		if err != nil {
			t.Fatal(err)
		}
		if got := Log.Root(leaves[:size]); got != Hash(want) {
			t.Fatalf("size %d: root %v, want %v", size, got, want)
		}
	}
}

func TestHashText(t *testing.T) {
	h := Log.Leaf([]byte("x"))
	if got, err := ParseHash(h.String()); err != nil || got != h {
		t.Fatalf("ParseHash(String()) = %v, %v", got, err)
	}
	js, err := json.Marshal(h)
	if err != nil || string(js) != `"`+h.String()+`"` {
		t.Fatalf("JSON %s, %v", js, err)
	}
	var back Hash
	if err := json.Unmarshal(js, &back); err != nil || back != h {
		t.Fatalf("from JSON %v, %v", back, err)
	}
	good := h.String()
	for _, bad := range []string{"", good[:63], good + "0", good[:63] + "g", strings.ToUpper(good), " " + good[1:], good[:62] + "đ"} {
		if got, err := ParseHash(bad); !errors.Is(err, ErrEncoding) || got != (Hash{}) {
			t.Errorf("ParseHash(%q) = %v, %v", bad, got, err)
		}
		if err := back.UnmarshalText([]byte(bad)); !errors.Is(err, ErrEncoding) || back != h {
			t.Errorf("UnmarshalText(%q) = %v, left %v", bad, err, back)
		}
	}
}

func TestFrontierGrowsLikeTheTree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d, leaves, tree := anyTree(t)
		cut := rapid.IntRange(0, len(leaves)).Draw(t, "cut")
		before := Frontier{}.Append(d, leaves[:cut]...)
		kept := slices.Clone(before.Hashes)

		seen := map[[2]uint64]Hash{}
		after := before.Grow(d, leaves[cut:], func(level int, index uint64, h Hash) {
			seen[[2]uint64{uint64(level), index}] = h
		})
		branch := before.Append(d, d.Leaf([]byte("another future")))

		if after.Size != uint64(len(leaves)) || after.Root(d) != naiveRoot(d, leaves) {
			t.Fatalf("grown to %d, root %v", after.Size, after.Root(d))
		}
		if !slices.Equal(before.Hashes, kept) {
			t.Fatal("appending changed the older frontier")
		}
		if want := naiveRoot(d, append(slices.Clone(leaves[:cut]), d.Leaf([]byte("another future")))); branch.Root(d) != want {
			t.Fatal("two futures of one frontier disturb each other")
		}
		for at, h := range seen {
			lo, hi := at[1]<<at[0], (at[1]+1)<<at[0]
			if hi <= uint64(cut) || h != naiveRoot(d, leaves[lo:hi]) {
				t.Fatalf("visited wrong hash %v", at)
			}
		}
		for level := range 11 {
			for i := uint64(cut) >> level; i < uint64(len(leaves))>>level; i++ {
				if _, ok := seen[[2]uint64{uint64(level), i}]; !ok {
					t.Fatalf("subtree %d at level %d was not visited", i, level)
				}
			}
		}
		read, err := ReadFrontier(tree, uint64(cut))
		if err != nil || read.Size != before.Size || !slices.Equal(read.Hashes, before.Hashes) {
			t.Fatalf("ReadFrontier: %v, %v", read, err)
		}
	})
}

func TestFrontierEncoding(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d, leaves, _ := anyTree(t)
		f := Frontier{}.Append(d, leaves[:rapid.IntRange(0, len(leaves)).Draw(t, "n")]...)
		enc := f.AppendBinary([]byte("head"))[4:]
		got, err := ParseFrontier(enc)
		if err != nil || got.Size != f.Size || !slices.Equal(got.Hashes, f.Hashes) {
			t.Fatalf("round trip: %v, %v", got, err)
		}
		for n := range enc {
			if _, err := ParseFrontier(enc[:n]); !errors.Is(err, ErrEncoding) {
				t.Fatalf("first %d of %d bytes: %v", n, len(enc), err)
			}
		}
		if _, err := ParseFrontier(append(enc, 0)); !errors.Is(err, ErrEncoding) {
			t.Fatalf("trailing byte: %v", err)
		}
	})
	huge := append([]byte{0x80}, make([]byte, 7+HashSize)...)
	if _, err := ParseFrontier(huge); !errors.Is(err, ErrEncoding) {
		t.Errorf("size 2^63: %v", err)
	}
	full := Frontier{Size: MaxSize, Hashes: make([]Hash, 63)}
	if n := len(full.AppendBinary(nil)); n != MaxFrontierSize {
		t.Errorf("longest frontier has %d bytes, MaxFrontierSize = %d", n, MaxFrontierSize)
	}
}

func TestBrokenFrontierPanics(t *testing.T) {
	broken := Frontier{Size: 3, Hashes: make([]Hash, 1)}
	full := Frontier{Size: MaxSize, Hashes: make([]Hash, 63)}
	for name, f := range map[string]func(){
		"append":   func() { broken.Append(Log, Hash{}) },
		"root":     func() { broken.Root(Log) },
		"encode":   func() { broken.AppendBinary(nil) },
		"overflow": func() { full.Append(Log, Hash{}) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			f()
		}()
	}
}

func TestNoAllocations(t *testing.T) {
	data, long := make([]byte, 400), make([]byte, 60000)
	leaves := leafHashes(Log, 256)
	for name, limit := range map[string]struct {
		max float64
		f   func()
	}{
		"leaf":      {0, func() { Log.Leaf(data) }},
		"long leaf": {0, func() { Log.Leaf(long) }},
		"node":      {0, func() { Log.Node(leaves[0], leaves[1]) }},
		"root":      {0, func() { Log.Root(leaves) }},
	} {
		if n := testing.AllocsPerRun(10, limit.f); n > limit.max {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

func BenchmarkLeaf400(b *testing.B) {
	data := make([]byte, 400)
	for b.Loop() {
		Log.Leaf(data)
	}
}

func BenchmarkNode(b *testing.B) {
	var h Hash
	for b.Loop() {
		h = Log.Node(h, h)
	}
}

func BenchmarkAppend1000(b *testing.B) {
	leaves := leafHashes(Log, 1000)
	f := Frontier{}.Append(Log, leafHashes(Log, 4321)...)
	for b.Loop() {
		f.Append(Log, leaves...)
	}
}
