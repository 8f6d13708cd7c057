package explain

import (
	"strings"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/ledger/reason"
	"github.com/ocopledger/ocop/ledger/subject"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// rotateValidator shows as much of the keys as "ocopd keys rotate" does of their public halves.
func (v voice) rotateValidator(a *recordv1.RotateValidator) string {
	var parts []string
	for _, k := range []struct {
		key  *recordv1.ValidatorKey
		text lang.Text
	}{
		{a.GetCosigner(), lang.Text{Vi: " khóa đồng ký mới %s", En: " new cosigner key %s"}},
		{a.GetNode(), lang.Text{Vi: " khóa ký bản thảo mới %s", En: " new key for drafts %s"}},
		{a.GetTls(), lang.Text{Vi: " khóa kết nối (TLS) mới %s", En: " new TLS key %s"}},
	} {
		if k.key != nil {
			parts = append(parts, k.text.F(v.l, short(k.key.GetPublicKey())))
		}
	}
	s := lang.Text{Vi: "Thay khóa nút xác thực của cơ quan ký:", En: "Rotate the keys of the author's validator:"}.In(v.l) + strings.Join(parts, ",")
	if a.GetCosigner() == nil && a.GetNode() == nil {
		return s + lang.Text{Vi: "; kỳ chính sách không đổi", En: "; the policy epoch goes on"}.In(v.l)
	}
	return s + lang.Text{Vi: "; khối nhận bản ghi này kết thúc một kỳ chính sách", En: "; the block that takes this ends a policy epoch"}.In(v.l)
}

func (v voice) updateNode(a *recordv1.UpdateNode) string {
	var parts []string
	if n := a.GetIncarnation(); n != 0 {
		parts = append(parts, lang.Text{Vi: " kho raft mới, lần lập %d", En: " a new raft store, incarnation %d"}.F(v.l, n))
	}
	if s := a.GetPeerAddress(); s != "" {
		parts = append(parts, lang.Text{Vi: " các nút khác kết nối đến %s", En: " peers reach it at %s"}.F(v.l, s))
	}
	if s := a.GetPublicAddress(); s != "" {
		parts = append(parts, lang.Text{Vi: " địa chỉ công khai %s", En: " public address %s"}.F(v.l, s))
	}
	return lang.Text{Vi: "Cập nhật nút của cơ quan ký:", En: "Update the author's node:"}.In(v.l) + strings.Join(parts, ",")
}

func (v voice) proposeChange(a *recordv1.ProposeChange) string {
	var s string
	switch c := a.GetChange().(type) {
	case *recordv1.ProposeChange_AddValidator:
		s = v.addValidator(c.AddValidator)
	case *recordv1.ProposeChange_RemoveValidator:
		s = v.removeValidator(c.RemoveValidator)
	case *recordv1.ProposeChange_SetParameters:
		s = v.setParameters(c.SetParameters)
	default:
		s = lang.Text{Vi: "Đề xuất một thay đổi mà phần mềm này chưa biết", En: "Propose a change this software does not know"}.In(v.l)
	}
	return s + lang.Text{Vi: "; biểu quyết đến %s", En: "; votes are taken until %s"}.F(v.l, Moment(a.GetLapses()))
}

func (v voice) addValidator(a *recordv1.AddValidator) string {
	n := a.GetValidator()
	return lang.Text{
		Vi: "Đề xuất kết nạp nút xác thực của cơ quan %s: tên đồng ký %s, khóa ký bản thảo %s, khóa đồng ký %s, khóa kết nối (TLS) %s, các nút khác kết nối đến %s, địa chỉ công khai %s; sau đó cần %d cơ quan đồng ký",
		En: "Propose that the node of agency %s joins the validators: cosigner name %s, key for drafts %s, cosigner key %s, TLS key %s, peers reach it at %s, public address %s; quorum %d afterwards"}.F(v.l,
		v.account(a.GetAgency()), n.GetCosignerName(), short(n.GetNode().GetPublicKey()), short(n.GetCosigner().GetPublicKey()), short(n.GetTls().GetPublicKey()),
		n.GetPeerAddress(), n.GetPublicAddress(), a.GetQuorum())
}

func (v voice) removeValidator(a *recordv1.RemoveValidator) string {
	s := lang.Text{Vi: "Đề xuất cho nút xác thực của cơ quan %s thôi tham gia; sau đó cần %d cơ quan đồng ký", En: "Propose that the node of agency %s leaves the validators; quorum %d afterwards"}.F(v.l,
		v.account(a.GetAgency()), a.GetQuorum())
	if p := a.GetPublisher(); p != 0 {
		s += lang.Text{Vi: ", cơ quan %s làm nút công bố", En: ", agency %s runs the publisher"}.F(v.l, v.account(p))
	}
	if k := a.GetLog(); k != nil {
		s += lang.Text{Vi: ", khóa nhật ký mới %s", En: ", new log key %s"}.F(v.l, short(k.GetPublicKey()))
	}
	return s
}

func (v voice) setParameters(a *recordv1.Parameters) string {
	span := func(milli uint64) string {
		arg := reason.Span("", milli)
		return lang.Text{Vi: arg.Vietnamese, En: arg.English}.In(v.l)
	}
	percent := a.GetVotePercent()
	if percent == 0 {
		percent = subject.DefaultVotePercent
	}
	return lang.Text{
		Vi: "Đề xuất tham số: ghi lùi ngày %s, ghi trước %s, hạn gửi dài nhất %s, hạn trả lời dài nhất %s, đồng hồ lệch nhiều nhất %s, số phiếu cần %d trên 100, máy chủ giải mã: %s",
		En: "Propose parameters: backdating window %s, future window %s, longest expiry %s, longest lapse %s, clock bound %s, votes needed %d of 100, hosts that resolve codes: %s"}.F(v.l,
		span(a.GetBackdatingWindow()), span(a.GetFutureWindow()), span(a.GetLongestExpiry()), span(a.GetLongestLapse()), span(a.GetClockBound()), percent,
		v.resolvers(a.GetResolvers()))
}

func (v voice) vote(a *recordv1.Vote) string {
	what := lang.Text{Vi: "đề xuất ở %s của chính bản ghi này", En: "what %s of this record proposes"}.F(v.l, Position(v.l, int(a.GetHere())))
	if named := a.GetAction(); named != nil {
		what = lang.Text{Vi: "đề xuất %s", En: "proposal %s"}.F(v.l, compose.SaleID(named))
	}
	return lang.Text{Vi: "Biểu quyết %s với %s", En: "Vote %s on %s"}.F(v.l, name(ballots, a.GetBallot()), what)
}
