package publish

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/node/internal/witness"
)

func newWitness(t *testing.T, n *network, seed byte) (*witness.Witness, Witness) {
	t.Helper()
	w := witness.New(t, t.TempDir(), fmt.Sprintf("witness.example/%d", seed), key(t, seed), func() time.Time { return time.Unix(1_700_000_100, 0) })
	w.Trust(ident.VKey{Name: origin, Type: ident.NoteLog, Key: n.log.Public()})
	server := httptest.NewServer(w)
	t.Cleanup(server.Close)
	pinned := Witness{Name: w.Key().Name, Key: w.Key().Key, URL: server.URL + "/w/"}
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
	if a.Asked("/w/add-checkpoint") != 3 {
		t.Errorf("asked %d times for 3 heads", a.Asked(""))
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
	bad.Down(true)
	now := time.Unix(1_700_000_000, 0)
	w := NewWitnesses(http.DefaultClient, ProveFrom(n), []Witness{pinnedBad, pinnedGood})
	head := n.grow(t, 5, 2)
	lines, err := w.Cosign(t.Context(), now, head, n.logLine(t, head))
	if !errors.Is(err, ErrWitness) || !strings.Contains(err.Error(), pinnedBad.Name) || len(lines) != 1 {
		t.Fatalf("%d lines, %v", len(lines), err)
	}
	head = n.grow(t, 6, 2)
	if lines, err := w.Cosign(t.Context(), now, head, n.logLine(t, head)); err != nil || len(lines) != 1 || bad.Asked("") != 1 {
		t.Errorf("at once: %d lines, %v, asked %d times", len(lines), err, bad.Asked(""))
	}
	bad.Down(false)
	if lines, err := w.Cosign(t.Context(), now.Add(firstPause), head, n.logLine(t, head)); err != nil || len(lines) != 1 || bad.Asked("") != 2 {
		t.Errorf("later: %d lines, %v, asked %d times", len(lines), err, bad.Asked(""))
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
