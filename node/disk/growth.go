package disk

import "time"

const (
	// step is how far apart samples are kept, and span how long: files of a database grow by megabytes at once, and an hour says more than a minute.
	step = time.Minute
	span = 6 * time.Hour
	// least is how much must have been seen before anything is said.
	least = 10 * time.Minute
)

// Growth tells how fast something grows, from samples of the last six hours that are kept in memory. The zero Growth has seen nothing. It is not for
// several goroutines.
type Growth struct {
	samples []sample // oldest first
}

type sample struct {
	at   time.Time
	size int64
}

// See takes how large it is now. Samples that come sooner than a minute after the one before are left out. Times do not go back.
func (g *Growth) See(now time.Time, size int64) {
	if n := len(g.samples); n > 0 && now.Sub(g.samples[n-1].at) < step {
		return
	}
	first := 0
	for first < len(g.samples) && now.Sub(g.samples[first].at) > span {
		first++
	}
	g.samples = append(g.samples[first:], sample{now, size})
}

// Rate is the growth in bytes a second, 0 when it has shrunk; false: not enough was seen.
func (g *Growth) Rate() (perSecond float64, ok bool) {
	if len(g.samples) == 0 {
		return 0, false
	}
	first, last := g.samples[0], g.samples[len(g.samples)-1]
	seen := last.at.Sub(first.at)
	if seen < least {
		return 0, false
	}
	return max(0, float64(last.size-first.size)/seen.Seconds()), true
}
