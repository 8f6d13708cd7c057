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

// MaxResolvers is how many hosts may resolve codes: the present one, and those of the agencies that kept it before, as long as their labels are about.
const MaxResolvers = 16

// Version bytes of parameters that give what later protocol versions brought. Those that do not are written as protocol version 1 wrote them.
const (
	versionVotes     = 2 // a vote percentage
	versionResolvers = 3 // resolvers
)

// ParametersValue holds windows and limits, in milliseconds, and how many votes a change takes.
type ParametersValue struct {
	BackdatingWindow, FutureWindow, LongestExpiry, LongestLapse, ClockBound uint64

	VotePercent uint8 // LeastVotePercent to MaxVotePercent; 0: not given, which means DefaultVotePercent. Since protocol version 3

	Resolvers []Resolver // no host twice, at most MaxResolvers; the first that is open is the one of new labels. Since protocol version 4
}

// Resolver is a host that resolves the codes on labels.
type Resolver struct {
	Host  string      // in lower case, with a port only where it is not 443
	Until ledger.Date // last day; 0: open
}

// written is the version byte of the value.
func (v *ParametersValue) written() byte {
	switch {
	case len(v.Resolvers) > 0:
		return versionResolvers
	case v.VotePercent != 0:
		return versionVotes
	}
	return version
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
	written := v.written()
	b = append(b, written)
	for _, n := range []uint64{v.BackdatingWindow, v.FutureWindow, v.LongestExpiry, v.LongestLapse, v.ClockBound} {
		b = ledger.AppendU64(b, n)
	}
	if written >= versionVotes {
		b = append(b, v.VotePercent)
	}
	if written >= versionResolvers {
		b = append(b, byte(len(v.Resolvers)))
		for _, host := range v.Resolvers {
			b = ledger.AppendU32(ledger.AppendText8(b, host.Host), uint32(host.Until))
		}
	}
	return b
}

// ParseParameters reads the value.
func ParseParameters(data []byte) (v ParametersValue, err error) {
	r := ledger.NewReader("parameters", data)
	written := max(versionIn(data, versionVotes), versionIn(data, versionResolvers))
	r.Version(written)
	for _, n := range []*uint64{&v.BackdatingWindow, &v.FutureWindow, &v.LongestExpiry, &v.LongestLapse, &v.ClockBound} {
		*n = r.U64()
	}
	if written >= versionVotes {
		v.VotePercent = r.U8()
		if given := v.VotePercent != 0 || written == versionVotes; given && (v.VotePercent < LeastVotePercent || v.VotePercent > MaxVotePercent) {
			r.Fail("%d votes of a hundred, want %d to %d", v.VotePercent, LeastVotePercent, MaxVotePercent)
		}
	}
	if written >= versionResolvers {
		n := r.U8()
		if n == 0 || n > MaxResolvers {
			r.Fail("%d resolvers, want 1 to %d", n, MaxResolvers)
		}
		for ; n > 0 && !r.Failed(); n-- {
			v.Resolvers = append(v.Resolvers, Resolver{r.Text8(), ledger.Date(r.U32())})
		}
	}
	return v, r.Close()
}
