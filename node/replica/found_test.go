package replica_test

import (
	"crypto/rand"
	"path/filepath"
	"testing"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/node/replica"
)

// TestHalfFounded: the power went on every validator between the two writes with which raft founds a cluster. They found it when they start again.
func TestHalfFounded(t *testing.T) {
	t.Parallel()
	var c cluster
	var members []replica.Member
	for i := range 3 {
		id := newIdentity(t, ledger.AccountID(i+1))
		members = append(members, id.member)
		c = append(c, &seat{t: t, id: id, dir: t.TempDir(), machine: &register{}, clock: time.Now})
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
		if err := store.SetUint64([]byte("CurrentTerm"), 1); err != nil {
			t.Fatal(err)
		}
		if err := store.Close(); err != nil {
			t.Fatal(err)
		}
		s.start(members)
	}
	c.propose("x")
	c.same(1)
}
