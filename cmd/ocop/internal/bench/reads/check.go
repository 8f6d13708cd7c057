package reads

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/ocopledger/ocop/ledger/verify"
	"github.com/ocopledger/ocop/ledger/verify/receipts"
)

// ErrOther says that a receipt is right, and not what was asked for.
var ErrOther = errors.New("a receipt of something else")

// Check judges a receipt as a stranger would: under what is believed, asking nobody. A receipt of a subject must be about it and know it, one of a record or an action
// about that record. Handovers are files that lead from the epoch believed to later ones: the receipt of a record brings none of its own.
func Check(ctx context.Context, k *Kept, trust verify.Trust, handovers [][]byte) error {
	o := receipts.Options{Trust: trust, Handovers: handovers}
	switch k.Question.Kind {
	case Record, Action:
		judge := receipts.Record
		if k.Question.Kind == Action {
			judge = receipts.Action
		}
		a, err := judge(ctx, k.File, o)
		if err != nil {
			return err
		}
		if a.Record != k.Question.Record || a.First != 0 || len(a.Actions) != 1 {
			return fmt.Errorf("%w: record %s, %d actions from %d", ErrOther, a.Record, len(a.Actions), a.First)
		}
		return nil
	}
	o.Want = k.Question.Subject
	r, err := receipts.Subject(ctx, k.File, o)
	if err != nil {
		return err
	}
	if r.Product == nil || r.Verdict.Kind == receipts.VerdictUnknown {
		return fmt.Errorf("%w: %s is not known", ErrOther, r.Subject)
	}
	return nil
}

// Wrong is a receipt that was checked and is not one.
type Wrong struct {
	Question *Question
	Err      error
}

func (w *Wrong) String() string { return fmt.Sprintf("%v: %v", w.Question, w.Err) }

// CheckAll checks receipts, on so many processors, and lists those that are wrong in the order in which they came. The error is ctx's.
func CheckAll(ctx context.Context, kept []Kept, trust verify.Trust, handovers [][]byte, processors int) (wrong []Wrong, err error) {
	errs := make([]error, len(kept))
	var all sync.WaitGroup
	for p := range processors {
		all.Go(func() {
			for i := p; i < len(kept) && ctx.Err() == nil; i += processors {
				errs[i] = Check(ctx, &kept[i], trust, handovers)
			}
		})
	}
	all.Wait()
	for i, err := range errs {
		if err != nil {
			wrong = append(wrong, Wrong{kept[i].Question, err})
		}
	}
	return wrong, ctx.Err()
}
