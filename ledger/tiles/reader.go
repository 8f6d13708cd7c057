package tiles

import (
	"context"
	"errors"
	"fmt"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/merkle"
)

// Fetch gets a file of a log: its whole content, at most limit bytes. An error that wraps ErrNotFound says that there is none, one that wraps
// ErrMalformed that what is there cannot be such a file, as when it is larger.
type Fetch func(ctx context.Context, path string, limit int) ([]byte, error)

// FileError says in which file something is wrong.
type FileError struct {
	Path string
	Err  error
}

func (e *FileError) Error() string { return e.Path + ": " + e.Err.Error() }

// Unwrap gives what is wrong.
func (e *FileError) Unwrap() error { return e.Err }

// Reader reads the log of a size from its files. It verifies nothing. What is wrong with a file is a *FileError.
type Reader struct {
	fetch Fetch
	size  uint64
}

// NewReader reads the first size leaves of a log.
func NewReader(fetch Fetch, size uint64) *Reader { return &Reader{fetch, size} }

// Size is the number of leaves.
func (r *Reader) Size() uint64 { return r.size }

// Bundle reads the leaves from 256·index on, up to 256 of them.
func (r *Reader) Bundle(ctx context.Context, index uint64) ([][]byte, error) {
	t := merkle.Tile{Index: index, Width: merkle.TileWidthAt(r.size, 0, index)}
	if t.Width == 0 {
		return nil, fmt.Errorf("%w: bundle %d of a log of %d leaves", ErrNotFound, index, r.size)
	}
	data, got, err := r.get(ctx, t, merkle.Tile.EntriesPath, MaxBundle)
	if err != nil {
		return nil, err
	}
	leaves, err := ParseBundle(data, got.Width)
	if err != nil {
		return nil, &FileError{got.EntriesPath(), err}
	}
	return leaves[:t.Width], nil
}

// Tile reads the hashes of a tile, in the width it has at Size.
func (r *Reader) Tile(ctx context.Context, level int, index uint64) ([]ledger.Hash, error) {
	t := merkle.Tile{Level: level, Index: index, Width: merkle.TileWidthAt(r.size, level, index)}
	if t.Width == 0 {
		return nil, fmt.Errorf("%w: tile %d of level %d of a log of %d leaves", ErrNotFound, index, level, r.size)
	}
	data, got, err := r.get(ctx, t, merkle.Tile.Path, merkle.TileWidth*merkle.HashSize)
	if err != nil {
		return nil, err
	}
	if want := got.Width * merkle.HashSize; len(data) != want {
		return nil, &FileError{got.Path(), Malformed("tệp có %d byte, phải là %d", "it has %d bytes, want %d", len(data), want)}
	}
	hashes := make([]ledger.Hash, t.Width)
	for i := range hashes {
		hashes[i] = ledger.Hash(data[i*merkle.HashSize:])
	}
	return hashes, nil
}

// get fetches a file, and tells which tile it is of: logs may delete a partial one when the full one is there. When neither is, the one that was asked
// for is missing.
func (r *Reader) get(ctx context.Context, t merkle.Tile, path func(merkle.Tile) string, limit int) (data []byte, got merkle.Tile, err error) {
	got = t
	data, err = r.fetch(ctx, path(got), limit)
	if t.Width < merkle.TileWidth && errors.Is(err, ErrNotFound) {
		got.Width = merkle.TileWidth
		data, err = r.fetch(ctx, path(got), limit)
		if errors.Is(err, ErrNotFound) {
			got = t
		}
	}
	if err != nil {
		return nil, got, &FileError{path(got), err}
	}
	return data, got, nil
}
