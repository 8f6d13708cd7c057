package ident

import "sync"

// keyCache remembers the decompressed points of signers. It keeps two generations of at most limit/2 signers each: when the young one is full it
// becomes the old one, and who is not seen again until the next change is forgotten. It never changes a verdict.
type keyCache struct {
	half int

	mu    sync.RWMutex // guards young and old; the points themselves are never written again
	young map[PublicKey]*[65]byte
	old   map[PublicKey]*[65]byte
}

func newKeyCache(limit int) *keyCache {
	return &keyCache{half: (limit + 1) / 2, young: make(map[PublicKey]*[65]byte)}
}

func (c *keyCache) get(k *PublicKey) (*[65]byte, bool) {
	c.mu.RLock()
	point, fresh := c.young[*k]
	if fresh {
		c.mu.RUnlock()
		return point, true
	}
	point, ok := c.old[*k]
	c.mu.RUnlock()
	if ok {
		c.put(k, point)
	}
	return point, ok
}

func (c *keyCache) put(k *PublicKey, point *[65]byte) {
	if c.half == 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.young[*k]; ok {
		return
	}
	if len(c.young) >= c.half {
		c.old, c.young = c.young, make(map[PublicKey]*[65]byte, c.half)
	}
	c.young[*k] = point
}
