package chain

import (
	"bytes"
	"context"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/replay"
	"github.com/ocopledger/ocop/ledger/store"
	"github.com/ocopledger/ocop/ledger/subject"
)

// reapplier derives blocks that are on disk, with the follower of audits, and publishes them like new ones. Signatures were verified when the blocks
// were applied and are not again: Check does.
type reapplier struct {
	ledger *Ledger
	ctx    context.Context
	blocks blocks
	batch  *batch // the State of the follower's machine
}

// reapplyAtOnce is how many blocks are published together.
const reapplyAtOnce = 64

// Row implements replay.State.
func (r *reapplier) Row(id subject.ID) (replay.Row, bool) { return r.batch.Row(id) }

func (r *reapplier) run(tx *store.ChainTx, from uint64) error {
	l := r.ledger
	r.blocks.follower = replay.NewFollower(l.machine, r, func([]replay.Change) {})
	for more := true; more; {
		if err := r.ctx.Err(); err != nil {
			return err
		}
		var err error
		if more, err = r.some(tx, from); err != nil {
			return err
		}
		from = r.next()
		if len(l.now.layers.young.records) >= l.o.FlushRecords {
			if err := l.FlushIndex(); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *reapplier) next() uint64 { return r.blocks.follower.Next() }

// some derives and publishes some blocks, and tells whether there may be more.
func (r *reapplier) some(tx *store.ChainTx, from uint64) (more bool, err error) {
	if r.batch, err = r.ledger.begin(); err != nil {
		return false, err
	}
	defer r.batch.end(&err)
	done := 0
	reading := tx.Leaves(from, func(_ uint64, data []byte) bool {
		var block *replay.Block
		var records []store.Record
		if block, records, err = r.leaf(bytes.Clone(data)); err != nil {
			return false
		}
		if block != nil {
			r.batch.add(block, records)
			done++
		}
		return done < reapplyAtOnce
	})
	if err == nil {
		err = reading
	}
	if err != nil {
		return false, err
	}
	r.batch.publish()
	return done == reapplyAtOnce, nil
}

// leaf reads the next leaf and derives its block, if it ends one.
func (r *reapplier) leaf(data []byte) (*replay.Block, []store.Record, error) {
	l := replay.Leaf{Bytes: data}
	if data[0] == ledger.KindRecord {
		var err error
		if l.Envelope, err = ledger.ParseEnvelope(data); err != nil {
			return nil, nil, replay.Altered(r.ledger.Chain(), data, r.next(), r.blocks.follower.Head().Height+1, err)
		}
	}
	return r.blocks.leaf(l)
}

// blocks derives blocks from leaves, with what the index says of their records.
type blocks struct {
	follower *replay.Follower
	records  []store.Record // accepted, of the block that is open
}

// leaf takes the next leaf. It returns the block that the leaf ends, if it ends one, and the block's records, which are valid until the next call.
func (b *blocks) leaf(l replay.Leaf) (*replay.Block, []store.Record, error) {
	if l.Envelope != nil {
		b.records = append(b.records, store.Record{ID: l.Envelope.ID, Leaf: b.follower.Next()})
	}
	block, err := b.follower.Leaf(l.Bytes, l.Envelope)
	if block == nil {
		return nil, nil, err
	}
	records, err := recordsOfLeaves(block, b.records)
	b.records = records[:0]
	return block, records, err
}

// recordsOfLeaves completes the accepted records of a block and adds the refused ones.
func recordsOfLeaves(block *replay.Block, records []store.Record) ([]store.Record, error) {
	if block.Seal.Refused > 0 {
		rows, err := ledger.ParseRefusals(block.Leaves[len(block.Leaves)-2])
		if err != nil {
			return nil, err
		}
		for i, row := range rows.Rows {
			records = append(records, store.Record{
				ID: row.Record, Leaf: block.Seal.SizeBefore - 1, Refused: true, Row: uint16(i), Reason: row.Reason, Action: row.Action,
			})
		}
	}
	for i := range records {
		records[i].Height, records[i].Time = block.Head.Height, block.Head.Time
	}
	return records, nil
}

// trusting is a verifier that believes: for what was verified when it was applied.
type trusting struct{}

func (trusting) Verify(ctx context.Context, jobs []ident.Job) ([]error, error) {
	return make([]error, len(jobs)), ctx.Err()
}
