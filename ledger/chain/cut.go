package chain

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/merkle"
	"github.com/ocopledger/ocop/ledger/store"
)

// ErrNoBoundary says that no block ends with a size.
var ErrNoBoundary = errors.New("no block ends there")

// Cut removes the blocks after the one that ends with a size, from a ledger that nobody has open, and returns its head. It is one transaction: a crash leaves
// the ledger as it was, or cut. index.db is removed when it is ahead, and is made anew by Open.
//
// The applied position becomes 0, also when no block goes: which raft entry the kept blocks came from is not known here, or belongs to a raft that is no more. Nothing is lost by that, since Apply takes no draft twice, but
// who opens the ledger must see that the blocks come again: from a raft log that still begins early enough, or by leaves, before a position is noted.
//
// Errors: ErrNoBoundary, ErrNotFound when the ledger is smaller, ErrNoLedger, store.ErrInUse, *Finding when what is kept is damaged where it is cut, ctx's.
func Cut(ctx context.Context, dir string, size uint64) (ledger.Head, error) {
	path := filepath.Join(dir, store.ChainFile)
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		return ledger.Head{}, fmt.Errorf("%s: %w", path, ErrNoLedger)
	}
	chain, err := store.OpenChain(path, store.Options{})
	if err != nil {
		return ledger.Head{}, finding(err)
	}
	head, err := cut(ctx, chain, size)
	if err == nil {
		err = dropIndex(filepath.Join(dir, store.IndexFile), head)
	}
	return head, errors.Join(err, chain.Close())
}

func cut(ctx context.Context, chain *store.Chain, size uint64) (ledger.Head, error) {
	var at sealed
	err := chain.View(func(tx *store.ChainTx) error {
		head, present, err := tx.Head()
		switch {
		case err != nil:
			return err
		case !present:
			return ErrNoLedger
		case size > head.Log.Size:
			return fmt.Errorf("%w: size %d of %d", ErrNotFound, size, head.Log.Size)
		case size == 0:
			return fmt.Errorf("%w: a ledger has its genesis seal at least", ErrNoBoundary)
		}
		height, seal, err := tx.Block(size - 1)
		if err != nil {
			return err
		}
		if seal != size-1 {
			return fmt.Errorf("%w: size %d is inside block %d, which ends with size %d", ErrNoBoundary, size, height, seal+1)
		}
		edge, err := loadEdge(tx, size)
		if err != nil {
			return err
		}
		at, err = sealedAt(tx, height, merkle.OverTiles(tilesOf(tx, edge, size), size))
		return err
	})
	if err == nil {
		err = ctx.Err()
	}
	if err == nil {
		err = chain.Cut(store.Head{Height: at.head.Height, Time: at.head.Time, Log: at.log, Seal: at.head.Seal})
	}
	return at.head, finding(err)
}

// dropIndex removes an index that is ahead of a head, or does not say where it is. It holds nothing that the chain does not.
func dropIndex(path string, head ledger.Head) error {
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		return nil
	}
	index, err := store.OpenIndex(path, store.Options{ReadOnly: true})
	if errors.Is(err, store.ErrInUse) {
		return err
	}
	if err == nil {
		var at store.IndexHead
		present := false
		err = index.View(func(tx *store.IndexTx) (err error) {
			at, present, err = tx.Head()
			return err
		})
		if closing := index.Close(); closing != nil {
			return closing
		}
		if err == nil && (!present || at.Height <= head.Height) {
			return nil
		}
	}
	return os.Remove(path)
}

// RootAt is the root of the first leaves of a ledger that is only read, and of which all that was written is right: Check says so. Errors: ErrNotFound when it is
// smaller, store.ErrInUse, *Finding.
func RootAt(dir string, size uint64) (root ledger.Hash, err error) {
	chain, err := store.OpenChain(filepath.Join(dir, store.ChainFile), store.Options{ReadOnly: true})
	if err != nil {
		return root, finding(err)
	}
	err = chain.View(func(tx *store.ChainTx) error {
		if head, _, err := tx.Head(); err != nil || size > head.Log.Size {
			return errors.Join(err, fmt.Errorf("%w: size %d of %d", ErrNotFound, size, head.Log.Size))
		}
		edge, err := loadEdge(tx, size)
		if err != nil {
			return err
		}
		f, err := merkle.ReadFrontier(merkle.OverTiles(tilesOf(tx, edge, size), size), size)
		root = f.Root(merkle.Log)
		return err
	})
	return root, errors.Join(finding(err), chain.Close())
}
