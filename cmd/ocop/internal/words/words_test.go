package words

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

func TestNumber(t *testing.T) {
	for n, want := range map[uint64]string{
		0:       "không",
		1:       "một",
		4:       "bốn",
		5:       "năm",
		10:      "mười",
		11:      "mười một",
		14:      "mười bốn",
		15:      "mười lăm",
		20:      "hai mươi",
		21:      "hai mươi mốt",
		24:      "hai mươi tư",
		25:      "hai mươi lăm",
		91:      "chín mươi mốt",
		100:     "một trăm",
		101:     "một trăm linh một",
		104:     "một trăm linh bốn",
		105:     "một trăm linh năm",
		110:     "một trăm mười",
		111:     "một trăm mười một",
		115:     "một trăm mười lăm",
		121:     "một trăm hai mươi mốt",
		555:     "năm trăm năm mươi lăm",
		1_000:   "một nghìn",
		1_005:   "một nghìn không trăm linh năm",
		1_015:   "một nghìn không trăm mười lăm",
		1_100:   "một nghìn một trăm",
		12_500:  "mười hai nghìn năm trăm",
		21_021:  "hai mươi mốt nghìn không trăm hai mươi mốt",
		100_000: "một trăm nghìn",
		104_024: "một trăm linh bốn nghìn không trăm hai mươi tư",

		1_000_000:             "một triệu",
		1_000_001:             "một triệu không trăm linh một",
		1_050_000:             "một triệu không trăm năm mươi nghìn",
		2_345_678:             "hai triệu ba trăm bốn mươi lăm nghìn sáu trăm bảy mươi tám",
		1_000_000_000:         "một tỷ",
		1_000_000_005:         "một tỷ không trăm linh năm",
		15_000_000_000:        "mười lăm tỷ",
		1_000_000_000_000:     "một nghìn tỷ",
		1_005_000_000_000:     "một nghìn không trăm linh năm tỷ",
		1_000_000_000_000_000: "một triệu tỷ",
	} {
		if got := Number(n); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
}

// parse is the way back, written from the grammar alone, so that no two numbers can be read out alike.
func parse(t *rapid.T, s string) (total uint64) {
	value := map[string]uint64{"không": 0, "một": 1, "mốt": 1, "hai": 2, "ba": 3, "bốn": 4, "tư": 4, "năm": 5, "lăm": 5, "sáu": 6, "bảy": 7, "tám": 8, "chín": 9}
	var billions, sum, group, digit uint64
	for word := range strings.FieldsSeq(s) {
		switch word {
		case "trăm":
			group, digit = group+digit*100, 0
		case "mươi":
			group, digit = group+digit*10, 0
		case "mười":
			group += 10
		case "linh":
		case "nghìn":
			sum, group, digit = sum+(group+digit)*1000, 0, 0
		case "triệu":
			sum, group, digit = sum+(group+digit)*1_000_000, 0, 0
		case "tỷ":
			billions = (billions + sum + group + digit) * billion
			sum, group, digit = 0, 0, 0
		default:
			d, ok := value[word]
			if !ok {
				t.Fatalf("unknown word %q in %q", word, s)
			}
			digit = d
		}
	}
	return billions + sum + group + digit
}

func TestNumberIsReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Uint64Range(0, 1e17).Draw(t, "n")
		if got := parse(t, Number(n)); got != n {
			t.Fatalf("%d is read out as %q, which is %d", n, Number(n), got)
		}
	})
}

func TestQuantity(t *testing.T) {
	for _, c := range []struct {
		n              uint64
		unit           recordv1.Unit
		vi, en, spoken string
	}{
		{12_500_000, recordv1.Unit_UNIT_GRAM, "12.500 kg", "12,500 kg", "mười hai nghìn năm trăm kilôgam = 12,5 tấn"},
		{12_500, recordv1.Unit_UNIT_GRAM, "12,5 kg", "12.5 kg", "mười hai phẩy năm kilôgam"},
		{0, recordv1.Unit_UNIT_GRAM, "0 kg", "0 kg", "không kilôgam"},
		{500, recordv1.Unit_UNIT_GRAM, "500 g", "500 g", "năm trăm gam"},
		{1_005, recordv1.Unit_UNIT_GRAM, "1.005 g", "1,005 g", "một nghìn không trăm linh năm gam"},
		{1_050, recordv1.Unit_UNIT_GRAM, "1,05 kg", "1.05 kg", "một phẩy không năm kilôgam"},
		{1_000_000, recordv1.Unit_UNIT_GRAM, "1.000 kg", "1,000 kg", "một nghìn kilôgam = 1 tấn"},
		{600_000, recordv1.Unit_UNIT_MILLILITRE, "600 lít", "600 l", "sáu trăm lít"},
		{2_000_000, recordv1.Unit_UNIT_MILLILITRE, "2.000 lít", "2,000 l", "hai nghìn lít = 2 m³"},
		{24, recordv1.Unit_UNIT_PIECE, "24 cái", "24 pieces", "hai mươi tư cái"},
		{1_105, recordv1.Unit_UNIT_VISIT, "1.105 lượt khách", "1,105 visits", "một nghìn một trăm linh năm lượt khách"},
	} {
		if got := Quantity(lang.Vietnamese, c.n, c.unit); got != c.vi {
			t.Errorf("%q, want %q", got, c.vi)
		}
		if got := Quantity(lang.English, c.n, c.unit); got != c.en {
			t.Errorf("%q, want %q", got, c.en)
		}
		if got := Spoken(c.n, c.unit); got != c.spoken {
			t.Errorf("%q, want %q", got, c.spoken)
		}
	}
}

func TestPoints(t *testing.T) {
	if got := Points(lang.Vietnamese, 8505); got != "85,05" {
		t.Error(got)
	}
	if got := Points(lang.English, 10000); got != "100.00" {
		t.Error(got)
	}
}
