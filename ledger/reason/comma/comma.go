// Package comma writes fractions in Vietnamese sentences: 0,5 is what English writes as 0.5.
package comma

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// In replaces those arguments of a Vietnamese format that may have a fraction, which are float64 and durations, by ones that fmt writes with a decimal comma. Others stay.
func In(args []any) {
	for i, a := range args {
		switch a.(type) {
		case float64, time.Duration:
			args[i] = fraction{a}
		}
	}
}

// fraction is a number or a duration that is written with a decimal comma.
type fraction struct{ value any }

// Format implements fmt.Formatter.
func (f fraction) Format(s fmt.State, verb rune) {
	_, _ = io.WriteString(s, strings.ReplaceAll(fmt.Sprintf(fmt.FormatString(s, verb), f.value), ".", ","))
}
