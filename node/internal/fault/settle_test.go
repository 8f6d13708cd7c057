//go:build linux && amd64

package fault

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/store"
	"github.com/ocopledger/ocop/ledger/verify"
	"github.com/ocopledger/ocop/ledger/verify/receipts"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

// recover waits until each node has taken a record and given a receipt for it, and starts those that have ended. It gives how long that took.
func (w *battlefield) recover() (time.Duration, error) {
	began := time.Now()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	errs := make([]error, nodes)
	var probing sync.WaitGroup
	for i := range nodes {
		probing.Go(func() { errs[i] = w.probe(ctx, i) })
	}
	probing.Wait()
	return time.Since(began), errors.Join(errs...)
}

func (w *battlefield) probe(ctx context.Context, i int) error {
	h := w.hosts[i]
	envelope, id, err := sign(w.authors[i], int(w.load.account.Add(1)), 0)
	if err != nil {
		return err
	}
	w.book.submitted(id, envelope)
	for ctx.Err() == nil {
		if h.running() == nil {
			w.restarts.Add(1)
			if err := w.launch(h); err != nil {
				return err
			}
		}
		try, cancel := context.WithTimeout(ctx, submitTry)
		call := w.book.now()
		r, err := w.load.nodes[i].Records.Submit(try, &apiv1.SubmitRequest{Envelopes: [][]byte{envelope}, Wait: apiv1.Wait_WAIT_CERTIFIED, WaitMs: 2000})
		cancel()
		if err == nil {
			o := r.GetOutcomes()[0]
			if text, height := outcomeOf(o); text != "" {
				w.book.told(id, text, height, o.GetReceipt())
				w.book.add(1000+i, call, question{record: id}, reply{outcome: text})
				if len(o.GetReceipt()) > 0 {
					return nil
				}
				continue
			}
		}
		w.book.add(1000+i, call, question{record: id}, reply{unknown: true})
		select {
		case <-time.After(look):
		case <-ctx.Done():
		}
	}
	return fmt.Errorf("node %d takes no record and gives no receipt for %v\n%s", h.number, patience, h.logEnd())
}

// examine holds everything that was told against every node: by its own check, by an audit, by its leaves.
func (w *battlefield) examine(step int) error {
	var errs []error
	for _, h := range w.hosts {
		errs = append(errs, w.check(h))
	}
	errs = append(errs, w.audit(w.hosts[step%nodes]))
	records, files, heads := w.book.taken()
	least := w.book.least()
	for i, h := range w.hosts {
		t, err := w.truthOf(i, least)
		if err != nil {
			errs = append(errs, fmt.Errorf("node %d: %w", h.number, err))
			continue
		}
		if err := t.continues(w.truths[i]); err != nil {
			errs = append(errs, fmt.Errorf("node %d: %w", h.number, err))
		}
		if err := t.continues(w.truths[(i+1)%nodes]); err != nil {
			errs = append(errs, fmt.Errorf("node %d, beside another: %w", h.number, err))
		}
		w.truths[i] = t
		errs = append(errs, t.holds(h.number, records, heads))
	}
	errs = append(errs, w.receipts(files))
	return errors.Join(errs...)
}

// check runs ocopd check on the files as a power cut at this moment would leave them to a machine that keeps what it was given.
func (w *battlefield) check(h *host) error {
	dir := filepath.Join(h.dir, "copy")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	p := h.running()
	if p == nil {
		return fmt.Errorf("node %d does not run\n%s", h.number, h.logEnd())
	}
	p.Signal(syscall.SIGSTOP)
	err := errors.Join(copySparse(h, dir, store.ChainFile), copySparse(h, dir, store.IndexFile))
	p.Signal(syscall.SIGCONT)
	if err != nil {
		return err
	}
	out, err := exec.Command(program(w.t, "ocopd"), "check", "--data", dir, "--genesis", filepath.Join(h.dir, "genesis"), "--lang", "en").CombinedOutput()
	if err != nil {
		return fmt.Errorf("check of node %d: %w\n%s", h.number, err, out)
	}
	w.checks++
	return nil
}

// copySparse copies a file that ends in a great many zeros.
func copySparse(h *host, dir, name string) error {
	data, err := os.ReadFile(filepath.Join(h.dir, "data", name))
	if err != nil {
		return err
	}
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, bytes.TrimRight(data, "\x00"), 0o600); err != nil {
		return err
	}
	return os.Truncate(path, int64(len(data)))
}

func (w *battlefield) audit(h *host) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	out, err := exec.CommandContext(ctx, program(w.t, "ocop"), "audit", "--node", h.public, "--genesis", filepath.Join(h.dir, "genesis"), "--lang", "en").CombinedOutput()
	if err != nil {
		return fmt.Errorf("audit of node %d: %w\n%s", h.number, err, out)
	}
	w.audits++
	return nil
}

// truthOf reads a node's log, which must have come as far as anybody was told.
func (w *battlefield) truthOf(i int, least uint64) (*truth, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if _, err := w.load.nodes[i].Ledger.GetHead(ctx, &apiv1.GetHeadRequest{MinHeight: least}); err != nil {
		return nil, fmt.Errorf("height %d: %w", least, err)
	}
	return readTruth(ctx, w.load.nodes[i])
}

// receipts verifies every receipt that was ever given, as a stranger does who has the genesis alone.
func (w *battlefield) receipts(files []receipt) error {
	now := uint64(time.Now().Unix())
	trust, err := verify.NewTrust(w.Genesis.Policy(), w.Genesis.Body.GetTime()/1000, now)
	if err != nil {
		return err
	}
	for _, r := range files {
		acted, err := receipts.Record(context.Background(), r.file, receipts.Options{Trust: trust})
		if err != nil {
			return fmt.Errorf("receipt of record %s: %w", r.record, err)
		}
		if !about(acted, r.record) {
			return fmt.Errorf("receipt of record %s: it is of another", r.record)
		}
		if err := w.onLog(acted.Head.Tree); err != nil {
			return fmt.Errorf("receipt of record %s: %w", r.record, err)
		}
	}
	w.verified += len(files)
	return nil
}

func about(a *receipts.Acted, record string) bool {
	if len(a.Refused) == 0 {
		return a.Record.String() == record
	}
	for _, row := range a.Refused {
		if row.Record.String() == record {
			return true
		}
	}
	return false
}

// onLog wants a certified head to be one that every node's log has.
func (w *battlefield) onLog(head checkpoint.Tree) error {
	for i, t := range w.truths {
		if t == nil { // of which something else is said
			continue
		}
		if root, ok := t.roots[head.Size]; head.Size <= uint64(len(t.leaves)) && (!ok || root != ledger.Hash(head.Root)) {
			return fmt.Errorf("head of size %d, root %v, was replaced on node %d by %v", head.Size, head.Root, i+1, root)
		}
	}
	return nil
}
