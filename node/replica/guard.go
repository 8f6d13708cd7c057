package replica

import (
	"fmt"
	"sync"
	"time"

	"github.com/hashicorp/raft"
)

// cacheSize is how many of the newest entries are kept in memory: a follower asks for them right after they are written. At most 36 MiB.
const cacheSize = 32

// guard is the log store as raft gets it: Store, with what must happen whenever entries are stored.
type guard struct {
	*Store
	limit     time.Duration                // a write that takes longer ends the node
	preverify func(data []byte)            // starts verifying a draft, so that it overlaps with the disk and the network
	leads     func(term uint64)            // told when this node's own first entry of a term is on disk
	leading   func() bool                  // whether raft holds office; asked from raft's own goroutine only
	fatal     func(error)                  // ends the node; returns
	applied   func() uint64                // index of the newest entry that the ledger has applied
	restored  uint64                       // commit index as of the start, see boundedCommit
	recent    [cacheSize]*raft.Log         // by index
	mu        sync.RWMutex                 // of recent
	writing   func() (done func())         // nil: nobody is told
	store     func(logs []*raft.Log) error // Store.StoreLogs
}

func (g *guard) StoreLog(l *raft.Log) error { return g.StoreLogs([]*raft.Log{l}) }

func (g *guard) StoreLogs(logs []*raft.Log) error {
	for _, l := range logs {
		if l.Type == raft.LogCommand {
			g.preverify(l.Data)
		}
	}
	if err := g.watched("store raft entries", func() error { return g.store(logs) }); err != nil {
		return err
	}
	g.mu.Lock()
	for _, l := range logs {
		g.recent[l.Index%cacheSize] = l
	}
	g.mu.Unlock()
	// A leader begins its term with an entry of its own. Stored in office, it tells the term exactly; asking raft at any other moment could name
	// the term after.
	if l := logs[0]; l.Type == raft.LogNoop && g.leading() {
		g.leads(l.Term)
	}
	return nil
}

// GetCommitIndex implements raft.CommitTrackingLogStore; raft asks once, as it starts.
func (g *guard) GetCommitIndex() (uint64, error) { return g.restored, nil }

func (g *guard) GetLog(index uint64, l *raft.Log) error {
	g.mu.RLock()
	cached := g.recent[index%cacheSize]
	g.mu.RUnlock()
	if cached != nil && cached.Index == index {
		*l = *cached
		return nil
	}
	err := g.Store.GetLog(index, l)
	if err != raft.ErrLogNotFound { // as raft compares, too
		return err
	}
	// The last entry that a mark stands for is asked for by its term alone. raft knows it of its newest snapshot, which after a start is where the ledger stands: a log
	// that begins right after an older mark would have that mark sent to a follower over and over.
	b, failed := g.base()
	if failed != nil {
		return failed
	}
	if b == nil || b.index != index {
		return err
	}
	*l = raft.Log{Index: b.index, Term: b.term, Type: raft.LogNoop}
	return nil
}

func (g *guard) DeleteRange(low, high uint64) error {
	if err := g.unapplied(low, high); err != nil {
		g.fatal(err)
		return err
	}
	g.mu.Lock()
	clear(g.recent[:])
	g.mu.Unlock()
	return g.watched("delete raft entries", func() error { return g.Store.DeleteRange(low, high) })
}

// unapplied refuses to delete the log's end when the ledger has applied some of it: raft has ordered two entries at one place, and this node must not go on as if
// it had not. After a snapshot all goes, and the snapshot stands for it.
func (g *guard) unapplied(low, high uint64) error {
	applied := g.applied()
	if low > applied {
		return nil
	}
	last, err := g.Store.LastIndex()
	if err != nil || high < last {
		return err
	}
	b, err := g.Store.base()
	if err != nil || b != nil && b.index >= applied {
		return err
	}
	return fmt.Errorf("%w: from entry %d on, and the ledger has applied entry %d", ErrAppliedCut, low, applied)
}

func (g *guard) Set(key, value []byte) error {
	return g.watched("store "+string(key), func() error { return g.Store.Set(key, value) })
}

func (g *guard) SetUint64(key []byte, value uint64) error {
	return g.watched("store "+string(key), func() error { return g.Store.SetUint64(key, value) })
}

// watched ends the node when a write fails or does not end in time. It cannot be left to raft, which logs the one and waits for the other.
func (g *guard) watched(op string, write func() error) error {
	if g.writing != nil {
		defer g.writing()()
	}
	timer := time.AfterFunc(g.limit, func() { g.fatal(&StorageError{op, &SlowError{g.limit}}) })
	err := write()
	timer.Stop()
	if err != nil {
		err = &StorageError{op, err}
		g.fatal(err)
	}
	return err
}
