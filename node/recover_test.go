package node

import (
	"context"
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/store"
	"github.com/ocopledger/ocop/node/compare"
	"github.com/ocopledger/ocop/node/health"
	"github.com/ocopledger/ocop/node/internal/province"
	"github.com/ocopledger/ocop/node/recovery"
	"github.com/ocopledger/ocop/node/replica"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// recoverable is a stopped host as it is recovered; answers are the leaves that agencies' machines say to have, of those that answer.
func (h *host) recoverable(answers map[ledger.AccountID]uint64) RecoverOptions {
	pool, err := ident.NewPool(1, 64)
	if err != nil {
		h.net.t.Fatal(err)
	}
	h.net.t.Cleanup(pool.Close)
	o := h.options()
	return RecoverOptions{
		Config: o.Config, Genesis: o.Genesis, Verifier: pool, Log: o.Log, Now: h.now,
		Ask: func(_ context.Context, v Asked) (uint64, bool) {
			if v.Peer != h.net.nodes[v.Agency-1].addresses.Peer {
				h.net.t.Errorf("agency %v is asked at %s", v.Agency, v.Peer)
			}
			size, ok := answers[v.Agency]
			return size, ok
		},
	}
}

// refused wants an error of a kind.
func refused(t *testing.T, what string, err error, kind string) {
	t.Helper()
	if e, ok := errors.AsType[*recovery.Error](err); !ok || e.Kind != kind || e.Vietnamese == e.English {
		t.Errorf("%s: %v, want the kind %s", what, err, kind)
	}
}

// Of five validators three are gone. One of the two that are left goes on, with what its raft log holds and nobody knows to be committed; the other one gives up
// its vote, as nobody knows whether its log agrees.
func TestRecoverTwoOfFive(t *testing.T) {
	t.Parallel()
	w := newNetwork(t, 5).start()
	goesOn := w.leader()
	goesOn.accepted(w.Register(1, 1).Envelope)
	w.agree()
	var returns *host
	var lost []ledger.AccountID
	for _, h := range w.nodes {
		switch {
		case h == goesOn:
		case returns == nil:
			returns = h
		default:
			lost = append(lost, h.agency)
			h.stop()
		}
	}
	late := w.Register(1, 2)
	_, mark := goesOn.evidence.drafts.Since(0)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { // it is in the log of a minority, and its author is told nothing
		defer close(ended)
		_, _ = goesOn.Submit(ctx, [][]byte{late.Envelope}, false)
	}()
	w.eventually("an entry that is not committed", func() bool {
		s := goesOn.Status()
		drafts, _ := goesOn.evidence.drafts.Since(mark)
		return s.LastIndex > s.CommitIndex && slices.ContainsFunc(drafts, func(d compare.Draft) bool { return d.Header.Count > 0 })
	})
	cancel()
	<-ended
	goesOn.stop()
	returns.stop()

	o := goesOn.recoverable(nil)
	if _, err := DraftRecovery(t.Context(), o, lost[:2]); err == nil || !strings.Contains(err.Error(), "3 of 5 votes are left") {
		t.Errorf("with a majority left: %v", err)
	}
	d, err := DraftRecovery(t.Context(), o, lost)
	if err != nil {
		t.Fatal(err)
	}
	if s := d.Statement; s.Voter.Agency != goesOn.agency || len(s.Lost) != 3 || len(s.Returns) != 1 || s.Returns[0].Agency != returns.agency || d.Pending == 0 || d.Needed != 3 {
		t.Errorf("%+v of %+v", d, d.Statement)
	}
	_, err = Recover(t.Context(), o, d.Statement)
	refused(t, "unsigned", err, recovery.Unsigned)
	for agency := range ledger.AccountID(3) {
		if err := d.Statement.Sign(agency+1, province.Officer(t, agency+1)); err != nil {
			t.Fatal(err)
		}
	}
	_, err = Recover(t.Context(), returns.recoverable(nil), d.Statement)
	refused(t, "on the other node", err, recovery.Elsewhere)
	_, err = Recover(t.Context(), goesOn.recoverable(map[ledger.AccountID]uint64{lost[2]: 0}), d.Statement)
	refused(t, "a lost one answers", err, recovery.Open)
	size := d.Statement.Head.Size
	_, err = Recover(t.Context(), goesOn.recoverable(map[ledger.AccountID]uint64{returns.agency: size + 1}), d.Statement)
	refused(t, "the other one is further", err, recovery.Behind)
	if !strings.Contains(err.Error(), "Turn that node off") || d.EndTerm == 0 { // the log may hold more than that one's leaves
		t.Errorf("the other one is further than the ledger, with entries in the log: %v; it ends in term %d", err, d.EndTerm)
	}
	if _, err := os.Stat(filepath.Join(goesOn.dir, recoveriesDir)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a statement that was refused is kept: %v", err)
	}
	r, err := Recover(t.Context(), o, d.Statement)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Expelled) != 4 || r.Applied < d.Pending-1 || r.After.Height <= r.Before.Height || len(r.Outcomes) != 1 || r.Outcomes[0].Status != chain.Accepted ||
		r.Outcomes[0].Record != late.ID || !slices.Equal(r.Silent, []ledger.AccountID{returns.agency}) || r.Quorum != 4 {
		t.Errorf("%+v", r)
	}
	goesOn.start()
	w.eventually("it leads", func() bool { return goesOn.Status().Role == "leader" })
	if o := goesOn.submit(late.Envelope)[0]; !o.Duplicate || o.Status != chain.Accepted {
		t.Errorf("what nobody knew: %+v", o)
	}
	goesOn.accepted(w.Register(1, 3).Envelope)
	returns.start()
	w.eventually("the other one is told", func() bool {
		return slices.ContainsFunc(returns.alarms(), func(a health.Alarm) bool { return a.Name == alarmStore })
	})
	if s := goesOn.Status(); s.Role != "leader" || len(s.Servers) != 1 {
		t.Errorf("%+v", s)
	}
	returns.comesBack(goesOn, w.nodes[lost[0]-1])
}

// comesBack gives a host, which gave up its vote, a new incarnation and the ledger of the node that goes on. A new store is taken when half of the validators have said
// that they have not met it, and whose ledger does not name it cannot say so: another machine has to be there, with that ledger.
func (h *host) comesBack(goesOn, another *host) {
	w := h.net
	goesOn.accepted(w.Record(h.agency, time.Now(), compose.Act(&recordv1.UpdateNode{Incarnation: 2})).Envelope)
	h.stop()
	goesOn.stop()
	restored := func(h *host) {
		data := filepath.Join(h.dir, "data")
		if err := os.MkdirAll(data, 0o700); err != nil {
			w.t.Fatal(err)
		}
		for _, name := range []string{store.ChainFile, store.IndexFile, store.HeadsFile} {
			copyFile(w.t, filepath.Join(goesOn.dir, "data", name), data)
		}
		if err := os.WriteFile(filepath.Join(data, RestoredFile), nil, 0o600); err != nil {
			w.t.Fatal(err)
		}
		h.start()
	}
	another.dir = w.t.TempDir()
	restored(h)
	restored(another)
	goesOn.start()
	w.eventually("it votes again", func() bool {
		s := goesOn.Status()
		return len(s.Servers) == 2 && s.Servers[0].Votes && s.Servers[1].Votes
	})
	goesOn.accepted(w.Register(1, 4).Envelope)
	w.eventually("one head", func() bool { return h.Ledger().Head() == goesOn.Ledger().Head() })
	if place, _ := another.Place(); place != StoreLost {
		w.t.Errorf("whose agency has signed nothing is %v", place)
	}
}

// A node goes on by its own raft store alone, and with all that it has signed.
func TestRecoverRefusesTheNode(t *testing.T) {
	t.Parallel()
	w := newNetwork(t, 3).start()
	w.certifies(w.nodes...)
	w.agree()
	h := w.nodes[0]
	lost := []ledger.AccountID{2, 3}
	_, err := DraftRecovery(t.Context(), h.recoverable(nil), lost)
	if !errors.Is(err, replica.ErrInUse) {
		t.Errorf("while it runs: %v", err)
	}
	h.stop()
	data := filepath.Join(h.dir, "data")
	old := t.TempDir()
	copyFile(t, filepath.Join(data, store.ChainFile), old)
	copyFile(t, filepath.Join(data, store.IndexFile), old)
	h.start()
	w.certifies(w.nodes...)
	w.eventually("it has signed what it was not when it was copied", func() bool { return h.Status().Cosign.Signed == h.Ledger().Head().Size })
	for _, h := range w.nodes {
		h.stop()
	}
	d, err := DraftRecovery(t.Context(), h.recoverable(nil), lost)
	if err != nil {
		t.Fatal(err)
	}
	for agency := range ledger.AccountID(2) {
		if err := d.Statement.Sign(agency+1, province.Officer(t, agency+1)); err != nil {
			t.Fatal(err)
		}
	}
	w.start() // nobody was lost after all
	w.certifies(w.nodes...)
	w.agree()
	for _, h := range w.nodes {
		h.stop()
	}
	_, err = Recover(t.Context(), h.recoverable(nil), d.Statement)
	refused(t, "a paper that was not needed", err, recovery.Grown)
	new := t.TempDir()
	for _, name := range []string{store.ChainFile, store.IndexFile} {
		copyFile(t, filepath.Join(data, name), new)
		copyFile(t, filepath.Join(old, name), data)
	}
	_, err = DraftRecovery(t.Context(), h.recoverable(nil), lost)
	refused(t, "an older ledger than it has signed", err, recovery.Behind)
	for _, name := range []string{store.ChainFile, store.IndexFile} {
		copyFile(t, filepath.Join(new, name), data)
	}
	mark := filepath.Join(data, RestoredFile)
	if err := os.WriteFile(mark, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = DraftRecovery(t.Context(), h.recoverable(nil), lost)
	refused(t, "a restored ledger", err, recovery.Store)
	seat := filepath.Join(h.dir, replica.SeatFile)
	held, _, err := replica.ReadHeld(seat)
	if err = errors.Join(err, os.Remove(mark), os.Remove(seat)); err != nil {
		t.Fatal(err)
	}
	_, err = DraftRecovery(t.Context(), h.recoverable(nil), lost)
	refused(t, "no seat file", err, recovery.Store)
	for name, change := range map[string]func(*replica.Held){
		"a store of before": func(h *replica.Held) { h.Starts++ }, "another store": func(h *replica.Held) { h.Store[0] ^= 1 },
		"another seat": func(h *replica.Held) { h.ID = "1-2" }, "a lost store": func(h *replica.Held) { h.Lost = true },
	} {
		wrong := held
		change(&wrong)
		if err := replica.WriteHeld(seat, wrong); err != nil {
			t.Fatal(err)
		}
		_, err = DraftRecovery(t.Context(), h.recoverable(nil), lost)
		refused(t, name, err, recovery.Store)
	}
	if err := errors.Join(replica.WriteHeld(seat, held), os.Remove(h.raftDB())); err != nil {
		t.Fatal(err)
	}
	_, err = DraftRecovery(t.Context(), h.recoverable(nil), lost)
	refused(t, "no raft.db", err, recovery.Store)
	if err := os.Remove(filepath.Join(data, store.ChainFile)); err != nil {
		t.Fatal(err)
	}
	raft, err := replica.OpenStore(h.raftDB(), rand.Reader)
	if err = errors.Join(err, raft.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := DraftRecovery(t.Context(), h.recoverable(nil), lost); !errors.Is(err, chain.ErrNoLedger) {
		t.Errorf("without a ledger: %v", err)
	}
}

func copyFile(t testing.TB, from, dir string) {
	t.Helper()
	data, err := os.ReadFile(from)
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, filepath.Base(from)), data, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// A restore takes from a machine the raft store that it had last, and from one that never had a store nothing: what others know of it is for them to say.
func TestRestoreLosesTheStoreOfThisMachine(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, held, store, lost string
	}{
		{"a new machine", "", "", ""},
		{"one that had a seat", "1-1", "", "1-1"},
		{"one with its raft store", "1-2", "1-2", "1-2"},
		{"one whose seat file is gone", "", "1-1", "1-1"},
		{"a store that was taken and never ran", "1-1", "1-2", "1-2"},
		{"a newer seat than the store's", "1-3", "1-2", "1-3"},
	} {
		h := newNetwork(t, 1).nodes[0]
		n, err := New(t.Context(), h.options())
		if err != nil {
			t.Fatal(err)
		}
		mark, seat := filepath.Join(h.dir, "data", RestoredFile), filepath.Join(h.dir, replica.SeatFile)
		err = os.WriteFile(mark, nil, 0o600)
		if c.held != "" {
			err = errors.Join(err, replica.WriteHeld(seat, replica.Held{ID: c.held, Starts: 3}))
		}
		if c.store != "" {
			_, failed := n.store.Take(c.store, 0, rand.Reader)
			err = errors.Join(err, failed)
		}
		if err != nil {
			t.Fatal(err)
		}
		lost, err := n.restored()
		if err != nil || lost != (c.lost != "") {
			t.Errorf("%s: %v, %v", c.name, lost, err)
		}
		held, known, err := replica.ReadHeld(seat)
		if err != nil || known != lost || held.ID != c.lost || held.Lost != lost {
			t.Errorf("%s: the seat file says %+v, %v, %v", c.name, held, known, err)
		}
		if _, has, err := n.store.Seat(); has || err != nil {
			t.Errorf("%s: the store is somebody's: %v", c.name, err)
		}
		if again, err := n.restored(); again || err != nil {
			t.Errorf("%s: told twice: %v, %v", c.name, again, err)
		}
		if err := n.Close(); err != nil {
			t.Error(err)
		}
		h.closeDoors()
	}
}
