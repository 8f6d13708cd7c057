package words

import (
	"math"
	"strconv"
	"strings"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// MaxQuantity is the largest quantity of an action, in smallest units.
const MaxQuantity = 1_000_000_000_000_000

type factor struct {
	unit   recordv1.Unit
	places int
}

// factors of what people write after a number.
var factors = map[string]factor{
	"g": {recordv1.Unit_UNIT_GRAM, 0}, "gam": {recordv1.Unit_UNIT_GRAM, 0}, "gram": {recordv1.Unit_UNIT_GRAM, 0},
	"kg": {recordv1.Unit_UNIT_GRAM, 3}, "tạ": {recordv1.Unit_UNIT_GRAM, 5}, "tấn": {recordv1.Unit_UNIT_GRAM, 6}, "t": {recordv1.Unit_UNIT_GRAM, 6},
	"ml": {recordv1.Unit_UNIT_MILLILITRE, 0}, "l": {recordv1.Unit_UNIT_MILLILITRE, 3}, "lít": {recordv1.Unit_UNIT_MILLILITRE, 3},
	"m3": {recordv1.Unit_UNIT_MILLILITRE, 6}, "m³": {recordv1.Unit_UNIT_MILLILITRE, 6},
	"cái": {recordv1.Unit_UNIT_PIECE, 0}, "chiếc": {recordv1.Unit_UNIT_PIECE, 0}, "hộp": {recordv1.Unit_UNIT_PIECE, 0},
	"piece": {recordv1.Unit_UNIT_PIECE, 0}, "pieces": {recordv1.Unit_UNIT_PIECE, 0}, "pcs": {recordv1.Unit_UNIT_PIECE, 0},
	"lượt": {recordv1.Unit_UNIT_VISIT, 0}, "lượt khách": {recordv1.Unit_UNIT_VISIT, 0}, "visit": {recordv1.Unit_UNIT_VISIT, 0}, "visits": {recordv1.Unit_UNIT_VISIT, 0},
}

// ParseQuantity reads "12.500 kg", "12,5 tấn", "500g" or "24 cái" into smallest units. Points between groups of three digits separate
// thousands, as Vietnamese documents write them; a single comma, or a point that cannot be one of those, is decimal. "12,500" is refused:
// half the world means a thousand times what the other half does.
func ParseQuantity(s string) (uint64, recordv1.Unit, error) {
	s = strings.TrimSpace(s)
	end := strings.IndexFunc(s, func(r rune) bool { return (r < '0' || r > '9') && r != '.' && r != ',' })
	if end <= 0 {
		return 0, 0, lang.Errorf(lang.Text{Vi: "số lượng %q: cần số và đơn vị, ví dụ 12.500 kg", En: "quantity %q: want number and unit, such as 12.500 kg"}, s)
	}
	f, ok := factors[strings.ToLower(strings.TrimSpace(s[end:]))]
	if !ok {
		return 0, 0, lang.Errorf(lang.Text{Vi: "số lượng %q: không hiểu đơn vị (g, kg, tạ, tấn, ml, lít, m3, cái, lượt)", En: "quantity %q: unknown unit (g, kg, tạ, tấn, ml, l, m3, pieces, visits)"}, s)
	}
	n, err := fixed(s[:end], f.places)
	if err != nil {
		return 0, 0, err
	}
	if n == 0 || n > MaxQuantity {
		return 0, 0, lang.Errorf(lang.Text{Vi: "số lượng %q: phải lớn hơn 0 và không quá 10^15 đơn vị nhỏ nhất", En: "quantity %q: must be above 0 and at most 10^15 smallest units"}, s)
	}
	return n, f.unit, nil
}

// fixed reads a number with at most places decimals and returns it times 10^places.
func fixed(s string, places int) (uint64, error) {
	whole, frac := s, ""
	switch comma := strings.Count(s, ","); {
	case comma == 1:
		whole, frac, _ = strings.Cut(s, ",")
		if len(frac) == 3 && whole != "0" && !strings.Contains(whole, ".") {
			return 0, lang.Errorf(lang.Text{Vi: "%q có hai cách hiểu: viết 12.500 (mười hai nghìn năm trăm) hoặc 12,5 (mười hai phẩy năm)", En: "%q can be read in two ways: write 12.500 (twelve thousand five hundred) or 12,5 (twelve and a half)"}, s)
		}
		if frac == "" {
			return 0, badNumber(s)
		}
	case comma > 1:
		return 0, badNumber(s)
	case strings.Count(s, ".") == 1 && len(s)-strings.IndexByte(s, '.') != 4:
		whole, frac, _ = strings.Cut(s, ".")
		if frac == "" {
			return 0, badNumber(s)
		}
	}
	digits, ok := ungroup(whole)
	if !ok {
		return 0, badNumber(s)
	}
	frac = strings.TrimRight(frac, "0")
	if len(frac) > places {
		return 0, lang.Errorf(lang.Text{Vi: "%q nhỏ hơn đơn vị nhỏ nhất", En: "%q is finer than the smallest unit"}, s)
	}
	n, err := strconv.ParseUint(digits+frac+strings.Repeat("0", places-len(frac)), 10, 64)
	if err != nil || n > math.MaxInt64 {
		return 0, badNumber(s)
	}
	return n, nil
}

// ungroup removes points that separate groups of three digits.
func ungroup(s string) (string, bool) {
	groups := strings.Split(s, ".")
	for i, g := range groups {
		if g == "" || i > 0 && len(g) != 3 || i == 0 && len(groups) > 1 && len(g) > 3 || strings.Contains(g, ",") {
			return "", false
		}
	}
	return strings.Join(groups, ""), true
}

func badNumber(s string) error {
	return lang.Errorf(lang.Text{Vi: "%q không phải là số", En: "%q is not a number"}, s)
}
