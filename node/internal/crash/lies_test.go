package crash

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/node/internal/liar"
	"github.com/ocopledger/ocop/node/internal/province"
	"github.com/ocopledger/ocop/node/keeper"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

// TestTwoHistories: a validator's key signs a second history, and shows it to one process.
func TestTwoHistories(t *testing.T) {
	w := newNetwork(t)
	for _, p := range w.nodes {
		w.run(p)
	}
	w.certifies(1, w.nodes...)
	l := w.liar(nil)
	began := time.Now()
	if err := l.Cosign(t.Context(), 1, w.agree().GetSize(), ledger.Hash{9}); err != nil {
		t.Fatal(err)
	}
	w.found("validator", 3, began, w.nodes...)
	w.certifies(2, w.nodes...)
}

// TestTwoFacedLeader: a leader gives two processes two drafts for one place.
func TestTwoFacedLeader(t *testing.T) {
	w := newNetwork(t)
	honest := w.nodes[:2]
	l, leader, term := w.leads(2, honest)
	began := time.Now()
	var s liar.Speech
	var err error
	if s.Draft, err = l.Draft(term, 0, began); err == nil {
		s.Other, err = l.Draft(term, 0, began.Add(-time.Second))
	}
	if err == nil {
		err = leader.Say(s)
	}
	if err != nil {
		t.Fatal(err)
	}
	w.eventually("the other draft is sent", func(context.Context) bool { return leader.Fooled() > 0 })
	w.found("proposer", 3, began, honest...)
	if err := leader.Close(); err != nil {
		t.Error(err)
	}
	w.certifies(1, honest...)
}

// TestLeaderFromTheFuture: what a leader with a clock in the future says is refused, and called by its name.
func TestLeaderFromTheFuture(t *testing.T) {
	w := newNetwork(t)
	honest := w.nodes[:2]
	l, leader, term := w.leads(0, honest)
	since := time.Now()
	draft, err := l.Draft(term, 0, since.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	said := make(chan error, 1)
	go func() { said <- leader.Say(liar.Speech{Draft: draft}) }()
	for _, p := range honest {
		w.eventually("the clock is named", func(ctx context.Context) bool {
			text, err := get(ctx, p.operator+"/healthz")
			return err == nil && strings.Contains(text, `"clock: agency 3, as leader of term`)
		})
		t.Logf("%s after %v", filepath.Base(p.dir), time.Since(since).Round(time.Millisecond))
	}
	if err := leader.Close(); err != nil {
		t.Error(err)
	}
	if err := <-said; err == nil {
		t.Error("a draft from the future was ordered")
	}
	w.certifies(1, honest...)
}

// TestAlteredOnDisk: a process whose state somebody changes while it runs has diverged, and everybody says so; one whose state was changed while it was
// stopped does not start.
func TestAlteredOnDisk(t *testing.T) {
	w := newNetwork(t)
	for _, p := range w.nodes {
		w.run(p)
	}
	w.certifies(1, w.nodes...)
	bad, honest := w.nodes[2], w.nodes[:2]
	alter := func(records uint64) *liar.Alteration {
		t.Helper()
		w.agree()
		w.stop(bad)
		change, err := liar.Alter(filepath.Join(bad.dir, "data", "index.db"), 1, records)
		if err != nil {
			t.Fatal(err)
		}
		return change
	}
	change := alter(1)
	if err := change.WhileStopped(); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(w.binary, "run", "--dir", bad.dir).CombinedOutput(); err == nil || !strings.Contains(string(out), "index.db") {
		t.Fatalf("an altered state: %v\n%s", err, out)
	}
	if err := os.Remove(filepath.Join(bad.dir, "data", "index.db")); err != nil { // it is derived: as an operator mends it
		t.Fatal(err)
	}
	w.run(bad)
	w.certifies(2, w.nodes...)

	change = alter(2)
	w.run(bad)
	w.eventually("it signs again", func(ctx context.Context) bool {
		text, err := get(ctx, bad.operator+"/status")
		return err == nil && strings.Contains(text, `"state": "signing"`)
	})
	if err := change.WhileRunning(); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	w.certifies(3, honest...)
	for _, p := range w.nodes { // by evidence, if it signed before it was told better; by its own word in any case
		w.eventually("the node is called diverged", func(ctx context.Context) bool {
			text, err := get(ctx, p.operator+"/healthz")
			return err == nil && strings.Contains(text, `"diverged: `) && (p == bad || strings.Contains(text, "the node of agency 3"))
		})
		t.Logf("%s after %v", filepath.Base(p.dir), time.Since(began).Round(time.Millisecond))
	}
	w.certifies(4, honest...)
	for _, p := range w.nodes {
		list, err := get(t.Context(), p.public+keeper.Prefix)
		for line := range strings.Lines(list) {
			if !strings.HasPrefix(line, "diverged-3-") {
				t.Errorf("%s says %s", filepath.Base(p.dir), line)
			}
		}
		if err != nil {
			t.Error(err)
		}
	}
}

// liar has the keys of agency 3; listener is its peer door, nil when the agency's own process has that.
func (w *network) liar(listener net.Listener) *liar.Liar {
	w.t.Helper()
	var err error
	if listener == nil {
		if listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
			w.t.Fatal(err)
		}
	}
	l, err := liar.New(w.Genesis, 3, w.Nodes[2], listener, slog.New(slog.DiscardHandler))
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { l.Close() })
	return l
}

// leads makes agency 3 a liar that leads, and starts the others: with the first alone nobody else can be elected. Somebody who only answers stands in for the second
// meanwhile, as three found a network of three.
func (w *network) leads(victim ledger.AccountID, honest []*process) (*liar.Liar, *liar.Leader, uint64) {
	w.t.Helper()
	listener, err := net.Listen("tcp", w.nodes[2].peer)
	if err != nil {
		w.t.Fatal(err)
	}
	l := w.liar(listener)
	l.Serve()
	leader, err := l.Lead(w.t.TempDir(), 200*time.Millisecond, victim)
	if err != nil {
		w.t.Fatal(err)
	}
	listener, err = net.Listen("tcp", honest[1].peer)
	if err != nil {
		w.t.Fatal(err)
	}
	second, err := liar.New(w.Genesis, 2, w.Nodes[1], listener, slog.New(slog.DiscardHandler))
	if err != nil {
		w.t.Fatal(err)
	}
	second.Serve()
	w.run(honest[0])
	ctx, cancel := context.WithTimeout(w.t.Context(), patience)
	defer cancel()
	term, err := leader.Elected(ctx)
	if err != nil {
		w.t.Fatal(err)
	}
	if err := second.Close(); err != nil {
		w.t.Fatal(err)
	}
	for _, p := range honest[1:] {
		w.run(p)
	}
	return l, leader, term
}

// certifies has agency 1 register its n-th account, and waits until the processes hold the record certified.
func (w *network) certifies(n int, on ...*process) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), patience)
	defer cancel()
	author := compose.Author{Chain: w.Genesis.Chain, Account: 1, Schema: compose.Schema, Key: w.Officers[0]}
	actions, err := compose.Marshal(compose.Schema, province.Registration(1, n))
	if err != nil {
		w.t.Fatal(err)
	}
	r, err := author.Sign(actions, uint64(time.Now().UnixMilli()), compose.AtOnce)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, p := range on {
		outcomes, err := p.client.SubmitAs(ctx, apiv1.Wait_WAIT_CERTIFIED, [][]byte{r.Envelope}, nil)
		if err != nil || outcomes[0].GetAccepted() == nil {
			w.t.Fatalf("%s: %v, %v", filepath.Base(p.dir), outcomes, err)
		}
	}
}

// found waits until processes serve evidence against an agency, and has the program ocop judge it, which is given the genesis file and no network.
func (w *network) found(kind string, agency int, began time.Time, on ...*process) {
	w.t.Helper()
	dir := w.t.TempDir()
	ocop, genesis := filepath.Join(dir, "ocop"), filepath.Join(dir, "genesis")
	if out, err := exec.Command("go", "build", "-o", ocop, "github.com/ocopledger/ocop/cmd/ocop").CombinedOutput(); err != nil {
		w.t.Fatalf("building ocop: %v\n%s", err, out)
	}
	if err := os.WriteFile(genesis, w.Genesis.Bytes(), 0o600); err != nil {
		w.t.Fatal(err)
	}
	for _, p := range on {
		var name string
		w.eventually(fmt.Sprintf("%s holds evidence %s-%d", filepath.Base(p.dir), kind, agency), func(ctx context.Context) bool {
			text, err := get(ctx, p.public+keeper.Prefix)
			for line := range strings.Lines(text) {
				if strings.HasPrefix(line, fmt.Sprintf("%s-%d-", kind, agency)) {
					name = strings.TrimSpace(line)
				} else if err == nil {
					w.t.Fatalf("%s says %s", filepath.Base(p.dir), line)
				}
			}
			return err == nil && name != ""
		})
		file, err := get(w.t.Context(), p.public+keeper.Prefix+name)
		if err != nil {
			w.t.Fatal(err)
		}
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(file), 0o600); err != nil {
			w.t.Fatal(err)
		}
		out, err := exec.Command(ocop, "verify", "--evidence", path, "--genesis", genesis, "--lang", "en").CombinedOutput()
		if err != nil || !strings.Contains(string(out), fmt.Sprintf("THE EVIDENCE HOLDS: %s, agency %d", kind, agency)) {
			w.t.Errorf("%s: %v\n%s", name, err, out)
		}
		w.t.Logf("%s holds %s", filepath.Base(p.dir), name)
	}
	for _, p := range on {
		text, err := get(w.t.Context(), p.operator+"/status")
		if err != nil {
			w.t.Fatal(err)
		}
		_, since, _ := strings.Cut(text, `"since": "`)
		since, _, _ = strings.Cut(since, `"`)
		at, err := time.Parse(time.RFC3339Nano, since)
		if err != nil {
			w.t.Fatal(err)
		}
		w.t.Logf("%s has held it since %v after the lie", filepath.Base(p.dir), at.Sub(began).Round(time.Millisecond))
	}
}

func get(ctx context.Context, url string) (string, error) {
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+url, nil)
	if err != nil {
		return "", err
	}
	answer, err := http.DefaultClient.Do(q)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", url, answer.Status)
	}
	return string(body), err
}
