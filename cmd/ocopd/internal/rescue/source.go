package rescue

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/internal/published"
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/merkle"
	"github.com/ocopledger/ocop/ledger/tiles"
)

// source is what somebody publishes of the ledger, up to a head. Nothing of it is believed: its leaves must be derived, and its head certified by what they say.
type source struct {
	where string
	fetch tiles.Fetch
	head  *checkpoint.Signed
	files *tiles.Reader
}

// openSource reads the head. A node's address alone will do for where its files are.
func openSource(ctx context.Context, where string) (*source, error) {
	for _, place := range []string{where, strings.TrimSuffix(where, "/") + "/log"} {
		s := &source{where: place, fetch: published.Fetcher(place)}
		data, err := s.fetch(ctx, tiles.CheckpointPath, checkpoint.MaxSigned)
		if errors.Is(err, tiles.ErrNotFound) {
			continue
		}
		if err == nil {
			s.head, err = checkpoint.Parse(data)
		}
		if err != nil {
			return nil, s.wrong(tiles.CheckpointPath, err)
		}
		s.files = tiles.NewReader(s.fetch, s.head.Tree.Size)
		return s, nil
	}
	return nil, lang.Errorf(lang.Text{
		Vi: "%s không có tệp công bố nào đọc được: thiếu tệp checkpoint", En: "%s has no published files that can be read: the file checkpoint is missing"}, where)
}

// ErrSource: what was published cannot be used.
var ErrSource = errors.New("published files that cannot be used")

func (s *source) wrong(what string, err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return lang.Errorf(lang.Text{Vi: "tệp công bố của %s không dùng được: %s: %v", En: "the published files of %s cannot be used: %s: %v"}, s.where, what, saidBoth{err}).Because(errors.Join(ErrSource, err))
}

// hashes are the leaf hashes of a bundle, as published.
func (s *source) hashes(ctx context.Context, index uint64) ([]ledger.Hash, error) {
	hashes, err := s.files.Tile(ctx, 0, index)
	if err != nil {
		return nil, s.wrong(fmt.Sprintf("tile %d", index), err)
	}
	return hashes, nil
}

// leaves are the leaves of a bundle, as published; they have these hashes.
func (s *source) leaves(ctx context.Context, index uint64, hashes []ledger.Hash) ([][]byte, error) {
	leaves, err := s.files.Bundle(ctx, index)
	if err != nil {
		return nil, s.wrong(fmt.Sprintf("bundle %d", index), err)
	}
	for i, leaf := range leaves {
		if merkle.Log.Leaf(leaf) != hashes[i] {
			return nil, s.wrong(fmt.Sprintf("bundle %d", index), tiles.Malformed("lá %d không có giá trị băm đã công bố", "leaf %d does not have the hash that is published", index*merkle.TileWidth+uint64(i)))
		}
	}
	return leaves, nil
}

// end is the certified head that ended the epoch before one, out of the published handover to it.
func (s *source) end(ctx context.Context, epoch uint32) (*checkpoint.Signed, error) {
	data, err := s.fetch(ctx, "policy/"+strconv.FormatUint(uint64(epoch), 10), checkpoint.MaxProof)
	if err != nil {
		return nil, err
	}
	h, err := checkpoint.ParseHandover(data)
	if err != nil {
		return nil, err
	}
	return h.Checkpoint, nil
}
