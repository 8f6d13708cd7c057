package verify_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/merkle"
	"github.com/ocopledger/ocop/ledger/verify"
	"github.com/ocopledger/ocop/ledger/verify/vectors"
	"github.com/ocopledger/ocop/ledger/verify/verifytest"
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// pinned is the trust of whoever was at the beginning.
func pinned(w *verifytest.World) verify.Trust {
	return must(verify.NewTrust(w.Policies[0], verifytest.Start, w.Now))
}

func wantWord(t *testing.T, what string, err error, want verify.Word) {
	t.Helper()
	if e, ok := err.(*verify.Error); !ok || e.Word != want {
		t.Errorf("%s: %v, want %s", what, err, want)
	}
}

func TestCertify(t *testing.T) {
	w := verifytest.New()
	w.Block("a")
	trust := pinned(w)
	k := keep(t, "certify", "Whose cosignatures count for a head.")
	good := w.Head(1, 3)
	if c := must(k.certify("two of three", trust, good)); len(c.Validators) != 2 || c.Time != w.Now {
		t.Errorf("%+v", c)
	}
	bad := w.Head(1, 2, 3)
	bad.Lines[2].Signature[30] ^= 1
	foreign := w.Head(1, 2)
	foreign.Tree.Origin = "log.example/other"
	renamed := w.Head(1, 2)
	renamed.Lines[1].Name = "node3.example"
	for _, x := range []struct {
		what string
		head *checkpoint.Signed
		want verify.Word
	}{
		{"another log's", foreign, verify.WordChain},
		{"a line that does not verify, beside a quorum", bad, verify.WordCosignature},
		{"one of two", w.Head(1), verify.WordQuorum},
		{"one of two, the log and a witness", w.Published(w.Witnessed(w.Head(2))), verify.WordQuorum},
		{"signer renamed", renamed, verify.WordQuorum},
		{"nobody", w.Published(w.Head()), verify.WordQuorum},
	} {
		_, err := k.certify(x.what, trust, x.head)
		wantWord(t, x.what, err, x.want)
	}
}

// TestFuture: a validator whose clock is ahead loses its own voice, and cannot spoil a head for the others.
func TestFuture(t *testing.T) {
	w := verifytest.New()
	w.Block("a")
	trust := pinned(w)
	k := keep(t, "future", "Cosignatures that are ahead of the verifier's clock.")
	head := w.Head(1, 2)
	w.Now += verify.FutureTolerance
	if c := must(k.certify("as far ahead as is tolerated", trust, w.Cosign(head, 3))); len(c.Validators) != 3 || c.Time != trust.Now {
		t.Errorf("as far ahead as is tolerated: %+v", c)
	}
	seal, path := w.Seal(w.Size())
	if h := must(k.head("the epoch is not known to be current tomorrow", trust, w.Head(2, 3), seal, path, nil)); h.Trust.Since != trust.Now {
		t.Errorf("known to be current at %d, which is not yet", h.Trust.Since)
	}
	w.Now++
	if c := must(k.certify("a minority in the future", trust, w.Cosign(head, 3))); len(c.Validators) != 2 || c.Time != trust.Now {
		t.Errorf("a minority in the future: %+v", c)
	}
	_, err := k.certify("a quorum's part in the future", trust, w.Cosign(head, 2, 3))
	wantWord(t, "a quorum's part in the future", err, verify.WordFuture)
	if !verify.Failed(err, verify.WordFuture) || verify.Failed(err, verify.WordQuorum) {
		t.Error(err)
	}
}

func TestTrustPeriod(t *testing.T) {
	w := verifytest.New()
	w.Block("a")
	old := w.Head(1, 2)
	witnessed := w.Witnessed(old)
	trust := pinned(w)

	k := keep(t, "trust-period", "Heads before and after the trust period has passed, with and without the pinned outside witness.")
	trust.Now = verifytest.Start + verifytest.TrustPeriod
	must(k.certify("the last second", trust, old))
	trust.Now++
	_, err := k.certify("a second too late", trust, old)
	wantWord(t, "a second too late", err, verify.WordTrust)
	must(k.certify("a second too late, with the witness", trust, witnessed))

	short := pinned(w)
	short.Period, short.Now = 10, verifytest.Start+11
	_, err = k.certify("a shorter period of the verifier's own", short, old)
	wantWord(t, "a shorter period of the verifier's own", err, verify.WordTrust)
	short.Period = 10 * verifytest.TrustPeriod
	short.Now = verifytest.Start + verifytest.TrustPeriod + 1
	_, err = k.certify("a longer one counts as the policy's", short, old)
	wantWord(t, "a longer one counts as the policy's", err, verify.WordTrust)

	// Whoever found the retired keys signs the head anew. The witness does not.
	trust.Now += 100
	w.Now = trust.Now
	again := w.Cosign(witnessed, 1, 2)
	if c := must(k.certify("signed anew with retired keys: the witness's time", trust, again)); c.Time != verifytest.Start+1 {
		t.Errorf("time %d, want that of the witness", c.Time)
	}
	seal, path := w.Seal(w.Size())
	if h := must(k.head("signed anew with retired keys: since when", trust, again, seal, path, nil)); !h.Trust.Expired() || h.Trust.Since != verifytest.Start+1 {
		t.Errorf("the epoch is believed anew: since %d", h.Trust.Since)
	}

	forever := *w.Policies[0]
	forever.TrustPeriod = 1<<64 - 1
	if trust := must(verify.NewTrust(&forever, 5, 1<<62)); trust.Expired() {
		t.Error("a period up to the end of time has passed")
	}
	must(k.certify("a period up to the end of time", must(verify.NewTrust(&forever, 5, 1<<52)), old))
}

func TestSeal(t *testing.T) {
	w := verifytest.New()
	w.Block("a", "b")
	w.Block("c")
	w.Block("d")
	size := w.Size()
	head := w.Tree(size)
	seal, path := w.Seal(size)
	s := must(verify.Seal(head, seal, path))
	k, trust := keep(t, "seal", "Whether a seal speaks for a head."), pinned(w)
	must(k.head("the last leaf", trust, w.Head(1, 2), seal, path, nil))
	g := vectors.New(t, "vectors", "seal-bytes", "Heads of which one byte of the signed text is changed.")
	g.Flip("signed head", vectors.Head, headCase(trust, w.Published(w.Witnessed(w.Head(1, 2))), seal, path, nil), 1, nil)
	if s.SizeBefore != size-1 || s.Chain != w.Policy().Chain {
		t.Errorf("%+v", s)
	}
	older, olderPath := w.Seal(6)
	lying := *s
	lying.RootBefore[0] ^= 1
	root := head
	root.Root[3] ^= 1
	bad := append([]ledger.Hash{}, path...)
	bad[1][7] ^= 1
	flipped := append([]byte{}, seal...)
	flipped[140] ^= 1
	for _, x := range []struct {
		what string
		head checkpoint.Tree
		seal []byte
		path []ledger.Hash
		want verify.Word
	}{
		{"empty head", checkpoint.Tree{Origin: head.Origin}, seal, path, verify.WordSize},
		{"head too large", checkpoint.Tree{Size: 1 << 63}, seal, path, verify.WordSize},
		{"a record", head, w.Leaf(1), path, verify.WordSeal},
		{"a seal cut short", head, seal[:428], path, verify.WordSeal},
		{"an older seal with its own path", head, older, olderPath, verify.WordSeal},
		{"another root", root, seal, path, verify.WordPath},
		{"a hash of the path", head, seal, bad, verify.WordPath},
		{"path cut short", head, seal, path[:1], verify.WordPath},
		{"path too long", head, seal, append(bad, bad...), verify.WordPath},
		{"a byte of the state root", head, flipped, path, verify.WordPath},
		{"no path", head, seal, nil, verify.WordPath},
	} {
		_, err := verify.Seal(x.head, x.seal, x.path)
		wantWord(t, x.what, err, x.want)
		if x.head.Size <= merkle.MaxSize { // a larger one cannot be written
			_, err = k.head(x.what, trust, w.Cosign(&checkpoint.Signed{Tree: x.head}, 1, 2), x.seal, x.path, nil)
			wantWord(t, x.what, err, x.want)
		}
	}

	// A seal that lies about the tree before it, last in a tree made for it.
	fork := verifytest.New()
	fork.Block("a", "b")
	fork.Block("c")
	fork.Block("d")
	fork.Replace(size-1, lying.Append(nil))
	seal, path = fork.Seal(size)
	_, err := verify.Seal(fork.Tree(size), seal, path)
	wantWord(t, "a false root before", err, verify.WordRoot)
	_, err = k.head("a false root before", trust, fork.Cosign(&checkpoint.Signed{Tree: fork.Tree(size)}, 1, 2), seal, path, nil)
	wantWord(t, "a false root before", err, verify.WordRoot)

	first, none := w.Seal(1)
	if s := must(verify.Seal(w.Tree(1), first, none)); s.SizeBefore != 0 {
		t.Errorf("genesis seal: %+v", s)
	}
	must(k.head("the genesis seal", trust, headAt(w, 1, 1, 2), first, none, nil))
}

func TestConsistent(t *testing.T) {
	w := verifytest.New()
	for range 5 {
		w.Block("a", "b")
	}
	n := w.Size()
	k := keep(t, "consistency", "Whether one head is a beginning of another.")
	for older := range n + 1 {
		if err := k.consistent(fmt.Sprintf("from %02d", older), w.Tree(older), w.Tree(n), w.Consistency(older, n)); err != nil {
			t.Errorf("from %d: %v", older, err)
		}
	}
	for name, from := range map[string]uint64{"from the root of another empty log": 0, "from one leaf, another": 1} {
		bad := w.Tree(from)
		bad.Root[5] ^= 1
		wantWord(t, name, k.consistent(name, bad, w.Tree(n), w.Consistency(from, n)), verify.WordConsistency)
	}
	wantWord(t, "a proof from nothing", k.consistent("a proof from nothing", w.Tree(0), w.Tree(n), w.Consistency(1, n)), verify.WordConsistency)
	other := w.Tree(7)
	other.Root[0] ^= 1
	foreign := w.Tree(7)
	foreign.Origin = "x"
	proof := w.Consistency(7, n)
	wantWord(t, "another root", k.consistent("another root", other, w.Tree(n), proof), verify.WordConsistency)
	wantWord(t, "same size", k.consistent("same size", other, w.Tree(7), nil), verify.WordRoot)
	wantWord(t, "backwards", k.consistent("backwards", w.Tree(n), w.Tree(7), proof), verify.WordSize)
	wantWord(t, "another log", k.consistent("another log", foreign, w.Tree(n), proof), verify.WordChain)
	wantWord(t, "no proof", k.consistent("no proof", w.Tree(7), w.Tree(n), nil), verify.WordConsistency)
	for i := range proof {
		bad := slices.Clone(proof)
		bad[i][9] ^= 1
		what := fmt.Sprintf("hash %d of the proof", i)
		wantWord(t, what, k.consistent(what, w.Tree(7), w.Tree(n), bad), verify.WordConsistency)
	}
	wantWord(t, "proof too long", k.consistent("proof too long", w.Tree(7), w.Tree(n), append(slices.Clone(proof), ledger.Hash{})), verify.WordConsistency)
	wantWord(t, "proof of one size", k.consistent("a proof where none is needed", w.Tree(7), w.Tree(7), proof), verify.WordConsistency)
}
