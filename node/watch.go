package node

import (
	"context"
	"errors"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/node/metrics"
	"github.com/ocopledger/ocop/node/publish"
)

// watcher is the metrics as a ledger tells them what it does.
type watcher struct {
	*metrics.Metrics
	ahead   *atomic.Int64                   // drafts that are being verified ahead
	writing func(file string) (done func()) // notes a write, which can hang
}

// chainFile and indexFile are the labels of the ledger's files in the time that writes take.
const (
	chainFile = "chain.db"
	indexFile = "index.db"
)

// Begin implements chain.Watcher.
func (w watcher) Begin(s chain.Step) (done func(n int)) {
	at := time.Now()
	switch s {
	case chain.VerifyAhead:
		w.ahead.Add(1)
	case chain.Write:
		done := w.writing(chainFile)
		return func(int) { done() }
	}
	return func(n int) {
		took := time.Since(at)
		switch s {
		case chain.VerifyAhead:
			w.ahead.Add(-1)
			w.Took(metrics.Ahead, took)
			w.Verified(metrics.ByLog, n)
		case chain.VerifyLate:
			w.Took(metrics.Late, took)
			w.Verified(metrics.ByApply, n)
		case chain.Derive:
			w.Took(metrics.Derive, took)
		case chain.UpdateMap:
			w.Took(metrics.Map, took)
		case chain.Flush:
			w.Took(metrics.Index, took)
			w.Wrote(indexFile, took)
			w.Indexed(n)
		}
	}
}

// Count implements chain.Watcher.
func (w watcher) Count(t chain.Tally, n int) {
	switch t {
	case chain.KnownSignatures:
		w.Verified(metrics.ByKnown, n)
	case chain.RowsInMemory:
		w.Read(metrics.InMemory, n)
	case chain.RowsCached:
		w.Read(metrics.InCache, n)
	case chain.RowsRead:
		w.Read(metrics.OnDisk, n)
	}
}

// admitting is a verifier as the admitter has it.
type admitting struct {
	ident.Verifier
	metrics *metrics.Metrics
}

// Verify implements ident.Verifier.
func (a admitting) Verify(ctx context.Context, jobs []ident.Job) ([]error, error) {
	verdicts, err := a.Verifier.Verify(ctx, jobs)
	if err == nil {
		a.metrics.Verified(metrics.ByAdmission, len(jobs))
	}
	return verdicts, err
}

// transaction sums up what became of the drafts of one batch.
func transaction(applied []chain.Applied) metrics.Transaction {
	t := metrics.Transaction{Records: make(map[metrics.Outcome]int, 4)}
	for i := range applied {
		a := &applied[i]
		if a.Bad != nil && !errors.Is(a.Bad, chain.ErrDraftOrder) {
			t.Void++
		}
		for j := range a.Outcomes {
			kind, _ := outcomeKind(&a.Outcomes[j])
			t.Records[kind]++
		}
	}
	return t
}

// Counted has the answers of the published log counted.
func (n *Node) Counted(log http.Handler) http.Handler {
	return n.monitor.metrics.Files(publish.Prefix, log)
}
