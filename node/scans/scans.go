package scans

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/ocopledger/ocop/ledger"
)

// MaxSerials is how many serials are counted at one time: 5 MB of memory and of disk.
const MaxSerials = 1 << 17

// flushEvery is how long counts are in memory alone.
const flushEvery = time.Minute

// Serial is a serial number of a product.
type Serial struct {
	Product ledger.ProductID
	Number  uint64
}

// Count is how often a serial's code was opened.
type Count struct {
	Since ledger.Date // day of the first time
	Last  ledger.Date // day of the last time
	Total uint32      // stops at its largest value
	Today uint32      // on the last day
}

// Counter counts. Its methods may be called by many goroutines at a time.
type Counter struct {
	path string
	log  *slog.Logger
	max  int

	mu      sync.Mutex
	rows    map[Serial]Count
	full    ledger.Date // day on which there was no room, and no row of an earlier day
	changed bool

	writing sync.Mutex // held while the file is written
}

// Open reads the counts of a file, which need not be there. A file that cannot be understood is put aside, and counting begins anew: a node does not
// stay closed for counts. Errors are those of the file system.
func Open(path string, log *slog.Logger) (*Counter, error) { return open(path, log, MaxSerials) }

func open(path string, log *slog.Logger, most int) (*Counter, error) {
	rows, err := load(path, log, most)
	if err != nil {
		return nil, err
	}
	return &Counter{path: path, log: log, max: most, rows: rows}, nil
}

// Add counts that a serial's code was opened on a day. A day before the last one, of a clock that was put back, counts as the last one.
func (c *Counter) Add(s Serial, day ledger.Date) {
	c.mu.Lock()
	defer c.mu.Unlock()
	row, ok := c.rows[s]
	if !ok {
		if !c.room(day) {
			return
		}
		row = Count{Since: day, Last: day}
	}
	if day > row.Last {
		row.Last, row.Today = day, 0
	}
	if row.Total+1 > row.Total {
		row.Total++
	}
	if row.Today+1 > row.Today {
		row.Today++
	}
	c.rows[s] = row
	c.changed = true
}

// room makes room for a row, if there is none, by giving up those whose last day is longest ago. They are looked for once a day at most when all are of
// that day.
func (c *Counter) room(day ledger.Date) bool {
	if len(c.rows) < c.max {
		return true
	}
	if c.full >= day {
		return false
	}
	oldest := day
	for _, row := range c.rows {
		oldest = min(oldest, row.Last)
	}
	if oldest >= day {
		c.full = day
		return false
	}
	for s, row := range c.rows {
		if row.Last == oldest {
			delete(c.rows, s)
		}
	}
	return true
}

// Of is how often a serial's code was opened by now; Today is 0 when the last time was before that day.
func (c *Counter) Of(s Serial, day ledger.Date) Count {
	c.mu.Lock()
	defer c.mu.Unlock()
	row := c.rows[s]
	if row.Last < day {
		row.Today = 0
	}
	return row
}

// Run writes the file from time to time, and in the end. A write that fails is told in the log and tried again.
func (c *Counter) Run(ctx context.Context) {
	tick := time.NewTicker(flushEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
		}
		if err := c.Flush(); err != nil {
			c.log.Warn("the counts of opened codes are not written", "error", err)
		}
		if ctx.Err() != nil {
			return
		}
	}
}

// Flush writes the file if anything was counted since the last time.
func (c *Counter) Flush() error {
	c.writing.Lock()
	defer c.writing.Unlock()
	c.mu.Lock()
	if !c.changed {
		c.mu.Unlock()
		return nil
	}
	rows := make([]row, 0, len(c.rows))
	for s, n := range c.rows {
		rows = append(rows, row{s, n})
	}
	c.changed = false
	c.mu.Unlock()
	if err := save(c.path, rows); err != nil {
		c.mu.Lock()
		c.changed = true
		c.mu.Unlock()
		return err
	}
	return nil
}
