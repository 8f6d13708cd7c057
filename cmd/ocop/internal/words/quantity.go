package words

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// Grouped writes a number with separated thousands: 12.500, in English 12,500.
func Grouped(l lang.Language, n uint64) string {
	s := strconv.FormatUint(n, 10)
	var b strings.Builder
	for i := range s {
		if i > 0 && (len(s)-i)%3 == 0 {
			b.WriteString(lang.Text{Vi: ".", En: ","}.In(l))
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

var comma = lang.Text{Vi: ",", En: "."}

// Points writes hundredths of a point: 8550 is 85,50.
func Points(l lang.Language, hundredths uint64) string {
	return fmt.Sprintf("%d%s%02d", hundredths/100, comma.In(l), hundredths%100)
}

// Fixed writes n/10^places without superfluous zeros: 12500 with 3 places is 12,5.
func Fixed(l lang.Language, n uint64, places int) string {
	whole, frac := split(n, places)
	if frac == "" {
		return Grouped(l, whole)
	}
	return Grouped(l, whole) + comma.In(l) + frac
}

// split parts n/10^places into whole and digits of the fraction without trailing zeros.
func split(n uint64, places int) (uint64, string) {
	size := pow10(places)
	frac := fmt.Sprintf("%0*d", places, n%size)
	if places == 0 {
		frac = ""
	}
	return n / size, strings.TrimRight(frac, "0")
}

// measure is a unit people count in: 10^places of the smallest unit.
type measure struct {
	places int
	name   lang.Text
	spoken string
}

// Measures of each unit, the everyday one first, the large one (if any) second.
var measures = map[recordv1.Unit][]measure{
	recordv1.Unit_UNIT_GRAM:       {{3, lang.Text{Vi: "kg", En: "kg"}, "kilôgam"}, {6, lang.Text{Vi: "tấn", En: "t"}, "tấn"}},
	recordv1.Unit_UNIT_MILLILITRE: {{3, lang.Text{Vi: "lít", En: "l"}, "lít"}, {6, lang.Text{Vi: "m³", En: "m³"}, "mét khối"}},
	recordv1.Unit_UNIT_PIECE:      {{0, lang.Text{Vi: "cái", En: "pieces"}, "cái"}},
	recordv1.Unit_UNIT_VISIT:      {{0, lang.Text{Vi: "lượt khách", En: "visits"}, "lượt khách"}},
}

var smallest = map[recordv1.Unit]measure{
	recordv1.Unit_UNIT_GRAM:       {0, lang.Text{Vi: "g", En: "g"}, "gam"},
	recordv1.Unit_UNIT_MILLILITRE: {0, lang.Text{Vi: "ml", En: "ml"}, "mililít"},
}

// everyday picks the measure people would use for a quantity: kilograms from one kilogram on and for nothing at all, and grams below or where three
// decimals would be needed, which could be taken for thousands.
func everyday(n uint64, unit recordv1.Unit) measure {
	if small, ok := smallest[unit]; ok && (n > 0 && n < 1000 || n%10 != 0) {
		return small
	}
	if m := measures[unit]; len(m) > 0 {
		return m[0]
	}
	return measure{0, lang.Text{Vi: unit.String(), En: unit.String()}, unit.String()}
}

// Quantity writes a number of smallest units in digits: "12.500 kg".
func Quantity(l lang.Language, n uint64, unit recordv1.Unit) string {
	m := everyday(n, unit)
	return Fixed(l, n, m.places) + " " + m.name.In(l)
}

// Share writes how much of a whole there is: nothing of it in the unit of the whole.
func Share(l lang.Language, n, whole uint64, unit recordv1.Unit) string {
	if n == 0 {
		return "0 " + everyday(whole, unit).name.In(l)
	}
	return Quantity(l, n, unit)
}

// Spoken reads a quantity out in Vietnamese, and says large ones a second time in the large unit: "mười hai nghìn năm trăm kilôgam = 12,5 tấn".
func Spoken(n uint64, unit recordv1.Unit) string {
	m := everyday(n, unit)
	whole, frac := split(n, m.places)
	s := Decimal(whole, frac) + " " + m.spoken
	if all := measures[unit]; len(all) > 1 {
		large := all[1]
		// Three decimals would look like thousands.
		if _, frac := split(n, large.places); n >= pow10(large.places) && len(frac) < 3 {
			s += " = " + Fixed(lang.Vietnamese, n, large.places) + " " + large.name.Vi
		}
	}
	return s
}

func pow10(places int) uint64 {
	n := uint64(1)
	for range places {
		n *= 10
	}
	return n
}
