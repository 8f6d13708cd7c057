package vectors

import (
	"context"
	"errors"
	"slices"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/merkle"
	rcpt "github.com/ocopledger/ocop/ledger/receipt"
	"github.com/ocopledger/ocop/ledger/statemap"
	"github.com/ocopledger/ocop/ledger/subject"
	"github.com/ocopledger/ocop/ledger/verify"
)

// also gives the words of other checks that the same bytes fail, each check made by itself. The order of checks is fixed, and the first that fails has the
// word; but a verifier that makes the same checks in another order is right as well. A file that does not parse has one word,
// unless it is for an unsound document in it.
func also(what What, c *Case, got Expect) []string {
	if got.OK {
		return nil
	}
	if got.Word == string(verify.WordFormat) {
		return unsound(what, c)
	}
	var words []string
	add := func(w verify.Word) {
		if s := string(w); s != "" && s != got.Word && !slices.Contains(words, s) {
			words = append(words, s)
		}
	}
	t, err := trust(&c.With)
	if err != nil {
		return nil
	}
	switch what {
	case Head:
		if s, err := checkpoint.Parse(c.File); err == nil {
			headWords(add, t, s, c.Seal, hashes(c.Path))
		}
	case Receipt, Action:
		r, err := rcpt.Parse(c.File)
		if err != nil {
			return nil
		}
		if got.Word == string(verify.WordSubject) || got.Word == string(verify.WordMemory) {
			return nil
		}
		headWords(add, t, r.Checkpoint, r.Seal.Append(nil), r.Path)
		for i := range r.Records {
			recordWords(add, &r.Records[i])
		}
		if what == Receipt && r.Kind != rcpt.KindAction {
			add(fold(r))
		}
		if out, err := run(what, c, trusting{}); err == nil && !out.OK {
			add(verify.Word(out.Word))
		}
	case Record:
		p, err := checkpoint.ParseProof(c.File)
		if err != nil || len(p.Extra) == 0 {
			return nil
		}
		if err := p.Check(merkle.Log.Leaf(p.Extra[1:])); err != nil {
			add(verify.WordPath)
		}
		if len(c.With.Handovers) == 0 {
			_, err = t.Certify(p.Checkpoint)
			addError(add, err)
		}
	}
	slices.Sort(words)
	return words
}

// unsound tells a policy file that is refused for the document in it, whose fault may be called that of the file.
func unsound(what What, c *Case) []string {
	if what != Policy {
		return nil
	}
	if _, err := checkpoint.ParsePolicy(c.File); errors.Is(err, checkpoint.ErrPolicy) {
		return []string{string(verify.WordPolicy)}
	}
	return nil
}

func addError(add func(verify.Word), err error) {
	if refused, ok := err.(*verify.Error); ok {
		add(refused.Word)
	}
}

// headWords makes the checks of a head that is of the epoch believed.
func headWords(add func(verify.Word), t verify.Trust, s *checkpoint.Signed, seal []byte, path []ledger.Hash) {
	spoken, err := ledger.ParseSeal(seal)
	if err != nil {
		return
	}
	_, err = verify.Seal(s.Tree, seal, path)
	addError(add, err)
	if spoken.Chain != t.Policy.Chain {
		add(verify.WordChain)
	}
	if spoken.Policy != t.Policy.Hash() {
		return // of another epoch: how far one gets depends on the handovers
	}
	_, err = t.Certify(s)
	addError(add, err)
}

func recordWords(add func(verify.Word), rec *rcpt.Record) {
	if rec.Root() != rec.Header.ActionsRoot {
		add(verify.WordAction)
	}
	if err := rec.Key.Verify(rec.Header.Digest(), rec.Signature); err != nil {
		add(verify.WordSignature)
	}
}

// fold holds histories and values against the state under the seal, whatever the acts have made of them.
func fold(r *rcpt.Receipt) verify.Word {
	leaves := make([]statemap.Leaf, len(r.Members))
	keys := make([]ledger.Hash, len(r.Members))
	for i := range r.Members {
		m := &r.Members[i]
		value := subject.ValueHash(m.Value)
		hashes := make([]ledger.Hash, len(m.Entries))
		for j, e := range m.Entries {
			line := ledger.Entry{Action: ledger.WholeRecord, ActionHash: r.Seal.Chain, Time: r.Born, Value: e.Value}
			if e.Record != rcpt.Genesis {
				rec := &r.Records[e.Record]
				action, _ := rec.Action(e.Action)
				line = ledger.Entry{
					Leaf: rec.Leaf, Height: rec.Height, Time: rec.Time, Record: rec.ID(), Action: e.Action, ActionHash: merkle.Actions.Leaf(action), Value: e.Value,
				}
			}
			if j == len(m.Entries)-1 {
				line.Value = value
			}
			hashes[j] = line.LeafHash()
		}
		root := merkle.History.Root(hashes)
		if !m.Untouched() && root != m.Root {
			return verify.WordHistory
		}
		keys[i] = m.ID.Key()
		leaves[i] = statemap.Leaf{Key: keys[i], Value: value, N: uint64(len(m.Entries)), History: root}
	}
	slices.SortFunc(leaves, func(a, b statemap.Leaf) int { return slices.Compare(a.Key[:], b.Key[:]) })
	proof, err := statemap.ParsePaths(r.State, leaves)
	if err == nil {
		_, err = proof.CheckMany(r.Seal.State, keys)
	}
	if err != nil {
		return verify.WordState
	}
	return ""
}

// trusting believes every signature, to see what is wrong besides.
type trusting struct{}

func (trusting) Verify(_ context.Context, jobs []ident.Job) ([]error, error) {
	return make([]error, len(jobs)), nil
}
