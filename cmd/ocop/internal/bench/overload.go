package bench

import (
	"cmp"
	"context"

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
	// mostOverload bounds them all: 400 MiB.
	mostOverload = 1_000_000
)

// overload offers ten times what the network took. Calls are made ten times as often by callers who come back when they are told to; of streams there are ten times as
// many, and each is owed what one of them got at the peak. What it needs is signed before its clock starts.
func (r *run) overload(ctx context.Context, peak *measured, stock *load.Stock) (*measured, error) {
	records, _ := peak.Between(peak.From, peak.To)
	v := &Overload{Peak: float64(records) / peak.window.Seconds()}
	v.Wanted = times * v.Peak
	how, secs := r.o.offering(), (r.o.Warmup + r.o.Duration).Seconds()
	how.rate = v.Wanted
	need := servedShare * v.Peak * secs
	if how.mode == Unary {
		how.flood = &load.Flood{
			Nodes: r.o.Nodes, TLS: r.o.TLS, Stock: stock, Wait: how.wait, Lines: max(len(r.o.Nodes), how.inFlight/callsLine), SignLate: r.o.SignLate,
		}
		need += comeBackSecs * v.Wanted
	} else {
		how.clients *= times
		how.held = true
		v.Streams = how.clients
		need += float64(v.Streams * cmp.Or(how.window, streamHas))
	}
	if !r.o.SignLate {
		r.o.Progress(lang.Text{Vi: "ký trước %.0f bản ghi cho lúc quá tải", En: "signing %.0f records beforehand for the overload"}, min(need, mostOverload))
		signed, err := stock.Fill(int(min(need, mostOverload)))
		if err != nil {
			return nil, err
		}
		r.report.Presigned += signed
	}
	r.o.Progress(lang.Text{
		Vi: "đưa vào gấp %d lần mức cao nhất (%.0f bản ghi/giây) trong %v",
		En: "offering %d times the peak (%.0f records/s) for %v"}, times, v.Peak, r.o.Duration)
	m, err := phase(ctx, how, r.target.clients, stock, r.watch, r.o.Warmup, r.o.Duration, nil)
	if err != nil {
		return nil, err
	}
	v.Rates = m.rates()
	v.Goodput = float64(v.Rates.Records) / v.Rates.Secs
	if v.Peak > 0 {
		v.Share = v.Goodput / v.Peak
	}
	v.Offered = float64(m.offered) / secs
	v.CPU, v.Nodes = m.cost(r.watch)
	v.Elections = elections(r.watch.term(peak.after), r.watch.term(m.after)) // the warm-up is under load, too
	v.Processors = r.watch.share(peak.before, peak.after, r.report.Machine.Cores)
	v.Saturated = saturated(v.Processors, v.Share)
	r.report.Overload = v
	return m, nil
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
	// peakProcessors is the share of the machine's processors that nodes and load use together at a peak. Three streams and 256 callers use 96 % on a machine that is
	// theirs alone, and are what it takes; one client uses 70 %, as a record that comes alone costs twenty times as much, and gets a thirtieth.
	peakProcessors = 0.9
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
