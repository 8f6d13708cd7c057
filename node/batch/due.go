package batch

import (
	"time"

	"github.com/ocopledger/ocop/ledger"
)

// due tells whether a draft is to be made now, or else in what time (0: on the next event).
func (c *collector[O]) due(now time.Time) (wait time.Duration, due bool) {
	if !c.opened {
		return 0, true
	}
	if c.owed {
		if wait = c.point(now); wait <= 0 {
			return 0, true
		}
	}
	if len(c.waiting) == 0 {
		return wait, false
	}
	held := c.hold(now)
	if _, full := c.cut(); full {
		held = 0
	}
	if held <= 0 {
		return 0, true
	} else if wait == 0 || held < wait {
		wait = held
	}
	return wait, false
}

// point is how much longer a cosign point that is owed waits for a draft to bring it.
func (c *collector[O]) point(now time.Time) time.Duration {
	since := now.Sub(c.flagged)
	switch coming := gather - now.Sub(c.free); {
	case c.under > 0 || len(c.waiting) > 0:
		return cosignLatest - since
	case coming > 0: // somebody may come again, or nobody
		return min(cosignLatest-since, max(cosignEvery-since, coming))
	}
	return cosignEvery - since
}

// busy tells whether filling drafts pays.
func (c *collector[O]) busy() bool { return c.last >= busyRecords }

// hold is how much longer what waits is held, so that more may share its draft.
func (c *collector[O]) hold(now time.Time) time.Duration {
	busy := c.busy()
	switch {
	case c.under > 0 && busy:
		return lingerBusy - now.Sub(c.since)
	case c.under > 0:
		return lingerIdle - now.Sub(c.since)
	case busy && len(c.waiting) < c.again/gatherShare:
		return gather - now.Sub(c.free)
	}
	return 0
}

// cut is how many of the waiting records fit a draft, and whether it is full with them.
func (c *collector[O]) cut() (n int, full bool) {
	total := 0
	for n < len(c.waiting) && n < ledger.MaxDraftRecords {
		if total += len(c.waiting[n].record) + prefix; total > ledger.MaxDraftBytes {
			return n, true
		}
		n++
	}
	return n, n == ledger.MaxDraftRecords
}
