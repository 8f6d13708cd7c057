package node

import (
	"context"
	"errors"
	"maps"
	"net"
	"sync"
	"syscall"
	"time"

	"github.com/ocopledger/ocop/node/door"
)

// Kinds of failures to reach a validator. They say where to look: at the process there, at the network, at the keys, at the call.
const (
	contactRefused = "refused" // its machine answers, and nothing listens
	contactTimeout = "timeout"
	contactKey     = "key" // somebody else answers, or does not know this node's key
	contactNetwork = "network"
	contactCall    = "call" // it can be reached, and does not answer what it is asked
)

var contactKinds = [...]string{contactRefused, contactTimeout, contactKey, contactNetwork, contactCall}

// contact is how it goes to reach another validator.
type contact struct {
	mu      sync.Mutex
	trip    time.Duration // of the newest answer
	dialing error         // of the newest attempt to connect; nil: it succeeded
	last    error         // why it did not answer last; nil: it did
	at      time.Time     // of last
	errors  map[string]uint64
}

// dialed notes what became of an attempt to connect.
func (c *contact) dialed(conn net.Conn, err error) (net.Conn, error) {
	c.mu.Lock()
	c.dialing = err
	c.mu.Unlock()
	return conn, err
}

// answered notes an answer.
func (c *contact) answered(trip time.Duration) {
	c.mu.Lock()
	c.trip, c.last = trip, nil
	c.mu.Unlock()
}

// failed notes a call that failed. gRPC says little of why it cannot connect; the newest attempt says more.
func (c *contact) failed(err error, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	kind := contactCall
	if c.dialing != nil {
		err, kind = c.dialing, contactKind(c.dialing)
	}
	c.last, c.at = err, now
	if c.errors == nil {
		c.errors = make(map[string]uint64)
	}
	c.errors[kind]++
}

func contactKind(err error) string {
	op, _ := errors.AsType[*net.OpError](err)
	timeout, _ := errors.AsType[net.Error](err)
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return contactRefused
	case errors.Is(err, door.ErrKey), op != nil && op.Op == "remote error": // an alert of TLS: the other end refuses this node's key
		return contactKey
	case errors.Is(err, context.DeadlineExceeded), timeout != nil && timeout.Timeout():
		return contactTimeout
	}
	return contactNetwork
}

// tell is how it goes, for a status.
func (c *contact) tell(s *PeerStatus) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s.RoundTrip, s.Errors = c.trip, maps.Clone(c.errors)
	if c.last != nil {
		s.Error, s.ErrorAt = c.last.Error(), c.at
	}
}
