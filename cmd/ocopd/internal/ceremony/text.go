package ceremony

import (
	"fmt"
	"io"
	"strings"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// text writes lines in a language.
type text struct {
	w io.Writer
	l lang.Language
}

func (t text) line(indent int, s lang.Text, args ...any) {
	fmt.Fprintf(t.w, "%s%s\n", strings.Repeat("  ", indent), s.F(t.l, args...))
}

// Text writes a genesis for people. What they have to compare stands first.
func (g *Genesis) Text(w io.Writer, l lang.Language) {
	t := text{w, l}
	if g.Notice != "" {
		fmt.Fprintf(w, "%s\n\n", g.Notice)
	}
	t.line(0, lang.Text{Vi: "Mã sổ cái   %s", En: "Chain id    %s"}, g.Chain)
	t.line(0, lang.Text{Vi: "Tên         %s (giao thức %d)", En: "Name        %s (protocol %d)"}, g.ChainName, g.Protocol)
	t.line(0, lang.Text{Vi: "Bắt đầu     %s", En: "Begins      %s"}, g.Time.Format("02/01/2006 15:04:05 -07:00"))
	t.line(0, lang.Text{Vi: "Nguồn       %s", En: "Origin      %s"}, g.Origin)
	t.line(0, lang.Text{Vi: "Địa bàn     %d", En: "Territories %d"}, g.Territories)
	t.policy(&g.Policy)
	for i := range g.Agencies {
		fmt.Fprintln(w)
		g.Agencies[i].Text(w, l)
	}
	fmt.Fprintln(w)
	t.line(0, lang.Text{Vi: "Bộ tiêu chí", En: "Rule sets"})
	for i := range g.Schemes {
		t.scheme(&g.Schemes[i])
	}
	fmt.Fprintln(w)
	t.parameters(&g.Parameters)
	fmt.Fprintln(w)
	t.line(0, lang.Text{Vi: "Xác nhận của các cơ quan", En: "Countersignatures"})
	for _, c := range g.Countersignatures {
		if c.Signed {
			t.line(1, lang.Text{Vi: "%d  đã ký, khóa %s", En: "%d  signed, key %s"}, c.Agency, c.Key)
		} else {
			t.line(1, lang.Text{Vi: "%d  CHƯA KÝ", En: "%d  NOT SIGNED"}, c.Agency)
		}
	}
}

func (t text) policy(p *Policy) {
	t.line(0, lang.Text{Vi: "Nút công bố cơ quan %d, khóa nhật ký %s", En: "Publisher   agency %d, log key %s"}, p.Publisher, p.Log.Fingerprint)
	t.line(0, lang.Text{Vi: "Chứng thực  %d trên %d chữ ký của các nút (q trên n)", En: "Quorum      %d of %d validators certify a head (q of n)"}, p.Quorum, p.Validators)
	t.line(6, lang.Text{
		Vi: "2q − n = %d: chừng ấy nút phải ký gian thì mới có hai lịch sử cùng được chứng thực",
		En: "2q − n = %d: so many must sign twice before two histories are both certified"}, p.Liars)
	t.line(0, lang.Text{Vi: "Hạn tin cậy %d ngày cho khóa của một kỳ", En: "Trust       %d days in the keys of an epoch"}, p.TrustPeriodDays)
	for _, w := range p.Witnesses {
		t.line(0, lang.Text{Vi: "Nhân chứng  %s, khóa %s", En: "Witness     %s, key %s"}, w.Name, w.Key.Fingerprint)
	}
}

// Text writes an agency for people.
func (a *Agency) Text(w io.Writer, l lang.Language) {
	t := text{w, l}
	t.line(0, lang.Text{Vi: "Cơ quan %d: %s", En: "Agency %d: %s"}, a.Account, a.Name)
	t.line(1, lang.Text{Vi: "địa bàn     %s", En: "territory   %s"}, a.Territory.String())
	for _, g := range a.Grants {
		open := lang.Text{Vi: "từ %s", En: "from %s"}.F(l, g.From)
		if g.Until != "" {
			open += lang.Text{Vi: " đến %s", En: " until %s"}.F(l, g.Until)
		}
		t.line(1, lang.Text{Vi: "thẩm quyền  cấp %s tại %s, %s: %s", En: "authority   %s level, %s, %s: %s"}, levelText(g.level), g.Territory.String(), open, bitText(l, powers, g.Powers))
	}
	for _, k := range a.Officers {
		t.line(1, lang.Text{Vi: "cán bộ      %s: %s", En: "officer     %s: %s"}, k.Fingerprint, bitText(l, roles, k.Roles))
	}
	if v := a.Validator; v != nil {
		t.line(1, lang.Text{Vi: "nút         khóa nút %s, TLS %s", En: "node        node key %s, TLS %s"}, v.Node.Fingerprint, v.TLS.Fingerprint)
		t.line(1, lang.Text{Vi: "đồng ký     %s, khóa %s", En: "cosigner    %s, key %s"}, v.CosignerName, v.Cosigner.Fingerprint)
		t.line(1, lang.Text{Vi: "địa chỉ     giữa các nút %s, công khai %s", En: "addresses   peer %s, public %s"}, v.PeerAddress, v.PublicAddress)
	} else {
		t.line(1, lang.Text{Vi: "nút         không vận hành nút", En: "node        runs none"})
	}
	if a.Log != nil {
		t.line(1, lang.Text{Vi: "khóa nhật ký %s", En: "log key     %s"}, a.Log.Fingerprint)
	}
}

func (p Place) String() string {
	if p.Name == "" {
		return fmt.Sprint(p.Code)
	}
	return fmt.Sprintf("%d %s", p.Code, p.Name)
}

func (t text) scheme(s *Scheme) {
	until := s.Until
	if until == "" {
		until = "…"
	}
	t.line(1, lang.Text{Vi: "%s  %s – %s  %s", En: "%s  %s – %s  %s"}, s.ID, s.From, until, s.Source)
	t.line(2, lang.Text{
		Vi: "phần A, B, C tối đa %s, %s, %s điểm; hiệu lực %d tháng, thêm không quá %d ngày",
		En: "parts A, B, C at most %s, %s, %s points; valid for %d months, and %d day(s) more at most"},
		points(s.Max[0]), points(s.Max[1]), points(s.Max[2]), s.Months, s.Days)
	for _, b := range s.Bands {
		t.line(2, lang.Text{Vi: "%d sao: từ %s điểm, cấp %s công nhận", En: "%d stars: from %s points, recognised at %s level"}, b.Star, points(b.Lowest), t.levels(b.levels))
	}
}

func (t text) levels(levels []recordv1.Level) string {
	names := make([]string, len(levels))
	for i, level := range levels {
		names[i] = levelText(level).In(t.l)
	}
	return strings.Join(names, ", ")
}

// points writes hundredths as Vietnamese documents do.
func points(hundredths uint32) string {
	if hundredths%100 == 0 {
		return fmt.Sprint(hundredths / 100)
	}
	return fmt.Sprintf("%d,%02d", hundredths/100, hundredths%100)
}

func (t text) parameters(p *Parameters) {
	t.line(0, lang.Text{Vi: "Thời hạn", En: "Windows"})
	for _, one := range []struct {
		text  lang.Text
		milli uint64
	}{
		{lang.Text{Vi: "ghi lùi ngày tối đa           %s", En: "events at most so long ago       %s"}, p.BackdatingWindow},
		{lang.Text{Vi: "giờ ký vượt trước tối đa      %s", En: "times at most so far ahead       %s"}, p.FutureWindow},
		{lang.Text{Vi: "bản ghi có hạn tối đa         %s", En: "records expire at most after     %s"}, p.LongestExpiry},
		{lang.Text{Vi: "đề nghị bán chờ tối đa        %s", En: "proposals lapse at most after    %s"}, p.LongestLapse},
		{lang.Text{Vi: "đồng hồ nút lệch tối đa       %s", En: "validators' clocks differ by     %s"}, p.ClockBound},
	} {
		t.line(1, one.text, t.span(one.milli))
	}
	if v := p.Votes; v != nil {
		t.line(0, lang.Text{Vi: "Biểu quyết  thay đổi cần %d trên %d cơ quan vận hành nút (%d trên 100)", En: "Votes       a change takes %d of %d agencies that run validators (%d of 100)"}, v.Needed, v.Validators, v.Percent)
	}
	for _, r := range p.Resolvers {
		if r.Until == "" {
			t.line(0, lang.Text{Vi: "Phân giải   mã dẫn tới %s", En: "Resolver    codes lead to %s"}, r.Host)
			continue
		}
		t.line(0, lang.Text{Vi: "Phân giải   mã dẫn tới %s đến hết %s", En: "Resolver    codes lead to %s until %s"}, r.Host, r.Until)
	}
}

// units of time, largest first, in milliseconds.
var units = []struct {
	milli uint64
	text  lang.Text
}{
	{24 * 60 * 60 * 1000, lang.Text{Vi: "%d ngày", En: "%d days"}}, {60 * 60 * 1000, lang.Text{Vi: "%d giờ", En: "%d hours"}},
	{60 * 1000, lang.Text{Vi: "%d phút", En: "%d minutes"}}, {1000, lang.Text{Vi: "%d giây", En: "%d seconds"}},
}

// span says a time in the largest unit that it is a multiple of.
func (t text) span(milli uint64) string {
	for _, u := range units {
		if milli > 0 && milli%u.milli == 0 {
			return u.text.F(t.l, milli/u.milli)
		}
	}
	return fmt.Sprintf("%d ms", milli)
}
