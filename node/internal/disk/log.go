package disk

import (
	"fmt"
	"path/filepath"
	"slices"
	"sync"

	"github.com/ocopledger/ocop/node/internal/trace"
)

// Kind of an Event.
type Kind uint8

// Kinds of events.
const (
	Write Kind = iota + 1
	Resize
	SyncBegins // of one file
	SyncEnds   // what was written before it began is on disk
	Mark       // something became known outside
)

// Event is one step of what was asked of the files.
type Event struct {
	Kind   Kind
	File   string // its base name; empty in a Mark
	Offset int64  // of a Write
	Data   []byte // of a Write
	Size   int64  // of a Resize
	Begin  int    // of SyncEnds: its SyncBegins
	Note   string // of a Mark
}

// Log is events in their order.
type Log struct {
	Events []Event
	ends   map[int]int // write or resize → the SyncEnds that covers it
}

// Recorder makes a Log. It is told by a trace, and of marks by anybody.
type Recorder struct {
	mu      sync.Mutex
	log     Log
	syncing map[string]int
	files   []string
	err     error
}

// NewRecorder records what happens to files of these base names.
func NewRecorder(files ...string) *Recorder {
	return &Recorder{syncing: make(map[string]int), files: files}
}

// Options are those of the trace to record. A process that ends in the middle of a call has not made it.
func (r *Recorder) Options() trace.Options {
	return trace.Options{
		Watch: func(path string) bool { return slices.Contains(r.files, filepath.Base(path)) },
		Judge: func(c *trace.Call) trace.Verdict {
			if c.Kind == trace.Sync {
				file := filepath.Base(c.Path)
				r.mu.Lock()
				r.syncing[file] = len(r.log.Events)
				r.log.Events = append(r.log.Events, Event{Kind: SyncBegins, File: file})
				r.mu.Unlock()
			}
			return trace.Verdict{}
		},
		Done: r.done,
	}
}

func (r *Recorder) done(c *trace.Call, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	e := Event{File: filepath.Base(c.Path)}
	switch {
	case err != nil:
		r.err = fmt.Errorf("%v of %s: %w", c.Kind, e.File, err)
		return
	case c.Kind == trace.Write:
		e.Kind, e.Offset, e.Data = Write, c.Offset, c.Data
	case c.Kind == trace.Resize:
		e.Kind, e.Size = Resize, c.Size
	case c.Kind == trace.Sync:
		e.Kind, e.Begin = SyncEnds, r.syncing[e.File]
	default:
		r.err = fmt.Errorf("%s of %s cannot be replayed", c.Name, e.File)
		return
	}
	r.log.Events = append(r.log.Events, e)
}

// Mark notes that something has become known outside.
func (r *Recorder) Mark(note string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.log.Events = append(r.log.Events, Event{Kind: Mark, Note: note})
}

// Log is what was recorded. It fails when something happened to the files that cannot be replayed.
func (r *Recorder) Log() (*Log, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err != nil {
		return nil, r.err
	}
	return NewLog(slices.Clone(r.log.Events)), nil
}

// NewLog is a log of events.
func NewLog(events []Event) *Log {
	l := &Log{Events: events, ends: make(map[int]int)}
	open := make(map[string][]int) // writes that no sync has covered
	for i, e := range events {
		switch e.Kind {
		case Write, Resize:
			open[e.File] = append(open[e.File], i)
		case SyncEnds:
			var left []int
			for _, w := range open[e.File] {
				if w < e.Begin {
					l.ends[w] = i
				} else {
					left = append(left, w)
				}
			}
			open[e.File] = left
		}
	}
	return l
}

// Synced is the event with which a write or resize was on disk; false: it never was.
func (l *Log) Synced(write int) (end int, ok bool) {
	end, ok = l.ends[write]
	return end, ok
}
