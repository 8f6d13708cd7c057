package blobs

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/blob"
)

// say makes this node's report, unless there is one. The caller holds writing.
func (b *Blobs) say(e *erased) error {
	b.mu.Lock()
	_, said := e.reports[b.o.Agency]
	b.mu.Unlock()
	if said || b.o.Agency == 0 {
		return nil
	}
	key := b.o.Key()
	if key == nil { // the ledger names another one by now, or not yet: it is tried again
		return nil
	}
	report := blob.Report{
		Chain: e.order.Chain, Blob: e.order.Blob, Erasure: e.order.Hash(), Agency: b.o.Agency, Time: uint64(b.o.Now().UnixMilli()), Held: e.had,
	}
	signed, err := report.Sign(key)
	if err != nil {
		return err
	}
	return b.keepReport(signed)
}

// TakeReport keeps another node's report of a blob that was erased here, too. Errors wrap ledger.ErrMalformed, ErrOtherChain, ErrNotHeld without an order,
// ident.ErrSignature, ErrUnknownKey, those of the disk.
func (b *Blobs) TakeReport(data []byte) error {
	report, err := blob.ParseReport(data)
	if err != nil {
		return err
	}
	if report.Chain != b.o.Ledger.Chain() {
		return ErrOtherChain
	}
	if err := report.Verify(); err != nil {
		return err
	}
	if !b.o.Ledger.NodeKey(report.Agency, report.Key) {
		return fmt.Errorf("%w: %v", ErrUnknownKey, report.Agency)
	}
	b.writing.Lock()
	defer b.writing.Unlock()
	return b.keepReport(report)
}

// keepReport keeps the first report of an agency. The caller holds writing.
func (b *Blobs) keepReport(report *blob.SignedReport) error {
	b.mu.Lock()
	e := b.erased[report.Blob]
	known := e != nil && e.reports[report.Agency] != nil
	b.mu.Unlock()
	if e == nil {
		return fmt.Errorf("%w: no order to erase %v", ErrNotHeld, report.Blob)
	}
	if known {
		return nil
	}
	if err := write(b.files.report(report.Blob, report.Agency), report.Append(nil)); err != nil {
		return fmt.Errorf("report of agency %v on blob %v: %w", report.Agency, report.Blob, err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	e.reports[report.Agency] = report
	b.list.stale()
	return nil
}

// reportAll makes the reports that this node owes: it stopped between an order and its report, or had no key then.
func (b *Blobs) reportAll() error {
	if b.o.Agency == 0 {
		return nil
	}
	b.writing.Lock()
	defer b.writing.Unlock()
	b.mu.Lock()
	var owed []*erased
	for _, e := range b.erased {
		if e.reports[b.o.Agency] == nil {
			owed = append(owed, e)
		}
	}
	b.mu.Unlock()
	var errs []error
	for _, e := range owed {
		errs = append(errs, b.say(e))
	}
	return errors.Join(errs...)
}

// Erasure gives the order to erase a blob, and the reports that are known, by agency; false: it was not erased.
func (b *Blobs) Erasure(id ledger.Hash) (order *blob.SignedErasure, reports []*blob.SignedReport, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	e := b.erased[id]
	if e == nil {
		return nil, nil, false
	}
	for _, agency := range slices.Sorted(maps.Keys(e.reports)) {
		reports = append(reports, e.reports[agency])
	}
	return e.order, reports, true
}
