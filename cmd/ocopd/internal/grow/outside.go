package grow

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/encoding"
	protocodec "google.golang.org/grpc/encoding/proto"
	"google.golang.org/grpc/mem"

	"github.com/ocopledger/ocop/cmd/ocopd/internal/devnet"
	"github.com/ocopledger/ocop/ledger/store"
	"github.com/ocopledger/ocop/node/client"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

// Answers is how a node's answers to one kind of question were: what the asker waited, and the node's processor time.
type Answers struct {
	Median, P99 time.Duration
	CPU         time.Duration // of one
	Refused     int           // of a hundred: the node says that the answer would be too large
}

// Outside is what a ledger costs a node of its own process.
type Outside struct {
	Warm, Cold Cost   // from the start of the process until it is ready; cold: with the files out of the system's memory
	RSS        uint64 // bytes, when it is ready

	TraceLongest, TracePage, TraceTypical Answers // of the longest lot with all its entries, and with the first page of them; of typical lots
	BytesFirst, BytesLongest, BytesPage   Answers // the same until the bytes are there, which nobody decodes; first: of the longest lots, each the first time
	ReceiptLongest, ReceiptTypical        Answers // of lots, with complete history
	ReceiptRecord, ReceiptAction          Answers // of one sale: that it is in the log, and that it was accepted
	Check                                 Cost    // of ocopd check, all of it; 0: left out
}

// Program is this program: Args begins a command line of it.
type Program struct {
	Path string
	Args []string
	Env  []string // nil: as this process
}

const (
	readyLimit = 10 * time.Minute
	readyPoll  = 20 * time.Millisecond
	mostEvents = 1_000       // of a page
	tooLarge   = "too_large" // what a node finds wrong with the subject of a receipt that has no room for its history
	longPart   = 4           // of kinds of questions that take long, only one in so many is asked
)

// Questions is how many questions of one kind are asked unless something else is wanted: enough that a hundredth of them says something.
const Questions = 2_000

// MeasureOutside runs the network's only node as a process of its own, twice, asks it questions of each kind, and has its files checked,
// which quick leaves out.
func MeasureOutside(ctx context.Context, p Program, network *devnet.Network, in *Inside, questions int, quick bool) (out *Outside, err error) {
	out = new(Outside)
	n := &network.Nodes[0]
	data, err := dataOf(n.Dir)
	if err != nil {
		return nil, err
	}
	if err := evict(filepath.Join(data, store.ChainFile), filepath.Join(data, store.IndexFile)); err != nil {
		return nil, err
	}
	r, err := p.run(ctx, n)
	if err != nil {
		return nil, err
	}
	out.Cold = r.ready
	if err := r.end(); err != nil {
		return nil, err
	}
	if r, err = p.run(ctx, n); err != nil {
		return nil, err
	}
	out.Warm, out.RSS = r.ready, rss(strconv.Itoa(r.cmd.Process.Pid))
	err = r.ask(ctx, n.Public, in, out, questions)
	if err := errors.Join(err, r.end()); err != nil {
		return nil, err
	}
	if quick {
		return out, nil
	}
	check := p.command(ctx, "check", "--dir", n.Dir)
	at := time.Now()
	if text, err := check.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("check: %w\n%s", err, text)
	}
	out.Check = Cost{time.Since(at), check.ProcessState.UserTime() + check.ProcessState.SystemTime()}
	return out, nil
}

func (p Program) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, p.Path, append(slices.Clone(p.Args), args...)...)
	cmd.Env = p.Env
	return cmd
}

// process is a node that runs.
type process struct {
	cmd   *exec.Cmd
	ready Cost
	ended chan error
}

// run starts a node and waits until it is ready.
func (p Program) run(ctx context.Context, n *devnet.Node) (*process, error) {
	r := &process{cmd: p.command(ctx, "run", "--dir", n.Dir), ended: make(chan error, 1)}
	at := time.Now()
	if err := r.cmd.Start(); err != nil {
		return nil, err
	}
	go func() { r.ended <- r.cmd.Wait() }()
	ctx, cancel := context.WithTimeout(ctx, readyLimit)
	defer cancel()
	for !isReady(ctx, n.Operator) {
		select {
		case err := <-r.ended:
			return nil, fmt.Errorf("the node of %s has ended: %w", n.Dir, err)
		case <-ctx.Done():
			return nil, errors.Join(ctx.Err(), r.end())
		case <-time.After(readyPoll):
		}
	}
	r.ready = Cost{time.Since(at), cpuOf(r.cmd.Process.Pid)}
	return r, nil
}

func isReady(ctx context.Context, operator string) bool {
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+operator+"/readyz", nil)
	if err != nil {
		return false
	}
	answer, err := http.DefaultClient.Do(q)
	if err != nil {
		return false
	}
	answer.Body.Close()
	return answer.StatusCode == http.StatusOK
}

func (r *process) end() error {
	if err := r.cmd.Process.Signal(os.Interrupt); err != nil {
		return err
	}
	return <-r.ended
}

// ask asks one question after the other, over gRPC.
func (r *process) ask(ctx context.Context, address string, in *Inside, out *Outside, questions int) error {
	long := max(questions/longPart, 1)
	c, err := client.New(address, client.Options{})
	if err != nil {
		return err
	}
	defer c.Close()
	if _, err := c.Ledger.GetHead(ctx, new(apiv1.GetHeadRequest)); err != nil { // the first question makes the connection
		return err
	}
	runtime.GC() // of what was measured inside, so that nobody waits for it below
	trace := func(lot string, events uint32, o ...grpc.CallOption) error {
		_, err := c.Query.TraceLot(ctx, &apiv1.TraceLotRequest{Lot: lot, Timeline: &apiv1.TimelineOptions{Page: &apiv1.Page{Size: events}}}, o...)
		return err
	}
	receipt := func(lot string) error {
		_, err := c.Proofs.GetSubjectReceipt(ctx, &apiv1.GetSubjectReceiptRequest{Subject: &apiv1.GetSubjectReceiptRequest_Lot{Lot: lot}})
		return err
	}
	bytes := grpc.ForceCodecV2(unread{encoding.GetCodecV2(protocodec.Name)})
	longest := in.Longest[0].String()
	typical := func(i int) string { return in.Typical[i%len(in.Typical)].String() }
	sold := func(i int, action *uint32) error {
		_, err := c.Proofs.GetRecordReceipt(ctx, &apiv1.GetRecordReceiptRequest{Record: in.Sold[i%len(in.Sold)].String(), Action: action})
		return err
	}
	for _, kind := range []struct {
		into *Answers
		n    int
		ask  func(i int) error
	}{
		{&out.BytesFirst, len(in.Longest), func(i int) error { return trace(in.Longest[i].String(), mostEvents, bytes) }},
		{&out.BytesLongest, long, func(int) error { return trace(longest, mostEvents, bytes) }},
		{&out.BytesPage, questions, func(int) error { return trace(longest, 0, bytes) }},
		{&out.TraceLongest, long, func(int) error { return trace(longest, mostEvents) }},
		{&out.TracePage, questions, func(int) error { return trace(longest, 0) }},
		{&out.TraceTypical, questions, func(i int) error { return trace(typical(i), 0) }},
		{&out.ReceiptLongest, long, func(int) error { return receipt(longest) }},
		{&out.ReceiptTypical, long, func(i int) error { return receipt(typical(i)) }},
		{&out.ReceiptRecord, questions, func(i int) error { return sold(i, nil) }},
		{&out.ReceiptAction, long, func(i int) error { return sold(i, new(uint32)) }},
	} {
		refused := 0
		ask := func(i int) error {
			err := kind.ask(i)
			if e, ok := errors.AsType[*client.Error](err); ok && e.Kind == tooLarge {
				refused++
				return nil
			}
			return err
		}
		if kind.into != &out.BytesFirst {
			for i := range min(kind.n, sampled) { // pages come into memory, as they would in the first minutes
				if err := ask(i); err != nil {
					return err
				}
			}
		}
		refused = 0
		waited := make([]time.Duration, kind.n)
		before := cpuOf(r.cmd.Process.Pid)
		for i := range waited {
			at := time.Now()
			if err := ask(i); err != nil {
				return err
			}
			waited[i] = time.Since(at)
		}
		spent := cpuOf(r.cmd.Process.Pid) - before
		slices.Sort(waited)
		*kind.into = Answers{waited[kind.n/2], waited[kind.n*99/100], spent / time.Duration(kind.n), refused * 100 / kind.n}
	}
	return nil
}

// unread is a codec that leaves answers as they came. To decode a thousand events takes an asker in Go longer than it takes a node to make them, and its garbage makes
// the slowest in a hundred.
type unread struct{ encoding.CodecV2 }

// Unmarshal implements encoding.CodecV2.
func (unread) Unmarshal(mem.BufferSlice, any) error { return nil }
