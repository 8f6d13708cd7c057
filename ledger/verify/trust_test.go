package verify_test

import (
	"testing"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/verify"
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
	good := w.Head(1, 3)
	if c := must(trust.Certify(good)); len(c.Validators) != 2 || c.Time != w.Now {
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
		_, err := trust.Certify(x.head)
		wantWord(t, x.what, err, x.want)
	}
}

// TestFuture: a validator whose clock is ahead loses its own voice, and cannot spoil a head for the others.
func TestFuture(t *testing.T) {
	w := verifytest.New()
	w.Block("a")
	trust := pinned(w)
	head := w.Head(1, 2)
	w.Now += verify.FutureTolerance
	if c := must(trust.Certify(w.Cosign(head, 3))); len(c.Validators) != 3 || c.Time != trust.Now {
		t.Errorf("as far ahead as is tolerated: %+v", c)
	}
	seal, path := w.Seal(w.Size())
	if h := must(trust.Head(w.Head(2, 3), seal, path, nil)); h.Trust.Since != trust.Now {
		t.Errorf("known to be current at %d, which is not yet", h.Trust.Since)
	}
	w.Now++
	if c := must(trust.Certify(w.Cosign(head, 3))); len(c.Validators) != 2 || c.Time != trust.Now {
		t.Errorf("a minority in the future: %+v", c)
	}
	_, err := trust.Certify(w.Cosign(head, 2, 3))
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

	trust.Now = verifytest.Start + verifytest.TrustPeriod
	must(trust.Certify(old))
	trust.Now++
	_, err := trust.Certify(old)
	wantWord(t, "a second too late", err, verify.WordTrust)
	must(trust.Certify(witnessed))

	short := pinned(w)
	short.Period, short.Now = 10, verifytest.Start+11
	_, err = short.Certify(old)
	wantWord(t, "a shorter period of the verifier's own", err, verify.WordTrust)
	short.Period = 10 * verifytest.TrustPeriod
	short.Now = verifytest.Start + verifytest.TrustPeriod + 1
	_, err = short.Certify(old)
	wantWord(t, "a longer one counts as the policy's", err, verify.WordTrust)

	// Whoever found the retired keys signs the head anew. The witness does not.
	trust.Now += 100
	w.Now = trust.Now
	again := w.Cosign(witnessed, 1, 2)
	if c := must(trust.Certify(again)); c.Time != verifytest.Start+1 {
		t.Errorf("time %d, want that of the witness", c.Time)
	}
	seal, path := w.Seal(w.Size())
	if h := must(trust.Head(again, seal, path, nil)); !h.Trust.Expired() || h.Trust.Since != verifytest.Start+1 {
		t.Errorf("the epoch is believed anew: since %d", h.Trust.Since)
	}

	forever := *w.Policies[0]
	forever.TrustPeriod = 1<<64 - 1
	if trust := must(verify.NewTrust(&forever, 5, 1<<62)); trust.Expired() {
		t.Error("a period up to the end of time has passed")
	}
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

	first, none := w.Seal(1)
	if s := must(verify.Seal(w.Tree(1), first, none)); s.SizeBefore != 0 {
		t.Errorf("genesis seal: %+v", s)
	}
}

func TestConsistent(t *testing.T) {
	w := verifytest.New()
	for range 5 {
		w.Block("a", "b")
	}
	n := w.Size()
	for older := range n + 1 {
		if err := verify.Consistent(w.Tree(older), w.Tree(n), w.Consistency(older, n)); err != nil {
			t.Errorf("from %d: %v", older, err)
		}
	}
	other := w.Tree(7)
	other.Root[0] ^= 1
	foreign := w.Tree(7)
	foreign.Origin = "x"
	proof := w.Consistency(7, n)
	wantWord(t, "another root", verify.Consistent(other, w.Tree(n), proof), verify.WordConsistency)
	wantWord(t, "same size", verify.Consistent(other, w.Tree(7), nil), verify.WordRoot)
	wantWord(t, "backwards", verify.Consistent(w.Tree(n), w.Tree(7), proof), verify.WordSize)
	wantWord(t, "another log", verify.Consistent(foreign, w.Tree(n), proof), verify.WordChain)
	wantWord(t, "no proof", verify.Consistent(w.Tree(7), w.Tree(n), nil), verify.WordConsistency)
}
