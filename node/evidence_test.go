package node

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/evidence"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/verify"
	"github.com/ocopledger/ocop/ledger/verify/anchor"
	"github.com/ocopledger/ocop/node/config"
	"github.com/ocopledger/ocop/node/internal/liar"
	"github.com/ocopledger/ocop/node/keeper"
)

// liar takes the place of a host that does not run: its keys, its peer door.
func (w *network) liar(h *host) *liar.Liar {
	w.t.Helper()
	peer := h.doors.Peer
	if peer == nil {
		peer = listen(w.t, "127.0.0.1:0") // the agency's own node has the door
	}
	l, err := liar.New(w.Genesis, h.agency, w.Nodes[h.agency-1], peer, discard())
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { l.Close() })
	return l
}

// withLiar is a network of three that certifies, in which the third is a liar.
func withLiar(t *testing.T) (w *network, l *liar.Liar, honest []*host) {
	t.Helper()
	w = newNetwork(t, 3)
	l = w.liar(w.nodes[2])
	w.nodes[0].start()
	w.nodes[1].start()
	honest = w.running()
	// A cosigner that starts learns from both others what it has signed; the liar says it holds nothing.
	l.Serve()
	w.certifies(honest...)
	return w, l, honest
}

// liarsHeartbeat is of a liar that leads. It loses its office when it reaches nobody for two thirds of that, which on a slow machine comes soon.
const liarsHeartbeat = time.Second

// elects has a liar lead, and gives its term. With the first of the honest alone nobody else can be elected, and somebody who only answers stands in for the second, as
// three found a network of three; then come the others.
func (w *network) elects(leader *liar.Leader, honest []*host) uint64 {
	w.t.Helper()
	for _, h := range honest { // which stand for election later than the liar
		h.configure = func(c *config.Config) { c.Raft.Heartbeat = config.Duration(2 * liarsHeartbeat) }
	}
	second := honest[1]
	answers, err := liar.New(w.Genesis, second.agency, w.Nodes[second.agency-1], second.doors.Peer, discard())
	if err != nil {
		w.t.Fatal(err)
	}
	answers.Serve()
	honest[0].start()
	ctx, cancel := context.WithTimeout(w.t.Context(), deadline)
	defer cancel()
	term, err := leader.Elected(ctx)
	if err != nil {
		w.t.Fatal(err)
	}
	if err := answers.Close(); err != nil {
		w.t.Fatal(err)
	}
	second.closeDoors()
	second.doors = Listeners{}
	for _, h := range honest[1:] {
		h.start()
	}
	return term
}

// certifies waits until the network certifies a record that is submitted now.
func (w *network) certifies(hosts ...*host) {
	w.t.Helper()
	w.records++
	o := hosts[0].accepted(w.Register(1, 1000+w.records).Envelope)[0]
	for _, h := range hosts {
		w.eventually(fmt.Sprintf("node %v holds the record certified", h.agency), func() bool {
			height, _, _, _ := h.Certified()
			return height >= o.Height
		})
	}
}

// found waits until all hosts hold evidence of a kind against an agency, shown to strangers on their public doors, and says how long it took.
func (w *network) found(kind evidence.Kind, agency ledger.AccountID, since time.Time, hosts ...*host) {
	w.t.Helper()
	prefix := fmt.Sprintf("%v-%v-", kind, agency)
	for _, h := range hosts {
		name := ""
		w.eventually(fmt.Sprintf("node %v holds evidence %s", h.agency, prefix), func() bool {
			for line := range strings.Lines(get(w.t, h.addresses.Public+keeper.Prefix)) {
				if strings.HasPrefix(line, prefix) {
					name = strings.TrimSpace(line)
				}
			}
			return name != ""
		})
		w.t.Logf("node %v holds %s after %v", h.agency, name, time.Since(since).Round(time.Millisecond))
		e, err := evidence.Parse([]byte(get(w.t, h.addresses.Public+keeper.Prefix+name)))
		if err != nil {
			w.t.Fatal(err)
		}
		now := uint64(time.Now().Unix())
		trust, err := anchor.Parse(w.Genesis.Bytes(), now, now)
		if err != nil {
			w.t.Fatal(err)
		}
		if f, err := verify.CheckEvidence(trust, e); err != nil || f.Kind != kind || f.Agency != agency {
			w.t.Errorf("a stranger finds %+v, %v", f, err)
		}
		operator := h.doors.Operator.Addr().String()
		w.eventually(fmt.Sprintf("the alarm of node %v", h.agency), func() bool {
			text := get(w.t, operator+"/healthz")
			return strings.HasPrefix(text, "{\n  \"ok\": true,") && strings.Contains(text, `"`+kind.String()+": ")
		})
		if text := get(w.t, operator+"/metrics"); !strings.Contains(text, fmt.Sprintf("ocop_evidence{agency=\"%v\",kind=%q} ", agency, kind)) {
			w.t.Errorf("metrics of node %v do not tell of it", h.agency)
		}
	}
}

// kinds are the words against agencies that a host keeps evidence for.
func (h *host) kinds() (kinds []string) {
	for _, e := range h.Status().Evidence {
		if word := fmt.Sprint(e.Kind, " ", e.Agency); !slices.Contains(kinds, word) {
			kinds = append(kinds, word)
		}
	}
	return kinds
}

// says checks the words that hosts keep evidence for: the one, and nothing besides. Beside the word validator there may be diverged: on a slow machine the signature
// that shows the graver one comes later than is waited for.
func (w *network) says(kind evidence.Kind, agency ledger.AccountID, hosts ...*host) {
	w.t.Helper()
	word, lesser := fmt.Sprint(kind, " ", agency), fmt.Sprint(evidence.KindDiverged, " ", agency)
	for _, h := range hosts {
		kinds := h.kinds()
		got := slices.Clone(kinds)
		if kind == evidence.KindValidator {
			got = slices.DeleteFunc(got, func(k string) bool { return k == lesser })
		}
		if !slices.Equal(got, []string{word}) {
			w.t.Errorf("node %v says %v, want %s", h.agency, kinds, word)
		}
	}
}

// cosigned waits until hosts have cosigned their one head.
func (w *network) cosigned(hosts ...*host) ledger.Head {
	w.t.Helper()
	head := w.agree()
	for _, h := range hosts {
		w.eventually(fmt.Sprintf("node %v cosigns %d leaves", h.agency, head.Size), func() bool {
			own := h.heads.Own()
			return own != nil && own.Size == head.Size
		})
	}
	return head
}

func get(t testing.TB, url string) string {
	t.Helper()
	answer, err := http.Get("http://" + url)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s, %v: %s", url, answer.Status, err, body)
	}
	return string(body)
}

// TestTwoHistories: an agency's node cosigns what the others do, and its key another root besides. One validator is shown the lie; all come to know. The node has
// signed before the lie: otherwise it may hear of it first, and sign nothing any more.
func TestTwoHistories(t *testing.T) {
	t.Parallel()
	for name, before := range map[string]uint64{
		"at a head that both signed": 0,
		"at a size that is no head":  1,
	} {
		t.Run(name, func(t *testing.T) {
			w := newNetwork(t, 3).start()
			w.certifies(w.nodes...)
			l := w.liar(&host{agency: 3})
			began := time.Now()
			if err := l.Cosign(t.Context(), 1, w.cosigned(w.nodes...).Size-before, ledger.Hash{9}); err != nil {
				t.Fatal(err)
			}
			w.found(evidence.KindValidator, 3, began, w.nodes...)
			w.certifies(w.nodes[:2]...) // whatever the third comes to think of itself
			w.says(evidence.KindValidator, 3, w.nodes...)
		})
	}
}

// TestLieBeforeItsSize: a key signs another root at a size that the log has not come to, and then what the others sign there.
func TestLieBeforeItsSize(t *testing.T) {
	t.Parallel()
	w, l, honest := withLiar(t)
	began := time.Now()
	size := w.agree().Size + 2
	if err := l.Cosign(t.Context(), 1, size, ledger.Hash{9}); err != nil {
		t.Fatal(err)
	}
	w.certifies(honest...)
	head := w.cosigned(honest...)
	if head.Size != size {
		t.Fatalf("%d leaves, want %d", head.Size, size)
	}
	if err := l.Cosign(t.Context(), 1, head.Size, head.Root); err != nil {
		t.Fatal(err)
	}
	w.found(evidence.KindValidator, 3, began, honest...)
	w.says(evidence.KindValidator, 3, honest...)
}

// TestLiarThatWaits: a key signs another root, waits until everybody calls its node diverged, and then signs on with the others. Whoever is shown that finds the
// graver word: it need not be who found the lie, nor in the same run.
func TestLiarThatWaits(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		truth   ledger.AccountID // who alone is shown the other signature; the lie is shown to 2
		restart bool
	}{
		"before who was told of the lie":   {1, false},
		"before who has the lie from disk": {2, true},
	} {
		t.Run(name, func(t *testing.T) {
			w, l, honest := withLiar(t)
			began := time.Now()
			if err := l.Cosign(t.Context(), 2, w.cosigned(honest...).Size, ledger.Hash{9}); err != nil {
				t.Fatal(err)
			}
			w.found(evidence.KindDiverged, 3, began, honest...)
			if h := w.nodes[c.truth-1]; c.restart {
				h.stop()
				h.start()
			}
			w.certifies(honest...)
			w.says(evidence.KindDiverged, 3, honest...)
			began = time.Now()
			head := w.cosigned(honest...)
			if err := l.Cosign(t.Context(), c.truth, head.Size, head.Root); err != nil {
				t.Fatal(err)
			}
			w.found(evidence.KindValidator, 3, began, honest...)
			w.says(evidence.KindValidator, 3, honest...)
		})
	}
}

// TestDivergedAndRetired: when a key is retired that was called a diverged node's, what it signs later says nothing of anybody: it may be anybody's.
func TestDivergedAndRetired(t *testing.T) {
	t.Parallel()
	w, l, honest := withLiar(t)
	began := time.Now()
	if err := l.Cosign(t.Context(), 2, w.cosigned(honest...).Size, ledger.Hash{9}); err != nil {
		t.Fatal(err)
	}
	w.found(evidence.KindDiverged, 3, began, honest...)
	_, record := (&host{net: w, agency: 3, dir: t.TempDir(), Node: honest[0].Node}).rotate(ident.PurposeCosigner)
	honest[0].accepted(record)
	w.certifies(honest...)
	for _, h := range honest {
		row, err := h.heads.store.End(0)
		if err != nil {
			t.Fatal(err)
		}
		end, err := checkpoint.Parse(row.Signed)
		if err != nil {
			t.Fatal(err)
		}
		if err := l.Cosign(t.Context(), h.agency, end.Tree.Size, end.Tree.Root); err != nil { // the old key
			t.Fatal(err)
		}
		w.eventually(fmt.Sprintf("node %v has the signature, and waits for nothing", h.agency), func() bool {
			h.evidence.mu.Lock()
			defer h.evidence.mu.Unlock()
			signed, ok := h.heads.Signed(end.Tree.Size)
			return ok && signedBy(signed, w.Genesis.Policy(), 3) && len(h.evidence.waiting) == 0
		})
	}
	w.says(evidence.KindDiverged, 3, honest...)
}

// TestLieInALaterEpoch: evidence about a key that genesis does not name brings the handovers that do. A lie by the key that was retired says nothing about
// anybody: it may be anybody's.
func TestLieInALaterEpoch(t *testing.T) {
	t.Parallel()
	w := newNetwork(t, 3).start()
	w.certifies(w.nodes...)
	key, record := w.nodes[2].rotate(ident.PurposeCosigner)
	w.nodes[0].accepted(record)
	w.certifies(w.nodes...)
	l := w.liar(&host{agency: 3})
	size := w.cosigned(w.nodes...).Size
	if err := l.Cosign(t.Context(), 2, size, ledger.Hash{9}); err != nil { // the old key
		t.Fatal(err)
	}
	w.certifies(w.nodes...)
	l.Rotated(w.nodes[0].Ledger().Policy(), key)
	began := time.Now()
	if err := l.Cosign(t.Context(), 2, size, ledger.Hash{8}); err != nil {
		t.Fatal(err)
	}
	w.found(evidence.KindValidator, 3, began, w.nodes...)
	w.says(evidence.KindValidator, 3, w.nodes...)
	for _, h := range w.nodes {
		for _, got := range h.Status().Evidence {
			if got.Epoch != 1 {
				t.Errorf("node %v: %+v", h.agency, got)
			}
		}
	}
	h := w.nodes[2]
	h.stop() // what is on disk is found again
	h.start()
	w.found(evidence.KindValidator, 3, began, h)
}

// TestDivergedFromAQuorum: a key signs another root and nothing else. That is a node which is damaged or lies, and no more is said.
func TestDivergedFromAQuorum(t *testing.T) {
	t.Parallel()
	w, l, honest := withLiar(t)
	began := time.Now()
	if err := l.Cosign(t.Context(), 2, w.agree().Size, ledger.Hash{9}); err != nil {
		t.Fatal(err)
	}
	w.found(evidence.KindDiverged, 3, began, honest...)
	w.certifies(honest...)
	w.says(evidence.KindDiverged, 3, honest...)
}

// TestFalseEvidence: a validator that says it has evidence and gives none is asked once by each, and accuses nobody.
func TestFalseEvidence(t *testing.T) {
	t.Parallel()
	w := newNetwork(t, 3)
	l := w.liar(w.nodes[2])
	l.Offer = "validator-1-0123456789abcdef"
	l.Serve()
	honest := w.nodes[:2]
	for _, h := range honest {
		h.start()
	}
	w.eventually("both have asked", func() bool { return l.Asked() >= 2 })
	w.certifies(honest...)
	seen := func(h *host) time.Time {
		for _, o := range h.peers.list() {
			if o.Agency == 3 {
				o.mu.Lock()
				defer o.mu.Unlock()
				return o.asked
			}
		}
		return time.Time{}
	}
	for _, h := range honest { // many answers later
		for range 4 {
			before := seen(h)
			w.eventually("it answers again", func() bool { return seen(h).After(before) })
		}
		if got := h.kinds(); got != nil {
			t.Errorf("node %v says %v", h.agency, got)
		}
	}
	if n := l.Asked(); n != 2 {
		t.Errorf("asked %d times by two", n)
	}
}

// TestTwoFacedLeader: a leader signs two drafts for one place and gives one to each follower.
func TestTwoFacedLeader(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		records bool // in the drafts, so that the followers' ledgers differ
		kinds   []string
	}{
		"that make one ledger":  {false, []string{"proposer 3"}},
		"that make two ledgers": {true, []string{"diverged 2", "proposer 3"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newNetwork(t, 3)
			l := w.liar(w.nodes[2])
			l.Serve()
			leader, err := l.Lead(t.TempDir(), liarsHeartbeat, 2)
			if err != nil {
				t.Fatal(err)
			}
			honest := w.nodes[:2]
			term := w.elects(leader, honest)
			began := time.Now()
			var one, other [][]byte
			if c.records {
				one, other = [][]byte{w.Register(1, 1).Envelope}, [][]byte{w.Register(1, 2).Envelope}
			}
			var s liar.Speech
			if s.Draft, err = l.Draft(term, 0, began, one...); err == nil {
				s.Other, err = l.Draft(term, 0, began.Add(-time.Second), other...)
			}
			if err != nil || len(s.Draft) != len(s.Other) {
				t.Fatalf("drafts of %d and %d bytes, %v", len(s.Draft), len(s.Other), err)
			}
			if err := leader.Say(s); err != nil {
				t.Fatal(err)
			}
			w.eventually("the other draft is sent", func() bool { return leader.Fooled() > 0 })
			w.found(evidence.KindProposer, 3, began, honest...)
			if c.records { // the liar stands by the one ledger
				w.eventually("the ledgers grow", func() bool { return honest[0].Ledger().Head().Height == 1 && honest[1].Ledger().Head().Height == 1 })
				// Both have signed before they are told of a quorum: who is told first signs nothing, and nobody can show anything.
				for _, h := range honest {
					w.eventually(fmt.Sprintf("node %v cosigns", h.agency), func() bool {
						own := h.heads.Own()
						return own != nil && own.Size == h.Ledger().Head().Size
					})
				}
				head := honest[0].Ledger().Head()
				for _, h := range honest {
					if err := l.Cosign(t.Context(), h.agency, head.Size, head.Root); err != nil {
						t.Fatal(err)
					}
				}
				w.found(evidence.KindDiverged, 2, began, honest...)
			}
			if err := leader.Close(); err != nil {
				t.Error(err)
			}
			if !c.records {
				w.certifies(honest...)
			}
			for _, h := range honest {
				if got := h.kinds(); !slices.Equal(got, c.kinds) {
					t.Errorf("node %v says %v", h.agency, got)
				}
			}
		})
	}
}

// TestLeaderFromTheFuture: a leader that does not give way by itself is refused and named, and nothing that it says is ordered. It could stand again in
// every term; once it does not, the others go on.
func TestLeaderFromTheFuture(t *testing.T) {
	t.Parallel()
	w := newNetwork(t, 3)
	l := w.liar(w.nodes[2])
	l.Serve()
	leader, err := l.Lead(t.TempDir(), liarsHeartbeat, 0)
	if err != nil {
		t.Fatal(err)
	}
	honest := w.nodes[:2]
	term := w.elects(leader, honest)
	since, said := time.Now(), make(chan error, 1)
	draft, err := l.Draft(term, 0, since.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	go func() { said <- leader.Say(liar.Speech{Draft: draft}) }()
	for _, h := range honest {
		w.eventually(fmt.Sprintf("node %v names the clock", h.agency), func() bool {
			return strings.Contains(get(t, h.doors.Operator.Addr().String()+"/healthz"), `"clock: agency 3, as leader of term`)
		})
		t.Logf("node %v after %v", h.agency, time.Since(since).Round(time.Millisecond))
	}
	if err := leader.Close(); err != nil {
		t.Error(err)
	}
	if err := <-said; err == nil {
		t.Error("a draft from the future was ordered")
	}
	w.certifies(honest...)
	for _, h := range honest {
		if got := h.kinds(); got != nil {
			t.Errorf("node %v says %v", h.agency, got)
		}
	}
}
