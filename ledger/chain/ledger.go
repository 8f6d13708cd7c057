package chain

import (
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/genesis"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/merkle"
	"github.com/ocopledger/ocop/ledger/recent"
	"github.com/ocopledger/ocop/ledger/replay"
	"github.com/ocopledger/ocop/ledger/statemap"
	"github.com/ocopledger/ocop/ledger/store"
	"github.com/ocopledger/ocop/ledger/subject"
)

// Options of a ledger.
type Options struct {
	Dir     string // holds chain.db and index.db
	Genesis []byte // the genesis file. Needed to create a ledger; an existing one must begin with it.
	// Verifier verifies the signatures of records. It outlives the ledger.
	Verifier ident.Verifier
	Log      *slog.Logger // nil: nothing is logged
	Watch    Watcher      // nil: nobody watches

	// FlushRecords is how many records are kept in memory before index.db is written; 0: DefaultFlushRecords.
	FlushRecords int
	// Roots is how many of the newest states stay addressable; 0: DefaultRoots. They are fewer when their blocks are very large.
	Roots int
	// Unwritten is how many bytes of leaves Apply may leave unwritten until a cosign point, when those that order the entries keep them: whoever waits for an outcome does not
	// wait for chain.db then, and blocks of few records are not written one by one. Readers know no difference. What ends the program takes them away, and the entries are applied
	// again. 0: Apply writes all it makes.
	Unwritten int
	// NoSync does not wait for the disk: for tests and for ledgers that are thrown away.
	NoSync bool
}

// Defaults of Options. Rows of a large ledger are written at random places, a page for each: the more records one writing is for, the more rows share pages and
// the more changes of one row are written once. After a crash the leaves of some of these records are derived again, in a second or two.
const (
	DefaultFlushRecords = 32_768
	DefaultRoots        = 256
)

// cacheRows bounds the rows of index.db that are remembered, a few hundred bytes each: those of agencies and parameters are asked for with every record.
const cacheRows = 1 << 15

// Ledger is a ledger on disk. Apply has one caller at a time; everything else may be called from anywhere.
type Ledger struct {
	o       Options
	genesis *genesis.Genesis
	chain   *store.Chain
	index   *store.Index
	drafts  *drafts
	cache   *recent.Map[subject.ID, *row] // of index.db; what is in a layer, too, may be older than that
	tiles   *recent.Map[tileAt, *merkle.TileNodes]
	chunks  *recent.Map[chunkAt, *merkle.Tree] // of histories, full ones
	leaves  leafCache

	// applying is held while blocks are derived and when layers are changed. It guards machine and fault, and comes before flushing and mu.
	applying sync.Mutex
	machine  *replay.Machine
	fault    error // after which nothing is applied any more

	flushing sync.Mutex // held while index.db is written
	flushes  sync.WaitGroup

	mu  sync.RWMutex // guards now
	now moment
}

// moment is what readers see: the ledger after a block.
type moment struct {
	head    ledger.Head
	epoch   *ledger.Policy // of the block
	policy  *ledger.Policy // of the next one
	draft   ledger.DraftOrder
	applied uint64 // raft index
	term    uint64
	layers  layers
	edge    edge
	states  []*stateAt // the newest states, oldest first
}

// stateAt is the state after a block, and what the block did to its subjects.
type stateAt struct {
	head    ledger.Head
	state   statemap.Map
	changes []change // each of another subject
	// at is where subjects are in changes. It is made when somebody asks, which of most states nobody does: who reads is nearly always at the newest.
	at   atomic.Pointer[map[subject.ID]int]
	next *stateAt // of the next block; nil: none yet. Guarded by the ledger's mu
}

// change is a subject before and after a block.
type change struct {
	id  subject.ID
	was *row // nil: there was none
	now *row
}

// places is what change looks up. To make it for a large block takes longer than the ledger's mu should be held; two who make it at one time make the same.
func (s *stateAt) places() map[subject.ID]int {
	if at := s.at.Load(); at != nil {
		return *at
	}
	at := make(map[subject.ID]int, len(s.changes))
	for i := range s.changes {
		at[s.changes[i].id] = i
	}
	s.at.Store(&at)
	return at
}

// unprepared lists the later states that nobody has asked yet. The caller holds the ledger's mu.
func (s *stateAt) unprepared() (list []*stateAt) {
	for later := s.next; later != nil; later = later.next {
		if later.at.Load() == nil {
			list = append(list, later)
		}
	}
	return list
}

// change is what the block made of a subject; nil: nothing.
func (s *stateAt) change(id subject.ID) *change {
	i, ok := s.places()[id]
	if !ok {
		return nil
	}
	return &s.changes[i]
}

// was finds what a subject was after the block, when a later one has changed it. The caller holds the ledger's mu.
func (s *stateAt) was(id subject.ID) (r *row, changed bool) {
	for later := s.next; later != nil; later = later.next {
		if c := later.change(id); c != nil {
			return c.was, true
		}
	}
	return nil, false
}

// layers are what index.db does not hold yet: young is filled, old is being written or nil. Neither is modified once it is old.
type layers struct{ young, old *layer }

// ErrFault says that an earlier error stopped the ledger; it wraps that error.
var ErrFault = errors.New("the ledger has stopped after a fault")

// Chain is the ledger's id.
func (l *Ledger) Chain() ledger.ChainID { return l.genesis.Chain }

// Genesis is the document the ledger began with. It is not to be modified.
func (l *Ledger) Genesis() *genesis.Genesis { return l.genesis }

// Policy is the policy of the next block. It is not to be modified.
func (l *Ledger) Policy() *ledger.Policy {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.now.policy
}

// Epoch is the policy of the newest block, under which the newest head is certified. It is another one than Policy when that block ended its epoch. It
// is not to be modified.
func (l *Ledger) Epoch() *ledger.Policy {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.now.epoch
}

// Draft is the place of the newest block's draft among all drafts; zero at genesis. A draft at this place or before makes nothing ([ErrDraftOrder]), so that a
// raft which begins anew on this ledger must begin with a later term.
func (l *Ledger) Draft() ledger.DraftOrder {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.now.draft
}

// Head is the newest head.
func (l *Ledger) Head() ledger.Head {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.now.head
}

// AppliedIndex is the raft index of the newest entry applied. Entries behind the newest block on the disk are applied again after a crash: those that made none, and those
// whose blocks were not written yet.
func (l *Ledger) AppliedIndex() uint64 {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.now.applied
}

// Remember tells that the signature of an envelope was verified; its hash is ledger.EnvelopeHash.
func (l *Ledger) Remember(envelope [32]byte) { l.drafts.known.add(envelope) }

// Preverify begins to parse and verify an entry that is not committed yet, and returns at once. It may be told the same entry several times.
func (l *Ledger) Preverify(data []byte) { l.drafts.begin(data) }

// Sync writes to chain.db what Apply has left unwritten, and waits for the disk.
func (l *Ledger) Sync() error {
	l.applying.Lock()
	defer l.applying.Unlock()
	if l.fault != nil {
		return l.fault
	}
	if err := l.sync(); err != nil {
		return l.stop(err)
	}
	return nil
}

// sync is Sync for who holds applying.
func (l *Ledger) sync() error {
	leaves, _ := l.chain.Unwritten()
	if leaves == 0 {
		return nil
	}
	done := l.o.Watch.Begin(Write)
	err := l.chain.Write()
	done(leaves)
	return err
}

// Close writes index.db and closes the files. Readers and Apply must be done.
func (l *Ledger) Close() error {
	l.drafts.close()
	l.applying.Lock()
	fault := l.fault
	l.applying.Unlock()
	var err error
	if fault == nil {
		err = l.FlushIndex()
	}
	l.flushes.Wait()
	return errors.Join(err, l.closeFiles())
}

func (l *Ledger) closeFiles() error {
	var errs []error
	if l.index != nil {
		errs = append(errs, l.index.Close())
	}
	if l.chain != nil {
		errs = append(errs, l.chain.Close())
	}
	return errors.Join(errs...)
}

// stop makes a fault permanent. The caller holds applying.
func (l *Ledger) stop(err error) error {
	if l.fault == nil {
		l.fault = fmt.Errorf("%w: %w", ErrFault, err)
		l.o.Log.Error("the ledger stops", "error", err)
	}
	return err
}
