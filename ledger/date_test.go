package ledger_test

import (
	"errors"
	"testing"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"pgregory.net/rapid"
)

// hanoi is UTC+07:00 as package time has it; package ledger does without zones.
var hanoi = time.FixedZone("+07:00", 7*60*60)

func dateOf(t time.Time) ledger.Date {
	y, m, d := t.Date()
	return ledger.Date(y*10000 + int(m)*100 + d)
}

func timeOf(d ledger.Date) time.Time {
	return time.Date(int(d/10000), time.Month(d/100%100), int(d%100), 0, 0, 0, 0, hanoi)
}

// drawDate draws a day of 1900 to 9999, ends of months more often than others.
func drawDate(t *rapid.T) ledger.Date {
	y, m := rapid.IntRange(1900, 9999).Draw(t, "year"), time.Month(rapid.IntRange(1, 12).Draw(t, "month"))
	last := time.Date(y, m+1, 0, 0, 0, 0, 0, hanoi).Day()
	day := rapid.OneOf(rapid.IntRange(1, last), rapid.IntRange(last-1, last)).Draw(t, "day")
	return ledger.Date(y*10000 + int(m)*100 + day)
}

// TestEveryDay walks the whole calendar beside package time.
func TestEveryDay(t *testing.T) {
	d := ledger.Date(1900_01_01)
	for at := timeOf(d); ; at = at.AddDate(0, 0, 1) {
		if d != dateOf(at) || !d.Valid() || d.Year() != uint16(at.Year()) {
			t.Fatalf("%v is %v", at, d)
		}
		if ms := at.UnixMilli(); ms >= 0 && (ledger.DateAt(uint64(ms)) != d || ledger.DateAt(uint64(ms)+ledger.DayMillis-1) != d || d.Start() != uint64(ms)) {
			t.Fatalf("%v begins at %d, want %d", d, d.Start(), ms)
		} else if ms < 0 && d.Start() != 0 {
			t.Fatalf("%v, before 1970, begins at %d", d, d.Start())
		}
		if d == 9999_12_31 {
			break
		}
		d = d.AddDays(1)
	}
}

func TestValid(t *testing.T) {
	for _, d := range []ledger.Date{0, 1, 1899_12_31, 2026_00_10, 2026_13_01, 2026_01_00, 2026_01_32, 2026_04_31, 2026_02_29, 2100_02_29, 1900_02_29, 10000_01_01, 1<<32 - 1} {
		if d.Valid() {
			t.Errorf("%d is a date", d)
		}
	}
	for _, d := range []ledger.Date{1900_01_01, 2000_02_29, 2024_02_29, 2400_02_29, 9999_12_31} {
		if !d.Valid() {
			t.Errorf("%d is no date", d)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		d := ledger.Date(rapid.OneOf(rapid.Uint32(), rapid.Uint32Range(1890_00_00, 2110_00_00)).Draw(t, "date"))
		if want := dateOf(timeOf(d)) == d && d >= 1900_01_01 && d <= 9999_12_31; d.Valid() != want {
			t.Errorf("%d valid: %v", d, d.Valid())
		}
	})
}

func TestAddDays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d, n := drawDate(t), rapid.IntRange(-600_000, 600_000).Draw(t, "days")
		if at := timeOf(d).AddDate(0, 0, n); at.Year() >= 1 && d.AddDays(n) != dateOf(at) {
			t.Errorf("%v + %d days is %v, want %v", d, n, d.AddDays(n), dateOf(at))
		}
	})
}

// TestAddMonths has the model that months end where they end: the day of the month, or the last that the month has.
func TestAddMonths(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d, n := drawDate(t), rapid.IntRange(-1200, 1200).Draw(t, "months")
		at := timeOf(d)
		first := time.Date(at.Year(), at.Month()+time.Month(n), 1, 0, 0, 0, 0, hanoi)
		last := first.AddDate(0, 1, -1)
		if want := dateOf(first.AddDate(0, 0, min(at.Day(), last.Day())-1)); d.AddMonths(n) != want {
			t.Errorf("%v + %d months is %v, want %v", d, n, d.AddMonths(n), want)
		}
	})
	for _, c := range []struct {
		d    ledger.Date
		n    int
		want ledger.Date
	}{
		{2026_01_31, 1, 2026_02_28}, {2024_01_31, 1, 2024_02_29}, {2020_11_03, 36, 2023_11_03}, {2024_02_29, 36, 2027_02_28}, {2024_02_29, 48, 2028_02_29},
		{2026_12_15, 1, 2027_01_15}, {2026_01_15, -1, 2025_12_15}, {2026_03_31, -1, 2026_02_28}, {2026_05_31, -120, 2016_05_31}, {2026_05_31, 0, 2026_05_31},
	} {
		if got := c.d.AddMonths(c.n); got != c.want {
			t.Errorf("%v + %d months is %v, want %v", c.d, c.n, got, c.want)
		}
	}
}

func TestDateAt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ms := rapid.Uint64Range(0, 253_402_275_599_999).Draw(t, "time")
		if got, want := ledger.DateAt(ms), dateOf(time.UnixMilli(int64(ms)).In(hanoi)); got != want {
			t.Errorf("at %d it is %v, want %v", ms, got, want)
		}
	})
	for _, c := range []struct {
		ms   uint64
		want ledger.Date
	}{
		{0, 1970_01_01}, {61_199_999, 1970_01_01}, {61_200_000, 1970_01_02}, {253_402_275_599_999, 9999_12_31}, {253_402_275_600_000, 9999_12_31}, {1<<63 - 1, 9999_12_31},
		{1 << 63, 9999_12_31}, {1<<64 - 1, 9999_12_31},
	} {
		if got := ledger.DateAt(c.ms); got != c.want {
			t.Errorf("at %d it is %v, want %v", c.ms, got, c.want)
		}
	}
}

func TestParseDate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawDate(t)
		for _, s := range []string{d.String(), timeOf(d).Format("2006-01-02"), timeOf(d).Format("2/1/2006")} {
			if back, err := ledger.ParseDate(s); err != nil || back != d {
				t.Errorf("%q is %v, %v", s, back, err)
			}
		}
	})
	for _, s := range []string{"", "3/11", "31/11/2020", "29/02/2023", "11-03-2020", "03/11/20", "03/11/1899", "2020-11-03T00:00:00Z", "03/11/2020 ", "0/1/2020"} {
		if d, err := ledger.ParseDate(s); !errors.Is(err, ledger.ErrMalformed) {
			t.Errorf("%q is %v, %v", s, d, err)
		}
	}
}

func FuzzParseDate(f *testing.F) {
	f.Add("03/11/2020")
	f.Add("2020-11-03")
	f.Add("29/2/2024")
	f.Fuzz(func(t *testing.T, s string) {
		d, err := ledger.ParseDate(s)
		if err != nil {
			return
		}
		if back, err := ledger.ParseDate(d.String()); !d.Valid() || err != nil || back != d {
			t.Errorf("%q is %d, which is %v, %v", s, d, back, err)
		}
	})
}
