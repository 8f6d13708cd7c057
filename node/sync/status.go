package sync

import (
	"slices"
	"strings"
	"time"

	"github.com/ocopledger/ocop/ledger/checkpoint"
)

// Status is where a follower stands.
type Status struct {
	Source    string                // that is followed now; empty: none
	Size      uint64                // leaves of this ledger
	Target    uint64                // leaves of the newest certified head seen
	Certified *checkpoint.Certified // the newest certified head reached; nil: none yet
	Live      bool                  // the ledger has come to the newest certified head of a source that is followed
	Rate      float64               // leaves a second, since it fell behind; 0: not behind
	Left      time.Duration         // until Target at this rate; 0: not known
	Sources   []SourceStatus        // by name
	Err       error                 // what keeps the ledger from following, whatever the source; nil: nothing
}

// SourceStatus is what became of a source.
type SourceStatus struct {
	Name  string
	Size  uint64    // leaves of the certified head it had when it was asked last; 0: not known
	Err   error     // its last failure, a *SourceError; nil: none since it was last of use
	Until time.Time // it is left alone until then; zero: it is not
}

// standing is what a follower notes of where it stands.
type standing struct {
	source    string
	certified *checkpoint.Certified
	proved    uint64    // leaves of this ledger that are known to be a beginning of the certified log
	began     time.Time // of catching up; zero: not behind
	from      uint64    // size at began
	err       error
}

// note changes the standing, and wakes whoever waits for it.
func (f *Follower) note(change func(*standing)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change(&f.at)
	close(f.news)
	f.news = make(chan struct{})
}

// live tells whether the newest certified head that was seen is reached. The caller holds mu.
func (f *Follower) live() bool {
	return f.at.source != "" && f.at.certified != nil && f.at.certified.Tree.Size >= f.target
}

// Status tells where the follower stands.
func (f *Follower) Status() Status {
	size, now := f.o.Ledger.Head().Size, f.o.Now()
	f.mu.Lock()
	defer f.mu.Unlock()
	s := Status{Source: f.at.source, Size: size, Target: max(f.target, f.at.proved), Certified: f.at.certified, Live: f.live(), Err: f.at.err}
	if seconds := now.Sub(f.at.began).Seconds(); !f.at.began.IsZero() && seconds > 0 && size > f.at.from {
		s.Rate = float64(size-f.at.from) / seconds
		if s.Target > size {
			s.Left = time.Duration(float64(s.Target-size) / s.Rate * float64(time.Second))
		}
	}
	for name, m := range f.marks {
		one := SourceStatus{Name: name, Size: m.size, Err: m.err}
		if now.Before(m.until) {
			one.Until = m.until
		}
		s.Sources = append(s.Sources, one)
	}
	slices.SortFunc(s.Sources, func(a, b SourceStatus) int { return strings.Compare(a.Name, b.Name) })
	return s
}
