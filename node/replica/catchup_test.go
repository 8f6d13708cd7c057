package replica_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/ocopledger/ocop/node/replica"
)

// cut makes a seat's log as short as it may be.
func (s *seat) cut() {
	s.t.Helper()
	eventually(s.t, "a shorter log", func() bool {
		if err := s.Compact(s.store, 1); err != nil {
			s.t.Log(err)
		}
		first, err := s.store.FirstIndex()
		return err == nil && first > 30
	})
}

// A follower that was away while the leader's log was cut is told of a mark, fetches what it stands for, and goes on from the log; also when it is stopped in
// between, and stopped again right after.
func TestFollowerComesBackBehindTheLog(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 3)
	for i := range 50 {
		c.propose(fmt.Sprint("early ", i))
	}
	c.same(50)
	var away *seat
	for _, s := range c {
		if s != c.leader() {
			away = s
		}
	}
	away.stop()
	rest := cluster{}
	for _, s := range c {
		if s != away {
			rest = append(rest, s)
		}
	}
	for i := range 300 {
		rest.propose(fmt.Sprint("meanwhile ", i))
	}
	for _, s := range rest {
		s.cut()
	}
	away.start(c.members())
	<-away.behind
	if got := len(away.machine.texts()); got != 50 {
		t.Errorf("%d entries before the leaves are fetched, want 50", got)
	}
	away.stop() // nothing of the snapshot is on its disk
	away.start(c.members())
	mark := <-away.behind
	away.machine.fetch(rest.leader().machine, mark)
	c.same(350)
	c.propose("after")
	c.same(351)
	away.stop()
	away.start(c.members())
	c.propose("again")
	c.same(352)
	for _, s := range c { // everybody starts from a short log
		s.stop()
	}
	for _, s := range c {
		s.start(c.members())
	}
	c.propose("last")
	c.same(353)
}

// A leader that lost its office with entries that nobody else has comes back to a log that was cut beyond them: at the mark's own index it holds another entry.
// Where a snapshot is held against such an entry, it is refused for ever (hashicorp/raft #697).
func TestContradictingEntriesBehindTheLog(t *testing.T) {
	t.Parallel()
	patient := timing
	patient.Heartbeat = 10 * timing.Heartbeat // whoever leads must still do so when the others have stopped
	c := newPatientCluster(t, 3, patient)
	c.propose("before")
	c.same(1)
	old := c.leader()
	rest := cluster{}
	for _, s := range c {
		if s != old {
			s.stop()
			rest = append(rest, s)
		}
	}
	var waiting sync.WaitGroup
	for i := range 150 {
		p := old.Propose([]byte(fmt.Sprint("torn ", i)))
		waiting.Go(func() {
			if _, err := p.Wait(); err == nil {
				t.Error("an entry without a majority was ordered")
			}
		})
	}
	eventually(t, "entries of the leader alone", func() bool {
		last, err := old.store.LastIndex()
		return err == nil && last > 100
	})
	old.stop()
	waiting.Wait()
	for _, s := range rest {
		s.start(c.members())
	}
	for i := range 120 {
		rest.propose(fmt.Sprint("instead ", i))
	}
	for _, s := range rest {
		s.cut()
	}
	old.start(c.members())
	old.machine.fetch(rest.leader().machine, <-old.behind)
	<-old.reopen // raft believes its own log of before until it starts again
	old.stop()
	old.start(c.members())
	c.same(121)
	c.propose("after")
	c.same(122)
}

// The log is kept within its bytes without anybody asking.
func TestLogIsBounded(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 1)
	c[0].stop()
	c[0].bytes = 200 << 10
	c[0].start(c.members())
	payload := string(bytes.Repeat([]byte("x"), 1000))
	for i := range 400 {
		c.propose(fmt.Sprint(i, payload))
	}
	eventually(t, "the log within its bytes", func() bool {
		n, err := c[0].store.LogBytes()
		return err == nil && n <= 200<<10
	})
	c[0].stop()
	c[0].start(c.members())
	c.propose("after")
	c.same(401)
}

// What the machine cannot write keeps its place in the log, and ends the node: the log alone has it.
func TestLogKeepsWhatTheMachineCannotWrite(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 1)
	c[0].stop()
	c[0].bytes = 200 << 10
	full := errors.New("no space left on device")
	m := c[0].machine
	m.unkept = full
	c[0].start(c.members())
	c.leader()
	payload := string(bytes.Repeat([]byte("x"), 1000))
	var fatal error
	for i := 0; fatal == nil && i < 2000; i++ {
		if _, err := c[0].Propose([]byte(fmt.Sprint(i, payload))).Wait(); err != nil && i < 200 {
			t.Fatal(err)
		}
		select {
		case fatal = <-c[0].fatal:
		default:
		}
	}
	if stored, ok := errors.AsType[*replica.StorageError](fatal); !ok || !errors.Is(stored, full) {
		t.Errorf("node told %v", fatal)
	}
	if first, err := c[0].store.FirstIndex(); err != nil || first != 1 {
		t.Errorf("the log begins at entry %d, %v", first, err)
	}
	c[0].stop()
	m.unkept, m.entries = nil, nil // as after a crash
	c[0].start(c.members())
	c.propose("after")
	if texts := m.texts(); len(texts) < 200 || !strings.HasPrefix(texts[0], "0x") || texts[len(texts)-1] != "after" {
		t.Errorf("%d entries", len(texts))
	}
}

// TestLogFileIsBounded: what the log lets go of is written over, so that its file stays within twice the bound, and what it grows by at a time: 1 GiB at the usual 512 MiB.
func TestLogFileIsBounded(t *testing.T) {
	t.Parallel()
	const bound, growsBy = 8 << 20, 16 << 20 // bolt.DefaultOptions
	c := newCluster(t, 1)
	c[0].stop()
	c[0].bytes = bound
	c[0].start(c.members())
	payload := string(bytes.Repeat([]byte("x"), 32<<10))
	const all, atATime = 6 * bound, bound / 2 // a second's records, which come before it is looked at, are a hundredth of the usual bound
	for written := 0; written < all; written += len(payload) {
		c.propose(fmt.Sprint(written, payload))
		if written%atATime != 0 {
			continue
		}
		eventually(t, "the log within its bytes", func() bool {
			n, err := c[0].store.LogBytes()
			return err == nil && n <= bound
		})
	}
	info, err := os.Stat(filepath.Join(c[0].dir, "raft.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d bytes of file after %d of entries", info.Size(), all)
	if info.Size() > 2*bound+growsBy {
		t.Errorf("%d bytes of file after %d of entries, want %d at most", info.Size(), all, 2*bound+growsBy)
	}
}

// A server with a new raft id and an empty store founds nothing and votes for nobody; let in by the leader, it has the log, and a vote.
func TestNewcomerIsLetIn(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 3)
	for i := range 100 {
		c.propose(fmt.Sprint("before ", i))
	}
	c.leader().cut()
	id := newIdentity(t, 4)
	for _, s := range c {
		s.peers.add(id.member)
	}
	late := &seat{t: t, id: id, dir: t.TempDir(), machine: &register{}, clock: c[0].clock, peers: &directory{members: append(c.members(), id.member)}}
	late.start(nil)
	t.Cleanup(late.stop)
	leader := c.leader()
	ctx, cancel := context.WithTimeout(context.Background(), deadline)
	defer cancel()
	change := func(votes bool) {
		t.Helper()
		if err := leader.Barrier(ctx); err != nil {
			t.Fatal(err)
		}
		_, before, err := leader.Configuration()
		if err != nil {
			t.Fatal(err)
		}
		if err := leader.Change(ctx, replica.Change{Server: replica.Server{ID: id.member.ID, Address: id.member.Address, Votes: votes}}, before); err != nil {
			t.Fatal(err)
		}
		if err := leader.Change(ctx, replica.Change{Server: replica.Server{ID: "9-9", Address: "x:1"}}, before); err == nil {
			t.Error("a change on a configuration that is another one by now")
		}
	}
	change(false)
	mark := <-late.behind
	late.machine.fetch(leader.machine, mark)
	all := append(c, late)
	all.same(100)
	change(true)
	servers, _, err := leader.Configuration()
	if err != nil || len(servers) != 4 || !servers[3].Votes {
		t.Errorf("%+v, %v", servers, err)
	}
	all.propose("with four")
	all.same(101)
	late.stop()
	late.start(nil)
	all.propose("after its first restart")
	all.same(102)
}

// When the majority is gone for good, what is left goes on by itself, and does not listen to those that were given up.
func TestRecover(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 3)
	for i := range 30 {
		c.propose(fmt.Sprint("before ", i))
	}
	c.same(30)
	for _, s := range c {
		s.stop()
	}
	left := c[1]
	store, err := replica.OpenStore(left.dir+"/raft.db", rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	r, err := replica.Recover(context.Background(), replica.RecoverOptions[int]{Store: store, Machine: left.machine, Voters: []replica.Member{left.id.member}})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Expelled) != 2 || r.Expelled[0] != c[0].id.member.ID {
		t.Errorf("expelled %v", r.Expelled)
	}
	store.Close()
	left.start(nil)
	cluster{left}.propose("alone")
	cluster{left}.same(31)
	left.stop()
	left.start(nil)
	cluster{left}.propose("and again")
	cluster{left}.same(32)
	if ids, err := left.store.Expelled(); err != nil || len(ids) != 2 {
		t.Errorf("expelled %v, %v", ids, err)
	}
	c[0].start(c.members()) // with the store it had: its election reaches nobody
	cluster{left}.propose("undisturbed")
	cluster{left}.same(33)
	if n := len(c[0].machine.texts()); n != 30 {
		t.Errorf("the expelled one has %d entries", n)
	}
}

// stumbling is a machine that fails in the middle of a recovery.
type stumbling struct{ *register }

func (stumbling) Advance(uint64, uint64) error { return errors.New("the power goes") }

// A recovery that was interrupted is done again, or has been done, wherever that was.
func TestInterruptedRecovery(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 3)
	for i := range 30 {
		c.propose(fmt.Sprint("before ", i))
	}
	c.same(30)
	for _, s := range c {
		s.stop()
	}
	left := c[1]
	path := left.dir + "/raft.db"
	voters := []replica.Member{left.id.member}
	open := func(path string) *replica.Store {
		t.Helper()
		s, err := replica.OpenStore(path, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	store := open(path)
	if _, err := replica.Recover(context.Background(), replica.RecoverOptions[int]{Store: store, Machine: stumbling{left.machine}, Voters: voters}); err == nil {
		t.Fatal("a fault of the machine is not told")
	}
	store.Close()
	if i, err := replica.Inspect(path); err != nil || len(i.Voters) != 3 || i.Last == 0 {
		t.Errorf("before anything was decided: %+v, %v", i, err)
	}
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	store = open(path)
	if _, err := replica.Recover(context.Background(), replica.RecoverOptions[int]{Store: store, Machine: left.machine, Voters: voters}); err != nil {
		t.Fatal(err)
	}
	uncut := t.TempDir() + "/raft.db"
	if err := os.WriteFile(uncut, before, 0o600); err != nil {
		t.Fatal(err)
	}
	other := open(uncut)
	if err := errors.Join(other.MarkOf(store), other.Close(), store.Close(), os.Rename(uncut, path)); err != nil {
		t.Fatal(err)
	}
	left.start(nil) // with the new configuration, and the log that nobody has cut
	cluster{left}.propose("alone")
	cluster{left}.same(31)
	left.stop()
	left.start(nil)
	cluster{left}.propose("and again")
	cluster{left}.same(32)
}

// A log that begins right after a mark, of a node that has applied more since and was started again, is enough for others to be let in.
func TestLetInAfterRecovery(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 3)
	for i := range 30 {
		c.propose(fmt.Sprint("before ", i))
	}
	c.same(30)
	for _, s := range c {
		s.stop()
	}
	left := c[1]
	store, err := replica.OpenStore(left.dir+"/raft.db", rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	_, err = replica.Recover(context.Background(), replica.RecoverOptions[int]{Store: store, Machine: left.machine, Voters: []replica.Member{left.id.member}})
	if err = errors.Join(err, store.Close()); err != nil {
		t.Fatal(err)
	}
	left.start(nil)
	cluster{left}.propose("alone")
	cluster{left}.same(31)
	left.stop()
	id := newIdentity(t, 4)
	left.peers.add(id.member)
	left.start(nil)
	cluster{left}.propose("again")
	late := &seat{t: t, id: id, dir: t.TempDir(), machine: &register{}, clock: left.clock, peers: &directory{members: append(c.members(), id.member)}}
	late.start(nil)
	t.Cleanup(late.stop)
	ctx, cancel := context.WithTimeout(context.Background(), deadline)
	defer cancel()
	for _, votes := range []bool{false, true} {
		if err := left.Barrier(ctx); err != nil {
			t.Fatal(err)
		}
		_, before, err := left.Configuration()
		if err != nil {
			t.Fatal(err)
		}
		if err := left.Change(ctx, replica.Change{Server: replica.Server{ID: id.member.ID, Address: id.member.Address, Votes: votes}}, before); err != nil {
			t.Fatal(err)
		}
		if !votes {
			late.machine.fetch(left.machine, <-late.behind)
			cluster{left, late}.same(32)
		}
	}
	cluster{left, late}.propose("with two")
	cluster{left, late}.same(33)
}
