package blobs

import (
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/blob"
	"github.com/ocopledger/ocop/ledger/subject"
)

var (
	// ErrTooMany: MaxErasures orders are kept.
	ErrTooMany = errors.New("too many orders to erase are kept")
	// ErrMayNot: the ledger does not let the agency order this: it registered neither the subject nor whom the subject is of, or the subject never named the
	// blob.
	ErrMayNot = errors.New("the agency may not have this blob erased")
	// ErrOtherChain: an order or report is of another ledger.
	ErrOtherChain = errors.New("it is of another ledger")
	// ErrUnknownKey: the key of a report was never the agency's node key, as far as this ledger has come.
	ErrUnknownKey = errors.New("the key is no node key of the agency")
)

// erased is what stays of a blob.
type erased struct {
	order   *blob.SignedErasure
	reports map[ledger.AccountID]*blob.SignedReport
	had     bool // a copy of it was destroyed
}

func (b *Blobs) loadErasures() error {
	err := each(b.files.erasures, erasureEnding, func(f found) error {
		data, err := os.ReadFile(f.path)
		if err != nil {
			return err
		}
		order, err := blob.ParseErasure(data)
		if err == nil {
			err = order.Verify()
		}
		if err != nil || order.Blob != f.id || order.Chain != b.o.Ledger.Chain() {
			// Not knowing that something was erased is worse than not starting.
			return fmt.Errorf("%s is no order of this ledger to erase that blob: %w", f.path, errors.Join(err, ErrOtherChain))
		}
		b.erased[f.id] = &erased{order: order, reports: make(map[ledger.AccountID]*blob.SignedReport)}
		return nil
	})
	if err != nil {
		return err
	}
	return each(b.files.erasures, reportEnding, func(f found) error {
		data, err := os.ReadFile(f.path)
		if err != nil {
			return err
		}
		report, err := blob.ParseReport(data)
		if e := b.erased[f.id]; err == nil && e != nil && report.Blob == f.id && report.Agency == f.number && report.Verify() == nil {
			e.reports[f.number] = report
			return nil
		}
		b.o.Log.Warn("a file is no report of an erasure, and is removed", "file", f.path)
		return remove(f.path)
	})
}

// refusesErased gives an *ErasedError for a blob that was erased.
func (b *Blobs) refusesErased(id ledger.Hash) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if e := b.erased[id]; e != nil {
		return &ErasedError{e.order}
	}
	return nil
}

// Erase carries out an order that a client brings: its key must be in office now. When it returns, order and report are on the disk and the blob is not. An
// order for a blob that is erased already changes nothing; the one before stands. Errors: those of Take.
func (b *Blobs) Erase(data []byte) (*blob.SignedErasure, error) { return b.erase(data, true) }

// Take carries out an order that another node has: its key may be retired since. Errors wrap ledger.ErrMalformed, ErrOtherChain, ErrMayNot, ErrTooMany, or
// are *blob.Error, those of ident.PublicKey.Verify, or of the disk.
func (b *Blobs) Take(data []byte) (*blob.SignedErasure, error) { return b.erase(data, false) }

func (b *Blobs) erase(data []byte, now bool) (*blob.SignedErasure, error) {
	order, err := blob.ParseErasure(data)
	if err == nil {
		err = b.judge(order, now)
	}
	if err != nil {
		b.count(func(c *Counts) { c.Refused++ })
		return nil, err
	}
	b.writing.Lock()
	defer b.writing.Unlock()
	b.mu.Lock()
	before, full := b.erased[order.Blob], len(b.erased) >= MaxErasures
	_, had := b.held[order.Blob]
	w, waits := b.pending[order.Blob]
	b.mu.Unlock()
	if before != nil {
		return before.order, b.say(before)
	}
	if full {
		return nil, fmt.Errorf("%w: %d", ErrTooMany, MaxErasures)
	}
	if err := write(b.files.order(order.Blob), data); err != nil {
		return nil, fmt.Errorf("order to erase %v: %w", order.Blob, err)
	}
	e := &erased{order: order, reports: make(map[ledger.AccountID]*blob.SignedReport), had: had || waits}
	b.mu.Lock()
	b.erased[order.Blob] = e
	b.list.stale()
	b.mu.Unlock()
	err = remove(b.files.held(order.Blob))
	if waits {
		err = errors.Join(err, remove(b.files.waits(order.Blob, w.account)))
	}
	if err != nil { // it is shown to nobody all the same; the next start removes it
		return nil, fmt.Errorf("blob %v: %w", order.Blob, err)
	}
	b.mu.Lock()
	b.forget(order.Blob)
	b.mu.Unlock()
	b.o.Log.Info("a blob was erased", "blob", order.Blob, "agency", order.Agency, "held", e.had)
	return order, b.say(e)
}

// judge asks the ledger whether an order holds.
func (b *Blobs) judge(order *blob.SignedErasure, now bool) error {
	if order.Chain != b.o.Ledger.Chain() {
		return refuse(ErrMayNot, "other_chain", "lệnh thuộc sổ cái khác", "it is of another ledger")
	}
	if err := order.Verify(); err != nil {
		return err
	}
	if now && order.Time > uint64(b.o.Now().Add(OfferWindow).UnixMilli()) {
		return refuse(ErrMayNot, "time", "thời điểm ký ở tương lai", "it was signed in the future")
	}
	return b.o.Ledger.View(func(v View) error {
		agency, err := account(v, order.Agency)
		if err != nil {
			return err
		}
		if err := order.By(agency); err != nil {
			return because(ErrMayNot, err)
		}
		if now && order.Epoch != agency.Epoch {
			return refuse(ErrMayNot, "key_epoch", "lệnh ký ở kỳ khóa %d, cơ quan đang ở kỳ %d", "it was signed in key epoch %d, and the agency is at %d", order.Epoch, agency.Epoch)
		}
		if err := mayOrder(v, order); err != nil {
			return err
		}
		return everNamed(v, order)
	})
}

func account(v View, id ledger.AccountID) (*subject.AccountValue, error) {
	value, ok := v.Value(subject.Account(id))
	if !ok {
		return nil, refuse(ErrMayNot, "account", "không có tài khoản %v", "there is no account %v", id)
	}
	a, err := subject.ParseAccount(value)
	return &a, err
}

// mayOrder wants the agency to have registered the subject, or whom the subject is of: who wrote it may have it taken back.
func mayOrder(v View, order *blob.SignedErasure) error {
	var owner ledger.AccountID
	switch order.Subject.Kind {
	case subject.KindAccount:
		id, err := order.Subject.AccountID()
		if err != nil {
			return err
		}
		owner = id
	case subject.KindProduct:
		id, err := order.Subject.ProductID()
		if err != nil {
			return err
		}
		owner = id.Producer
		if value, ok := v.Value(order.Subject); ok {
			product, err := subject.ParseProduct(value)
			if err != nil || product.Registrar == order.Agency {
				return err
			}
		}
	default:
		return refuse(ErrMayNot, "subject", "đối tượng loại %d không nêu dữ liệu nào", "subjects of kind %d name no blobs", order.Subject.Kind)
	}
	a, err := account(v, owner)
	if err != nil {
		return err
	}
	if a.Registrar != order.Agency && owner != order.Agency {
		return refuse(ErrMayNot, "not_registrar", "cơ quan %v không phải nơi đăng ký tài khoản %v", "agency %v did not register account %v", order.Agency, owner)
	}
	return nil
}

// everNamed wants one of the values that the subject ever had to name the blob: what was corrected since is erased all the same.
func everNamed(v View, order *blob.SignedErasure) error {
	n, err := v.HistoryLen(order.Subject)
	if err != nil {
		return err
	}
	for ; n > 0; n-- {
		value, ok, err := v.ValueAt(order.Subject, n-1)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		blobs, err := subject.Blobs(order.Subject.Kind, value)
		if err != nil {
			return err
		}
		if slices.Contains(blobs, order.Blob) {
			return nil
		}
	}
	return refuse(ErrMayNot, "never_named", "đối tượng chưa bao giờ nêu dữ liệu %v", "the subject never named %v", order.Blob)
}
