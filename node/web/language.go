package web

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/genesis"
	"github.com/ocopledger/ocop/ledger/query"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// language is one of the two that pages come in.
type language uint8

const (
	vietnamese language = iota
	english
)

// languageOf is what ?lang asks for. Browsers abroad are common in Vietnam, so their own preference is no reason to leave Vietnamese.
func languageOf(code string) language {
	if code == "en" {
		return english
	}
	return vietnamese
}

func (l language) Code() string {
	if l == english {
		return "en"
	}
	return "vi"
}

func (l language) other() language { return english - l }

// pick chooses between the languages.
func (l language) pick(vi, en string) string {
	if l == english {
		return en
	}
	return vi
}

func (l language) text(t *apiv1.Text) string { return l.pick(t.GetVietnamese(), t.GetEnglish()) }

// T says one of the fixed phrases, with arguments. Without one it says the key: a field of a protocol version that this binary does not know.
func (l language) T(key string, args ...any) string {
	p, ok := phrases[key]
	if !ok {
		return key
	}
	return fmt.Sprintf(l.pick(p.vi, p.en), args...)
}

// Date writes a legal date.
func (l language) Date(d uint32) string {
	if d == 0 {
		return "–"
	}
	return l.pick(ledger.Date(d).String(), query.EnglishDate(ledger.Date(d)))
}

// Day writes the legal date of a time in Unix milliseconds.
func (l language) Day(milli uint64) string { return l.Date(uint32(ledger.DateAt(milli))) }

// Moment writes a time in Unix milliseconds, at UTC+07:00.
func (l language) Moment(milli uint64) string {
	t := time.UnixMilli(int64(milli) + ledger.OffsetMillis).UTC()
	return t.Format("15:04") + l.pick(" ngày ", " on ") + l.Day(milli)
}

// Number writes a whole number: 12.500 in Vietnamese, 12,500 in English.
func (l language) Number(n uint64) string {
	digits, mark := strconv.FormatUint(n, 10), l.pick(".", ",")
	var b strings.Builder
	for i := range len(digits) {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteString(mark)
		}
		b.WriteByte(digits[i])
	}
	return b.String()
}

// thousandths writes n/1000 without idle zeros.
func (l language) thousandths(n uint64) string {
	s := l.Number(n / 1000)
	if rest := strings.TrimRight(fmt.Sprintf("%03d", n%1000), "0"); rest != "" {
		s += l.pick(",", ".") + rest
	}
	return s
}

// Points writes a score in hundredths, with both decimals as on certificates: 85,50.
func (l language) Points(hundredths uint32) string {
	return l.Number(uint64(hundredths/100)) + l.pick(",", ".") + fmt.Sprintf("%02d", hundredths%100)
}

// nbsp keeps a number and its unit on one line.
const nbsp = "\u00a0"

// Quantity writes an amount of the smallest unit in the unit that people use.
func (l language) Quantity(n uint64, unit recordv1.Unit) string {
	switch unit {
	case recordv1.Unit_UNIT_GRAM:
		if n >= 1000 {
			return l.thousandths(n) + nbsp + "kg"
		}
		return l.Number(n) + nbsp + "g"
	case recordv1.Unit_UNIT_MILLILITRE:
		if n >= 1000 {
			return l.thousandths(n) + nbsp + l.pick("lít", "l")
		}
		return l.Number(n) + nbsp + "ml"
	case recordv1.Unit_UNIT_VISIT:
		return l.Number(n) + nbsp + l.pick("lượt khách", "visits")
	}
	return l.Number(n) + nbsp + l.pick("sản phẩm", "pieces")
}

// Share writes how much of a whole there is: nothing of it in the unit of the whole.
func (l language) Share(n, whole uint64, unit recordv1.Unit) string {
	if n > 0 {
		return l.Quantity(n, unit)
	}
	_, name, _ := strings.Cut(l.Quantity(whole, unit), nbsp)
	return l.Number(0) + nbsp + name
}

// Name shows an account by its register name; natural persons by their number.
func (l language) Name(a *apiv1.Actor) string {
	if a.GetName() != "" {
		return a.GetName()
	}
	return l.T("account", a.GetAccount())
}

// Product shows a product by its register name, or by its number.
func (l language) Product(name, id string) string {
	if name != "" {
		return name
	}
	return l.T("product.numbered", id)
}

// Group shows a product group by its name in the rule set.
func (l language) Group(g *apiv1.Group) string {
	if g.GetName() != "" {
		return l.groupName(g.GetName())
	}
	return g.GetCode()
}

// groupName puts a translation before a group's name, which is Vietnamese, for readers of English.
func (l language) groupName(name string) string {
	if english := genesis.EnglishGroup(name); english != "" {
		return l.pick(name, english+" – "+name)
	}
	return name
}

// Kind says what kind of actor an account is.
func (l language) Kind(kind uint32) string {
	names := [...][2]string{
		{"", ""}, {"cơ quan", "agency"}, {"doanh nghiệp", "enterprise"}, {"hợp tác xã", "cooperative"}, {"tổ hợp tác", "cooperative group"},
		{"trang trại", "farm"}, {"hộ kinh doanh", "household business"}, {"cơ sở sản xuất", "production facility"},
	}
	if int(kind) >= len(names) {
		return ""
	}
	return l.pick(names[kind][0], names[kind][1])
}

// Reason says why a certificate was revoked.
func (l language) Reason(r recordv1.RevocationReason) string {
	names := [...][2]string{
		{"", ""},
		{"không thực hiện đúng quy trình đã công bố", "the declared process was not followed"},
		{"điều kiện sản xuất không an toàn", "unsafe production conditions"},
		{"nguyên liệu đầu vào không đạt", "unqualified input"},
		{"sản phẩm khác với sản phẩm được công nhận", "the product differs from the certified one"},
		{"không có hồ sơ truy xuất nguồn gốc", "no traceability records"},
		{"đã ngừng sản xuất", "production has stopped"},
		{"bị xử phạt về an toàn thực phẩm", "fined over food safety"},
		{"không tham gia đánh giá lại", "no re-assessment"},
		{"không đạt tiêu chí tối thiểu", "a minimum requirement is not met"},
		{"theo đề nghị của chủ thể", "at the producer's request"},
	}
	if r < 0 || int(r) >= len(names) {
		return ""
	}
	return l.pick(names[r][0], names[r][1])
}
