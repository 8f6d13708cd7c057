// Package ratelimit bounds how often one client may ask: so many times a second in the long run, and what it has saved up of that at once.
//
// A client is an IPv4 address, or an IPv6 network of 64 bits, of which whoever has one address has all. That says little of who is behind it: an office or a mobile
// network shares an address, and behind a reverse proxy everybody has the proxy's. So a limit is the operator's to set, and keeps one of many from taking what all
// the others need; that the node takes on no more than it can do is bounded elsewhere, whoever asks.
package ratelimit

import (
	"net/netip"
	"sync"
	"time"
)

const (
	// Burst is how long a client that asked nothing has saved up for: a page with its pictures, or a program that begins with some hundred questions, is not held up.
	Burst = 10 * time.Second
	// maxClients are remembered, of some 100 bytes each. One whose burst is whole again is as good as forgotten, so that so many must have asked in the last seconds.
	maxClients = 1 << 16
	// sweepEvery is how often all clients are looked through at most: of a flood of addresses not each is to cost that.
	sweepEvery = time.Second
)

// Limiter counts what clients ask. It may be used from several goroutines.
type Limiter struct {
	interval time.Duration // between two of a client's in the long run

	mu      sync.Mutex
	due     map[netip.Addr]time.Time // by client: when its burst is whole again, one interval later for everything it has asked
	swept   time.Time
	clients int // that are remembered at most
}

// New is a limiter to so many a second, at least one.
func New(rate int) *Limiter {
	return &Limiter{interval: time.Second / time.Duration(max(rate, 1)), due: make(map[netip.Addr]time.Time), clients: maxClients}
}

// Allow counts one question of a client at an address, host:port, unless it has asked too much: then it is false, with how long the client must wait. Addresses that
// cannot be read are one client's; so are newcomers when no more can be remembered.
func (l *Limiter) Allow(address string, now time.Time) (wait time.Duration, ok bool) {
	client := clientOf(address)
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, known := l.due[client]; !known && len(l.due) >= l.clients && !l.sweep(now) {
		client = netip.Addr{}
	}
	due := l.due[client]
	if due.Before(now) {
		due = now
	}
	due = due.Add(l.interval)
	if ahead := due.Sub(now); ahead > Burst {
		return ahead - Burst, false
	}
	l.due[client] = due
	return 0, true
}

// sweep forgets clients whose burst is whole, and tells whether there is room then.
func (l *Limiter) sweep(now time.Time) bool {
	if now.Sub(l.swept) < sweepEvery {
		return false
	}
	l.swept = now
	for client, due := range l.due {
		if !due.After(now) {
			delete(l.due, client)
		}
	}
	return len(l.due) < l.clients
}

// networkBits of an IPv6 address are what a provider gives one customer at least.
const networkBits = 64

// clientOf is whom an address stands for.
func clientOf(address string) netip.Addr {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return netip.Addr{}
	}
	a := at.Addr().Unmap()
	if a.Is4() {
		return a
	}
	network, err := a.WithZone("").Prefix(networkBits)
	if err != nil {
		return netip.Addr{}
	}
	return network.Addr()
}
