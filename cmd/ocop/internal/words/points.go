package words

import (
	"strconv"
	"strings"

	"github.com/ocopledger/ocop/cmd/internal/lang"
)

// MaxPoints is the largest score the format holds, in hundredths; what a rule set allows is less.
const MaxPoints = 100_000

// ParsePoints reads a score with at most two decimals after a comma or a point into hundredths: 85,5 and 85.50 are 8550. Nothing is rounded.
func ParsePoints(s string) (uint32, error) {
	s = strings.TrimSpace(s)
	whole, frac, decimal := strings.Cut(strings.Replace(s, ",", ".", 1), ".")
	switch {
	case !allDigits(whole) || decimal && !allDigits(frac):
		return 0, lang.Errorf(lang.Text{Vi: "%q không phải là điểm số", En: "%q is not a score"}, s)
	case len(frac) > 2:
		return 0, lang.Errorf(lang.Text{Vi: "%q có quá hai chữ số thập phân", En: "%q has more than two decimals"}, s)
	}
	n, err := strconv.ParseUint(whole+frac+"00"[len(frac):], 10, 32)
	if err != nil || n > MaxPoints {
		return 0, lang.Errorf(lang.Text{Vi: "%q quá lớn", En: "%q is too large"}, s)
	}
	return uint32(n), nil
}

func allDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}
