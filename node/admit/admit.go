package admit

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/reason"
	"github.com/ocopledger/ocop/ledger/rules"
	"github.com/ocopledger/ocop/ledger/subject"
)

const (
	// MaxRecords bounds one call: as many as a draft holds.
	MaxRecords = ledger.MaxDraftRecords
	// MaxUnderway is how many records may be under verification at one time: 60 ms of two cores by the library, a third of that by tables, and at most 256 MiB.
	MaxUnderway = 4 * MaxRecords
	// maxAwaited is how many of them those who wait for room may have together, so that whoever does not wait finds the other half.
	maxAwaited = MaxUnderway / 2
	// maxLook is how many actions are judged in one look at the ledger, some 10 µs each.
	maxLook = 64
	// patience is how long a call waits for room.
	patience = 250 * time.Millisecond
)

var (
	// ErrOverloaded: the node has more to verify than it can. Nothing was done; try again later.
	ErrOverloaded = errors.New("overloaded: too many records under verification")
	// ErrTooMany: a call with more than MaxRecords records.
	ErrTooMany = fmt.Errorf("more than %d records in one call", MaxRecords)
)

// View is the committed state at one height.
type View interface {
	rules.State
	// Context is what the rules would know of a block that came next.
	Context() rules.Context
	// Known tells whether a record was ordered before.
	Known(ledger.RecordID) bool
}

// Ledger is what an admitter asks the ledger. View's function must be short.
type Ledger interface {
	Chain() ledger.ChainID
	Admission(func(View)) error
	// Remember tells that the signature of an envelope was verified.
	Remember(envelopeHash [32]byte)
}

// Record is an envelope and what was found.
type Record struct {
	Bytes    []byte
	Envelope *ledger.Envelope // nil when it does not parse
	Known    bool             // ordered before: its outcome is on the ledger
	Refusal  *rules.Refusal   // nil when it may go on

	stranger bool // its author held no such key when it was verified
}

// ID is the record's id, zero when it does not parse.
func (r *Record) ID() (id ledger.RecordID) {
	if r.Envelope != nil {
		id = r.Envelope.ID
	}
	return id
}

// Good tells whether the record is to be ordered.
func (r *Record) Good() bool { return r.Refusal == nil && !r.Known }

// Admitter admits records. It may be used from several goroutines.
type Admitter struct {
	ledger   Ledger
	verifier *together
	underway *semaphore.Weighted
	awaited  *semaphore.Weighted
	held     atomic.Int64 // of underway
	judges   sync.Pool    // of *judge: calls come by the thousand, most with one record

	// Waiting is told that a call begins to wait for room, and by done that it waits no longer; Verifying, that its signatures are to be verified, alone or with those of
	// others, and that there are verdicts; Judging, that the rules are asked, and have answered. Set before the first call; nil: nobody is told.
	Waiting, Verifying, Judging func() (done func())
	// Busy tells that so many calls are under way that one with few records gains by waiting a little for the signatures of others. Set before the first call; nil: never.
	Busy func() bool
}

// New makes an admitter over a ledger and the node's pool of verifiers.
func New(l Ledger, v ident.Verifier) *Admitter {
	a := &Admitter{ledger: l, underway: semaphore.NewWeighted(MaxUnderway), awaited: semaphore.NewWeighted(maxAwaited)}
	a.judges.New = func() any { return new(judge) }
	a.verifier = &together{verifier: v, busy: func() bool { return a.Busy != nil && a.Busy() }}
	return a
}

// Verify checks envelopes, one record each, in order. The error says that nothing was checked: ErrTooMany, ErrOverloaded, the end of ctx, or a
// fault of the ledger. A record that stands twice in the call is checked twice; the ledger orders one of them.
func (a *Admitter) Verify(ctx context.Context, envelopes [][]byte) ([]Record, error) {
	if len(envelopes) > MaxRecords {
		return nil, ErrTooMany
	}
	if err := a.enter(ctx, len(envelopes)); err != nil {
		return nil, err
	}
	defer a.leave(len(envelopes))
	return a.verify(ctx, envelopes)
}

// Await is Verify for who can wait, and has more: it waits for room as long as ctx lasts, and is never overloaded.
func (a *Admitter) Await(ctx context.Context, envelopes [][]byte) ([]Record, error) {
	if len(envelopes) > MaxRecords {
		return nil, ErrTooMany
	}
	n := int64(len(envelopes))
	if err := a.awaited.Acquire(ctx, n); err != nil {
		return nil, err
	}
	defer a.awaited.Release(n)
	if err := a.underway.Acquire(ctx, n); err != nil {
		return nil, err
	}
	a.held.Add(n)
	defer a.leave(len(envelopes))
	return a.verify(ctx, envelopes)
}

func (a *Admitter) verify(ctx context.Context, envelopes [][]byte) ([]Record, error) {
	records := make([]Record, len(envelopes))
	chain := a.ledger.Chain()
	for i, b := range envelopes {
		records[i].Bytes = b
		records[i].Envelope, records[i].Refusal = parse(b, chain)
	}
	err := a.ledger.Admission(func(v View) {
		for i := range records {
			if r := &records[i]; r.Refusal == nil {
				r.Known = v.Known(r.Envelope.ID)
				r.stranger = !r.Known && !holds(v, r.Envelope)
			}
		}
	})
	if err != nil {
		return nil, err
	}
	return records, a.signatures(ctx, records)
}

// holds tells whether the record's author holds its key as the state stands. Who does not is no reason to refuse anything yet: the account may come with a record before
// this one, or be in the order already, and the rules are asked when that has been applied.
func holds(v View, e *ledger.Envelope) bool {
	value, ok := v.Value(subject.Account(e.Header.Author))
	if !ok {
		return false
	}
	account, err := subject.ParseAccount(value)
	if err != nil {
		return false
	}
	return slices.ContainsFunc(account.Keys, func(k subject.Key) bool { return k.PublicKey == e.PublicKey && k.Retired == 0 })
}

func (a *Admitter) enter(ctx context.Context, n int) error {
	if a.Waiting != nil {
		defer a.Waiting()()
	}
	if a.underway.TryAcquire(int64(n)) { // as a rule, and no clock has to be set for it
		a.held.Add(int64(n))
		return nil
	}
	waiting, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := a.underway.Acquire(waiting, int64(n)); err == nil {
		a.held.Add(int64(n))
		return nil
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return ErrOverloaded
}

func (a *Admitter) leave(n int) {
	a.held.Add(-int64(n))
	a.underway.Release(int64(n))
}

// Underway is how many records are under verification.
func (a *Admitter) Underway() int64 { return a.held.Load() }

func parse(b []byte, chain ledger.ChainID) (*ledger.Envelope, *rules.Refusal) {
	if len(b) > ledger.MaxEnvelope {
		return nil, refuse(reason.RecordTooLarge, "", reason.Count("have", uint64(len(b))), reason.Count("want", ledger.MaxEnvelope))
	}
	e, err := ledger.ParseEnvelope(b)
	if err != nil {
		return nil, malformed(err)
	}
	if e.Header.Chain != chain {
		return e, refuse(reason.WrongChain, "header.chain")
	}
	return e, nil
}

func (a *Admitter) signatures(ctx context.Context, records []Record) error {
	jobs := make([]ident.Job, 0, len(records))
	places := make([]int, 0, len(records))
	for i := range records {
		if r := &records[i]; r.Good() {
			jobs = append(jobs, ident.Job{Key: r.Envelope.PublicKey, Digest: r.Envelope.Digest, Sig: r.Envelope.Signature, Stranger: r.stranger})
			places = append(places, i)
		}
	}
	if a.Verifying != nil && len(jobs) > 0 {
		defer a.Verifying()()
	}
	verdicts, err := a.verifier.Verify(ctx, jobs)
	if err != nil {
		return err
	}
	for i, verdict := range verdicts {
		r := &records[places[i]]
		if verdict == nil {
			a.ledger.Remember(ledger.EnvelopeHash(r.Bytes))
			continue
		}
		r.Refusal = signatureRefusal(verdict)
	}
	return nil
}

// Judge asks the rules about the good records, in order, each seeing the effects of those before it. Settle is called at most once, when a record
// would be refused: it waits until what was ordered before is applied, and the rules are asked again. now is the time a draft would have.
//
// A record that was ordered after it was verified, as when a client sends it twice, contradicts itself: it is known then, and not refused.
func (a *Admitter) Judge(records []Record, now uint64, settle func() error) error {
	if a.Judging != nil {
		defer a.Judging()()
	}
	verdicts, err := a.judge(records, now)
	if err == nil && slices.ContainsFunc(verdicts, refused) {
		if err = settle(); err == nil {
			verdicts, err = a.judge(records, now)
		}
	}
	if err != nil {
		return err
	}
	for i, v := range verdicts {
		records[i].Refusal, records[i].Known = cmp.Or(records[i].Refusal, v.refusal), records[i].Known || v.known
	}
	return nil
}

// verdict is what the rules say of a record that was good.
type verdict struct {
	refusal *rules.Refusal
	known   bool
}

func refused(v verdict) bool { return v.refusal != nil }

// judge asks once. The view is left after so many actions, as views are to be short; what the records before would have done is kept.
func (a *Admitter) judge(records []Record, now uint64) ([]verdict, error) {
	verdicts := make([]verdict, len(records))
	j := a.judges.Get().(*judge)
	defer func() {
		j.forget()
		a.judges.Put(j)
	}()
	for next := 0; next < len(records); {
		err := a.ledger.Admission(func(v View) {
			block := j.over(v, now)
			for left := maxLook; left > 0 && next < len(records); next++ {
				if !records[next].Good() {
					continue
				}
				left -= len(records[next].Envelope.Actions)
				touches, refusal := block.Apply(^uint64(0), records[next].Envelope)
				if refusal != nil && v.Known(records[next].ID()) {
					verdicts[next].known = true
				} else if refusal != nil {
					verdicts[next].refusal = refusal
				}
				j.note(touches, next+1 < len(records))
			}
		})
		if err != nil {
			return nil, err
		}
	}
	return verdicts, nil
}

// judge is what one call asks the rules with. It is used again, for the memory that it has.
type judge struct {
	block *rules.Block
	state over
}

// over lays a block over a view and what was noted.
func (j *judge) over(v View, now uint64) *rules.Block {
	j.state.View = v
	context := v.Context()
	context.Time = max(context.Time, now)
	if j.block == nil {
		j.block = rules.NewBlock(context, &j.state)
	} else {
		j.block.Next(context, &j.state)
	}
	return j.block
}

// note keeps what a record would do, if there are more whose view may be another.
func (j *judge) note(touches []rules.Touch, more bool) {
	if !more {
		return
	}
	if j.state.overlay == nil {
		j.state.overlay = make(overlay)
	}
	for i := range touches {
		j.state.overlay[touches[i].Subject] = touches[i].Value
	}
}

// forget lets go of the view and of what was noted.
func (j *judge) forget() { j.state = over{} }

// overlay is what records would do that are not ordered yet.
type overlay map[subject.ID][]byte

type over struct {
	overlay
	View
}

// Value implements rules.State.
func (o *over) Value(id subject.ID) ([]byte, bool) {
	if v, ok := o.overlay[id]; ok {
		return v, true
	}
	return o.View.Value(id)
}
