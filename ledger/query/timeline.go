package query

import (
	"cmp"
	"fmt"
	"sort"
	"strconv"
	"strings"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/subject"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

// Bounds of a timeline.
const (
	usualEvents = 200
	mostEvents  = 1000
	chunk       = 32 // entries read at a time of one history, beginning with a multiple of it: so they lie together in a ledger
)

// position is where an action stands in the log.
type position struct {
	leaf   uint64
	action uint16
}

func positionOf(t ledger.Touch) position { return position{t.Leaf, t.Slot} }

func (p position) compare(q position) int {
	return cmp.Or(cmp.Compare(p.leaf, q.leaf), cmp.Compare(p.action, q.action))
}

func (p position) String() string { return fmt.Sprintf("%d.%d", p.leaf, p.action) }

func parsePosition(token string) (p position, err error) {
	leaf, action, ok := strings.Cut(token, ".")
	if !ok {
		return p, fmt.Errorf("%q is not a place in a timeline", token)
	}
	if p.leaf, err = strconv.ParseUint(leaf, 10, 63); err != nil {
		return p, err
	}
	n, err := strconv.ParseUint(action, 10, 16)
	p.action = uint16(n)
	return p, err
}

// track is a subject whose history belongs to a timeline, as far as keep says so.
type track struct {
	id   subject.ID
	keep func(ledger.Touch) (bool, error) // nil: all of it
}

// cursor walks one history, in either direction, chunk by chunk.
type cursor struct {
	track
	source Source
	newest bool
	next   uint64 // number of the next entry to read; when newest first, one above it
	length uint64
	read   []ledger.Touch // in the order of the log
	ahead  []ledger.Touch // those that come next in the walk, when somebody had to see them already
	kept   bool           // the one the cursor stands at is known to be kept
}

// open places a cursor at the start of the walk, or behind a position already told.
func (t track) open(s Source, newest bool, told *position) (*cursor, error) {
	n, err := s.HistoryLen(t.id)
	if err != nil {
		return nil, err
	}
	c := &cursor{track: t, source: s, newest: newest, length: n}
	if newest {
		c.next = n
	}
	if told != nil {
		c.next, err = seek(s, t.id, n, func(at position) bool {
			if newest {
				return at.compare(*told) >= 0
			}
			return at.compare(*told) > 0
		})
	}
	return c, err
}

// seek finds the number of the first entry for which reached holds, given that it holds for all after it.
func seek(s Source, id subject.ID, n uint64, reached func(position) bool) (uint64, error) {
	var failed error
	at := sort.Search(int(n), func(i int) bool {
		if failed != nil {
			return true
		}
		entries, err := s.Touches(id, uint64(i), 1)
		if err == nil && len(entries) != 1 {
			err = fmt.Errorf("%s: entry %d of %d is missing: %w", id, i, n, ErrCorrupt)
		}
		if err != nil {
			failed = err
			return true
		}
		return reached(positionOf(entries[0]))
	})
	return uint64(at), failed
}

// head is the entry the cursor stands at, or nil behind the last.
func (c *cursor) head() (*ledger.Touch, error) {
	for !c.kept {
		if len(c.read) == 0 {
			if more, err := c.fill(); err != nil || !more {
				return nil, err
			}
		}
		t := c.at()
		keep := t.Slot != ledger.WholeRecord // what genesis made has no action to show
		if keep && c.keep != nil {
			var err error
			if keep, err = c.keep(*t); err != nil {
				return nil, err
			}
		}
		if c.kept = keep; !keep {
			c.pass()
		}
	}
	return c.at(), nil
}

// at is the first entry read of which the walk has not come past.
func (c *cursor) at() *ledger.Touch {
	if c.newest {
		return &c.read[len(c.read)-1]
	}
	return &c.read[0]
}

// pass goes past it.
func (c *cursor) pass() {
	c.kept = false
	if c.newest {
		c.read = c.read[:len(c.read)-1]
	} else {
		c.read = c.read[1:]
	}
}

// before is the value the subject had before the entry the cursor stands at, newest first; nil when it came into being by it.
func (c *cursor) before() ([]byte, error) {
	if n := len(c.read); n > 1 {
		return c.read[n-2].Value, nil
	}
	if len(c.ahead) == 0 {
		if c.next == 0 {
			return nil, nil
		}
		var err error
		if c.ahead, err = c.chunk(); err != nil {
			return nil, err
		}
	}
	return c.ahead[len(c.ahead)-1].Value, nil
}

// fill goes on to what comes next in the walk.
func (c *cursor) fill() (more bool, err error) {
	if c.read, c.ahead = c.ahead, nil; len(c.read) == 0 {
		c.read, err = c.chunk()
	}
	return len(c.read) > 0, err
}

// chunk reads what comes next; nothing: the walk is at its end.
func (c *cursor) chunk() (read []ledger.Touch, err error) {
	from, to := c.next, min(c.length, c.next/chunk*chunk+chunk)
	if c.newest {
		from, to = (max(c.next, 1)-1)/chunk*chunk, c.next
	}
	if from >= to {
		return nil, nil
	}
	if read, err = c.source.Touches(c.id, from, int(to-from)); err != nil {
		return nil, err
	}
	if uint64(len(read)) != to-from {
		return nil, fmt.Errorf("%s: entry %d of %d is missing: %w", c.id, from+uint64(len(read)), c.length, ErrCorrupt)
	}
	if c.next = to; c.newest {
		c.next = from
	}
	return read, nil
}

// timeline merges the histories of the tracks into one walk. An action that touched several of them is told once.
func (r *reader) timeline(tracks []track, o *apiv1.TimelineOptions) (*apiv1.Timeline, error) {
	told, given, err := after(o.GetPage(), parsePosition)
	if err != nil {
		return nil, err
	}
	var behind *position
	if given {
		behind = &told
	}
	cursors := make([]*cursor, len(tracks))
	for i, t := range tracks {
		if cursors[i], err = t.open(r, o.GetNewestFirst(), behind); err != nil {
			return nil, err
		}
	}
	most := size(o.GetPage(), usualEvents, mostEvents)
	shown := r.teller(expected(cursors, most))
	for n := 0; ; n++ {
		e, err := next(cursors, o.GetNewestFirst())
		if err != nil {
			return nil, err
		}
		if e == nil {
			return shown.timeline(""), nil
		}
		if n == most {
			return shown.timeline(told.String()), nil
		}
		if err := shown.tell(*e); err != nil {
			return nil, err
		}
		told = positionOf(*e)
		if err := pass(cursors, told); err != nil {
			return nil, err
		}
	}
}

// teller puts the events of a timeline together.
type teller interface {
	tell(ledger.Touch) error
	timeline(nextPage string) *apiv1.Timeline
}

// teller is one for about so many events.
func (r *reader) teller(events int) teller {
	if r.room != nil {
		return newEncoder(r, events)
	}
	return &messages{r, &apiv1.Timeline{}}
}

// messages tells events as messages.
type messages struct {
	*reader
	shown *apiv1.Timeline
}

func (m *messages) tell(t ledger.Touch) error {
	event, err := m.event(t)
	if err == nil {
		m.shown.Events = append(m.shown.Events, event)
	}
	return err
}

func (m *messages) timeline(nextPage string) *apiv1.Timeline {
	m.shown.NextPage = nextPage
	return m.shown
}

// expected is how many events a page will have at most: of what cursors have before them, some is told once for several of them, or not at all.
func expected(cursors []*cursor, most int) (n int) {
	for _, c := range cursors {
		ahead := c.length - c.next
		if c.newest {
			ahead = c.next
		}
		if n += int(min(ahead, uint64(most))); n >= most {
			return most
		}
	}
	return n
}

// next is the entry that comes first among the cursors.
func next(cursors []*cursor, newest bool) (first *ledger.Touch, err error) {
	for _, c := range cursors {
		e, err := c.head()
		if err != nil {
			return nil, err
		}
		if e == nil {
			continue
		}
		if first == nil || (positionOf(*e).compare(positionOf(*first)) < 0) != newest && positionOf(*e) != positionOf(*first) {
			first = e
		}
	}
	return first, nil
}

// pass moves every cursor that stands at the position on.
func pass(cursors []*cursor, at position) error {
	for _, c := range cursors {
		e, err := c.head()
		if err != nil {
			return err
		}
		if e != nil && positionOf(*e) == at {
			c.pass()
		}
	}
	return nil
}
