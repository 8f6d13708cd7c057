package main

import (
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/internal/verb"
	"github.com/ocopledger/ocop/cmd/ocopd/internal/ceremony"
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/genesis"
	"github.com/ocopledger/ocop/ledger/ident"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// assembleFlags is what the ceremony decides beside the descriptors.
type assembleFlags struct {
	territories, origin, time, out string
	publisher                      uint64
	sample                         bool
	quorum                         int
	votes                          uint32
	trust                          span
	witnesses, resolvers           []string
	backdating, future, clock      span
	expiry, lapse                  span
}

func (a *app) genesisAssemble() *cobra.Command {
	var f assembleFlags
	cmd := verb.Command(a.lang, verb.Spec{
		Use:   "assemble DESCRIPTOR… --territories FILE --origin NAME --publisher N -o FILE",
		Short: lang.Text{Vi: "Ghép bản mô tả các cơ quan thành tệp khởi nguyên", En: "Join the agencies' descriptors to a genesis file"},
		Long: lang.Text{
			Vi: `Ghép bản mô tả của mọi cơ quan với địa bàn, các bộ tiêu chí (RS-2019, RS-2023, RS-2025), thời hạn và số chữ ký chứng thực. Mọi quy tắc của một khởi
nguyên đúng được kiểm tra ở đây. Không ghi đè tệp có sẵn.

Tệp địa bàn là CSV (có dòng tiêu đề) hoặc danh sách YAML, gồm: code, level, parent, name, from, until
  67,tỉnh,1,Đắk Nông,01/01/2004,`,
			En: `Joins the descriptors of all agencies with territories, the rule sets (RS-2019, RS-2023, RS-2025), windows and quorum. Every rule of a sound genesis
is checked here. A file that is there already is not overwritten.

A territory file is CSV with a head line, or a YAML list, with: code, level, parent, name, from, until
  67,province,1,Đắk Nông,01/01/2004,`},
		Example: "  ocopd genesis assemble agency-*.descriptor --territories territories.csv --origin ocop.daknong.example/log --publisher 1 -o genesis",
		Least:   1, Most: -1,
		Run: func(cmd *cobra.Command, args []string) error {
			if err := verb.Require(cmd, "territories", "origin", "publisher", "output"); err != nil {
				return err
			}
			o, err := f.options(a.env.Now())
			if err != nil {
				return err
			}
			descriptors := make([]*genesis.Descriptor, len(args))
			for i, path := range args {
				if descriptors[i], err = readDescriptor(path); err != nil {
					return err
				}
			}
			g, err := genesis.Assemble(descriptors, *o)
			if err != nil {
				return fail(exitInput, lang.Text{Vi: "không thành khởi nguyên đúng: %v", En: "these do not make a sound genesis: %v"}, err)
			}
			if err := writeNew(f.out, g.Bytes()); err != nil {
				return err
			}
			return a.showGenesis(g)
		},
	})
	f.flags(a, cmd)
	return cmd
}

func (f *assembleFlags) flags(a *app, cmd *cobra.Command) {
	defaults := genesis.Parameters()
	s := cmd.Flags()
	s.StringVar(&f.territories, "territories", "", a.t(lang.Text{Vi: "`tệp` địa bàn, .csv hoặc .yaml", En: "territory `file`, .csv or .yaml"}))
	s.StringVar(&f.origin, "origin", "", a.t(lang.Text{Vi: "`tên` nguồn nhật ký theo C2SP, như ocop.tinh.example/log", En: "C2SP log origin, a `name` such as ocop.province.example/log"}))
	s.Uint64Var(&f.publisher, "publisher", 0, a.t(lang.Text{Vi: "`số` tài khoản của cơ quan công bố nhật ký", En: "account `number` of the agency that publishes the log"}))
	s.StringVarP(&f.out, "output", "o", "", a.t(lang.Text{Vi: "`tệp` khởi nguyên để ghi", En: "genesis `file` to write"}))
	s.BoolVar(&f.sample, "sample", false, a.t(lang.Text{Vi: "dữ liệu mẫu, không có giá trị; mọi nơi đều nói như vậy", En: "sample data without value; every output says so"}))
	s.StringVar(&f.time, "time", "", a.t(lang.Text{Vi: "`giờ` bắt đầu, như 2026-01-02T08:00:00+07:00; mặc định bây giờ", En: "`time` the ledger begins, such as 2026-01-02T08:00:00+07:00; by default now"}))
	s.IntVar(&f.quorum, "quorum", 0, a.t(lang.Text{Vi: "số chữ ký chứng thực; mặc định 2 trên 3, từ 4 nút là quá hai phần ba", En: "signatures that certify a head; by default 2 of 3, and more than two thirds from 4 on"}))
	s.StringArrayVar(&f.witnesses, "witness", nil, a.t(lang.Text{Vi: "`khóa` C2SP của nhân chứng bên ngoài, tên+mã+khóa; lặp lại được", En: "C2SP verifier `key` of an outside witness, name+id+key; may be repeated"}))
	s.Uint32Var(&f.votes, "vote-percent", 0, a.t(lang.Text{Vi: "`số` phiếu cần trên 100 nút để thay đổi mạng, 51 đến 100; mặc định 66", En: "`votes` of 100 validators that a change of the network takes, 51 to 100; by default 66"}))
	s.StringArrayVar(&f.resolvers, "resolver", nil, a.t(lang.Text{Vi: "`máy` phân giải mã trên nhãn, như ocop.tinh.example; lặp lại được, máy đầu cho nhãn mới", En: "`host` that resolves codes on labels, such as ocop.province.example; may be repeated, the first is for new labels"}))
	for _, one := range []struct {
		to    *span
		name  string
		milli uint64
		text  lang.Text
	}{
		{&f.trust, "trust-period", genesis.TrustPeriod * 1000, lang.Text{Vi: "tin khóa của một kỳ trong `hạn`", En: "an epoch's keys are trusted for `span`"}},
		{&f.backdating, "backdating-window", defaults.BackdatingWindow, lang.Text{Vi: "ghi lùi ngày không quá `hạn`", En: "an event may be `span` old at most"}},
		{&f.future, "future-window", defaults.FutureWindow, lang.Text{Vi: "giờ ký vượt trước không quá `hạn`", En: "a time may be `span` ahead at most"}},
		{&f.expiry, "longest-expiry", defaults.LongestExpiry, lang.Text{Vi: "bản ghi hết hạn sau không quá `hạn`, nhiều nhất 30d", En: "a record expires after `span` at most, 30d or less"}},
		{&f.lapse, "longest-lapse", defaults.LongestLapse, lang.Text{Vi: "đề nghị bán chờ không quá `hạn`", En: "a proposal lapses after `span` at most"}},
		{&f.clock, "clock-bound", defaults.ClockBound, lang.Text{Vi: "đồng hồ các nút lệch không quá `hạn`", En: "validators' clocks differ by `span` at most"}},
	} {
		*one.to = span(one.milli)
		s.Var(one.to, one.name, a.t(one.text))
	}
}

func (f *assembleFlags) options(now time.Time) (*genesis.Options, error) {
	o := &genesis.Options{
		Origin: f.origin, Sample: f.sample, Publisher: ledger.AccountID(f.publisher), Quorum: f.quorum, TrustPeriod: uint64(f.trust) / 1000,
		Parameters: &recordv1.Parameters{
			BackdatingWindow: uint64(f.backdating), FutureWindow: uint64(f.future), LongestExpiry: uint64(f.expiry), LongestLapse: uint64(f.lapse), ClockBound: uint64(f.clock),
			VotePercent: f.votes,
		},
	}
	if f.time != "" {
		t, err := time.Parse(time.RFC3339, f.time)
		if err != nil {
			return nil, verb.Usage(lang.Text{Vi: "--time %q: cần dạng 2026-01-02T08:00:00+07:00", En: "--time %q: want the form 2026-01-02T08:00:00+07:00"}, f.time)
		}
		now = t
	}
	o.Time = uint64(max(now.UnixMilli(), 0))
	for _, host := range f.resolvers {
		o.Parameters.Resolvers = append(o.Parameters.Resolvers, &recordv1.Resolver{Host: host})
	}
	for _, text := range f.witnesses {
		v, err := ident.ParseVKey(text)
		if err != nil || v.Type != ident.NoteCosigner {
			return nil, verb.Usage(lang.Text{Vi: "--witness %q không phải khóa đồng ký C2SP", En: "--witness %q is not a C2SP cosigner key"}, text)
		}
		o.Witnesses = append(o.Witnesses, &recordv1.Witness{Name: v.Name, Key: v.Key[:]})
	}
	data, err := readFile(f.territories, ceremony.MaxTerritories)
	if err != nil {
		return nil, err
	}
	o.Territories, err = ceremony.ParseTerritories(f.territories, data)
	return o, err
}

// span is a time in milliseconds, written like 45d, 36h or 5s.
type span uint64

const day = 24 * time.Hour

func (s *span) String() string {
	d := time.Duration(*s) * time.Millisecond
	if d > 0 && d%day == 0 {
		return strconv.FormatInt(int64(d/day), 10) + "d"
	}
	text := d.String()
	for _, zero := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(text, zero) {
			text = text[:len(text)-2]
		}
	}
	return text
}

// Set implements the flag.
func (s *span) Set(text string) error {
	var d time.Duration
	var err error
	if days, ok := strings.CutSuffix(text, "d"); ok {
		var n uint64
		n, err = strconv.ParseUint(days, 10, 16)
		d = time.Duration(n) * day
	} else {
		d, err = time.ParseDuration(text)
	}
	if err != nil || d < 0 {
		return lang.Errorf(lang.Text{Vi: "%q không phải khoảng thời gian như 45d, 36h, 5s", En: "%q is not a span of time such as 45d, 36h, 5s"}, text)
	}
	*s = span(d.Milliseconds())
	return nil
}

// Type implements the flag.
func (s *span) Type() string { return "span" }
