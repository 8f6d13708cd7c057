package ident

import (
	"sync"
	"sync/atomic"
)

// remembered keeps something of each of the last signers. It keeps two generations of at most limit/2 signers each: when the young one is full it
// becomes the old one, and who is not seen again until the next change is forgotten. It never changes a verdict.
type remembered[V any] struct {
	half int

	mu    sync.RWMutex // guards young and old, not what they point to
	young map[PublicKey]*V
	old   map[PublicKey]*V
}

func newRemembered[V any](limit int) *remembered[V] {
	return &remembered[V]{half: (limit + 1) / 2, young: make(map[PublicKey]*V)}
}

func (r *remembered[V]) get(k *PublicKey) (*V, bool) {
	r.mu.RLock()
	v, fresh := r.young[*k]
	if fresh {
		r.mu.RUnlock()
		return v, true
	}
	v, ok := r.old[*k]
	r.mu.RUnlock()
	if ok {
		r.put(k, v)
	}
	return v, ok
}

func (r *remembered[V]) put(k *PublicKey, v *V) {
	if r.half == 0 {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, ok := r.young[*k]; ok {
		return
	}
	if len(r.young) >= r.half {
		r.old, r.young = r.young, make(map[PublicKey]*V, r.half)
	}
	r.young[*k] = v
}

// signer is what is remembered of everybody whose signature was good.
type signer struct {
	point [65]byte      // never written again
	good  atomic.Uint32 // signatures that the library found good, since there was last a table
}
