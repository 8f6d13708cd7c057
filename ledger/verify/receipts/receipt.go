package receipts

import (
	"context"
	"fmt"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/receipt"
	"github.com/ocopledger/ocop/ledger/subject"
	"github.com/ocopledger/ocop/ledger/verify"
)

// Options say what is believed and what is asked.
type Options struct {
	Trust      verify.Trust   // the policy epoch believed, and the clock
	Handovers  [][]byte       // handover files in any order, for heads to which those inside a receipt do not lead, and for record receipts, which have none
	Memory     *verify.Memory // refuses heads that go back, with the words of Memory.Against; nil: nothing is remembered. That a newer head continues the one remembered no receipt shows
	Older      bool           // allows heads that are smaller than the one remembered
	Signatures ident.Verifier // checks the records' signatures; nil: one after the other
	Want       subject.ID     // the subject asked for; zero: any
	MaxAge     uint64         // oldest head accepted, in seconds before Trust.Now; 0: any
	Date       ledger.Date    // of the verdict; 0: that of Trust.Now
	AsOf       *uint64        // height of the verdict, at most the head's; nil: what the receipt says
}

// Subject checks the receipt of a product, certificate or lot. Refusals are *verify.Error; an error of Heads or Signatures comes as it is.
func Subject(ctx context.Context, file []byte, o Options) (*Result, error) {
	r, err := parse(file)
	if err != nil {
		return nil, err
	}
	if r.Kind == receipt.KindAction {
		return nil, refuse(verify.WordSubject, "a receipt of an action, not of a subject")
	}
	head, err := frame(r, &o)
	if err != nil {
		return nil, err
	}
	if err := signatures(ctx, r, o.Signatures); err != nil {
		return nil, err
	}
	w := newWorld(r)
	if refusal := w.replay(asOf(r, &o)); refusal != nil {
		return nil, refusal
	}
	if refusal := w.closed(); refusal != nil {
		return nil, refusal
	}
	if refusal := w.folds(); refusal != nil {
		return nil, refusal
	}
	return w.result(head, &o), nil
}

func parse(file []byte) (*receipt.Receipt, error) {
	r, err := receipt.Parse(file)
	if err != nil {
		return nil, because(verify.WordFormat, err, "not a receipt as one is written")
	}
	return r, nil
}

func asOf(r *receipt.Receipt, o *Options) uint64 {
	if o.AsOf != nil {
		return *o.AsOf
	}
	return r.AsOf
}

// frame checks what the receipt is about, and its head.
func frame(r *receipt.Receipt, o *Options) (*verify.Head, error) {
	if want := o.Want; want != (subject.ID{}) && want != r.ID() {
		return nil, refuse(verify.WordSubject, "the receipt is about %s, asked for was %s", r.ID(), want)
	}
	if asOf(r, o) > r.Seal.Height {
		return nil, refuse(verify.WordSubject, "asked for height %d, the receipt's head is at %d", asOf(r, o), r.Seal.Height)
	}
	head, err := believed(r, o)
	if err != nil {
		return nil, err
	}
	if refusal := fresh(head.Certified, o); refusal != nil {
		return nil, refusal
	}
	return head, nil
}

func fresh(head *checkpoint.Certified, o *Options) *verify.Error {
	if now := o.Trust.Now; o.MaxAge != 0 && now > head.Time && now-head.Time > o.MaxAge {
		return refuse(verify.WordStale, "the head is %d seconds old, at most %d are allowed", now-head.Time, o.MaxAge)
	}
	return nil
}

func refuse(word verify.Word, format string, args ...any) *verify.Error {
	return because(word, nil, format, args...)
}

func because(word verify.Word, cause error, format string, args ...any) *verify.Error {
	return &verify.Error{Word: word, Text: fmt.Sprintf(format, args...), Err: cause}
}
