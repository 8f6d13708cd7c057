package chain

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/genesis"
	"github.com/ocopledger/ocop/ledger/merkle"
	"github.com/ocopledger/ocop/ledger/recent"
	"github.com/ocopledger/ocop/ledger/replay"
	"github.com/ocopledger/ocop/ledger/store"
	"github.com/ocopledger/ocop/ledger/subject"
)

var (
	// ErrNoGenesis says that there is no ledger yet and no genesis to begin one with.
	ErrNoGenesis = errors.New("no ledger here, and no genesis to begin one with")
	// ErrNoLedger says that there is nothing to check: no node has run in the directory, or its chain.db is gone.
	ErrNoLedger = errors.New("no " + store.ChainFile + " here")
	// ErrOtherChain says that a directory holds another ledger than asked for.
	ErrOtherChain = errors.New("another ledger")
)

// Open opens a ledger, or begins one in an empty directory. Errors: store.ErrInUse, ErrNoGenesis, ErrOtherChain, *Finding when the files contradict
// themselves, what genesis.Parse returns, ctx's.
func Open(ctx context.Context, o Options) (*Ledger, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Watch == nil {
		o.Watch = unwatched{}
	}
	if o.FlushRecords <= 0 {
		o.FlushRecords = DefaultFlushRecords
	}
	if o.Roots <= 0 {
		o.Roots = DefaultRoots
	}
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, err
	}
	l := &Ledger{o: o, cache: recent.New[subject.ID, *row](cacheRows, nil), tiles: recent.New[tileAt, *merkle.TileNodes](keptTiles, nil), chunks: recent.New[chunkAt, *merkle.Tree](keptChunks, nil)}
	if err := l.open(ctx); err != nil {
		return nil, errors.Join(err, l.closeFiles())
	}
	return l, nil
}

func (l *Ledger) storeOptions() store.Options { return store.Options{NoSync: l.o.NoSync} }

func (l *Ledger) open(ctx context.Context) (err error) {
	path := filepath.Join(l.o.Dir, store.ChainFile)
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) && l.o.Genesis == nil {
		return fmt.Errorf("%s: %w", l.o.Dir, ErrNoGenesis)
	}
	if l.chain, err = store.OpenChain(path, l.storeOptions()); err != nil {
		return finding(err)
	}
	head, err := l.loadHead()
	if err != nil {
		return finding(err)
	}
	l.drafts = newDrafts(l.genesis.Chain, l.Policy, l.o.Verifier, l.o.Watch)
	if err := l.recover(ctx, head); err != nil {
		l.drafts.close()
		return err
	}
	l.machine.Watch(func() func(int) { return l.o.Watch.Begin(UpdateMap) }) // from now on: what recovery does again is not told
	l.o.Log.Info("ledger open", "chain", l.Chain(), "height", l.now.head.Height, "size", l.now.head.Size, "root", l.now.head.Root, "applied", l.now.applied)
	return nil
}

// loadHead reads genesis and head, and writes them when there is nothing yet.
func (l *Ledger) loadHead() (head store.Head, err error) {
	var file []byte
	begun := false
	err = l.chain.View(func(tx *store.ChainTx) (err error) {
		if head, begun, err = tx.Head(); err != nil || !begun {
			return err
		}
		file, err = tx.Genesis()
		return err
	})
	if err != nil {
		return head, err
	}
	if !begun {
		return l.create()
	}
	if l.genesis, err = genesis.Parse(file); err != nil {
		return head, fmt.Errorf("genesis in %s: %w", store.ChainFile, err)
	}
	return head, sameChain(l.genesis.Chain, l.o.Genesis)
}

func sameChain(have ledger.ChainID, file []byte) error {
	if file == nil {
		return nil
	}
	g, err := genesis.Parse(file)
	if err != nil {
		return err
	}
	if g.Chain != have {
		return fmt.Errorf("%w: the directory holds %v, the genesis file makes %v", ErrOtherChain, have, g.Chain)
	}
	return nil
}

func (l *Ledger) create() (head store.Head, err error) {
	if l.o.Genesis == nil {
		return head, fmt.Errorf("%s: %w", l.o.Dir, ErrNoGenesis)
	}
	if l.genesis, err = genesis.Parse(l.o.Genesis); err != nil {
		return head, err
	}
	m, _ := replay.Begin(l.genesis)
	h := m.Head()
	head = store.Head{Height: h.Height, Time: h.Time, Log: m.Log(), Seal: h.Seal}
	return head, l.chain.Append(store.Batch{
		Leaves: [][]byte{l.genesis.Seal().Append(nil)}, Seals: []store.Seal{{Height: 0, Leaf: 0}}, Head: head, Genesis: l.o.Genesis,
	})
}

// sealed is what the seal of a block tells: the head after it, and the log up to it.
type sealed struct {
	seal *ledger.Seal
	leaf uint64
	head ledger.Head
	log  merkle.Frontier
}

// sealedAt reads the seal of the block of a height.
func sealedAt(tx *store.ChainTx, height uint64, hashes merkle.HashReader) (s sealed, err error) {
	if s.leaf, err = tx.SealLeaf(height); err != nil {
		return s, err
	}
	leaf, err := tx.Leaf(s.leaf)
	if err != nil {
		return s, err
	}
	if s.seal, err = ledger.ParseSeal(leaf); err != nil {
		return s, &Finding{File: store.ChainFile, Bucket: "leaves", Leaf: s.leaf, Field: "seal", Cause: err}
	}
	if s.log, err = merkle.ReadFrontier(hashes, s.leaf+1); err != nil {
		return s, err
	}
	s.head = replay.HeadOf(s.seal, leaf, s.log)
	return s, nil
}
