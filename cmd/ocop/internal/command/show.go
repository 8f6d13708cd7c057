package command

import (
	"encoding/hex"
	"fmt"
	"io"
	"strconv"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/ocop/internal/draft"
	"github.com/ocopledger/ocop/cmd/ocop/internal/explain"
	"github.com/ocopledger/ocop/cmd/ocop/internal/words"
	"github.com/ocopledger/ocop/ledger"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

// asOf writes what state of which ledger an answer speaks of.
func (a *app) asOf(w io.Writer, at *apiv1.AsOf) {
	says := lang.Text{Vi: "\nTheo sổ cái ở khối %d, %s, mà đủ số cơ quan đã đồng ký.", En: "\nAs of block %d, %s, which a quorum of agencies has cosigned."}
	if !at.GetCertified() {
		says = lang.Text{Vi: "\nTheo sổ cái ở khối %d, %s, mới theo lời nút này: chưa đủ số cơ quan đồng ký.", En: "\nAs of block %d, %s, by this node's word: no quorum has cosigned it yet."}
	}
	fmt.Fprintln(w, says.F(a.lang, at.GetHeight(), explain.Moment(at.GetTime())))
}

// labelWidth is room for the longest name of a value, "Sold out of the chain".
const labelWidth = 23

// lines writes names and values, leaving out values that are empty.
type lines struct {
	w     io.Writer
	l     lang.Language
	width int
}

func (p lines) line(name lang.Text, value string) {
	if value != "" {
		fmt.Fprintln(p.w, pad(name.In(p.l), p.width)+value)
	}
}

func (a *app) lines(w io.Writer) lines { return lines{w, a.lang, labelWidth} }

func (a *app) actor(x *apiv1.Actor) string {
	if x == nil {
		return ""
	}
	if x.GetName() == "" {
		return lang.Text{Vi: "tài khoản %d", En: "account %d"}.F(a.lang, x.GetAccount())
	}
	return fmt.Sprintf("%s (%d)", x.GetName(), x.GetAccount())
}

// ownName is a name in a column of names. Names of persons are kept off the ledger; the column says so.
func (a *app) ownName(name string) string {
	if name == "" {
		return a.t(lang.Text{Vi: "(tên để ngoài sổ cái)", En: "(name off the ledger)"})
	}
	return name
}

func (a *app) sentence(t *apiv1.Text) string {
	return lang.Text{Vi: t.GetVietnamese(), En: t.GetEnglish()}.In(a.lang)
}

// groupText is a group's name and, for filters and drafts, its code.
func groupText(l lang.Language, g *apiv1.Group) string {
	switch {
	case g.GetCode() == "":
		return ""
	case g.GetName() == "":
		return g.GetCode()
	}
	return explain.GroupName(l, g.GetName()) + " (" + g.GetCode() + ")"
}

func date(n uint32) string {
	if n == 0 {
		return ""
	}
	return ledger.Date(n).String()
}

func count(n uint64) string { return strconv.FormatUint(n, 10) }

func star(n uint32) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(int(n)) + "★"
}

func (a *app) productText(w io.Writer, p *apiv1.Product) {
	t := a.lines(w)
	t.line(lang.Text{Vi: "Sản phẩm", En: "Product"}, p.GetName()+" ("+p.GetProduct()+")")
	t.line(lang.Text{Vi: "Chủ thể", En: "Producer"}, a.actor(p.GetProducer()))
	t.line(lang.Text{Vi: "Nhóm", En: "Group"}, groupText(a.lang, p.GetGroup()))
	t.line(lang.Text{Vi: "Xuất xứ", En: "Origin"}, p.GetOrigin().GetFullName())
	t.line(lang.Text{Vi: "GTIN", En: "GTIN"}, p.GetGtin())
}

func (a *app) certificateText(w io.Writer, c *apiv1.Certificate) {
	t := a.lines(w)
	t.line(lang.Text{Vi: "Giấy chứng nhận", En: "Certificate"}, c.GetCertificate())
	t.line(lang.Text{Vi: "Hạng", En: "Stars"}, star(c.GetStar())+", "+words.Points(a.lang, uint64(c.GetScores().GetTotal()))+a.t(lang.Text{Vi: " điểm", En: " points"}))
	t.line(lang.Text{Vi: "Cơ quan cấp", En: "Issued by"}, a.actor(c.GetIssuer()))
	t.line(lang.Text{Vi: "Quyết định", En: "Decision"}, c.GetDecision()+", "+date(c.GetDecisionDate()))
	t.line(lang.Text{Vi: "Hiệu lực", En: "Valid"}, date(c.GetValidFrom())+" – "+date(c.GetLastDay()))
	if c.GetHistorical() {
		t.line(lang.Text{Vi: "Nhập hồi cứu", En: "Historical import"}, a.t(lang.Text{Vi: "ban hành trước khi ghi lên sổ cái", En: "issued before it was put on the ledger"}))
	}
	t.line(lang.Text{Vi: "Thay giấy", En: "Renews"}, c.GetPredecessor())
	t.line(lang.Text{Vi: "Được thay bằng", En: "Renewed by"}, c.GetSuccessor())
	if r := c.GetRevocation(); r != nil {
		t.line(lang.Text{Vi: "Thu hồi", En: "Revoked"}, lang.Text{Vi: "từ %s, Quyết định %s ngày %s: %s", En: "from %s, Decision %s of %s: %s"}.F(a.lang,
			date(r.GetEffective()), r.GetDecision(), date(r.GetDate()), explain.RevocationReason(r.GetReason())))
	}
	if n := c.GetCorrections(); n > 0 {
		t.line(lang.Text{Vi: "Đính chính", En: "Corrections"}, count(uint64(n)))
	}
	t.line(lang.Text{Vi: "Kết luận", En: "Verdict"}, a.sentence(c.GetVerdict().GetSentence()))
}

// timeline writes what happened, one line an event, in the names of the answer that it is part of.
func (a *app) timeline(w io.Writer, t *apiv1.Timeline, names draft.Names) {
	if len(t.GetEvents()) == 0 {
		return
	}
	fmt.Fprintln(w, a.t(lang.Text{Vi: "\nDiễn biến:", En: "\nTimeline:"}))
	for _, e := range t.GetEvents() {
		fmt.Fprintf(w, "%s  %s\n", explain.Moment(e.GetTime()), explain.Told(a.lang, e.GetAction(), names))
		detail := lang.Text{Vi: "                  ký: %s; bản ghi %s, hành động %d", En: "                  signed by %s; record %s, action %d"}.F(a.lang, a.actor(e.GetAuthor()), e.GetRecord(), e.GetActionNumber())
		if e.GetHistorical() {
			detail += a.t(lang.Text{Vi: " (nhập hồi cứu)", En: " (historical import)"})
		}
		fmt.Fprintln(w, detail)
		if s := e.GetSale(); s != nil {
			a.saleText(w, s)
		}
	}
	if t.GetNextPage() != "" {
		fmt.Fprintln(w, a.t(lang.Text{Vi: "… còn nữa: thêm --events", En: "… there is more: give --events"}))
	}
}

var saleStatuses = map[apiv1.SaleStatus]lang.Text{
	apiv1.SaleStatus_SALE_STATUS_PROPOSED:    {Vi: "chờ bên mua chấp nhận", En: "waits for the buyer"},
	apiv1.SaleStatus_SALE_STATUS_ACCEPTED:    {Vi: "bên mua đã chấp nhận", En: "accepted by the buyer"},
	apiv1.SaleStatus_SALE_STATUS_UNCONFIRMED: {Vi: "bên mua chưa xác nhận", En: "the buyer has not confirmed"},
	apiv1.SaleStatus_SALE_STATUS_RETAIL:      {Vi: "bán lẻ", En: "retail"},
}

func (a *app) saleText(w io.Writer, s *apiv1.Sale) {
	buyer := a.actor(s.GetBuyer())
	if buyer == "" && len(s.GetBuyerCommitment()) > 0 {
		buyer = a.t(lang.Text{Vi: "cơ sở ngoài hệ thống ", En: "a business without account "}) + hex.EncodeToString(s.GetBuyerCommitment()[:min(8, len(s.GetBuyerCommitment()))]) + "…"
	}
	if buyer == "" {
		buyer = a.t(lang.Text{Vi: "người tiêu dùng", En: "a consumer"})
	}
	text := lang.Text{Vi: "                  %s → %s: %s; %s", En: "                  %s → %s: %s; %s"}.F(a.lang,
		a.actor(s.GetSeller()), buyer, words.Quantity(a.lang, s.GetQuantity(), s.GetUnit()), saleStatuses[s.GetStatus()])
	if s.GetLate() {
		text += a.t(lang.Text{Vi: "; nhập muộn", En: "; entered late"})
	}
	if s.GetSale() != "" && s.GetStatus() == apiv1.SaleStatus_SALE_STATUS_PROPOSED {
		text += lang.Text{Vi: "; chấp nhận: ocop draft accept --sale %s", En: "; accept with: ocop draft accept --sale %s"}.F(a.lang, s.GetSale())
	}
	fmt.Fprintln(w, text)
}
