package bench

import (
	"cmp"
	"context"
	"time"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/ocop/internal/bench/load"
)

// times is how much more than the peak is offered.
const times = 10

// What an overload has signed beforehand, in records: for calls the callers who are told to come back, and those that take the place of who is served; for
// streams what they may have in hand, and what the nodes take. Some 400 bytes of memory each.
const (
	// comeBackSecs is how long a caller who was turned away is not calling: a second as nodes ask for, and as much again for the answer to arrive.
	comeBackSecs = 2
	// servedShare is how much more than the peak may be taken.
	servedShare = 1.5
	// streamHas is a stream's window of records.
	streamHas = 4096
	// callsLine is how many calls a node allows on a connection.
	callsLine = 256
	// mostOverload bounds them all: 400 MiB. A peak may have twice as many: see mostReady.
	mostOverload = 1_000_000
)

// When nodes have grown.
const (
	// settled is the share of what a record costs the nodes that may still go for memory which they are given for the first time. Young ones pay up to 20 % for that.
	settled = 0.03
	// mostRounds bounds how often the overload is offered until then: some garbage collector is never content.
	mostRounds = 5
)

// grow offers ten times what the network takes before that is measured: each time for as long as it will be offered afterwards, until nodes have the memory that they need
// for it. They give little of it back, and what they are given for the first time costs (see [machine.Pages]). Without it the peak would be that of small nodes, and the
// overload would pay for their growth.
func (r *run) grow(ctx context.Context, how offering, stock *load.Stock) ([]*measured, error) {
	r.o.Progress(lang.Text{
		Vi: "trước hết đưa vào gấp %d lần, đến khi bộ nhớ của các nút đủ lớn cho lúc quá tải", En: "offering %d times as much first, until the nodes are as large as an overload needs them"}, times)
	rough, err := phase(ctx, how, r.target.clients, stock, r.watch, 0, max(r.o.Warmup, roughly), nil)
	if err != nil {
		return nil, err
	}
	all := []*measured{rough}
	r.grown = growth{peak: rough.perSecond()}
	for len(all) <= mostRounds {
		how, err = r.tenfold(rough.perSecond(), stock)
		if err != nil {
			return nil, err
		}
		m, err := phase(ctx, how, r.target.clients, stock, r.watch, 0, r.o.Warmup+r.o.Duration, nil)
		if err != nil {
			return nil, err
		}
		if len(all) == 1 {
			r.grown.goodput = m.perSecond()
		}
		all = append(all, m)
		if m.offered > 0 { // of a network that took nothing at first ten times is nothing
			r.grown.before += r.o.Warmup + r.o.Duration
		}
		c, _ := m.cost(r.watch)
		if r.grown.settled = c.settled(); r.grown.settled == nil || *r.grown.settled {
			break
		}
	}
	return all, nil
}

// growth is what came of nodes that grew: how the young ones did, and how long it took.
type growth struct {
	before        time.Duration // for how long the network was overloaded
	settled       *bool         // nodes have the memory that they need; nil: nobody knows
	peak, goodput float64       // records a second of young nodes: at first, and when ten times of that was offered for the first time
}

// settled tells whether nodes have the memory that they need; nil: nobody knows.
func (c *CPU) settled() *bool {
	if c.NewMemory == nil || c.Nodes == nil {
		return nil
	}
	return new(*c.NewMemory <= settled**c.Nodes)
}

// roughly is how long it takes at least to see about how much a network takes.
const roughly = time.Second

// perSecond is how many records a second were taken.
func (m *measured) perSecond() float64 {
	records, _ := m.Between(m.From, m.To)
	return float64(records) / m.window.Seconds()
}

// tenfold is how ten times of so many records a second are offered. What that needs is signed.
func (r *run) tenfold(peak float64, stock *load.Stock) (offering, error) {
	how, secs := r.o.offering(), (r.o.Warmup + r.o.Duration).Seconds()
	how.rate = times * peak
	need := servedShare * peak * secs
	if how.mode == Unary {
		how.flood = &load.Flood{
			Nodes: r.o.Nodes, TLS: r.o.TLS, Stock: stock, Wait: how.wait, Lines: max(len(r.o.Nodes), how.inFlight/callsLine), SignLate: r.o.SignLate,
		}
		need += comeBackSecs * how.rate
	} else {
		how.clients *= times
		how.held = true
		need += float64(how.clients * cmp.Or(how.window, streamHas))
	}
	return how, r.sign(int(min(need, mostOverload)), stock)
}

// overload offers ten times what the network took, and measures once more what it takes then: a machine that others use, too, is not as fast one minute as the next, and
// the peak is the mean of before and after. Calls are made ten times as often by callers who come back when they are told to; of streams there are ten times as
// many, and each is owed what one of them got at the peak. What it needs is signed before its clock starts.
func (r *run) overload(ctx context.Context, alone offering, peak *measured, stock *load.Stock) ([]*measured, error) {
	v := &Overload{
		PeakBefore: peak.perSecond(), Before: r.grown.before.Seconds(), Settled: r.grown.settled, YoungPeak: r.grown.peak, YoungGoodput: r.grown.goodput,
	}
	v.Wanted = times * v.PeakBefore
	how, err := r.tenfold(v.PeakBefore, stock)
	if err != nil {
		return nil, err
	}
	if how.mode != Unary {
		v.Streams = how.clients
	}
	r.o.Progress(lang.Text{
		Vi: "đưa vào gấp %d lần mức cao nhất (%.0f bản ghi/giây) trong %v",
		En: "offering %d times the peak (%.0f records/s) for %v"}, times, v.PeakBefore, r.o.Duration)
	m, err := phase(ctx, how, r.target.clients, stock, r.watch, r.o.Warmup, r.o.Duration, nil)
	if err != nil {
		return nil, err
	}
	v.CPU, v.Nodes = m.cost(r.watch)
	if err := r.sign(r.needed(r.o.Warmup+r.o.Duration), stock); err != nil {
		return nil, err
	}
	r.o.Progress(lang.Text{Vi: "đo lại mức cao nhất, %v", En: "measuring the peak again, for %v"}, r.o.Duration)
	again, err := phase(ctx, alone, r.target.clients, stock, r.watch, r.o.Warmup, r.o.Duration, nil)
	if err != nil {
		return nil, err
	}
	v.PeakAfter = again.perSecond()
	v.Peak = (v.PeakBefore + v.PeakAfter) / 2
	v.Rates = m.rates()
	v.Goodput = float64(v.Rates.Records) / v.Rates.Secs
	if v.Peak > 0 {
		v.Share = v.Goodput / v.Peak
	}
	v.Offered = float64(m.offered) / (r.o.Warmup + r.o.Duration).Seconds()
	v.Elections = elections(r.watch.term(peak.after), r.watch.term(m.after)) // the warm-up is under load, too
	v.Processors = lesser(r.watch.share(peak.before, peak.after, r.report.Machine.Cores), r.watch.share(again.before, again.after, r.report.Machine.Cores))
	v.Saturated = saturated(v.Processors, v.Share)
	r.report.Overload = v
	return []*measured{m, again}, nil
}

// lesser is the lesser of two shares; nil: one is not known.
func lesser(a, b *float64) *float64 {
	if a == nil || b == nil {
		return nil
	}
	return new(min(*a, *b))
}

// elections is how many terms there were between two looks; nil: not known. None that was held is left out: see [watch.term].
func elections(before, after *uint64) *uint64 {
	if before == nil || after == nil {
		return nil
	}
	return new(*after - min(*before, *after))
}

// What tells a peak from what a few clients happened to get, of which ten times is no overload.
const (
	// peakProcessors is the share of the machine's processors that nodes and load use together at a peak. Three streams and 256 callers use 88 to 97 % on a machine that is
	// theirs alone, the rest being the kernel's, and are what it takes; one client uses 70 %, as a record that comes alone costs twenty times as much, and gets a thirtieth.
	peakProcessors = 0.85
	// pastPeak is the goodput of the overload, by the peak, above which the peak was none whatever it used: measured again, a peak is a quarter off at most.
	pastPeak = 1.25
)

// saturated tells whether what was measured was a peak; nil: not known. processors is the share of them that was used, nil where nobody saw it.
func saturated(processors *float64, goodput float64) *bool {
	switch {
	case goodput > pastPeak:
		return new(false)
	case processors == nil:
		return nil
	}
	return new(*processors >= peakProcessors)
}
