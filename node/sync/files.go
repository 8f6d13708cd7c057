package sync

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/merkle"
	"github.com/ocopledger/ocop/ledger/tiles"
)

const (
	// pollEvery is how often the checkpoint of published files is looked at: caches in front of them keep it for a second.
	pollEvery = time.Second
	// bundlesAhead is how many entry bundles are asked for at a time. A round trip brings 256 leaves, and is longer than to execute them.
	bundlesAhead = 8
	// maxHandover bounds a handover file in bytes: document, seal, path, checkpoint.
	maxHandover = checkpoint.MaxSigned + 64<<10
	// maxHandovers bounds how many handovers are read at once: one for each time that an agency has rotated a key.
	maxHandovers = 4096
	// keptTiles bounds the hash tiles that are remembered: 16 KiB each. Proofs ask for the same ones again.
	keptTiles = 256
)

// Files is a ledger's published files: those that a node serves under /log/, or a mirror of them.
type Files struct {
	where string
	fetch tiles.Fetch
	http  *http.Client // nil: a folder
	poll  time.Duration

	mu     sync.Mutex
	newest *Claim // given last
	text   string // its checkpoint
	pinned uint32 // the epoch that its handovers lead on from
	policy ledger.Hash
	grown  chan struct{} // closed when newest changes, and made anew
	tiles  map[merkle.Tile]*merkle.TileNodes
}

// Tiles makes a source of published files, below an http(s) URL or in a folder. Certificates may be any: the data verifies itself. Close ends it.
func Tiles(where string) (*Files, error) {
	f := &Files{where: where, poll: pollEvery, grown: make(chan struct{}), tiles: make(map[merkle.Tile]*merkle.TileNodes)}
	switch {
	case strings.HasPrefix(where, "http://"), strings.HasPrefix(where, "https://"):
		f.http = newHTTP()
		f.fetch = overHTTP(f.http, strings.TrimSuffix(where, "/")+"/")
	case where == "":
		return nil, errors.New("published files need a URL or a folder")
	default:
		f.fetch = fromFolder(where)
	}
	return f, nil
}

// Close ends the connections.
func (f *Files) Close() error {
	if f.http != nil {
		f.http.CloseIdleConnections()
	}
	return nil
}

// Name implements Source.
func (f *Files) Name() string { return f.where }

// Head implements Source: it looks for a newer checkpoint until half a minute has passed.
func (f *Files) Head(ctx context.Context, above uint64, pinned uint32) (*Claim, error) {
	for until := time.Now().Add(defaultPace.news); ; {
		c, seal, err := f.head(ctx, pinned)
		if err != nil || seal.Height > above || above == 0 || !time.Now().Before(until) {
			return c, err
		}
		if err := pause(ctx, f.poll); err != nil {
			return nil, err
		}
	}
}

// head reads the checkpoint, and what proves it unless that was read before.
func (f *Files) head(ctx context.Context, pinned uint32) (*Claim, *ledger.Seal, error) {
	data, err := f.fetch(ctx, tiles.CheckpointPath, checkpoint.MaxSigned)
	if errors.Is(err, tiles.ErrNotFound) {
		return nil, nil, fault(Empty, err)
	}
	if err != nil {
		return nil, nil, ofFile(err)
	}
	f.mu.Lock()
	known, same := f.newest, f.newest != nil && f.text == string(data) && f.pinned == pinned
	lead := f.newest != nil && f.pinned == pinned
	policy := f.policy
	f.mu.Unlock()
	if same {
		seal, err := ledger.ParseSeal(known.Seal)
		return known, seal, err
	}
	c := new(Claim)
	if c.Signed, err = checkpoint.Parse(data); err != nil {
		return nil, nil, fault(Malformed, err)
	}
	seal, err := f.spoken(ctx, c)
	if err != nil {
		return nil, nil, err
	}
	if lead && policy == seal.Policy {
		c.Handovers = known.Handovers
	} else if c.Handovers, err = f.handovers(ctx, pinned, seal.Policy); err != nil {
		return nil, nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.newest, f.text, f.pinned, f.policy = c, string(data), pinned, seal.Policy
	close(f.grown)
	f.grown = make(chan struct{})
	return c, seal, nil
}

// spoken reads the seal of a claim, and its path.
func (f *Files) spoken(ctx context.Context, c *Claim) (*ledger.Seal, error) {
	size := c.Signed.Tree.Size
	if size == 0 || size > merkle.MaxSize {
		return nil, fault(Malformed, fmt.Errorf("a checkpoint of %d leaves", size))
	}
	leaves, err := tiles.NewReader(f.fetch, size).Bundle(ctx, (size-1)/merkle.TileWidth)
	if err != nil {
		return nil, ofFile(err)
	}
	c.Seal = leaves[len(leaves)-1]
	if c.Path, err = merkle.Log.ProveInclusion(f.hashes(ctx, size), size, size-1); err != nil {
		return nil, ofFile(err)
	}
	seal, err := ledger.ParseSeal(c.Seal)
	if err != nil {
		return nil, fault(Unproved, err)
	}
	return seal, nil
}

// handovers reads those after an epoch, up to the one that begins the epoch with a document of that hash.
func (f *Files) handovers(ctx context.Context, after uint32, to ledger.Hash) (all []*checkpoint.Handover, err error) {
	for e := after + 1; len(all) < maxHandovers; e++ {
		path := fmt.Sprintf("policy/%d", e)
		data, err := f.fetch(ctx, path, maxHandover)
		if errors.Is(err, tiles.ErrNotFound) {
			return all, nil
		}
		if err != nil {
			return nil, ofFile(err)
		}
		h, err := checkpoint.ParseHandover(data)
		if err != nil {
			return nil, fault(Malformed, fmt.Errorf("%s: %w", path, err))
		}
		if all = append(all, h); h.Policy.Hash() == to {
			break
		}
	}
	return all, nil
}

// Consistency implements Source.
func (f *Files) Consistency(ctx context.Context, older, newer uint64) ([]ledger.Hash, error) {
	proof, err := merkle.Log.ProveConsistency(f.hashes(ctx, newer), older, newer)
	if err != nil {
		return nil, ofFile(err)
	}
	return proof, nil
}

// hashes reads the hashes of the log of a size.
func (f *Files) hashes(ctx context.Context, size uint64) merkle.HashReader {
	return merkle.OverTiles(&hashTiles{f, ctx, tiles.NewReader(f.fetch, size)}, size)
}

type hashTiles struct {
	files  *Files
	ctx    context.Context // of the one proof that they are read for
	reader *tiles.Reader
}

// ReadTile implements merkle.TileReader.
func (h *hashTiles) ReadTile(t merkle.Tile) (*merkle.TileNodes, error) {
	f := h.files
	f.mu.Lock()
	nodes := f.tiles[t]
	f.mu.Unlock()
	if nodes != nil {
		return nodes, nil
	}
	hashes, err := h.reader.Tile(h.ctx, t.Level, t.Index)
	if err != nil {
		return nil, err
	}
	data := make([]byte, 0, len(hashes)*merkle.HashSize)
	for i := range hashes {
		data = append(data, hashes[i][:]...)
	}
	if nodes, err = merkle.Log.ParseTile(data); err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.tiles) >= keptTiles {
		clear(f.tiles) // the few that are asked for again come back
	}
	f.tiles[t] = nodes
	return nodes, nil
}

// Leaves implements Source. What is beyond the newest head that Head gave is waited for.
func (f *Files) Leaves(ctx context.Context, from uint64) iter.Seq2[Run, error] {
	return func(yield func(Run, error) bool) {
		ctx, stop := context.WithCancel(ctx)
		defer stop()
		for next := from; ; {
			size, err := f.beyond(ctx, next)
			if err != nil {
				yield(Run{}, err)
				return
			}
			for leaves, err := range f.bundles(ctx, next, size) {
				if err != nil {
					yield(Run{}, ofFile(err))
					return
				}
				if !yield(Run{next, leaves}, nil) {
					return
				}
				next += uint64(len(leaves))
			}
		}
	}
}

// beyond waits until the newest head has more leaves than so many.
func (f *Files) beyond(ctx context.Context, have uint64) (size uint64, err error) {
	for {
		f.mu.Lock()
		grown := f.grown
		if f.newest != nil {
			size = f.newest.Signed.Tree.Size
		}
		f.mu.Unlock()
		if size > have {
			return size, nil
		}
		select {
		case <-grown:
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
}

// bundles reads the leaves from one on and before another, several bundles at a time, in order.
func (f *Files) bundles(ctx context.Context, from, to uint64) iter.Seq2[[][]byte, error] {
	type bundle struct {
		leaves [][]byte
		err    error
	}
	return func(yield func([][]byte, error) bool) {
		ctx, stop := context.WithCancel(ctx)
		var running sync.WaitGroup
		defer running.Wait()
		defer stop()
		reader := tiles.NewReader(f.fetch, to)
		var underway []chan bundle
		asked := from / merkle.TileWidth
		for next := from; next < to; {
			for ; len(underway) < bundlesAhead && asked*merkle.TileWidth < to; asked++ {
				index, came := asked, make(chan bundle, 1)
				running.Go(func() {
					leaves, err := reader.Bundle(ctx, index)
					came <- bundle{leaves, err}
				})
				underway = append(underway, came)
			}
			b := <-underway[0]
			underway = underway[1:]
			if b.err != nil {
				yield(nil, b.err)
				return
			}
			leaves := b.leaves[next%merkle.TileWidth:]
			if !yield(leaves, nil) {
				return
			}
			next += uint64(len(leaves))
		}
	}
}

var _ Source = (*Files)(nil)
