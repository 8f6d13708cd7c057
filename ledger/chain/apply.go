package chain

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/replay"
	"github.com/ocopledger/ocop/ledger/rules"
	"github.com/ocopledger/ocop/ledger/store"
)

// Entry is a draft and its place in the order.
type Entry struct {
	Index, Term uint64 // of raft
	Data        []byte
}

// Status is what became of a record.
type Status = replay.Status

// Statuses of a record.
const (
	Accepted = replay.Accepted
	Refused  = replay.Refused  // for good, and on the ledger
	Rejected = replay.Rejected // answered only: without a trace
)

// Outcome is what became of a record.
type Outcome struct {
	Record    ledger.RecordID
	Status    Status
	Duplicate bool           // the record was ordered before: this is what became of it then
	Leaf      uint64         // of the record, or of the refusals leaf; 0 when rejected
	Height    uint64         // of the block; 0 when rejected
	Time      uint64         // of the block, Unix milliseconds; 0 when rejected
	Refusal   *rules.Refusal // of a duplicate with reason and action alone
}

// Applied is what an entry, or the leaves of a block, made of the ledger.
type Applied struct {
	Index    uint64         // of raft; 0 of a block that leaves brought
	Sealed   bool           // whether it made a block
	Head     ledger.Head    // after the entry
	Policy   *ledger.Policy // of the head's block: the epoch under which the head is certified. Not to be modified
	Ends     bool           // whether the entry's block is the last of its policy epoch
	Bad      error          // why the entry was applied as nothing; wraps one of the ErrDraft errors
	Draft    ledger.DraftHeader
	Outcomes []Outcome // one a record, in the order of the draft; of leaves, those accepted, then those refused
}

// Cosign tells whether the head after the entry is a cosign point: its draft says so, or its block ends a policy epoch.
func (a *Applied) Cosign() bool { return a.Draft.Flags&ledger.FlagCosign != 0 || a.Ends }

// Apply applies entries in order, in one transaction or with others in a later one (see [Options].Unwritten), and returns what each made. Entries that are applied already make nothing. An error is a fault of this
// machine, after which nothing is applied any more; only when it is ctx's has nothing happened.
func (l *Ledger) Apply(ctx context.Context, entries []Entry) ([]Applied, error) {
	l.applying.Lock()
	defer l.applying.Unlock()
	if l.fault != nil {
		return nil, l.fault
	}
	ready := make([]*verified, len(entries))
	for i := range entries {
		var err error
		if ready[i], err = l.drafts.take(ctx, entries[i].Data, l.machine.Draft()); err != nil {
			return nil, err
		}
	}
	applied, err := l.apply(entries, ready)
	if err != nil {
		return nil, l.stop(err)
	}
	return applied, nil
}

func (l *Ledger) apply(entries []Entry, ready []*verified) (applied []Applied, err error) {
	b, err := l.begin()
	if err != nil {
		return nil, err
	}
	defer b.end(&err)
	applied = make([]Applied, len(entries))
	records, done := 0, l.o.Watch.Begin(Derive)
	for i := range entries {
		applied[i] = b.apply(&entries[i], ready[i])
		records += len(applied[i].Outcomes)
	}
	done(records)
	b.tell()
	if err := b.keep(cosigned(applied)); err != nil {
		return nil, err
	}
	return applied, l.flushWhenFull()
}

// cosigned tells whether a cosign point is among what entries made: what a validator signs it must be able to show.
func cosigned(applied []Applied) bool {
	for i := range applied {
		if applied[i].Cosign() {
			return true
		}
	}
	return false
}

// apply derives the block of one entry.
func (b *batch) apply(e *Entry, v *verified) (a Applied) {
	a = Applied{Index: e.Index, Head: b.machine.Head(), Policy: b.machine.Epoch()}
	if e.Index <= b.applied {
		return a
	}
	b.applied, b.term = e.Index, e.Term
	if a.Bad = v.at(e.Term, b.machine); a.Bad != nil {
		level := slog.LevelWarn
		if errors.Is(a.Bad, ErrDraftOrder) { // as many as leaves brought before raft did
			level = slog.LevelDebug
		}
		b.log.Log(context.Background(), level, "a draft is applied as nothing", "index", e.Index, "term", e.Term, "reason", a.Bad)
		return a
	}
	a.Draft = v.ordered.Header
	block, outcomes := b.machine.Derive(b, v.ordered, b.seen)
	if block != nil {
		b.machine.Commit(block)
		b.add(block, recordsOf(block, outcomes))
		b.extend(block)
		a.Sealed, a.Head, a.Policy, a.Ends = true, block.Head, b.machine.Epoch(), block.Seal.EndsEpoch()
	}
	a.Outcomes = b.outcomes(outcomes, block)
	return a
}

// recordsOf lists what the index will say of a block's records.
func recordsOf(block *replay.Block, outcomes []replay.Outcome) []store.Record {
	records := make([]store.Record, 0, len(outcomes))
	refused := uint16(0)
	for i := range outcomes {
		o := &outcomes[i]
		r := store.Record{ID: o.Record, Leaf: o.Leaf, Height: block.Head.Height, Time: block.Head.Time}
		switch o.Status {
		case replay.Accepted:
		case replay.Refused:
			r.Refused, r.Row, r.Reason, r.Action = true, refused, uint16(o.Refusal.Reason), o.Refusal.Action
			refused++
		default:
			continue
		}
		records = append(records, r)
	}
	return records
}

// outcomes completes what the machine says with what became of duplicates before.
func (b *batch) outcomes(from []replay.Outcome, block *replay.Block) []Outcome {
	outcomes := make([]Outcome, len(from))
	for i := range from {
		o := &from[i]
		if o.Status == 0 {
			r, ok := b.record(o.Record)
			if !ok {
				panic(fmt.Sprintf("chain: record %v is a duplicate of none", o.Record))
			}
			outcomes[i] = outcomeOf(&r)
			outcomes[i].Duplicate = true
			continue
		}
		outcomes[i] = Outcome{Record: o.Record, Status: o.Status, Refusal: o.Refusal}
		if o.Status != replay.Rejected {
			outcomes[i].Leaf, outcomes[i].Height, outcomes[i].Time = o.Leaf, block.Head.Height, block.Head.Time
		}
	}
	return outcomes
}
