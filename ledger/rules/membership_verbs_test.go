package rules_test

import (
	"crypto/sha256"
	"fmt"
	"strings"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/subject"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// update node incarnation N, peer HOST:PORT, public HOST:PORT
func (w *world) updateNode(_ ledger.AccountID, rest string) *recordv1.Action {
	c := split(rest)
	a := &recordv1.UpdateNode{Incarnation: uint32(number(c.or("incarnation", "0"))), PeerAddress: c.or("peer", ""), PublicAddress: c.or("public", "")}
	c.done()
	return &recordv1.Action{Kind: &recordv1.Action_UpdateNode{UpdateNode: a}}
}

// put NAME: CHANGE, ends in SPAN
func (w *world) putToVote(_ ledger.AccountID, rest string) *recordv1.Action {
	_, what, ok := strings.Cut(rest, ": ")
	if !ok {
		wrong("a proposal without a name")
	}
	c := split(what)
	a := new(recordv1.ProposeChange)
	a.Lapses = w.now + span(c.or("ends in", "7 days"))
	if lapsed, ok := c.get("ended before"); ok {
		a.Lapses = w.now - span(lapsed)
	}
	if agency, ok := c.get("add validator"); ok {
		a.Change = &recordv1.ProposeChange_AddValidator{AddValidator: w.addValidator(agency, c)}
	} else if agency, ok := c.get("remove validator"); ok {
		r := &recordv1.RemoveValidator{Agency: uint64(w.account(agency)), Quorum: uint32(number(c.need("quorum")))}
		if publisher, ok := c.get("publisher"); ok {
			r.Publisher = uint64(w.account(publisher))
		}
		name := c.or("log of", "province")
		r.Log = bringer(c, ident.ValidatorPossession{Chain: w.chain, Agency: uint64(w.account(name)), CosignerName: name + ".example"})(ident.PurposeLog, "")
		a.Change = &recordv1.ProposeChange_RemoveValidator{RemoveValidator: r}
	} else if c.has("set parameters") {
		a.Change = &recordv1.ProposeChange_SetParameters{SetParameters: &recordv1.Parameters{
			BackdatingWindow: span(c.or("backdating", "45 days")), FutureWindow: span(c.or("future", "5 minutes")), LongestExpiry: span(c.or("expiry", "30 days")),
			LongestLapse: span(c.or("lapse", "30 days")), ClockBound: span(c.or("clock", "5 seconds")), VotePercent: uint32(number(c.or("votes", "0"))), Resolvers: resolvers(c),
		}}
	}
	c.done()
	return &recordv1.Action{Kind: &recordv1.Action_ProposeChange{ProposeChange: a}}
}

// add validator NAME, quorum N, node KEY, cosigner KEY, tls KEY, name N, peer HOST:PORT, public HOST:PORT, proof …
func (w *world) addValidator(name string, c *clauses) *recordv1.AddValidator {
	agency := w.account(name)
	v := &recordv1.NewValidator{CosignerName: c.or("name", name+".example"), PeerAddress: c.or("peer", name+":7401"), PublicAddress: c.or("public", name+":7400")}
	p := ident.ValidatorPossession{Chain: w.chain, Agency: uint64(agency), CosignerName: v.CosignerName}
	if other, ok := c.get("proof for"); ok {
		p.Agency = uint64(w.account(other))
	}
	if other, ok := c.get("proof under"); ok {
		p.CosignerName = other
	}
	bring := bringer(c, p)
	v.Node, v.Cosigner, v.Tls = bring(ident.PurposeNode, "node "+name), bring(ident.PurposeCosigner, "cosigner "+name), bring(ident.PurposeTLS, "tls "+name)
	return &recordv1.AddValidator{Agency: uint64(agency), Validator: v, Quorum: uint32(number(c.need("quorum")))}
}

// vote yes on NAME, vote no on action N: of this record
func (w *world) vote(_ ledger.AccountID, rest string) *recordv1.Action {
	voice, what, _ := strings.Cut(rest, " on ")
	a := &recordv1.Vote{Ballot: recordv1.Ballot(enum(recordv1.Ballot_value, "BALLOT_", voice))}
	if n, ok := strings.CutPrefix(what, "action "); ok {
		a.Proposal = &recordv1.Vote_Here{Here: uint32(number(n))}
	} else {
		id, ok := w.sales[what]
		if !ok {
			id = ledger.ActionID{Record: sha256.Sum256([]byte(what))}
		}
		a.Proposal = &recordv1.Vote_Action{Action: &recordv1.ActionRef{Record: id.Record[:], Action: uint32(id.Action)}}
	}
	return &recordv1.Action{Kind: &recordv1.Action_Vote{Vote: a}}
}

func (p *player) showNode(v subject.NodeValue) {
	p.say("→ incarnation %d, TLS key %s, peers at %s, public at %s", v.Incarnation, short(v.TLSKey[:]), v.PeerAddress, v.PublicAddress)
}

func (p *player) showProposal(v subject.ProposalValue) {
	votes := make([]string, len(v.Votes))
	for i, vote := range v.Votes {
		votes[i] = p.nameOf(vote.Agency) + map[bool]string{true: " yes", false: " no"}[vote.Yes]
	}
	p.say("→ by %s, %v: %s", p.nameOf(v.Proposer), v.Status, strings.Join(votes, ", "))
}

func (p *player) showParameters(v subject.ParametersValue) {
	var needed []string
	for n := 1; n <= ledger.MaxValidators; n++ {
		needed = append(needed, fmt.Sprintf("%d of %d", v.Needed(n), n))
	}
	p.say("→ backdating %d ms, future %d ms, expiry %d ms, lapse %d ms, clock %d ms; votes %s", v.BackdatingWindow, v.FutureWindow, v.LongestExpiry, v.LongestLapse, v.ClockBound,
		strings.Join(needed, ", "))
	for _, host := range v.Resolvers {
		p.say("   codes resolved by %s until %v", host.Host, host.Until)
	}
}
