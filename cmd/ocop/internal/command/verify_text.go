package command

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/ocop/internal/explain"
	"github.com/ocopledger/ocop/cmd/ocop/internal/words"
	"github.com/ocopledger/ocop/ledger/subject"
	"github.com/ocopledger/ocop/ledger/verify/receipts"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

const (
	vietnamese = lang.Vietnamese
	english    = lang.English
)

// subjectWords is a subject as a receipt names it, its kind in the language of the person.
func (a *app) subjectWords(s string) string {
	kind, id, _ := strings.Cut(s, " ")
	what := map[string]lang.Text{
		"product": {Vi: "sản phẩm", En: kind}, "certificate": {Vi: "giấy chứng nhận", En: kind}, "lot": {Vi: "lô", En: kind},
	}[kind]
	if what.En == "" {
		return s
	}
	return a.t(what) + " " + id
}

// subjectText tells a receipt's chain: verdict, product, who certified and why it could, what happened, and what all of it rests on.
func (a *app) subjectText(w io.Writer, r *receipts.Result, s *shownSubject) {
	fmt.Fprintln(w, a.t(lang.Text{Vi: "Biên nhận đúng: mọi điều dưới đây đã được kiểm.", En: "The receipt is genuine: everything below has been checked."}))
	fmt.Fprintln(w, lang.Text{Vi: "\n%s", En: "\n%s"}.F(a.lang, lang.Text{Vi: s.Verdict.Vietnamese, En: s.Verdict.English}.In(a.lang)))
	if s.Product == "" {
		fmt.Fprintln(w, lang.Text{Vi: "Ở khối %d chưa có %s.", En: "At block %d there is no %s."}.F(a.lang, s.Verdict.AsOf, a.subjectWords(s.Subject)))
	}
	fmt.Fprintln(w)
	t := a.lines(w)
	t.line(lang.Text{Vi: "Kết luận cho", En: "Verdict for"}, lang.Text{Vi: "ngày %s, theo sổ cái ở khối %d", En: "%s, as of block %d"}.F(a.lang, s.Verdict.Date, s.Verdict.AsOf))
	if s.Product != "" {
		t.line(lang.Text{Vi: "Sản phẩm", En: "Product"}, s.ProductName+" ("+s.Product+")")
		t.line(lang.Text{Vi: "Chủ thể", En: "Producer"}, a.party(*s.Producer))
	}
	if r.Lot != nil {
		t.line(lang.Text{Vi: "Lô", En: "Lot"}, s.Lot+", "+words.Quantity(a.lang, r.Lot.Quantity, recordv1.Unit(r.Lot.Unit)))
		t.line(lang.Text{Vi: "Sản xuất", En: "Produced"}, r.Lot.Produced.String())
		t.line(lang.Text{Vi: "Hạn dùng", En: "Expires"}, dateText(r.Lot.Expires))
	}
	a.verifiedSupply(t, r, s)
	for i := range s.Certificates {
		fmt.Fprintln(w)
		a.shownCertificateText(w, &s.Certificates[i])
	}
	fmt.Fprintln(w, a.t(lang.Text{Vi: "\nDiễn biến, đủ mọi việc đến đầu sổ:", En: "\nTimeline, complete up to the head:"}))
	for i := range s.Timeline {
		e := &s.Timeline[i]
		fmt.Fprintf(w, "%s  %s\n", explain.Moment(e.Time), lang.Text{Vi: e.Vietnamese, En: e.English}.In(a.lang))
		fmt.Fprintln(w, lang.Text{Vi: "                  ký: %s, khóa %s; bản ghi %s, hành động %d", En: "                  signed by %s, key %s; record %s, action %d"}.F(a.lang, a.party(e.Author), e.Key, e.Record, e.Action))
	}
	a.headText(w, &s.Head)
}

func (a *app) shownCertificateText(w io.Writer, c *shownCertificate) {
	t := a.lines(w)
	t.line(lang.Text{Vi: "Giấy chứng nhận", En: "Certificate"}, c.Certificate)
	t.line(lang.Text{Vi: "Hạng", En: "Stars"}, star(uint32(c.Star))+", "+words.Points(a.lang, uint64(c.Total))+a.t(lang.Text{Vi: " điểm", En: " points"}))
	t.line(lang.Text{Vi: "Cơ quan cấp", En: "Issued by"}, a.party(c.Issuer))
	t.line(lang.Text{Vi: "Thẩm quyền", En: "Competent"}, a.grounds(c.Competence))
	t.line(lang.Text{Vi: "Quyết định", En: "Decision"}, c.Decision+", "+c.Date)
	t.line(lang.Text{Vi: "Văn bản SHA-256", En: "Document SHA-256"}, c.Document)
	t.line(lang.Text{Vi: "Hiệu lực", En: "Valid"}, c.From+" – "+c.Until)
	if c.Historical {
		t.line(lang.Text{Vi: "Dữ liệu lịch sử", En: "Historical"}, a.t(lang.Text{Vi: "nhập từ trước khi có sổ cái", En: "imported; older than the ledger"}))
	}
	if c.Corrections > 0 {
		t.line(lang.Text{Vi: "Đính chính", En: "Corrections"}, count(uint64(c.Corrections)))
	}
	if r := c.Revoked; r != nil {
		t.line(lang.Text{Vi: "Thu hồi", En: "Revoked"}, lang.Text{Vi: "từ %s, %s, Quyết định %s: %s", En: "from %s, by %s, Decision %s: %s"}.F(a.lang,
			r.Effective, a.party(r.By), r.Decision, explain.RevocationReason(recordv1.RevocationReason(r.reason))))
		t.line(lang.Text{Vi: "Thẩm quyền", En: "Competent"}, a.grounds(r.Competence))
	}
	t.line(lang.Text{Vi: "Tình trạng", En: "Standing"}, a.t(standings[receipts.VerdictKind(c.Standing)]))
}

var standings = map[receipts.VerdictKind]lang.Text{
	receipts.VerdictInForce:       {Vi: "còn hiệu lực", En: "in force"},
	receipts.VerdictExpired:       {Vi: "hết hiệu lực", En: "expired"},
	receipts.VerdictRevoked:       {Vi: "đã bị thu hồi", En: "revoked"},
	receipts.VerdictNotYetInForce: {Vi: "chưa có hiệu lực", En: "not yet in force"},
	receipts.VerdictSuperseded:    {Vi: "đã được thay bằng giấy mới", En: "superseded"},
}

var levels = map[subject.Level]lang.Text{
	subject.LevelCommune:  {Vi: "cấp xã", En: "commune level"},
	subject.LevelDistrict: {Vi: "cấp huyện", En: "district level"},
	subject.LevelProvince: {Vi: "cấp tỉnh", En: "province level"},
	subject.LevelMinistry: {Vi: "cấp trung ương", En: "ministry level"},
}

// grounds says why an agency was competent.
func (a *app) grounds(g *shownGrounds) string {
	if g == nil {
		return ""
	}
	parts := []string{a.t(levels[g.grant.Level])}
	if len(g.Territory) > 0 {
		parts = append(parts, strings.Join(g.Territory, " → "))
	}
	since := lang.Text{Vi: "quyền từ %s", En: "authority from %s"}.F(a.lang, g.From)
	if g.Until != "" {
		since += lang.Text{Vi: " đến %s", En: " to %s"}.F(a.lang, g.Until)
	}
	parts = append(parts, since)
	if g.Scheme != "" {
		parts = append(parts, lang.Text{Vi: "bộ tiêu chí %s", En: "rule set %s"}.F(a.lang, g.Scheme))
	}
	return strings.Join(parts, "; ")
}

func (a *app) party(p shownParty) string {
	if p.Name == "" {
		return lang.Text{Vi: "tài khoản %d", En: "account %d"}.F(a.lang, p.Account)
	}
	return fmt.Sprintf("%s (%d)", p.Name, p.Account)
}

// actedText tells what a record or action says, and who signed it.
func (a *app) actedText(w io.Writer, r *receipts.Acted, s *shownActed) {
	if len(s.Refused) > 0 {
		fmt.Fprintln(w, lang.Text{Vi: "Biên nhận đúng: khối %d đã từ chối các bản ghi này.\n", En: "The receipt is genuine: block %d refused these records.\n"}.F(a.lang, s.Height))
		fmt.Fprintln(w, strings.Join(s.Refused, "\n"))
		a.headText(w, &s.Head)
		return
	}
	fmt.Fprintln(w, a.t(lang.Text{Vi: "Biên nhận đúng: bản ghi có trên sổ cái. Điều nó nêu còn đúng hay không thì xem biên nhận của sản phẩm.", En: "The receipt is genuine: the record is on the ledger. Whether what it says still holds is for a receipt of the product."}))
	fmt.Fprintln(w)
	t := a.lines(w)
	t.line(lang.Text{Vi: "Bản ghi", En: "Record"}, s.Record)
	t.line(lang.Text{Vi: "Người ký", En: "Author"}, lang.Text{Vi: "tài khoản %d, khóa %s", En: "account %d, key %s"}.F(a.lang, s.Author, s.Key))
	t.line(lang.Text{Vi: "Ký lúc", En: "Issued"}, explain.Moment(s.Issued))
	if s.Height > 0 {
		t.line(lang.Text{Vi: "Khối", En: "Block"}, count(s.Height)+", "+explain.Moment(s.BlockTime))
	}
	t.line(lang.Text{Vi: "Lá", En: "Leaf"}, count(s.Leaf))
	for i := range s.English {
		fmt.Fprintln(w, lang.Text{Vi: "\nHành động %d/%d: %s", En: "\nAction %d of %d: %s"}.F(a.lang, int(s.First)+i+1, s.Count, lang.Text{Vi: s.Vietnamese[i], En: s.English[i]}.In(a.lang)))
	}
	a.headText(w, &s.Head)
}

// headText tells what the check rests on.
func (a *app) headText(w io.Writer, h *shownHead) {
	fmt.Fprintln(w, a.t(lang.Text{Vi: "\nĐiểm tựa:", En: "\nWhat it rests on:"}))
	t := a.lines(w)
	t.line(lang.Text{Vi: "Sổ cái", En: "Ledger"}, h.Chain)
	if h.BlockTime > 0 {
		t.line(lang.Text{Vi: "Đầu sổ", En: "Head"}, lang.Text{Vi: "khối %d lúc %s, %d lá", En: "block %d of %s, %d leaves"}.F(a.lang, h.Height, explain.Moment(h.BlockTime), h.Size))
	} else {
		t.line(lang.Text{Vi: "Đầu sổ", En: "Head"}, lang.Text{Vi: "%d lá", En: "%d leaves"}.F(a.lang, h.Size))
	}
	t.line(lang.Text{Vi: "Tuổi", En: "Age"}, lang.Text{Vi: "%s (đồng ký lúc %s); không nói gì về việc sau lúc ấy", En: "%s (cosigned at %s); nothing is said of what came after"}.F(a.lang,
		(time.Duration(h.Age)*time.Second).String(), explain.Moment(h.Time*1000)))
	t.line(lang.Text{Vi: "Đồng ký", En: "Cosigned by"}, strings.Join(h.Cosigners, ", "))
	trust := lang.Text{Vi: "kỳ chính sách %d, cần %d cơ quan; số cơ quan gian dối đủ để chia đôi sổ cái: %d", En: "policy epoch %d, quorum %d; liars needed for a certified fork: %d"}
	if h.Believed {
		trust = lang.Text{Vi: "kỳ chính sách %d là kỳ được tin, tệp không nêu kỳ của nó; cần %d cơ quan; số cơ quan gian dối đủ để chia đôi sổ cái: %d", En: "policy epoch %d is the one believed, the file does not name its own; quorum %d; liars needed for a certified fork: %d"}
	}
	t.line(lang.Text{Vi: "Tin cậy", En: "Trust"}, trust.F(a.lang, h.Epoch, h.Quorum, h.Liars))
}
