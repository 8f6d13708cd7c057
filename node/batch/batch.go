package batch

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/ident"
)

const (
	// maxUnderway is how many drafts may be under way.
	maxUnderway = 2
	// Drafts are held for records this long while another one is under way. Under load that is longer than a draft takes in one place, so that those who are near
	// each other have one draft at a time and full ones two; over a long way drafts follow each other closer.
	lingerIdle = 2 * time.Millisecond
	lingerBusy = 50 * time.Millisecond
	// gather: under load a draft does not leave when the one before ends, as those who are answered with that come again. It leaves when of all who wait for each other
	// one in gatherShare has come, or so long after that end. With half of them, the others are verified and answered while it is ordered; with more, drafts are fuller, and
	// processors idle meanwhile.
	gather      = 20 * time.Millisecond
	gatherShare = 2
	// busyRecords: a draft with so many records shows that filling drafts pays: half of 64 callers who wait for each other. Fewer never get there, and wait for nobody.
	busyRecords = 32
	// cosignEvery is the shortest time between cosign points, unless somebody waits for the certification of a record that comes alone, and the longest that a draft waits
	// for one when no other follows it. cosignLatest is the longest when others do: the next one has the point, and need not leave before its records have come.
	cosignEvery  = 50 * time.Millisecond
	cosignLatest = 2 * cosignEvery
	// patience is how long a call waits for room in the queue.
	patience = 250 * time.Millisecond
	// holdCheck is how often a held batcher asks whether it may go on.
	holdCheck = 5 * time.Millisecond
	// QueueBytes bounds the records in the queue, whatever their number.
	QueueBytes = 64 << 20
	// prefix is what each record takes in a draft beside its bytes.
	prefix = 4
)

var (
	// ErrNoOffice: this node does not lead. The record was not taken.
	ErrNoOffice = errors.New("this node does not lead")
	// ErrOverloaded: the queue is full. The record was not taken.
	ErrOverloaded = errors.New("overloaded: too many records wait to be ordered")
	// ErrNothing: the ledger applied the record's draft as nothing, as when office changed hands under way. The record may be submitted again.
	ErrNothing = errors.New("draft was applied as nothing")
	// ErrNoKey: the policy names a node key that this node does not hold. The record was not taken.
	ErrNoKey = errors.New("no node key that the policy names")
	// ErrClosed: the batcher is closed. The record was not taken.
	ErrClosed = errors.New("batcher is closed")
)

// Ordered is what became of a draft. O is the ledger's outcome of a record.
type Ordered[O any] struct {
	Nothing  error // why the draft was applied as nothing
	Outcomes []O   // one for each record, in order
}

// Options is what a batcher needs.
type Options[O any] struct {
	Chain    ledger.ChainID
	Proposer ledger.AccountID
	// Key is the node key that the next block's policy names, asked for each draft: it is rotated while the node leads. Nil: this node holds none.
	Key func() *ident.Ed25519PrivateKey
	Now func() time.Time // for the drafts' time
	// Propose hands a draft to be ordered, in the order of the calls, and gives a function that waits for what became of it.
	Propose func(draft []byte) (wait func() (Ordered[O], error))
	// Hold tells whether to wait with the next draft, as when others cannot follow.
	Hold  func() bool
	Queue int // records that may wait
	// Drafted is told of each draft that has records: how many, the draft's bytes, and how long the oldest has waited to be in one. nil: nobody is.
	Drafted func(records, bytes int, waited time.Duration)
}

// Result is what became of a record. The outcome is valid when there is no error.
type Result[O any] struct {
	Outcome O
	Err     error
}

// Batcher makes drafts while its node leads.
type Batcher[O any] struct {
	o       Options[O]
	queue   chan *call[O]
	places  *semaphore.Weighted // records in the queue
	bytes   *semaphore.Weighted // their bytes
	held    [2]atomic.Int64     // what of places and bytes is taken
	office  chan struct{}       // a change of term is to be looked at
	term    atomic.Uint64       // that the node leads; 0
	ended   chan int            // a draft of so many records has ended
	closing chan struct{}
	closed  chan struct{} // the collector has answered all it ever took
	once    sync.Once
	running sync.WaitGroup

	mu       sync.Mutex
	underway map[*draft[O]]struct{}
	first    chan struct{} // closed when the first draft that was made in the term has ended, or office is lost
}

// call is the records of one Submit.
type call[O any] struct {
	term    uint64 // of the draft; 0: any
	certify bool   // somebody waits until they are certified
	records [][]byte
	results []Result[O]
	left    atomic.Int64
	done    chan struct{}
}

func (c *call[O]) answer(place int, r Result[O]) {
	c.results[place] = r
	if c.left.Add(-1) == 0 {
		close(c.done)
	}
}

// sign signs a draft with the key of the moment. A draft that overtakes the rotation of its key is applied as nothing, and its records are tried again.
func (b *Batcher[O]) sign(message []byte) (ident.NodeSignature, error) {
	key := b.o.Key()
	if key == nil {
		return ident.NodeSignature{}, ErrNoKey
	}
	return key.Sign(message)
}

// New starts a batcher out of office.
func New[O any](o Options[O]) *Batcher[O] {
	b := &Batcher[O]{
		o: o, queue: make(chan *call[O], o.Queue), office: make(chan struct{}, 1), ended: make(chan int, maxUnderway), closing: make(chan struct{}), closed: make(chan struct{}),
		places: semaphore.NewWeighted(int64(o.Queue)), bytes: semaphore.NewWeighted(QueueBytes), underway: make(map[*draft[O]]struct{}), first: make(chan struct{}),
	}
	b.running.Go(func() {
		defer close(b.closed)
		(&collector[O]{Batcher: b}).run()
	})
	return b
}

// Office tells that the node leads a term, or with 0 that it does not. It returns at once.
func (b *Batcher[O]) Office(term uint64) {
	b.term.Store(term)
	select {
	case b.office <- struct{}{}:
	default:
	}
}

// Submit has records ordered, in their order, and waits for what becomes of them. A call has at most as many records as a draft. It waits a little for room in
// the queue, and is overloaded then. When ctx ends first, nothing is known: the error is its own, and the records may be ordered yet. With certify somebody waits until
// they are certified: unless there is more to order, their draft is a cosign point, however near the one before it is.
func (b *Batcher[O]) Submit(ctx context.Context, records [][]byte, certify bool) ([]Result[O], error) {
	p, err := b.begin(ctx, 0, records, certify, patience)
	if err != nil {
		return nil, err
	}
	return p.Wait(ctx)
}

// Begin is Submit for who can wait, and has more: it waits for room as long as ctx lasts, and returns when the records have their place in the queue. Records of
// one caller are ordered as it calls. They are for a draft of one term (0: of any), and get ErrNoOffice in a later one: what the caller handed on before may have got lost
// with the term.
func (b *Batcher[O]) Begin(ctx context.Context, term uint64, records [][]byte, certify bool) (*Pending[O], error) {
	return b.begin(ctx, term, records, certify, 0)
}

// Pending is records in the queue or beyond it.
type Pending[O any] struct {
	call   *call[O] // nil: of no records
	closed chan struct{}
}

// Wait waits for what becomes of the records, as Submit does.
func (p *Pending[O]) Wait(ctx context.Context) ([]Result[O], error) {
	if p.call == nil {
		return nil, nil
	}
	select {
	case <-p.call.done:
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-p.closed:
		if p.call.left.Load() > 0 { // it came when nobody looked any more
			return nil, ErrClosed
		}
	}
	return p.call.results, nil
}

// begin waits for room for so long; 0: as long as ctx lasts. term 0: any will do.
func (b *Batcher[O]) begin(ctx context.Context, term uint64, records [][]byte, certify bool, patience time.Duration) (*Pending[O], error) {
	if len(records) == 0 {
		return new(Pending[O]), nil
	}
	if len(records) > ledger.MaxDraftRecords {
		return nil, fmt.Errorf("%d records in one call, at most %d", len(records), ledger.MaxDraftRecords)
	}
	total := int64(0)
	for _, r := range records {
		if len(r)+prefix > ledger.MaxDraftBytes {
			return nil, fmt.Errorf("record of %d bytes fits no draft", len(r))
		}
		total += int64(len(r))
	}
	if b.term.Load() == 0 {
		return nil, ErrNoOffice
	}
	if err := b.enter(ctx, int64(len(records)), min(total, QueueBytes), patience); err != nil {
		return nil, err
	}
	c := &call[O]{term: term, certify: certify, records: records, results: make([]Result[O], len(records)), done: make(chan struct{})}
	c.left.Store(int64(len(records)))
	select {
	case b.queue <- c: // has room, as places has
	case <-b.closing:
		return nil, ErrClosed
	}
	return &Pending[O]{c, b.closed}, nil
}

func (b *Batcher[O]) enter(ctx context.Context, records, bytes int64, patience time.Duration) error {
	if err := ctx.Err(); err != nil {
		return err // whoever asked has gone
	}
	if b.tryEnter(records, bytes) { // as a rule, and no clock has to be set for it
		return nil
	}
	waiting := ctx
	if patience > 0 {
		var cancel context.CancelFunc
		waiting, cancel = context.WithTimeout(ctx, patience)
		defer cancel()
	}
	err := b.places.Acquire(waiting, records)
	if err == nil {
		if err = b.bytes.Acquire(waiting, bytes); err != nil {
			b.places.Release(records)
		}
	}
	switch {
	case err == nil:
		b.took(records, bytes)
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	}
	return ErrOverloaded
}

// tryEnter takes room that is there, unless somebody waits for it already.
func (b *Batcher[O]) tryEnter(records, bytes int64) bool {
	if !b.places.TryAcquire(records) {
		return false
	}
	if !b.bytes.TryAcquire(bytes) {
		b.places.Release(records)
		return false
	}
	b.took(records, bytes)
	return true
}

func (b *Batcher[O]) took(records, bytes int64) {
	b.held[0].Add(records)
	b.held[1].Add(bytes)
}

// leave makes room for others when a call has been taken from the queue.
func (b *Batcher[O]) leave(c *call[O]) {
	total := int64(0)
	for _, r := range c.records {
		total += int64(len(r))
	}
	b.held[0].Add(-int64(len(c.records)))
	b.held[1].Add(-min(total, QueueBytes))
	b.places.Release(int64(len(c.records)))
	b.bytes.Release(min(total, QueueBytes))
}

// Waiting is how many records wait to be in a draft, and their bytes.
func (b *Batcher[O]) Waiting() (records, bytes int64) {
	return b.held[0].Load(), b.held[1].Load()
}

// Settle waits until every draft handed on so far is applied: then this node's state is at least that of anybody who was told anything.
func (b *Batcher[O]) Settle(ctx context.Context) error {
	b.mu.Lock()
	waits := []chan struct{}{b.first}
	for d := range b.underway {
		waits = append(waits, d.done)
	}
	b.mu.Unlock()
	for _, w := range waits {
		select {
		case <-w:
		case <-b.closing:
			return ErrClosed
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// Close refuses what waits, and waits for the drafts under way.
func (b *Batcher[O]) Close() {
	b.once.Do(func() { close(b.closing) })
	b.running.Wait()
}
