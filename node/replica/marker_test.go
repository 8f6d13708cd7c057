package replica

import (
	"errors"
	"path/filepath"
	"testing"

	"github.com/hashicorp/raft"
)

func TestMarkerKnowsTheConfigurationRaftSkips(t *testing.T) {
	s := openStore(t, filepath.Join(t.TempDir(), "raft.db"))
	defer s.Close()
	of := func(id string) []byte {
		return raft.EncodeConfiguration(raft.Configuration{Servers: []raft.Server{{ID: raft.ServerID(id), Address: "x"}}})
	}
	if m, err := newMarker(s, 0, 0); err != nil || m.meta != nil {
		t.Errorf("empty log: %+v, %v", m, err)
	}
	if _, err := newMarker(s, 1, 0); !errors.Is(err, ErrStoreLost) {
		t.Errorf("ledger ahead of the log: %v", err)
	}
	two, four := entryOf(2, 1), entryOf(4, 1)
	s.StoreLogs([]*raft.Log{{Index: 1, Term: 1, Type: raft.LogConfiguration, Data: of("old")}, two, {Index: 3, Term: 1, Type: raft.LogConfiguration, Data: of("new")}, four})
	for _, c := range []struct {
		applied, commit     uint64
		term, configuration uint64
		server              string
	}{{2, 0, two.Term, 1, "old"}, {2, 2, two.Term, 1, "old"}, {2, 3, two.Term, 3, "new"}, {4, 3, four.Term, 3, "new"}, {0, 2, 0, 1, "old"}} {
		m, err := newMarker(s, c.applied, c.commit)
		if err != nil {
			t.Fatal(err)
		}
		if m.meta.Index != c.applied || m.meta.Term != c.term || m.meta.ConfigurationIndex != c.configuration || string(m.meta.Configuration.Servers[0].ID) != c.server {
			t.Errorf("applied %d, commit %d: %+v", c.applied, c.commit, m.meta)
		}
		if list, _ := m.List(); len(list) != 1 {
			t.Errorf("at start: %v", list)
		}
		m.started()
		if list, _ := m.List(); len(list) != 0 {
			t.Errorf("listed after the start, when raft would send it: %v", list)
		}
	}
	if m, err := newMarker(s, 0, 0); err != nil || m.meta != nil {
		t.Errorf("nothing applied nor committed: %+v, %v", m, err)
	}
}
