package replica

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync/atomic"

	"github.com/hashicorp/raft"
)

// Entry is a committed draft and its place in the order.
type Entry struct {
	Index, Term uint64
	Data        []byte
}

// Machine is what the order is for. R is what it makes of an entry.
type Machine[R any] interface {
	// Apply applies entries in order and gives one result each. The log keeps them until Mark or Advance stand for them: until then they need not be durable here. An error is
	// a fault of this machine's own disk; it must not go on.
	Apply(context.Context, []Entry) ([]R, error)
	// AppliedIndex is the index of the newest entry that is applied; after a crash, of the newest that was durably.
	AppliedIndex() uint64
	// Mark is where the machine stands, durably: all entries that it was given are in it.
	Mark() (Mark, error)
	// Holds tells whether the machine has come to a mark: nil, *BehindError when it has not, or an error that says how it contradicts it.
	Holds(Mark) error
	// Advance is told that everything up to an entry is in the machine, however it came there, and makes it durable. It never goes back.
	Advance(index, term uint64) error
	// Preverify begins with the costly part of an entry that is not committed yet. It returns at once.
	Preverify(data []byte)
}

// fsm is the machine as raft wants it.
type fsm[R any] struct {
	ctx     context.Context
	machine Machine[R]
	store   *Store
	reopen  func()
	fatal   func(error)
	told    func(index, term uint64) // of a committed entry, before it is applied; returns at once
	// committed is told of each entry before the machine gets it; nil: nobody is.
	committed func(*raft.Log)
	seen      atomic.Uint64 // index of the newest entry raft has handed over
	failed    bool          // owned by raft's apply goroutine
}

// ApplyBatch implements raft.BatchingFSM: one batch of the ledger's for up to maxAppend drafts. After a failure nothing is applied any more, as an
// entry left out would fork this node from the others; the log has them all for the next start.
func (f *fsm[R]) ApplyBatch(logs []*raft.Log) []any {
	newest := logs[len(logs)-1]
	f.told(newest.Index, newest.Term)
	results := make([]any, len(logs))
	entries := make([]Entry, 0, len(logs))
	places := make([]int, 0, len(logs))
	applied := f.machine.AppliedIndex()
	for i, l := range logs {
		if l.Type == raft.LogCommand && l.Index > applied {
			if f.committed != nil {
				f.committed(l)
			}
			entries = append(entries, Entry{l.Index, l.Term, l.Data})
			places = append(places, i)
		}
	}
	if len(entries) > 0 && !f.failed {
		made, err := f.machine.Apply(f.ctx, entries)
		if err != nil {
			f.failed = true
			f.fatal(&StorageError{"apply drafts", err})
		}
		for i := range made {
			results[places[i]] = made[i]
		}
	}
	f.seen.Store(newest.Index)
	return results
}

// Apply implements raft.FSM; raft prefers ApplyBatch.
func (f *fsm[R]) Apply(l *raft.Log) any { return f.ApplyBatch([]*raft.Log{l})[0] }

// Snapshot implements raft.FSM.
func (f *fsm[R]) Snapshot() (raft.FSMSnapshot, error) {
	if f.failed {
		return nil, errFailed
	}
	mark, err := f.machine.Mark()
	if err != nil {
		f.failed = true
		err = &StorageError{"write what a snapshot mark stands for", err}
		f.fatal(err)
		return nil, err
	}
	return snapshot(mark), nil
}

// errFailed: entries were left out after a fault, and nothing stands for them.
var errFailed = errors.New("the ledger has failed")

// Restore implements raft.FSM. The ledger holds what the mark stands for: the transport lets no other mark pass. So nothing is left to do that could be broken off.
//
// A log that goes on beyond the mark holds entries that another leader never got committed. raft 1.8.0 deletes it all, but goes on believing in memory that it ends
// where it did, refuses what follows the mark, and is sent the snapshot again, for ever. A raft that starts on the empty log believes what it reads.
func (f *fsm[R]) Restore(r io.ReadCloser) error {
	defer r.Close()
	data, err := io.ReadAll(io.LimitReader(r, maxMark))
	if err != nil {
		return err
	}
	mark, err := ParseMark(data)
	if err != nil {
		return err
	}
	if err := f.machine.Holds(mark); err != nil {
		return err
	}
	b, err := f.store.base()
	if err != nil {
		return err
	}
	if b == nil || b.mark != mark {
		return fmt.Errorf("%w: the snapshot to be restored is not the newest", ErrCorrupt)
	}
	if err := f.machine.Advance(b.index, b.term); err != nil {
		f.failed = true
		err = &StorageError{"take over a snapshot mark", err}
		f.fatal(err)
		return err
	}
	f.seen.Store(b.index)
	if last, err := f.store.LastIndex(); err == nil && last > b.index {
		f.reopen()
	}
	return nil
}

// snapshot is a mark to be written.
type snapshot Mark

// Persist implements raft.FSMSnapshot.
func (s snapshot) Persist(sink raft.SnapshotSink) error {
	m := Mark(s)
	_, err := sink.Write(m.Append(nil))
	return err
}

// Release implements raft.FSMSnapshot.
func (snapshot) Release() {}
