package chain

import (
	"path/filepath"

	"github.com/ocopledger/ocop/ledger/store"
)

// Unwritten is how many bytes of leaves are not written.
func Unwritten(l *Ledger) int {
	_, bytes := l.chain.Unwritten()
	return bytes
}

// SetFlushRecords changes Options.FlushRecords.
func SetFlushRecords(l *Ledger, n int) { l.o.FlushRecords = n }

// BreakDisk puts a file in place of chain.db that cannot be written, until restore is called.
func BreakDisk(l *Ledger) (restore func()) {
	good := l.chain
	path := filepath.Join(l.o.Dir, "broken.db")
	broken, err := store.OpenChain(path, store.Options{NoSync: true})
	if err != nil {
		panic(err)
	}
	if Unwritten(l) > 0 {
		broken.Add(store.Batch{Leaves: [][]byte{{0}}})
	}
	if err := broken.Close(); err != nil {
		panic(err)
	}
	l.chain = broken
	return func() { l.chain = good }
}

// SlowFlush flushes step by step, so that others can come between: the layer is frozen at once, then written, kept in the cache, and let go.
func SlowFlush(l *Ledger) (steps []func() error) {
	l.applying.Lock()
	l.flushing.Lock()
	frozen, head := l.freeze()
	l.applying.Unlock()
	return []func() error{
		func() error { return l.write(frozen, head) },
		func() error {
			l.keep(frozen)
			return nil
		},
		func() error {
			l.mu.Lock()
			l.now.layers.old = nil
			l.mu.Unlock()
			l.flushing.Unlock()
			return nil
		},
	}
}

// Bounds of a LeafCache.
const (
	LeafPlaces  = leafPlaces
	LargestKept = largestKept
)

// LeafCache keeps leaves of a log.
type LeafCache struct{ c leafCache }

func NewLeafCache() *LeafCache { return new(LeafCache) }

func (c *LeafCache) Get(index uint64) ([]byte, bool) { return c.c.get(index) }
func (c *LeafCache) Read(index uint64, leaf []byte)  { c.c.read(index, leaf) }

// MaxWaiting is the bound of Preverifying.
const MaxWaiting = maxWaiting

// Preverifying is how many drafts are being verified, or are and not yet applied.
func Preverifying(l *Ledger) int {
	l.drafts.mu.Lock()
	defer l.drafts.mu.Unlock()
	return len(l.drafts.waiting)
}

// AwaitPreverified waits until no draft is being verified ahead.
func AwaitPreverified(l *Ledger) { l.drafts.running.Wait() }
