package replica

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/hashicorp/raft"
	bolt "go.etcd.io/bbolt"
)

// Grown is a ledger that was made without raft, and who is to order what comes next.
type Grown struct {
	Mark        Mark
	Index, Term uint64   // of the newest entry that the ledger has applied, as it says; neither is 0
	Voters      []Member // the same for every validator
}

// Begin gives a store that belongs to nobody to a raft id, as if its log had been cut behind the ledger's newest entry: raft goes on from there, in a later
// term. It is for ledgers of a generator. Of a ledger that was ordered by votes nobody may begin a store so: whoever has voted could vote twice.
func (s *Store) Begin(id string, g Grown, random io.Reader) (Seat, error) {
	if g.Index == 0 || g.Term == 0 || len(g.Voters) == 0 {
		return Seat{}, fmt.Errorf("a store cannot begin behind entry %d of term %d, with %d voters", g.Index, g.Term, len(g.Voters))
	}
	seat, err := s.Take(id, g.Index, random)
	if err != nil {
		return seat, err
	}
	var c raft.Configuration
	for _, m := range g.Voters {
		c.Servers = append(c.Servers, raft.Server{Suffrage: raft.Voter, ID: raft.ServerID(m.ID), Address: raft.ServerAddress(m.Address)})
	}
	slices.SortFunc(c.Servers, func(a, b raft.Server) int { return strings.Compare(string(a.ID), string(b.ID)) })
	b := base{index: g.Index, term: g.Term, mark: g.Mark, configurationIndex: g.Index, configuration: raft.EncodeConfiguration(c)}
	err = s.db.Update(func(tx *bolt.Tx) error { return tx.Bucket(bucketMeta).Put(keyBase, b.append(nil)) })
	if err != nil {
		return seat, err
	}
	return seat, s.SetUint64(keyCurrentTerm, g.Term) // the first election is for the next one
}
