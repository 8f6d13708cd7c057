package replica

import (
	"bytes"
	"errors"
	"path/filepath"
	"testing"

	"github.com/hashicorp/raft"

	"github.com/ocopledger/ocop/ledger"
)

func holdsAll(Mark) error { return nil }

func encoded(id string) []byte {
	return raft.EncodeConfiguration(raft.Configuration{Servers: []raft.Server{{ID: raft.ServerID(id), Address: "x"}}})
}

func TestPositionKnowsTheConfigurationRaftSkips(t *testing.T) {
	s := openStore(t, filepath.Join(t.TempDir(), "raft.db"))
	defer s.Close()
	if p, err := positionOf(s, 0, 0, holdsAll); err != nil || p.meta != nil {
		t.Errorf("empty log: %+v, %v", p, err)
	}
	if err := notLost(s, 1); !errors.Is(err, ErrStoreLost) {
		t.Errorf("ledger ahead of the log: %v", err)
	}
	two, four := entryOf(2, 1), entryOf(4, 1)
	s.StoreLogs([]*raft.Log{{Index: 1, Term: 1, Type: raft.LogConfiguration, Data: encoded("old")}, two, {Index: 3, Term: 1, Type: raft.LogConfiguration, Data: encoded("new")}, four})
	for _, c := range []struct {
		applied, commit uint64
		index, term     uint64
		configuration   uint64
		server          string
	}{
		{2, 0, 2, two.Term, 1, "old"}, {2, 2, 2, two.Term, 1, "old"}, {2, 3, 2, two.Term, 3, "new"}, {4, 3, 4, four.Term, 3, "new"}, {0, 2, 0, 0, 1, "old"},
		{9, 0, 4, four.Term, 3, "new"}, // applied by an earlier incarnation: all that the log holds is in the ledger
	} {
		p, err := positionOf(s, c.applied, c.commit, holdsAll)
		if err != nil {
			t.Fatal(err)
		}
		if p.meta.Index != c.index || p.meta.Term != c.term || p.meta.ConfigurationIndex != c.configuration || string(p.meta.Configuration.Servers[0].ID) != c.server {
			t.Errorf("applied %d, commit %d: %+v", c.applied, c.commit, p.meta)
		}
	}
	if p, err := positionOf(s, 0, 0, holdsAll); err != nil || p.meta != nil {
		t.Errorf("nothing applied nor committed: %+v, %v", p, err)
	}
}

// What the log holds no more, a snapshot stands for: if the ledger holds what it stands for.
func TestPositionBehindASnapshot(t *testing.T) {
	s := openStore(t, filepath.Join(t.TempDir(), "raft.db"))
	defer s.Close()
	mark := Mark{Height: 7, Size: 70, Root: ledger.Hash{7}}
	if err := s.setBase(&base{index: 9, term: 3, mark: mark, configurationIndex: 5, configuration: encoded("five")}); err != nil {
		t.Fatal(err)
	}
	p, err := positionOf(s, 9, 0, holdsAll)
	if err != nil || p.meta.Index != 9 || p.meta.Term != 3 || string(p.meta.Configuration.Servers[0].ID) != "five" {
		t.Errorf("an empty log behind a snapshot: %+v, %v", p.meta, err)
	}
	var behind *BehindError
	if _, err := positionOf(s, 2, 0, func(m Mark) error { return &BehindError{m} }); !errors.As(err, &behind) || behind.Mark != mark {
		t.Errorf("a ledger that lacks what the snapshot stands for: %v", err)
	}
	if err := notLost(s, 9); err != nil {
		t.Errorf("a ledger at the snapshot: %v", err)
	}
	if err := notLost(s, 10); !errors.Is(err, ErrStoreLost) {
		t.Errorf("a ledger past the snapshot: %v", err)
	}
	if err := s.setBase(&base{index: 8, configuration: encoded("x")}); err == nil {
		t.Error("an older snapshot took the place of a newer one")
	}
	// The log goes on behind it, and a configuration in it counts when it is newer.
	s.StoreLogs([]*raft.Log{entryOf(10, 1), {Index: 11, Term: 3, Type: raft.LogConfiguration, Data: encoded("eleven")}, entryOf(12, 1)})
	for _, c := range []struct {
		applied, commit, index uint64
		server                 string
	}{{10, 0, 10, "five"}, {12, 0, 12, "eleven"}, {3, 0, 9, "five"}, {10, 12, 10, "eleven"}} {
		p, err := positionOf(s, c.applied, c.commit, holdsAll)
		if err != nil || p.meta.Index != c.index || string(p.meta.Configuration.Servers[0].ID) != c.server {
			t.Errorf("applied %d, commit %d: %+v, %v", c.applied, c.commit, p.meta, err)
		}
	}
}

func TestBaseBytes(t *testing.T) {
	b := &base{index: 1, term: 2, mark: Mark{Height: 3, Size: 4, Root: ledger.Hash{5}}, configurationIndex: 6, configuration: encoded("a")}
	data := b.append(nil)
	again, err := parseBase(data)
	if err != nil || !bytes.Equal(again.append(nil), data) {
		t.Fatalf("%+v, %v", again, err)
	}
	for i := range data {
		flipped := bytes.Clone(data)
		flipped[i] ^= 1
		if _, err := parseBase(flipped); !errors.Is(err, ErrCorrupt) {
			t.Errorf("byte %d flipped: %v", i, err)
		}
		if _, err := parseBase(data[:i]); !errors.Is(err, ErrCorrupt) {
			t.Errorf("cut to %d bytes: %v", i, err)
		}
	}
}

// The running total against a sum over what is there, through appends, cuts at both ends and new starts.
func TestLogBytes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "raft.db")
	s := openStore(t, path)
	sizes := map[uint64]uint64{}
	next := uint64(1)
	put := func(n, size int) {
		for range n {
			l := &raft.Log{Index: next, Term: 1, Data: bytes.Repeat([]byte{1}, size)}
			if err := s.StoreLog(l); err != nil {
				t.Fatal(err)
			}
			sizes[next] = uint64(size + entryFixed)
			next++
		}
	}
	check := func(what string) {
		t.Helper()
		for range 2 {
			first, _ := s.FirstIndex()
			var want, step uint64
			for i := first; i > 0 && i < next; i++ {
				want += sizes[i]
			}
			for i := first - min(first, sizeStep); i < first; i++ {
				step += sizes[i]
			}
			got, err := s.LogBytes()
			if err != nil || got < want || got > want+step {
				t.Errorf("%s: %d bytes, want %d and at most %d more (%v)", what, got, want, step, err)
			}
			s.Close()
			s = openStore(t, path)
		}
	}
	defer func() { s.Close() }()
	check("empty")
	put(10, 100)
	check("less than a step")
	put(300, 20_000)
	check("more")
	if err := s.DeleteRange(1, 170); err != nil {
		t.Fatal(err)
	}
	check("cut at the beginning")
	for i := uint64(1); i <= 170; i++ {
		sizes[i] = sizes[171]
	}
	if err := s.DeleteRange(290, 310); err != nil {
		t.Fatal(err)
	}
	next = 290
	check("cut at the end")
	put(700, 50)
	check("grown again")
	n, err := s.entriesWithin(64 * (50 + entryFixed))
	if err != nil || n < 64 || n > 64+sizeStep {
		t.Errorf("%d entries within the bytes of 64, %v", n, err)
	}
	if err := s.DeleteRange(1, next); err != nil {
		t.Fatal(err)
	}
	if got, err := s.LogBytes(); err != nil || got != 0 {
		t.Errorf("nothing left: %d bytes, %v", got, err)
	}
	put(100, 10)
	check("begun anew")
}

func TestSeatsAndAcquaintances(t *testing.T) {
	path := filepath.Join(t.TempDir(), "raft.db")
	s := openStore(t, path)
	if _, ok, err := s.Seat(); ok || err != nil {
		t.Fatalf("a new store belongs to somebody: %v", err)
	}
	seat, err := s.Take("2-1", 40, bytes.NewReader(bytes.Repeat([]byte{9}, 16)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Take("2-2", 0, bytes.NewReader(make([]byte, 16))); !errors.Is(err, ErrTaken) {
		t.Errorf("taken twice: %v", err)
	}
	for range 2 {
		if seat, err = s.CountStart(); err != nil {
			t.Fatal(err)
		}
	}
	s.Close()
	s = openStore(t, path)
	defer s.Close()
	if got, ok, err := s.Seat(); !ok || err != nil || got != seat || got.Starts != 2 || got.Origin != 40 {
		t.Errorf("%+v, want %+v (%v)", got, seat, err)
	}
	if err := notLost(s, 40); err != nil {
		t.Errorf("applied by an earlier incarnation: %v", err)
	}
	for i, c := range []struct {
		a    Acquaintance
		want Meeting
	}{
		{Acquaintance{[16]byte{1}, [8]byte{2}, 2, 3}, Fits}, {Acquaintance{[16]byte{1}, [8]byte{2}, 2, 3}, Fits}, {Acquaintance{[16]byte{1}, [8]byte{2}, 2, 5}, Fits},
		{Acquaintance{[16]byte{1}, [8]byte{2}, 2, 4}, Fits},        // a word that was overtaken
		{Acquaintance{[16]byte{1}, [8]byte{3}, 3, 4}, Contradicts}, // a new start in an old term
		{Acquaintance{[16]byte{1}, [8]byte{7}, 2, 5}, Contradicts}, // a copy of the store, started as often
		{Acquaintance{[16]byte{2}, [8]byte{9}, 9, 9}, Contradicts}, {Acquaintance{[16]byte{1}, [8]byte{1}, 1, 9}, Late},
		{Acquaintance{[16]byte{1}, [8]byte{3}, 3, 5}, Fits}, {Acquaintance{[16]byte{1}, [8]byte{2}, 2, 5}, Late},
	} {
		if got, err := s.Meet("1-0", c.a); got != c.want || err != nil {
			t.Errorf("%d: %+v: %v, %v", i, c.a, got, err)
		}
	}
	if a, ok, err := s.Met("1-0"); !ok || err != nil || a != (Acquaintance{[16]byte{1}, [8]byte{3}, 3, 5}) {
		t.Errorf("remembered %+v, %v, %v", a, ok, err)
	}
}
