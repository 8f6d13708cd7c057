package chain

import (
	"sync"

	"github.com/ocopledger/ocop/ledger/subject"
)

// cacheRows bounds the cache: a few hundred bytes each.
const cacheRows = 1 << 15

// cache remembers rows of index.db: those of agencies and parameters are asked for with every record. It holds nothing that is in a layer.
type cache = recent[subject.ID, *row]

func newCache() *cache { return newRecent[subject.ID, *row](cacheRows) }

// recent remembers what was used last. Two generations of half the size: when the young one is full, it becomes the old one, and what is in neither any
// more is forgotten.
type recent[K comparable, V any] struct {
	half int

	mu         sync.RWMutex
	young, old map[K]V
}

func newRecent[K comparable, V any](most int) *recent[K, V] {
	return &recent[K, V]{half: most / 2, young: make(map[K]V)}
}

func (c *recent[K, V]) get(k K) (v V, ok bool) {
	c.mu.RLock()
	v, ok = c.young[k]
	fresh := ok
	if !fresh {
		v, ok = c.old[k]
	}
	c.mu.RUnlock()
	if ok && !fresh {
		c.put(k, v)
	}
	return v, ok
}

func (c *recent[K, V]) put(k K, v V) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.young) >= c.half {
		c.old, c.young = c.young, make(map[K]V, c.half)
	}
	c.young[k] = v
}

// forget drops everything that another map has.
func (c *recent[K, V]) forget(changed map[K]V) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for k := range changed {
		delete(c.young, k)
		delete(c.old, k)
	}
}
