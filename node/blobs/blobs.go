package blobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/blob"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/subject"
)

// Folders in a node's data directory. That of orders must outlast everything else in it: an order that is forgotten is a blob that comes back.
const (
	Folder         = "blobs"
	ErasuresFolder = "erasures"
	pendingFolder  = "pending"
)

const (
	// MaxPendingBlobs and MaxPendingBytes bound what one account may have waiting: the producers' names and pictures of the largest Decision.
	MaxPendingBlobs = 512
	MaxPendingBytes = 64 << 20
	// MaxPending bounds all that wait, in number: small ones cost a disk more than their bytes.
	MaxPending = 1 << 16
	// PendingTime is how long a blob waits to be named: a draft that was signed offline may be submitted for 14 days.
	PendingTime = 15 * 24 * time.Hour
	// OfferWindow is how far an offer's time may be from the node's clock: an offer that somebody found is good for nothing.
	OfferWindow = 15 * time.Minute
	// KeepUnnamed is how long a blob stays that the ledger has ceased to name, because a name was corrected or a picture replaced: the page that somebody
	// looks at still shows it. After that there is no reason to have it.
	KeepUnnamed = 24 * time.Hour
	// MaxErasures bounds the orders that are kept: far more than a province has producers, and 80 MiB of files.
	MaxErasures = 1 << 17
	// SpareDisk is what blobs leave free on the disk in bytes: a node whose disk is full stops.
	SpareDisk = 512 << 20
)

// Ledger is what the blobs ask of the node's ledger.
type Ledger interface {
	Chain() ledger.ChainID
	// View calls fn with the ledger as it is; fn is short.
	View(fn func(View) error) error
	// NodeKey tells whether a key is, or was in any policy epoch, an agency's node key.
	NodeKey(agency ledger.AccountID, key ident.Ed25519Key) bool
}

// View is the ledger at one height.
type View interface {
	Head() ledger.Head
	// Intact shows at most max leaves from an index on, one at least when there is one that is not damaged, and tells how many. The bytes are valid until fn returns, whose
	// error is given back.
	Intact(from uint64, max int, fn func(leaf []byte) error) (n int, err error)
	Value(id subject.ID) ([]byte, bool)
	Subjects(kind subject.Kind, after string, max int) ([]subject.ID, error)
	// HistoryLen is how many values a subject has had, ValueAt the value after one of them, if it is kept.
	HistoryLen(id subject.ID) (uint64, error)
	ValueAt(id subject.ID, entry uint64) (value []byte, ok bool, err error)
}

// Options is what keeping blobs takes.
type Options struct {
	Dir     string // the node's data directory
	Ledger  Ledger
	Quota   uint64                            // bytes of blobs that the ledger names
	Pending uint64                            // bytes of those that it does not name yet
	Agency  ledger.AccountID                  // that runs the node; 0: a replica, which signs nothing
	Key     func() *ident.Ed25519PrivateKey   // the node key that the ledger names now; nil: not held
	Free    func() (bytes uint64, known bool) // on the disk
	Sources func() []string                   // public doors of other nodes, host:port
	Grown   func() <-chan struct{}            // closed when the ledger has grown since the call
	Now     func() time.Time
	Log     *slog.Logger
}

// Blobs keeps blobs. Its methods may be called from anywhere.
type Blobs struct {
	o     Options
	files folders
	names *names

	writing sync.Mutex // one blob is taken or erased at a time

	mu           sync.Mutex
	held         map[ledger.Hash]int64 // bytes
	heldBytes    int64
	unnamed      map[ledger.Hash]time.Time // held, and since when the ledger is known not to name them
	pending      map[ledger.Hash]waiting
	pendingBytes int64
	erased       map[ledger.Hash]*erased
	missing      map[ledger.Hash]*wanted
	list         listed // of what was erased, as it is published
	recent       recent // what has come of late, for others to know whom to ask
	asked        bool   // the other nodes have been asked what they have erased
	counts       Counts
}

// waiting is a blob that the ledger does not name yet.
type waiting struct {
	account ledger.AccountID
	size    int64
	since   time.Time
}

// Counts is what a node has of blobs, and what it did since it started.
type Counts struct {
	Ready        bool   `json:"ready"` // the ledger was looked through: the other numbers are right
	Named        int    `json:"named"` // by the ledger
	Held         int    `json:"held"`
	HeldBytes    int64  `json:"held_bytes"`
	Missing      int    `json:"missing"` // named, not held, not erased
	Pending      int    `json:"pending"`
	PendingBytes int64  `json:"pending_bytes"`
	Erased       int    `json:"erased"`
	Reports      int    `json:"reports"` // of nodes that have erased
	Fetched      uint64 `json:"fetched"`
	Refused      uint64 `json:"refused"` // blobs and orders that were brought and are none
	Damaged      uint64 `json:"damaged"` // files that were not what was written
}

// Open looks through the folders, and finishes what was begun: an order without a report is carried out.
func Open(o Options) (*Blobs, error) {
	b := &Blobs{
		o: o, names: newNames(), held: make(map[ledger.Hash]int64), unnamed: make(map[ledger.Hash]time.Time), pending: make(map[ledger.Hash]waiting),
		erased: make(map[ledger.Hash]*erased), missing: make(map[ledger.Hash]*wanted),
	}
	b.files = folders{filepath.Join(o.Dir, Folder), filepath.Join(o.Dir, Folder, pendingFolder), filepath.Join(o.Dir, ErasuresFolder)}
	if err := errors.Join(b.loadErasures(), b.loadBlobs()); err != nil {
		return nil, fmt.Errorf("blobs: %w", err)
	}
	return b, nil
}

func (b *Blobs) loadBlobs() error {
	return each(b.files.blobs, blobEnding, func(f found) error {
		if e := b.erased[f.id]; e != nil { // the node stopped between the order and the deed
			e.had = true
			return remove(f.path)
		}
		if f.number != 0 {
			b.pending[f.id] = waiting{f.number, f.size, f.time}
			b.pendingBytes += f.size
			return nil
		}
		b.held[f.id] = f.size
		b.heldBytes += f.size
		return nil
	})
}

// Get gives the container of a blob that is shown to everybody: not before those other nodes that answer were asked what was erased meanwhile. Errors:
// ErrNotHeld, ErrNotReady, *ErasedError, those of the disk. A file that is not what was written
// is removed, and fetched again.
func (b *Blobs) Get(id ledger.Hash) ([]byte, *blob.Blob, error) {
	if err := b.refusesErased(id); err != nil {
		return nil, nil, err
	}
	b.mu.Lock()
	_, ok := b.held[id]
	asked := b.asked
	b.mu.Unlock()
	if !ok {
		return nil, nil, fmt.Errorf("%w: %v", ErrNotHeld, id)
	}
	if !asked {
		return nil, nil, ErrNotReady
	}
	container, made, err := readHeld(b.files.held(id), id)
	if err == nil {
		return container, made, nil
	}
	if err := b.refusesErased(id); err != nil { // meanwhile
		return nil, nil, err
	}
	b.o.Log.Error("a blob is not what was written: it is removed, and fetched again", "blob", id, "error", err)
	return nil, nil, errors.Join(fmt.Errorf("%w: %v is damaged: %w", ErrNotHeld, id, err), b.drop(id, true))
}

// Shows tells whether Get would find a blob, without reading it.
func (b *Blobs) Shows(id ledger.Hash) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	_, held := b.held[id]
	return held && b.asked && b.erased[id] == nil
}

// drop deletes a held blob. A damaged one is looked for at once.
func (b *Blobs) drop(id ledger.Hash, damaged bool) error {
	b.writing.Lock()
	defer b.writing.Unlock()
	if err := remove(b.files.held(id)); err != nil {
		return err
	}
	named, _ := b.names.names(id)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.forget(id)
	if damaged {
		b.counts.Damaged++
	}
	if named {
		b.missing[id] = new(wanted)
	}
	return nil
}

// forget takes a blob out of the books. The caller holds mu.
func (b *Blobs) forget(id ledger.Hash) {
	b.heldBytes -= b.held[id]
	delete(b.held, id)
	delete(b.unnamed, id)
	b.pendingBytes -= b.pending[id].size
	delete(b.pending, id)
	delete(b.missing, id)
}

// Counts tells what there is.
func (b *Blobs) Counts() Counts {
	named, ready := b.names.count()
	b.mu.Lock()
	defer b.mu.Unlock()
	c := b.counts
	c.Ready, c.Named = ready, named
	c.Held, c.HeldBytes, c.Pending, c.PendingBytes = len(b.held), b.heldBytes, len(b.pending), b.pendingBytes
	c.Missing, c.Erased = len(b.missing), len(b.erased)
	for _, e := range b.erased {
		c.Reports += len(e.reports)
	}
	return c
}

func (b *Blobs) count(change func(*Counts)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	change(&b.counts)
}

// Run keeps the blobs in step with the ledger and the other nodes, until ctx ends.
func (b *Blobs) Run(ctx context.Context) {
	var running sync.WaitGroup
	defer running.Wait()
	running.Go(func() { b.follow(ctx) })
	running.Go(func() { b.exchange(ctx) })
}
