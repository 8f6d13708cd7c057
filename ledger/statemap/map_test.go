package statemap

import (
	"errors"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"testing"

	"github.com/ocopledger/ocop/ledger/merkle"
	"pgregory.net/rapid"
)

func TestEmptyAndSingle(t *testing.T) {
	var m Map
	if m.Root() != (Hash{}) || m.Len() != 0 {
		t.Errorf("empty map: root %v, %d keys", m.Root(), m.Len())
	}
	if l, ok := m.Get(Hash{}); ok || l != (Leaf{}) {
		t.Errorf("empty map has %v", l)
	}
	if got := m.Update(nil); got != m {
		t.Errorf("empty batch changes the map: %v", got)
	}
	l := leafOf(1, 0)
	one := m.Update([]Leaf{l})
	if one.Root() != l.Hash() || one.Root() != naiveRoot([]Leaf{l}) || one.Len() != 1 {
		t.Errorf("one key: root %v", one.Root())
	}
	if m.Root() != (Hash{}) {
		t.Error("the empty map has changed")
	}
}

// Whatever the batches, the map is the set: root, content, length. Older versions stay as they were.
func TestMapIsItsSet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var (
			current  Map
			naive    = model{}
			versions []Map
			models   []model
		)
		for range rapid.IntRange(1, 6).Draw(t, "batches") {
			batch := rapid.SliceOfN(anyLeaf(), 0, 25).Draw(t, "batch")
			given := slices.Clone(batch)
			versions, models = append(versions, current), append(models, naive)
			current, naive = current.Update(batch), naive.put(batch)
			if !slices.Equal(batch, given) {
				t.Fatal("Update changed its argument")
			}
		}
		versions, models = append(versions, current), append(models, naive)
		for i, m := range versions {
			mustBe(t, m, models[i])
		}
		for range 10 {
			key := anyKey().Draw(t, "key")
			got, ok := current.Get(key)
			if want, there := naive[key]; got != want || ok != there {
				t.Fatalf("Get(%v) = %v, %v; want %v, %v", key, got, ok, want, there)
			}
		}
	})
}

// An editor goes through the roots that maps do, and the map it began with, and others made of that, stay as they were.
func TestEditorIsItsSet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		first := rapid.SliceOfN(anyLeaf(), 0, 25).Draw(t, "first")
		began, naive := Map{}.Update(first), model{}.put(first)
		e, other := began.Edit(), began.Edit()
		edited := naive
		for range rapid.IntRange(1, 6).Draw(t, "batches") {
			batch := rapid.SliceOfN(anyLeaf(), 0, 25).Draw(t, "batch")
			e.Update(batch)
			edited = edited.put(batch)
			mustBe(t, e.now, edited)
		}
		mustBe(t, began, naive)
		batch := rapid.SliceOfN(anyLeaf(), 0, 25).Draw(t, "other batch")
		other.Update(batch)
		if other.Root() != naive.put(batch).root() || other.Len() != len(naive.put(batch)) {
			t.Fatal("two editors of one map are not apart")
		}
		mustBe(t, e.now, edited)
	})
}

func mustBe(t *rapid.T, m Map, naive model) {
	t.Helper()
	if got, want := m.Root(), naive.root(); got != want {
		t.Fatalf("root %v, want %v", got, want)
	}
	if m.Len() != len(naive) {
		t.Fatalf("%d keys, want %d", m.Len(), len(naive))
	}
	leaves := slices.Collect(m.Leaves())
	if !slices.Equal(leaves, naive.sorted()) {
		t.Fatalf("leaves %v, want %v", leaves, naive.sorted())
	}
	for range m.Leaves() {
		break // a consumer may stop early
	}
	built, err := Build(leaves)
	if err != nil || built.Root() != m.Root() || built.Len() != m.Len() {
		t.Fatalf("built: root %v, %d keys, %v", built.Root(), built.Len(), err)
	}
}

func TestMapWithHashesAsKeys(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	naive, m := model{}, Map{}
	for round := range 12 {
		batch := leavesOf(round*150, round*150+300, round)
		r.Shuffle(len(batch), func(i, j int) { batch[i], batch[j] = batch[j], batch[i] })
		naive, m = naive.put(batch), m.Update(batch)
		if m.Root() != naive.root() || m.Len() != len(naive) {
			t.Fatalf("round %d: root %v, %d keys", round, m.Root(), m.Len())
		}
	}
}

func TestLaterLeafOfOneKeyCounts(t *testing.T) {
	m := Map{}.Update(leavesOf(0, 9, 0))
	twice := m.Update([]Leaf{leafOf(4, 1), leafOf(20, 1), leafOf(4, 2), leafOf(20, 5), leafOf(4, 3)})
	want := m.Update([]Leaf{leafOf(20, 5), leafOf(4, 3)})
	if twice.Root() != want.Root() || twice.Len() != 10 {
		t.Errorf("root %v of %d keys, want %v", twice.Root(), twice.Len(), want.Root())
	}
}

func TestBuilderRefusesDisorder(t *testing.T) {
	leaves := slices.Collect(Map{}.Update(leavesOf(0, 20, 0)).Leaves())
	for _, wrong := range [][2]int{{7, 7}, {8, 7}, {19, 0}} {
		if m, err := Build([]Leaf{leaves[wrong[0]], leaves[wrong[1]]}); !errors.Is(err, merkle.ErrRange) || m != (Map{}) {
			t.Errorf("Build of leaves %v: %v, %v", wrong, m, err)
		}
	}
	var b Builder
	for i, l := range leaves {
		if got, want := b.Map().Root(), naiveRoot(leaves[:i]); got != want || b.Map().Len() != i {
			t.Fatalf("after %d leaves: root %v, want %v", i, got, want)
		}
		if err := b.Add(l); err != nil {
			t.Fatal(err)
		}
		if err := b.Add(l); !errors.Is(err, merkle.ErrRange) {
			t.Fatalf("leaf %d twice: %v", i, err)
		}
	}
	if got, want := b.Map().Root(), naiveRoot(leaves); got != want {
		t.Errorf("root %v, want %v", got, want)
	}
}

// Readers of old maps and the writer of new ones share nodes and no locks; the race detector watches.
func TestReadersBesideAWriter(t *testing.T) {
	maps := make(chan Map, 64)
	var readers sync.WaitGroup
	for range 3 {
		readers.Go(func() {
			for m := range maps {
				for i := range 50 {
					answer, present, err := m.Prove(hashOf("key", i*7)).Check(m.Root(), hashOf("key", i*7))
					got, ok := m.Get(hashOf("key", i*7))
					if err != nil || present != ok || answer != got {
						t.Errorf("key %d: %v, %v, %v", i*7, present, ok, err)
					}
				}
			}
		})
	}
	var m Map
	for round := range 40 {
		m = m.Update(leavesOf(round*5, round*5+30, round))
		maps <- m
	}
	close(maps)
	readers.Wait()
}

func TestMemoryPerKey(t *testing.T) {
	const keys = 50_000
	before := heap()
	var m Map
	for from := 0; from < keys; from += 1000 {
		m = m.Update(leavesOf(from, from+1000, 0))
	}
	perKey := float64(heap()-before) / keys
	runtime.KeepAlive(m)
	t.Logf("%.0f bytes of heap per key", perKey)
	if perKey > 225 {
		t.Errorf("%.0f bytes of heap per key, want at most 225", perKey)
	}
}

func heap() uint64 {
	var s runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&s)
	return s.HeapAlloc
}
