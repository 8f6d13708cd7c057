package explain

import (
	"fmt"
	"strings"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// name finds a word for a value of an enum; one that a later protocol version added is shown by its number.
func name[E ~int32](table map[E]lang.Text, v E) lang.Text {
	if t, ok := table[v]; ok {
		return t
	}
	s := fmt.Sprintf("#%d", v)
	return lang.Text{Vi: s, En: s}
}

var accountKinds = map[recordv1.AccountKind]lang.Text{
	recordv1.AccountKind_ACCOUNT_KIND_AGENCY:              {Vi: "cơ quan", En: "agency"},
	recordv1.AccountKind_ACCOUNT_KIND_ENTERPRISE:          {Vi: "doanh nghiệp", En: "enterprise"},
	recordv1.AccountKind_ACCOUNT_KIND_COOPERATIVE:         {Vi: "hợp tác xã", En: "cooperative"},
	recordv1.AccountKind_ACCOUNT_KIND_COOPERATIVE_GROUP:   {Vi: "tổ hợp tác", En: "cooperative group"},
	recordv1.AccountKind_ACCOUNT_KIND_FARM:                {Vi: "trang trại", En: "farm"},
	recordv1.AccountKind_ACCOUNT_KIND_HOUSEHOLD_BUSINESS:  {Vi: "hộ kinh doanh", En: "household business"},
	recordv1.AccountKind_ACCOUNT_KIND_PRODUCTION_FACILITY: {Vi: "cơ sở sản xuất", En: "production facility"},
}

// AccountKind names a kind of account.
func AccountKind(k recordv1.AccountKind) lang.Text { return name(accountKinds, k) }

var units = map[recordv1.Unit]lang.Text{
	recordv1.Unit_UNIT_GRAM:       {Vi: "gam", En: "grams"},
	recordv1.Unit_UNIT_MILLILITRE: {Vi: "mililít", En: "millilitres"},
	recordv1.Unit_UNIT_PIECE:      {Vi: "cái", En: "pieces"},
	recordv1.Unit_UNIT_VISIT:      {Vi: "lượt khách", En: "visits"},
}

// Unit names the unit a product is counted in.
func Unit(u recordv1.Unit) lang.Text { return name(units, u) }

var retireReasons = map[recordv1.RetireReason]lang.Text{
	recordv1.RetireReason_RETIRE_REASON_ROTATED:     {Vi: "thay khóa định kỳ", En: "rotated"},
	recordv1.RetireReason_RETIRE_REASON_LOST:        {Vi: "mất khóa", En: "lost"},
	recordv1.RetireReason_RETIRE_REASON_COMPROMISED: {Vi: "lộ khóa", En: "compromised"},
	recordv1.RetireReason_RETIRE_REASON_LEFT_OFFICE: {Vi: "thôi nhiệm vụ", En: "left office"},
}

var revocationReasons = map[recordv1.RevocationReason]lang.Text{
	recordv1.RevocationReason_REVOCATION_REASON_PROCESS_NOT_FOLLOWED: {Vi: "không theo quy trình đã công bố", En: "declared process not followed"},
	recordv1.RevocationReason_REVOCATION_REASON_UNSAFE_CONDITIONS:    {Vi: "điều kiện không an toàn", En: "unsafe conditions"},
	recordv1.RevocationReason_REVOCATION_REASON_UNQUALIFIED_INPUT:    {Vi: "nguyên liệu không đạt", En: "unqualified input"},
	recordv1.RevocationReason_REVOCATION_REASON_DIFFERENT_PRODUCT:    {Vi: "sản phẩm hoặc bao bì khác", En: "different product or packaging"},
	recordv1.RevocationReason_REVOCATION_REASON_NO_TRACEABILITY:      {Vi: "không có hồ sơ truy xuất", En: "no traceability records"},
	recordv1.RevocationReason_REVOCATION_REASON_STOPPED_PRODUCTION:   {Vi: "ngừng sản xuất", En: "stopped production"},
	recordv1.RevocationReason_REVOCATION_REASON_FOOD_SAFETY_FINE:     {Vi: "bị phạt về an toàn thực phẩm", En: "food-safety fine"},
	recordv1.RevocationReason_REVOCATION_REASON_NO_REASSESSMENT:      {Vi: "không đánh giá lại", En: "no re-assessment"},
	recordv1.RevocationReason_REVOCATION_REASON_MINIMUM_NOT_MET:      {Vi: "không đạt tiêu chí tối thiểu", En: "minimum requirement not met"},
	recordv1.RevocationReason_REVOCATION_REASON_PRODUCER_REQUEST:     {Vi: "chủ thể đề nghị", En: "producer's request"},
}

// RevocationReason names why a certificate was revoked.
func RevocationReason(r recordv1.RevocationReason) lang.Text { return name(revocationReasons, r) }

var ballots = map[recordv1.Ballot]lang.Text{
	recordv1.Ballot_BALLOT_YES: {Vi: "ĐỒNG Ý", En: "YES"},
	recordv1.Ballot_BALLOT_NO:  {Vi: "KHÔNG ĐỒNG Ý", En: "NO"},
}

var correctionReasons = map[recordv1.CorrectionReason]lang.Text{
	recordv1.CorrectionReason_CORRECTION_REASON_TYPING_ERROR:          {Vi: "lỗi đánh máy", En: "typing error"},
	recordv1.CorrectionReason_CORRECTION_REASON_DIFFERS_FROM_DOCUMENT: {Vi: "khác với văn bản gốc", En: "differs from the document"},
	recordv1.CorrectionReason_CORRECTION_REASON_REGISTER_CHANGED:      {Vi: "đăng ký thay đổi", En: "the register changed"},
}

var fields = map[recordv1.Field]lang.Text{
	recordv1.Field_FIELD_STAR:            {Vi: "hạng sao", En: "stars"},
	recordv1.Field_FIELD_SCORE_A:         {Vi: "điểm phần A", En: "score A"},
	recordv1.Field_FIELD_SCORE_B:         {Vi: "điểm phần B", En: "score B"},
	recordv1.Field_FIELD_SCORE_C:         {Vi: "điểm phần C", En: "score C"},
	recordv1.Field_FIELD_SCORE_TOTAL:     {Vi: "tổng điểm", En: "total"},
	recordv1.Field_FIELD_VALID_FROM:      {Vi: "hiệu lực từ", En: "valid from"},
	recordv1.Field_FIELD_VALID_UNTIL:     {Vi: "hiệu lực đến", En: "valid until"},
	recordv1.Field_FIELD_GROUP:           {Vi: "nhóm", En: "group"},
	recordv1.Field_FIELD_NAME:            {Vi: "tên", En: "name"},
	recordv1.Field_FIELD_TERRITORY:       {Vi: "địa bàn", En: "territory"},
	recordv1.Field_FIELD_GTIN:            {Vi: "GTIN", En: "GTIN"},
	recordv1.Field_FIELD_BUSINESS_NUMBER: {Vi: "mã số doanh nghiệp", En: "business number"},
	recordv1.Field_FIELD_ACCOUNT_KIND:    {Vi: "loại chủ thể", En: "kind of account"},
}

var accountRoles = []lang.Text{{Vi: "sản xuất", En: "producer"}, {Vi: "mua bán", En: "trader"}, {Vi: "cơ quan", En: "agency"}}

var keyRoles = []lang.Text{{Vi: "đăng ký", En: "register"}, {Vi: "chứng nhận", En: "certify"}, {Vi: "mua bán", En: "trade"}, {Vi: "biểu quyết và quản lý khóa", En: "govern and own keys"}}

// bits lists the names of the bits set in n; bits without a name by their number.
func bits(l lang.Language, names []lang.Text, n uint32) string {
	var set []string
	for i := range 32 {
		switch {
		case n>>i&1 == 0:
		case i < len(names):
			set = append(set, names[i].In(l))
		default:
			set = append(set, fmt.Sprintf("#%d", 1<<i))
		}
	}
	return strings.Join(set, ", ")
}
