package chaintest

import (
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/ledger/genesis"
	"github.com/ocopledger/ocop/ledger/ident"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// Department is an agency of ledgers of protocol version 3 that runs no validator at first.
const Department ledger.AccountID = 4

// memberships is how many drafts tell of who joins and leaves.
const memberships = 7

func (t *teller) members() {
	t.draft("a TLS key is replaced, and a node has a new store and moves: no epoch ends",
		t.Sign(District, compose.Act(&recordv1.RotateValidator{Tls: t.bring(District, ident.PurposeTLS, SpareKey(District, ident.PurposeTLS, "1"))})),
		t.Sign(Province, compose.Act(&recordv1.UpdateNode{Incarnation: 2, PeerAddress: "127.0.0.1:7499"})))
	joins := t.Sign(Province, t.ProposeJoin(Department, 3), voteHere())
	t.draft("a fourth validator is proposed, with the proposer's vote; who would join has none", joins, t.Sign(Department, VoteOn(joins, recordv1.Ballot_BALLOT_YES)))
	t.draft("the second vote of three lets it join: the block ends the policy epoch", t.Sign(Ministry, VoteOn(joins, recordv1.Ballot_BALLOT_YES)))
	t.Elect(Department)
	t.draft("the new validator proposes a block", t.Sign(House, Retail(t.Goods(HoneyLot, 5, ledger.CertificateID{}))))
	p := genesis.Parameters()
	p.VotePercent = 60
	percent := t.Sign(Department, voteHere()) // nothing to vote on
	changed := t.Sign(Ministry, t.Change(&recordv1.ProposeChange{Change: &recordv1.ProposeChange_SetParameters{SetParameters: p}}), voteHere())
	t.draft("other parameters by three of four, in one block", percent, changed, t.Sign(Department, VoteOn(changed, recordv1.Ballot_BALLOT_YES)),
		t.Sign(District, VoteOn(changed, recordv1.Ballot_BALLOT_NO)), t.Sign(Province, VoteOn(changed, recordv1.Ballot_BALLOT_YES)))
	leaves := t.Sign(District, t.ProposeLeave(Department, 2), voteHere())
	t.draft("the fourth leaves again, by its own draft: the block ends the epoch", leaves, t.Sign(Ministry, VoteOn(leaves, recordv1.Ballot_BALLOT_YES)),
		t.Sign(Province, VoteOn(leaves, recordv1.Ballot_BALLOT_YES)), t.Sign(Department, VoteOn(leaves, recordv1.Ballot_BALLOT_NO)))
	t.Elect(Province)
	rotation := t.Rotate(District, "3", "")
	rotation.GetRotateValidator().Tls = t.bring(District, ident.PurposeTLS, SpareKey(District, ident.PurposeTLS, "2"))
	t.draft("three are left, and one of them replaces its cosigner key and its TLS key in one record", t.Sign(District, rotation))
}

// Change puts a change to the vote for a week.
func (w *World) Change(c *recordv1.ProposeChange) *recordv1.Action {
	c.Lapses = w.Now + 7*ledger.DayMillis
	return compose.Act(c)
}

// ProposeJoin proposes that an agency joins with its first keys.
func (w *World) ProposeJoin(agency ledger.AccountID, quorum uint32) *recordv1.Action {
	bring := func(purpose ident.Purpose) *recordv1.ValidatorKey {
		return w.bring(agency, purpose, NodeKey(agency, purpose))
	}
	return w.Change(&recordv1.ProposeChange{Change: &recordv1.ProposeChange_AddValidator{AddValidator: &recordv1.AddValidator{
		Agency: uint64(agency), Quorum: quorum, Validator: &recordv1.NewValidator{
			Node: bring(ident.PurposeNode), Cosigner: bring(ident.PurposeCosigner), Tls: bring(ident.PurposeTLS),
			CosignerName: cosignerName(agency), PeerAddress: "127.0.0.1:7" + agency.String() + "01", PublicAddress: "127.0.0.1:7" + agency.String() + "00",
		},
	}}})
}

// ProposeLeave proposes that an agency leaves, which is not the publisher's.
func (w *World) ProposeLeave(agency ledger.AccountID, quorum uint32) *recordv1.Action {
	return w.Change(&recordv1.ProposeChange{Change: &recordv1.ProposeChange_RemoveValidator{RemoveValidator: &recordv1.RemoveValidator{Agency: uint64(agency), Quorum: quorum}}})
}

// VoteOn votes on what a record's first action proposes.
func VoteOn(r *compose.Signed, b recordv1.Ballot) *recordv1.Action {
	return compose.Act(&recordv1.Vote{Proposal: &recordv1.Vote_Action{Action: compose.ActionRef(ledger.ActionID{Record: r.ID})}, Ballot: b})
}

// voteHere agrees to what the first action of the same record proposes.
func voteHere() *recordv1.Action {
	return compose.Act(&recordv1.Vote{Proposal: &recordv1.Vote_Here{}, Ballot: recordv1.Ballot_BALLOT_YES})
}
