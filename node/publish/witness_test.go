package publish

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/merkle"
)

// witness is an outside witness as c2sp.org/tlog-witness describes it.
type witness struct {
	t    *testing.T
	log  ident.VKey
	mine *ident.Cosigner
	down bool

	mu    sync.Mutex
	tree  checkpoint.Tree // newest
	asked int
}

func (w *witness) ServeHTTP(a http.ResponseWriter, q *http.Request) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asked++
	if w.down {
		http.Error(a, "down", http.StatusServiceUnavailable)
		return
	}
	body, _ := io.ReadAll(io.LimitReader(q.Body, 10<<10+1))
	if len(body) > 10<<10 || q.Method != http.MethodPost || q.URL.Path != "/w/add-checkpoint" {
		http.Error(a, "no", http.StatusBadRequest)
		return
	}
	head, rest, _ := bytes.Cut(body, []byte("\n\n"))
	lines := bufio.NewScanner(bytes.NewReader(head))
	lines.Scan()
	var old uint64
	fmt.Sscanf(lines.Text(), "old %d", &old)
	var proof []ledger.Hash
	for lines.Scan() {
		h, err := base64.StdEncoding.DecodeString(lines.Text())
		if err != nil {
			w.t.Error(err)
		}
		proof = append(proof, ledger.Hash(h))
	}
	signed, err := checkpoint.Parse(rest)
	if err != nil {
		w.t.Error(err)
		return
	}
	// SPEC: The witness MUST verify the checkpoint signature against the public key(s) it trusts for the checkpoint origin.
	if line, ok := signed.Line(w.log.Name, w.log.ID()); !ok || !w.log.Verifier().Verify(signed.Tree.Text(), line.Signature) {
		a.WriteHeader(http.StatusForbidden)
		return
	}
	// SPEC: The old size MUST be equal to or lower than the checkpoint size.
	if old > signed.Tree.Size {
		a.WriteHeader(http.StatusBadRequest)
		return
	}
	// SPEC: The witness MUST check that the old size matches the size of the latest checkpoint it cosigned.
	if old != w.tree.Size {
		a.Header().Set("Content-Type", "text/x.tlog.size")
		a.WriteHeader(http.StatusConflict)
		fmt.Fprintf(a, "%d\n", w.tree.Size)
		return
	}
	root := w.tree.Root
	if w.tree.Size == 0 {
		root = merkle.EmptyRoot()
	}
	if merkle.Log.CheckConsistency(proof, old, root, signed.Tree.Size, signed.Tree.Root) != nil {
		a.WriteHeader(http.StatusUnprocessableEntity)
		return
	}
	w.tree = signed.Tree
	c, _ := w.mine.Cosign(signed.Tree.Text(), 1_700_000_100)
	out := (&checkpoint.Signed{Tree: signed.Tree, Lines: []checkpoint.Line{
		{Name: "stranger.example", ID: 7, Signature: bytes.Repeat([]byte{1}, 72)}, checkpoint.CosignatureLine(w.mine.VKey(), c),
	}}).Append(nil)
	a.Write(out[len(signed.Tree.Text())+1:])
}

func newWitness(t *testing.T, n *network, seed byte) (*witness, Witness) {
	mine, err := ident.NewCosigner(fmt.Sprintf("witness.example/%d", seed), key(t, seed))
	if err != nil {
		t.Fatal(err)
	}
	w := &witness{t: t, mine: mine, log: ident.VKey{Name: origin, Type: ident.NoteLog, Key: n.log.Public()}}
	server := httptest.NewServer(w)
	t.Cleanup(server.Close)
	pinned := Witness{Name: mine.VKey().Name, Key: mine.VKey().Key, URL: server.URL + "/w/"}
	n.policy.Witnesses = append(n.policy.Witnesses, ledger.PolicyWitness{Name: pinned.Name, Key: pinned.Key})
	return w, pinned
}

func TestWitnessesCosign(t *testing.T) {
	n := newNetwork(t)
	a, pinnedA := newWitness(t, n, 50)
	_, pinnedB := newWitness(t, n, 51)
	now := time.Unix(1_700_000_000, 0)
	all := []Witness{pinnedA, pinnedB}
	w := NewWitnesses(http.DefaultClient, ProveFrom(n), all)
	for _, size := range []int{5, 300, 301} {
		head := n.grow(t, size, 2)
		lines, err := w.Cosign(t.Context(), now, head, n.logLine(t, head))
		if err != nil || len(lines) != 2 {
			t.Fatalf("%d leaves: %d lines, %v", size, len(lines), err)
		}
		for _, l := range lines {
			head = head.With(l)
		}
		if c, err := head.Certify(&n.policy); err != nil || len(c.Witnesses) != 2 {
			t.Errorf("%+v, %v", c, err)
		}
	}
	if a.asked != 3 {
		t.Errorf("asked %d times for 3 heads", a.asked)
	}
	// A publisher that starts again knows nothing, and is told.
	head := n.grow(t, 400, 2)
	w = NewWitnesses(http.DefaultClient, ProveFrom(n), all)
	if lines, err := w.Cosign(t.Context(), now, head, n.logLine(t, head)); err != nil || len(lines) != 2 {
		t.Fatalf("%d lines, %v", len(lines), err)
	}
	if lines, err := w.Cosign(t.Context(), now, head, n.logLine(t, head)); err != nil || len(lines) != 0 {
		t.Errorf("asked again for the same head: %d lines, %v", len(lines), err)
	}
}

func TestWitnessThatFailsIsLeftAloneForAWhile(t *testing.T) {
	n := newNetwork(t)
	bad, pinnedBad := newWitness(t, n, 50)
	_, pinnedGood := newWitness(t, n, 51)
	bad.down = true
	now := time.Unix(1_700_000_000, 0)
	w := NewWitnesses(http.DefaultClient, ProveFrom(n), []Witness{pinnedBad, pinnedGood})
	head := n.grow(t, 5, 2)
	lines, err := w.Cosign(t.Context(), now, head, n.logLine(t, head))
	if !errors.Is(err, ErrWitness) || !strings.Contains(err.Error(), pinnedBad.Name) || len(lines) != 1 {
		t.Fatalf("%d lines, %v", len(lines), err)
	}
	head = n.grow(t, 6, 2)
	if lines, err := w.Cosign(t.Context(), now, head, n.logLine(t, head)); err != nil || len(lines) != 1 || bad.asked != 1 {
		t.Errorf("at once: %d lines, %v, asked %d times", len(lines), err, bad.asked)
	}
	bad.down = false
	if lines, err := w.Cosign(t.Context(), now.Add(firstPause), head, n.logLine(t, head)); err != nil || len(lines) != 1 || bad.asked != 2 {
		t.Errorf("later: %d lines, %v, asked %d times", len(lines), err, bad.asked)
	}
}

func TestWitnessAnswersThatAreNotBelieved(t *testing.T) {
	n := newNetwork(t)
	_, pinned := newWitness(t, n, 50)
	head := n.grow(t, 5, 2)
	text := string(head.Tree.Text())
	other, _ := ident.NewCosigner(pinned.Name, key(t, 60))
	sig, _ := other.Cosign([]byte(text), 1)
	forged := (&checkpoint.Signed{Tree: head.Tree, Lines: []checkpoint.Line{{Name: pinned.Name, ID: ident.VKey{Name: pinned.Name, Type: ident.NoteCosigner, Key: pinned.Key}.ID(), Signature: sig.Append(nil)}}}).Append(nil)
	for name, answer := range map[string]struct {
		status int
		body   string
	}{
		"a forged line":       {200, string(forged[len(text)+1:])},
		"a stranger's line":   {200, "— stranger.example AAAAB2FiYw==\n"},
		"nothing":             {200, ""},
		"no note":             {200, "hello"},
		"forbidden":           {403, "who are you"},
		"conflict, no number": {409, "many\n"},
		"conflict, larger":    {409, "77\n"},
		"conflict for ever":   {409, "3\n"},
		"redirect":            {302, ""},
		"much":                {200, strings.Repeat("x", 1<<20)},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(answer.status)
			io.WriteString(w, answer.body)
		}))
		one := pinned
		one.URL = server.URL
		lines, err := NewWitnesses(http.DefaultClient, ProveFrom(n), []Witness{one}).Cosign(t.Context(), time.Unix(0, 0), head, n.logLine(t, head))
		if len(lines) != 0 || !errors.Is(err, ErrWitness) {
			t.Errorf("%s: %d lines, %v", name, len(lines), err)
		}
		server.Close()
	}
}
