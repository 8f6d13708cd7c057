package words

import "strings"

var digits = [10]string{"không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín"}

const billion = 1_000_000_000

// Number reads a number out in Vietnamese: 1005 is "một nghìn không trăm linh năm".
//
// After tens from two on, 1 is mốt and 4 is tư; after any ten, 5 is lăm; a missing ten is linh (lẻ in the South). Groups of three digits are
// nghìn, triệu, tỷ; beyond, tỷ is counted itself: nghìn tỷ, triệu tỷ.
func Number(n uint64) string {
	if n == 0 {
		return digits[0]
	}
	return strings.Join(read(nil, n, false), " ")
}

// read appends the words of n. full says that higher digits have been read, so that missing hundreds are named.
func read(words []string, n uint64, full bool) []string {
	if high := n / billion; high > 0 {
		words = append(read(words, high, full), "tỷ")
		n, full = n%billion, true
	}
	for _, group := range []struct {
		size uint64
		name string
	}{{1_000_000, "triệu"}, {1000, "nghìn"}, {1, ""}} {
		three := n / group.size % 1000
		if three == 0 {
			continue
		}
		words = readThree(words, int(three), full)
		if group.name != "" {
			words = append(words, group.name)
		}
		full = true
	}
	return words
}

func readThree(words []string, n int, full bool) []string {
	hundred, ten, one := n/100, n/10%10, n%10
	if hundred > 0 || full {
		words = append(words, digits[hundred], "trăm")
	}
	switch {
	case ten == 0 && one == 0:
		return words
	case ten == 0 && (hundred > 0 || full):
		return append(words, "linh", digits[one])
	case ten == 0:
		return append(words, digits[one])
	case ten == 1:
		words = append(words, "mười")
	default:
		words = append(words, digits[ten], "mươi")
	}
	switch {
	case one == 0:
		return words
	case one == 1 && ten > 1:
		return append(words, "mốt")
	case one == 4 && ten > 1:
		return append(words, "tư")
	case one == 5:
		return append(words, "lăm")
	}
	return append(words, digits[one])
}

// Decimal reads a number with digits after the decimal comma: "12", "05" is "mười hai phẩy không năm". frac holds digits only; trailing
// zeros are not read.
func Decimal(n uint64, frac string) string {
	frac = strings.TrimRight(frac, "0")
	words := Number(n)
	if frac == "" {
		return words
	}
	words += " phẩy"
	for _, d := range frac {
		words += " " + digits[d-'0']
	}
	return words
}
