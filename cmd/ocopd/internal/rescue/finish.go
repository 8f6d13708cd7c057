package rescue

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/merkle"
	"github.com/ocopledger/ocop/ledger/replay"
	"github.com/ocopledger/ocop/ledger/store"
	"github.com/ocopledger/ocop/ledger/tiles"
	"github.com/ocopledger/ocop/node/backup"
)

// tail goes on with own leaves after the published head, block by block, as long as they follow: raft committed them, and nobody has certified them yet. Where
// they do not follow any more, the node's ledger was off the certified one, or damaged, and is cut.
func (r *repair) tail(ctx context.Context) (err error) {
	if r.old == nil {
		return nil
	}
	next := r.new.Head().Size
	kept := uint64(0)
	r.tx.Salvage(next, func(i uint64, leaf []byte) bool {
		if i != next || ctx.Err() != nil {
			return false
		}
		next++
		r.open = append(r.open, bytes.Clone(leaf))
		if len(leaf) == 0 || leaf[0] != ledger.KindSeal {
			return len(r.open) <= ledger.MaxDraftRecords+1
		}
		var applied []chain.Applied
		applied, err = r.new.Extend(ctx, r.new.Head().Size, r.open)
		if applied != nil {
			kept += uint64(len(r.open))
		}
		r.open = nil
		return err == nil
	})
	r.done.Kept += kept
	if _, off := errors.AsType[*replay.Divergence](err); off {
		err = nil
	}
	return errors.Join(err, ctx.Err())
}

// holds checks that the new ledger is not behind, and not beside, what this node has signed and what it has kept as certified.
func (r *repair) holds() error {
	if err := r.done.Floor.holds(r.new.Head().Size, rootsOf(r.new)); err != nil {
		return err
	}
	row, err := r.kept()
	if err != nil || row == nil {
		return err
	}
	if size := r.new.Head().Size; size < row.Tree.Size {
		return lang.Errorf(lang.Text{
			Vi: "nút này đã giữ đầu sổ %d lá được chứng thực, còn %s và các lá của nút chỉ đến %d: hãy lấy từ nơi công bố mới hơn",
			En: "this node holds a certified head of %d leaves, and %s and the node's own leaves lead to %d: get them from somebody who publishes a newer head"},
			row.Tree.Size, r.src.where, size).Because(ErrBelow)
	}
	root, err := rootAt(r.new, row.Tree.Size)
	if err == nil && root != row.Tree.Root {
		err = lang.Errorf(lang.Text{
			Vi: "đầu sổ được chứng thực %d lá mà nút này giữ có gốc %v, còn sổ công bố tại %s có gốc %v: hai sổ đều mang chữ ký và trái nhau. Không thay gì; hãy giữ nguyên tệp làm bằng chứng và báo các cơ quan khác",
			En: "the certified head of %d leaves that this node holds has root %v, and the ledger published at %s has root %v: both are signed, and contradict each other. Nothing is replaced; keep the files as evidence and tell the other agencies"},
			row.Tree.Size, row.Tree.Root, r.src.where, root).Because(ErrBelow)
	}
	return err
}

// kept is the newest certified head that the node has kept; nil: none, or its file cannot be read.
func (r *repair) kept() (*checkpoint.Signed, error) {
	h, err := store.OpenHeads(filepath.Join(r.place.Data, store.HeadsFile), store.Options{ReadOnly: true})
	if errors.Is(err, store.ErrInUse) {
		return nil, err
	}
	if err != nil {
		r.done.HeadsAnew = true
		return nil, nil
	}
	row, err := h.Newest()
	closing := h.Close()
	if errors.Is(err, store.ErrNotFound) {
		return nil, closing
	}
	var s *checkpoint.Signed
	if err == nil {
		s, err = checkpoint.Parse(row.Signed)
	}
	if err != nil {
		r.done.HeadsAnew = true
		return nil, closing
	}
	return s, closing
}

// position carries raft's position over when everything that the node had applied is in the new ledger.
func (r *repair) position() error {
	if !r.told || r.head.AppliedIndex == 0 || r.head.Log.Size > r.new.Head().Size || r.head.Log.Size == 0 {
		return nil
	}
	root, err := rootAt(r.new, r.head.Log.Size)
	if err != nil || root != r.head.Log.Root(merkle.Log) {
		return err
	}
	r.done.Applied = r.head.AppliedIndex
	return r.new.Advance(r.head.AppliedIndex, r.head.AppliedTerm)
}

// heads makes heads.db of published heads when the node's cannot be read: the newest, and those that ended epochs, which later verifiers need.
func (r *repair) heads(ctx context.Context) (err error) {
	if !r.done.HeadsAnew {
		return nil
	}
	l, err := chain.Open(ctx, chain.Options{Dir: r.stage, Genesis: r.file, Verifier: r.Verifier, NoSync: true})
	if err != nil {
		return err
	}
	rows, err := r.certifiedHeads(ctx, l)
	if err = errors.Join(err, l.Close()); err != nil {
		return err
	}
	h, err := store.OpenHeads(filepath.Join(r.stage, store.HeadsFile), store.Options{})
	if err != nil {
		return err
	}
	return errors.Join(h.Put(rows...), h.Close())
}

func (r *repair) certifiedHeads(ctx context.Context, l *chain.Ledger) (rows []store.CertifiedHead, err error) {
	newest := l.Policy().Number
	add := func(s *checkpoint.Signed, ends bool) error {
		root, err := rootAt(l, s.Tree.Size)
		if err != nil || root != s.Tree.Root {
			return errors.Join(err, ErrSource)
		}
		return l.View(func(v *chain.View) error {
			height, err := v.BlockOf(s.Tree.Size - 1)
			if err != nil {
				return err
			}
			block, err := v.Block(height)
			if err != nil {
				return err
			}
			for number := newest; ; number-- {
				p, _, err := v.PolicyOf(number)
				if err != nil {
					return err
				}
				if p.Hash() == block.Seal.Policy {
					c, err := s.Certify(p)
					if err == nil {
						rows = append(rows, store.CertifiedHead{Size: s.Tree.Size, Height: height, Epoch: number, Ends: ends, Day: ledger.DateAt(c.Time * 1000), Signed: s.Append(nil)})
					}
					return err
				}
				if number == 0 {
					return ErrSource
				}
			}
		})
	}
	for epoch := uint32(1); epoch <= newest; epoch++ {
		s, err := r.src.end(ctx, epoch)
		if errors.Is(err, tiles.ErrNotFound) { // the epoch has begun, and its beginning is not certified yet
			continue
		}
		if err == nil {
			err = add(s, true)
		}
		if err != nil {
			return nil, r.src.wrong("policy", err)
		}
	}
	return rows, add(r.src.head, false)
}

// replace puts the new files in the place of the old ones, which stay under other names. The moment in which chain.db changes is one rename; before it the
// node's ledger is the old one, without its index, which is derived.
func (r *repair) replace() error {
	names := []string{store.IndexFile, store.ChainFile}
	if r.done.HeadsAnew {
		names = append(names, store.HeadsFile)
	}
	if err := sync(r.stage, names...); err != nil {
		return err
	}
	if err := os.MkdirAll(r.place.Data, 0o700); err != nil {
		return err
	}
	lock, err := store.Lock(filepath.Join(r.place.Data, store.ChainFile))
	if err != nil {
		return err
	}
	defer func() { _ = lock.Close() }()
	now := r.Now()
	for _, name := range names {
		old := filepath.Join(r.place.Data, name)
		kept := aside(old, "damaged", now)
		switch err := os.Link(old, kept); {
		case errors.Is(err, fs.ErrNotExist):
			continue
		case err != nil:
			return err
		}
		r.done.Aside = append(r.done.Aside, kept)
	}
	if err := os.Remove(filepath.Join(r.place.Data, store.IndexFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, name := range []string{store.ChainFile, store.IndexFile, store.HeadsFile} {
		if name == store.HeadsFile && !r.done.HeadsAnew {
			continue
		}
		if err := os.Rename(filepath.Join(r.stage, name), filepath.Join(r.place.Data, name)); err != nil {
			return err
		}
	}
	return backup.SyncDir(r.place.Data)
}

// sync puts files on the disk.
func sync(dir string, names ...string) error {
	for _, name := range names {
		f, err := os.OpenFile(filepath.Join(dir, name), os.O_RDWR, 0)
		if err != nil {
			return err
		}
		if err := errors.Join(f.Sync(), f.Close()); err != nil {
			return err
		}
	}
	return backup.SyncDir(dir)
}
