package gs1

import "strings"

// Digits is how many digits a GTIN has wherever it is written in full: shorter ones have zeros in front.
const Digits = 14

// GTIN is a GTIN-14 with the right check digit: all 14 digits. The zero GTIN is none.
type GTIN string

// ParseGTIN reads a GTIN-8, -12, -13 or -14, digits alone, and gives it with 14 digits.
func ParseGTIN(s string) (GTIN, error) {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return "", wrong(GTINCharacter, "01", "mã GTIN chỉ có chữ số", "a GTIN has digits alone")
		}
	}
	switch len(s) {
	case 8, 12, 13, Digits:
	default:
		return "", wrong(GTINLength, "01", "mã GTIN có 8, 12, 13 hoặc 14 chữ số, đây là %d", "a GTIN has 8, 12, 13 or 14 digits, this one has %d", len(s))
	}
	padded := strings.Repeat("0", Digits-len(s)) + s
	if padded == strings.Repeat("0", Digits) {
		return "", wrong(GTINZero, "01", "mã GTIN không thể chỉ có số 0", "a GTIN is not zeros alone")
	}
	if want := CheckDigit(padded[:Digits-1]); padded[Digits-1] != want {
		e := wrong(GTINCheck, "01", "số kiểm tra của mã GTIN %s sai: chữ số cuối là %c, theo các chữ số trước phải là %c",
			"the check digit of GTIN %s is wrong: its last digit is %c, and by those before it should be %c", s, padded[Digits-1], want)
		e.Right = padded[:Digits-1] + string(want)
		return "", e
	}
	return GTIN(padded), nil
}

// CheckDigit is the digit that follows others in every GS1 key: weights 3, 1, 3 … from the right, and the sum of all becomes a multiple of 10
// (GS1 General Specifications, section 7.9.1). The argument is digits alone.
func CheckDigit(digits string) byte {
	sum, weight := 0, 3
	for i := len(digits) - 1; i >= 0; i-- {
		sum += weight * int(digits[i]-'0')
		weight = 4 - weight
	}
	return byte('0' + (10-sum%10)%10)
}
