package replay

import (
	"bytes"
	"fmt"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/diagnosis"
	"github.com/ocopledger/ocop/ledger/flaw"
	"github.com/ocopledger/ocop/ledger/genesis"
	"github.com/ocopledger/ocop/ledger/merkle"
	"github.com/ocopledger/ocop/ledger/reason"
	"github.com/ocopledger/ocop/ledger/rules"
	"github.com/ocopledger/ocop/ledger/subject"
)

// Follower derives blocks a second time, from their leaves. It is the part of an audit that must go in order, and what a node recovers with.
//
// It believes that signatures of records were verified, see Read, and unless Once is called that no record came before. It checks all else: each block's
// records must be accepted again, and seal and refusals leaf must be, byte for byte, what follows.
type Follower struct {
	machine *Machine
	state   State
	put     func([]Change) // told after each block
	block   parsed         // leaves since the last seal
	next    uint64         // index of the next leaf
	once    func(ledger.RecordID) bool
}

// parsed is a block whose seal has not come yet.
type parsed struct {
	first     uint64
	envelopes []*ledger.Envelope
	leaves    [][]byte
	refusals  *ledger.Refusals
}

// next begins a block in the memory of the one before.
func (p *parsed) next(first uint64) {
	clear(p.envelopes)
	clear(p.leaves)
	*p = parsed{first: first, envelopes: p.envelopes[:0], leaves: p.leaves[:0]}
}

// NewFollower follows on from where a machine stands. put is told what each block changed, after which state must give it.
func NewFollower(m *Machine, state State, put func([]Change)) *Follower {
	return &Follower{machine: m, state: state, put: put, next: m.Head().Size, block: parsed{first: m.Head().Size}, once: func(ledger.RecordID) bool { return true }}
}

// Once has the follower tell first the id of each record accepted or refused, in order; false says that the id came before.
func (f *Follower) Once(first func(ledger.RecordID) bool) *Follower {
	f.once = first
	return f
}

// Head is the head after the last whole block.
func (f *Follower) Head() ledger.Head { return f.machine.Head() }

// Next is the index of the leaf that Leaf wants next.
func (f *Follower) Next() uint64 { return f.next }

// Open reports whether leaves have come whose seal has not.
func (f *Follower) Open() bool { return f.next > f.block.first }

// Leaf takes the next leaf, with the envelope parsed from it if it is a record. It returns the block that the leaf ends, if it ends one; the error is
// a *Divergence, after which the follower must not be used.
func (f *Follower) Leaf(leaf []byte, e *ledger.Envelope) (*Block, error) {
	defer func() { f.next++ }()
	if e != nil {
		if !f.once(e.ID) {
			return nil, f.twice(e.ID, "record id")
		}
		if f.block.refusals != nil {
			return nil, f.diverge("kind", flaw.New("order", "một bản ghi đứng sau lá từ chối của khối", "a record after the block's refusals"), nil)
		}
		if len(f.block.envelopes) == ledger.MaxDraftRecords { // no draft holds more: without this a stream without seals would fill the memory
			return nil, f.diverge("kind", flaw.New("too_many", "bản ghi thứ %d của một khối", "record %d of a block", ledger.MaxDraftRecords+1), nil)
		}
		f.block.envelopes = append(f.block.envelopes, e)
		f.block.leaves = append(f.block.leaves, leaf)
		return nil, nil
	}
	if len(leaf) > 0 && leaf[0] == ledger.KindRefusals {
		return nil, f.refusals(leaf)
	}
	seal, err := ledger.ParseSeal(leaf)
	if err != nil {
		return nil, f.malformed("seal", leaf, err)
	}
	return f.seal(leaf, seal)
}

func (f *Follower) refusals(leaf []byte) error {
	if f.block.refusals != nil {
		return f.diverge("kind", flaw.New("twice", "lá từ chối thứ hai trong một khối", "a second refusals leaf in one block"), nil)
	}
	r, err := ledger.ParseRefusals(leaf)
	if err != nil {
		return f.malformed("refusals", leaf, err)
	}
	if height := f.machine.head.Height + 1; r.Height != height {
		return &Divergence{Leaf: f.next, Height: height, Field: "refusals.height", Want: fmt.Sprint(height), Got: fmt.Sprint(r.Height)}
	}
	f.block.refusals = r
	for _, row := range r.Rows {
		if !f.once(row.Record) {
			return f.twice(row.Record, "refusals.record")
		}
	}
	return nil
}

func (f *Follower) seal(leaf []byte, got *ledger.Seal) (*Block, error) {
	if err := f.checkProposer(got); err != nil {
		return nil, err
	}
	m := f.machine
	d := m.begin(f.state, max(m.head.Time, got.Draft.Time), len(f.block.envelopes))
	for i, e := range f.block.envelopes {
		if refusal := d.accept(e, f.block.leaves[i], merkle.Log.Leaf(f.block.leaves[i])); refusal != nil {
			return nil, &Divergence{Leaf: f.block.first + uint64(i), Height: m.head.Height + 1, Record: e.ID.String(), Field: "rules", Want: "accepted", Got: "refused",
				What: flaw.New("refused", "quy tắc từ chối bản ghi này", "the rules refuse the record"), Err: refusal}
		}
	}
	if f.block.refusals != nil {
		if err := f.checkRows(d); err != nil {
			return nil, err
		}
		d.refuse(f.block.refusals.Rows)
	}
	if len(d.leaves) == 0 {
		return nil, f.diverge("seal", flaw.New("nothing_sealed", "dấu niêm không niêm gì", "a seal over nothing"), nil)
	}
	b := d.seal(got.Draft, got.Signature)
	if field, have, want := compareSeals(got, b.Seal); field != "" {
		return nil, &Divergence{Leaf: f.next, Height: m.head.Height + 1, Field: field, Want: want, Got: have}
	}
	if !bytes.Equal(leaf, b.Leaves[len(b.Leaves)-1]) {
		return nil, f.diverge("seal", flaw.New("encoding", "không phải cách mã hóa duy nhất của nó", "not its one encoding"), nil)
	}
	if err := f.checkDraft(got); err != nil {
		return nil, err
	}
	m.Commit(b)
	f.put(b.Changes)
	f.block.next(f.next + 1)
	return b, nil
}

// checkRows checks what refusals show of themselves: the records are not there, but their ids hold issue times, a stranger's record and one that is
// out of its time are turned away without a row, and so is what is not refused for good.
func (f *Follower) checkRows(d *derivation) error {
	p := parameters(values{f.state}.Value) // as the block found them: a change of parameters is for the next one
	for i := range f.block.refusals.Rows {
		row := &f.block.refusals.Rows[i]
		var field diagnosis.Path
		var what flaw.Flaw
		switch issued := row.Record.IssuedAt(); {
		case issued > d.time && issued-d.time > p.FutureWindow, issued < d.time && d.time-issued > p.LongestExpiry:
			field, what = "refusals.record", flaw.New("out_of_time", "bản ghi lập lúc %d trong khối lúc %d", "a record issued at %d in a block of %d", issued, d.time)
		case !has(d.rules, subject.Account(row.Author)):
			field, what = "refusals.author", flaw.New("no_account", "tài khoản %d, không có trên sổ", "account %d, which is not there", row.Author)
		case !reason.Of(reason.Code(row.Reason)).Final:
			field, what = "refusals.reason", flaw.New("not_final", "lý do %d, không phải lý do từ chối hẳn", "reason %d, which is not for good", row.Reason)
		case row.Action != ledger.WholeRecord && row.Action >= ledger.MaxActions:
			field, what = "refusals.action", flaw.New("no_action", "hành động %d, không bản ghi nào có", "action %d, which no record has", row.Action)
		default:
			continue
		}
		return &Divergence{Leaf: f.next - 1, Height: f.machine.head.Height + 1, Record: row.Record.String(), Field: field, What: what}
	}
	return nil
}

func has(b *rules.Block, id subject.ID) bool {
	_, ok := b.Value(id)
	return ok
}

// checkDraft checks what the proposer signed against the block, as far as the block shows it: the draft may have held records that left no trace, but
// when there are as many leaves as it had records, they are its records.
func (f *Follower) checkDraft(s *ledger.Seal) error {
	if last := f.machine.draft; !s.Draft.Order().After(last) {
		return &Divergence{
			Leaf: f.next, Height: s.Height, Field: "seal.draft.sequence", Want: fmt.Sprintf("after term %d, sequence %d", last.Term, last.Sequence),
			Got: fmt.Sprintf("term %d, sequence %d", s.Draft.Term, s.Draft.Sequence),
		}
	}
	accepted, refused := len(f.block.envelopes), 0
	if f.block.refusals != nil {
		refused = len(f.block.refusals.Rows)
	}
	if n := accepted + refused; n > int(s.Draft.Count) {
		return &Divergence{Leaf: f.next, Height: s.Height, Field: "seal.draft.count", Want: fmt.Sprint("at least ", n), Got: fmt.Sprint(s.Draft.Count)}
	}
	if accepted < int(s.Draft.Count) {
		return nil
	}
	if records := ledger.RecordsHash(f.block.leaves); records != s.Draft.Records {
		return &Divergence{Leaf: f.next, Height: s.Height, Field: "seal.draft.records", Want: records.String(), Got: s.Draft.Records.String()}
	}
	return nil
}

// checkProposer checks that a validator of the block's policy epoch signed the draft for this chain.
func (f *Follower) checkProposer(s *ledger.Seal) error {
	if s.Draft.Chain != f.machine.chain {
		return &Divergence{Leaf: f.next, Height: f.machine.head.Height + 1, Field: "seal.draft.chain", Want: f.machine.chain.String(), Got: s.Draft.Chain.String()}
	}
	v, ok := f.machine.Policy().Validator(s.Draft.Proposer)
	if !ok {
		return f.diverge("seal.draft.proposer", flaw.New("no_validator", "cơ quan %d không có nút xác thực", "agency %d runs no validator", s.Draft.Proposer), nil)
	}
	if err := v.NodeKey.Verify(s.Draft.Message(), s.Signature); err != nil {
		return f.diverge("seal.draft.signature", flaw.Flaw{}, err)
	}
	return nil
}

func (f *Follower) diverge(field diagnosis.Path, what flaw.Flaw, err error) *Divergence {
	return &Divergence{Leaf: f.next, Height: f.machine.head.Height + 1, Field: field, What: what, Err: err}
}

func (f *Follower) twice(id ledger.RecordID, field diagnosis.Path) *Divergence {
	d := f.diverge(field, flaw.New("twice", "lần thứ hai", "a second time"), nil)
	d.Record = id.String()
	return d
}

// malformed says of a leaf that is neither seal nor refusals that it is a record under another kind, if it is one.
func (f *Follower) malformed(field diagnosis.Path, leaf []byte, err error) *Divergence {
	if altered := Altered(f.machine.chain, leaf, f.next, f.machine.head.Height+1, err); altered.Record != "" {
		return altered
	}
	return f.diverge(field, flaw.Flaw{}, err)
}

// checkGenesisSeal compares leaf 0.
func checkGenesisSeal(g *genesis.Genesis, leaf []byte) *Divergence {
	want := g.Seal()
	if bytes.Equal(leaf, want.Append(nil)) {
		return nil
	}
	d := &Divergence{Field: "seal", What: flaw.New("not_genesis", "không phải dấu niêm khởi nguyên", "not the genesis seal")}
	got, err := ledger.ParseSeal(leaf)
	if d.Err = err; err == nil {
		if field, have, should := compareSeals(got, want); field != "" {
			d.Field, d.Got, d.Want, d.What = field, have, should, flaw.Flaw{}
		} else {
			d.Field = "seal.draft"
		}
	}
	return d
}
