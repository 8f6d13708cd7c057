package batch

import (
	"slices"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/ident"
)

type signer func(message []byte) (ident.NodeSignature, error)

// collector is the goroutine that makes drafts. It owns all of its fields.
type collector[O any] struct {
	*Batcher[O]
	numbers numbering
	leads   bool
	waiting []item[O]   // taken from the queue, not yet in a draft
	calls   []*call[O]  // whose room in the queue is released when their last record is in a draft
	since   time.Time   // the oldest of them came
	free    time.Time   // a draft under way ended last
	again   int         // records that wait when those have come again who waited for it
	under   int         // drafts under way
	last    int         // records in the newest draft that has any
	flagged time.Time   // newest cosign point
	owed    bool        // a draft without cosign flag is the newest
	opened  bool        // the term has had its first draft
	timer   *time.Timer // to look again without an event
}

func (c *collector[O]) run() {
	c.timer = time.NewTimer(0)
	defer c.timer.Stop()
	for {
		var queue chan *call[O]
		if len(c.waiting) < ledger.MaxDraftRecords {
			queue = c.queue
		}
		select {
		case call := <-queue:
			c.take(call)
		case <-c.office:
		case n := <-c.ended:
			c.end(n)
		case <-c.timer.C:
		case <-c.closing:
			c.close()
			return
		}
		c.lookAtOffice()
		c.drain()
		c.proceed()
	}
}

func (c *collector[O]) take(call *call[O]) {
	if call.late(c.numbers.term) {
		for i, r := range call.records {
			item[O]{r, call, i}.fail(ErrNoOffice)
		}
		c.leave(call)
		return
	}
	if len(c.waiting) == 0 {
		c.since = time.Now()
	}
	for i, r := range call.records {
		c.waiting = append(c.waiting, item[O]{r, call, i})
	}
	c.calls = append(c.calls, call)
}

// end makes room for another draft.
func (c *collector[O]) end(records int) {
	c.under--
	if records == 0 { // nobody was answered
		return
	}
	c.free = time.Now()
	c.drain()
	c.again = len(c.waiting) + records
}

// late tells whether a call is for a draft of an earlier term.
func (c *call[O]) late(term uint64) bool { return c.term != 0 && c.term < term }

// refuseLate answers what waits for a draft of an earlier term.
func (c *collector[O]) refuseLate() {
	var waiting []item[O]
	for _, it := range c.waiting {
		if it.call.late(c.numbers.term) {
			it.fail(ErrNoOffice)
		} else {
			waiting = append(waiting, it)
		}
	}
	c.waiting = waiting
	c.calls = slices.DeleteFunc(c.calls, func(call *call[O]) bool {
		late := call.late(c.numbers.term)
		if late {
			c.leave(call)
		}
		return late
	})
}

// drain takes what is in the queue already, so that a draft does not leave with one record of many that came together.
func (c *collector[O]) drain() {
	for len(c.waiting) < ledger.MaxDraftRecords {
		select {
		case call := <-c.queue:
			c.take(call)
		default:
			return
		}
	}
}

func (c *collector[O]) lookAtOffice() {
	term := c.term.Load()
	if term == 0 {
		if c.leads {
			c.leads = false
			c.openFirst()
		}
		return
	}
	if term != c.numbers.term {
		c.numbers = numbering{term: term}
		c.opened, c.owed, c.last = false, false, 0
		c.refuseLate()
		if c.leads { // from one term to the next without having heard of the end
			c.openFirst()
		}
		c.renewFirst()
	}
	c.leads = true
}

// openFirst lets go of those who wait for the first draft of a term that is over.
func (c *collector[O]) openFirst() {
	c.mu.Lock()
	defer c.mu.Unlock()
	open(c.first)
}

// renewFirst begins a term. Who waits for a first draft since before the node led waits for this one: a channel that is open still is kept.
func (c *collector[O]) renewFirst() {
	c.mu.Lock()
	defer c.mu.Unlock()
	select {
	case <-c.first:
		c.first = make(chan struct{})
	default:
	}
}

// open closes a channel that may be closed already. Callers hold the lock.
func open(c chan struct{}) {
	select {
	case <-c:
	default:
		close(c)
	}
}

// proceed makes the drafts that are due, and sets the timer for the next one.
func (c *collector[O]) proceed() {
	if !c.leads {
		c.refuse(ErrNoOffice)
		return
	}
	for c.under < maxUnderway {
		wait, due := c.due(time.Now())
		if !due {
			if wait > 0 {
				c.timer.Reset(wait)
			}
			return
		}
		if c.opened && len(c.waiting) > 0 && c.o.Hold() {
			c.timer.Reset(holdCheck)
			return
		}
		c.send()
		c.drain()
	}
}

// send makes a draft of the oldest waiting records and hands it on.
func (c *collector[O]) send() {
	n, _ := c.cut()
	d := &draft[O]{items: c.waiting[:n:n], first: c.first, done: make(chan struct{})}
	rest := append([]item[O](nil), c.waiting[n:]...)
	records := make([][]byte, n)
	for i, it := range d.items {
		records[i] = it.record
	}
	now := time.Now()
	flags := uint8(0)
	if !c.opened || now.Sub(c.flagged) >= cosignEvery || c.certify(d.items) && !c.loaded(n, len(rest)) {
		flags = ledger.FlagCosign
		c.flagged = now
	}
	c.owed = flags == 0
	c.opened = true
	if n > 0 { // one that is a cosign point alone says nothing of the load
		c.last = n
	}
	waited := now.Sub(c.since)
	c.waiting, c.since = rest, now
	c.release()
	data, err := c.numbers.make(c.o.Chain, c.o.Proposer, uint64(c.o.Now().UnixMilli()), flags, records, c.sign)
	if err != nil {
		d.answer(Ordered[O]{}, err)
		return
	}
	if c.o.Drafted != nil && n > 0 {
		c.o.Drafted(n, len(data), waited)
	}
	c.under++
	c.mu.Lock()
	c.underway[d] = struct{}{}
	c.mu.Unlock()
	wait := c.o.Propose(data)
	c.running.Go(func() { c.finish(d, wait) })
}

// loaded tells whether there is more to order than a draft of n records, which leaves so many.
func (c *collector[O]) loaded(n, rest int) bool {
	return c.under > 0 || rest > 0 || min(c.last, n) >= busyRecords
}

// certify tells whether somebody waits for the certification of some of the records.
func (c *collector[O]) certify(items []item[O]) bool {
	return slices.ContainsFunc(items, func(it item[O]) bool { return it.call.certify })
}

// release gives back the room of calls whose records are all in drafts.
func (c *collector[O]) release() {
	for len(c.calls) > 0 && (len(c.waiting) == 0 || c.calls[0] != c.waiting[0].call) {
		c.leave(c.calls[0])
		c.calls = c.calls[1:]
	}
}

func (b *Batcher[O]) finish(d *draft[O], wait func() (Ordered[O], error)) {
	made, err := wait()
	b.mu.Lock()
	delete(b.underway, d)
	if err == nil {
		open(d.first)
	}
	b.mu.Unlock()
	close(d.done)
	d.answer(made, err)
	b.ended <- len(d.items)
}

func (c *collector[O]) refuse(err error) {
	for _, it := range c.waiting {
		it.fail(err)
	}
	c.waiting = nil
	c.release()
}

// close refuses what waits and lets drafts under way end.
func (c *collector[O]) close() {
	c.refuse(ErrClosed)
	c.openFirst()
	for c.under > 0 {
		select {
		case call := <-c.queue:
			c.take(call)
			c.refuse(ErrClosed)
		case <-c.ended:
			c.under--
		}
	}
	for {
		select {
		case call := <-c.queue:
			c.take(call)
			c.refuse(ErrClosed)
		default:
			return
		}
	}
}
