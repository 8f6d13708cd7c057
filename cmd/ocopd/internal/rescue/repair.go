package rescue

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/genesis"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/merkle"
	"github.com/ocopledger/ocop/ledger/store"
)

// Repair is what an operator wants repaired.
type Repair struct {
	Dir      string // the node's directory
	From     string // a node's address, or a folder of published files
	Genesis  []byte // the genesis file; nil: the node's
	DryRun   bool   // do it aside, say what would be done, and throw it away
	Verifier ident.Verifier
	Now      func() time.Time
	Progress func(done, size uint64) // in leaves; may be nil
}

// Range is leaves from one on, up to another.
type Range struct {
	From uint64 `json:"from"`
	To   uint64 `json:"to"` // not in it
}

// Repaired is what was wrong with a ledger, and what was done.
type Repaired struct {
	Genesis         *genesis.Genesis
	Findings        []*chain.Finding      // what a check finds
	Lost            bool                  // there is no chain.db, or nothing of it can be read
	Nothing         bool                  // nothing had to be done
	Source          string                // where the published files are
	Certified       *checkpoint.Certified // the published head
	CertifiedHeight uint64
	Floor           Floor
	Fetched         []Range // leaves that came from the source, ascending
	Kept            uint64  // leaves of the node's own that stay
	Before          uint64  // leaves that the node's ledger said it has; 0: it cannot tell
	Cut             uint64  // leaves of those that are gone: what follows from the certified ledger ends before
	Head            ledger.Head
	Applied         uint64 // position in raft's order that was carried over; 0: raft delivers again what it has
	HeadsAnew       bool   // heads.db could not be read, and is made of what is published
	Aside           []string
}

const repairing = ".repairing"

// repair is a repair under way.
type repair struct {
	Repair
	place *Place
	file  []byte // genesis
	src   *source
	old   *store.Chain   // the damaged ledger, for reading; nil: nothing of it can be read
	tx    *store.ChainTx // of old
	head  store.Head     // of old
	told  bool           // old says how far it is
	stage string
	new   *chain.Ledger
	open  [][]byte // leaves after the last block that was applied
	done  Repaired
}

// Run repairs. Errors: ErrBelow, ErrSource, store.ErrInUse, chain.ErrOtherChain, ctx's, those of network and disk. After an error the node's directory is as it
// was.
func (o Repair) Run(ctx context.Context) (*Repaired, error) {
	r := &repair{Repair: o}
	if err := r.prepare(ctx); err != nil {
		return nil, err
	}
	if sound, err := r.sound(ctx); err != nil || sound {
		r.done.Nothing = sound
		return &r.done, err
	}
	r.readOld()
	err := r.rebuild(ctx)
	if err == nil && !o.DryRun {
		err = r.replace()
	}
	if gone := os.RemoveAll(r.stage); err == nil {
		err = gone
	}
	if err != nil {
		return nil, err
	}
	return &r.done, nil
}

// prepare finds out what is wrong, and whom to ask.
func (r *repair) prepare(ctx context.Context) (err error) {
	if r.place, err = OpenPlace(r.Dir); err != nil {
		return err
	}
	r.file = r.Genesis
	if r.file == nil {
		_, r.file, err = r.place.genesisOf()
	}
	if err == nil {
		r.done.Genesis, err = genesis.Parse(r.file)
	}
	if err != nil {
		return err
	}
	if r.done.Floor, err = r.place.floor(r.done.Genesis.Chain); err != nil {
		return err
	}
	if r.src, err = openSource(ctx, r.From); err != nil {
		return err
	}
	r.done.Source = r.src.where
	r.stage = r.place.Data + repairing
	return os.RemoveAll(r.stage) // of a repair that was broken off
}

// sound checks the ledger's files, and tells whether they are right and hold the published head: then there is nothing to do.
func (r *repair) sound(ctx context.Context) (bool, error) {
	report, err := chain.Check(ctx, chain.CheckOptions{Dir: r.place.Data, Genesis: r.file, Verifier: r.Verifier, Progress: r.Progress})
	switch {
	case errors.Is(err, chain.ErrNoLedger):
		r.done.Lost = true
		return false, nil
	case err != nil:
		return false, err
	}
	r.done.Findings = report.Findings
	tree := r.src.head.Tree
	if !report.OK() || report.Head.Size < tree.Size {
		return false, nil
	}
	roots := func(size uint64) (ledger.Hash, error) { return chain.RootAt(r.place.Data, size) }
	root, err := roots(tree.Size)
	if err != nil || root != tree.Root || r.done.Floor.holds(report.Head.Size, roots) != nil {
		return false, err
	}
	if _, err := r.kept(); err != nil || r.done.HeadsAnew {
		return false, err
	}
	r.done.Head, r.done.Before, r.done.Kept = report.Head, report.Head.Size, report.Head.Size
	return true, nil
}

// readOld opens the damaged ledger, as far as it can be.
func (r *repair) readOld() {
	old, err := store.OpenChain(filepath.Join(r.place.Data, store.ChainFile), store.Options{ReadOnly: true, Inspect: true})
	if err != nil {
		r.done.Lost = true
		return
	}
	tx, err := old.Begin()
	if err != nil {
		r.done.Lost = true
		_ = old.Close()
		return
	}
	r.old, r.tx = old, tx
	if r.head, r.told, err = tx.Head(); err != nil {
		r.told = false
	}
	if r.told {
		r.done.Before = r.head.Log.Size
	}
}

func (r *repair) closeOld() error {
	if r.old == nil {
		return nil
	}
	err := errors.Join(r.tx.Close(), r.old.Close())
	r.old = nil
	return err
}

// rebuild makes the ledger anew, of own leaves where they are right, and derives all of it.
func (r *repair) rebuild(ctx context.Context) (err error) {
	// Not waiting for the disk block by block: replace puts the files on it when they are whole.
	r.new, err = chain.Open(ctx, chain.Options{Dir: r.stage, Genesis: r.file, Verifier: r.Verifier, NoSync: true})
	if err != nil {
		return errors.Join(err, r.closeOld())
	}
	err = r.certifiedPart(ctx)
	if err == nil {
		err = r.tail(ctx)
	}
	if err == nil {
		err = r.holds()
	}
	if err == nil {
		err = r.position()
	}
	r.done.Head = r.new.Head()
	if r.done.Before > r.done.Head.Size {
		r.done.Cut = r.done.Before - r.done.Head.Size
	}
	if err = errors.Join(err, r.new.Close(), r.closeOld()); err != nil {
		return err
	}
	if err := r.heads(ctx); err != nil {
		return err
	}
	report, err := chain.Check(ctx, chain.CheckOptions{Dir: r.stage, Genesis: r.file, Verifier: r.Verifier, Progress: r.Progress})
	if err != nil {
		return err
	}
	return unsound(report)
}

// certifiedPart goes through the leaves of the published head, bundle by bundle: own leaves with the published hash stay, others are fetched. In the end the head
// must be what follows, and certified by the validators that follow.
func (r *repair) certifiedPart(ctx context.Context) error {
	tree := r.src.head.Tree
	for index := uint64(0); index*merkle.TileWidth < tree.Size; index++ {
		hashes, err := r.src.hashes(ctx, index)
		if err != nil {
			return err
		}
		leaves, err := r.bundle(ctx, index, hashes)
		if err != nil {
			return err
		}
		if index == 0 { // the genesis seal is there already
			if hashes[0] != r.new.Head().Seal {
				return fmt.Errorf("%w: the published files begin with another genesis seal", chain.ErrOtherChain)
			}
			leaves = leaves[1:]
		}
		r.open = append(r.open, leaves...)
		if err := r.apply(ctx, extendLeaves); err != nil {
			return r.src.wrong("leaves", err)
		}
		if r.Progress != nil {
			r.Progress(index*merkle.TileWidth+uint64(len(hashes)), tree.Size)
		}
	}
	if err := r.apply(ctx, 0); err != nil {
		return r.src.wrong("leaves", err)
	}
	head := r.new.Head()
	if head.Size != tree.Size || head.Root != tree.Root {
		return r.src.wrong("checkpoint", fmt.Errorf("%d leaves with root %v, and the leaves make %d with root %v", tree.Size, tree.Root, head.Size, head.Root))
	}
	r.done.CertifiedHeight = head.Height
	var err error
	if r.done.Certified, err = r.src.head.Certify(r.new.Epoch()); err != nil {
		return r.src.wrong("checkpoint", err)
	}
	return nil
}

// extendLeaves is how many leaves are derived at once: enough for all cores, and little memory.
const extendLeaves = 2048

// apply applies the whole blocks among the leaves that wait, when there are more than some.
func (r *repair) apply(ctx context.Context, more int) error {
	if len(r.open) <= more {
		return nil
	}
	whole := 0
	for i, leaf := range r.open {
		if len(leaf) > 0 && leaf[0] == ledger.KindSeal {
			whole = i + 1
		}
	}
	if whole == 0 {
		if len(r.open) > 2*ledger.MaxDraftRecords { // no block is so large
			return lang.Errorf(lang.Text{Vi: "%d lá mà không có dấu niêm", En: "%d leaves without a seal"}, len(r.open))
		}
		return nil
	}
	if _, err := r.new.Extend(ctx, r.new.Head().Size, r.open[:whole]); err != nil {
		return err
	}
	r.open = append([][]byte(nil), r.open[whole:]...)
	return nil
}

// bundle gives the leaves of a bundle that have these hashes.
func (r *repair) bundle(ctx context.Context, index uint64, hashes []ledger.Hash) ([][]byte, error) {
	first := index * merkle.TileWidth
	leaves := make([][]byte, len(hashes))
	missing := len(hashes)
	if r.old != nil {
		r.tx.Salvage(first, func(i uint64, leaf []byte) bool {
			if i >= first+uint64(len(hashes)) {
				return false
			}
			if at := i - first; leaves[at] == nil && merkle.Log.Leaf(leaf) == hashes[at] {
				leaves[at] = append([]byte(nil), leaf...)
				missing--
			}
			return true
		})
	}
	r.done.Kept += uint64(len(hashes) - missing)
	if missing == 0 {
		return leaves, nil
	}
	got, err := r.src.leaves(ctx, index, hashes)
	if err != nil {
		return nil, err
	}
	for i := range leaves {
		if leaves[i] == nil {
			leaves[i] = got[i]
			r.fetched(first + uint64(i))
		}
	}
	return leaves, nil
}

func (r *repair) fetched(leaf uint64) {
	if n := len(r.done.Fetched); n > 0 && r.done.Fetched[n-1].To == leaf {
		r.done.Fetched[n-1].To++
		return
	}
	r.done.Fetched = append(r.done.Fetched, Range{leaf, leaf + 1})
}
