package rules

import (
	"google.golang.org/protobuf/proto"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/reason"
	"github.com/ocopledger/ocop/ledger/subject"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// proposeChange puts a change to the vote, if it could be carried out now. The action itself is kept: what is voted on is what was signed.
func (r *record) proposeChange(a *recordv1.ProposeChange, signed []byte) *Refusal {
	if refusal := r.agency(); refusal != nil {
		return refusal
	}
	if refusal := r.keyRole(subject.KeyGovern); refusal != nil {
		return refusal
	}
	if refusal := r.holds(subject.PowerGovern, r.today); refusal != nil {
		return refusal
	}
	if last := plus(r.ctx.Time, r.parameters.LongestLapse); a.Lapses <= r.ctx.Time || a.Lapses > last {
		return refuse(reason.VoteLapseOutOfRange, "propose_change.lapses", reason.Moment("have", a.Lapses), reason.Moment("first", r.ctx.Time), reason.Moment("last", last))
	}
	if _, refusal := r.plan(a); refusal != nil {
		return refusal
	}
	v := subject.ProposalValue{Proposal: r.action(), Proposer: r.author.Account, Lapses: a.Lapses, Status: subject.ProposalOpen, Action: signed}
	r.write(subject.Proposal(v.Proposal), v.Append(r.buffer()))
	return nil
}

// vote counts an agency's voice. The vote after which enough agree carries the change out; the one after which too many disagree closes the proposal.
func (r *record) vote(a *recordv1.Vote) *Refusal {
	const field = "vote.proposal"
	now, _, refusal := r.ownValidator()
	if refusal != nil {
		return refusal
	}
	id := ledger.ActionID{Record: r.id, Action: uint16(a.GetHere())}
	if named := a.GetAction(); named != nil {
		id = actionOf(named)
	}
	v, ok := read(r.Block, subject.Proposal(id), subject.ParseProposal)
	switch {
	case !ok:
		return refuse(reason.UnknownProposal, field, reason.Text("proposal", id.String()))
	case v.Status != subject.ProposalOpen:
		return refuse(reason.ProposalClosed, field, reason.Text("proposal", id.String()), statusArg(v.Status))
	case r.ctx.Time > v.Lapses:
		return refuse(reason.VotingOver, field, reason.Moment("have", v.Lapses))
	case v.Voted(r.author.Account):
		return refuse(reason.AlreadyVoted, field, accountArg(r.author.Account))
	}
	v.Votes = append(v.Votes, subject.ProposalVote{Agency: r.author.Account, Yes: a.Ballot == recordv1.Ballot_BALLOT_YES})
	yes, no := tally(&v, &now.Policy)
	n := len(now.Policy.Validators)
	var p *plan
	switch needed := r.parameters.Needed(n); {
	case yes >= needed:
		if p, refusal = r.plan(proposed(&v)); refusal != nil {
			vietnamese, english := refusal.Sentences()
			return refuse(reason.ProposalStale, field, reason.Words("why", vietnamese, english))
		}
		v.Status = subject.ProposalAccepted
	case n-no < needed:
		v.Status = subject.ProposalRejected
	}
	r.write(subject.Proposal(id), v.Append(r.buffer()))
	if p != nil {
		r.carryOut(p)
	}
	return nil
}

// tally counts the voices of those who run a validator now: of agencies that left since they voted, none.
func tally(v *subject.ProposalValue, policy *ledger.Policy) (yes, no int) {
	for _, vote := range v.Votes {
		if _, ok := policy.Validator(vote.Agency); !ok {
			continue
		}
		if vote.Yes {
			yes++
		} else {
			no++
		}
	}
	return yes, no
}

// proposed is the change of a proposal on the ledger.
func proposed(v *subject.ProposalValue) *recordv1.ProposeChange {
	var a recordv1.Action
	if err := proto.Unmarshal(v.Action, &a); err != nil || a.GetProposeChange() == nil {
		corrupt(subject.Proposal(v.Proposal), err)
	}
	return a.GetProposeChange()
}

func statusArg(s subject.ProposalStatus) reason.Arg {
	if s == subject.ProposalAccepted {
		return reason.Words("status", "đã được thông qua", "accepted")
	}
	return reason.Words("status", "đã bị bác", "rejected")
}
