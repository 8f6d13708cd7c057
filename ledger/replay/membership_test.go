package replay_test

import (
	"testing"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/ledger/diagnosis"
	"github.com/ocopledger/ocop/ledger/genesis"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/reason"
	"github.com/ocopledger/ocop/ledger/subject"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// tell3 writes the golden ledger of protocol version 3: the same story in that version, with TLS keys, nodes that move, validators that come and go by
// votes, and other parameters. It is never changed.
func tell3(tb testing.TB) *story {
	s := &story{world: newWorld(tb, newGenesis(3, chainName+"-3", at(2026, time.September, 1, 9, 0)))}
	s.now += 60_000
	registrations := s.registers()
	s.keys()
	s.certifies()
	s.corrects(registrations)
	s.trades()
	s.rotates()
	s.moves()
	s.governs()
	s.revokes()
	s.ends()
	return s
}

// moves nodes, without an epoch.
func (s *story) moves() {
	s.block(0, ok(1), s.sign(province, "2", compose.Act(&recordv1.RotateValidator{Tls: s.bring(province, ident.PurposeTLS, "tls 2b")})))
	s.block(ledger.FlagCosign, []want{accepted, reason.IncarnationNotNext, accepted, reason.AddressInvalid},
		s.sign(neighbour, "3", compose.Act(&recordv1.UpdateNode{Incarnation: 2, PeerAddress: "nut.lamdong.example:7411", PublicAddress: "[2001:db8::3]:443"})),
		s.sign(ministry, "1", compose.Act(&recordv1.UpdateNode{Incarnation: 3})),
		s.sign(ministry, "1", compose.Act(&recordv1.UpdateNode{Incarnation: 2})),
		s.sign(province, "2", compose.Act(&recordv1.UpdateNode{PublicAddress: "nut.daknong.example"})),
	)
	both := compose.Act(&recordv1.RotateValidator{Node: s.bring(neighbour, ident.PurposeNode, "node 3d"), Tls: s.bring(neighbour, ident.PurposeTLS, "tls 3b")})
	s.block(0, ok(2), s.sign(neighbour, "3", both), s.sign(neighbour, "3", compose.Act(&recordv1.UpdateNode{Incarnation: 3})))
}

// governs by votes: a fourth validator joins, a vote fails, one is cast too late for the network it was meant for, the publisher leaves, and comes back with
// new keys and other parameters in one block.
func (s *story) governs() {
	lapses := s.now + 7*ledger.DayMillis
	joins := s.sign(province, "2", s.proposal(s.joining(department, 3, "b"), lapses), voteHere(0, true))
	again := s.sign(neighbour, "3", s.proposal(s.joining(department, 3, "c"), lapses))
	s.block(0, []want{accepted, accepted, reason.PowerMissing, reason.QuorumOutOfRange}, joins, again,
		s.sign(department, "5", s.proposal(s.joining(department, 3, "d"), lapses)), s.sign(ministry, "1", s.proposal(s.joining(department, 2, "d"), lapses)))
	s.rotations = s.rotations[:len(s.rotations)-6] // those of accepted proposals
	s.block(0, []want{accepted, reason.AlreadyVoted, reason.NotAValidator, accepted},
		s.sign(neighbour, "3", vote(again, true)), s.sign(province, "2", vote(joins, true)), s.sign(department, "5", vote(joins, true)), s.sign(province, "2", vote(again, true)))
	s.block(0, []want{reason.ProposalClosed, accepted}, s.sign(ministry, "1", vote(again, false)), s.sign(ministry, "1", vote(joins, false)))
	s.block(0, []want{accepted, reason.ProposalStale}, s.sign(neighbour, "3", vote(joins, true)), s.sign(department, "5", vote(joins, true)))
	s.elect(department)
	s.block(ledger.FlagCosign, ok(1), s.sign(coop, "coop", retail(coffeeA, 500, s.now, ledger.CertificateID{})))

	leaves := s.sign(department, "5", compose.Act(&recordv1.UpdateNode{PeerAddress: "nut.so.example:7401"}))
	out := s.sign(ministry, "1", s.proposal(&recordv1.ProposeChange{Change: &recordv1.ProposeChange_RemoveValidator{
		RemoveValidator: &recordv1.RemoveValidator{Agency: uint64(ministry), Quorum: 2, Publisher: uint64(province), Log: s.bring(province, ident.PurposeLog, "log 2")}}}, lapses), voteHere(0, true))
	s.block(0, ok(4), leaves, out, s.sign(department, "5", vote(out, false)), s.sign(neighbour, "3", vote(out, true)))
	s.block(0, ok(1), s.sign(province, "2", vote(out, true)))
	s.block(0, ok(1), s.sign(coop, "coop", retail(coffeeA, 600, s.now, ledger.CertificateID{})))

	back := s.sign(province, "2", s.proposal(s.joining(ministry, 4, "d"), lapses), voteHere(0, true))
	windows := s.sign(ministry, "1", s.proposal(&recordv1.ProposeChange{Change: &recordv1.ProposeChange_SetParameters{SetParameters: &recordv1.Parameters{
		BackdatingWindow: 45 * ledger.DayMillis, FutureWindow: 240_000, LongestExpiry: 20 * ledger.DayMillis, LongestLapse: 20 * ledger.DayMillis, ClockBound: 4000, VotePercent: 75,
	}}}, lapses))
	s.block(0, ok(4), back, windows, s.sign(department, "5", vote(windows, true)), s.sign(neighbour, "3", vote(windows, true)))
	s.block(0, ok(1), s.sign(department, "5", vote(back, true))) // enough before, and no more
	s.block(0, ok(2), s.sign(neighbour, "3", vote(back, true), compose.Act(&recordv1.RotateValidator{Tls: s.bring(neighbour, ident.PurposeTLS, "tls 3c")})),
		s.sign(ministry, "1", compose.Act(&recordv1.UpdateNode{Incarnation: 4})))
	doomed := s.sign(ministry, "1", s.proposal(s.leaving(department, 3), lapses), voteHere(0, false))
	s.block(0, []want{reason.VoteLapseOutOfRange, accepted}, s.sign(ministry, "1", s.proposal(s.leaving(department, 2), s.now+21*ledger.DayMillis)), doomed)
	s.block(0, ok(1), s.sign(department, "5", vote(doomed, false)))
	s.elect(ministry)
	s.block(0, ok(1), s.sign(coop, "coop", retail(coffeeA, 700, s.now, ledger.CertificateID{})))
}

func (s *story) proposal(c *recordv1.ProposeChange, lapses uint64) *recordv1.Action {
	c.Lapses = lapses
	return compose.Act(c)
}

// joining proposes an agency's node with keys of this letter.
func (s *story) joining(agency ledger.AccountID, quorum uint32, letter string) *recordv1.ProposeChange {
	host := "node" + agency.String() + ".example"
	bring := func(purpose ident.Purpose) *recordv1.ValidatorKey {
		return s.bring(agency, purpose, purpose.String()+" "+agency.String()+letter)
	}
	return &recordv1.ProposeChange{Change: &recordv1.ProposeChange_AddValidator{AddValidator: &recordv1.AddValidator{Agency: uint64(agency), Quorum: quorum, Validator: &recordv1.NewValidator{
		Node: bring(ident.PurposeNode), Cosigner: bring(ident.PurposeCosigner), Tls: bring(ident.PurposeTLS),
		CosignerName: host, PeerAddress: host + ":7401", PublicAddress: host + ":7400",
	}}}}
}

func (s *story) leaving(agency ledger.AccountID, quorum uint32) *recordv1.ProposeChange {
	return &recordv1.ProposeChange{Change: &recordv1.ProposeChange_RemoveValidator{RemoveValidator: &recordv1.RemoveValidator{Agency: uint64(agency), Quorum: quorum}}}
}

func voteHere(number uint32, yes bool) *recordv1.Action {
	return compose.Act(&recordv1.Vote{Proposal: &recordv1.Vote_Here{Here: number}, Ballot: ballot(yes)})
}

// vote is on what the record's first action proposes.
func vote(r *compose.Signed, yes bool) *recordv1.Action {
	return compose.Act(&recordv1.Vote{Proposal: &recordv1.Vote_Action{Action: compose.ActionRef(action(r, 0))}, Ballot: ballot(yes)})
}

func ballot(yes bool) recordv1.Ballot {
	if yes {
		return recordv1.Ballot_BALLOT_YES
	}
	return recordv1.Ballot_BALLOT_NO
}

// TestMembersOfTheGoldenLedger follows who validates through the golden ledger, from the documents alone.
func TestMembersOfTheGoldenLedger(t *testing.T) {
	s := tell3(t)
	type epoch struct {
		validators int
		quorum     uint8
		publisher  ledger.AccountID
	}
	var got []epoch
	proposals := map[subject.ProposalStatus]int{}
	for _, b := range s.blocks {
		if b.Seal.EndsEpoch() {
			e := epoch{len(b.Next.Validators), b.Next.Quorum, b.Next.Publisher}
			if len(got) == 0 || got[len(got)-1] != e {
				got = append(got, e)
			}
		}
	}
	want := []epoch{{3, 2, ministry}, {4, 3, ministry}, {3, 2, province}, {4, 4, province}}
	if len(got) != len(want) {
		t.Fatalf("epochs of %+v, want %+v", got, want)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("%+v, want %+v", got[i], want[i])
		}
	}
	for id, row := range s.rows {
		if id.Kind == subject.KindProposal {
			proposals[must(subject.ParseProposal(row.Value)).Status]++
		}
	}
	if proposals[subject.ProposalOpen] != 1 || proposals[subject.ProposalAccepted] < 3 || proposals[subject.ProposalRejected] == 0 {
		t.Errorf("proposals: %v", proposals)
	}
	node := must(subject.ParseNode(s.rows[subject.Node(ministry)].Value))
	if node.Incarnation != 4 || node.TLSKey != edKey("tls 1d").Public() {
		t.Errorf("the node that came back: %+v", node)
	}
}

// TestProposersWhoComeAndGo: a validator proposes from the block after the one that lets it join, up to the one that takes it out.
func TestProposersWhoComeAndGo(t *testing.T) {
	s := market(t, newGenesis(3, "ocop-members", at(2026, time.September, 1, 9, 0)))
	v := newMemory(t)
	sell := func() *compose.Signed {
		return s.later().sign(coop, "coop", retail(coffeeA, 1, s.now, ledger.CertificateID{}))
	}
	forged := func(field diagnosis.Path, proposer ledger.AccountID, signer string, record *compose.Signed) {
		t.Helper()
		o := *s.world.draft(0, record)
		o.Header.Term++
		o.Header.Proposer, o.Header.Sequence, o.Header.Previous = proposer, 0, ledger.Hash{}
		o.Signature = must(edKey(signer).Sign(o.Header.Message()))
		block, _ := s.machine.Derive(s.rows, &o, func(ledger.RecordID) bool { return false })
		leaf, height := uint64(len(s.leaves))+1, s.machine.Head().Height+1
		diverges(t, s.genesis, v, append(s.leaves[:leaf-1:leaf-1], block.Leaves...), finding{leaf, height, false, field})
	}
	lapses := s.now + ledger.DayMillis
	joins := s.sign(province, "2", s.proposal(s.joining(department, 3, "b"), lapses), voteHere(0, true))
	s.block(0, ok(1), joins)
	last := s.sign(ministry, "1", vote(joins, true))
	forged("seal.draft.proposer", department, "node 5b", last) // in the block that lets it join
	s.block(0, ok(1), last)
	s.elect(department)
	s.block(0, ok(1), sell())
	leaves := s.sign(province, "2", s.proposal(s.leaving(department, 2), lapses), voteHere(0, true))
	s.block(0, ok(3), leaves, s.sign(ministry, "1", vote(leaves, true)), s.sign(neighbour, "3", vote(leaves, true))) // the last one that it proposes
	s.elect(ministry)
	forged("seal.draft.proposer", department, "node 5b", sell())
	s.block(0, ok(1), sell())
	if _, err := audit(s.genesis, v, s.leaves, 1, nil); err != nil {
		t.Error(err)
	}
}

// TestParametersOfTheBlockBefore: what a block's votes set is for the next one, for records as for rows, and whatever it was meanwhile, an id is remembered
// for as long as it could ever come.
func TestParametersOfTheBlockBefore(t *testing.T) {
	g := newGenesis(3, "ocop-windows", at(2026, time.September, 1, 9, 0))
	s := shop(t, g)
	v := newMemory(t)
	windows := func(days uint64) *compose.Signed {
		p := genesis.Parameters()
		p.LongestExpiry = days * aDay
		c := &recordv1.ProposeChange{Change: &recordv1.ProposeChange_SetParameters{SetParameters: p}}
		return s.later().sign(ministry, "1", s.proposal(c, s.now+aDay), voteHere(0, true))
	}
	long, doomed := s.sell(7), s.sell(tooMuch) // good for 30 days
	s.now += 2 * aDay
	shorter := windows(1)
	s.block(0, []want{accepted, accepted, accepted, reason.MoreThanHolding}, shorter, s.sign(province, "2", vote(shorter, true)), long, doomed)
	s.block(0, []want{reason.ExpiryTooLong, accepted}, s.sell(8), s.sign(coop, "coop", retail(coffeeA, 1, s.now, ledger.CertificateID{})))
	for range 3 {
		s.now += aDay
		s.block(0, ok(1), s.sign(coop, "coop", retail(coffeeA, 1, s.now, ledger.CertificateID{})))
	}
	longer := windows(30)
	s.block(0, ok(2), longer, s.sign(province, "2", vote(longer, true)))
	s.block(0, ok(1), s.sell(9))
	if _, err := audit(g, v, s.leaves, 1, nil); err != nil {
		t.Fatal(err)
	}
	leaf, height := uint64(len(s.leaves)), s.machine.Head().Height+1
	diverges(t, g, v, s.forge(forgery{records: [][]byte{long.Envelope}}), finding{leaf, height, true, "record id"})
	row := ledger.Refusal{Record: doomed.ID, Author: coop, Reason: uint16(reason.MoreThanHolding)}
	diverges(t, g, v, s.forge(forgery{refusals: []ledger.Refusal{row}}), finding{leaf, height, true, "refusals.record"})
}
