package chain

import (
	"errors"
	"fmt"
	"os"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/merkle"
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
		f.Got = "it is missing"
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
		f.Field, f.Got = "checksum", "it does not fit the hashes, which are right"
		c.find(f)
	}
}

// extraTiles names tiles that the log does not have.
func (c *checker) extraTiles() {
	err := c.tx.EachTile(func(s store.StoredTile) {
		if merkle.TileWidthAt(c.size, s.Level, s.Index) < merkle.TileWidth {
			c.find(&Finding{
				File: store.ChainFile, Bucket: "tiles", Row: fmt.Sprintf("tile %d of level %d", s.Index, s.Level), NoLeaf: true,
				Got: fmt.Sprintf("a log of %d leaves has no such complete tile", c.size),
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
		f.Got = "it is missing"
	case got.Leaf != index:
		f.Field, f.Want, f.Got = "leaf index", fmt.Sprint(index), fmt.Sprint(got.Leaf)
	case !got.Intact:
		f.Field, f.Got = "checksum", "it does not fit the index, which is right"
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
				File: store.ChainFile, Bucket: "seals", Row: fmt.Sprintf("seal of block %d", s.Height), NoLeaf: true, Got: fmt.Sprintf("the log has %d seals", c.seals),
			})
		}
	})
	if err != nil {
		c.find(finding(err).(*Finding))
	}
}

// describe says what is damaged in a leaf: which field, if one flipped bit is all there is.
func describe(s *store.StoredLeaf) *Finding {
	f := &Finding{File: store.ChainFile, Bucket: "leaves", Leaf: s.Index}
	if s.Mended == nil {
		f.Record, f.Field, f.Cause = examine(s.Data)
		if f.Cause == nil {
			f.Got = "the bytes are not those that were written"
		}
		return f
	}
	if e, err := ledger.ParseEnvelope(s.Mended); err == nil {
		f.Record = e.ID.String()
	}
	at, bit, differs := store.FlippedBit(s.Data, s.Mended)
	if !differs {
		f.Field, f.Got = "checksum", "it does not fit the leaf, which is right"
		return f
	}
	f.Field = fieldAt(s.Mended, at)
	f.Got = fmt.Sprintf("bit %d of byte %d is flipped", bit, at)
	return f
}

// examine looks for what a damaged leaf shows by itself.
func examine(leaf []byte) (record, field string, cause error) {
	switch {
	case len(leaf) == 0:
		return "", "kind", ledger.ErrMalformed
	case leaf[0] == ledger.KindSeal:
		_, cause = ledger.ParseSeal(leaf)
		return "", "seal", cause
	case leaf[0] == ledger.KindRefusals:
		_, cause = ledger.ParseRefusals(leaf)
		return "", "refusals", cause
	}
	e, err := ledger.ParseEnvelope(leaf)
	if err != nil {
		if a, parsing := takeApart(leaf); parsing == nil {
			record = a.id.String()
		}
		return record, "record", err
	}
	if err := e.PublicKey.Verify(e.Digest, e.Signature); err != nil {
		return e.ID.String(), "signature", err
	}
	return e.ID.String(), "record", nil
}

// part is a field of a fixed encoding, which ends before byte end.
type part struct {
	end  int
	name string
}

var headerParts = []part{
	{1, "header.version"}, {33, "header.chain"}, {35, "header.schema"}, {43, "header.issued"}, {51, "header.expires"}, {59, "header.author"},
	{67, "header.key"}, {69, "header.action_count"}, {101, "header.actions_root"},
}

var envelopeParts = []part{{1, "kind"}, {2, "version"}, {35, "public_key"}, {99, "signature"}, {101, "header.length"}}

var sealParts = []part{
	{1, "kind"}, {2, "seal.version"}, {34, "seal.chain"}, {42, "seal.height"}, {74, "seal.previous"}, {82, "seal.time"}, {83, "seal.flags"},
	{91, "seal.size_before"}, {123, "seal.root_before"}, {127, "seal.accepted"}, {131, "seal.refused"}, {163, "seal.state"}, {167, "seal.protocol"},
	{199, "seal.policy"}, {231, "seal.next_policy"}, {365, "seal.draft"}, {429, "seal.draft.signature"},
}

var refusalParts = []part{{32, "record"}, {40, "author"}, {42, "reason"}, {44, "action"}}

// fieldAt names the field of a leaf, which is whole, that a byte belongs to.
func fieldAt(leaf []byte, at int) string {
	switch leaf[0] {
	case ledger.KindSeal:
		return partAt(sealParts, at)
	case ledger.KindRefusals:
		const rows = 12
		if at < rows {
			return partAt([]part{{1, "kind"}, {2, "refusals.version"}, {10, "refusals.height"}, {rows, "refusals.count"}}, at)
		}
		return fmt.Sprintf("refusals[%d].%s", (at-rows)/ledger.RefusalSize, partAt(refusalParts, (at-rows)%ledger.RefusalSize))
	}
	if at < beforeHeader {
		return partAt(envelopeParts, at)
	}
	if at < beforeHeader+ledger.HeaderSize {
		return partAt(headerParts, at-beforeHeader)
	}
	start := beforeHeader + ledger.HeaderSize + 2
	if at < start {
		return "action_count"
	}
	r := ledger.NewReader("actions", leaf[start:])
	for i := 0; r.Left() > 0 && !r.Failed(); i++ {
		r.Bytes16()
		if at < len(leaf)-r.Left() {
			return fmt.Sprintf("actions[%d]", i)
		}
	}
	return "actions"
}

func partAt(parts []part, at int) string {
	for _, p := range parts {
		if at < p.end {
			return p.name
		}
	}
	return "bytes"
}
