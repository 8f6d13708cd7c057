package words

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

func TestParseQuantity(t *testing.T) {
	for s, want := range map[string]uint64{
		"12.500 kg": 12_500_000, "12500kg": 12_500_000, "12,5 kg": 12_500, "12.5 kg": 12_500, "1.234.567,8 kg": 1_234_567_800,
		"500 g": 500, "3 tạ": 300_000, "12,5 TẤN": 12_500_000, "0,001 kg": 1, "1.005 cái": 1005, "1.500,000 kg": 1_500_000,
		"2 lít": 2000, "1 m3": 1_000_000, "15 lượt khách": 15, "1.000.000.000 kg": 1_000_000_000_000,
	} {
		got, _, err := ParseQuantity(s)
		if err != nil || got != want {
			t.Errorf("%q: %d, %v; want %d", s, got, err, want)
		}
	}
	for _, s := range []string{
		"", "kg", "12.500", "-5 kg", "12,500 kg", "1,2,3 kg", "1.23.456 kg", "1234.567 kg", "12. kg", "12, kg", ".5 kg", "0 kg", "0,0001 kg", "1,5 cái",
		"5 thùng", "1e3 kg", "NaN kg", "99999999999999999999 kg", "1.000.000.000.001 kg", "5,5,5 kg", "1..000 kg", "٣ kg",
	} {
		if got, unit, err := ParseQuantity(s); err == nil {
			t.Errorf("%q is accepted as %d %v", s, got, unit)
		}
	}
}

func TestQuantityIsReadBack(t *testing.T) {
	units := []recordv1.Unit{recordv1.Unit_UNIT_GRAM, recordv1.Unit_UNIT_MILLILITRE, recordv1.Unit_UNIT_PIECE, recordv1.Unit_UNIT_VISIT}
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Uint64Range(1, MaxQuantity).Draw(t, "n")
		unit := rapid.SampledFrom(units).Draw(t, "unit")
		s := Quantity(lang.Vietnamese, n, unit)
		got, gotUnit, err := ParseQuantity(s)
		if err != nil || got != n || gotUnit != unit {
			t.Fatalf("%d %v is written %q, read as %d %v (%v)", n, unit, s, got, gotUnit, err)
		}
	})
}

func TestParsePoints(t *testing.T) {
	for s, want := range map[string]uint32{
		"85,5": 8550, "85.5": 8550, "85,50": 8550, " 85.50 ": 8550, "85": 8500, "0": 0, "0,01": 1, "100": 10000, "1000": 100_000, "007,10": 710,
	} {
		if got, err := ParsePoints(s); err != nil || got != want {
			t.Errorf("%q: %d, %v; want %d", s, got, err, want)
		}
	}
	for _, s := range []string{"", "-1", "+1", "NaN", "Inf", "85,505", "85.500", "8 5", "85,", ",5", "85,5,0", "1.000,5", "1e2", "85.5đ", "1000,01", "99999999999", "٨٥"} {
		if got, err := ParsePoints(s); err == nil {
			t.Errorf("%q is accepted as %d", s, got)
		}
	}
}
