package replica

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/raft"
	bolt "go.etcd.io/bbolt"
)

// RecoverOptions is what a store is recovered with.
type RecoverOptions[R any] struct {
	Store   *Store
	Machine Machine[R]
	Voters  []Member // who votes from now on
}

// Recovered is what a recovery did.
type Recovered struct {
	Applied  uint64   // entries of the log that were applied: nobody can tell any more which of them a majority had
	Index    uint64   // where the log goes on
	Expelled []string // raft ids that voted before and do not any more
}

// Recover takes the vote from servers that will never come back, on the directory of a node that does not run. Raft cannot do that itself when the majority
// is among them: it would have to ask them. Everything the log holds is applied, committed or not, and a snapshot with the new configuration takes its place. A
// server that was expelled must not come back with the store it had: the store remembers its id, and the node does not listen to it.
func Recover[R any](ctx context.Context, o RecoverOptions[R]) (r Recovered, err error) {
	before := o.Machine.AppliedIndex()
	if err := notLost(o.Store, before); err != nil {
		return r, err
	}
	at, err := positionOf(o.Store, before, 0, o.Machine.Holds)
	if err != nil {
		return r, err
	}
	last, err := o.Store.LastIndex()
	if err != nil {
		return r, err
	}
	f := &fsm[R]{ctx: ctx, machine: o.Machine, store: o.Store, told: func(uint64, uint64) {}, fatal: func(e error) { err = e }}
	b := &base{index: at.index, term: at.term}
	for index := at.index + 1; index <= last; index++ {
		var l raft.Log
		if err := o.Store.GetLog(index, &l); err != nil {
			return r, fmt.Errorf("entry %d: %w", index, err)
		}
		if l.Type == raft.LogCommand {
			if f.Apply(&l); err != nil {
				return r, err
			}
			r.Applied++
		}
		b.index, b.term = l.Index, l.Term
	}
	if b.index == 0 {
		return r, fmt.Errorf("%w: there is nothing to recover", ErrStoreLost)
	}
	var c raft.Configuration
	for _, m := range o.Voters {
		c.Servers = append(c.Servers, raft.Server{Suffrage: raft.Voter, ID: raft.ServerID(m.ID), Address: raft.ServerAddress(m.Address)})
	}
	slices.SortFunc(c.Servers, func(a, b raft.Server) int { return strings.Compare(string(a.ID), string(b.ID)) })
	old, _, err := o.Store.latest(b.index)
	if err != nil {
		return r, err
	}
	for _, s := range old.Servers {
		if !slices.ContainsFunc(c.Servers, func(n raft.Server) bool { return n.ID == s.ID }) {
			r.Expelled = append(r.Expelled, string(s.ID))
		}
	}
	if b.mark, err = o.Machine.Mark(); err != nil {
		return r, err
	}
	b.configuration, b.configurationIndex, r.Index = raft.EncodeConfiguration(c), b.index, b.index
	// In this order a crash leaves the old configuration, and the whole can be done again, or the new one, which the log that still stands before it cannot undo.
	if err := o.Machine.Advance(b.index, b.term); err != nil {
		return r, err
	}
	if err := o.Store.expel(r.Expelled); err != nil {
		return r, err
	}
	if err := o.Store.setBase(b); err != nil {
		return r, err
	}
	return r, o.Store.DeleteRange(0, last)
}

var keyExpelled = []byte("expelled")

// expel remembers raft ids that are not listened to any more.
func (s *Store) expel(ids []string) error {
	return s.db.Update(func(tx *bolt.Tx) error {
		meta := tx.Bucket(bucketMeta)
		all := append(splitIDs(meta.Get(keyExpelled)), ids...)
		slices.Sort(all)
		return meta.Put(keyExpelled, []byte(strings.Join(slices.Compact(all), "\n")))
	})
}

// Expelled are the raft ids that recoveries took the vote from.
func (s *Store) Expelled() (ids []string, err error) {
	err = s.db.View(func(tx *bolt.Tx) error {
		ids = splitIDs(tx.Bucket(bucketMeta).Get(keyExpelled))
		return nil
	})
	return ids, err
}

func splitIDs(b []byte) []string {
	if len(b) == 0 {
		return nil
	}
	return strings.Split(string(b), "\n")
}
