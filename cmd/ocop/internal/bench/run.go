package bench

import (
	"context"
	"errors"
	"runtime"
	"time"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/ocop/internal/bench/load"
	"github.com/ocopledger/ocop/cmd/ocop/internal/bench/machine"
	"github.com/ocopledger/ocop/cmd/ocop/internal/bench/presence"
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/verify/receipts"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

// signatures are verified for so long on one core and on all, before the load and after it: enough for a steady number, and little beside the measurement.
func signatureTime(measured time.Duration) time.Duration {
	return min(250*time.Millisecond, measured/10)
}

// LostError says that nodes acknowledged records which the certified ledger does not have.
type LostError struct{ Missing, Acknowledged int }

func (e *LostError) Error() string { return e.In(lang.English) }

// In is the sentence in a language.
func (e *LostError) In(l lang.Language) string {
	return lang.Text{
		Vi: "%d trong %d bản ghi đã được báo nhận không có trong sổ cái đã chứng thực",
		En: "%d of %d acknowledged records are not on the certified ledger"}.F(l, e.Missing, e.Acknowledged)
}

// run is one benchmark.
type run struct {
	o      *Options
	target *target
	watch  *watch
	supply *supply
	report *Report
	grown  growth             // before the peak was measured
	wrong  *WrongReceiptError // nil: none was
}

// Run measures. A *LostError, a *WrongReceiptError and a *NotRecoveredError come with the report.
func Run(ctx context.Context, o Options) (*Report, error) {
	t, err := connect(ctx, &o)
	if err != nil {
		return nil, err
	}
	defer t.close()
	r := &run{o: &o, target: t, report: &Report{Machine: machine.Look()}}
	if o.Cluster != nil {
		r.report.TimerSlack = float64(o.Cluster.Nodes[0].TimerSlack.Microseconds()) / 1000
	}
	o.Progress(lang.Text{Vi: "đo đĩa, bộ nhớ và chữ ký", En: "measuring the disk, memory and signatures"})
	if o.Disk != "" {
		if r.report.Disk, err = machine.MeasureDisk(ctx, o.Disk); err != nil {
			return nil, err
		}
	}
	if r.report.Memory, err = machine.MeasurePages(); err != nil {
		return nil, err
	}
	before, err := machine.MeasureSignatures(ctx, runtime.GOMAXPROCS(0), signatureTime(o.Duration))
	if err != nil {
		return nil, err
	}
	r.watch = newWatch(ctx, t.doors(), int(t.head.GetTrust().GetValidators()), o.Cluster != nil)
	r.watch.pages = r.report.Memory
	o.Progress(lang.Text{Vi: "đăng ký chủ thể, sản phẩm và lô hàng để đo", En: "registering producers, products and lots to sell"})
	if r.supply, err = newSupply(ctx, t); err != nil {
		return nil, err
	}
	measure := r.measure
	if o.Mode == Reads {
		measure = r.measureReceipts
	}
	begun := r.watch.look(ctx)
	all, err := measure(ctx)
	if err != nil {
		return nil, err
	}
	after, err := machine.MeasureSignatures(ctx, runtime.GOMAXPROCS(0), signatureTime(o.Duration))
	if err != nil {
		return nil, err
	}
	r.describe(machine.Best(before, after))
	err = r.wrongs(ctx, all)
	r.report.Files = r.files(ctx, begun)
	return r.report, err
}

// goneLimit bounds the check where nobody leads any more: nothing is certified there that is not yet, and waiting for it tells nobody more.
const goneLimit = 10 * time.Second

// wrongs checks what was measured, and returns the gravest of what is wrong with it. The report has the rest.
func (r *run) wrongs(ctx context.Context, all []*measured) error {
	limit, gone := checkLimit, r.report.Failover.wrong()
	if gone != nil {
		limit = goneLimit
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	err := r.check(ctx, all)
	if _, lost := errors.AsType[*LostError](err); gone != nil && !lost {
		return gone
	}
	return err
}

// offering is how records are offered as the options say.
func (o *Options) offering() offering {
	h := offering{mode: o.Mode, clients: o.Clients, rate: o.Rate, inFlight: o.InFlight, window: o.Window, wait: apiv1.Wait_WAIT_COMMITTED}
	if o.Certified {
		h.wait = apiv1.Wait_WAIT_CERTIFIED
	}
	return h
}

// measure runs the phases and returns them all.
func (r *run) measure(ctx context.Context) ([]*measured, error) {
	needed := r.needed(r.o.Warmup + r.o.Duration)
	stock, err := r.stock(needed)
	if err != nil {
		return nil, err
	}
	var killed *kill
	during := func(context.Context) error { return nil }
	if r.o.KillLeader {
		killed = &kill{run: r}
		during = killed.do
	}
	how := r.o.offering()
	how.callers = &load.Callers{Nodes: r.o.Nodes, TLS: r.o.TLS, Stock: stock, Wait: how.wait}
	var all []*measured
	if r.o.Overload {
		if all, err = r.grow(ctx, how, stock); err != nil {
			return nil, err
		}
		if err := r.sign(needed, stock); err != nil {
			return nil, err
		}
	}
	r.o.Progress(lang.Text{Vi: "đo %v, sau khi chạy đà %v", En: "measuring for %v, after %v that do not count"}, r.o.Duration, r.o.Warmup)
	first, err := phase(ctx, how, r.target.clients, stock, r.watch, r.o.Warmup, r.o.Duration, during)
	if err != nil {
		return nil, err
	}
	r.report.Rates = first.rates()
	r.report.CPU, r.report.Nodes = first.cost(r.watch)
	if r.report.Records > 0 {
		r.report.Payload = float64(first.Bytes) / float64(r.report.Records)
	}
	all = append(all, first)
	if killed != nil {
		if r.report.Failover, err = killed.cost(first, r.watch.term(r.watch.look(ctx))); err != nil {
			return nil, err
		}
	}
	if r.o.Overload {
		more, err := r.overload(ctx, how, first, stock)
		if err != nil {
			return nil, err
		}
		all = append(all, more...)
	}
	r.report.Late = stock.Late()
	return all, nil
}

// What is signed beforehand: enough for the fastest network that was seen, and no more than memory has room for.
const (
	quickClient  = 1500.0    // records a second that one client waiting for its answers gets at most
	quickNetwork = 25_000.0  // records a second of a network of one machine
	quickActions = 150_000.0 // actions a second
	mostReady    = 2_000_000 // some 400 bytes of memory each
	spareShare   = 1.05
)

// needed is how many records a time may need; 0 when they are to be signed as they go.
func (r *run) needed(d time.Duration) int {
	if r.o.SignLate {
		return 0
	}
	rate := min(quickNetwork, quickActions/float64(r.o.Actions))
	switch {
	case r.o.Rate > 0:
		rate = r.o.Rate
	case r.o.Mode == Unary:
		rate = min(rate, quickClient*float64(r.o.Clients))
	}
	return int(min(rate*d.Seconds()*spareShare, mostReady))
}

// stock signs so many records to begin with.
func (r *run) stock(n int) (*load.Stock, error) {
	if n > 0 {
		r.o.Progress(lang.Text{Vi: "ký trước %d bản ghi", En: "signing %d records beforehand"}, n)
	}
	r.report.Presigned = n
	return r.supply.stock(n)
}

// sign signs until so many are ready, unless they are to be signed as they go.
func (r *run) sign(n int, stock *load.Stock) error {
	if r.o.SignLate {
		return nil
	}
	r.o.Progress(lang.Text{Vi: "ký trước cho đủ %d bản ghi", En: "signing beforehand until there are %d records"}, n)
	signed, err := stock.Fill(n)
	r.report.Presigned += signed
	return err
}

// describe completes the report.
func (r *run) describe(s machine.Signatures) {
	o, p, head := r.o, r.report, r.target.head
	p.Mode, p.Clients, p.Warmup, p.Actions, p.Rate, p.Certified = o.Mode, o.Clients, o.Warmup.Seconds(), o.Actions, o.Rate, o.Certified
	p.Ledger = Ledger{
		Chain: r.target.genesis.Chain.String(), Name: head.GetChainName(), Sample: head.GetAsOf().GetSample(), Before: head.GetHead().GetSize(),
		Validators: head.GetTrust().GetValidators(), Quorum: head.GetTrust().GetQuorum(), Liars: head.GetTrust().GetLiars(),
	}
	p.Signatures = Signatures{Signatures: s, Checks: p.checks()}
	for _, n := range r.watch.process {
		p.Processes = max(p.Processes, n+1)
	}
	p.limits()
}

// limits says what the machine's signatures bound, and what was reached of it, where all that verify are on it.
func (r *Report) limits() {
	s := &r.Signatures
	if s.Checks == nil {
		return
	}
	checks := float64(*s.Checks)
	s.Limit, s.TablesLimit = new(s.Library.AllCores/checks), new(s.Tables.AllCores/checks)
	if r.Asked == nil {
		tps := float64(r.Records) / r.Secs
		s.Share, s.TablesShare = new(tps / *s.Limit), new(tps / *s.TablesLimit)
	}
	if total := r.CPU.Total; total != nil && *total > 0 {
		if r.Asked == nil {
			s.CPUShare = new(checks * s.Tables.CPU / *total)
		}
		r.CPU.Alone = new(float64(r.Machine.Cores*r.Actions) * 1e6 / *total)
	}
}

// check looks for every acknowledged record on the certified ledger, and verifies the receipts that came.
func (r *run) check(ctx context.Context, all []*measured) error {
	r.o.Progress(lang.Text{
		Vi: "tìm lại mọi bản ghi đã được báo nhận trong sổ cái đã chứng thực", En: "looking for every acknowledged record on the certified ledger"})
	var height uint64
	for _, m := range all {
		height = max(height, m.Height)
		r.report.Presence.Acknowledged += len(m.Acks)
	}
	begun := time.Now()
	head, fetch, node, err := r.target.certified(ctx, height)
	if err != nil {
		return err
	}
	p := &r.report.Presence
	p.Certified = time.Since(begun).Seconds()
	p.Node, p.Height, p.Size, p.Root = node, head.Height, head.Tree.Size, head.Tree.Root.String()
	r.report.Ledger.After = head.Tree.Size
	found, err := presence.Find(ctx, fetch, head, r.report.Ledger.Before, func(yield func(ledger.RecordID) bool) {
		for _, m := range all {
			for _, a := range m.Acks {
				if !yield(a.Record) {
					return
				}
			}
		}
	})
	if err != nil {
		return err
	}
	p.Read, p.Found, p.Missing = found.Leaves, p.Acknowledged-len(found.Missing), some(found.Missing)
	if err := r.verify(ctx, head, all); err != nil {
		return err
	}
	if n := len(found.Missing); n > 0 {
		return &LostError{n, p.Acknowledged}
	}
	if r.wrong != nil {
		return r.wrong
	}
	return nil
}

// checkLimit bounds the check at the end: a million records take some ten seconds.
const checkLimit = 10 * time.Minute

// verify checks the receipts that were kept, as a stranger would who believes what was believed when the run began: some may be of an epoch before the head's.
func (r *run) verify(ctx context.Context, head *presence.Head, all []*measured) error {
	if !r.o.Certified {
		return nil
	}
	r.report.Receipts = new(Receipts)
	o := receipts.Options{Trust: r.target.trust, Handovers: head.Handovers}
	o.Trust.Now = uint64(r.o.Now().Unix())
	for _, m := range all {
		r.report.Receipts.Of += len(m.Acks)
		for _, file := range m.Receipts {
			if _, err := receipts.Record(ctx, file, o); err != nil {
				return err
			}
			r.report.Receipts.Verified++
		}
	}
	return nil
}
