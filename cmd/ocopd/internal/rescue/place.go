package rescue

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/genesis"
	"github.com/ocopledger/ocop/ledger/store"
	"github.com/ocopledger/ocop/node/backup"
	"github.com/ocopledger/ocop/node/config"
	"github.com/ocopledger/ocop/node/cosign"
)

// Place is a node's directory.
type Place struct {
	Config *config.Config
	Data   string // its data directory
}

// OpenPlace reads a node's settings. The error wraps fs.ErrNotExist when there are none.
func OpenPlace(dir string) (*Place, error) {
	c, err := config.Load(filepath.Join(dir, config.FileName))
	if err != nil {
		return nil, err
	}
	return &Place{Config: c, Data: c.Path(c.Data)}, nil
}

// Floor is how far this node has signed, and may never be behind.
type Floor struct {
	cosign.Mark
	Sure bool // the slot file is as it was left; otherwise more may have been signed
	None bool // there is no slot file
}

// floor reads the slot file.
func (p *Place) floor(chainID ledger.ChainID) (f Floor, err error) {
	f.Mark, f.Sure, err = cosign.ReadSlot(p.Config.Path(cosign.SlotFile), chainID)
	if errors.Is(err, fs.ErrNotExist) {
		return Floor{None: true}, nil
	}
	if errors.Is(err, cosign.ErrOtherChain) {
		return f, fmt.Errorf("%w: %w", chain.ErrOtherChain, err)
	}
	return f, err
}

// errBelow refuses a ledger that is smaller than what the node has signed.
func errBelow(f Floor, size uint64) error {
	return lang.Errorf(lang.Text{
		Vi: "nút này đã đồng ký đầu sổ %d lá, còn ở đây chỉ có %d: lùi về trước điều đã ký sẽ thành bằng chứng chống lại nút. Hãy dùng bản sao lưu mới hơn, hoặc lấy phần còn thiếu từ nút khác: ocopd repair --dir DIR --from http://NÚT/log/",
		En: "this node has cosigned a head of %d leaves, and here are %d: to go back behind what it signed would become evidence against it. Use a newer backup, or get what is missing from another node: ocopd repair --dir DIR --from http://NODE/log/"},
		f.Size, size).Because(ErrBelow)
}

// errForked refuses a ledger that contradicts what the node has signed.
func errForked(f Floor, root ledger.Hash) error {
	return lang.Errorf(lang.Text{
		Vi: "nút này đã đồng ký đầu sổ %d lá với gốc %v, còn gốc ở đây là %v: một trong hai sổ sai. Không thay gì; hãy giữ nguyên tệp và báo các cơ quan khác",
		En: "this node has cosigned the head of %d leaves with root %v, and the root here is %v: one of the two ledgers is wrong. Nothing is replaced; keep the files as they are and tell the other agencies"},
		f.Size, f.Root, root).Because(ErrBelow)
}

var (
	// ErrBelow: the result would be behind, or beside, what this node has signed.
	ErrBelow = errors.New("not what this node has cosigned")
	// ErrNewer: the node has a newer ledger than the one that would replace it.
	ErrNewer = errors.New("the node has a newer ledger")
)

// holds checks that a ledger has everything that was signed.
func (f Floor) holds(size uint64, rootAt func(size uint64) (ledger.Hash, error)) error {
	if f.Size == 0 {
		return nil
	}
	if size < f.Size {
		return errBelow(f, size)
	}
	root, err := rootAt(f.Size)
	if err == nil && root != f.Root {
		err = errForked(f, root)
	}
	return err
}

// rootsOf gives a ledger's roots.
func rootsOf(l *chain.Ledger) func(uint64) (ledger.Hash, error) {
	return func(size uint64) (ledger.Hash, error) { return rootAt(l, size) }
}

func rootAt(l *chain.Ledger, size uint64) (root ledger.Hash, err error) {
	err = l.View(func(v *chain.View) (err error) {
		root, err = v.RootAt(size)
		return err
	})
	return root, err
}

// headOf reads how far the ledger of a data directory is. present is false when there is none, or its file cannot be read: then it says nothing. Errors:
// store.ErrInUse.
func headOf(data string) (h store.Head, present bool, err error) {
	c, err := store.OpenChain(filepath.Join(data, store.ChainFile), store.Options{ReadOnly: true, Inspect: true})
	if err != nil {
		if errors.Is(err, store.ErrInUse) {
			return h, false, err
		}
		return h, false, nil
	}
	err = c.View(func(tx *store.ChainTx) (err error) {
		h, present, err = tx.Head()
		return err
	})
	return h, present && err == nil, c.Close()
}

// genesisOf reads the genesis file that the node's configuration names.
func (p *Place) genesisOf() (*genesis.Genesis, []byte, error) {
	data, err := os.ReadFile(p.Config.Path(p.Config.Genesis))
	if err != nil {
		return nil, nil, fmt.Errorf("genesis: %w", err)
	}
	g, err := genesis.Parse(data)
	return g, data, err
}

// aside is a name for what is replaced.
func aside(path, why string, now time.Time) string {
	return fmt.Sprintf("%s.%s-%s", path, why, now.UTC().Format("20060102T150405Z"))
}

// move renames what must not be there a second time.
func move(from, to string) error {
	if _, err := os.Lstat(to); err == nil {
		return &fs.PathError{Op: "rename", Path: to, Err: fs.ErrExist}
	}
	if err := os.Rename(from, to); err != nil {
		return err
	}
	return backup.SyncDir(filepath.Dir(to))
}

// unsound says what a check found first; nil: nothing, and everything was looked at.
func unsound(r *chain.Report) error {
	switch {
	case len(r.Findings) > 0:
		return r.Findings[0]
	case len(r.Unchecked) > 0:
		return lang.Errorf(lang.Text{Vi: "không xem được: %s", En: "not looked at: %s"}, lang.Text{Vi: r.Unchecked[0].Vietnamese, En: r.Unchecked[0].English})
	}
	return nil
}
