package rescue

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/store"
	"github.com/ocopledger/ocop/node/backup"
	"github.com/ocopledger/ocop/node/blobs"
	"github.com/ocopledger/ocop/node/config"
)

// allowed tells why the restore must not be.
func (r *restoring) allowed(l *chain.Ledger) error {
	if r.place == nil {
		r.done.Floor = Floor{None: true}
		return nil
	}
	var err error
	if r.done.Floor, err = r.place.floor(r.Chain); err != nil {
		return err
	}
	if err := r.done.Floor.holds(l.Head().Size, rootsOf(l)); err != nil {
		return err
	}
	have, present, err := headOf(r.place.Data)
	switch {
	case err != nil:
		return err
	case present && have.Log.Size > r.done.Head.Size:
		return lang.Errorf(lang.Text{
			Vi: "%s đã có sổ mới hơn: %d lá, bản sao lưu có %d. Sổ ấy hỏng thì sửa bằng ocopd repair; không hỏng thì không cần khôi phục",
			En: "%s holds a newer ledger: %d leaves, the backup has %d. If it is damaged, mend it with ocopd repair; if it is not, nothing need be restored"},
			r.place.Data, have.Log.Size, r.done.Head.Size).Because(ErrNewer)
	}
	return nil
}

// replace puts what was proved in the place of what is there. The node cannot begin meanwhile on what is there.
func (r *restoring) replace() error {
	data := r.place.Data
	lock, err := store.Lock(filepath.Join(data, store.ChainFile))
	if err != nil {
		return err
	}
	defer func() { _ = lock.Close() }()
	if err := sync(r.stage, store.ChainFile, store.IndexFile, store.HeadsFile); err != nil {
		return err
	}
	if err := errors.Join(keep(data, r.stage, evidenceFolder), keep(data, r.stage, blobs.ErasuresFolder), blobs.PutOrders(r.stage, r.orders)); err != nil {
		return err
	}
	now := r.Now()
	mark := backup.Mark{Height: r.done.Head.Height, Size: r.done.Head.Size, Root: r.done.Head.Root, Time: now}
	if err := mark.Write(r.stage); err != nil {
		return err
	}
	if err := r.complete(); err != nil {
		return err
	}
	r.done.Data = data
	if _, err := os.Lstat(data); errors.Is(err, fs.ErrNotExist) {
		return move(r.stage, data)
	}
	r.done.Aside = aside(data, "before-restore", now)
	if err := swap(r.stage, data, r.done.Aside, exchange); err != nil {
		return err
	}
	return bring(r.done.Aside, data, blobs.Folder)
}

// bring moves a folder along: public blobs must not stay in the files of before, where an order to erase them finds nobody.
func bring(from, to, folder string) error {
	err := move(filepath.Join(from, folder), filepath.Join(to, folder))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// swap puts a folder in the place of another, which gets a third name. Where the system can exchange two names there is no moment without the one or the other:
// a node that found no data directory would begin a new one.
func swap(from, to, old string, exchange func(a, b string) error) error {
	if err := move(from, old); err != nil {
		return err
	}
	err := exchange(old, to)
	if err == nil {
		return backup.SyncDir(filepath.Dir(to))
	}
	if back := move(old, from); back != nil || !errors.Is(err, errors.ErrUnsupported) {
		return errors.Join(err, back)
	}
	if err := move(to, old); err != nil {
		return err
	}
	if err := move(from, to); err != nil {
		return errors.Join(err, move(old, to))
	}
	return nil
}

// keep copies what the node knows and no ledger tells: evidence against others, which no backup holds, and orders to erase that came after the backup.
func keep(from, to, folder string) error {
	from, to = filepath.Join(from, folder), filepath.Join(to, folder)
	if _, err := os.Stat(from); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return os.CopyFS(to, os.DirFS(from))
}

// complete writes settings and genesis file of the backup where the node has none, as on a new machine.
func (r *restoring) complete() error {
	if r.bare {
		if err := r.make(filepath.Join(r.Dir, config.FileName), r.config); err != nil {
			return err
		}
	}
	path := r.place.Config.Path(r.place.Config.Genesis)
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return r.make(path, r.genesis)
}

func (r *restoring) make(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	r.done.Made = append(r.done.Made, path)
	_, err = f.Write(data)
	return errors.Join(err, f.Sync(), f.Close())
}
