package statemap

import (
	"math/rand/v2"
	"runtime"
	"testing"
)

const million = 1_000_000

func bigMap(b *testing.B, keys int) Map {
	b.Helper()
	var m Map
	for from := 0; from < keys; from += 10_000 {
		m = m.Update(leavesOf(from, min(from+10_000, keys), 0))
	}
	return m
}

// benchmarkBatch updates random keys; one in four is new at first, as new lots and sales are.
func benchmarkBatch(b *testing.B, keys, batch int) {
	m := bigMap(b, keys)
	r := rand.New(rand.NewPCG(1, 2))
	leaves := make([]Leaf, 200_000)
	for i := range leaves {
		if i%4 == 0 {
			leaves[i] = leafOf(keys+i, 0)
		} else {
			leaves[i] = leafOf(r.IntN(keys), r.IntN(1000))
		}
	}
	runtime.GC()
	b.ReportAllocs()
	at := 0
	for b.Loop() {
		if at+batch > len(leaves) {
			at = 0
		}
		m = m.Update(leaves[at : at+batch])
		at += batch
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*batch), "ns/key")
}

func BenchmarkUpdate1000Of1M(b *testing.B) { benchmarkBatch(b, million, 1000) }
func BenchmarkUpdate100Of1M(b *testing.B)  { benchmarkBatch(b, million, 100) }
func BenchmarkUpdate1Of1M(b *testing.B)    { benchmarkBatch(b, million, 1) }

// BenchmarkEdit1000Of1M is BenchmarkUpdate1000Of1M in place.
func BenchmarkEdit1000Of1M(b *testing.B) {
	const batch = 1000
	e := bigMap(b, million).Edit()
	r := rand.New(rand.NewPCG(1, 2))
	leaves := make([]Leaf, 200*batch)
	for i := range leaves {
		if i%4 == 0 {
			leaves[i] = leafOf(million+i, 0)
		} else {
			leaves[i] = leafOf(r.IntN(million), r.IntN(1000))
		}
	}
	runtime.GC()
	b.ReportAllocs()
	at := 0
	for b.Loop() {
		e.Update(leaves[at : at+batch])
		at = (at + batch) % len(leaves)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*batch), "ns/key")
}

func BenchmarkBuild1M(b *testing.B) {
	leaves := make([]Leaf, 0, million)
	for l := range bigMap(b, million).Leaves() {
		leaves = append(leaves, l)
	}
	before := heap()
	var m Map
	for b.Loop() {
		m = Map{}
		var err error
		if m, err = Build(leaves); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*million), "ns/key")
	b.ReportMetric(float64(heap()-before)/million, "heap-B/key")
	runtime.KeepAlive(m)
	runtime.KeepAlive(leaves)
}

func BenchmarkProve1M(b *testing.B) {
	m := bigMap(b, million)
	var enc []byte
	bytes, i := 0, 0
	b.ReportAllocs()
	for b.Loop() {
		i++
		enc = m.Prove(hashOf("key", i*7919%million)).AppendBinary(enc[:0])
		bytes += len(enc)
	}
	b.ReportMetric(float64(bytes)/float64(i), "B/proof")
}

func BenchmarkProve20Of1M(b *testing.B) {
	m := bigMap(b, million)
	keys := make([]Hash, 20)
	for i := range keys {
		keys[i] = hashOf("key", i*49_999)
	}
	var enc []byte
	for b.Loop() {
		proof, err := m.ProveMany(keys)
		if err != nil {
			b.Fatal(err)
		}
		enc = proof.AppendBinary(enc[:0])
	}
	b.ReportMetric(float64(len(enc))/20, "B/key")
}

func BenchmarkCheck1M(b *testing.B) {
	m := bigMap(b, million)
	key := hashOf("key", 4711)
	enc := m.Prove(key).AppendBinary(nil)
	for b.Loop() {
		p, err := ParseProof(enc)
		if err != nil {
			b.Fatal(err)
		}
		if _, present, err := p.Check(m.Root(), key); err != nil || !present {
			b.Fatal(err)
		}
	}
}

func BenchmarkGet1M(b *testing.B) {
	m := bigMap(b, million)
	keys := make([]Hash, 4096)
	for i := range keys {
		keys[i] = hashOf("key", i*211)
	}
	i := 0
	for b.Loop() {
		i++
		if _, ok := m.Get(keys[i%len(keys)]); !ok {
			b.Fatal("missing")
		}
	}
}
