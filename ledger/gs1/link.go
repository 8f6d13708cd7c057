package gs1

import (
	"net/url"
	"strings"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/wire/text"
)

// MaxValue is how many characters a variant, lot or serial has at most (AI 22, 10 and 21: X..20).
const MaxValue = 20

// maxExtension is how many characters AI 235 has at most (X..28).
const maxExtension = 28

// Own is the first part of our own paths, where a product's id on the ledger stands in place of a GTIN.
const Own = "id"

// Link is what a code on a label names: a product, by GTIN or by its id on the ledger, and perhaps a lot and a serial of it. Empty parts are absent.
type Link struct {
	GTIN    GTIN             // AI 01
	Product ledger.ProductID // in place of the GTIN; zero when there is one
	Variant string           // AI 22, consumer product variant. The ledger has none: it is read and written, and names nothing.
	Lot     string           // AI 10
	Serial  string           // AI 21
	// Extension is AI 235, a serial that a third party controls. It stands beside the GTIN alone, and the ledger has none.
	Extension string
}

// qualifier is an application identifier that may follow the first, in the order in which they may stand.
type qualifier struct {
	ai   string
	part func(*Link) *string
	max  int
}

func qualifiers() []qualifier {
	return []qualifier{
		{"22", func(l *Link) *string { return &l.Variant }, MaxValue},
		{"10", func(l *Link) *string { return &l.Lot }, MaxValue},
		{"21", func(l *Link) *string { return &l.Serial }, MaxValue},
		{"235", func(l *Link) *string { return &l.Extension }, maxExtension},
	}
}

// ParsePath reads the path of a link, percent-encoded as it stands in a request, such as /01/08930000000002/10/L-1/21/7. A slash at its end is
// tolerated, as the resolver standard wants. GTINs of fewer than 14 digits, which the URI syntax allows to applications older than its version 1.2
// alone, are refused with the right form. The error is an *Error.
func ParsePath(escaped string) (l Link, err error) {
	parts := strings.Split(strings.TrimSuffix(strings.TrimPrefix(escaped, "/"), "/"), "/")
	for i, part := range parts {
		if parts[i], err = url.PathUnescape(part); err != nil {
			return l, wrong(Malformed, "", "đường dẫn có ký tự mã hoá phần trăm không đúng", "the path has a wrong percent-encoding")
		}
	}
	if len(parts)%2 != 0 {
		return l, wrong(Malformed, "", "đường dẫn phải gồm từng cặp: mã ứng dụng và giá trị", "the path must be made of pairs: an application identifier and its value")
	}
	if l, err = first(parts[0], parts[1]); err != nil {
		return l, err
	}
	last := -1
	for i := 2; i < len(parts); i += 2 {
		if last, err = l.qualify(parts[i], parts[i+1], last); err != nil {
			return l, err
		}
	}
	return l, nil
}

// first reads the pair that names the product.
func first(ai, value string) (l Link, err error) {
	switch ai {
	case "01":
		l.GTIN, err = ParseGTIN(value)
		if err == nil && len(value) != Digits {
			short := wrong(GTINLength, "01", "trong đường dẫn mã GTIN phải viết đủ 14 chữ số, thêm số 0 ở trước: %s", "in a link a GTIN has all 14 digits, with zeros in front: %s", l.GTIN)
			short.Right = string(l.GTIN)
			return l, short
		}
		return l, err
	case Own:
		if l.Product, err = ledger.ParseProductID(value); err != nil {
			return l, wrong(Product, Own, "“%s” không phải mã sản phẩm của sổ cái; mã đúng có dạng 1000012.3", "“%s” is not the id of a product on the ledger; it would look like 1000012.3", value)
		}
		return l, nil
	}
	return l, wrong(Unknown, ai, "đường dẫn phải bắt đầu bằng 01 (mã GTIN) hoặc id (mã sản phẩm)", "the path must begin with 01 (GTIN) or id (id of the product)")
}

// qualify reads a further pair. last is the place in the order of the one before.
func (l *Link) qualify(ai, value string, last int) (place int, err error) {
	known := qualifiers()
	for place, q := range known {
		if q.ai != ai {
			continue
		}
		if place <= last || q.ai == "235" && last >= 0 {
			return 0, wrong(Order, ai, "mã ứng dụng %s không đúng chỗ: thứ tự là 01, 22 (biến thể), 10 (lô), 21 (sê-ri), mỗi mã một lần; 235 chỉ đứng một mình",
				"application identifier %s is out of place: the order is 01, 22 (variant), 10 (lot), 21 (serial), each once; 235 stands alone", ai)
		}
		if err := checkValue(ai, value, q.max); err != nil {
			return 0, err
		}
		*q.part(l) = value
		return place, nil
	}
	if isAI(ai) {
		return 0, wrong(Attribute, ai, "mã ứng dụng %s không thuộc đường dẫn của sản phẩm; nếu là thuộc tính thì viết sau dấu hỏi: ?%s=…",
			"application identifier %s is not one of a product's path; an attribute stands behind the question mark: ?%s=…", ai, ai)
	}
	return 0, wrong(Unknown, ai, "“%s” không phải mã ứng dụng: sau mã sản phẩm có thể là 22 (biến thể), 10 (lô), 21 (sê-ri)",
		"“%s” is not an application identifier: after the product there may be 22 (variant), 10 (lot), 21 (serial)", ai)
}

// isAI tells whether a text has the form of an application identifier: 2 to 4 digits.
func isAI(s string) bool {
	return len(s) >= 2 && len(s) <= 4 && strings.Trim(s, "0123456789") == ""
}

// checkValue checks a qualifier's value.
func checkValue(ai, value string, most int) error {
	if problem, at := text.Check(text.CSET82, []byte(value)); problem != text.OK {
		return wrong(Character, ai, "giá trị của mã ứng dụng %s có ký tự không được phép ở vị trí %d: chỉ dùng chữ không dấu, chữ số và !\"%%&'()*+,-./:;<=>?_",
			"the value of application identifier %s has a character that is not allowed at place %d: only unaccented letters, digits and !\"%%&'()*+,-./:;<=>?_", ai, at+1)
	}
	if n := len(value); n == 0 || n > most {
		return wrong(Length, ai, "giá trị của mã ứng dụng %s có 1 đến %d ký tự, đây là %d", "the value of application identifier %s has 1 to %d characters, this one has %d", ai, most, n)
	}
	if value == "." || value == ".." {
		return wrong(Dots, ai, "giá trị “%s” không dùng được trong đường dẫn: trình duyệt sẽ bỏ đi", "the value “%s” cannot stand in a path: browsers take it out", value)
	}
	return nil
}

// Check tells whether a link can be written: whoever makes labels asks before they are printed. The error is an *Error.
func (l Link) Check() error {
	_, err := ParsePath(l.Path())
	return err
}

// Path writes a link that Check accepts in its one canonical form, percent-encoded, without a slash at its end.
func (l Link) Path() string {
	var b strings.Builder
	if l.GTIN != "" {
		b.WriteString("/01/" + string(l.GTIN))
	} else {
		b.WriteString("/" + Own + "/" + l.Product.String())
	}
	for _, q := range qualifiers() {
		if value := *q.part(&l); value != "" {
			b.WriteString("/" + q.ai + "/" + escape(value))
		}
	}
	return b.String()
}

// URL is Path at a resolver, which is scheme and host without a slash at its end, such as https://ocop.example.vn.
func (l Link) URL(resolver string) string { return resolver + l.Path() }

// escape leaves what RFC 3986 calls unreserved as it is, so that there is one form for each value; net/url leaves more.
func escape(value string) string {
	const digits = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(value) {
		c := value[i]
		if 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("-._~", c) >= 0 {
			b.WriteByte(c)
			continue
		}
		b.WriteByte('%')
		b.WriteByte(digits[c>>4])
		b.WriteByte(digits[c&15])
	}
	return b.String()
}
