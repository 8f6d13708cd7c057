//go:build linux && amd64

package fault

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/ocopledger/ocop/node/internal/disk"
	"github.com/ocopledger/ocop/node/internal/process"
	"github.com/ocopledger/ocop/node/internal/trace"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

// diskError is an answer that a running node gets of its disk.
type diskError struct {
	name    string
	kind    trace.Kind
	verdict trace.Verdict
}

var diskErrors = []diskError{
	{"a write is kept, and reported lost", trace.Write, trace.Verdict{Answer: syscall.EIO}},
	{"a sync fails", trace.Sync, trace.Verdict{Answer: syscall.EIO}},
	{"no room", trace.Write, trace.Verdict{Short: true, Answer: syscall.ENOSPC}},
}

const (
	// liveRecords is how many records are sent to a node whose disk is about to fail.
	liveRecords = 24
	// oneTry is how long a record is waited for.
	oneTry = 2 * time.Second
)

// errorCase is one call of a running node that its disk answers with an error.
type errorCase struct {
	diskError
	file string
	n    int64 // the n-th call of the kind on the file is hit
}

func (c errorCase) String() string { return fmt.Sprintf("%s, call %d", c.row(), c.n) }

func (c errorCase) row() string { return fmt.Sprintf("%-14s %s", c.file, c.name) }

// notReached is the outcome of an error that the node did not live to meet.
const notReached = "not reached"

// everyError: what a node has acknowledged while its disk failed is there when it starts again.
func (r *recording) everyError(t *testing.T, p *ports) {
	var table []errorCase
	random := rand.New(rand.NewPCG(*seed, 2))
	for _, file := range diskFiles {
		for _, e := range diskErrors {
			if *cases > 0 {
				table = append(table, errorCase{e, file, 1 + random.Int64N(6)})
				continue
			}
			for n := range int64(24) {
				table = append(table, errorCase{e, file, n + 1})
			}
		}
	}
	if testing.Short() {
		random.Shuffle(len(table), func(i, j int) { table[i], table[j] = table[j], table[i] })
		table = table[:len(table)/3]
	}
	var account atomic.Int64
	account.Store(1000)
	sum := each(t, r, p, table, func(place *place, c errorCase) (row, outcome string, err error) {
		outcome, err = place.suffer(r, c, func() int { return int(account.Add(1)) })
		return c.row(), outcome, err
	}, errorCase.String)
	t.Logf("\n%s", sum)
	hit := len(table)
	for _, outcomes := range sum {
		hit -= outcomes[notReached]
	}
	if hit < len(table)/2 {
		t.Errorf("%d of %d errors were met", hit, len(table))
	}
}

// suffer runs a node whose disk fails at one call, sends it records, and starts it again on the same files with a good disk.
func (p *place) suffer(r *recording, c errorCase, account func() int) (outcome string, err error) {
	defer p.clean(&err)
	if err := p.make(r, &disk.Crash{Point: len(r.log.Events), Write: -1}); err != nil {
		return "", err
	}
	var calls atomic.Int64
	node, err := process.StartStopped(p.host.log(), p.ocopd, "run", "--dir", p.host.dir)
	if err != nil {
		return "", err
	}
	p.host.set(node)
	traced, err := trace.Attach(node.Pid, trace.Options{
		Watch: func(path string) bool { return filepath.Base(path) == c.file },
		Judge: func(call *trace.Call) trace.Verdict {
			if call.Kind == c.kind && calls.Add(1) == c.n {
				return c.verdict
			}
			return trace.Verdict{}
		},
	})
	if err != nil {
		return "", err
	}
	node.Signal(syscall.SIGCONT)
	told := p.send(r, account)
	node.Signal(syscall.SIGTERM)
	select {
	case <-node.Ended():
	case <-time.After(startLimit):
		return "", fmt.Errorf("it does not end in %v:\n%s", startLimit, p.host.logEnd())
	}
	<-traced.Ended()
	said := p.host.logEnd()
	// raft has no other answer than a panic when it cannot store its term. The node has said by then which file it was.
	panics := strings.Contains(said, "the node stops") && strings.Contains(said, "panic: failed to save current term: local storage")
	if crashed(said) && !panics {
		return "", fmt.Errorf("it crashes:\n%s", said)
	}
	if calls.Load() < c.n {
		return notReached, nil
	}
	switch {
	case panics:
		outcome = "ends itself, with raft's panic"
	case node.Code() != 0:
		outcome = "ends itself"
	default:
		outcome = "goes on"
	}
	if !strings.Contains(said, "input/output error") && !strings.Contains(said, "no space left on device") {
		outcome += " and says nothing"
	}
	if found, err := p.check(); err != nil || found != "" {
		return "", fmt.Errorf("check: %s, %v", found, err)
	}
	if refusal, err := p.start(); err != nil || refusal != "" {
		return "", fmt.Errorf("does not start again: %s, %v", refusal, err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), startLimit)
	defer cancel()
	for _, k := range append(slices.Clone(r.known), told...) {
		a, err := p.host.client.Ledger.GetRecord(ctx, &apiv1.GetRecordRequest{Record: k.record})
		if err != nil {
			return "", fmt.Errorf("acknowledged record %s: %w", k.record, err)
		}
		if !k.refused && string(a.GetEnvelope()) != string(k.envelope) {
			return "", fmt.Errorf("acknowledged record %s: %v", k.record, a)
		}
	}
	return outcome, nil
}

// send sends records one after the other until the node takes no more, and gives those that it acknowledged. It waits for the certification of each: what is certified meanwhile, the
// cosigner signs at once, and not once in a while.
func (p *place) send(r *recording, account func() int) (told []known) {
	for range liveRecords {
		record := r.Register(1, account())
		for end := time.Now().Add(oneTry); ; {
			ctx, cancel := context.WithTimeout(context.Background(), oneTry)
			outcomes, err := p.host.client.SubmitAs(ctx, apiv1.Wait_WAIT_CERTIFIED, [][]byte{record.Envelope}, nil)
			cancel()
			if err == nil && outcomes[0].GetAccepted() != nil {
				told = append(told, known{record: outcomes[0].GetRecord(), envelope: record.Envelope})
				break
			}
			if p.host.running() == nil || time.Now().After(end) {
				return told
			}
		}
	}
	return told
}
