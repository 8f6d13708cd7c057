package reason

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/ocopledger/ocop/ledger"
)

// Arg fills a placeholder: Vietnamese and English write numbers differently.
type Arg struct{ Name, Vietnamese, English string }

// Text is written alike in both languages.
func Text(name, value string) Arg { return Arg{name, value, value} }

// Words are written in each language.
func Words(name, vietnamese, english string) Arg { return Arg{name, vietnamese, english} }

// Count is a whole number: 12.500 in Vietnamese, 12,500 in English.
func Count(name string, n uint64) Arg { return Arg{name, grouped(n, '.'), grouped(n, ',')} }

// Points is a score in hundredths: 85,50 in Vietnamese, 85.50 in English.
func Points(name string, hundredths uint64) Arg {
	whole, rest := hundredths/100, hundredths%100
	return Arg{name, fmt.Sprintf("%s,%02d", grouped(whole, '.'), rest), fmt.Sprintf("%s.%02d", grouped(whole, ','), rest)}
}

// Day is a legal date: 03/11/2020.
func Day(name string, d ledger.Date) Arg { return Text(name, d.String()) }

// Moment is a time in Unix milliseconds, shown at UTC+07:00: 09:00:00 03/11/2020.
func Moment(name string, milli uint64) Arg {
	if milli > maxMoment {
		return Text(name, strconv.FormatUint(milli, 10)+" ms")
	}
	return Text(name, time.UnixMilli(int64(milli)+ledger.OffsetMillis).UTC().Format("15:04:05 02/01/2006"))
}

// maxMoment is the end of the year 9999, the last that legal dates know.
const maxMoment = 253_402_275_599_999

// Span is a length of time in milliseconds, in the largest unit that is whole.
func Span(name string, milli uint64) Arg {
	for _, unit := range []struct {
		milli               uint64
		vietnamese, english string
	}{
		{ledger.DayMillis, "ngày", "days"}, {3_600_000, "giờ", "hours"}, {60_000, "phút", "minutes"}, {1000, "giây", "seconds"},
	} {
		if milli >= unit.milli && milli%unit.milli == 0 {
			n := milli / unit.milli
			if n == 1 {
				unit.english = strings.TrimSuffix(unit.english, "s")
			}
			return Arg{name, grouped(n, '.') + " " + unit.vietnamese, grouped(n, ',') + " " + unit.english}
		}
	}
	return Arg{name, grouped(milli, '.') + " ms", grouped(milli, ',') + " ms"}
}

func grouped(n uint64, separator byte) string {
	digits := strconv.FormatUint(n, 10)
	out := make([]byte, 0, len(digits)+len(digits)/3)
	for i := range len(digits) {
		if i > 0 && (len(digits)-i)%3 == 0 {
			out = append(out, separator)
		}
		out = append(out, digits[i])
	}
	return string(out)
}
