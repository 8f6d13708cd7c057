package receipt

import (
	"bytes"
	"slices"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/subject"
)

// maxPath is the longest inclusion path of a tree with at most 2^63 − 1 leaves.
const maxPath = 63

// minEntry is the least an entry takes in a file: what bounds the memory that a count can ask for.
const minEntry = 2

// IsReceipt tells by its beginning whether a file is one.
func IsReceipt(file []byte) bool { return bytes.HasPrefix(file, []byte(Magic)) }

// Parse reads exactly what Append writes, in linear time, and believes nothing. The parts alias data. Errors wrap ledger.ErrMalformed, or
// checkpoint.ErrMalformed.
func Parse(data []byte) (*Receipt, error) {
	r := ledger.NewReader("receipt", data)
	if len(data) > MaxSize {
		r.Fail("%d bytes, at most %d", len(data), MaxSize)
	}
	if string(r.Bytes(len(Magic))) != Magic {
		r.Fail("does not begin with %s", Magic)
	}
	r.Version(version)
	p := &parser{Reader: r, out: new(Receipt)}
	if err := p.head(); err != nil {
		return nil, err
	}
	p.records()
	if p.out.Kind == KindAction {
		p.place()
	} else {
		p.members()
	}
	if made := slices.ContainsFunc(p.out.Members, func(m Member) bool { return m.FromGenesis() }); made != (p.out.Born != 0) {
		p.Fail("genesis time %d: it stands there when genesis made something that is shown, and only then", p.out.Born)
	}
	if err := r.Close(); err != nil {
		return nil, err
	}
	return p.out, nil
}

type parser struct {
	*ledger.Reader
	out     *Receipt
	entries int
}

func (p *parser) head() (err error) {
	out := p.out
	if out.Kind = Kind(p.U8()); out.Kind < KindProduct || out.Kind > KindAction {
		p.Fail("kind %d", out.Kind)
	}
	out.Subject = string(p.Bytes(int(p.U8())))
	out.AsOf = p.U64()
	n := int(p.U16())
	if n > MaxHandovers {
		p.Fail("%d handovers, at most %d", n, MaxHandovers)
	}
	for ; n > 0 && !p.Failed(); n-- {
		out.Handovers = append(out.Handovers, p.Bytes16())
	}
	note := p.Bytes16()
	seal := p.Bytes(ledger.SealSize)
	if p.Failed() {
		return p.Close()
	}
	if out.Checkpoint, err = checkpoint.Parse(note); err != nil {
		return err
	}
	if !bytes.Equal(out.Checkpoint.Append(nil), note) {
		p.Fail("checkpoint is not as one writes it")
	}
	if out.Seal, err = ledger.ParseSeal(seal); err != nil {
		return err
	}
	if out.AsOf > out.Seal.Height {
		p.Fail("as of height %d, beyond the seal's %d", out.AsOf, out.Seal.Height)
	}
	out.Path = p.path()
	out.Born = p.U64()
	out.State = p.Bytes(int(p.U32()))
	return nil
}

func (p *parser) path() []ledger.Hash {
	n := int(p.U8())
	if n > maxPath {
		p.Fail("path of %d hashes, at most %d", n, maxPath)
	}
	return p.hashes(n)
}

func (p *parser) hashes(n int) []ledger.Hash {
	hashes := make([]ledger.Hash, 0, min(n, p.Left()/len(ledger.Hash{})))
	for ; n > 0 && !p.Failed(); n-- {
		hashes = append(hashes, p.Hash())
	}
	return hashes
}

func (p *parser) records() {
	keys := p.keys()
	n := int(p.U16())
	if n > MaxRecords {
		p.Fail("%d records, at most %d", n, MaxRecords)
	}
	used := 0
	for i := 0; i < n && !p.Failed(); i++ {
		r := p.record(keys, &used)
		if i > 0 && r.Leaf <= p.out.Records[i-1].Leaf {
			p.Fail("records not in the order of leaves")
		}
		p.out.Records = append(p.out.Records, r)
	}
	if used != len(keys) {
		p.Fail("%d keys, %d of them used", len(keys), used)
	}
}

func (p *parser) keys() (keys []ident.PublicKey) {
	seen := make(map[ident.PublicKey]bool)
	for n := p.U16(); n > 0 && !p.Failed(); n-- {
		var k ident.PublicKey
		p.Copy(k[:])
		if seen[k] {
			p.Fail("a key twice")
		}
		seen[k] = true
		keys = append(keys, k)
	}
	return keys
}

// record reads a record. Keys stand in the order of their first use, so that one set of records has one list of keys.
func (p *parser) record(keys []ident.PublicKey, used *int) (r Record) {
	r.Leaf, r.Height, r.Time = p.U64(), p.U64(), p.U64()
	key := int(p.U16())
	if key > *used || key >= len(keys) {
		p.Fail("key %d, %d have been used", key, *used)
		return r
	}
	if key == *used {
		*used++
	}
	r.Key = keys[key]
	h := ledger.Header{Chain: p.out.Seal.Chain, Key: r.Key.ID()}
	h.Schema, h.Issued, h.Expires, h.Author = p.U16(), p.U64(), p.U64(), ledger.AccountID(p.U64())
	h.ActionCount, h.ActionsRoot = p.U16(), p.Hash()
	p.Copy(r.Signature[:])
	if _, err := ledger.ParseHeader(h.Append(nil)); err != nil {
		p.Fail("%v", err)
		return r
	}
	r.Header = h
	p.actions(&r)
	return r
}

func (p *parser) actions(r *Record) {
	n := int(p.U16())
	if n < 1 || n > int(r.Header.ActionCount) {
		p.Fail("%d of %d actions shown", n, r.Header.ActionCount)
	}
	for i := 0; i < n && !p.Failed(); i++ {
		a := Action{p.U16(), p.Bytes16()}
		switch {
		case a.Number >= r.Header.ActionCount, i > 0 && a.Number <= r.Actions[i-1].Number:
			p.Fail("action %d out of order", a.Number)
		case len(a.Bytes) == 0:
			p.Fail("action %d is empty", a.Number)
		}
		r.Actions = append(r.Actions, a)
	}
	if !p.Failed() {
		r.Path = p.hashes(pathLength(int(r.Header.ActionCount), r.Actions))
	}
}

func (p *parser) members() {
	n := int(p.U16())
	if n < 1 || n > MaxMembers {
		p.Fail("%d members, want 1 to %d", n, MaxMembers)
	}
	for i := 0; i < n && !p.Failed(); i++ {
		m := p.member()
		if i > 0 && Compare(p.out.Members[i-1].ID, m.ID) >= 0 {
			p.Fail("members not in order")
		}
		p.out.Members = append(p.out.Members, m)
	}
}

func (p *parser) member() (m Member) {
	m.ID = subject.ID{Kind: subject.Kind(p.U8())}
	m.ID.Name = string(p.Bytes(int(p.U8())))
	m.Value = p.Bytes16()
	n := int(p.U16())
	if p.entries += n; n < 1 || p.entries > MaxEntries {
		p.Fail("%d entries of one history, %d of all, want 1 to %d", n, p.entries, MaxEntries)
	}
	if p.Failed() {
		return m
	}
	m.Entries = make([]Entry, 0, min(n, p.Left()/minEntry+1))
	for i := 0; i < n && !p.Failed(); i++ {
		m.Entries = append(m.Entries, p.entry(&m, i, i == n-1))
	}
	if !m.Untouched() {
		m.Root = p.Hash()
	}
	return m
}

func (p *parser) entry(m *Member, i int, last bool) (e Entry) {
	e.Record = int(p.U16())
	switch {
	case e.Record == genesisMark && i == 0:
		e.Record, e.Action = Genesis, ledger.WholeRecord
		if !last {
			m.First = p.Bytes16()
			e.Value = subject.ValueHash(m.First)
		}
	case e.Record >= len(p.out.Records):
		p.Fail("entry of record %d of %d", e.Record, len(p.out.Records))
	default:
		if e.Action = p.U16(); !last {
			e.Value = p.Hash()
		}
	}
	if last {
		e.Value = subject.ValueHash(m.Value)
	}
	return e
}

func (p *parser) place() {
	if len(p.out.Records) != 1 || len(p.out.Records[0].Actions) != 1 {
		p.Fail("a receipt of an action shows one action of one record")
	}
	value := p.Bytes16()
	p.out.Members = []Member{{ID: p.out.ID(), Value: value}}
	p.out.Place = &Place{Entries: p.U64(), Root: p.Hash(), Entry: p.U64(), Value: p.Hash()}
	p.out.Place.Path = p.path()
}
