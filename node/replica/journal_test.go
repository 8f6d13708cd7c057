package replica

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	cryptorand "crypto/rand"

	"github.com/hashicorp/raft"
	bolt "go.etcd.io/bbolt"
)

// crashed copies a log that is open, as the files are: what a process leaves that is killed.
func crashed(t interface {
	Helper()
	Fatal(...any)
}, from, to string) {
	t.Helper()
	for _, path := range []func(string) string{func(s string) string { return s }, JournalPath} {
		data, err := os.ReadFile(path(from))
		if err == nil {
			err = os.WriteFile(path(to), bytes.TrimRight(data, "\x00"), 0o600) // bbolt makes its file long ahead
		}
		if err == nil {
			err = os.Truncate(path(to), int64(len(data)))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// journalled makes a log whose entries from 2 on are in the journal alone, one frame each, with the commit index one behind.
func journalled(t *testing.T, sizes ...int) (s *Store, path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "raft.db")
	s = openStore(t, path)
	t.Cleanup(func() { s.Close() })
	c := raft.Configuration{Servers: []raft.Server{{Suffrage: raft.Voter, ID: "1-1", Address: "a:1"}}}
	if err := s.StoreLog(&raft.Log{Index: 1, Term: 1, Type: raft.LogConfiguration, Data: raft.EncodeConfiguration(c)}); err != nil {
		t.Fatal(err)
	}
	for i, size := range sizes {
		index := uint64(i + 2)
		s.StageCommitIndex(index - 1)
		if err := s.StoreLog(entryOf(index, size)); err != nil {
			t.Fatal(err)
		}
	}
	if first, last := s.journal.edges(); first != 2 || last != uint64(len(sizes)+1) {
		t.Fatalf("the journal holds entries %d to %d", first, last)
	}
	return s, path
}

// TestJournalOfAKilledNode: what was written to the journal alone is there when the log is looked at and when it is opened, and from then on in raft.db.
func TestJournalOfAKilledNode(t *testing.T) {
	_, from := journalled(t, 300, 0, 5000, 60_000)
	path := filepath.Join(t.TempDir(), "raft.db")
	crashed(t, from, path)
	i, err := Inspect(path)
	if err != nil || i.First != 1 || i.Last != 5 || i.Commit != 4 {
		t.Errorf("looked at: %+v, %v", i, err)
	}
	for range 2 { // the second time as the first start has left it, which was killed as well
		s := openStore(t, path)
		s.db.View(func(tx *bolt.Tx) error {
			if last := lastOf(tx); last != 5 {
				t.Errorf("raft.db has entries to %d after the start", last)
			}
			return nil
		})
		commit, err := s.GetCommitIndex()
		if err != nil || commit != 4 {
			t.Errorf("commit index %d, %v", commit, err)
		}
		for index, size := range map[uint64]int{2: 300, 3: 0, 4: 5000, 5: 60_000} {
			var got raft.Log
			if err := s.GetLog(index, &got); err != nil || !sameEntry(&got, entryOf(index, size)) {
				t.Errorf("entry %d: %v", index, err)
			}
		}
		next := filepath.Join(t.TempDir(), "raft.db")
		crashed(t, path, next)
		s.Close()
		path = next
	}
}

// TestJournalThatIsDamaged: a frame at the end that is not whole was acknowledged to nobody, and is nothing. A frame that is not whole and has one behind it, a file that
// is not there or has another length: entries are lost that a majority may count on, and the log is refused by the file's name, unchanged.
func TestJournalThatIsDamaged(t *testing.T) {
	_, from := journalled(t, 300, 5000, 300)
	good, err := os.ReadFile(JournalPath(from))
	if err != nil {
		t.Fatal(err)
	}
	const second, third = journalPage, 3 * journalPage
	flipped := func(at int) func() []byte {
		return func() []byte {
			b := bytes.Clone(good)
			b[at] ^= 1
			return b
		}
	}
	for _, c := range []struct {
		name string
		file func() []byte // nil: none
		last uint64        // 0: it is refused
	}{
		{"whole", func() []byte { return good }, 4},
		{"version of the last", flipped(third), 3},
		{"checksum of the last", flipped(third + 1), 3},
		{"generation of the last", flipped(third + frameHead), 3},
		{"place of the last", flipped(third + frameHead + 11), 3},
		{"length of the last", flipped(third + frameHead + 15), 3},
		{"data of the last", flipped(third + frameFixed + 100), 3},
		{"what fills its page", flipped(third + journalPage - 1), 4},
		{"data of the second", flipped(second + frameFixed + 4500), 0},
		{"head of the first", flipped(frameHead), 0},
		{"length of the first, to beyond the file", flipped(frameHead + 12), 0},
		{"cut", func() []byte { return good[:journalSize-journalPage] }, 0},
		{"longer", func() []byte { return append(bytes.Clone(good), 0) }, 0},
		{"empty", func() []byte { return []byte{} }, 0},
		{"gone", func() []byte { return nil }, 0},
	} {
		path := filepath.Join(t.TempDir(), "raft.db")
		crashed(t, from, path)
		file := c.file()
		err := os.Remove(JournalPath(path))
		if file != nil {
			err = errors.Join(err, os.WriteFile(JournalPath(path), file, 0o600))
		}
		before, err2 := os.ReadFile(path)
		if err := errors.Join(err, err2); err != nil {
			t.Fatal(err)
		}
		i, looked := Inspect(path)
		s, opened := OpenStore(path, cryptorand.Reader)
		if c.last != 0 {
			if looked != nil || opened != nil || i.Last != c.last {
				t.Errorf("%s: looked at, the last entry is %d, want %d (%v); opened: %v", c.name, i.Last, c.last, looked, opened)
				continue
			}
			if last, err := s.LastIndex(); err != nil || last != c.last {
				t.Errorf("%s: the last entry is %d, want %d (%v)", c.name, last, c.last, err)
			}
			s.Close()
			continue
		}
		for _, err := range []error{looked, opened} {
			if !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), "raft.journal") {
				t.Errorf("%s: %v", c.name, err)
			}
		}
		after, err := os.ReadFile(path)
		left, err2 := os.ReadFile(JournalPath(path))
		if !bytes.Equal(before, after) || !bytes.Equal(file, left) || err != nil || (err2 != nil) != (file == nil) {
			t.Errorf("%s: the files were changed (%v, %v)", c.name, err, err2)
		}
	}
}

// TestJournalIsNotMissed: a node that was ended in order has all in raft.db, as software from before the journal writes it.
func TestJournalIsNotMissed(t *testing.T) {
	s, path := journalled(t, 300, 300)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(JournalPath(path)); err != nil {
		t.Fatal(err)
	}
	if i, err := Inspect(path); err != nil || i.Last != 3 || i.Commit != 2 {
		t.Errorf("%+v, %v", i, err)
	}
	for _, size := range []int64{0, journalSize - 1, 2 * journalSize} { // nor is it if it is another file
		if err := os.WriteFile(JournalPath(path), make([]byte, size), 0o600); err != nil {
			t.Fatal(err)
		}
		s = openStore(t, path)
		if last, err := s.LastIndex(); err != nil || last != 3 {
			t.Errorf("the last entry is %d, %v", last, err)
		}
		if info, err := os.Stat(JournalPath(path)); err != nil || info.Size() != journalSize {
			t.Errorf("a journal of %d bytes goes on with %d, %v", size, info.Size(), err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestEmptyingThatMayHaveReachedTheDisk: when the disk reports that the transaction failed which empties the journal, it may have it all the same. Under which generation the
// next start reads the journal is not known then, so that nothing more is written to it.
func TestEmptyingThatMayHaveReachedTheDisk(t *testing.T) {
	broken := errors.New("no such sector")
	for _, reached := range []bool{true, false} {
		for what, empty := range map[string]func(*Store) error{
			"a deletion":    func(s *Store) error { return s.DeleteRange(1, 1) },
			"a large entry": func(s *Store) error { return s.StoreLog(entryOf(4, 2*journalWrite)) },
			"a reset":       (*Store).Reset,
		} {
			s, path := journalled(t, 300, 300)
			s.update = func(fn func(*bolt.Tx) error) error {
				if reached {
					return errors.Join(s.db.Update(fn), broken)
				}
				return s.db.Update(func(tx *bolt.Tx) error { return errors.Join(fn(tx), broken) })
			}
			if err := empty(s); !errors.Is(err, broken) || !strings.Contains(err.Error(), "raft.db") {
				t.Errorf("%s: %v", what, err)
			}
			s.update = s.db.Update
			if err := s.StoreLog(entryOf(4, 300)); !errors.Is(err, broken) {
				t.Errorf("after %s that may have reached the disk, an entry is stored: %v", what, err)
			}
			if err := s.Close(); err != nil {
				t.Errorf("%s: %v", what, err)
			}
			again := openStore(t, path)
			last, err := again.LastIndex()
			if want := uint64(3); err != nil || last != want && !(reached && what == "a large entry" && last == want+1) {
				t.Errorf("%s, reached %v: the last entry is %d after a new start, %v", what, reached, last, err)
			}
			again.Close()
		}
	}
}

// TestResetOfAJournal: nothing of an earlier incarnation's entries is left, in the journal or in memory.
func TestResetOfAJournal(t *testing.T) {
	s, path := journalled(t, 300, 300)
	if err := s.Reset(); err != nil {
		t.Fatal(err)
	}
	none := func() {
		t.Helper()
		last, err := s.LastIndex()
		if err2 := s.GetLog(2, new(raft.Log)); err != nil || last != 0 || !errors.Is(err2, raft.ErrLogNotFound) {
			t.Errorf("the last entry is %d, %v; entry 2: %v", last, err, err2)
		}
	}
	none()
	copied := filepath.Join(t.TempDir(), "raft.db")
	crashed(t, path, copied)
	s = openStore(t, copied)
	defer s.Close()
	none()
}

// TestCuttingBesideWriting: raft cuts the log's beginning beside its main loop.
func TestCuttingBesideWriting(t *testing.T) {
	s, _ := journalled(t, 300)
	const entries = 1000
	done := make(chan error, 1)
	go func() {
		for index := uint64(1); index < entries; {
			last, err := s.LastIndex()
			if err == nil && last > index+20 {
				err = s.DeleteRange(0, last-20)
				index = last - 20
			}
			if _, size := s.LogBytes(); err != nil || size != nil {
				done <- errors.Join(err, size)
				return
			}
			if last == entries {
				break
			}
		}
		done <- nil
	}()
	for index := uint64(3); index <= entries; index++ {
		if err := s.StoreLog(entryOf(index, 300)); err != nil {
			t.Fatal(err)
		}
		var got raft.Log
		if last, err := s.LastIndex(); err != nil || last != index || s.read(index, &got) != nil {
			t.Fatalf("the last entry is %d, want %d (%v)", last, index, err)
		}
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	first, err := s.FirstIndex()
	for index := first; index <= entries; index++ {
		if err := s.read(index, new(raft.Log)); err != nil {
			t.Errorf("entry %d of %d to %d: %v", index, first, entries, err)
		}
	}
	if err != nil || first < 2 {
		t.Errorf("the first entry is %d, %v", first, err)
	}
}

// TestJournalThatCannotBeWritten: after a write that the disk has not confirmed nothing more is stored, also when the disk says that it is well again: the pages may be gone
// from memory as if they were written. The next start takes what it finds.
func TestJournalThatCannotBeWritten(t *testing.T) {
	s, path := journalled(t, 300)
	broken, calls := errors.New("no such sector"), 0
	s.journal.sync = func(*os.File) error {
		if calls++; calls == 1 {
			return broken
		}
		return nil
	}
	for _, c := range []struct {
		what  string
		store func() error
	}{
		{"the write that fails", func() error { return s.StoreLog(entryOf(3, 300)) }},
		{"the same again", func() error { return s.StoreLog(entryOf(3, 300)) }},
		{"an entry for raft.db", func() error { return s.StoreLog(entryOf(3, 2*journalWrite)) }},
		{"deleting", func() error { return s.DeleteRange(1, 1) }},
	} {
		if err := c.store(); !errors.Is(err, broken) || !strings.Contains(err.Error(), "raft.journal") {
			t.Errorf("%s: %v", c.what, err)
		}
	}
	if last, err := s.LastIndex(); err != nil || last != 2 {
		t.Errorf("the last entry is %d, %v", last, err)
	}
	if calls != 1 {
		t.Errorf("%d writes, want the one that failed alone", calls)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	again := openStore(t, path)
	defer again.Close()
	if last, err := again.LastIndex(); err != nil || last != 3 { // the write had come, though its sync failed
		t.Errorf("the last entry is %d after a new start, %v", last, err)
	}
}

// TestFullJournal: it is written from its beginning again and again, and entries that are too large for it go past it, in order.
func TestFullJournal(t *testing.T) {
	s, path := journalled(t, 300)
	var moved int
	for index := uint64(3); index <= 700; index++ {
		size := 300
		if index%300 == 0 {
			size = journalWrite
		}
		generation := s.journal.generation
		if err := s.StoreLog(entryOf(index, size)); err != nil {
			t.Fatal(err)
		}
		if s.journal.generation != generation {
			moved++
		}
	}
	if moved != 4 { // at 258, when it is full; at 300; at 557; at 600
		t.Errorf("the journal was emptied %d times", moved)
	}
	copied := filepath.Join(t.TempDir(), "raft.db")
	crashed(t, path, copied)
	again := openStore(t, copied)
	defer again.Close()
	for index := uint64(2); index <= 700; index++ {
		size := 300
		if index%300 == 0 {
			size = journalWrite
		}
		var a, b raft.Log
		if err := errors.Join(s.read(index, &a), again.read(index, &b)); err != nil || !sameEntry(&a, entryOf(index, size)) || !sameEntry(&b, &a) {
			t.Fatalf("entry %d: %v", index, err)
		}
	}
	for what, ask := range map[string]func(*Store) (uint64, error){
		"bytes": (*Store).LogBytes, "entries within many bytes": func(s *Store) (uint64, error) { return s.entriesWithin(1 << 30) },
	} {
		n, err1 := ask(s)
		m, err2 := ask(again)
		if err := errors.Join(err1, err2); err != nil || n != m {
			t.Errorf("%s: %d, and %d when all is in raft.db: %v", what, n, m, err)
		}
	}
}
