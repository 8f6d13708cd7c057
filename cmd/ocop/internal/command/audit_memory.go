package command

import (
	"context"
	"errors"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/ocop/internal/audit"
	"github.com/ocopledger/ocop/ledger/genesis"
	"github.com/ocopledger/ocop/ledger/verify"
)

// auditsFrom is what an audit believes of heads: genesis, and what this machine remembers of its ledger.
func (a *app) auditsFrom(g *genesis.Genesis, memory string) (*believed, error) {
	b := &believed{now: uint64(max(a.env.Now().Unix(), 0)), sample: g.Body.GetSample()}
	if err := recall(memory, b, true); err != nil {
		return nil, err
	}
	if b.memory != nil && b.memory.Policy.Chain != g.Chain {
		return nil, fail(exitInput, lang.Text{Vi: "%s nhớ sổ cái %s, không phải %s", En: "%s remembers ledger %s, not %s"}, memory, b.memory.Policy.Chain, g.Chain)
	}
	var err error
	b.given, err = verify.NewTrust(g.Policy(), g.Body.GetTime()/1000, b.now)
	return b, err
}

// goesOn holds the audited head against the memory, and remembers it. A head that goes back, or that does not continue the one remembered, is what the
// audit found: it stands in the result.
func goesOn(ctx context.Context, files *audit.Tiles, r *audit.Result, known *believed, memory string) (*shownMemory, error) {
	if memory == "" {
		return nil, nil
	}
	m, err := files.Remember(ctx, known.trust(), known.memory, r.Epoch)
	if e, ok := errors.AsType[*verify.Error](err); ok && (e.Word == verify.WordMemory || e.Word == verify.WordRoot || e.Word == verify.WordConsistency) {
		vietnamese, english := e.Word.Sentence()
		what := lang.Text{Vi: "đầu sổ công bố so với %s [%s]: %s (%s)", En: "the published head against %s [%s]: %s (%s)"}
		r.Divergence = &audit.Divergence{
			Leaf: r.Head.Size - 1, Height: &r.Head.Height, Field: "checkpoint", Kind: string(e.Word), Vietnamese: what.F(lang.Vietnamese, memory, e.Word, vietnamese, e.Error()),
			English: what.F(lang.English, memory, e.Word, english, e.Error()),
		}
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if err := keep(memory, known, m); err != nil {
		return nil, err
	}
	return remembering(memory, known.memory, files.Head.Tree, true), nil
}
