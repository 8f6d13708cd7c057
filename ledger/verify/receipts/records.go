package receipts

import (
	"context"
	"fmt"

	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/receipt"
	"github.com/ocopledger/ocop/ledger/verify"
)

// signatures checks that every record shown can stand where it says, holds its actions, and was signed by the key it names.
func signatures(ctx context.Context, r *receipt.Receipt, v ident.Verifier) error {
	jobs := make([]ident.Job, len(r.Records))
	for i := range r.Records {
		rec := &r.Records[i]
		if refusal := placed(r, i); refusal != nil {
			return refusal
		}
		if rec.Root() != rec.Header.ActionsRoot {
			return refuse(verify.WordAction, "record at leaf %d: the actions shown are not those that were signed", rec.Leaf)
		}
		jobs[i] = ident.Job{Key: rec.Key, Digest: rec.Header.Digest(), Sig: rec.Signature}
	}
	verdicts, err := check(ctx, v, jobs)
	if err != nil {
		return fmt.Errorf("checking signatures: %w", err)
	}
	for i, verdict := range verdicts {
		if verdict != nil {
			return because(verify.WordSignature, verdict, "record at leaf %d", r.Records[i].Leaf)
		}
	}
	return nil
}

func placed(r *receipt.Receipt, i int) *verify.Error {
	rec := &r.Records[i]
	switch {
	case rec.Leaf >= r.Seal.SizeBefore || rec.Height > r.Seal.Height || rec.Time > r.Seal.Time:
		return refuse(verify.WordRecord, "record at leaf %d lies behind the head", rec.Leaf)
	case i > 0 && rec.Height < r.Records[i-1].Height:
		return refuse(verify.WordRecord, "record at leaf %d is of a block before its predecessor's", rec.Leaf)
	}
	return nil
}

func check(ctx context.Context, v ident.Verifier, jobs []ident.Job) ([]error, error) {
	if v != nil {
		return v.Verify(ctx, jobs)
	}
	verdicts := make([]error, len(jobs))
	for i, j := range jobs {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		verdicts[i] = j.Key.Verify(j.Digest, j.Sig)
	}
	return verdicts, nil
}
