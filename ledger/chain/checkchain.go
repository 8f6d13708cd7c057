package chain

import (
	"bytes"
	"errors"
	"fmt"
	"os"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/diagnosis"
	"github.com/ocopledger/ocop/ledger/flaw"
	"github.com/ocopledger/ocop/ledger/merkle"
	"github.com/ocopledger/ocop/ledger/replay"
	"github.com/ocopledger/ocop/ledger/store"
)

func isMissing(err error) bool { return errors.Is(err, os.ErrNotExist) }

// tile compares a complete tile with the one that is stored.
func (c *checker) tile(want store.Tile) {
	c.tiles++
	got, present := c.tx.StoredTile(want.Level, want.Index)
	f := &Finding{
		File: store.ChainFile, Bucket: "tiles", Row: fmt.Sprintf("tile %d of level %d", want.Index, want.Level),
		Leaf: want.Index << (8 * (want.Level + 1)),
	}
	switch {
	case !present:
		f.What = flaw.Missing()
		c.find(f)
		return
	case len(got.Hashes) != merkle.TileWidth*merkle.HashSize:
		f.Field, f.Want, f.Got = "length", fmt.Sprint(merkle.TileWidth*merkle.HashSize, " bytes"), fmt.Sprint(len(got.Hashes), " bytes")
		c.find(f)
		return
	}
	for i, h := range want.Hashes {
		if stored := ledger.Hash(got.Hashes[i*merkle.HashSize:]); stored != h {
			f.Field, f.Want, f.Got = fmt.Sprintf("hash %d", i), h.String(), stored.String()
			f.Leaf += uint64(i) << (8 * want.Level)
			c.find(f)
			return
		}
	}
	if !got.Intact {
		f.Field, f.What = "checksum", flaw.ChecksumAlone()
		c.find(f)
	}
}

// extraTiles names tiles that the log does not have.
func (c *checker) extraTiles() {
	err := c.tx.EachTile(func(s store.StoredTile) {
		if merkle.TileWidthAt(c.size, s.Level, s.Index) < merkle.TileWidth {
			c.find(&Finding{
				File: store.ChainFile, Bucket: "tiles", Row: fmt.Sprintf("tile %d of level %d", s.Index, s.Level), NoLeaf: true,
				What: flaw.New("too_many", "sổ có %d lá thì chưa có mảnh cây này", "a log of %d leaves has no such complete tile", c.size),
			})
		}
	})
	if err != nil {
		c.find(finding(err).(*Finding))
	}
}

// seal compares a row of the seal index.
func (c *checker) seal(index uint64) {
	height := c.seals
	c.seals, c.lastSeal = c.seals+1, index
	got, present := c.tx.StoredSeal(height)
	f := &Finding{File: store.ChainFile, Bucket: "seals", Row: fmt.Sprintf("seal of block %d", height), Leaf: index}
	switch {
	case !present:
		f.What = flaw.Missing()
	case got.Leaf != index:
		f.Field, f.Want, f.Got = "leaf index", fmt.Sprint(index), fmt.Sprint(got.Leaf)
	case !got.Intact:
		f.Field, f.What = "checksum", flaw.ChecksumAlone()
	default:
		return
	}
	c.find(f)
}

// extraSeals names rows of the seal index for blocks that the log does not have.
func (c *checker) extraSeals() {
	err := c.tx.EachSeal(func(s store.StoredSeal) {
		if s.Height >= c.seals {
			c.find(&Finding{
				File: store.ChainFile, Bucket: "seals", Row: fmt.Sprintf("seal of block %d", s.Height), NoLeaf: true, What: flaw.New("too_many", "sổ chỉ có %d dấu niêm", "the log has %d seals", c.seals),
			})
		}
	})
	if err != nil {
		c.find(finding(err).(*Finding))
	}
}

// describe says what is damaged in a leaf: which field, if one flipped bit is all there is.
func describe(s *store.StoredLeaf, chain ledger.ChainID) *Finding {
	if s.Mended == nil {
		f := examine(s.Data, chain)
		f.Leaf = s.Index
		return f
	}
	f := &Finding{File: store.ChainFile, Bucket: "leaves", Leaf: s.Index}
	if e, err := ledger.ParseEnvelope(s.Mended); err == nil {
		f.Record = e.ID.String()
	}
	at, bit, differs := store.FlippedBit(s.Data, s.Mended)
	switch {
	case bytes.Equal(s.Data, s.Mended):
		f.Field, f.What = "checksum", flaw.ChecksumAlone()
		return f
	case !differs: // the bit is none of the leaf's own: it says what to copy
		f.Field, f.What = "stored form", flaw.New("delta", "phần ghi khác biệt so với lá khác bị hỏng", "the difference to another leaf, as which it is stored, is damaged")
		return f
	}
	f.Field = string(diagnosis.FieldAt(s.Mended, at))
	f.What = flaw.Bit(at, bit)
	return f
}

// examine looks for what a damaged leaf shows by itself.
func examine(leaf []byte, chain ledger.ChainID) *Finding {
	f := &Finding{File: store.ChainFile, Bucket: "leaves"}
	switch {
	case len(leaf) == 0:
		f.Field, f.Cause = "kind", ledger.ErrMalformed
	case leaf[0] == ledger.KindSeal:
		f.Field = "seal"
		_, f.Cause = ledger.ParseSeal(leaf)
	case leaf[0] == ledger.KindRefusals:
		f.Field = "refusals"
		_, f.Cause = ledger.ParseRefusals(leaf)
	default:
		_, err := ledger.ParseEnvelope(leaf)
		f = ofDivergence(replay.Altered(chain, leaf, 0, 0, err))
	}
	if f.Flaw() == (flaw.Flaw{}) {
		f.What = flaw.Altered()
	}
	return f
}
