package replica

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"sync/atomic"

	"github.com/hashicorp/raft"
)

// marks is a snapshot store whose snapshots are marks.
//
// While raft starts it lists one that stands for the ledger itself: the position the ledger has applied, with the raft configuration in force there. With
// NoSnapshotRestoreOnStart raft takes position and configuration from it and opens nothing. What costs others their blocks cannot happen then: the
// position comes from the ledger and not from a snapshot that was finished before the ledger held what it stands for (rqlite #2747). Nor
// does raft replay its log from the first entry, or fill the queue that nobody reads yet while it starts.
//
// Afterwards it lists the newest snapshot taken or installed, for followers that need entries the log holds no more.
type marks struct {
	store   *Store
	start   *raft.SnapshotMeta // nil: raft begins with nothing
	started atomic.Bool
	write   func(what string, write func() error) error // as guard writes
}

// position is where raft starts.
type position struct {
	index, term uint64
	meta        *raft.SnapshotMeta // nil: at the first entry
}

// BehindError says that the raft log begins after what the ledger holds: the leaves up to the mark must come from elsewhere before raft can start.
type BehindError struct{ Mark Mark }

func (e *BehindError) Error() string {
	return fmt.Sprintf("the raft log begins after block %d, which this ledger does not hold", e.Mark.Height)
}

// dropContradicted deletes a log that holds another entry than the one at which the newest snapshot was installed: raft was ended before it did so itself. What
// the snapshot stands for was committed, so that nothing of that log's end can have been.
func dropContradicted(s *Store) error {
	b, err := s.base()
	if b == nil || err != nil {
		return err
	}
	var entry raft.Log
	if err := s.GetLog(b.index, &entry); errors.Is(err, raft.ErrLogNotFound) {
		return nil
	} else if err != nil {
		return fmt.Errorf("entry %d, at the snapshot: %w", b.index, err)
	}
	if entry.Term == b.term {
		return nil
	}
	last, err := s.LastIndex()
	if err != nil {
		return err
	}
	return s.DeleteRange(0, last)
}

// positionOf says where raft starts, for a ledger that has applied an entry. Between the ledger's position and the commit index that raft restores by itself, raft
// 1.8.0 looks at no configuration entry; so the configuration in force at the later of the two is given.
func positionOf(s *Store, applied, commit uint64, holds func(Mark) error) (p position, err error) {
	first, err := s.FirstIndex()
	if err != nil {
		return p, err
	}
	last, err := s.LastIndex()
	if err != nil {
		return p, err
	}
	b, err := s.base()
	if err != nil {
		return p, err
	}
	p.index = min(applied, last) // entries of a shorter log are all applied: by an earlier incarnation, or leaves that came another way
	switch {
	case p.index >= first && p.index > 0:
		var entry raft.Log
		if err := s.GetLog(p.index, &entry); err != nil {
			return p, fmt.Errorf("%w: entry %d, where the ledger stands: %w", ErrCorrupt, p.index, err)
		}
		p.term = entry.Term
	case b != nil:
		if err := holds(b.mark); err != nil {
			return p, err
		}
		p.index, p.term = b.index, b.term
	case first > 1:
		return p, fmt.Errorf("%w: it begins with entry %d, and no snapshot stands for those before", ErrCorrupt, first)
	}
	at := max(p.index, commit)
	if at == 0 {
		return p, nil
	}
	p.meta = &raft.SnapshotMeta{Version: raft.SnapshotVersionMax, ID: "ledger", Index: p.index, Term: p.term}
	p.meta.Configuration, p.meta.ConfigurationIndex, err = s.latest(at)
	return p, err
}

// latest is the configuration in force at an entry, and where it was written: in the log, or before the snapshot.
func (s *Store) latest(at uint64) (raft.Configuration, uint64, error) {
	b, err := s.base()
	if err != nil {
		return raft.Configuration{}, 0, err
	}
	c, index, err := s.configuration(at)
	// At the same entry the snapshot's is the newer: a recovery writes it over the last one of the log.
	if b != nil && (b.configurationIndex >= index && b.configurationIndex <= max(at, b.index) || errors.Is(err, errNoConfiguration)) {
		return raft.DecodeConfiguration(b.configuration), b.configurationIndex, nil
	}
	return c, index, err
}

// List implements raft.SnapshotStore.
func (m *marks) List() ([]*raft.SnapshotMeta, error) {
	if !m.started.Load() {
		if m.start == nil {
			return nil, nil
		}
		return []*raft.SnapshotMeta{m.start}, nil
	}
	b, err := m.store.base()
	if b == nil || err != nil {
		return nil, err
	}
	return []*raft.SnapshotMeta{b.meta()}, nil
}

// Create implements raft.SnapshotStore: for a snapshot taken here, and for one that a leader installs.
func (m *marks) Create(_ raft.SnapshotVersion, index, term uint64, c raft.Configuration, configurationIndex uint64, _ raft.Transport) (raft.SnapshotSink, error) {
	return &sink{marks: m, base: base{index: index, term: term, configurationIndex: configurationIndex, configuration: raft.EncodeConfiguration(c)}}, nil
}

// Open implements raft.SnapshotStore.
func (m *marks) Open(id string) (*raft.SnapshotMeta, io.ReadCloser, error) {
	b, err := m.store.base()
	if err != nil {
		return nil, nil, err
	}
	if b == nil {
		return nil, nil, fmt.Errorf("no snapshot %s: there is none", id)
	}
	meta := b.meta()
	if meta.ID != id {
		return nil, nil, fmt.Errorf("no snapshot %s: the newest is %s", id, meta.ID)
	}
	return meta, io.NopCloser(bytes.NewReader(b.mark.Append(nil))), nil
}

// sink takes a mark, and makes it the newest when it is closed.
type sink struct {
	marks *marks
	base  base
	data  []byte
	ended bool
}

// ID implements raft.SnapshotSink.
func (s *sink) ID() string { return s.base.meta().ID }

// Write implements io.Writer.
func (s *sink) Write(b []byte) (int, error) {
	if len(s.data)+len(b) > maxMark {
		return 0, fmt.Errorf("a snapshot of more than %d bytes", maxMark)
	}
	s.data = append(s.data, b...)
	return len(b), nil
}

// Close implements io.Closer.
func (s *sink) Close() (err error) {
	if s.ended {
		return nil
	}
	s.ended = true
	if s.base.mark, err = ParseMark(s.data); err != nil {
		return err
	}
	return s.marks.write("store a snapshot mark", func() error { return s.marks.store.setBase(&s.base) })
}

// Cancel implements raft.SnapshotSink.
func (s *sink) Cancel() error {
	s.ended = true
	return nil
}
