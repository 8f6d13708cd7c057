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
	ledger   *Ledger
	ctx      context.Context
	follower *replay.Follower
	batch    *batch // the State of the follower's machine
	records  []store.Record
}

// reapplyAtOnce is how many blocks are published together.
const reapplyAtOnce = 64

// Row implements replay.State.
func (r *reapplier) Row(id subject.ID) (replay.Row, bool) { return r.batch.Row(id) }

func (r *reapplier) run(tx *store.ChainTx, from uint64) error {
	l := r.ledger
	r.follower = replay.NewFollower(l.machine, r, func([]replay.Change) {})
	for more := true; more; {
		if err := r.ctx.Err(); err != nil {
			return err
		}
		var err error
		if more, err = r.some(tx, from); err != nil {
			return err
		}
		from = r.follower.Next()
		if len(l.now.layers.young.records) >= l.o.FlushRecords {
			if err := l.FlushIndex(); err != nil {
				return err
			}
		}
	}
	return nil
}

// some derives and publishes some blocks, and tells whether there may be more.
func (r *reapplier) some(tx *store.ChainTx, from uint64) (more bool, err error) {
	if r.batch, err = r.ledger.begin(); err != nil {
		return false, err
	}
	defer r.batch.end(&err)
	blocks := 0
	reading := tx.Leaves(from, func(_ uint64, data []byte) bool {
		var block *replay.Block
		if block, err = r.leaf(bytes.Clone(data)); err != nil {
			return false
		}
		if block != nil {
			r.batch.add(block, r.records)
			r.records = r.records[:0]
			blocks++
		}
		return blocks < reapplyAtOnce
	})
	if err == nil {
		err = reading
	}
	if err != nil {
		return false, err
	}
	r.batch.publish()
	return blocks == reapplyAtOnce, nil
}

func (r *reapplier) leaf(leaf []byte) (*replay.Block, error) {
	var e *ledger.Envelope
	index := r.follower.Next()
	if leaf[0] == ledger.KindRecord {
		var err error
		if e, err = ledger.ParseEnvelope(leaf); err != nil {
			return nil, replay.Altered(r.ledger.Chain(), leaf, index, r.follower.Head().Height+1, err)
		}
		r.records = append(r.records, store.Record{ID: e.ID, Leaf: index})
	}
	block, err := r.follower.Leaf(leaf, e)
	if block != nil {
		err = r.complete(block)
	}
	return block, err
}

// complete fills in what the index says of a block's records.
func (r *reapplier) complete(block *replay.Block) error {
	records, err := recordsOfLeaves(block, r.records)
	r.records = records
	return err
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
