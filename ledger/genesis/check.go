package genesis

import (
	"slices"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/subject"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

func checkTerritories(b *recordv1.Genesis) error {
	known := make(map[uint32]*recordv1.Territory, len(b.Territories))
	for i, t := range b.Territories {
		if i > 0 && t.Code <= b.Territories[i-1].Code {
			return fault(at("territories", i, "code"), "not in ascending order")
		}
		if err := checkDates(t.From, t.Until); err != "" {
			return fault(at("territories", i, "until"), "%s", err)
		}
		known[t.Code] = t
	}
	roots := 0
	for i, t := range b.Territories {
		if t.Parent == 0 {
			roots++
			continue
		}
		parent, ok := known[t.Parent]
		if !ok {
			return fault(at("territories", i, "parent"), "territory %d is unknown", t.Parent)
		}
		if parent.Level <= t.Level {
			return fault(at("territories", i, "level"), "not below the level of territory %d it lies in", t.Parent)
		}
	}
	if roots != 1 { // levels fall towards the leaves, so that one root makes it a tree
		return fault("territories", "%d without a parent, want one: the country", roots)
	}
	return nil
}

// checkDates checks a pair of open-ended dates and says what is wrong with it.
func checkDates(from, until uint32) string {
	switch {
	case from != 0 && !ledger.Date(from).Valid():
		return "the first day is no date"
	case until != 0 && !ledger.Date(until).Valid():
		return "the last day is no date"
	case until != 0 && until < from:
		return "ends before it begins"
	}
	return ""
}

func checkSchemes(b *recordv1.Genesis) error {
	for i, s := range b.Schemes {
		if i > 0 && s.Id <= b.Schemes[i-1].Id {
			return fault(at("schemes", i, "id"), "not in ascending order")
		}
		if err := checkDates(s.From, s.Until); err != "" {
			return fault(at("schemes", i, "until"), "%s", err)
		}
		if s.MaxA+s.MaxB+s.MaxC != 100_00 {
			return fault(at("schemes", i, "max_a"), "the parts' highest scores add up to %d hundredths, want 100 points", s.MaxA+s.MaxB+s.MaxC)
		}
		for j, band := range s.Bands {
			if j > 0 && (band.Star <= s.Bands[j-1].Star || band.Lowest <= s.Bands[j-1].Lowest) {
				return fault(at("schemes", i, at("bands", j, "star")), "stars and lowest totals do not both rise")
			}
			if !slices.IsSorted(band.Recognisers) || len(slices.Compact(slices.Clone(band.Recognisers))) != len(band.Recognisers) {
				return fault(at("schemes", i, at("bands", j, "recognisers")), "not in ascending order")
			}
		}
		codes := make(map[string]bool, len(s.Groups))
		for j, group := range s.Groups {
			if codes[group.Code] {
				return fault(at("schemes", i, at("groups", j, "code")), "%q stands twice", group.Code)
			}
			codes[group.Code] = true
		}
	}
	dates := calendar(b)
	for i := 1; i < len(dates); i++ {
		if until := dates[i-1].Until; until == 0 || dates[i].From <= until {
			return fault("schemes", "rule sets %s and %s are in force on the same date", dates[i-1].ID, dates[i].ID)
		}
	}
	return nil
}

// calendar lists the rule sets in ascending order of their dates.
func calendar(b *recordv1.Genesis) []subject.SchemeDates {
	dates := make([]subject.SchemeDates, len(b.Schemes))
	for i, s := range b.Schemes {
		dates[i] = subject.SchemeDates{ID: s.Id, From: ledger.Date(s.From), Until: ledger.Date(s.Until)}
	}
	slices.SortStableFunc(dates, func(x, y subject.SchemeDates) int { return int(x.From) - int(y.From) })
	return dates
}

func territory(b *recordv1.Genesis, code uint32) bool {
	_, ok := slices.BinarySearchFunc(b.Territories, code, func(t *recordv1.Territory, code uint32) int { return int(int64(t.Code) - int64(code)) })
	return ok
}
