package node

import (
	"crypto/tls"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/node/door"
)

// showing is which TLS keys the peer door shows. A rotation is one record, and the others come to it one after the other: whoever has not yet, pins the old key,
// and it may be this node that has to tell him. So both keys are shown, in turn, until all who can be seen have come to it; then the old one is destroyed.
type showing struct {
	certificates atomic.Pointer[[]tls.Certificate] // the one that the ledger names first

	mu    sync.Mutex
	named ident.Ed25519Key // by the ledger, when it was looked last
	since uint64           // height at which it was
}

// showKeys makes certificates of the keys held, and begins connections anew when the ledger names another one.
func (n *Node) showKeys() error {
	self, _ := n.members.byAgency(n.agency)
	n.showing.mu.Lock()
	defer n.showing.mu.Unlock()
	key := n.held(self.Key, n.o.Keys.TLSKeys)
	if n.showing.certificates.Load() != nil && self.Key == n.showing.named {
		return nil
	}
	keys := []*ident.Ed25519PrivateKey{key}
	if key == nil { // the ledger names another one, or none yet
		keys = nil
	}
	for _, other := range n.o.Keys.AllTLS() {
		if key == nil || other.Public() != key.Public() {
			keys = append(keys, other)
		}
	}
	certificates := make([]tls.Certificate, 0, len(keys))
	for _, k := range keys {
		c, err := door.Certificate(k)
		if err != nil {
			return fmt.Errorf("TLS key %v: %w", k.Public(), err)
		}
		certificates = append(certificates, c)
	}
	again := n.showing.certificates.Swap(&certificates) != nil
	n.showing.named, n.showing.since = self.Key, n.ledger.Head().Height
	if again {
		n.log.Info("the ledger names another TLS key of this node", "height", n.showing.since)
		n.peers.restart()
	}
	return nil
}

// promoteTLS makes the next TLS key the present one, when the ledger names it and every validator that can be seen has come to that.
func (n *Node) promoteTLS(dir string) {
	n.showing.mu.Lock()
	named, since := n.showing.named, n.showing.since
	n.showing.mu.Unlock()
	if !n.o.Keys.IsNext(ident.PurposeTLS, named) {
		return
	}
	seen := 1
	for _, o := range n.peers.list() {
		at, _, ok := o.known()
		if ok && at.Height < since {
			return
		}
		if ok {
			seen++
		}
	}
	if seen <= len(n.members.all())/2 {
		return
	}
	n.replace(dir, ident.PurposeTLS)
	n.showing.mu.Lock()
	defer n.showing.mu.Unlock()
	if all := *n.showing.certificates.Load(); len(all) > 1 {
		only := all[:1:1]
		n.showing.certificates.Store(&only)
	}
}
