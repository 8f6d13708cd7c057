// Package recent remembers what was used last, within a bound: rows of the index, tiles of the log, parts of receipts. What it holds can always be made again, so
// that forgetting is never wrong and remembering is only right for what does not change; who keeps something that changes must forget it in time.
package recent

import "sync"

// Map remembers values by their keys. It may be used from any goroutine. Two generations share the bound: when the young one is full it becomes the old one, what
// is used again moves to the young one, and what is in neither any more is forgotten. That is cheaper than an order of all uses, and keeps at least what was used
// within half the bound.
type Map[K comparable, V any] struct {
	half int
	cost func(V) int

	mu         sync.RWMutex
	young, old map[K]V
	used       int // cost of young
}

// New makes a map whose values cost no more than most together, but for one value that does alone. A nil cost counts values.
func New[K comparable, V any](most int, cost func(V) int) *Map[K, V] {
	if cost == nil {
		cost = func(V) int { return 1 }
	}
	return &Map[K, V]{half: most / 2, cost: cost, young: make(map[K]V)}
}

// Get finds a value.
func (m *Map[K, V]) Get(k K) (v V, ok bool) {
	m.mu.RLock()
	v, ok = m.young[k]
	fresh := ok
	if !fresh {
		v, ok = m.old[k]
	}
	m.mu.RUnlock()
	if ok && !fresh {
		m.renew(k)
	}
	return v, ok
}

// renew moves a value from the old generation to the young one, if it is there yet: what was forgotten or replaced since it was found stays so.
func (m *Map[K, V]) renew(k K) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if v, ok := m.old[k]; ok {
		m.put(k, v)
	}
}

// Put remembers a value, in the place of an earlier one.
func (m *Map[K, V]) Put(k K, v V) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.put(k, v)
}

// put is Put. The caller holds mu.
func (m *Map[K, V]) put(k K, v V) {
	cost := m.cost(v)
	if was, ok := m.young[k]; ok {
		m.used -= m.cost(was)
	}
	if m.used+cost > m.half {
		delete(m.young, k)
		m.old, m.young, m.used = m.young, make(map[K]V), 0
	}
	delete(m.old, k)
	m.young[k] = v
	m.used += cost
}

// Forget forgets the value of a key.
func (m *Map[K, V]) Forget(k K) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if v, ok := m.young[k]; ok {
		m.used -= m.cost(v)
		delete(m.young, k)
	}
	delete(m.old, k)
}

// Cost is what everything that is remembered costs together.
func (m *Map[K, V]) Cost() int {
	m.mu.RLock()
	defer m.mu.RUnlock()
	cost := m.used
	for _, v := range m.old {
		cost += m.cost(v)
	}
	return cost
}
