package prove

import (
	"slices"
	"sync"
	"sync/atomic"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/merkle"
	"github.com/ocopledger/ocop/ledger/receipt"
	"github.com/ocopledger/ocop/ledger/recent"
	"github.com/ocopledger/ocop/ledger/statemap"
	"github.com/ocopledger/ocop/ledger/subject"
)

// Cache makes files of receipts and remembers what of them the next ones have in common. The files are byte for byte those that Product, Certificate and
// Lot make.
//
// Thousands scan the code of one product, and a head is certified many times a second. What a receipt shows of records and members changes only when a member
// does, and whether one has is seen in the state map, which holds the hash of each member's value and of its whole history: as long as the leaves of all members
// are those of before, so is every byte. Only the head is put on anew, with the paths that lead to it. It is safe for concurrent use.
type Cache struct {
	bodies  *recent.Map[subject.ID, *body]
	records *recent.Map[uint64, *opened]            // by leaf: one Decision is in the receipts of all its products
	entries *recent.Map[subject.ID, []ledger.Entry] // histories only grow: what was read serves every height, and of goods that sell only what is new is read
	newest  atomic.Pointer[anchor]

	mu     sync.Mutex
	making map[subject.ID]*making
}

// perHistoryEntry is what an entry takes in memory.
const perHistoryEntry = 5*8 + 3*merkle.HashSize

// NewCache makes a cache of at most so many bytes: half of them for what is shown of subjects, a quarter for records and a quarter for histories.
func NewCache(bytes int) *Cache {
	return &Cache{
		bodies:  recent.New[subject.ID](bytes/2, func(b *body) int { return b.size() }),
		records: recent.New[uint64](bytes/4, func(o *opened) int { return o.size }),
		entries: recent.New[subject.ID](bytes/4, func(e []ledger.Entry) int { return len(e) * perHistoryEntry }),
		making:  make(map[subject.ID]*making),
	}
}

// body is what a receipt says below its head, and the leaves of the state map for which it says so.
type body struct {
	keys   []ledger.Hash
	leaves []statemap.Leaf
	born   uint64
	bytes  []byte
}

func (b *body) size() int { return len(b.bytes) + len(b.keys)*(merkle.HashSize+statemap.LeafSize) }

// holds tells whether nothing that the body shows has changed.
func (b *body) holds(m statemap.Map) bool {
	for i := range b.keys {
		if leaf, ok := m.Get(b.keys[i]); !ok || leaf != b.leaves[i] {
			return false
		}
	}
	return true
}

// anchor is the seal that speaks for a head, which all receipts under it share.
type anchor struct {
	head ledger.Head
	seal *ledger.Seal
	path []ledger.Hash
}

// Product is the file of a product's receipt.
func (c *Cache) Product(src Source, signed *checkpoint.Signed, id ledger.ProductID, o Options) ([]byte, error) {
	return c.about(src, signed, receipt.KindProduct, subject.Product(id), o)
}

// Certificate is the file of a certificate's receipt.
func (c *Cache) Certificate(src Source, signed *checkpoint.Signed, id ledger.CertificateID, o Options) ([]byte, error) {
	return c.about(src, signed, receipt.KindCertificate, subject.Certificate(id), o)
}

// Lot is the file of a lot's receipt.
func (c *Cache) Lot(src Source, signed *checkpoint.Signed, id ledger.LotID, o Options) ([]byte, error) {
	return c.about(src, signed, receipt.KindLot, subject.Lot(id), o)
}

func (c *Cache) about(src Source, signed *checkpoint.Signed, kind receipt.Kind, id subject.ID, o Options) ([]byte, error) {
	a, err := c.anchor(src, signed)
	if err != nil {
		return nil, err
	}
	out, err := under(a, signed, kind, id, o)
	if err != nil {
		return nil, err
	}
	b, err := c.body(src, kind, id)
	if err != nil {
		return nil, err
	}
	out.Born = b.born
	if out.State, err = stateOf(src, b.keys); err != nil {
		return nil, err
	}
	file := make([]byte, 0, len(b.bytes)+len(out.State)+headRoom)
	return append(out.AppendHead(file), b.bytes...), nil
}

// Action is the file of the receipt of one action of the record at a leaf.
func (c *Cache) Action(src Source, signed *checkpoint.Signed, leaf uint64, number uint16, o Options) ([]byte, error) {
	e, err := action(src, leaf, number, c.open)
	if err != nil {
		return nil, err
	}
	at, err := c.anchor(src, signed)
	if err != nil {
		return nil, err
	}
	out, err := under(at, signed, receipt.KindAction, subject.Activity(e.Header.Author), Options{Handovers: o.Handovers})
	if err != nil {
		return nil, err
	}
	if err := showAction(src, out, e, leaf, number); err != nil {
		return nil, err
	}
	return out.Append(nil), nil
}

// headRoom is enough for a head with the signatures of seven validators and no handovers.
const headRoom = 4096

// anchor is the seal of the head that the source stands at.
func (c *Cache) anchor(src Source, signed *checkpoint.Signed) (*anchor, error) {
	h := src.Head()
	if a := c.newest.Load(); a != nil && a.head == h && signed.Tree.Size == h.Size && signed.Tree.Root == h.Root {
		return a, nil
	}
	seal, path, err := Seal(src, signed)
	if err != nil {
		return nil, err
	}
	a := &anchor{h, seal, path}
	c.newest.Store(a)
	return a, nil
}

// body finds what is shown of a subject, or makes it: once, however many ask for it at the same time.
func (c *Cache) body(src Source, kind receipt.Kind, id subject.ID) (*body, error) {
	state := src.Map()
	if b, ok := c.bodies.Get(id); ok && b.holds(state) {
		return b, nil
	}
	defer c.alone(id)()
	if b, ok := c.bodies.Get(id); ok && b.holds(state) {
		return b, nil
	}
	var shown receipt.Receipt
	shown.Kind = kind
	ids, err := show(src, &shown, id, reading{c.open, c.history})
	if err != nil {
		return nil, err
	}
	b := &body{keys: keysOf(ids), leaves: make([]statemap.Leaf, len(ids)), born: shown.Born, bytes: shown.AppendBody(nil)}
	for i, key := range b.keys {
		leaf, ok := state.Get(key)
		if !ok {
			return b, nil // the proof of the state fails, and says so
		}
		b.leaves[i] = leaf
	}
	c.bodies.Put(id, b)
	return b, nil
}

// open opens a record, or finds it opened.
func (c *Cache) open(src Source, leaf uint64) (*opened, error) {
	if o, ok := c.records.Get(leaf); ok {
		return o, nil
	}
	o, err := open(src, leaf)
	if err == nil {
		c.records.Put(leaf, o)
	}
	return o, err
}

// history is the first n entries of a subject, of which those are read that nobody has asked for yet.
func (c *Cache) history(src Source, id subject.ID, n uint64) ([]ledger.Entry, error) {
	known, _ := c.entries.Get(id)
	if uint64(len(known)) >= n {
		return known[:n:n], nil
	}
	all, err := readOn(src, id, known, n)
	if err == nil {
		c.entries.Put(id, slices.Clip(all))
	}
	return all, err
}

// making is a subject whose body is being made, with those who wait for it.
type making struct {
	sync.Mutex
	asked int
}

// alone waits until nobody else makes the body of a subject.
func (c *Cache) alone(id subject.ID) (leave func()) {
	c.mu.Lock()
	m := c.making[id]
	if m == nil {
		m = new(making)
		c.making[id] = m
	}
	m.asked++
	c.mu.Unlock()
	m.Lock()
	return func() {
		m.Unlock()
		c.mu.Lock()
		defer c.mu.Unlock()
		if m.asked--; m.asked == 0 {
			delete(c.making, id)
		}
	}
}
