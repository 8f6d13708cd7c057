package verify_test

import (
	"testing"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/evidence"
	"github.com/ocopledger/ocop/ledger/verify"
	"github.com/ocopledger/ocop/ledger/verify/vectors"
)

// keeper makes checks and keeps them as vectors; what comes of the bytes must be what comes of the values.
type keeper struct {
	t *testing.T
	g *vectors.Group
}

func keep(t *testing.T, group, about string) keeper {
	t.Helper()
	return keeper{t, vectors.New(t, "vectors", group, about)}
}

func given(t verify.Trust) vectors.With {
	return vectors.With{Policy: t.Policy.Append(nil), Since: t.Since, Now: t.Now, Period: t.Period}
}

func joined(path []ledger.Hash) []byte {
	b := []byte{}
	for _, h := range path {
		b = append(b, h[:]...)
	}
	return b
}

func handoverFiles(all []*checkpoint.Handover) (files [][]byte) {
	for _, h := range all {
		files = append(files, h.Append(nil))
	}
	return files
}

func (k keeper) add(name string, what vectors.What, c vectors.Case, err error) {
	k.t.Helper()
	word := verify.Word("")
	if e, ok := err.(*verify.Error); ok {
		word = e.Word
	}
	if got := k.g.Add(name, what, c); got.Word != string(word) || got.OK != (err == nil) {
		k.t.Errorf("%s: from bytes %q, else %v", name, got.Word, err)
	}
}

func (k keeper) certify(name string, t verify.Trust, s *checkpoint.Signed) (*checkpoint.Certified, error) {
	k.t.Helper()
	c, err := t.Certify(s)
	k.add(name, vectors.Certify, vectors.Case{File: s.Append(nil), With: given(t)}, err)
	return c, err
}

func (k keeper) head(name string, t verify.Trust, s *checkpoint.Signed, seal []byte, path []ledger.Hash, handovers []*checkpoint.Handover) (*verify.Head, error) {
	k.t.Helper()
	h, err := t.Head(s, seal, path, handovers)
	k.add(name, vectors.Head, headCase(t, s, seal, path, handovers), err)
	return h, err
}

func headCase(t verify.Trust, s *checkpoint.Signed, seal []byte, path []ledger.Hash, handovers []*checkpoint.Handover) vectors.Case {
	c := vectors.Case{File: s.Append(nil), Seal: seal, Path: joined(path), With: given(t)}
	c.With.Handovers = handoverFiles(handovers)
	return c
}

func (k keeper) check(name string, m *verify.Memory, t verify.Trust, s *checkpoint.Signed, seal []byte, path []ledger.Hash, handovers []*checkpoint.Handover) error {
	k.t.Helper()
	_, err := m.Check(t, s, seal, path, handovers)
	c := headCase(t, s, seal, path, handovers)
	c.With.Memory = m.Append(nil)
	k.add(name, vectors.Head, c, err)
	return err
}

func (k keeper) walk(name string, t verify.Trust, handovers ...*checkpoint.Handover) (verify.Trust, error) {
	k.t.Helper()
	next, err := t.Walk(handovers)
	c := vectors.Case{With: given(t)}
	c.With.Handovers = handoverFiles(handovers)
	k.add(name, vectors.Handovers, c, err)
	return next, err
}

func (k keeper) advance(name string, t verify.Trust, h *checkpoint.Handover) (verify.Trust, error) {
	k.t.Helper()
	next, err := t.Advance(h)
	c := vectors.Case{With: given(t)}
	c.With.Handovers = handoverFiles([]*checkpoint.Handover{h})
	k.add(name, vectors.Handovers, c, err)
	return next, err
}

func (k keeper) consistent(name string, older, newer checkpoint.Tree, proof []ledger.Hash) error {
	k.t.Helper()
	err := verify.Consistent(older, newer, proof)
	k.add(name, vectors.Consistency, vectors.Case{Older: older.Text(), File: newer.Text(), Path: joined(proof)}, err)
	return err
}

func (k keeper) next(name string, m *verify.Memory, t verify.Trust, s *checkpoint.Signed, proof []ledger.Hash) (*verify.Memory, error) {
	k.t.Helper()
	next, err := m.Next(t, s, proof)
	c := vectors.Case{File: s.Append(nil), Path: joined(proof), With: given(t)}
	c.With.Memory = m.Append(nil)
	k.add(name, vectors.Next, c, err)
	return next, err
}

// bent is evidence for evidence that may have no encoding: then there is nothing to keep.
func (k keeper) bent(name string, t verify.Trust, e *evidence.Evidence) (*verify.Finding, error) {
	k.t.Helper()
	if _, err := evidence.Parse(e.Append(nil)); err != nil {
		return verify.CheckEvidence(t, e)
	}
	return k.evidence(name, t, e)
}

func (k keeper) evidence(name string, t verify.Trust, e *evidence.Evidence) (*verify.Finding, error) {
	k.t.Helper()
	f, err := verify.CheckEvidence(t, e)
	k.add(name, vectors.Evidence, vectors.Case{File: e.Append(nil), With: given(t)}, err)
	return f, err
}
