package bench

import (
	"context"
	"runtime"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/ocop/internal/bench/load"
	"github.com/ocopledger/ocop/cmd/ocop/internal/bench/machine"
	"github.com/ocopledger/ocop/cmd/ocop/internal/bench/presence"
	"github.com/ocopledger/ocop/cmd/ocop/internal/bench/reads"
	"github.com/ocopledger/ocop/node/client"
	"github.com/ocopledger/ocop/proto/ocop/api/v1/alpn"
)

// WrongReceiptError says that a node gave receipts which do not prove what they were asked for.
type WrongReceiptError struct {
	Failed, Checked int
	Err             error // of the first
}

func (e *WrongReceiptError) Error() string { return e.In(lang.English) }

// Unwrap gives what is wrong with the first.
func (e *WrongReceiptError) Unwrap() error { return e.Err }

// In is the sentence in a language.
func (e *WrongReceiptError) In(l lang.Language) string {
	return lang.Text{
		Vi: "%d trong %d biên nhận đã kiểm là sai; cái đầu tiên: %v",
		En: "%d of the %d receipts that were checked are wrong; the first one: %v"}.F(l, e.Failed, e.Checked, e.Err)
}

// ErrNoReceipt says that there is nothing that could be checked: no rate is a rate then.
var ErrNoReceipt = lang.Errorf(lang.Text{Vi: "trong lúc đo không có biên nhận nào", En: "no receipt came while it was measured"})

// sold is what receipts are asked for.
type sold struct {
	sales  []reads.Sale
	acks   []load.Ack
	height uint64 // of the last
}

// sell puts sales on the ledger.
func (r *run) sell(ctx context.Context, n int) (*sold, *load.Stock, error) {
	r.o.Progress(lang.Text{Vi: "ghi %d lần bán để hỏi biên nhận", En: "selling %d times, to ask for receipts of it"}, n)
	stock, err := r.supply.stock(n)
	if err != nil {
		return nil, nil, err
	}
	s := &sold{sales: make([]reads.Sale, n), acks: make([]load.Ack, n)}
	envelopes := make([][]byte, n)
	for i := range envelopes {
		record, err := stock.Take()
		if err != nil {
			return nil, nil, err
		}
		if s.sales[i], err = reads.SaleOf(record.Envelope); err != nil {
			return nil, nil, err
		}
		envelopes[i], s.acks[i] = record.Envelope, load.Ack{Record: record.ID, Actions: record.Actions}
	}
	outcomes, err := r.target.clients[0].Submit(ctx, envelopes, nil)
	if err != nil {
		return nil, nil, err
	}
	for _, o := range outcomes {
		if refused := o.GetRefused(); refused != nil {
			return nil, nil, client.NewRefusal(refused.GetRefusal())
		}
		s.height = max(s.height, o.GetAccepted().GetHeight())
	}
	return s, stock, nil
}

// measureReceipts has a node asked for receipts, and checks some of them. What was written for it, and beside it, is returned.
func (r *run) measureReceipts(ctx context.Context) ([]*measured, error) {
	s, stock, err := r.sell(ctx, r.o.Sales)
	if err != nil {
		return nil, err
	}
	all := []*measured{{Result: &load.Result{Acks: s.acks, Height: s.height}}}
	trust := r.target.trust
	trust.Now = uint64(r.o.Now().Unix())
	head, err := presence.Certified(ctx, r.target.clients[0].Proofs, trust, s.height) // all that is asked for is certified before
	if err != nil {
		return nil, err
	}
	if r.o.Ask == nil {
		r.o.Ask = reads.KindsOf(s.sales)
	}
	questions, err := reads.Questions(s.sales, r.o.Ask, head.Trust.Policy.Number)
	if err != nil {
		return nil, err
	}
	p := &Asked{Sales: len(s.sales), Node: r.o.Nodes[0], Agency: r.target.head.GetNode().GetAgency(), TLS: r.o.TLS != nil}
	r.report.Asked = p
	if r.o.Writing > 0 {
		if err := r.prepareWriting(stock); err != nil {
			return nil, err
		}
		r.o.Progress(lang.Text{Vi: "đo luồng ghi một mình trong %v", En: "measuring the writer alone for %v"}, r.o.Duration)
		alone, err := phase(ctx, r.o.writing(), r.target.clients[:1], stock, r.watch, r.o.Warmup, r.o.Duration, nil)
		if err != nil {
			return nil, err
		}
		all = append(all, alone)
		_, nodes := alone.cost(r.watch)
		p.Writing = &Writing{Rate: r.o.Writing, Alone: alone.rates(), CPU: r.cpuOf(p.Node, nodes)}
	}
	r.o.Progress(lang.Text{Vi: "hỏi biên nhận trong %v, sau khi chạy đà %v", En: "asking for receipts for %v, after %v that do not count"}, r.o.Duration, r.o.Warmup)
	got, beside, err := r.ask(ctx, questions, stock)
	if err != nil {
		return nil, err
	}
	if beside != nil {
		p.Writing.Beside = beside.rates()
		all = append(all, beside)
	}
	r.report.Late = stock.Late()
	if len(got.Kept) == 0 {
		return nil, ErrNoReceipt
	}
	return all, r.judge(ctx, got, head)
}

// writing is the stream that writes beside the readers.
func (o *Options) writing() offering {
	h := o.offering()
	h.mode, h.clients, h.rate = Stream, 1, o.Writing
	return h
}

// lines is how many connections the askers have.
func (o *Options) lines() int {
	return max(min(o.Clients, mostConnections), (o.Clients+reads.MaxCallers-1)/reads.MaxCallers)
}

// prepareWriting signs what the stream sends alone and beside the readers.
func (r *run) prepareWriting(stock *load.Stock) error {
	n := int(min(2*min(r.o.Writing, quickNetwork)*(r.o.Warmup+r.o.Duration).Seconds()*spareShare+2*streamHas, mostReady))
	r.o.Progress(lang.Text{Vi: "ký trước %d bản ghi", En: "signing %d records beforehand"}, n)
	signed, err := stock.Fill(n)
	r.report.Presigned = signed
	return err
}

// ask has callers ask, and a stream write beside them if there is to be one.
func (r *run) ask(ctx context.Context, questions []reads.Question, stock *load.Stock) (*reads.Result, *measured, error) {
	o, p := r.o, r.report.Asked
	callers := &reads.Callers{
		Node: o.Nodes[0], Questions: questions, Callers: o.Clients, Lines: o.lines(), Rate: o.Rate,
	}
	if o.TLS != nil {
		callers.TLS = o.TLS.Clone()
		callers.TLS.NextProtos = []string{alpn.HTTP2} // as strangers' clients have it
		if o.CallsAlone {
			callers.TLS.NextProtos = alpn.OfCalls()
		}
	}
	m := &measured{begun: time.Now(), window: o.Duration}
	tally := reads.NewTally(m.begun, o.Warmup, o.Warmup+o.Duration, o.Ask)
	offer, stop := context.WithDeadline(ctx, m.begun.Add(o.Warmup+o.Duration))
	defer stop()
	settle, giveUp := context.WithDeadline(ctx, m.begun.Add(o.Warmup+o.Duration+settleIn))
	defer giveUp()
	var beside *measured
	group, offerAll := errgroup.WithContext(offer)
	group.Go(func() error { return m.watched(ctx, offerAll, r.watch, o.Warmup, nil) })
	group.Go(func() error {
		callers.Run(settle, offerAll, m.begun, tally)
		return nil
	})
	if o.Writing > 0 {
		group.Go(func() (err error) {
			beside, err = phase(ctx, o.writing(), r.target.clients[:1], stock, r.watch, o.Warmup, o.Duration, nil)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	got := tally.Result()
	p.Protocol, p.Connections = callers.Protocol(), callers.Lines
	if leader, err := r.target.leader(ctx); err == nil {
		p.Leads = leader == p.Agency
	}
	r.reportReceipts(got, m)
	return got, beside, nil
}

// reportReceipts says what was counted.
func (r *run) reportReceipts(got *reads.Result, m *measured) {
	p, seconds := r.report.Asked, m.window.Seconds()
	n, bytes := got.Answered()
	r.report.Rates = Rates{Ops: n, Secs: seconds, TPS: float64(n) / seconds, Errors: got.Errors, Open: got.Open}
	r.report.Rates.waited(&got.Latency)
	for _, c := range got.Counts {
		k := AskedKind{Kind: c.Kind, Receipts: c.Answered}
		if c.Answered > 0 {
			k.Bytes = float64(c.Bytes) / float64(c.Answered)
		}
		p.Kinds = append(p.Kinds, k)
	}
	if n > 0 {
		p.Bytes = float64(bytes) / float64(n)
	}
	r.report.CPU, r.report.Nodes = r.watch.cost(m.before, m.after, n)
	p.CPU = r.cpuOf(p.Node, r.report.Nodes)
}

// cpuOf is what an operation took of the node with a public door; nil: it could not be looked at.
func (r *run) cpuOf(public string, nodes []Node) *float64 {
	for i, d := range r.watch.nodes {
		if d.public == public {
			return nodes[i].CPU
		}
	}
	return nil
}

// judge checks the receipts that were kept: the clock has stopped.
func (r *run) judge(ctx context.Context, got *reads.Result, head *presence.Head) error {
	p := r.report.Asked
	r.o.Progress(lang.Text{Vi: "kiểm %d biên nhận", En: "checking %d receipts"}, len(got.Kept))
	before := machine.CPU()
	trust := head.Trust
	trust.Now = uint64(r.o.Now().Unix())
	wrong, err := reads.CheckAll(ctx, got.Kept, trust, runtime.GOMAXPROCS(0))
	if err != nil {
		return err
	}
	p.Checked, p.Failed, p.CheckCPU = len(got.Kept), len(wrong), us(machine.CPU()-before, uint64(len(got.Kept)))
	for i := range p.Kinds {
		k := &p.Kinds[i]
		for _, kept := range got.Kept {
			if kept.Question.Kind == k.Kind {
				k.Checked++
			}
		}
		for _, w := range wrong {
			if w.Question.Kind == k.Kind {
				k.Failed++
			}
		}
	}
	for _, w := range wrong[:min(len(wrong), listed)] {
		p.Wrong = append(p.Wrong, w.String())
	}
	if len(wrong) > 0 {
		r.wrong = &WrongReceiptError{len(wrong), len(got.Kept), wrong[0].Err}
	}
	return nil
}
