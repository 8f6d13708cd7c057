package replica

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/hashicorp/raft"
)

// TestInspect: looking at raft's log tells where it stands, and changes and creates nothing.
func TestInspect(t *testing.T) {
	path := filepath.Join(t.TempDir(), "raft.db")
	if _, err := Inspect(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Error("looking made the file")
	}
	s := openStore(t, path)
	servers := raft.Configuration{Servers: []raft.Server{
		{Suffrage: raft.Voter, ID: "1-1", Address: "a:1"}, {Suffrage: raft.Nonvoter, ID: "4-1", Address: "d:1"}, {Suffrage: raft.Voter, ID: "2-3", Address: "b:1"},
	}}
	s.StageCommitIndex(2)
	err := errors.Join(
		s.StoreLogs([]*raft.Log{{Index: 1, Term: 1, Type: raft.LogConfiguration, Data: raft.EncodeConfiguration(servers)}, entryOf(2, 10), entryOf(3, 10)}),
		s.SetUint64([]byte("CurrentTerm"), 5))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Inspect(path); !errors.Is(err, ErrInUse) {
		t.Errorf("a file that a node holds: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	i, err := Inspect(path)
	if err != nil || i.First != 1 || i.Last != 3 || i.Commit != 2 || i.Term != 5 || !slices.Equal(i.Voters, []string{"1-1", "2-3"}) {
		t.Errorf("%+v, %v", i, err)
	}
	if i.EndIndex != 3 || i.EndTerm != 1 {
		t.Errorf("the log ends with entry %d of term %d", i.EndIndex, i.EndTerm)
	}

	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for from := 0; from < min(16*4096, len(whole)); from += 4096 { // whichever pages are damaged or gone, it ends with an answer
		damaged := slices.Clone(whole)
		for j := from; j < len(damaged); j++ {
			damaged[j] = byte(j*7 + 1)
		}
		for _, b := range [][]byte{damaged, whole[:from]} {
			if err := os.WriteFile(path, b, 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := Inspect(path); err != nil && !errors.Is(err, ErrCorrupt) {
				t.Errorf("from %d: %v", from, err)
			}
		}
	}
}

// TestRecoveredConfiguration: what a recovery sets stands over the last configuration of the log, also when the log is not cut yet, and when it is.
func TestRecoveredConfiguration(t *testing.T) {
	path := filepath.Join(t.TempDir(), "raft.db")
	s := openStore(t, path)
	configuration := func(ids ...raft.ServerID) (c raft.Configuration) {
		for _, id := range ids {
			c.Servers = append(c.Servers, raft.Server{Suffrage: raft.Voter, ID: id, Address: raft.ServerAddress(id)})
		}
		return c
	}
	seat, err := s.Take("2-3", 0, bytes.NewReader(make([]byte, 16)))
	err = errors.Join(err, s.StoreLogs([]*raft.Log{
		{Index: 1, Term: 1, Type: raft.LogConfiguration, Data: raft.EncodeConfiguration(configuration("1-1", "2-3"))}, entryOf(2, 10),
		{Index: 3, Term: 1, Type: raft.LogConfiguration, Data: raft.EncodeConfiguration(configuration("1-1", "2-3", "4-1"))},
	}), s.setBase(&base{index: 3, term: 1, configurationIndex: 3, configuration: raft.EncodeConfiguration(configuration("2-3"))}))
	if err != nil {
		t.Fatal(err)
	}
	look := func(what string) {
		t.Helper()
		if c, index, err := s.latest(3); err != nil || index != 3 || len(c.Servers) != 1 || c.Servers[0].ID != "2-3" {
			t.Errorf("%s: %v of entry %d, %v", what, c, index, err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		i, err := Inspect(path)
		if err != nil || !slices.Equal(i.Voters, []string{"2-3"}) || i.Seat == nil || *i.Seat != seat {
			t.Errorf("%s: %+v, %v", what, i, err)
		}
		s = openStore(t, path)
	}
	look("with the log")
	if err := s.DeleteRange(0, 3); err != nil {
		t.Fatal(err)
	}
	look("without it")
}

// Where a log ends is the term of its last entry, wherever that is: in the file, in the journal, or behind a snapshot mark that stands for all there were.
func TestInspectWhereTheLogEnds(t *testing.T) {
	s, path := journalled(t, 300)
	ends := func(what string, last, term uint64) {
		t.Helper()
		copied := filepath.Join(t.TempDir(), "raft.db")
		crashed(t, path, copied)
		if i, err := Inspect(copied); err != nil || i.EndIndex != last || i.EndTerm != term {
			t.Errorf("%s: %+v, %v; want entry %d of term %d", what, i, err, last, term)
		}
	}
	for index := uint64(3); index <= 16; index++ {
		if err := s.StoreLog(entryOf(index, 300)); err != nil {
			t.Fatal(err)
		}
	}
	ends("in the journal", 16, entryOf(16, 300).Term)
	if err := s.StoreLog(entryOf(17, journalWrite)); err != nil {
		t.Fatal(err)
	}
	ends("in the file", 17, entryOf(17, 1).Term)
	if err := s.setBase(&base{index: 17, term: entryOf(17, 1).Term, configurationIndex: 1, configuration: encoded("x")}); err != nil {
		t.Fatal(err)
	}
	ends("at a mark", 17, entryOf(17, 1).Term)
	if err := s.DeleteRange(0, 17); err != nil {
		t.Fatal(err)
	}
	ends("behind a mark", 17, entryOf(17, 1).Term)
}
