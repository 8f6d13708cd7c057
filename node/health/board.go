package health

import (
	"sync"
	"time"
)

// unseen is how old what was looked at may be. Facts are gathered once a second from everything that can hang; when they are not, something does.
const unseen = 15 * time.Second

// Board remembers since when checks are as they are. It may be used from several goroutines, and none of its methods waits for anything.
type Board struct {
	mu      sync.Mutex
	looked  time.Time // when facts were last given
	live    []Check
	ready   []Check
	alarms  []Alarm
	since   map[string]state
	created time.Time
}

type state struct {
	ok     bool
	since  time.Time // ok has this value
	failed time.Time // the first failure of those that patience still covers; zero: none
}

// NewBoard makes a board that knows nothing yet: a node that has not been looked at lives, and is not ready.
func NewBoard(now time.Time) *Board {
	return &Board{looked: now, created: now, since: make(map[string]state)}
}

// Look judges the facts of a moment.
func (b *Board) Look(now time.Time, f *Facts, alarms []Alarm) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.looked, b.alarms = now, alarms
	b.live, b.ready = b.remember(now, live(f)), b.remember(now, ready(f))
}

// remember notes since when the checks are as they are, and takes back failures that are too short to tell of.
func (b *Board) remember(now time.Time, checks []Check) []Check {
	for i := range checks {
		c := &checks[i]
		s, known := b.since[c.Name]
		if c.OK {
			s.failed = time.Time{}
		} else if s.failed.IsZero() {
			s.failed = now
		}
		if !c.OK && known && s.ok && now.Sub(s.failed) < c.patience {
			c.OK = true
		}
		if !known || s.ok != c.OK {
			s.ok, s.since = c.OK, now
		}
		c.Since = s.since
		b.since[c.Name] = s
	}
	return checks
}

// Live tells whether the process can go on.
func (b *Board) Live(now time.Time) Report {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.report(append([]Check{b.observed(now)}, b.live...))
}

// Ready tells whether the node can serve.
func (b *Board) Ready(now time.Time) Report {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ready == nil {
		c := started(&Facts{})
		c.Since = b.created
		return b.report([]Check{b.observed(now), c})
	}
	checks := append([]Check{b.observed(now)}, b.live...)
	return b.report(append(checks, b.ready...))
}

// observed is the check of whoever looks.
func (b *Board) observed(now time.Time) Check {
	c := Check{Name: "process", Required: true, Since: b.created}
	if age := now.Sub(b.looked); age > unseen {
		c.Since = b.looked
		c.Sentence = Say("tiến trình bị treo: đã %v không tự xem xét được", "the process hangs: it has not been able to look at itself for %v", age.Round(time.Second))
	} else {
		c.OK, c.Sentence = true, Say("tiến trình hoạt động", "the process is alive")
	}
	return c
}

func (b *Board) report(checks []Check) Report {
	r := Report{Checks: checks, Alarms: append([]Alarm{}, b.alarms...)}
	r.OK = len(r.Failed()) == 0
	return r
}
