package ledger

import (
	"fmt"
	"time"
)

// Date is a legal date at fixed UTC+07:00, written as the number yyyymmdd: 20201103. 0 means none.
type Date uint32

// Milliseconds of a day and of the fixed offset of Vietnamese legal time; no time-zone table decides what day it is.
const (
	DayMillis    = 24 * 60 * 60 * 1000
	OffsetMillis = 7 * 60 * 60 * 1000
)

// Valid tells whether the number is a day of the Gregorian calendar in the years 1900 to 9999.
func (d Date) Valid() bool {
	y, m, day := d.split()
	return y >= 1900 && y <= 9999 && m >= 1 && m <= 12 && day >= 1 && day <= daysOf(y, m)
}

func (d Date) split() (year, month, day int) {
	return int(d / 10000), int(d/100) % 100, int(d % 100)
}

func daysOf(year, month int) int {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}

// Year is the calendar year.
func (d Date) Year() uint16 { return uint16(d / 10000) }

// AddMonths moves the date by whole months; a day that the month does not have becomes its last (31/1 + 1 month = 28/2 or 29/2).
func (d Date) AddMonths(n int) Date {
	y, m, day := d.split()
	m += n - 1
	y += m / 12
	if m %= 12; m < 0 {
		m, y = m+12, y-1
	}
	m++
	return Date(y*10000 + m*100 + min(day, daysOf(y, m)))
}

// AddDays moves the date by days.
func (d Date) AddDays(n int) Date {
	y, m, day := d.split()
	return dateOf(time.Date(y, time.Month(m), day+n, 0, 0, 0, 0, time.UTC))
}

func dateOf(t time.Time) Date {
	y, m, d := t.Date()
	return Date(y*10000 + int(m)*100 + d)
}

// lastDate ends the calendar: its number and the first millisecond after it.
const (
	lastDate    Date = 9999_12_31
	afterMillis      = 253_402_300_800_000 - OffsetMillis
)

// DateAt is the legal date at a time in Unix milliseconds; of all times behind the year 9999 its last day.
func DateAt(milli uint64) Date {
	if milli >= afterMillis {
		return lastDate
	}
	return dateOf(time.UnixMilli(int64(milli) + OffsetMillis).UTC())
}

// Start is the first millisecond of the date, in Unix milliseconds; 0 for dates before 1970.
func (d Date) Start() uint64 {
	y, m, day := d.split()
	ms := time.Date(y, time.Month(m), day, 0, 0, 0, 0, time.UTC).UnixMilli() - OffsetMillis
	return uint64(max(ms, 0))
}

// String writes the date as Vietnamese documents do: 03/11/2020.
func (d Date) String() string {
	y, m, day := d.split()
	return fmt.Sprintf("%02d/%02d/%04d", day, m, y)
}

// ParseDate reads dd/mm/yyyy or yyyy-mm-dd.
func ParseDate(s string) (Date, error) {
	for _, layout := range []string{"02/01/2006", "2/1/2006", "2006-01-02"} {
		if t, err := time.ParseInLocation(layout, s, time.UTC); err == nil {
			if d := dateOf(t); d.Valid() {
				return d, nil
			}
		}
	}
	return 0, malformed("date", "%q is not dd/mm/yyyy", s)
}
