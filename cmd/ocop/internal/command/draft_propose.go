package command

import (
	"context"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/internal/rotation"
	"github.com/ocopledger/ocop/cmd/internal/verb"
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/ledger/subject"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// proposalLong says what all proposals have in common.
var proposalLong = lang.Text{
	Vi: `Cơ quan có thẩm quyền quản trị ký, bằng khóa có quyền quản trị. Đề xuất chưa đổi gì: các cơ quan đang vận hành nút xác thực biểu quyết
bằng "ocop draft vote"; lá phiếu đủ số thì thay đổi được thực hiện ngay. --vote kèm luôn phiếu đồng ý của cơ quan ký, nếu cơ quan vận hành nút.`,
	En: `Signed by an agency that has the power to govern, with a key that may. A proposal changes nothing yet: the agencies that run validators vote with
"ocop draft vote", and the vote that suffices carries the change out. --vote adds the author's own vote for it, if it runs a validator.`}

// proposing is what all proposals have: until when votes are taken, and the proposer's own vote.
type proposing struct {
	lapses time.Time
	vote   bool
}

// proposalVerb is a command that makes a proposal of the change that build makes.
func (a *app) proposalVerb(v verb.Spec, needed []string, build func(context.Context, *drafting) (*recordv1.ProposeChange, error)) *cobra.Command {
	var p proposing
	v.Long = lang.Text{Vi: v.Long.Vi + "\n" + proposalLong.Vi, En: v.Long.En + "\n" + proposalLong.En}
	cmd, _ := a.draftVerb(v, append([]string{"author"}, needed...), func(ctx context.Context, d *drafting) error {
		if p.vote && d.add {
			return fail(exitUsage, lang.Text{Vi: "--vote không dùng cùng --append: phiếu gọi đề xuất bằng số hành động trong bản ghi", En: "--vote does not go with --append: the vote names the proposal by its number in the record"})
		}
		change, err := build(ctx, d)
		if err != nil {
			return err
		}
		if p.lapses.IsZero() {
			p.lapses = a.env.Now().Add(openFor)
		}
		change.Lapses = uint64(p.lapses.UnixMilli())
		d.act(compose.Act(change))
		if p.vote {
			d.act(compose.Act(&recordv1.Vote{Proposal: &recordv1.Vote_Here{Here: 0}, Ballot: recordv1.Ballot_BALLOT_YES}))
		}
		return nil
	})
	timeFlag(a, cmd, &p.lapses, "lapses", lang.Text{Vi: "hạn biểu quyết; mặc định 14 ngày", En: "until when votes are taken; by default 14 days"})
	cmd.Flags().BoolVar(&p.vote, "vote", false, a.t(lang.Text{Vi: "kèm phiếu đồng ý của cơ quan ký", En: "with the author's own vote for it"}))
	return cmd
}

func (a *app) quorumFlag(cmd *cobra.Command, quorum *uint32) {
	cmd.Flags().Uint32Var(quorum, "quorum", 0, a.t(lang.Text{
		Vi: "`số` cơ quan đồng ký cần có sau thay đổi: hơn một nửa số nút", En: "`number` of cosignatures that certify a head afterwards: more than half of the validators"}))
}

func (a *app) draftProposeAdd() *cobra.Command {
	var (
		file   string
		quorum uint32
	)
	cmd := a.proposalVerb(verb.Spec{
		Use:   "propose-add-validator",
		Short: lang.Text{Vi: "Đề xuất kết nạp nút xác thực của một cơ quan", En: "Propose that an agency's node joins the validators"},
		Long: lang.Text{
			Vi: `Khóa, bằng chứng và địa chỉ lấy từ tệp agency-N.validator mà "ocopd init --genesis" viết ra trên máy của nút mới; trong đó không có bí mật.`,
			En: `Keys, proofs and addresses are in the file agency-N.validator that "ocopd init --genesis" wrote on the new node's machine; there is no secret in it.`},
		Example: "  ocop draft propose-add-validator --author 1 --validator agency-5.validator --quorum 3 --vote -o nhap.yaml",
	}, []string{"validator", "quorum"}, func(_ context.Context, d *drafting) (*recordv1.ProposeChange, error) {
		data, err := readFile(file, rotation.MaxText)
		if err != nil {
			return nil, err
		}
		j, err := rotation.ParseJoining(string(data))
		if err != nil {
			return nil, withCode(exitInput, err)
		}
		if j.Place.Chain != d.place.chain {
			return nil, fail(exitInput, lang.Text{Vi: "nút này xin tham gia sổ cái %s, không phải %s", En: "this node wants to join ledger %s, not %s"}, j.Place.Chain, d.place.chain)
		}
		return &recordv1.ProposeChange{Change: &recordv1.ProposeChange_AddValidator{
			AddValidator: &recordv1.AddValidator{Agency: uint64(j.Place.Agency), Validator: j.Validator(), Quorum: quorum},
		}}, nil
	})
	cmd.Flags().StringVar(&file, "validator", "", a.t(lang.Text{Vi: "`tệp` từ \"ocopd init --genesis\"", En: "`file` from \"ocopd init --genesis\""}))
	a.quorumFlag(cmd, &quorum)
	return cmd
}

func (a *app) draftProposeRemove() *cobra.Command {
	var (
		agency, publisher ledger.AccountID
		quorum            uint32
		log               string
	)
	cmd := a.proposalVerb(verb.Spec{
		Use:   "propose-remove-validator",
		Short: lang.Text{Vi: "Đề xuất cho nút xác thực của một cơ quan thôi tham gia", En: "Propose that an agency's node leaves the validators"},
		Long: lang.Text{
			Vi: `Tài khoản và thẩm quyền của cơ quan còn nguyên. Nếu nút đó là nút công bố thì phải nêu cơ quan thay: --publisher; cơ quan thay chưa giữ bản sao
khóa nhật ký thì tạo khóa mới bằng "ocopd keys log" và giao tệp: --log-key.`,
			En: `The agency keeps its account and authority. If its node is the publisher, name the agency that takes that over: --publisher; unless that one holds a copy of
the log key, it makes a new one with "ocopd keys log" and hands over the file: --log-key.`},
		Example: "  ocop draft propose-remove-validator --author 1 --agency 5 --quorum 2 --vote -o nhap.yaml",
	}, []string{"agency", "quorum"}, func(_ context.Context, d *drafting) (*recordv1.ProposeChange, error) {
		c := &recordv1.RemoveValidator{Agency: uint64(agency), Quorum: quorum, Publisher: uint64(publisher)}
		if log != "" {
			var err error
			if c.Log, err = logKey(log, d, publisher); err != nil {
				return nil, err
			}
		}
		return &recordv1.ProposeChange{Change: &recordv1.ProposeChange_RemoveValidator{RemoveValidator: c}}, nil
	})
	cmd.Flags().StringVar(&log, "log-key", "", a.t(lang.Text{Vi: "`tệp` từ \"ocopd keys log\" của nút công bố mới", En: "`file` from \"ocopd keys log\" on the new publisher"}))
	agencyFlag(a, cmd, &agency, "agency", lang.Text{Vi: "cơ quan có nút thôi tham gia", En: "agency whose node leaves"})
	agencyFlag(a, cmd, &publisher, "publisher", lang.Text{Vi: "cơ quan làm nút công bố sau đó", En: "agency that runs the publisher afterwards"})
	a.quorumFlag(cmd, &quorum)
	return cmd
}

// logKey reads the file of a log key, which must be of the publisher.
func logKey(file string, d *drafting, publisher ledger.AccountID) (*recordv1.ValidatorKey, error) {
	data, err := readFile(file, rotation.MaxText)
	if err != nil {
		return nil, err
	}
	r, err := rotation.ParseLog(string(data))
	if err != nil {
		return nil, withCode(exitInput, err)
	}
	if r.Place.Chain != d.place.chain || publisher != 0 && r.Place.Agency != publisher {
		return nil, fail(exitInput, lang.Text{Vi: "khóa nhật ký này là của cơ quan %v, sổ cái %s", En: "this log key is of agency %v, ledger %s"}, r.Place.Agency, r.Place.Chain)
	}
	k := &r.Keys[0]
	return &recordv1.ValidatorKey{PublicKey: k.Public[:], Proof: k.Proof[:]}, nil
}

// parameterFlags are flags for windows and limits.
type parameterFlags struct {
	backdating, future, expiry, lapse, clock time.Duration
	percent                                  uint32
	resolvers                                []string
	noResolvers                              bool
}

func (a *app) draftProposeParameters() *cobra.Command {
	var p parameterFlags
	var cmd *cobra.Command
	cmd = a.proposalVerb(verb.Spec{
		Use:   "propose-parameters",
		Short: lang.Text{Vi: "Đề xuất tham số mới của sổ cái", En: "Propose other parameters of the ledger"},
		Long: lang.Text{
			Vi: `Điều không nêu giữ như hiện nay, theo nút được hỏi; không có mạng thì phải nêu tất cả, trừ --vote-percent và --resolver. Thời gian viết như 1080h, 5m, 5s.
--resolver nêu lại toàn bộ danh sách máy chủ giải mã QR, theo thứ tự; máy đầu tiên còn mở là máy của nhãn mới.
Tham số mới có hiệu lực từ khối sau khối thực hiện.`,
			En: `What is not given stays as the node that is asked has it; without a network all but --vote-percent and --resolver are needed. Times are written like 1080h, 5m, 5s.
--resolver gives the whole list of hosts that resolve codes, in order; the first that is open is the one of new labels.
New parameters are in force from the block after the one that carries the change out.`},
		Example: "  ocop draft propose-parameters --author 1 --vote-percent 75 --vote -o nhap.yaml",
	}, nil, func(ctx context.Context, d *drafting) (*recordv1.ProposeChange, error) {
		set, err := a.parameters(ctx, d, cmd, &p)
		if err != nil {
			return nil, err
		}
		return &recordv1.ProposeChange{Change: &recordv1.ProposeChange_SetParameters{SetParameters: set}}, nil
	})
	f := cmd.Flags()
	f.StringArrayVar(&p.resolvers, "resolver", nil, a.t(lang.Text{
		Vi: "`máy chủ` giải mã trên nhãn, hoặc máy=dd/mm/yyyy nếu chỉ đến hết ngày đó; lặp lại được, tối đa 16",
		En: "`host` that resolves the codes on labels, or host=dd/mm/yyyy if only until that day; may be given several times, at most 16"}))
	f.BoolVar(&p.noResolvers, "no-resolvers", false, a.t(lang.Text{Vi: "không còn máy chủ giải mã nào", En: "no host resolves codes any more"}))
	f.DurationVar(&p.backdating, "backdating-window", 0, a.t(lang.Text{Vi: "ngày bán được lùi nhiều nhất bao lâu", En: "how far before block time a sale may lie"}))
	f.DurationVar(&p.future, "future-window", 0, a.t(lang.Text{Vi: "được ghi trước giờ khối nhiều nhất bao lâu", En: "how far after block time an issue or event may lie"}))
	f.DurationVar(&p.expiry, "longest-expiry", 0, a.t(lang.Text{Vi: "từ lúc lập đến hạn gửi, dài nhất", En: "longest time between issue and expiry of a record"}))
	f.DurationVar(&p.lapse, "longest-lapse", 0, a.t(lang.Text{Vi: "hạn trả lời dài nhất của một đề nghị hay đề xuất", En: "longest time in which a proposal can be answered"}))
	f.DurationVar(&p.clock, "clock-bound", 0, a.t(lang.Text{Vi: "đồng hồ của nút dẫn đầu được nhanh hơn nhiều nhất", En: "how far a leader's clock may be ahead"}))
	f.Uint32Var(&p.percent, "vote-percent", 0, a.t(lang.Text{Vi: "`số` phiếu cần trên 100 nút, 51 đến 100", En: "`votes` needed of 100 validators, 51 to 100"}))
	return cmd
}

// parameters are those of the node, with what the flags change.
func (a *app) parameters(ctx context.Context, d *drafting, cmd *cobra.Command, p *parameterFlags) (*recordv1.Parameters, error) {
	set := new(recordv1.Parameters)
	flags := []struct {
		name  string
		given time.Duration
		place *uint64
	}{
		{"backdating-window", p.backdating, &set.BackdatingWindow}, {"future-window", p.future, &set.FutureWindow}, {"longest-expiry", p.expiry, &set.LongestExpiry},
		{"longest-lapse", p.lapse, &set.LongestLapse}, {"clock-bound", p.clock, &set.ClockBound},
	}
	hosts, newHosts, err := p.hosts()
	if err != nil {
		return nil, err
	}
	missing, changed := "", newHosts || cmd.Flags().Changed("vote-percent")
	for _, f := range flags {
		if cmd.Flags().Changed(f.name) {
			changed = true
		} else {
			missing = f.name
		}
	}
	if !changed {
		return nil, fail(exitUsage, lang.Text{Vi: "chưa nêu tham số nào", En: "no parameter is given"})
	}
	if missing != "" || !(newHosts && cmd.Flags().Changed("vote-percent")) && !d.offline() {
		now, err := readPresent(ctx, a, d, "--"+missing, subject.Parameters(), subject.ParseParameters)
		if err != nil {
			return nil, err
		}
		*set = recordv1.Parameters{BackdatingWindow: now.BackdatingWindow, FutureWindow: now.FutureWindow, LongestExpiry: now.LongestExpiry, LongestLapse: now.LongestLapse,
			ClockBound: now.ClockBound, VotePercent: uint32(now.VotePercent)}
		for _, r := range now.Resolvers {
			set.Resolvers = append(set.Resolvers, &recordv1.Resolver{Host: r.Host, Until: uint32(r.Until)})
		}
	}
	for _, f := range flags {
		if !cmd.Flags().Changed(f.name) {
			continue
		}
		if f.given < time.Millisecond {
			return nil, fail(exitUsage, lang.Text{Vi: "--%s: ít nhất 1ms", En: "--%s: at least 1ms"}, f.name)
		}
		*f.place = uint64(f.given.Milliseconds())
	}
	if cmd.Flags().Changed("vote-percent") {
		if p.percent < subject.LeastVotePercent || p.percent > subject.MaxVotePercent {
			return nil, fail(exitUsage, lang.Text{Vi: "--vote-percent: từ %d đến %d", En: "--vote-percent: from %d to %d"}, subject.LeastVotePercent, subject.MaxVotePercent)
		}
		set.VotePercent = p.percent
	}
	if newHosts {
		set.Resolvers = hosts
	}
	return set, nil
}

// hosts are the resolvers given; given is false when the present ones stay.
func (p *parameterFlags) hosts() (hosts []*recordv1.Resolver, given bool, err error) {
	if p.noResolvers && len(p.resolvers) > 0 {
		return nil, false, fail(exitUsage, lang.Text{Vi: "--resolver và --no-resolvers không dùng cùng nhau", En: "--resolver and --no-resolvers do not go together"})
	}
	for _, s := range p.resolvers {
		var r subject.Resolver
		if err := (&value[subject.Resolver]{to: &r, name: "resolver", parse: parseResolver}).read(s); err != nil {
			return nil, false, withCode(exitUsage, err)
		}
		hosts = append(hosts, &recordv1.Resolver{Host: r.Host, Until: uint32(r.Until)})
	}
	return hosts, p.noResolvers || len(hosts) > 0, nil
}

// parseResolver reads "ocop.example.vn", or "ocop.example.vn=31/12/2030".
func parseResolver(s string) (r subject.Resolver, err error) {
	host, until, bounded := strings.Cut(s, "=")
	r.Host = strings.ToLower(strings.TrimSpace(host))
	if bounded {
		if r.Until, err = parseDate(strings.TrimSpace(until)); err != nil {
			return r, err
		}
	}
	if !r.Valid() {
		err = lang.Errorf(lang.Text{Vi: "%q không phải tên máy chủ, có cổng hay không", En: "%q is no host name, with a port or without"}, host)
	}
	return r, err
}
