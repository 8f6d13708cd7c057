package rules

import (
	"fmt"
	"slices"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/reason"
	"github.com/ocopledger/ocop/ledger/subject"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// plan is what a change comes to in the state as the block has left it so far. It is made when the change is proposed, to see that it can be carried out,
// and made again by the vote that carries it out.
type plan struct {
	policy     *subject.PolicyValue // nil: the epoch goes on
	keys       *subject.ValidatorKeysValue
	node       *subject.NodeValue
	parameters *subject.ParametersValue
}

func (r *record) plan(a *recordv1.ProposeChange) (*plan, *Refusal) {
	switch c := a.Change.(type) {
	case *recordv1.ProposeChange_AddValidator:
		return r.addValidator(c.AddValidator)
	case *recordv1.ProposeChange_RemoveValidator:
		return r.removeValidator(c.RemoveValidator)
	case *recordv1.ProposeChange_SetParameters:
		return setParameters(c.SetParameters)
	}
	panic("rules: a change without a rule")
}

func (r *record) carryOut(p *plan) {
	if p.policy != nil {
		r.endEpoch(p.policy)
	}
	if p.keys != nil {
		r.write(subject.ValidatorKeys(p.keys.Agency), p.keys.Append(r.buffer()))
	}
	if p.node != nil {
		r.write(subject.Node(p.node.Agency), p.node.Append(r.buffer()))
	}
	if p.parameters != nil {
		r.write(subject.Parameters(), p.parameters.Append(r.buffer()))
	}
}

// setParameters checks what parameters may be. They are in force from the next block on.
func setParameters(a *recordv1.Parameters) (*plan, *Refusal) {
	const field = "propose_change.set_parameters."
	percent := uint64(a.VotePercent)
	if percent == 0 {
		percent = subject.DefaultVotePercent
	}
	for _, p := range []struct {
		name, vietnamese, english string
		have, least, most         uint64
		arg                       func(string, uint64) reason.Arg
	}{
		{"backdating_window", "hạn ghi lùi ngày", "backdating window", a.BackdatingWindow, 1, subject.MaxWindow, reason.Span},
		{"future_window", "hạn ghi trước", "future window", a.FutureWindow, subject.LeastFuture, subject.MaxWindow, reason.Span},
		{"longest_expiry", "hạn gửi dài nhất", "longest expiry", a.LongestExpiry, subject.LeastExpiry, subject.MaxExpiry, reason.Span},
		{"longest_lapse", "hạn trả lời dài nhất", "longest lapse", a.LongestLapse, subject.LeastLapse, subject.MaxWindow, reason.Span},
		{"clock_bound", "độ lệch đồng hồ cho phép", "clock bound", a.ClockBound, subject.LeastClockBound, subject.MaxWindow, reason.Span},
		{"vote_percent", "số phiếu cần trên một trăm", "votes needed of a hundred", percent, subject.LeastVotePercent, subject.MaxVotePercent, reason.Count},
	} {
		if p.have < p.least || p.have > p.most {
			return nil, refuse(reason.ParameterOutOfRange, field+p.name, reason.Words("name", p.vietnamese, p.english), p.arg("have", p.have), p.arg("first", p.least), p.arg("last", p.most))
		}
	}
	resolvers, refusal := resolversOf(a.Resolvers, field+"resolvers")
	if refusal != nil {
		return nil, refusal
	}
	return &plan{parameters: &subject.ParametersValue{
		BackdatingWindow: a.BackdatingWindow, FutureWindow: a.FutureWindow, LongestExpiry: a.LongestExpiry, LongestLapse: a.LongestLapse, ClockBound: a.ClockBound,
		VotePercent: uint8(a.VotePercent), Resolvers: resolvers,
	}}, nil
}

// resolversOf checks the hosts that resolve codes.
func resolversOf(stated []*recordv1.Resolver, field string) (all []subject.Resolver, refusal *Refusal) {
	for i, s := range stated {
		v := subject.Resolver{Host: s.Host, Until: ledger.Date(s.Until)}
		at := fmt.Sprintf("%s[%d]", field, i)
		if !v.Valid() {
			return nil, refuse(reason.ResolverInvalid, at, reason.Text("have", v.Host))
		}
		if slices.ContainsFunc(all, func(o subject.Resolver) bool { return o.Host == v.Host }) {
			return nil, refuse(reason.ResolverTwice, at+".host", reason.Text("have", v.Host))
		}
		all = append(all, v)
	}
	return all, nil
}
