package proxy

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"time"
)

// piece is the most that is passed on at once, bytes.
const piece = 32 << 10

// Network is the proxies of all nodes.
type Network struct {
	who func(local, remote string) (node int, ok bool)

	mu        sync.Mutex
	random    *rand.Rand
	rules     map[Link]Rule
	changed   chan struct{} // closed when rules change, and made anew
	listeners []net.Listener
	targets   []string
	open      map[*passage]struct{}
	closed    bool
	passages  sync.WaitGroup
	touched   int
}

// passage is a connection with both its ends.
type passage struct {
	from, to net.Conn
	once     sync.Once
	ended    chan struct{}
}

func (p *passage) close() {
	p.once.Do(func() {
		close(p.ended)
		p.from.Close()
		p.to.Close()
	})
}

// New makes a network without nodes. who tells which node has the local end of a connection, by both addresses; what is nobody's is refused. The seed is that
// of Rule.Lose.
func New(seed uint64, who func(local, remote string) (int, bool)) *Network {
	return &Network{
		who: who, random: rand.New(rand.NewPCG(seed, 0)), rules: make(map[Link]Rule), changed: make(chan struct{}), open: make(map[*passage]struct{}),
	}
}

// Add opens the proxy of the next node, which listens at target, at an address.
func (n *Network) Add(address, target string) error {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	n.mu.Lock()
	to := len(n.listeners)
	n.listeners, n.targets = append(n.listeners, l), append(n.targets, target)
	n.mu.Unlock()
	n.passages.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			n.passages.Go(func() { n.pass(c, to) })
		}
	})
	return nil
}

// Set changes the rule of a link.
func (n *Network) Set(l Link, r Rule) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.rules[l] = r
	close(n.changed)
	n.changed = make(chan struct{})
}

// Heal takes all rules back.
func (n *Network) Heal() {
	n.mu.Lock()
	defer n.mu.Unlock()
	clear(n.rules)
	close(n.changed)
	n.changed = make(chan struct{})
}

// Close ends all connections, and waits until nothing of them is left.
func (n *Network) Close() error {
	n.mu.Lock()
	n.closed = true
	var errs []error
	for _, l := range n.listeners {
		errs = append(errs, l.Close())
	}
	for p := range n.open {
		p.close()
	}
	n.mu.Unlock()
	n.passages.Wait()
	return errors.Join(errs...)
}

// Touched is how many pieces were held back, delayed or lost so far.
func (n *Network) Touched() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.touched
}

// rule waits as long as the link is cut; false: the passage has ended.
func (n *Network) rule(l Link, p *passage) (r Rule, lost, ok bool) {
	for first := true; ; first = false {
		n.mu.Lock()
		r, changed := n.rules[l], n.changed
		lost = r.Lose > 0 && n.random.Float64() < r.Lose
		if r.Cut && first || r.Delay > 0 || lost {
			n.touched++
		}
		n.mu.Unlock()
		if !r.Cut {
			return r, lost, true
		}
		select {
		case <-changed:
		case <-p.ended:
			return r, false, false
		}
	}
}

// pass connects a caller with the node it has dialled.
func (n *Network) pass(from net.Conn, to int) {
	node, ok := n.who(from.RemoteAddr().String(), from.LocalAddr().String())
	if !ok {
		from.Close()
		return
	}
	c, err := net.Dial("tcp", n.target(to))
	if err != nil {
		from.Close()
		return
	}
	p := &passage{from: from, to: c, ended: make(chan struct{})}
	n.mu.Lock()
	if n.closed {
		p.close()
	} else {
		n.open[p] = struct{}{}
	}
	n.mu.Unlock()
	var both sync.WaitGroup
	both.Go(func() { n.pump(p, p.to, p.from, Link{node, to}) })
	both.Go(func() { n.pump(p, p.from, p.to, Link{to, node}) })
	both.Wait()
	p.close()
	n.mu.Lock()
	delete(n.open, p)
	n.mu.Unlock()
}

func (n *Network) target(to int) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.targets[to]
}

// pump passes bytes on. When one side has said all, the other is told by the end of the whole connection: our peers never leave one half open.
func (n *Network) pump(p *passage, to io.Writer, from io.Reader, l Link) {
	defer p.close()
	buffer := make([]byte, piece)
	for {
		size, err := from.Read(buffer)
		if size > 0 {
			r, lost, ok := n.rule(l, p)
			if !ok || lost {
				return
			}
			if r.Delay > 0 {
				select {
				case <-time.After(r.Delay):
				case <-p.ended:
					return
				}
			}
			if _, err := to.Write(buffer[:size]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

func (l Link) String() string { return fmt.Sprintf("%d→%d", l.From+1, l.To+1) }
