package replay_test

import (
	"testing"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/ledger/diagnosis"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/merkle"
	"github.com/ocopledger/ocop/ledger/reason"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// forgery is a block after the golden ledger that a validator makes up, with leaves, roots and signatures that fit.
type forgery struct {
	records  [][]byte
	refusals []ledger.Refusal
	change   func(*ledger.Seal) // of what the validator does not sign
	draft    func(*ledger.DraftHeader)
	signer   *ident.Ed25519PrivateKey // province's node if nil
}

// forge gives the golden ledger with the block behind it.
func (s *story) forge(f forgery) [][]byte {
	head, log := s.machine.Head(), s.machine.Log()
	leaves := f.records
	if len(f.refusals) > 0 {
		leaves = append(leaves[:len(leaves):len(leaves)], (&ledger.Refusals{Height: head.Height + 1, Rows: f.refusals}).Append(nil))
	}
	for _, leaf := range leaves {
		log = log.Append(merkle.Log, merkle.Log.Leaf(leaf))
	}
	seal := &ledger.Seal{
		Chain: s.genesis.Chain, Height: head.Height + 1, Previous: head.Seal, Time: max(s.now, head.Time), SizeBefore: log.Size, RootBefore: log.Root(merkle.Log),
		Accepted: uint32(len(f.records)), Refused: uint32(len(f.refusals)), State: head.State, Protocol: head.Protocol, Policy: head.Policy, NextPolicy: head.Policy,
		Draft: ledger.DraftHeader{
			Chain: s.genesis.Chain, Term: 9, Proposer: province, Time: s.now, Count: uint32(len(f.records) + len(f.refusals)), Records: ledger.RecordsHash(f.records),
		},
	}
	s.stamp(seal, f)
	return append(s.leaves[:len(s.leaves):len(s.leaves)], append(leaves[:len(leaves):len(leaves)], seal.Append(nil))...)
}

func (s *story) stamp(seal *ledger.Seal, f forgery) {
	if f.change != nil {
		f.change(seal)
	}
	if f.draft != nil {
		f.draft(&seal.Draft)
	}
	if f.signer == nil {
		f.signer = nodeKey(province)
	}
	seal.Signature = must(f.signer.Sign(seal.Draft.Message()))
}

// TestForgedBlocks lets a validator that breaks the rules seal what it likes.
func TestForgedBlocks(t *testing.T) {
	s := tell(t)
	v := newMemory(t)
	leaf, height := uint64(len(s.leaves)), s.machine.Head().Height+1
	sale := func(quantity uint64) *recordv1.Action {
		return retail(coffeeA, quantity, s.now, ledger.CertificateID{})
	}
	good := s.sign(coop, "coop", sale(1))
	sign := func(a compose.Author, issued uint64) []byte {
		return must(a.Sign(must(compose.Marshal(1, []*recordv1.Action{sale(1)})), issued, compose.AtOnce)).Envelope
	}
	author := compose.Author{Chain: s.genesis.Chain, Account: coop, Schema: 1, Key: authorKey("coop")}
	foreign, stranger, unborn := author, author, author
	foreign.Chain = ledger.Hash{1}
	stranger.Key = authorKey("stranger")
	unborn.Account = 2_000_099
	notAction := must(ledger.ParseEnvelope(good.Envelope))
	header := ledger.NewHeader(notAction.Header, [][]byte{{0xff}})
	malformed := ledger.AppendEnvelope(nil, &header, author.Key.Public(), must(author.Key.Sign(header.Digest())), [][]byte{{0xff}})

	later := header
	later.Schema = 2
	future := ledger.AppendEnvelope(nil, &later, author.Key.Public(), must(author.Key.Sign(later.Digest())), [][]byte{{0xff}})

	row := func(change func(*ledger.Refusal)) []ledger.Refusal {
		r := ledger.Refusal{Record: good.ID, Author: coop, Reason: uint16(reason.MoreThanHolding)}
		change(&r)
		return []ledger.Refusal{r}
	}
	rules := finding{leaf, height, true, "rules"}
	for _, c := range []struct {
		name string
		want finding
		f    forgery
	}{
		{"more than there is", rules, forgery{records: [][]byte{s.sign(coop, "coop", sale(1_000_000)).Envelope}}},
		{"more than there is, behind a good record", finding{leaf + 1, height, true, "rules"},
			forgery{records: [][]byte{good.Envelope, s.sign(coop, "coop", sale(1_000_000)).Envelope}}},
		{"of another chain", rules, forgery{records: [][]byte{sign(foreign, s.now)}}},
		{"by a stranger's key", rules, forgery{records: [][]byte{sign(stranger, s.now)}}},
		{"by a retired key", rules, forgery{records: [][]byte{s.sign(trader, "trader", sale(1)).Envelope}}},
		{"by nobody", rules, forgery{records: [][]byte{sign(unborn, s.now)}}},
		{"expired", rules, forgery{records: [][]byte{sign(author, s.now-2*ledger.DayMillis)}}},
		{"of tomorrow", rules, forgery{records: [][]byte{sign(author, s.now+ledger.DayMillis)}}},
		{"no action", rules, forgery{records: [][]byte{malformed}}},
		{"in a later version", rules, forgery{records: [][]byte{future}}},
		{"accepted before", finding{leaf, height, true, "record id"}, forgery{records: [][]byte{s.leaves[53]}}},
		{"twice in the block", finding{leaf + 1, height, true, "record id"}, forgery{records: [][]byte{good.Envelope, good.Envelope}}},

		{"refused twice", finding{leaf, height, true, "refusals.record"}, forgery{refusals: append(row(func(*ledger.Refusal) {}), row(func(*ledger.Refusal) {})...)}},
		{"accepted and refused", finding{leaf + 1, height, true, "refusals.record"}, forgery{records: [][]byte{good.Envelope}, refusals: row(func(*ledger.Refusal) {})}},
		{"a refusal of nobody", finding{leaf, height, true, "refusals.author"}, forgery{refusals: row(func(r *ledger.Refusal) { r.Author = 2_000_099 })}},
		{"a refusal that is not for good", finding{leaf, height, true, "refusals.reason"},
			forgery{refusals: row(func(r *ledger.Refusal) { r.Reason = uint16(reason.UnknownLot) })}},
		{"a refusal of an action that no record has", finding{leaf, height, true, "refusals.action"},
			forgery{refusals: row(func(r *ledger.Refusal) { r.Action = ledger.MaxActions })}},
		{"a refusal too old", finding{leaf, height, true, "refusals.record"},
			forgery{refusals: row(func(r *ledger.Refusal) {
				r.Record = ledger.NewRecordID(s.machine.Head().Time-30*ledger.DayMillis-1, [32]byte{})
			})}},
		{"a refusal from the future", finding{leaf, height, true, "refusals.record"},
			forgery{refusals: row(func(r *ledger.Refusal) { r.Record = ledger.NewRecordID(s.now+5*60_000+1, [32]byte{}) })}},

		{"nothing", finding{leaf, height, false, "seal"}, forgery{}},
		{"a state of its own", finding{leaf + 1, height, false, "seal.state"}, forgery{records: [][]byte{good.Envelope}}},
		{"the clock set back", finding{leaf + 1, height, false, "seal.time"},
			forgery{records: [][]byte{good.Envelope}, change: func(s *ledger.Seal) { s.Time -= ledger.DayMillis; s.Flags = ledger.FlagClockReset }}},
		{"a clock reset that is none", finding{leaf + 1, height, false, "seal.flags"},
			forgery{records: [][]byte{good.Envelope}, change: func(s *ledger.Seal) { s.Flags = ledger.FlagClockReset }}},
		{"another policy", finding{leaf + 1, height, false, "seal.state"},
			forgery{records: [][]byte{good.Envelope}, change: func(s *ledger.Seal) { s.NextPolicy = ledger.Hash{1} }}},
		{"by an agency without a validator", finding{leaf + 1, height, false, "seal.draft.proposer"},
			forgery{records: [][]byte{good.Envelope}, draft: func(d *ledger.DraftHeader) { d.Proposer = department }}},
		{"by another's node", finding{leaf + 1, height, false, "seal.draft.signature"}, forgery{records: [][]byte{good.Envelope}, signer: nodeKey(neighbour)}},
		{"by another of the validator's keys", finding{leaf + 1, height, false, "seal.draft.signature"},
			forgery{records: [][]byte{good.Envelope}, signer: edKey(ident.PurposeCosigner.String() + " 2")}},
		{"a draft of another chain", finding{leaf + 1, height, false, "seal.draft.chain"},
			forgery{records: [][]byte{good.Envelope}, draft: func(d *ledger.DraftHeader) { d.Chain = ledger.Hash{1} }}},
	} {
		t.Run(c.name, func(t *testing.T) {
			diverges(t, s.genesis, v, s.forge(c.f), c.want)
		})
	}
}

// TestForgedSeals alters what a block says that is right in everything else.
func TestForgedSeals(t *testing.T) {
	s := tell(t)
	v := newMemory(t)
	draft := s.world.draft(0, s.sign(coop, "coop", retail(coffeeA, 1, s.now, ledger.CertificateID{})), s.sign(coop, "coop", retail(coffeeA, 2, s.now, ledger.CertificateID{})))
	block, _ := s.machine.Derive(s.rows, draft, func(ledger.RecordID) bool { return false })
	leaf, height := s.machine.Head().Size+2, block.Seal.Height
	make := func(f forgery) [][]byte {
		seal := *block.Seal
		f.signer = nodeKey(s.proposer)
		s.stamp(&seal, f)
		return append(s.leaves[:len(s.leaves):len(s.leaves)], block.Leaves[0], block.Leaves[1], seal.Append(nil))
	}
	if _, err := audit(s.genesis, v, make(forgery{}), 1, nil); err != nil {
		t.Fatalf("the block as it is: %v", err)
	}
	if _, err := audit(s.genesis, v, make(forgery{draft: func(d *ledger.DraftHeader) { d.Count, d.Records = 3, ledger.Hash{1} }}), 1, nil); err != nil {
		t.Errorf("one record more in the draft, which was turned away: %v", err)
	}
	last := s.machine.Draft()
	if last.Term < 2 {
		t.Fatalf("the newest draft is of %+v", last)
	}
	at := func(d *ledger.DraftHeader, term, sequence uint64) ledger.DraftHeader {
		moved := *d
		moved.Term, moved.Sequence = term, sequence
		return moved
	}
	if _, err := audit(s.genesis, v, make(forgery{draft: func(d *ledger.DraftHeader) { *d = at(d, last.Term+1, 0) }}), 1, nil); err != nil {
		t.Errorf("the first draft of the next term: %v", err)
	}
	for _, c := range []struct {
		field diagnosis.Path
		f     forgery
	}{
		{"seal.draft.count", forgery{draft: func(d *ledger.DraftHeader) { d.Count = 1 }}},
		{"seal.draft.sequence", forgery{draft: func(d *ledger.DraftHeader) { *d = at(d, last.Term, last.Sequence) }}},
		{"seal.draft.sequence", forgery{draft: func(d *ledger.DraftHeader) { *d = at(d, last.Term-1, last.Sequence+1) }}},
		{"seal.draft.sequence", forgery{draft: func(d *ledger.DraftHeader) { *d = at(d, 0, 0) }}},
		{"seal.draft.records", forgery{draft: func(d *ledger.DraftHeader) { d.Records[0] ^= 1 }}},
		{"seal.next_policy", forgery{change: func(s *ledger.Seal) { s.NextPolicy[0] ^= 1 }}},
		{"seal.protocol", forgery{change: func(s *ledger.Seal) { s.Protocol++ }}},
		{"seal.time", forgery{draft: func(d *ledger.DraftHeader) { d.Time++ }}},
		{"seal.state", forgery{change: func(s *ledger.Seal) { s.State[0] ^= 1 }}},
	} {
		t.Run(string(c.field), func(t *testing.T) {
			diverges(t, s.genesis, v, make(c.f), finding{leaf, height, false, c.field})
		})
	}
}

// TestRecordsOrderedTwice seals what the rules would make of records that were ordered before, as if nobody remembered them.
func TestRecordsOrderedTwice(t *testing.T) {
	s := tell(t)
	v := newMemory(t)
	forgetful := func(ledger.RecordID) bool { return false }
	sold := s.sign(trader, "trader 2", retail(coffeeA, 1, s.now, ledger.CertificateID{}))
	refused := s.sign(trader, "trader 2", retail(coffeeA, 999_999, s.now, ledger.CertificateID{}))
	s.block(0, []want{accepted, reason.MoreThanHolding}, sold, refused)
	leaf, height := s.machine.Head().Size, s.machine.Head().Height+1
	for _, c := range []struct {
		record *compose.Signed
		want   finding
	}{
		{sold, finding{leaf, height, true, "record id"}},
		{refused, finding{leaf, height, true, "refusals.record"}},
	} {
		block, _ := s.machine.Derive(s.rows, s.world.draft(0, c.record), forgetful)
		if block == nil {
			t.Fatal("the record is turned away by itself")
		}
		diverges(t, s.genesis, v, append(s.leaves[:leaf:leaf], block.Leaves...), c.want)
	}
}
