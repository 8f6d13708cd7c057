package health

import (
	"fmt"
	"slices"
	"time"

	"github.com/ocopledger/ocop/ledger/reason/comma"
)

// Sentence is the same thing said twice.
type Sentence struct {
	Vietnamese string `json:"vietnamese"`
	English    string `json:"english"`
}

// Say fills both formats with the same values, such as numbers and names. Vietnamese fractions have a comma.
func Say(vietnamese, english string, args ...any) Sentence {
	said := slices.Clone(args)
	comma.In(said)
	return Sentence{fmt.Sprintf(vietnamese, said...), fmt.Sprintf(english, args...)}
}

func (s Sentence) String() string { return s.English }

// Check is one thing that was looked at.
type Check struct {
	Name string `json:"name"` // snake_case, stable
	OK   bool   `json:"ok"`
	// Required tells whether the report fails with the check. The others are for people.
	Required bool `json:"required"`
	Sentence
	Since time.Time `json:"since"` // OK has this value since then, as far as this process knows

	patience time.Duration // how long it must fail before it is said to
}

// Alarm is what an operator is to be told, whatever else goes well. No alarm fails a report by itself.
type Alarm struct {
	Name string `json:"name"` // snake_case, stable
	Sentence
}

// Report is the answer to one of the two questions.
type Report struct {
	OK     bool    `json:"ok"` // all required checks are
	Checks []Check `json:"checks"`
	Alarms []Alarm `json:"alarms"`
}

// Failed are the required checks that fail.
func (r *Report) Failed() (names []string) {
	for i := range r.Checks {
		if c := &r.Checks[i]; c.Required && !c.OK {
			names = append(names, c.Name)
		}
	}
	return names
}
