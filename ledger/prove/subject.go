package prove

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/merkle"
	"github.com/ocopledger/ocop/ledger/receipt"
	"github.com/ocopledger/ocop/ledger/subject"
)

// chunk is how many entries of a history are read at a time.
const chunk = 256

// Options of a receipt.
type Options struct {
	AsOf      *uint64  // height the receipt is to tell of; nil: that of the head
	Handovers [][]byte // from the epoch the asker is pinned at to that of the head
}

// Product is the receipt of a product. signed must be the head of the source's height.
func Product(src Source, signed *checkpoint.Signed, id ledger.ProductID, o Options) (*receipt.Receipt, error) {
	return about(src, signed, receipt.KindProduct, subject.Product(id), o)
}

// Certificate is the receipt of a certificate.
func Certificate(src Source, signed *checkpoint.Signed, id ledger.CertificateID, o Options) (*receipt.Receipt, error) {
	return about(src, signed, receipt.KindCertificate, subject.Certificate(id), o)
}

// Lot is the receipt of a lot.
func Lot(src Source, signed *checkpoint.Signed, id ledger.LotID, o Options) (*receipt.Receipt, error) {
	return about(src, signed, receipt.KindLot, subject.Lot(id), o)
}

func about(src Source, signed *checkpoint.Signed, kind receipt.Kind, id subject.ID, o Options) (*receipt.Receipt, error) {
	out, err := begin(src, signed, kind, id, o)
	if err != nil {
		return nil, err
	}
	ids, err := show(src, out, id, anew)
	if err != nil {
		return nil, err
	}
	out.State, err = state(src, ids)
	return out, err
}

// show shows a subject's closure in a receipt, and lists its members.
func show(src Source, out *receipt.Receipt, id subject.ID, read reading) ([]subject.ID, error) {
	if _, ok := src.Value(id); !ok {
		return nil, &NotFoundError{Subject: id, What: id.String()}
	}
	m := &maker{src: src, out: out, reading: read, histories: make(map[subject.ID][]ledger.Entry), shown: make(map[uint64][]uint16)}
	if err := m.collect(id); err != nil {
		return nil, err
	}
	m.records()
	return m.ids, m.members()
}

// begin makes what all receipts under a head have in common.
func begin(src Source, signed *checkpoint.Signed, kind receipt.Kind, id subject.ID, o Options) (*receipt.Receipt, error) {
	seal, path, err := Seal(src, signed)
	if err != nil {
		return nil, err
	}
	return under(&anchor{src.Head(), seal, path}, signed, kind, id, o)
}

func under(a *anchor, signed *checkpoint.Signed, kind receipt.Kind, id subject.ID, o Options) (*receipt.Receipt, error) {
	out := &receipt.Receipt{Kind: kind, Subject: id.Name, AsOf: a.seal.Height, Handovers: o.Handovers, Checkpoint: signed, Seal: a.seal, Path: a.path}
	if o.AsOf != nil {
		if out.AsOf = *o.AsOf; out.AsOf > a.seal.Height {
			return nil, fmt.Errorf("%w: as of height %d, the head is %d", ErrHead, out.AsOf, a.seal.Height)
		}
	}
	return out, nil
}

func state(src Source, ids []subject.ID) ([]byte, error) {
	return stateOf(src, keysOf(ids))
}

// pathRoom is what a key takes of a state proof at a million subjects: 21 hashes with their positions, of which keys share the first.
const pathRoom = 640

func keysOf(ids []subject.ID) []ledger.Hash {
	keys := make([]ledger.Hash, len(ids))
	for i, id := range ids {
		keys[i] = id.Key()
	}
	return keys
}

func stateOf(src Source, keys []ledger.Hash) ([]byte, error) {
	proof, err := src.Map().ProveMany(keys)
	if err != nil {
		return nil, err
	}
	return proof.AppendPaths(make([]byte, 0, len(keys)*pathRoom)), nil
}

// maker collects a closure with its histories, then shows the records they name.
type maker struct {
	reading
	src       Source
	out       *receipt.Receipt
	ids       []subject.ID
	histories map[subject.ID][]ledger.Entry
	entries   int
	envelopes map[uint64]*opened
	shown     map[uint64][]uint16 // actions by leaf
	number    map[uint64]int      // record by leaf
}

func (m *maker) collect(id subject.ID) error {
	m.envelopes = make(map[uint64]*opened)
	closure := receipt.NewClosure(id)
	for next, ok := closure.Next(); ok; next, ok = closure.Next() {
		if len(m.histories) >= receipt.MaxMembers {
			return fmt.Errorf("%w: more than %d subjects", ErrTooLarge, receipt.MaxMembers)
		}
		if err := m.member(closure, next); err != nil {
			return fmt.Errorf("%s: %w", next, err)
		}
	}
	m.ids = closure.Members()
	return nil
}

// member reads a member, and tells the closure of its values and of the authors of its history.
func (m *maker) member(closure *receipt.Closure, id subject.ID) error {
	value, ok := m.src.Value(id)
	if !ok {
		return fmt.Errorf("%w: named and not there", ErrCorrupt)
	}
	history, err := m.entriesOf(id)
	if err != nil {
		return err
	}
	if err := closure.Value(id, value); err != nil {
		return fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	for i := range history {
		if id.Kind == subject.KindAccount {
			if err := m.earlier(closure, id, uint64(i)); err != nil {
				return err
			}
		}
		if genesis(&history[i]) {
			continue
		}
		e, err := m.envelope(&history[i])
		if err != nil {
			return err
		}
		closure.Author(e.Header.Author)
	}
	m.histories[id] = history
	return nil
}

func (m *maker) earlier(closure *receipt.Closure, id subject.ID, entry uint64) error {
	value, ok, err := m.src.ValueAt(id, entry)
	if err == nil && !ok {
		err = fmt.Errorf("%w: no value after entry %d", ErrCorrupt, entry)
	}
	if err != nil {
		return err
	}
	return closure.Value(id, value)
}

// genesis tells an entry of what genesis made.
func genesis(e *ledger.Entry) bool {
	return e.Record == (ledger.RecordID{}) && e.Action == ledger.WholeRecord
}

// entriesOf reads a member's history, within the bounds of a receipt.
func (m *maker) entriesOf(id subject.ID) ([]ledger.Entry, error) {
	n, err := m.src.HistoryLen(id)
	if err != nil {
		return nil, err
	}
	if n > receipt.MaxEntries || m.entries+int(n) > receipt.MaxEntries {
		return nil, fmt.Errorf("%w: more than %d history entries", ErrTooLarge, receipt.MaxEntries)
	}
	m.entries += int(n)
	return m.history(m.src, id, n)
}

// envelope finds the record that an entry names, and notes the action as shown.
func (m *maker) envelope(e *ledger.Entry) (*opened, error) {
	if !slices.Contains(m.shown[e.Leaf], e.Action) {
		m.shown[e.Leaf] = append(m.shown[e.Leaf], e.Action)
	}
	if known := m.envelopes[e.Leaf]; known != nil {
		return known, nil
	}
	if len(m.envelopes) >= receipt.MaxRecords {
		return nil, fmt.Errorf("%w: more than %d records", ErrTooLarge, receipt.MaxRecords)
	}
	found, err := m.open(m.src, e.Leaf)
	if err != nil {
		return nil, err
	}
	if found.ID != e.Record || int(e.Action) >= len(found.Actions) {
		return nil, fmt.Errorf("%w: leaf %d is not what a history names", ErrCorrupt, e.Leaf)
	}
	m.envelopes[e.Leaf] = found
	m.out.Records = append(m.out.Records, receipt.Record{
		Leaf: e.Leaf, Height: e.Height, Time: e.Time, Key: found.PublicKey, Header: found.Header, Signature: found.Signature,
	})
	return found, nil
}

func (m *maker) records() {
	found := make([]*receipt.Record, len(m.out.Records)) // records are large: they are moved once
	for i := range found {
		found[i] = &m.out.Records[i]
	}
	slices.SortFunc(found, func(a, b *receipt.Record) int { return cmp.Compare(a.Leaf, b.Leaf) })
	sorted := make([]receipt.Record, len(found))
	for i, r := range found {
		sorted[i] = *r
	}
	m.out.Records = sorted
	m.number = make(map[uint64]int, len(m.out.Records))
	for i := range m.out.Records {
		r := &m.out.Records[i]
		m.number[r.Leaf] = i
		numbers := m.shown[r.Leaf]
		slices.Sort(numbers)
		e := m.envelopes[r.Leaf]
		r.ShowFrom(e.tree, e.Actions, numbers)
	}
}

func (m *maker) members() error {
	for _, id := range m.ids {
		value, _ := m.src.Value(id)
		shown := receipt.Member{ID: id, Value: bytes.Clone(value)}
		history := m.histories[id]
		leaves := make([]ledger.Hash, len(history))
		for i := range history {
			e := &history[i]
			leaves[i] = e.LeafHash()
			entry := receipt.Entry{Record: receipt.Genesis, Action: e.Action, Value: e.Value}
			if !genesis(e) {
				entry.Record = m.number[e.Leaf]
			} else {
				m.out.Born = e.Time
			}
			shown.Entries = append(shown.Entries, entry)
		}
		if !shown.Untouched() {
			shown.Root = merkle.History.Root(leaves)
			if err := m.first(&shown); err != nil {
				return err
			}
		}
		m.out.Members = append(m.out.Members, shown)
	}
	return nil
}

// first adds the value that genesis made.
func (m *maker) first(shown *receipt.Member) error {
	if !shown.FromGenesis() {
		return nil
	}
	value, ok, err := m.src.ValueAt(shown.ID, 0)
	if err == nil && !ok {
		err = fmt.Errorf("%w: %s: no first value", ErrCorrupt, shown.ID)
	}
	shown.First = value
	return err
}
