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
	v.Elections = m.after.term() - min(peak.after.term(), m.after.term()) // the warm-up is under load, too
	r.report.Overload = v
	return m, nil
}

// kill ends the leader's process in the middle of the load.
type kill struct {
	run    *run
	agency uint64
	at     time.Time
}

// killAfter is the share of the window that passes before the kill: rates before and after are then both known.
const killAfter = 3

func (k *kill) do(ctx context.Context) error {
	timer := time.NewTimer(k.run.o.Duration / killAfter)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return nil
	case <-timer.C:
	}
	leader, err := k.run.target.leader(ctx)
	if err != nil {
		return err
	}
	node := k.run.o.Cluster.Of(leader)
	if node == nil {
		return lang.Errorf(lang.Text{Vi: "không biết nút dẫn đầu là tiến trình nào (cơ quan %d)", En: "which process leads is not known (agency %d)"}, leader)
	}
	k.agency, k.at = leader, time.Now()
	return node.Kill()
}

// cost is what the kill cost.
func (k *kill) cost(m *measured) *Failover {
	f := &Failover{Killed: k.agency, TermAfter: m.after.term()}
	if k.at.IsZero() {
		return f
	}
	at := k.at.Sub(m.begun)
	f.At = (at - m.From).Seconds()
	began, gap := m.Gap(at, m.To)
	f.Gap, f.GapBegan = float64(gap.Milliseconds()), float64((began - at).Milliseconds())
	before, _ := m.Between(m.From, at)
	after, _ := m.Between(began+gap, m.To)
	f.Before = float64(before) / (at - m.From).Seconds()
	if rest := (m.To - began - gap).Seconds(); rest > 0 {
		f.After = float64(after) / rest
	}
	return f
}
