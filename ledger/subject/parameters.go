package subject

import "github.com/ocopledger/ocop/ledger"

// Bounds of parameters, at genesis and whenever a vote changes them. Milliseconds.
const (
	MaxWindow = 366 * ledger.DayMillis // a year
	MaxExpiry = 30 * ledger.DayMillis  // nodes and audits remember ids for so long
)

// What a vote may not fall below: with less, no record could be ordered any more, or no vote taken, and nothing could be put right again. Genesis is not
// asked, since ledgers exist that were made before this was.
const (
	LeastExpiry     = ledger.DayMillis // what a record that is submitted at once is signed for
	LeastLapse      = 3_600_000        // an hour, for people to answer in
	LeastFuture     = 1000             // clocks of clients and validators differ by as much
	LeastClockBound = 1000             // so do the clocks of two validators
)

// Percent of the validators that a change takes.
const (
	DefaultVotePercent = 66 // 2 of 3, 3 of 4, 4 of 5
	LeastVotePercent   = 51
	MaxVotePercent     = 100
)

// versionVotes is the version byte of parameters that give a vote percentage. Those that do not are written as protocol version 1 wrote them.
const versionVotes = 2

// ParametersValue holds windows and limits, in milliseconds, and how many votes a change takes.
type ParametersValue struct {
	BackdatingWindow, FutureWindow, LongestExpiry, LongestLapse, ClockBound uint64

	VotePercent uint8 // LeastVotePercent to MaxVotePercent; 0: not given, which means DefaultVotePercent. Since protocol version 3
}

// Needed is how many of n validators a change takes: the percentage, and more than half of them in any case.
func (v *ParametersValue) Needed(n int) int {
	percent := int(v.VotePercent)
	if percent == 0 {
		percent = DefaultVotePercent
	}
	return max(n/2+1, (n*percent+99)/100)
}

// Append appends the value's bytes.
func (v *ParametersValue) Append(b []byte) []byte {
	if v.VotePercent == 0 {
		b = append(b, version)
	} else {
		b = append(b, versionVotes)
	}
	for _, n := range []uint64{v.BackdatingWindow, v.FutureWindow, v.LongestExpiry, v.LongestLapse, v.ClockBound} {
		b = ledger.AppendU64(b, n)
	}
	if v.VotePercent != 0 {
		b = append(b, v.VotePercent)
	}
	return b
}

// ParseParameters reads the value.
func ParseParameters(data []byte) (v ParametersValue, err error) {
	r := ledger.NewReader("parameters", data)
	written := byte(version)
	if len(data) > 0 && data[0] == versionVotes {
		written = versionVotes
	}
	r.Version(written)
	for _, n := range []*uint64{&v.BackdatingWindow, &v.FutureWindow, &v.LongestExpiry, &v.LongestLapse, &v.ClockBound} {
		*n = r.U64()
	}
	if written == versionVotes {
		if v.VotePercent = r.U8(); v.VotePercent < LeastVotePercent || v.VotePercent > MaxVotePercent {
			r.Fail("%d votes of a hundred, want %d to %d", v.VotePercent, LeastVotePercent, MaxVotePercent)
		}
	}
	return v, r.Close()
}
