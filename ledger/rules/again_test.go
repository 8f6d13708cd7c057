package rules_test

import (
	"errors"
	"math/big"
	"strings"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/reason"
	"github.com/ocopledger/ocop/ledger/replay"
	"github.com/ocopledger/ocop/ledger/rules"
	"github.com/ocopledger/ocop/ledger/subject"
)

// sent is a record of the scenario, under the words of its first action.
type sent struct {
	text     string
	envelope *ledger.Envelope
}

// rows shows a memory to the machine that makes blocks.
type rows struct{ memory }

func (r rows) Row(id subject.ID) (replay.Row, bool) {
	v, ok := r.memory[id]
	return replay.Row{Value: v}, ok
}

// again orders a record once more: the newest one, or "again: ACTION" the newest with that action; "again, signed anew" with another signature. The rules
// know no ids, so it goes through the machine that asks them, twice in one draft: the second can never have an outcome.
func (p *player) again(which string) {
	if p.block != nil {
		wrong("a record comes again in a block of its own")
	}
	e := p.find(strings.TrimPrefix(which, ": "))
	sig := e.Signature
	if which == ", signed anew" {
		sig[0] ^= 1
	}
	raw := ledger.AppendEnvelope(nil, &e.Header, e.PublicKey, sig, e.Actions)
	same := must(ledger.ParseEnvelope(raw))
	m := replay.Resume(p.chain, replay.Point{Head: ledger.Head{Height: p.height, Time: p.now, Protocol: p.protocol}, Epoch: new(ledger.Policy), Policy: new(ledger.Policy)})
	draft := &replay.Ordered{Header: ledger.DraftHeader{Chain: p.chain, Time: p.now}, Envelopes: []*ledger.Envelope{same, same}, Raw: [][]byte{raw, raw}}
	block, outcomes := m.Derive(rows{p.memory}, draft, func(id ledger.RecordID) bool { return p.ordered[id] })
	if outcomes[1].Status == replay.Accepted || outcomes[1].Status == replay.Refused {
		p.t.Errorf("%s: a record twice in a draft has two outcomes", p.file)
	}
	if block != nil {
		p.height++
		for _, c := range block.Changes {
			p.memory[c.ID] = c.Row.Value
		}
	}
	switch o := outcomes[0]; {
	case o.Refusal != nil:
		p.outcome.reasons[o.Refusal.Reason] = true
		p.ordered[e.ID] = o.Refusal.Final()
		p.refusal(o.Refusal)
	case o.Status == replay.Accepted:
		p.ordered[e.ID] = true
		p.say("→ accepted")
	case block != nil:
		p.t.Errorf("%s: a duplicate makes a block", p.file)
	default:
		p.outcome.reasons[reason.Duplicate] = true
		p.refusal(&rules.Refusal{Reason: reason.Duplicate, Action: ledger.WholeRecord, Field: "record"})
	}
}

func (p *player) find(text string) *ledger.Envelope {
	for i := len(p.sent) - 1; i >= 0; i-- {
		if s := p.sent[i]; s.text == text || text == "" || strings.HasPrefix(text, ", ") {
			return s.envelope
		}
	}
	wrong("nobody sent %q", text)
	return nil
}

// believe signs a record where the scenario speaks of its signature, and checks it as every node does before the rules are asked.
func (p *player) believe(e *ledger.Envelope, key *ident.PrivateKey, c *clauses) (*ledger.Envelope, *rules.Refusal) {
	high := c.has("signed with a high s")
	by, forged := c.get("signed by")
	if !high && !forged {
		return e, nil
	}
	if forged {
		key = keyOf(by)
	}
	sig := must(key.Sign(e.Digest))
	if high {
		sig = twin(sig)
	}
	e = signed(p.t, e.Header, e.PublicKey, sig, e.Actions)
	code := reason.BadSignature
	switch err := e.PublicKey.Verify(e.Digest, e.Signature); {
	case err == nil:
		return e, nil
	case errors.Is(err, ident.ErrHighS):
		code = reason.SignatureHighS
	}
	return e, &rules.Refusal{Reason: code, Action: ledger.WholeRecord, Field: "signature"}
}

// twin is the other signature of the same key over the same bytes: n − s for s.
func twin(sig ident.Signature) ident.Signature {
	order, _ := new(big.Int).SetString("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141", 16)
	new(big.Int).Sub(order, new(big.Int).SetBytes(sig[32:])).FillBytes(sig[32:])
	return sig
}
