package recent_test

import (
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"

	"github.com/ocopledger/ocop/ledger/recent"
)

// Whatever is put, found and forgotten, in any order: what is found is what was put last, nothing that was forgotten is, the bound holds, and what was used within
// half the bound is there.
func TestRemembersWithinItsBound(t *testing.T) {
	const most = 200
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 1))
		m := recent.New[int](most, func(v int) int { return v % 20 })
		last := make(map[int]int)
		var used []int // keys, newest last
		for range 5000 {
			k := r.IntN(60)
			switch r.IntN(4) {
			case 0:
				m.Forget(k)
				delete(last, k)
			case 1, 2:
				last[k] = r.IntN(10_000)
				m.Put(k, last[k])
				used = append(used, k)
			default:
				if v, ok := m.Get(k); ok {
					if want, there := last[k]; !there || v != want {
						t.Fatalf("key %d is %d, want %d, %v", k, v, want, there)
					}
					used = append(used, k)
				}
			}
			if m.Cost() > most {
				t.Fatalf("%d of %d", m.Cost(), most)
			}
		}
		cost, seen := 0, make(map[int]bool)
		for i := len(used) - 1; i >= 0; i-- {
			k := used[i]
			if v, ok := last[k]; ok && !seen[k] {
				if cost += v % 20; cost > most/2-20 {
					break
				}
				if _, ok := m.Get(k); !ok {
					t.Fatalf("key %d was used within %d and is forgotten", k, cost)
				}
				seen[k] = true
			}
		}
	}
}

// What was forgotten stays so, whoever was about to find it: a reader that renews what it found must not bring it back.
func TestForgottenWhileFound(t *testing.T) {
	m := recent.New[int](8, func(int) int { // asked for while a value is moved: others get their turn
		runtime.Gosched()
		return 1
	})
	var readers sync.WaitGroup
	over := make(chan struct{})
	for range 2 {
		readers.Go(func() {
			for {
				select {
				case <-over:
					return
				default:
					m.Get(0)
				}
			}
		})
	}
	for i := range 20_000 {
		m.Put(0, i)
		for k := 1; k < 6; k++ {
			m.Put(k, i) // 0 is in the old generation, where it is renewed when it is found
		}
		m.Forget(0)
		if v, ok := m.Get(0); ok {
			t.Errorf("round %d: %d is found after it was forgotten", i, v)
			break
		}
	}
	close(over)
	readers.Wait()
}

// One value that is larger than the bound is remembered until the next one comes.
func TestLargeValue(t *testing.T) {
	m := recent.New[int](10, func(v int) int { return v })
	m.Put(1, 100)
	if v, ok := m.Get(1); !ok || v != 100 {
		t.Errorf("%d, %v", v, ok)
	}
	m.Put(2, 1)
	m.Put(3, 1)
	m.Put(4, 5)
	if _, ok := m.Get(1); ok || m.Cost() > 10 {
		t.Errorf("%v, %d", ok, m.Cost())
	}
}
