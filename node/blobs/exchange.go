package blobs

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/blob"
)

const (
	// exchangeEvery is how often the other nodes are asked for orders, and missing blobs are looked for.
	exchangeEvery = 2 * time.Second
	// fetchers is how many blobs are fetched at a time.
	fetchers = 4
	// fetchBatch is how many are looked for before orders are asked for again.
	fetchBatch = 256
	// firstRetry and lastRetry are when a blob is looked for again that nobody had: soon, since whoever has it may be a moment behind, and in the end seldom.
	// Whoever gets it meanwhile says so.
	firstRetry = time.Second
	lastRetry  = 6 * time.Hour
	// roomRetry is when one is looked for again that there was no room for.
	roomRetry = 10 * time.Minute
	// unjudged is how long a node is left alone whose orders cannot be judged: this ledger is behind, or that node makes things up.
	unjudged = 10 * time.Second
)

// wanted is a blob that the ledger names and this node has not.
type wanted struct {
	tries int
	due   time.Time
}

// exchange asks the other nodes for orders, reports and blobs, until ctx ends. Orders come first: a blob that was erased while this node was away is not
// fetched any more.
func (b *Blobs) exchange(ctx context.Context) {
	sources := make(map[string]*source)
	defer func() {
		for _, s := range sources {
			s.close()
		}
	}()
	for {
		list := b.sources(sources)
		var asking sync.WaitGroup
		for _, s := range list {
			if s.may() {
				asking.Go(func() {
					b.askErasures(ctx, s)
					b.askRecent(ctx, s)
				})
			}
		}
		asking.Wait()
		b.mu.Lock()
		b.asked = b.asked || ctx.Err() == nil
		b.mu.Unlock()
		for ctx.Err() == nil && b.fetch(ctx, list) {
		}
		if !pause(ctx, exchangeEvery) {
			return
		}
	}
}

// sources are those of the other nodes' doors that there are now; known ones keep what is known of them.
func (b *Blobs) sources(known map[string]*source) (list []*source) {
	for _, address := range b.o.Sources() {
		if known[address] == nil {
			known[address] = newSource(address)
		}
		list = append(list, known[address])
	}
	return list
}

// askErasures takes what a node has erased and this one has not. What cannot be judged yet, because this ledger is behind, is asked for again.
func (b *Blobs) askErasures(ctx context.Context, s *source) {
	limited, stop := context.WithTimeout(ctx, listLimit)
	list, tag, err := s.get(limited, listName, maxList, s.tag)
	stop()
	if err == nil && list != nil {
		err = b.takeAll(ctx, s, list)
	}
	switch {
	case err == nil:
		s.tag = tag
	case ctx.Err() != nil:
	case errors.Is(err, errFalse), errors.Is(err, ledger.ErrMalformed):
		s.rest(distrusted)
		b.o.Log.Warn("another node's word on what it has erased is not taken", "node", s.address, "error", err)
	case list != nil:
		s.rest(unjudged)
		b.o.Log.Debug("what another node has erased cannot be judged", "node", s.address, "error", err)
	default:
		b.o.Log.Debug("another node was not asked what it has erased", "node", s.address, "error", err)
	}
}

// takeAll takes the orders and reports that a list names and that are new here. It goes on behind one that does not hold, and returns the first error.
func (b *Blobs) takeAll(ctx context.Context, s *source, list []byte) (first error) {
	note := func(err error) {
		if err != nil && first == nil {
			first = err
		}
	}
	lines := bufio.NewScanner(bytes.NewReader(list))
	for lines.Scan() && ctx.Err() == nil {
		line := lines.Text()
		if strings.HasPrefix(line, "#") {
			continue
		}
		id, agencies, err := parseLine(line)
		if err != nil {
			return err
		}
		_, reports, known := b.Erasure(id)
		if !known {
			if err := b.fetchOrder(ctx, s, id); err != nil {
				note(err)
				continue
			}
		}
		have := make(map[ledger.AccountID]bool)
		for _, r := range reports {
			have[r.Agency] = true
		}
		for _, agency := range agencies {
			if !have[agency] && agency != b.o.Agency {
				note(b.fetchReport(ctx, s, id, agency))
			}
		}
	}
	return first
}

func (b *Blobs) fetchOrder(ctx context.Context, s *source, id ledger.Hash) error {
	data, _, err := s.get(ctx, id.String()+erasureEnding, int64(blob.MaxErasure), "")
	if err != nil {
		return err
	}
	order, err := blob.ParseErasure(data)
	if err != nil {
		return err
	}
	if order.Blob != id {
		return fmt.Errorf("%w: an order to erase %v", errFalse, order.Blob)
	}
	_, err = b.Take(data)
	return err
}

func (b *Blobs) fetchReport(ctx context.Context, s *source, id ledger.Hash, agency ledger.AccountID) error {
	data, _, err := s.get(ctx, id.String()+"-"+agency.String()+reportEnding, int64(blob.ReportSize), "")
	if err != nil {
		return err
	}
	report, err := blob.ParseReport(data)
	if err != nil {
		return err
	}
	if report.Blob != id || report.Agency != agency {
		return fmt.Errorf("%w: a report of agency %v on %v", errFalse, report.Agency, report.Blob)
	}
	return b.TakeReport(data)
}

// parseLine reads a line of a list: the blob, and the agencies whose reports there are.
func parseLine(line string) (id ledger.Hash, agencies []ledger.AccountID, err error) {
	name, rest, _ := strings.Cut(line, " ")
	if id, err = ParseID(name); err != nil {
		return id, nil, fmt.Errorf("%w: %w", errFalse, err)
	}
	if rest == "" {
		return id, nil, nil
	}
	for text := range strings.SplitSeq(rest, ",") {
		n, err := strconv.ParseUint(text, 10, 64)
		if err != nil || n == 0 {
			return id, nil, fmt.Errorf("%w: %q is no agency", errFalse, text)
		}
		agencies = append(agencies, ledger.AccountID(n))
	}
	return id, agencies, nil
}

// fetch looks for some of the missing blobs, and tells whether there are more to look for now.
func (b *Blobs) fetch(ctx context.Context, list []*source) (more bool) {
	due := b.dueNow()
	if len(list) == 0 || len(due) == 0 {
		return false
	}
	work := make(chan ledger.Hash)
	var running sync.WaitGroup
	for range min(fetchers, len(due)) {
		running.Go(func() {
			for id := range work {
				b.fetchOne(ctx, list, id)
			}
		})
	}
	for _, id := range due {
		work <- id
	}
	close(work)
	running.Wait()
	return len(due) == fetchBatch
}

func (b *Blobs) dueNow() (ids []ledger.Hash) {
	now := time.Now()
	b.mu.Lock()
	defer b.mu.Unlock()
	for id, w := range b.missing {
		if !now.Before(w.due) {
			if ids = append(ids, id); len(ids) == fetchBatch {
				break
			}
		}
	}
	return ids
}

// fetchOne asks the nodes for a blob, beginning with another one for each blob, until one gives it.
func (b *Blobs) fetchOne(ctx context.Context, list []*source, id ledger.Hash) {
	again := leftAlone // nobody can be asked now
	for i := range list {
		s := list[(int(id[0])+i)%len(list)]
		if ctx.Err() != nil || !s.may() {
			continue
		}
		again = 0
		data, _, err := s.get(ctx, id.String()+blobEnding, int64(blob.MaxFile), "")
		if err == nil {
			err = b.fetched(id, data)
		}
		if err == nil {
			return
		}
		wrong, _ := errors.AsType[*blob.Error](err)
		if wrong != nil || errors.Is(err, errFalse) || errors.Is(err, ledger.ErrMalformed) {
			s.rest(distrusted)
			b.o.Log.Warn("what another node gave as a blob is none", "node", s.address, "blob", id, "error", err)
		}
		if full, _ := errors.AsType[*RoomError](err); full != nil {
			b.o.Log.Warn("a blob is not fetched", "blob", id, "error", err)
			again = roomRetry
			break
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	w := b.missing[id]
	if w == nil {
		return
	}
	if again == 0 { // all who could be asked had none
		again = min(firstRetry<<min(w.tries, 16), lastRetry)
		w.tries++
	}
	w.due = time.Now().Add(again)
}

// fetched takes what a node gave for an id, if it is that.
func (b *Blobs) fetched(id ledger.Hash, data []byte) error {
	if _, err := blob.ParseNamed(id, data); err != nil {
		return err
	}
	if _, _, err := b.put(data, nil); err != nil {
		return err
	}
	b.count(func(c *Counts) { c.Fetched++ })
	return nil
}
