package publish

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/merkle"
	"github.com/ocopledger/ocop/ledger/tiles"
)

// ErrOtherLog says that a mirror's folder holds another log, or another history of this one. It is never written over.
var ErrOtherLog = errors.New("the folder holds another log")

// Mirror keeps a copy of /log/ in a folder. One goroutine uses it.
type Mirror struct {
	dir    string
	source Source
}

// NewMirror mirrors into a folder, which is made when it is not there.
func NewMirror(dir string, s Source) *Mirror { return &Mirror{dir, s} }

// Sync brings the folder up to the published head and returns its size. The checkpoint is written last, so that whoever reads the folder finds all files
// of the head that it shows; partial files go when the full one has come. Errors: ErrOtherLog, those of the disk and of the ledger. It may be called
// again after any of them.
func (m *Mirror) Sync(ctx context.Context) (size uint64, err error) {
	head := m.source.Published()
	if head == nil {
		return 0, nil
	}
	older, err := m.mirrored(head)
	if err != nil {
		return 0, err
	}
	for t := range merkle.Tiles(older, head.Tree.Size) {
		if err := ctx.Err(); err != nil {
			return older, err
		}
		if err := m.tile(t); err != nil {
			return older, fmt.Errorf("mirror: %w", err)
		}
	}
	if err := m.policies(); err != nil {
		return older, fmt.Errorf("mirror: %w", err)
	}
	if err := m.write(tiles.CheckpointPath, head.Append(nil)); err != nil {
		return older, fmt.Errorf("mirror: %w", err)
	}
	return head.Tree.Size, nil
}

// mirrored is the size of the log in the folder, which must be the beginning of this one.
func (m *Mirror) mirrored(head *checkpoint.Signed) (uint64, error) {
	data, err := os.ReadFile(filepath.Join(m.dir, tiles.CheckpointPath))
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("mirror: %w", err)
	}
	was, err := checkpoint.Parse(data)
	if err != nil || was.Tree.Origin != head.Tree.Origin || was.Tree.Size > head.Tree.Size {
		return 0, fmt.Errorf("%w: its checkpoint is not one of %s up to %d leaves", ErrOtherLog, head.Tree.Origin, head.Tree.Size)
	}
	err = m.source.Log(func(l tiles.Log) error {
		f, err := merkle.ReadFrontier(merkle.OverTiles(hashes{l}, l.Size()), was.Tree.Size)
		if err == nil && f.Root(merkle.Log) != was.Tree.Root {
			err = fmt.Errorf("%w: its root of %d leaves is %v", ErrOtherLog, was.Tree.Size, was.Tree.Root)
		}
		return err
	})
	return was.Tree.Size, err
}

// hashes reads a log's tiles for proofs.
type hashes struct{ tiles.Log }

// ReadTile implements merkle.TileReader.
func (h hashes) ReadTile(t merkle.Tile) (*merkle.TileNodes, error) {
	data, err := h.Tile(t.Level, t.Index)
	if err != nil {
		return nil, err
	}
	return merkle.Log.ParseTile(data)
}

func (m *Mirror) tile(t merkle.Tile) error {
	paths := []string{t.Path()}
	if t.Level == 0 {
		paths = append(paths, t.EntriesPath())
	}
	for _, path := range paths {
		var data []byte
		err := m.source.Log(func(l tiles.Log) (err error) {
			data, err = tiles.Read(l, path)
			return err
		})
		if err != nil {
			return err
		}
		if err := m.write(path, data); err != nil {
			return err
		}
		if t.Width == merkle.TileWidth {
			if err := os.RemoveAll(m.path(path) + ".p"); err != nil {
				return err
			}
		}
	}
	return nil
}

// policies writes genesis, and the documents of epochs that are not there yet.
func (m *Mirror) policies() error {
	if err := m.write("genesis", m.source.Genesis()); err != nil {
		return err
	}
	for e := uint32(0); ; e++ {
		name := "policy/" + strconv.FormatUint(uint64(e), 10)
		if _, err := os.Stat(m.path(name)); err == nil {
			continue
		}
		data, err := m.source.Epoch(e)
		if errors.Is(err, tiles.ErrNotFound) {
			break
		}
		if err != nil {
			return err
		}
		if err := m.write(name, data); err != nil {
			return err
		}
	}
	data, err := m.source.Policy()
	if err != nil {
		return err
	}
	return m.write("policy.txt", data) // "policy" is a folder here
}

func (m *Mirror) path(name string) string { return filepath.Join(m.dir, filepath.FromSlash(name)) }

// write puts a file in place in one step, on the disk: a reader sees all of it or nothing, also after a power cut.
func (m *Mirror) write(name string, data []byte) (err error) {
	path := m.path(name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	err = errors.Join(err, f.Chmod(0o644), f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		err = errors.Join(err, os.Remove(f.Name()))
	}
	return err
}
