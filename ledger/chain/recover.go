package chain

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/flaw"
	"github.com/ocopledger/ocop/ledger/merkle"
	"github.com/ocopledger/ocop/ledger/replay"
	"github.com/ocopledger/ocop/ledger/statemap"
	"github.com/ocopledger/ocop/ledger/store"
)

// recover brings the state to the head of the chain: what index.db holds, checked against the seal of its height, and the leaves after it.
func (l *Ledger) recover(ctx context.Context, head store.Head) error {
	l.now = moment{applied: head.AppliedIndex, term: head.AppliedTerm, layers: layers{young: newLayer()}}
	if err := l.chain.View(func(tx *store.ChainTx) (err error) {
		l.now.edge, err = loadEdge(tx, head.Log.Size)
		return err
	}); err != nil {
		return finding(err)
	}
	if err := l.checkHead(head); err != nil {
		return err
	}
	if err := l.checkSeals(head); err != nil {
		return err
	}
	start, err := l.openIndex(head)
	if err != nil {
		return err
	}
	if start == nil {
		m, changes := replay.Begin(l.genesis)
		l.machine = m
		for i := range changes {
			c := &changes[i]
			young := l.now.layers.young
			young.subjects[c.ID] = (*row)(nil).with(c, []uint16{ledger.WholeRecord})
			young.born[c.ID.Kind] = append(young.born[c.ID.Kind], c.ID)
		}
	} else if err := l.resume(ctx, *start); err != nil {
		return err
	}
	l.now.head, l.now.epoch, l.now.policy, l.now.draft = l.machine.Head(), l.machine.Epoch(), l.machine.Policy(), l.machine.Draft()
	l.now.states = []*stateAt{{head: l.now.head, state: l.machine.State()}}
	return l.reapply(ctx, head)
}

// checkHead checks that the newest seal speaks for the head.
func (l *Ledger) checkHead(head store.Head) error {
	return l.chain.View(func(tx *store.ChainTx) error {
		at, err := sealedAt(tx, head.Height, l.hashes(tx, head.Log.Size))
		if errors.Is(err, store.ErrNotFound) { // the newest seal's row, for one: the walk through all of them says which are missing
			if named := l.checkSeals(head); named != nil {
				return named
			}
		}
		if err != nil {
			return finding(err)
		}
		h, f := at.head, at.log
		different := func(field string, want, got any) error {
			return &Finding{File: store.ChainFile, Bucket: "meta", Row: "head", Leaf: h.Size - 1, Field: field, Want: fmt.Sprint(want), Got: fmt.Sprint(got)}
		}
		switch {
		case h.Size != head.Log.Size:
			return different("size", h.Size, head.Log.Size)
		case !slices.Equal(f.Hashes, head.Log.Hashes):
			return different("log frontier", f.Root(merkle.Log), head.Log.Root(merkle.Log))
		case h.Seal != head.Seal:
			return different("seal hash", h.Seal, head.Seal)
		case h.Time != head.Time:
			return different("time", h.Time, head.Time)
		}
		return nil
	})
}

// checkSeals walks through the seal index, some tens of milliseconds for a million rows: each is intact and there, and leads further into the log, up to the
// last leaf. That the leaves are seals, and all leaves and tiles, is for Check to say: it reads everything.
func (l *Ledger) checkSeals(head store.Head) error {
	var found *Finding
	heights, next := uint64(0), uint64(0) // expected, and the first leaf that may be its seal
	wrong := func(height uint64, field string, what flaw.Flaw) {
		if found == nil {
			found = &Finding{File: store.ChainFile, Bucket: "seals", Row: fmt.Sprintf("seal of block %d", height), NoLeaf: true, Field: field, What: what}
		}
	}
	err := l.chain.View(func(tx *store.ChainTx) error {
		return tx.EachSeal(func(s store.StoredSeal) {
			switch {
			case !s.Intact:
				wrong(heights, "", flaw.Checksum())
			case s.Height > head.Height:
				wrong(s.Height, "", flaw.New("too_many", "sổ chỉ đến khối %d", "the log ends with block %d", head.Height))
			case s.Height != heights:
				wrong(heights, "", flaw.Missing())
			case s.Leaf < next || s.Leaf >= head.Log.Size || s.Height == head.Height && s.Leaf+1 != head.Log.Size:
				wrong(s.Height, "leaf index", flaw.New("order", "lá %d không đúng thứ tự", "leaf %d is out of order", s.Leaf))
			}
			heights, next = heights+1, s.Leaf+1
		})
	})
	if heights <= head.Height {
		wrong(heights, "", flaw.Missing())
	}
	switch {
	case err != nil:
		return finding(err)
	case found != nil:
		return found
	}
	return nil
}

// hashes reads the log's hashes.
func (l *Ledger) hashes(tx *store.ChainTx, size uint64) merkle.HashReader {
	return merkle.OverTiles(tilesOf(tx, l.now.edge, size), size)
}

// openIndex opens index.db and says where it stands; nil when it is to be made anew.
func (l *Ledger) openIndex(head store.Head) (*store.IndexHead, error) {
	path := filepath.Join(l.o.Dir, store.IndexFile)
	anew := ""
	for {
		index, err := store.OpenIndex(path, l.storeOptions())
		switch {
		case errors.Is(err, store.ErrFormat):
			anew = err.Error()
		case err != nil:
			return nil, finding(err)
		default:
			l.index = index
			var at store.IndexHead
			var present bool
			if err := index.View(func(tx *store.IndexTx) (err error) {
				at, present, err = tx.Head()
				return err
			}); err != nil {
				return nil, finding(err)
			}
			switch {
			case !present:
				return nil, nil
			case at.Chain != l.Chain():
				anew = "it is of another chain"
			case at.Height > head.Height:
				anew = fmt.Sprintf("it is of block %d, the chain ends with block %d", at.Height, head.Height)
			default:
				return &at, nil
			}
			l.index = nil
			if err := index.Close(); err != nil {
				return nil, err
			}
		}
		l.o.Log.Warn("the index is made anew", "reason", anew)
		if err := os.Remove(path); err != nil {
			return nil, err
		}
	}
}

// mostAtOnce bounds the leaves that room is made for on the word of a row in index.db: 3 GiB of them.
const mostAtOnce = 1 << 25

// resume loads the state from index.db and compares its root with the seal of its height. Any difference is looked for row by row, and named.
func (l *Ledger) resume(ctx context.Context, at store.IndexHead) error {
	leaves := make([]statemap.Leaf, 0, min(at.Subjects.Rows, mostAtOnce))
	var damaged []*store.Damage
	err := l.index.View(func(tx *store.IndexTx) (err error) {
		damaged, err = tx.Walk(store.Walker{Subject: func(s store.Subject, intact bool) {
			r := replay.Row{Value: s.Value, History: s.History}
			if intact {
				leaves = append(leaves, r.Leaf(s.ID.Key()))
			}
		}})
		return err
	})
	if err != nil {
		return finding(err)
	}
	slices.SortFunc(leaves, func(a, b statemap.Leaf) int { return bytes.Compare(a.Key[:], b.Key[:]) })
	state, err := statemap.Build(leaves)
	if err != nil {
		return err
	}
	return l.chain.View(func(tx *store.ChainTx) error {
		s, err := sealedAt(tx, at.Height, l.hashes(tx, l.sizeOfChain()))
		if err != nil {
			return finding(err)
		}
		if len(damaged) > 0 || state.Root() != s.head.State || at.Size != s.head.Size {
			return l.nameAltered(ctx, tx, damaged, s.head.State, state.Root())
		}
		p := replay.Point{Head: s.head, Log: s.log, State: state, Draft: s.seal.Draft.Order()}
		if p.Epoch, p.Policy, err = l.epochs(s); err != nil {
			return finding(err)
		}
		l.machine = replay.Resume(l.Chain(), p)
		return nil
	})
}

func (l *Ledger) sizeOfChain() (size uint64) {
	for level := range l.now.edge {
		size += uint64(l.now.edge[level].Width()) << (8 * level)
	}
	return size
}

// nameAltered derives index.db's rows again to say which differs.
func (l *Ledger) nameAltered(ctx context.Context, tx *store.ChainTx, damaged []*store.Damage, want, got ledger.Hash) error {
	l.o.Log.Error("the index differs from the chain; looking for the row")
	report, err := check(ctx, l.genesis, tx, l.index, trusting{}, nil)
	if err != nil {
		return err
	}
	if len(report.Findings) > 0 {
		return report.Findings[0]
	}
	if len(damaged) > 0 {
		return ofDamage(damaged[0])
	}
	return &Finding{File: store.IndexFile, NoLeaf: true, Field: "state root", Want: want.String(), Got: got.String()}
}

// reapply derives the blocks after the one that the machine stands at, from their leaves.
func (l *Ledger) reapply(ctx context.Context, head store.Head) error {
	from := l.machine.Head().Size
	if from == head.Log.Size {
		return nil
	}
	l.o.Log.Info("blocks are applied again", "from", l.machine.Head().Height+1, "to", head.Height)
	tx, err := l.chain.Begin()
	if err != nil {
		return err
	}
	defer tx.Close()
	r := &reapplier{ledger: l, ctx: ctx}
	err = r.run(tx, from)
	switch {
	case err != nil:
		return finding(err)
	case !slices.Equal(l.machine.Log().Hashes, head.Log.Hashes):
		return &Finding{
			File: store.ChainFile, Bucket: "meta", Row: "head", Leaf: head.Log.Size - 1, Field: "log frontier",
			Want: l.machine.Log().Root(merkle.Log).String(), Got: head.Log.Root(merkle.Log).String(),
		}
	}
	return nil
}
