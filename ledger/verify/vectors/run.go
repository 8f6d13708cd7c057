package vectors

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/evidence"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/subject"
	"github.com/ocopledger/ocop/ledger/verify"
	"github.com/ocopledger/ocop/ledger/verify/anchor"
	"github.com/ocopledger/ocop/ledger/verify/receipts"
)

// Run gives a case to the verifier. An error that is no *verify.Error is one of the case itself.
func Run(what What, c *Case) (Expect, error) { return run(what, c, nil) }

func run(what What, c *Case, signatures ident.Verifier) (Expect, error) {
	var out Expect
	err := judge(what, c, signatures, &out)
	if err == nil {
		out.OK = true
		return out, nil
	}
	var refused *verify.Error
	if !errors.As(err, &refused) {
		return out, err
	}
	out = Expect{Word: string(refused.Word)}
	for inner := (*verify.Error)(nil); errors.As(refused.Err, &inner); refused = inner {
		out.Inner = append(out.Inner, string(inner.Word))
	}
	return out, nil
}

func judge(what What, c *Case, signatures ident.Verifier, out *Expect) error {
	switch what {
	case Policy, Genesis, Handover:
		t, err := anchor.Parse(c.File, c.With.Since, c.With.Now)
		if err == nil {
			out.trust(t)
		}
		return err
	case Consistency:
		return consistency(c)
	case Memory:
		m, err := verify.ParseMemory(c.File)
		if err == nil {
			out.remembered(m)
		}
		return err
	}
	t, err := trust(&c.With)
	if err != nil {
		return err
	}
	switch what {
	case Handovers, Certify, Head, Next:
		return heads(what, c, t, out)
	case Receipt, Action, Record:
		return receipt(what, c, t, signatures, out)
	case Evidence:
		return judged(c, t, out)
	}
	return fmt.Errorf("a case of %q", what)
}

func trust(w *With) (verify.Trust, error) {
	p, err := ledger.ParsePolicy(w.Policy)
	if err != nil {
		return verify.Trust{}, fmt.Errorf("the policy believed: %w", err)
	}
	t, err := verify.NewTrust(p, w.Since, w.Now)
	t.Period = w.Period
	return t, err
}

func malformed(err error) error { return &verify.Error{Word: verify.WordFormat, Err: err} }

func consistency(c *Case) error {
	older, err := checkpoint.ParseTree(c.Older)
	if err != nil {
		return malformed(err)
	}
	newer, err := checkpoint.ParseTree(c.File)
	if err != nil {
		return malformed(err)
	}
	return verify.Consistent(older, newer, hashes(c.Path))
}

func heads(what What, c *Case, t verify.Trust, out *Expect) error {
	given := make([]*checkpoint.Handover, len(c.With.Handovers))
	for i, file := range c.With.Handovers {
		h, err := checkpoint.ParseHandover(file)
		if err != nil {
			return &verify.Error{Word: verify.WordHandover, Err: err}
		}
		given[i] = h
	}
	if what == Handovers {
		t, err := t.Walk(given)
		out.trust(t)
		return err
	}
	signed, err := checkpoint.Parse(c.File)
	if err != nil {
		return malformed(err)
	}
	if what == Certify {
		certified, err := t.Certify(signed)
		out.head(certified)
		return err
	}
	var memory *verify.Memory
	if c.With.Memory != nil {
		if memory, err = verify.ParseMemory(c.With.Memory); err != nil {
			return fmt.Errorf("the memory: %w", err)
		}
	}
	if what == Next {
		next, err := memory.Next(t, signed, hashes(c.Path))
		if err == nil {
			out.remembered(next)
		}
		return err
	}
	check := t.Head
	if memory != nil {
		check = func(s *checkpoint.Signed, seal []byte, path []ledger.Hash, h []*checkpoint.Handover) (*verify.Head, error) {
			return memory.Check(t, s, seal, path, h)
		}
	}
	h, err := check(signed, c.Seal, hashes(c.Path), given)
	if err == nil {
		out.head(h.Certified)
		out.trust(h.Trust)
		out.Skipped, out.Height, out.BlockTime = h.Skipped, &h.Seal.Height, &h.Seal.Time
	}
	return err
}

func judged(c *Case, t verify.Trust, out *Expect) error {
	e, err := evidence.Parse(c.File)
	if err != nil {
		return malformed(err)
	}
	f, err := verify.CheckEvidence(t, e)
	if err == nil {
		out.Kind, out.Agency, out.Epoch = f.Kind.String(), uint64(f.Agency), &f.Epoch
	}
	return err
}

func receipt(what What, c *Case, t verify.Trust, signatures ident.Verifier, out *Expect) error {
	w := &c.With
	o := receipts.Options{Trust: t, Handovers: w.Handovers, Older: w.Older, MaxAge: w.MaxAge, Date: ledger.Date(w.Date), AsOf: w.AsOf, Signatures: signatures}
	if w.Memory != nil {
		m, err := verify.ParseMemory(w.Memory)
		if err != nil {
			return fmt.Errorf("the memory: %v", err)
		}
		o.Memory = m
	}
	if w.Ask != "" {
		ask, err := hex.DecodeString(w.Ask)
		if err != nil || len(ask) == 0 {
			return fmt.Errorf("the subject asked for: %q", w.Ask)
		}
		o.Want = subject.ID{Kind: subject.Kind(ask[0]), Name: string(ask[1:])}
	}
	ctx := context.Background()
	if what == Receipt {
		r, err := receipts.Subject(ctx, c.File, o)
		if err == nil {
			out.subject(r)
		}
		return err
	}
	read := receipts.Action
	if what == Record {
		read = receipts.Record
	}
	a, err := read(ctx, c.File, o)
	if err == nil {
		out.acted(a)
	}
	return err
}

func hashes(path []byte) []ledger.Hash {
	all := make([]ledger.Hash, len(path)/32)
	for i := range all {
		copy(all[i][:], path[32*i:])
	}
	return all
}
