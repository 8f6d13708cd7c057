package receipts

import (
	"context"
	"fmt"

	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/receipt"
	"github.com/ocopledger/ocop/ledger/verify"
)

// protocol is the newest protocol version whose closures and rules this package knows. In a later one a verdict may depend on subjects that nobody here would
// miss: what it holds to be complete need not be.
const protocol = 4

// signatures checks that every record shown can stand where it says, holds its actions, was signed by the key it names, and is written in a protocol version
// that the ledger had.
func signatures(ctx context.Context, r *receipt.Receipt, v ident.Verifier) error {
	if r.Seal.Protocol > protocol {
		return refuse(verify.WordAction, "the ledger is of protocol version %d, this verifier knows versions up to %d", r.Seal.Protocol, protocol)
	}
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
		rec := &r.Records[i]
		if verdict != nil {
			return because(verify.WordSignature, verdict, "record at leaf %d", rec.Leaf)
		}
		if uint32(rec.Header.Schema) > r.Seal.Protocol {
			return refuse(verify.WordRecord, "record at leaf %d is written in protocol version %d, the ledger is of version %d", rec.Leaf, rec.Header.Schema, r.Seal.Protocol)
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
