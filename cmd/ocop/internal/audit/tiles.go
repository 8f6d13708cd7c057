package audit

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/flaw"
	"github.com/ocopledger/ocop/ledger/merkle"
	"github.com/ocopledger/ocop/ledger/replay"
	"github.com/ocopledger/ocop/ledger/tiles"
	"github.com/ocopledger/ocop/node/client"
)

// Tiles is a ledger's published files: the leaves up to the head of the checkpoint among them. They come from anywhere, and nothing of them is believed.
type Tiles struct {
	Head *checkpoint.Signed

	fetch tiles.Fetch
}

// OpenTiles reads the checkpoint of published files, at a URL or in a folder. Errors: tiles.ErrNotFound, checkpoint.ErrMalformed, those of network and disk.
func OpenTiles(ctx context.Context, where string) (*Tiles, error) {
	t := &Tiles{fetch: Fetcher(where)}
	data, err := t.fetch(ctx, tiles.CheckpointPath, checkpoint.MaxSigned)
	if err != nil {
		return nil, fmt.Errorf("checkpoint: %w", err)
	}
	t.Head, err = checkpoint.Parse(data)
	return t, err
}

// Genesis is the genesis file among the published files.
func (t *Tiles) Genesis(ctx context.Context, limit int) ([]byte, error) {
	return t.fetch(ctx, "genesis", limit)
}

// Fetcher gets files below an http(s) URL or a folder.
func Fetcher(where string) tiles.Fetch {
	if strings.HasPrefix(where, "http://") || strings.HasPrefix(where, "https://") {
		base := strings.TrimSuffix(where, "/") + "/"
		return func(ctx context.Context, path string, limit int) ([]byte, error) {
			return overHTTP(ctx, base+path, limit)
		}
	}
	return func(_ context.Context, path string, limit int) ([]byte, error) {
		f, err := os.Open(filepath.Join(where, filepath.FromSlash(path)))
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("%w: %w", tiles.ErrNotFound, err)
		}
		if err != nil {
			return nil, err
		}
		defer f.Close()
		return bounded(f, limit)
	}
}

func overHTTP(ctx context.Context, url string, limit int) ([]byte, error) {
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	a, err := http.DefaultClient.Do(q)
	if err != nil {
		return nil, err
	}
	defer a.Body.Close()
	switch a.StatusCode {
	case http.StatusOK:
		return bounded(a.Body, limit)
	case http.StatusNotFound:
		return nil, fmt.Errorf("%w: %s", tiles.ErrNotFound, url)
	}
	return nil, fmt.Errorf("%s: %s", url, a.Status)
}

func bounded(r io.Reader, limit int) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, int64(limit)+1))
	if err == nil && len(data) > limit {
		err = fmt.Errorf("more than %d bytes", limit)
	}
	return data, err
}

// Leaves implements Source. The hash tiles are held against the leaves on the way: they are what other people's proofs are made of. A file that is missing
// or malformed, and a hash that differs, is a *replay.Divergence; an error of network or disk is not.
func (t *Tiles) Leaves(ctx context.Context, from uint64) iter.Seq2[client.Run, error] {
	return func(yield func(client.Run, error) bool) {
		size := t.Head.Tree.Size
		r := tiles.NewReader(t.fetch, size)
		c := tiles.NewChecker(r)
		for i := from / merkle.TileWidth; i*merkle.TileWidth < size; i++ {
			first := i * merkle.TileWidth
			leaves, err := r.Bundle(ctx, i)
			for _, leaf := range leaves {
				if err == nil {
					err = c.Leaf(ctx, merkle.Log.Leaf(leaf))
				}
			}
			if err != nil {
				yield(client.Run{}, damaged(first, err))
				return
			}
			if !yield(client.Run{First: first, Leaves: leaves, Size: size}, nil) {
				return
			}
		}
		if err := c.Finish(ctx); err != nil {
			yield(client.Run{}, damaged(size-1, err))
		}
	}
}

// damaged tells what is wrong with published files from what kept them from being read.
func damaged(leaf uint64, err error) error {
	what := flaw.Flaw{}
	var wrong *tiles.TileError
	switch {
	case errors.As(err, &wrong):
		what = flaw.New("tile", "%s: giá trị băm thứ %d không phải của các lá bên dưới", "%s: hash %d is not that of the leaves below it", wrong.Path, wrong.Hash)
	case errors.Is(err, tiles.ErrNotFound):
		what = flaw.New("file_missing", "thiếu một tệp công bố: %v", "a published file is missing: %v", err)
	case errors.Is(err, tiles.ErrMalformed):
		what = flaw.New("file_malformed", "một tệp công bố không đọc được: %v", "a published file cannot be read: %v", err)
	default:
		return err
	}
	return &replay.Divergence{Leaf: leaf, Field: "tiles", What: what}
}

// Certified checks that the published head is the one the audit came to, and that a quorum of the validators of its policy epoch has certified it. What is
// wrong is in the result.
func (t *Tiles) Certified(r *Result) *checkpoint.Certified {
	if r.Divergence != nil {
		return nil
	}
	d := &replay.Divergence{Leaf: t.Head.Tree.Size - 1, Height: r.Head.Height}
	switch tree := t.Head.Tree; {
	case tree.Size != r.Head.Size:
		d.Field, d.Got, d.Want = "checkpoint.size", fmt.Sprint(tree.Size), fmt.Sprint(r.Head.Size)
	case tree.Root != r.Head.Root:
		d.Field, d.Got, d.Want = "checkpoint.root", tree.Root.String(), r.Head.Root.String()
	default:
		c, err := t.Head.Certify(r.Epoch)
		if err == nil {
			return c
		}
		d.Field = "checkpoint.cosignatures"
		d.What = flaw.New("not_certified", "đầu sổ công bố không được đủ số cơ quan đồng ký: %v", "the published head is not certified: %v", err)
	}
	r.Divergence = said(d)
	return nil
}
