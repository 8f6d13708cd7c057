package ident

import (
	"sync"
	"sync/atomic"
)

// remembered keeps something of each of as many signers as there is room for. One more pushes out any of them: where more sign in turn than there is room for, those
// who are kept are still met again, while the oldest would always be gone just before its next signature. It never changes a verdict.
type remembered[V any] struct {
	limit int

	mu sync.RWMutex // guards of, not what it points to
	of map[PublicKey]*V
}

func newRemembered[V any](limit int) *remembered[V] {
	return &remembered[V]{limit: limit, of: make(map[PublicKey]*V)}
}

func (r *remembered[V]) get(k *PublicKey) (*V, bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	v, ok := r.of[*k]
	return v, ok
}

func (r *remembered[V]) put(k *PublicKey, v *V) {
	if r.limit == 0 {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, ok := r.of[*k]; ok {
		return
	}
	if len(r.of) >= r.limit {
		for any := range r.of {
			delete(r.of, any)
			break
		}
	}
	r.of[*k] = v
}

func (r *remembered[V]) len() int {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return len(r.of)
}

// signer is what is remembered of everybody whose signature was good.
type signer struct {
	point [65]byte      // never written again
	good  atomic.Uint32 // signatures that the library found good, since there was last a table
}
