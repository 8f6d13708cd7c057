package audit

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/merkle"
	"github.com/ocopledger/ocop/ledger/tiles"
	"github.com/ocopledger/ocop/ledger/verify"
)

// Remember holds the published head of an audit without divergence against what is remembered, and is what to remember then. t is what is believed at the
// beginning: the memory's trust or genesis. before may be nil. That the head goes on from the one remembered is seen by the hash tiles, which the audit
// has compared with the leaves. Refusals are *verify.Error; other errors are of network and disk, tiles.ErrNotFound or tiles.ErrMalformed.
func (t *Tiles) Remember(ctx context.Context, trust verify.Trust, before *verify.Memory, epoch *ledger.Policy) (*verify.Memory, error) {
	size := t.Head.Tree.Size
	hashes := merkle.OverTiles(tileReader{ctx, tiles.NewReader(t.fetch, size), make(map[merkle.Tile]*merkle.TileNodes)}, size)
	head, err := t.believed(ctx, hashes, trust, before, epoch)
	if err != nil {
		return nil, err
	}
	if before == nil {
		return verify.Remember(head.Trust, t.Head)
	}
	proof, err := merkle.Log.ProveConsistency(hashes, before.Head.Tree.Size, size)
	if err != nil {
		return nil, err
	}
	return before.Next(head.Trust, t.Head, proof)
}

// believed takes the published head for the ledger's, by the seal and the handovers that are published with it.
func (t *Tiles) believed(ctx context.Context, hashes merkle.HashReader, trust verify.Trust, before *verify.Memory, epoch *ledger.Policy) (*verify.Head, error) {
	last := t.Head.Tree.Size - 1
	leaves, err := tiles.NewReader(t.fetch, t.Head.Tree.Size).Bundle(ctx, last/merkle.TileWidth)
	if err != nil {
		return nil, err
	}
	seal := leaves[last%merkle.TileWidth]
	path, err := merkle.Log.ProveInclusion(hashes, t.Head.Tree.Size, last)
	if err != nil {
		return nil, err
	}
	handovers, err := t.handovers(ctx, trust.Policy.Number, epoch.Number)
	if err != nil {
		return nil, err
	}
	if before != nil {
		return before.Check(trust, t.Head, seal, path, handovers)
	}
	return trust.Head(t.Head, seal, path, handovers)
}

// handovers are the published ones from one epoch to another.
func (t *Tiles) handovers(ctx context.Context, from, to uint32) (all []*checkpoint.Handover, err error) {
	for e := uint64(from) + 1; e <= uint64(to); e++ {
		name := "policy/" + strconv.FormatUint(e, 10)
		data, err := t.fetch(ctx, name, checkpoint.MaxProof)
		if errors.Is(err, tiles.ErrNotFound) {
			return nil, &verify.Error{Word: verify.WordHandover, Text: name + " is not published", Err: err}
		}
		if errors.Is(err, tiles.ErrMalformed) {
			return nil, &verify.Error{Word: verify.WordHandover, Text: name, Err: err}
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		h, err := checkpoint.ParseHandover(data)
		if err != nil {
			return nil, &verify.Error{Word: verify.WordHandover, Text: name, Err: err}
		}
		all = append(all, h)
	}
	return all, nil
}

// tileReader reads hash tiles within one call, each once.
type tileReader struct {
	ctx   context.Context
	tiles *tiles.Reader
	read  map[merkle.Tile]*merkle.TileNodes
}

// ReadTile implements merkle.TileReader.
func (r tileReader) ReadTile(t merkle.Tile) (*merkle.TileNodes, error) {
	if nodes := r.read[t]; nodes != nil {
		return nodes, nil
	}
	hashes, err := r.tiles.Tile(r.ctx, t.Level, t.Index)
	if err != nil {
		return nil, err
	}
	data := make([]byte, 0, len(hashes)*merkle.HashSize)
	for i := range hashes {
		data = append(data, hashes[i][:]...)
	}
	nodes, err := merkle.Log.ParseTile(data)
	if err == nil {
		r.read[t] = nodes
	}
	return nodes, err
}
