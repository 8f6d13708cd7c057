package replica

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/raft"
)

// found writes the first configuration into an empty log. Every validator of genesis writes the same.
func found(config *raft.Config, s *guard, snaps raft.SnapshotStore, t raft.Transport, voters []Member) error {
	exists, err := raft.HasExistingState(s, s, snaps)
	if err != nil {
		return fmt.Errorf("raft: %w", err)
	}
	if len(voters) == 0 || exists && !halfFounded(s) {
		return nil
	}
	var c raft.Configuration
	for _, m := range voters {
		c.Servers = append(c.Servers, raft.Server{Suffrage: raft.Voter, ID: raft.ServerID(m.ID), Address: raft.ServerAddress(m.Address)})
	}
	slices.SortFunc(c.Servers, func(a, b raft.Server) int { return strings.Compare(string(a.ID), string(b.ID)) })
	if exists {
		err = s.StoreLog(&raft.Log{Index: 1, Term: foundingTerm, Type: raft.LogConfiguration, Data: raft.EncodeConfiguration(c)})
	} else {
		err = raft.BootstrapCluster(config, s, s, snaps, t, c)
	}
	if err != nil {
		return fmt.Errorf("raft: founding the cluster: %w", err)
	}
	return nil
}

// foundingTerm is the term of the first entry. Nobody is elected in it.
const foundingTerm = 1

// halfFounded tells that the power went between the two writes of a founding: raft stores the term, and then the entry. The term alone counts as a state, so that
// raft would never found the cluster, and the validators would wait for each other for ever. The entry is the same on all of them: writing it late is no other history.
func halfFounded(s *guard) bool {
	last, err := s.LastIndex()
	if err != nil || last != 0 {
		return false
	}
	term, err := s.GetUint64(keyCurrentTerm)
	return err == nil && term == foundingTerm
}
