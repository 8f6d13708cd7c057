package query

import (
	"context"
	"errors"
	"fmt"
)

// errBehind says that the index is of another height than the source.
var errBehind = errors.New("the index is at another height")

// retries bounds how often a read is begun again because the ledger grew meanwhile.
const retries = 16

// Catalog joins the ledger and the index over it: what a node answers questions from.
type Catalog struct {
	view  Viewer
	index *Index
}

// Open builds the index of the ledger.
func Open(ctx context.Context, view Viewer) (*Catalog, error) {
	x, err := Build(ctx, view)
	if err != nil {
		return nil, fmt.Errorf("build the search index: %w", err)
	}
	return &Catalog{view, x}, nil
}

// Follow brings the index up to date, so that the next reader need not wait for it.
func (c *Catalog) Follow(ctx context.Context) error { return c.index.Follow(ctx, c.view) }

// Read gives one height of the ledger, with the index at that height, to a function. It may be called again when the ledger has grown.
func (c *Catalog) Read(ctx context.Context, f func(*Snapshot) error) error {
	for range retries {
		err := c.view(func(s Source) error { return f(&Snapshot{Source: s, index: c.index}) })
		if !errors.Is(err, errBehind) {
			return err
		}
		if err := c.Follow(ctx); err != nil {
			return err
		}
	}
	return fmt.Errorf("the ledger grows faster than its index follows: %w", errBehind)
}

// Snapshot is the ledger at one height, ready to be asked.
type Snapshot struct {
	Source
	index *Index
	room  func(bytes int) []byte // for timelines that are made as bytes; nil: they are made of messages
}

// Encoded is the snapshot for whoever marshals what is answered, and looks at nothing of it: a Timeline has no events and no next page for Go to see. They stand
// where a message keeps what it does not know, as the bytes that they are marshalled to, and are written as they are. To make a thousand messages, and to
// marshal these by reflection, is most of what a long trace would cost. Bytes are appended to what room gives for about so many; nil: new memory.
func (s *Snapshot) Encoded(room func(bytes int) []byte) *Snapshot {
	if room == nil {
		room = func(bytes int) []byte { return make([]byte, 0, bytes) }
	}
	return &Snapshot{Source: s.Source, index: s.index, room: room}
}

// indexed gives the index at the snapshot's height to a function, which must not keep any of it.
func (s *Snapshot) indexed(f func(*Index) error) error {
	x := s.index
	far, err := x.at(s.Source)
	if err != nil {
		return err
	}
	x.mu.RLock()
	defer x.mu.RUnlock()
	if far || x.size != s.Head().Size {
		return errBehind
	}
	return f(x)
}
