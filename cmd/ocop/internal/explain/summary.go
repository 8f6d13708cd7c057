package explain

import (
	"strings"
	"time"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/ocop/internal/draft"
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/compose"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// SampleNotice stands on every output about a ledger of sample data.
const SampleNotice = "DỮ LIỆU MẪU – không có giá trị"

// NamesNote says what the names in brackets are worth.
var NamesNote = lang.Text{
	Vi: "Trong [ ] là tên theo tệp nháp, để đối chiếu; tên không thuộc điều được ký.",
	En: "In [ ] are names as in the draft file, to compare; they are no part of what is signed."}

// Summary is what somebody is about to sign, or has signed.
type Summary struct {
	Notice      string     `json:"notice,omitempty"` // SampleNotice, of sample data
	Chain       string     `json:"chain_id"`
	ChainName   string     `json:"chain_name,omitempty"`
	Author      uint64     `json:"author"`
	AuthorText  string     `json:"author_text"` // with its name
	NamesNote   string     `json:"names_note,omitempty"`
	Fingerprint string     `json:"fingerprint"`
	Records     int        `json:"records"`
	Actions     int        `json:"actions"`
	Days        int        `json:"expires_days"` // after signing
	Decisions   []Decision `json:"decisions,omitempty"`
	Lines       []string   `json:"lines,omitempty"` // every action that is no item of a Decision
	Public      []string   `json:"public_for_ever"`
}

// Decision sums up a Decision over all its parts.
type Decision struct {
	Opening string         `json:"decision"`
	Items   int            `json:"items"`
	Stars   map[string]int `json:"stars"` // "3", "4", "5": how many
	Unmet   int            `json:"minimums_not_met,omitempty"`
	First   string         `json:"first"`
	Last    string         `json:"last"`

	id ledger.DecisionID
}

// Summarise sums a draft up. fingerprint is the draft's.
func Summarise(l lang.Language, d *draft.Draft, fingerprint compose.Fingerprint) *Summary {
	s := &Summary{
		Chain: d.Chain.String(), ChainName: d.ChainName, Author: uint64(d.Author), Fingerprint: fingerprint.String(), Records: len(d.Records),
		Days: int(d.Good / (24 * time.Hour)), Public: Public(l, d.Records),
	}
	v := noting(l, d.Names)
	s.AuthorText = lang.Text{Vi: "tài khoản %s", En: "account %s"}.F(l, v.account(s.Author))
	if d.Sample {
		s.Notice = SampleNotice
	}
	if len(d.Names) > 0 {
		s.NamesNote = NamesNote.In(l)
	}
	for _, actions := range d.Records {
		s.Actions += len(actions)
		for _, a := range actions {
			switch {
			case a.GetOpenDecision() != nil:
				s.open(v, a)
			case a.GetCertify() != nil:
				s.item(v, a)
			default:
				s.Lines = append(s.Lines, v.action(a))
			}
		}
	}
	return s
}

func (s *Summary) open(v voice, a *recordv1.Action) {
	id := compose.DecisionID(a.GetOpenDecision().GetDecision())
	if n := len(s.Decisions); n > 0 && s.Decisions[n-1].id == id { // a further part
		return
	}
	s.Decisions = append(s.Decisions, Decision{Opening: v.action(a), Stars: map[string]int{"3": 0, "4": 0, "5": 0}, id: id})
}

func (s *Summary) item(v voice, a *recordv1.Action) {
	if len(s.Decisions) == 0 { // an item without its Decision is refused by every ledger; it is shown all the same
		s.Lines = append(s.Lines, v.action(a))
		return
	}
	d := &s.Decisions[len(s.Decisions)-1]
	d.Items++
	if !a.GetCertify().GetMinimumsMet() {
		d.Unmet++
	}
	d.Stars[string(rune('0'+a.GetCertify().GetStar()%10))]++
	d.Last = v.action(a)
	if d.First == "" {
		d.First = d.Last
	}
}

// Text writes the summary for a screen.
func (s *Summary) Text(l lang.Language) string {
	var b strings.Builder
	line := func(t lang.Text, args ...any) { b.WriteString(t.F(l, args...) + "\n") }
	if s.Notice != "" {
		b.WriteString(s.Notice + "\n\n")
	}
	line(lang.Text{Vi: "Sổ cái:     %s", En: "Ledger:     %s"}, strings.TrimSpace(s.ChainName+" "+s.Chain))
	line(lang.Text{Vi: "Người ký:   %s", En: "Author:     %s"}, s.AuthorText)
	line(lang.Text{Vi: "Nội dung:   %d bản ghi, %d hành động", En: "Contents:   %d records, %d actions"}, s.Records, s.Actions)
	line(lang.Text{Vi: "Mã kiểm:    %s", En: "Digest:     %s"}, s.Fingerprint)
	line(lang.Text{Vi: "Hết hạn:    %d ngày sau khi ký", En: "Expires:    %d days after signing"}, s.Days)
	if s.NamesNote != "" {
		line(lang.Text{Vi: "Tên:        %s", En: "Names:      %s"}, s.NamesNote)
	}
	for _, d := range s.Decisions {
		line(lang.Text{Vi: "\n%s", En: "\n%s"}, d.Opening)
		line(lang.Text{Vi: "  %d sản phẩm: 5 sao %d, 4 sao %d, 3 sao %d", En: "  %d products: 5 stars %d, 4 stars %d, 3 stars %d"}, d.Items, d.Stars["5"], d.Stars["4"], d.Stars["3"])
		if d.Unmet > 0 {
			line(lang.Text{Vi: "  KHÔNG đạt tiêu chí tối thiểu: %d", En: "  minimum requirements NOT met: %d"}, d.Unmet)
		}
		if d.Items > 0 {
			line(lang.Text{Vi: "  đầu:  %s", En: "  first: %s"}, d.First)
			line(lang.Text{Vi: "  cuối: %s", En: "  last:  %s"}, d.Last)
		}
	}
	if len(s.Lines) > 0 {
		b.WriteByte('\n')
	}
	for _, text := range s.Lines {
		b.WriteString("- " + text + "\n")
	}
	line(lang.Text{Vi: "\nCông khai vĩnh viễn, không ai xóa được:", En: "\nPublic for ever, nobody can erase it:"})
	for _, text := range s.Public {
		b.WriteString("- " + text + "\n")
	}
	return b.String()
}

// Public lists what becomes public for ever when the records are on a ledger.
func Public(l lang.Language, records [][]*recordv1.Action) (list []string) {
	seen := make(map[lang.Text]bool)
	add := func(t lang.Text) {
		if !seen[t] {
			seen[t] = true
			list = append(list, t.In(l))
		}
	}
	add(lang.Text{Vi: "tài khoản ký, khóa công khai, thời điểm ký", En: "the author's account, public key and time of signing"})
	for _, actions := range records {
		for _, a := range actions {
			for _, t := range publicParts(a) {
				add(t)
			}
		}
	}
	return list
}

var (
	publicNames      = lang.Text{Vi: "tên đăng ký, địa bàn, mã số doanh nghiệp của chủ thể và sản phẩm", En: "register names, territories and business numbers of accounts and products"}
	publicHidden     = lang.Text{Vi: "mã cam kết của tên, giá hoặc điều khoản (giá trị thật nằm trong tệp riêng, không lên sổ cái)", En: "commitments to names, prices or terms (the values stay in a private file, off the ledger)"}
	publicDecision   = lang.Text{Vi: "Quyết định, hạng sao, điểm từng phần, thời hạn, mã băm của văn bản", En: "the Decision, stars, scores of each part, validity, the document's hash"}
	publicKeys       = lang.Text{Vi: "khóa công khai và quyền của khóa", En: "public keys and what they may sign"}
	publicValidator  = lang.Text{Vi: "khóa công khai mới của nút xác thực", En: "new public keys of the validator"}
	publicNode       = lang.Text{Vi: "địa chỉ và lần lập của nút", En: "addresses and incarnation of the node"}
	publicProposal   = lang.Text{Vi: "nội dung đề xuất, cơ quan đề xuất, hạn biểu quyết", En: "what is proposed, by whom, and until when votes are taken"}
	publicVote       = lang.Text{Vi: "lá phiếu của cơ quan", En: "the agency's vote"}
	publicLots       = lang.Text{Vi: "mã lô, số lượng, ngày sản xuất", En: "lot codes, quantities, production dates"}
	publicInputs     = lang.Text{Vi: "lô nguyên liệu, số lượng đã dùng, định mức", En: "lots that a lot was made of, how much was used, the yield"}
	publicRestraint  = lang.Text{Vi: "lô bị tạm giữ, giải toả, thu hồi; lý do, người ra lệnh, mã băm của văn bản", En: "lots held, released and recalled; the reason, who ordered it, the document's hash"}
	publicStamps     = lang.Text{Vi: "số của các tem và lô mang tem", En: "numbers of stamps and the lot that bears them"}
	publicInspection = lang.Text{Vi: "ngày, loại và kết quả kiểm tra, mã băm của biên bản", En: "day, kind and outcome of inspections, the report's hash"}
	publicPicture    = lang.Text{Vi: "mã ảnh của sản phẩm (ảnh nằm ngoài sổ cái, xóa được)", En: "the hash of a product's picture (the picture itself is kept beside the ledger and can be erased)"}
	publicContact    = lang.Text{Vi: "số điện thoại của cơ quan", En: "the agency's telephone number"}
	publicSales      = lang.Text{Vi: "bên bán, bên mua, lô, số lượng, thời điểm bán", En: "seller, buyer, lot, quantity and time of sale"}
	publicMended     = lang.Text{Vi: "giá trị cũ và mới của điều được đính chính", En: "old and new values of what is corrected"}
)

func publicParts(a *recordv1.Action) []lang.Text {
	hidden := func(hide bool, parts ...lang.Text) []lang.Text {
		if hide {
			parts = append(parts, publicHidden)
		}
		return parts
	}
	sale := func(g *recordv1.Goods, buyer *recordv1.Party) []lang.Text {
		return hidden(g.GetPrice() != nil || g.GetTerms() != nil || buyer.GetCommitment() != nil, publicSales)
	}
	switch k := a.GetKind().(type) {
	case *recordv1.Action_RegisterAccount:
		return hidden(k.RegisterAccount.GetName().GetBlob() != nil, publicNames)
	case *recordv1.Action_RegisterProduct:
		return hidden(k.RegisterProduct.GetName().GetBlob() != nil, publicNames)
	case *recordv1.Action_BindKey, *recordv1.Action_RetireKey:
		return []lang.Text{publicKeys}
	case *recordv1.Action_RotateValidator:
		return []lang.Text{publicValidator}
	case *recordv1.Action_UpdateNode:
		return []lang.Text{publicNode}
	case *recordv1.Action_ProposeChange:
		return []lang.Text{publicProposal}
	case *recordv1.Action_Vote:
		return []lang.Text{publicVote}
	case *recordv1.Action_OpenDecision, *recordv1.Action_Certify, *recordv1.Action_Revoke:
		return []lang.Text{publicDecision}
	case *recordv1.Action_Correct:
		return []lang.Text{publicMended}
	case *recordv1.Action_RegisterLot:
		if len(k.RegisterLot.GetInputs()) > 0 {
			return []lang.Text{publicLots, publicInputs}
		}
		return []lang.Text{publicLots}
	case *recordv1.Action_HoldLot, *recordv1.Action_ReleaseLot, *recordv1.Action_RecallLot:
		return []lang.Text{publicRestraint}
	case *recordv1.Action_ApplyStamps:
		return []lang.Text{publicStamps}
	case *recordv1.Action_Inspect:
		return []lang.Text{publicInspection}
	case *recordv1.Action_SetPicture:
		return []lang.Text{publicPicture}
	case *recordv1.Action_SetContact:
		return []lang.Text{publicContact}
	case *recordv1.Action_ProposeSale:
		return sale(k.ProposeSale.GetGoods(), k.ProposeSale.GetBuyer())
	case *recordv1.Action_AcceptSale:
		return []lang.Text{publicSales}
	case *recordv1.Action_OutsideSale:
		return sale(k.OutsideSale.GetGoods(), k.OutsideSale.GetBuyer())
	case *recordv1.Action_RetailSale:
		return sale(k.RetailSale.GetGoods(), nil)
	}
	return nil
}

// Items says every item of every Decision of a draft.
func Items(l lang.Language, d *draft.Draft) (lines []string) {
	for _, actions := range d.Records {
		for _, a := range actions {
			if a.GetCertify() != nil {
				lines = append(lines, Noted(l, a, d.Names))
			}
		}
	}
	return lines
}
