package node

import (
	"context"
	"errors"
	"fmt"
	"net"
	"testing"
	"time"

	"google.golang.org/grpc/peer"

	"github.com/ocopledger/ocop/node/admit"
)

// clocked are places whose time is the test's, and what became of those who took one.
type clocked struct {
	t *testing.T
	*places
	at    time.Time
	taken map[string]*place
	gone  []string // who made room, in order
}

func newClocked(t *testing.T, most int64) *clocked {
	c := &clocked{t: t, at: time.Unix(0, 0), taken: make(map[string]*place)}
	c.places = newPlaces(most, func() time.Time { return c.at })
	return c
}

// come has a stream take a place, a second after whatever was before.
func (c *clocked) come(name string, port int) error {
	c.at = c.at.Add(time.Second)
	ctx := peer.NewContext(c.t.Context(), &peer.Peer{Addr: &net.TCPAddr{Port: port}})
	place, err := c.take(ctx, func(why error) {
		if !errors.Is(why, ErrMadeRoom) {
			c.t.Errorf("%s goes for %v", name, why)
		}
		c.gone = append(c.gone, name)
	})
	c.places.mu.Lock()
	defer c.places.mu.Unlock()
	if n := int64(len(c.places.taken)); n > c.most {
		c.t.Errorf("%d places are taken", n)
	}
	c.taken[name] = place
	return err
}

func (c *clocked) all(names string, port int) {
	c.t.Helper()
	for _, n := range names {
		if err := c.come(string(n), port); err != nil {
			c.t.Fatal(err)
		}
	}
}

func (c *clocked) wantGone(names ...string) {
	c.t.Helper()
	if got := fmt.Sprint(c.gone); got != fmt.Sprint(names) {
		c.t.Errorf("%v made room, want %v", got, names)
	}
	c.gone = nil
}

// Who has waited longest for records makes room; who has some to look after does not, until its client knows of all.
func TestLongestWaitingMakesRoom(t *testing.T) {
	t.Parallel()
	c := newClocked(t, 3)
	c.all("abc", 1)
	c.taken["a"].came(2)
	c.all("d", 1)
	c.wantGone("b")
	c.taken["c"].came(1)
	c.taken["d"].came(1)
	if err := c.come("e", 1); !errors.Is(err, admit.ErrOverloaded) {
		t.Errorf("while all are at work: %v", err)
	}
	c.taken["a"].told(1)
	if err := c.come("e", 1); !errors.Is(err, admit.ErrOverloaded) {
		t.Errorf("while one record is not told: %v", err)
	}
	c.at = c.at.Add(time.Second)
	c.taken["d"].told(1)
	c.at = c.at.Add(time.Second)
	c.taken["a"].told(1)
	c.all("ef", 1)
	c.wantGone("d", "a")
	c.taken["a"].leave() // it has no place, and takes none away
	if taken, made := c.count(), c.madeRoom(); taken != 3 || made != 3 {
		t.Errorf("%d places taken, room made %d times", taken, made)
	}
	c.taken["e"].leave()
	c.all("g", 1)
	c.wantGone()
}

// Whoever reads no acknowledgements is no better than who sends nothing, once that has lasted, and whatever it sends meanwhile.
func TestWhoReadsNothingMakesRoom(t *testing.T) {
	t.Parallel()
	c := newClocked(t, 1)
	c.all("a", 1)
	c.taken["a"].came(5)
	c.taken["a"].telling()
	if err := c.come("b", 2); !errors.Is(err, admit.ErrOverloaded) {
		t.Errorf("while it may yet read: %v", err)
	}
	c.at = c.at.Add(unreadLimit)
	c.taken["a"].came(1)
	c.all("b", 2)
	c.wantGone("a")
}

// A connection with many streams makes room for others before they lose theirs, also when those have waited longer, and gets no more than they have by asking.
func TestGreedyConnectionsMakeRoom(t *testing.T) {
	t.Parallel()
	c := newClocked(t, 6)
	c.all("ab", 1)
	c.all("cdef", 2)
	c.all("g", 3)
	c.wantGone("c")
	c.all("h", 2)
	c.wantGone("d")
	c.all("ij", 4)
	c.wantGone("e", "a")
	c.taken["f"].came(1)
	c.taken["h"].came(1)
	c.all("k", 2) // its others are at work
	c.wantGone("i")
}

// While all are at work, a connection with more than twice as many as the one that comes makes room, and no other.
func TestConnectionsAtWorkMakeRoom(t *testing.T) {
	t.Parallel()
	c := newClocked(t, 5)
	c.all("ab", 1)
	c.all("cde", 2)
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		c.taken[name].came(1)
	}
	if err := c.come("x", 1); !errors.Is(err, admit.ErrOverloaded) {
		t.Errorf("a third stream, where another connection has three: %v", err)
	}
	c.all("f", 3)
	c.wantGone("e")
	c.taken["f"].came(1)
	if err := c.come("x", 4); !errors.Is(err, admit.ErrOverloaded) {
		t.Errorf("a first stream, where nobody has more than two: %v", err)
	}
	c.taken["f"].told(1)
	c.all("g", 4)
	c.wantGone("f")
}

// Calls that did not come over a connection have places, too.
func TestPlacesWithoutConnection(t *testing.T) {
	t.Parallel()
	p := newPlaces(1, time.Now)
	ctx, cancel := context.WithCancelCause(t.Context())
	if _, err := p.take(t.Context(), cancel); err != nil {
		t.Fatal(err)
	}
	if _, err := p.take(t.Context(), func(error) {}); err != nil || !errors.Is(context.Cause(ctx), ErrMadeRoom) {
		t.Errorf("%v, %v", err, context.Cause(ctx))
	}
}
