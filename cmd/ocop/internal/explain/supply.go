package explain

import (
	"strings"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/ocop/internal/words"
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/compose"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// supply says what is said of lots and products after they are registered.
func (v voice) supply(a *recordv1.Action) string {
	switch k := a.GetKind().(type) {
	case *recordv1.Action_HoldLot:
		return v.ordered(lang.Text{Vi: "TẠM GIỮ lô %s và mọi lô làm từ nó; lý do: %s", En: "HOLD lot %s and all that was made of it; reason: %s"}.F(v.l,
			v.lot(compose.LotID(k.HoldLot.GetLot())), LotReason(k.HoldLot.GetReason())), k.HoldLot.GetDocument())
	case *recordv1.Action_ReleaseLot:
		return v.ordered(lang.Text{Vi: "Giải toả lô %s; lý do: %s", En: "Release lot %s; reason: %s"}.F(v.l,
			v.lot(compose.LotID(k.ReleaseLot.GetLot())), ReleaseReason(k.ReleaseLot.GetReason())), k.ReleaseLot.GetDocument())
	case *recordv1.Action_RecallLot:
		return v.ordered(lang.Text{Vi: "THU HỒI lô %s và mọi lô làm từ nó, không rút lại được; lý do: %s", En: "RECALL lot %s and all that was made of it, for good; reason: %s"}.F(v.l,
			v.lot(compose.LotID(k.RecallLot.GetLot())), LotReason(k.RecallLot.GetReason())), k.RecallLot.GetDocument())
	case *recordv1.Action_ApplyStamps:
		return v.applyStamps(k.ApplyStamps)
	case *recordv1.Action_Inspect:
		return v.inspect(k.Inspect)
	case *recordv1.Action_SetPicture:
		product := v.product(compose.ProductID(k.SetPicture.GetProduct()))
		if k.SetPicture.GetBlob() == nil {
			return lang.Text{Vi: "Bỏ ảnh của sản phẩm %s", En: "Product %s has no picture any more"}.F(v.l, product)
		}
		return lang.Text{Vi: "Ảnh của sản phẩm %s là %s", En: "The picture of product %s is %s"}.F(v.l, product, short(k.SetPicture.GetBlob()))
	case *recordv1.Action_SetContact:
		if k.SetContact.GetPhone() == "" {
			return lang.Text{Vi: "Cơ quan ký không còn số điện thoại công bố", En: "The author publishes no telephone number any more"}.In(v.l)
		}
		return lang.Text{Vi: "Số điện thoại công bố của cơ quan ký: %s", En: "The author's public telephone number: %s"}.F(v.l, k.SetContact.GetPhone())
	}
	return ""
}

// ordered adds the act that orders something, if there is one.
func (v voice) ordered(s string, d *recordv1.Document) string {
	if d == nil {
		return s + lang.Text{Vi: "; không kèm văn bản", En: "; without a document"}.In(v.l)
	}
	return s + lang.Text{Vi: "; văn bản %s", En: "; document %s"}.F(v.l, document(v.l, d))
}

func (v voice) applyStamps(a *recordv1.ApplyStamps) string {
	last := a.GetFirst() + uint64(a.GetCount()) - 1
	return lang.Text{
		Vi: "Cấp %s tem, số %d đến %d, cho lô %s; sau mỗi tem là %s đơn vị nhỏ nhất của lô",
		En: "Put %s stamps, numbers %d to %d, on lot %s; behind each are %s smallest units of the lot"}.F(v.l,
		words.Grouped(v.l, uint64(a.GetCount())), a.GetFirst(), last, v.lot(compose.LotID(a.GetLot())), words.Grouped(v.l, a.GetPerStamp()))
}

func (v voice) inspect(a *recordv1.Inspect) string {
	var what string
	if lot := a.GetLot(); lot != nil {
		what = lang.Text{Vi: "lô %s", En: "lot %s"}.F(v.l, v.lot(compose.LotID(lot)))
	} else {
		what = lang.Text{Vi: "sản phẩm %s", En: "product %s"}.F(v.l, v.product(compose.ProductID(a.GetProduct())))
	}
	return lang.Text{Vi: "Kiểm tra %s về %s ngày %s: %s; biên bản %s", En: "Inspection of %s for %s on %s: %s; report %s"}.F(v.l,
		what, a.GetKind(), ledger.Date(a.GetDate()), Outcome(a.GetOutcome()), document(v.l, a.GetDocument()))
}

// madeOf says what a lot was made of.
func (v voice) madeOf(a *recordv1.RegisterLot) string {
	if len(a.GetInputs()) == 0 {
		return ""
	}
	var parts []string
	for _, in := range a.GetInputs() {
		parts = append(parts, lang.Text{Vi: "%s của lô %s", En: "%s of lot %s"}.F(v.l, Quantity(v.l, in.GetQuantity(), in.GetUnit()), v.lot(compose.LotID(in.GetLot()))))
	}
	return lang.Text{
		Vi: ", làm từ %s; định mức: nhiều nhất %s đơn vị nhỏ nhất từ 1.000 đơn vị nhỏ nhất nguyên liệu",
		En: ", made of %s; yield: at most %s smallest units from 1,000 smallest units of inputs"}.F(v.l,
		strings.Join(parts, lang.Text{Vi: " và ", En: " and "}.In(v.l)), words.Grouped(v.l, uint64(a.GetDeclaredYield())))
}

func (v voice) resolvers(hosts []*recordv1.Resolver) string {
	if len(hosts) == 0 {
		return lang.Text{Vi: "không có", En: "none"}.In(v.l)
	}
	var parts []string
	for _, h := range hosts {
		s := h.GetHost()
		if h.GetUntil() != 0 {
			s += lang.Text{Vi: " (đến hết %s)", En: " (until %s)"}.F(v.l, ledger.Date(h.GetUntil()))
		}
		parts = append(parts, s)
	}
	return strings.Join(parts, ", ")
}

var lotReasons = map[recordv1.LotReason]lang.Text{
	recordv1.LotReason_LOT_REASON_AWAITING_TEST:     {Vi: "chờ kết quả kiểm nghiệm", En: "a test result is awaited"},
	recordv1.LotReason_LOT_REASON_CONTAMINATED:      {Vi: "có chất cấm hoặc ô nhiễm vượt mức", En: "banned substance or contamination"},
	recordv1.LotReason_LOT_REASON_BELOW_STANDARD:    {Vi: "không đạt quy chuẩn hoặc chất lượng đã công bố", En: "below the standard or the quality declared"},
	recordv1.LotReason_LOT_REASON_SPOILED:           {Vi: "hàng bị hư hỏng", En: "the goods are spoiled"},
	recordv1.LotReason_LOT_REASON_PAST_EXPIRY:       {Vi: "quá hạn sử dụng", En: "past its best-before date"},
	recordv1.LotReason_LOT_REASON_MISLABELLED:       {Vi: "ghi nhãn sai", En: "mislabelled"},
	recordv1.LotReason_LOT_REASON_UNQUALIFIED_INPUT: {Vi: "nguyên liệu không đạt hoặc không rõ nguồn gốc", En: "unqualified input, or of unknown origin"},
	recordv1.LotReason_LOT_REASON_COUNTERFEIT:       {Vi: "nghi hàng giả", En: "suspected counterfeit"},
	recordv1.LotReason_LOT_REASON_COMPLAINTS:        {Vi: "người tiêu dùng phản ánh", En: "complaints of consumers"},
}

// LotReason names why a lot is held or recalled.
func LotReason(r recordv1.LotReason) lang.Text { return name(lotReasons, r) }

var releaseReasons = map[recordv1.ReleaseReason]lang.Text{
	recordv1.ReleaseReason_RELEASE_REASON_TEST_PASSED:     {Vi: "kiểm nghiệm đạt", En: "the test was passed"},
	recordv1.ReleaseReason_RELEASE_REASON_CORRECTED:       {Vi: "đã khắc phục", En: "it was corrected"},
	recordv1.ReleaseReason_RELEASE_REASON_HELD_BY_MISTAKE: {Vi: "tạm giữ nhầm", En: "held by mistake"},
}

// ReleaseReason names why a lot is held no longer.
func ReleaseReason(r recordv1.ReleaseReason) lang.Text { return name(releaseReasons, r) }

var outcomes = map[recordv1.Outcome]lang.Text{
	recordv1.Outcome_OUTCOME_PASSED:            {Vi: "ĐẠT", En: "PASSED"},
	recordv1.Outcome_OUTCOME_FAILED:            {Vi: "KHÔNG ĐẠT", En: "FAILED"},
	recordv1.Outcome_OUTCOME_CORRECTIVE_ACTION: {Vi: "PHẢI KHẮC PHỤC", En: "CORRECTIVE ACTION"},
}

// Outcome names the outcome of an inspection.
func Outcome(o recordv1.Outcome) lang.Text { return name(outcomes, o) }
