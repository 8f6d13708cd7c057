package fault

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/ocopledger/ocop/ledger"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

// book is what all clients of a network have been told.
type book struct {
	*history

	mu         sync.Mutex
	records    []*tracked
	byID       map[string]*tracked
	receipts   []receipt
	heads      map[uint64]ledger.Hash // by size
	height     uint64                 // the largest that anybody was told
	counts     map[string]int         // operations by outcome
	violations []string
}

// tracked is a record that was submitted.
type tracked struct {
	id       string
	envelope []byte
	outcome  string // that somebody was told; empty: nobody was yet
}

type receipt struct {
	record string
	file   []byte
}

func newBook() *book {
	return &book{history: newHistory(), byID: make(map[string]*tracked), heads: make(map[uint64]ledger.Hash), counts: make(map[string]int)}
}

func (b *book) violation(format string, args ...any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.violate(format, args...)
}

// violate is violation for who holds the lock.
func (b *book) violate(format string, args ...any) {
	b.violations = append(b.violations, fmt.Sprintf(format, args...))
}

func (b *book) count(outcome string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.counts[outcome]++
}

// submitted notes a record before it is sent for the first time.
func (b *book) submitted(id string, envelope []byte) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.byID[id] != nil {
		b.violate("record %s is submitted as two: the load is wrong, and not a node", id)
	}
	r := &tracked{id: id, envelope: envelope}
	b.records, b.byID[id] = append(b.records, r), r
}

// told notes what somebody was told of a record.
func (b *book) told(id, outcome string, height uint64, file []byte) {
	b.mu.Lock()
	defer b.mu.Unlock()
	r := b.byID[id]
	switch {
	case r == nil:
		b.violate("record %s, which nobody submitted: %s", id, outcome)
	case r.outcome == "":
		r.outcome = outcome
	case r.outcome != outcome:
		b.violate("record %s: %s, and before %s", id, outcome, r.outcome)
	}
	b.height = max(b.height, height)
	if len(file) > 0 {
		b.receipts = append(b.receipts, receipt{id, file})
	}
}

// seen notes a head, certified or not: a ledger has one root at a size.
func (b *book) seen(node int, height, size uint64, root []byte) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if was, ok := b.heads[size]; ok && was != ledger.Hash(root) {
		b.violate("node %d: root %x at size %d, and before %v", node, root, size, was)
	}
	b.heads[size] = ledger.Hash(root)
	b.height = max(b.height, height)
}

// least is the height that everybody must be able to reach.
func (b *book) least() uint64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.height
}

// some is one of the newest records, by a number.
func (b *book) some(n int) (id string, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	const newest = 200
	if len(b.records) == 0 {
		return "", false
	}
	from := max(0, len(b.records)-newest)
	return b.records[from+n%(len(b.records)-from)].id, true
}

// taken is what has been told so far.
func (b *book) taken() (records []tracked, receipts []receipt, heads map[uint64]ledger.Hash) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, r := range b.records {
		if r.outcome != "" {
			records = append(records, *r)
		}
	}
	heads = make(map[uint64]ledger.Hash, len(b.heads))
	for size, root := range b.heads {
		heads[size] = root
	}
	return records, slices.Clone(b.receipts), heads
}

// outcomeOf puts an outcome that is on the ledger in words; empty: it is not.
func outcomeOf(o *apiv1.Outcome) (text string, height uint64) {
	switch {
	case o.GetAccepted() != nil:
		return fmt.Sprintf("accepted %d/%d", o.GetAccepted().GetHeight(), o.GetAccepted().GetLeaf()), o.GetAccepted().GetHeight()
	case o.GetRefused().GetHeight() > 0:
		return fmt.Sprintf("refused %d/%d", o.GetRefused().GetHeight(), o.GetRefused().GetRefusal().GetCode()), o.GetRefused().GetHeight()
	}
	return "", 0
}

// percentile of durations, which it sorts.
func percentile(list []time.Duration, part float64) time.Duration {
	if len(list) == 0 {
		return 0
	}
	slices.Sort(list)
	return list[min(len(list)-1, int(part*float64(len(list))))]
}
