package verify_test

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/verify"
	"github.com/ocopledger/ocop/ledger/verify/vectors"
	"github.com/ocopledger/ocop/ledger/verify/verifytest"
)

func remembered() (*verifytest.World, *verify.Memory) {
	w := verifytest.New()
	w.Block("a", "b")
	return w, must(verify.Remember(pinned(w), w.Head(1, 2)))
}

func TestMemoryGoesOn(t *testing.T) {
	w, m := remembered()
	size := w.Size()
	if m.Since != w.Now {
		t.Errorf("since %d", m.Since)
	}
	w.Block("c")
	k := keep(t, "memory-next", "Heads that continue the one remembered, over five epochs.")
	m = must(k.next("a newer head", m, m.Trust(w.Now), w.Head(1, 3), w.Consistency(size, w.Size())))
	if m.Head.Tree != w.Tree(w.Size()) || m.Since != w.Now {
		t.Errorf("%+v", m)
	}
	old := w.Head(1, 2)
	w.Now += 30
	m = must(k.next("the same head, signed later", m, m.Trust(w.Now), w.Head(2, 3), nil))
	if m.Since != w.Now {
		t.Error("the same head with newer signatures is news: it was still the newest then")
	}
	if same := must(k.next("the same head, signed before", m, m.Trust(w.Now), old, nil)); same != m {
		t.Error("the same head with older signatures is none")
	}

	size, since := w.Size(), m.Since
	w.Block("d")
	w.Now -= 20 // clocks differ
	m = must(k.next("clocks differ", m, must(verify.NewTrust(m.Policy, verifytest.Start, since)), w.Head(1, 2), w.Consistency(size, w.Size())))
	if m.Since != since || m.Head.Tree.Size != w.Size() {
		t.Errorf("since %d, was %d", m.Since, since)
	}

	m.Comment = "kept"
	// Looking once within each trust period is enough for ever, as long as handovers follow.
	for range 5 {
		size := w.Size()
		h := w.EndedBy(func() { w.Rotate(2) }, 1, 2)
		w.Block("d")
		w.Now += verifytest.TrustPeriod - 10
		seal, path := w.Seal(w.Size())
		head := w.Head(1, 2)
		checked := must(m.Trust(w.Now).Head(head, seal, path, []*checkpoint.Handover{h}))
		m = must(k.next(fmt.Sprintf("a head of epoch %d", checked.Trust.Policy.Number), m, checked.Trust, head, w.Consistency(size, w.Size())))
	}
	if m.Policy.Number != 5 || m.Since != w.Now || m.Comment != "kept" {
		t.Errorf("epoch %d, since %d, %q", m.Policy.Number, m.Since, m.Comment)
	}
}

func TestMemoryRefuses(t *testing.T) {
	w, m := remembered()
	size := w.Size()
	fork := w.Copy()
	earlier := verifytest.New()
	earlier.Block("a")
	earlier.Now = w.Now
	w.Block("c")
	fork.Block("x")
	m2 := must(m.Next(m.Trust(w.Now), w.Head(1, 2), w.Consistency(size, w.Size())))
	trust := m2.Trust(w.Now)
	proof := w.Consistency(size, w.Size())

	k := keep(t, "memory-refused", "Heads that do not continue the one remembered.")
	_, err := k.next("a smaller head", m2, trust, earlier.Head(1, 2), nil)
	wantWord(t, "a smaller head", err, verify.WordMemory)
	_, err = k.next("another head of the same size", m2, trust, fork.Head(1, 2), nil)
	wantWord(t, "another head of the same size", err, verify.WordRoot)
	fork.Block("y")
	_, err = k.next("a fork, with its own proof", m2, trust, fork.Head(1, 2), fork.Consistency(w.Size(), fork.Size()))
	wantWord(t, "a fork, with its own proof", err, verify.WordConsistency)
	_, err = k.next("no proof", m, trust, w.Head(1, 2), nil)
	wantWord(t, "no proof", err, verify.WordConsistency)
	_, err = k.next("no quorum", m, trust, w.Head(3), proof)
	wantWord(t, "no quorum", err, verify.WordQuorum)
	other := trust
	p := *trust.Policy
	p.TrustPeriod++
	other.Policy = &p
	_, err = k.next("another document of the same number", m, other, w.Head(1, 2), proof)
	wantWord(t, "another document of the same number", err, verify.WordPolicy)
	p.Chain[0] ^= 1
	_, err = k.next("another chain", m, other, w.Head(1, 2), proof)
	wantWord(t, "another chain", err, verify.WordChain)

	w.Rotate(2)
	late := *w.Policy()
	later := &verify.Memory{Policy: &late, Since: w.Now, Head: w.Cosign(&checkpoint.Signed{Tree: m.Head.Tree}, 1, 3)}
	_, err = k.next("a retired epoch", later, trust, w.Head(1, 3), w.Consistency(size, w.Size()))
	wantWord(t, "a retired epoch", err, verify.WordMemory)
}

// TestMemoryCheck: what goes back is refused as that, whatever else is wrong with it; what does not is taken as without a memory.
func TestMemoryCheck(t *testing.T) {
	w, m := remembered()
	before := w.Copy()
	first := must(verify.Remember(pinned(w), w.Head(1, 2)))
	h := w.EndedBy(func() { w.Rotate(2) }, 1, 2)
	w.Block("c")
	handovers := []*checkpoint.Handover{h}
	k := keep(t, "memory-heads", "Heads against what is remembered, before anything else is asked of them.")
	check := func(what string, m *verify.Memory, w *verifytest.World, by []ledger.AccountID, handovers []*checkpoint.Handover, want verify.Word) {
		t.Helper()
		seal, path := w.Seal(w.Size())
		err := k.check(what, m, m.Trust(w.Now), w.Head(by...), seal, path, handovers)
		if want == "" && err == nil {
			return
		}
		wantWord(t, what, err, want)
	}
	both := []ledger.AccountID{1, 2}
	check("the next epoch", first, w, both, handovers, "")
	check("the next epoch, without handover", first, w, both, nil, verify.WordPolicy)

	seal, path := w.Seal(w.Size())
	checked := must(m.Trust(w.Now).Head(w.Head(1, 2), seal, path, handovers))
	later := must(m.Next(checked.Trust, w.Head(1, 2), w.Consistency(m.Head.Tree.Size, w.Size())))
	check("the head remembered", later, w, both, nil, "")
	check("an older head, of a retired epoch", later, before, both, nil, verify.WordMemory)
	check("an older head that nobody signed", later, before, []ledger.AccountID{1}, nil, verify.WordMemory)
	fork := before.Copy()
	for fork.Size() < w.Size() {
		fork.Block()
	}
	check("as many leaves, another root", later, fork, both, nil, verify.WordRoot)
	fork.Block()
	check("more leaves, of a retired epoch", later, fork, both, nil, verify.WordPolicy)
	check("a shorter ledger of another chain", later, verifytest.NewOf("other", 3), both, nil, verify.WordChain)
	err := k.check("a path too short", later, later.Trust(w.Now), w.Head(1, 2), seal, path[1:], nil)
	wantWord(t, "a path too short", err, verify.WordPath)
	elsewhere := w.Tree(w.Size())
	elsewhere.Origin = "log.example/elsewhere"
	wantWord(t, "another origin", later.Against(elsewhere), verify.WordChain)
}

func TestMemoryComment(t *testing.T) {
	_, m := remembered()
	g := vectors.New(t, "vectors", "memory-comments", "Memory files with a line for people.")
	plain := string(m.Append(nil))
	for _, comment := range []string{"DỮ LIỆU MẪU – không có giá trị", "# policy x", " ", "epoch 0"} {
		m.Comment = comment
		file := m.Append(nil)
		g.Add("comment "+strconv.Quote(comment), vectors.Memory, vectors.Case{File: file})
		if got := must(verify.ParseMemory(file)); got.Comment != comment || !bytes.Equal(got.Append(nil), file) || len(file) != len(plain)+len(comment)+3 {
			t.Errorf("%q", got.Comment)
		}
	}
	for what, bad := range map[string]string{
		"two":       "# a\n# b\n",
		"empty":     "# \n",
		"no space":  "#a\n",
		"two lines": "# a\nb\n",
		"not UTF-8": "# \xff\n",
	} {
		file := []byte(strings.Replace(plain, "@v1\n", "@v1\n"+bad, 1))
		g.Add(what, vectors.Memory, vectors.Case{File: file})
		_, err := verify.ParseMemory(file)
		wantWord(t, what, err, verify.WordFormat)
	}
}

func TestMemoryFile(t *testing.T) {
	_, m := remembered()
	file := m.Append(nil)
	golden(t, "testdata/memory.txt", file)
	g := vectors.New(t, "vectors", "memory-bytes", "Memory files, bent, and of which one byte is changed.")
	g.Flip("memory", vectors.Memory, vectors.Case{File: file}, 1, nil)
	got := must(verify.ParseMemory(file))
	if got.Since != m.Since || got.Policy.Hash() != m.Policy.Hash() || got.Head.Tree != m.Head.Tree || !bytes.Equal(got.Append(nil), file) {
		t.Errorf("%+v", got)
	}
	signatures := bytes.Index(file, []byte("— "))
	since := bytes.Index(file, []byte("since "))
	for i := range file {
		for _, b := range []byte{file[i] ^ 1, '\n', ' '} {
			bad := slices.Clone(file)
			bad[i] = b
			got, err := verify.ParseMemory(bad)
			if bytes.Equal(bad, file) || err != nil {
				continue
			}
			inSince := i > since && i < bytes.Index(file, []byte("\npolicy"))
			if !inSince && (i < signatures && got.Policy.Hash() == m.Policy.Hash() && got.Head.Tree == m.Head.Tree || len(got.Head.Lines) == 3) {
				t.Errorf("byte %d is %q, and nothing noticed", i, b)
			}
		}
	}
	for what, bad := range map[string]string{
		"since 2^63":      strings.Replace(string(file), fmt.Sprintf("since %d", m.Since), "since 9223372036854775808", 1),
		"empty":           "",
		"header":          strings.Replace(string(file), "@v1", "@v2", 1),
		"no policy":       strings.Replace(string(file), "policy ", "", 1),
		"another epoch":   strings.Replace(string(file), "epoch 0", "epoch 1", 1),
		"no head":         strings.SplitAfter(string(file), "\n\n")[0],
		"one cosignature": string(file[:bytes.LastIndex(file, []byte("— "))]),
		"since 01":        strings.Replace(string(file), "since ", "since 0", 1),
		"too long":        string(file) + strings.Repeat("x", verify.MaxMemory),
	} {
		if len(bad) < verify.MaxMemory {
			g.Add(what, vectors.Memory, vectors.Case{File: []byte(bad)})
		}
		_, err := verify.ParseMemory([]byte(bad))
		wantWord(t, what, err, verify.WordFormat)
	}
}

func FuzzParseMemory(f *testing.F) {
	_, m := remembered()
	f.Add(m.Append(nil))
	f.Fuzz(func(t *testing.T, data []byte) {
		if m, err := verify.ParseMemory(data); err == nil && !bytes.Equal(m.Append(nil), data) {
			t.Errorf("%q has another spelling", data)
		}
	})
}
