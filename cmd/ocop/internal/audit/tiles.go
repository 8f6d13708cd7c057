package audit

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/ocopledger/ocop/cmd/internal/published"
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

// OpenTiles reads the checkpoint of published files, at a URL or in a folder. Errors: tiles.ErrNotFound, tiles.ErrMalformed, checkpoint.ErrMalformed,
// *published.UnreachableError, those of the disk.
func OpenTiles(ctx context.Context, where string) (*Tiles, error) {
	t := &Tiles{fetch: published.Fetcher(where)}
	data, err := t.fetch(ctx, tiles.CheckpointPath, checkpoint.MaxSigned)
	if err != nil {
		return nil, fmt.Errorf("checkpoint: %w", err)
	}
	t.Head, err = checkpoint.Parse(data)
	return t, err
}

// Genesis is the genesis file among the published files. Errors: tiles.ErrNotFound, tiles.ErrMalformed, *published.UnreachableError, those of the disk.
func (t *Tiles) Genesis(ctx context.Context, limit int) ([]byte, error) {
	return t.fetch(ctx, "genesis", limit)
}

// Leaves implements Source. The hash tiles are held against the leaves on the way: they are what other people's proofs are made of. A file that is missing
// or malformed, and a hash that differs, is a *damage; an error of network or disk is not.
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

// damage is what is wrong with published files. Which block their leaves are in is not told.
type damage struct {
	leaf uint64
	what flaw.Flaw
}

func (d *damage) Error() string { return d.said().English }

// said is the damage for the report.
func (d *damage) said() *Divergence {
	return &Divergence{
		Leaf: d.leaf, Field: "tiles", Kind: d.what.Kind, Vietnamese: fmt.Sprintf("lá %d, mục tiles: %s", d.leaf, d.what.Vietnamese),
		English: fmt.Sprintf("leaf %d, field tiles: %s", d.leaf, d.what.English),
	}
}

// damaged tells what is wrong with published files from what kept them from being read.
func damaged(leaf uint64, err error) error {
	if wrong, ok := errors.AsType[*tiles.TileError](err); ok {
		return &damage{leaf, flaw.New("tile", "%s: giá trị băm thứ %d không phải của các lá bên dưới", "%s: hash %d is not that of the leaves below it", wrong.Path, wrong.Hash)}
	}
	file, ok := errors.AsType[*tiles.FileError](err)
	switch {
	case ok && errors.Is(err, tiles.ErrNotFound):
		return &damage{leaf, flaw.New("file_missing", "thiếu tệp công bố %s", "the published file %s is missing", file.Path)}
	case ok && errors.Is(err, tiles.ErrMalformed):
		what := flaw.New("file_malformed", "tệp công bố %s không đúng", "the published file %s is malformed", file.Path)
		return &damage{leaf, flaw.Join(what, flaw.Of(file.Err))}
	}
	return err
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
