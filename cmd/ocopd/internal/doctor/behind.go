package doctor

import (
	"slices"
	"strings"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/ledger"
)

// standing is how far a node is.
type standing struct {
	agency       ledger.AccountID
	height, size uint64
}

// newest is the node that is furthest, as far as can be seen.
func newest(f *Facts) (best standing) {
	if f.Node != nil {
		best = standing{f.Agency, f.Node.Height, f.Node.Size}
	}
	for _, p := range f.Peers {
		if p.View != nil && p.View.Size > best.size {
			best = standing{p.Agency, p.View.Height, p.View.Size}
		}
	}
	return best
}

// behind says who is behind, and why.
func behind(l *list, f *Facts) {
	best := newest(f)
	say := func(code string, about ledger.AccountID, at standing, why lang.Text) {
		agency := about
		if about == 0 {
			agency = best.agency
		}
		l.add(code, about, values{"agency": text(agency.String()), "leaves": number(best.size - at.size), "heights": number(best.height - min(at.height, best.height)), "why": why})
	}
	if n := f.Node; n != nil && f.Agency != best.agency && late(best.size, n.Size, n.Leader == 0) {
		say("node.behind", 0, standing{f.Agency, n.Height, n.Size}, whyHere(f))
	}
	if s := f.Files; s != nil && f.Mode == Stopped && s.Ran && !s.Chain.Missing && best.agency != 0 && best.size > s.Size {
		say("node.behind", 0, standing{f.Agency, s.Height, s.Size}, lang.Text{Vi: "nút đã dừng", En: "it is stopped"})
	}
	for _, p := range f.Peers {
		switch {
		case p.View != nil && late(best.size, p.View.Size, p.View.Leader == 0):
			say("peer.behind", p.Agency, standing{p.Agency, p.View.Height, p.View.Size}, whyThere(f, &p))
		case p.View == nil && p.Last != nil && p.Last.Size > 0 && best.size > p.Last.Size:
			say("peer.behind", p.Agency, standing{p.Agency, p.Last.Height, p.Last.Size}, lang.Text{
				Vi: "không tới được (" + p.Peer.Text().Vi + "); số liệu là của lần cuối nó trả lời", En: "it cannot be reached (" + p.Peer.Text().En + "); the figures are from its last answer"})
		}
	}
}

// late: without a leader there is no traffic, so that any difference is one.
func late(best, size uint64, leaderless bool) bool {
	return best > size && (best-size >= behindLeaves || leaderless)
}

func whyHere(f *Facts) lang.Text {
	switch n := f.Node; {
	case n.Diverged:
		return lang.Text{Vi: "sổ cái của nó đã lệch", En: "its ledger has diverged"}
	case n.Refused != nil:
		return lang.Text{Vi: "nó từ chối nút dẫn đầu vì đồng hồ", En: "it refuses the leader because of a clock"}
	case n.Leader == 0:
		return lang.Text{Vi: "nó không nghe thấy nút dẫn đầu", En: "it hears no leader"}
	}
	return lang.Text{Vi: "đang bắt kịp, hoặc đĩa hay bộ xử lý của máy này chậm", En: "it catches up, or this machine's disk or processor is slow"}
}

func whyThere(f *Facts, p *Peer) lang.Text {
	bound := clockBound(f)
	switch v := p.View; {
	case v.Diverged:
		return lang.Text{Vi: "sổ cái của nó đã lệch", En: "its ledger has diverged"}
	case v.ClockKnown && v.Ahead < -bound:
		return lang.Text{Vi: "đồng hồ của nó chậm, nên nó từ chối giờ của nút dẫn đầu", En: "its clock is slow, so that it refuses the leader's time"}
	case v.Leader == 0:
		return lang.Text{Vi: "nó không nghe thấy nút dẫn đầu: chiều từ nút dẫn đầu đến nó bị chặn", En: "it hears no leader: the direction from the leader to it is blocked"}
	}
	return lang.Text{Vi: "đang bắt kịp, hoặc đĩa hay bộ xử lý của máy ấy chậm", En: "it catches up, or that machine's disk or processor is slow"}
}

// versions says that nodes run different software.
func versions(l *list, f *Facts) {
	var said, seen []string
	note := func(agency ledger.AccountID, version string) {
		if version == "" {
			return
		}
		said = append(said, agency.String()+": "+version)
		if !slices.Contains(seen, version) {
			seen = append(seen, version)
		}
	}
	if f.Node != nil {
		note(f.Agency, f.Node.Version)
	}
	for _, p := range f.Peers {
		if p.View != nil {
			note(p.Agency, p.View.Version)
		}
	}
	if len(seen) > 1 {
		l.add("software.differs", 0, values{"versions": text(strings.Join(said, ", "))})
	}
}

// shared says that validators are on one machine: here, or together elsewhere.
func shared(l *list, f *Facts) {
	var vi, en []string
	var here []string
	byIP := make(map[string][]string)
	var order []string
	for _, p := range f.Peers {
		if p.Here {
			here = append(here, p.Agency.String())
			continue
		}
		for _, ip := range p.IPs {
			if byIP[ip] = append(byIP[ip], p.Agency.String()); len(byIP[ip]) == 2 {
				order = append(order, ip)
			}
		}
	}
	if !f.Replica() {
		here = append([]string{f.Agency.String()}, here...)
	}
	if len(here) > 1 {
		all := strings.Join(here, ", ")
		vi, en = append(vi, "các cơ quan "+all+" ở máy này"), append(en, "agencies "+all+" on this one")
	}
	for _, ip := range order {
		all := strings.Join(byIP[ip], ", ")
		vi, en = append(vi, "các cơ quan "+all+" ở "+ip), append(en, "agencies "+all+" at "+ip)
	}
	if len(vi) > 0 {
		l.add("host.shared", 0, values{"who": {Vi: strings.Join(vi, "; "), En: strings.Join(en, "; ")}})
	}
}
