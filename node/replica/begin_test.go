package replica_test

import (
	"crypto/rand"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/node/replica"
)

// TestBegin: three stores begin behind what their machines hold already. They elect a leader in a later term, order behind the newest entry, and start again.
func TestBegin(t *testing.T) {
	t.Parallel()
	const index, term = 40, 7
	var c cluster
	var members []replica.Member
	for i := range 3 {
		id := newIdentity(t, ledger.AccountID(i+1))
		members = append(members, id.member)
		machine := &register{}
		for n := range uint64(5) {
			machine.entries = append(machine.entries, replica.Entry{Index: index - 4 + n, Term: term, Data: fmt.Append(nil, "made ", n)})
		}
		c = append(c, &seat{t: t, id: id, dir: t.TempDir(), machine: machine, clock: time.Now})
	}
	t.Cleanup(func() {
		for _, s := range c {
			s.stop()
		}
	})
	for _, s := range c {
		s.peers = &directory{members: append([]replica.Member(nil), members...)}
		store, err := replica.OpenStore(filepath.Join(s.dir, "raft.db"), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		mark, err := s.machine.Mark()
		if err != nil {
			t.Fatal(err)
		}
		grown := replica.Grown{Mark: mark, Index: index, Term: term, Voters: members}
		if _, err := store.Begin(s.id.member.ID, replica.Grown{Mark: grown.Mark}, rand.Reader); err == nil {
			t.Error("a store begins at nothing")
		}
		if _, err := store.Begin(s.id.member.ID, grown, rand.Reader); err != nil {
			t.Fatal(err)
		}
		if _, err := store.Begin(s.id.member.ID, grown, rand.Reader); !errors.Is(err, replica.ErrTaken) {
			t.Errorf("a store begins twice: %v", err)
		}
		if err := store.Close(); err != nil {
			t.Fatal(err)
		}
		s.start(nil)
	}
	c.propose("x")
	c.same(6)
	for _, s := range c {
		s.machine.mu.Lock()
		e := s.machine.entries[5]
		s.machine.mu.Unlock()
		if e.Index <= index || e.Term <= term {
			t.Errorf("entry %d of term %d after entry %d of term %d", e.Index, e.Term, index, term)
		}
	}
	c[0].stop()
	c[0].start(nil)
	c.propose("y")
	c.same(7)
}
