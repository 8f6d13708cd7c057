package replica

import (
	"bytes"
	cryptorand "crypto/rand"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/raft"
	bolt "go.etcd.io/bbolt"
	"pgregory.net/rapid"

	"github.com/ocopledger/ocop/ledger/store"
)

func openStore(t interface {
	Helper()
	Fatal(...any)
}, path string) *Store {
	t.Helper()
	s, err := OpenStore(path, cryptorand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	s.db.NoSync = true // what lasts is shown with real processes; the tests run on slow disks
	s.journal.sync = func(*os.File) error { return nil }
	return s
}

func entryOf(index uint64, size int) *raft.Log {
	data := make([]byte, size)
	source := rand.NewChaCha8([32]byte{byte(index), byte(size), byte(size >> 8)})
	source.Read(data)
	return &raft.Log{Index: index, Term: index/7 + 1, Type: raft.LogCommand, Data: data, AppendedAt: time.Unix(0, int64(index)*1000+1).UTC()}
}

func sameEntry(a, b *raft.Log) bool {
	return a.Index == b.Index && a.Term == b.Term && a.Type == b.Type && a.AppendedAt.Equal(b.AppendedAt) && bytes.Equal(a.Data, b.Data)
}

func TestEntriesOfEverySizeComeBack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "raft.db")
	s := openStore(t, path)
	var want []*raft.Log
	for _, size := range []int{0, 1, partSize - entryFixed - 1, partSize - entryFixed, partSize - entryFixed + 1, 2*partSize - entryFixed, 3 * partSize, 400 << 10, MaxEntry} {
		want = append(want, entryOf(uint64(len(want)+1), size))
	}
	want = append(want, &raft.Log{Index: uint64(len(want) + 1), Term: 3, Type: raft.LogNoop})
	if err := s.StoreLogs(want); err != nil {
		t.Fatal(err)
	}
	s.Close()
	s = openStore(t, path)
	defer s.Close()
	for _, w := range want {
		var got raft.Log
		if err := s.GetLog(w.Index, &got); err != nil || !sameEntry(&got, w) {
			t.Errorf("entry of %d bytes: %v, same: %v", len(w.Data), err, sameEntry(&got, w))
		}
	}
	if err := s.StoreLog(entryOf(uint64(len(want)+1), MaxEntry+1)); err == nil {
		t.Error("entry beyond the bound stored")
	}
	var got raft.Log
	if err := s.GetLog(99, &got); !errors.Is(err, raft.ErrLogNotFound) {
		t.Errorf("missing entry: %v", err)
	}
}

// TestLogOfOlderFormat: entries of format 1, in parts of 15 KiB of which a full last one is followed by an empty one, are read, cut and followed by others. A file of a
// format that is not known is left alone.
func TestLogOfOlderFormat(t *testing.T) {
	const oldPart = 15 << 10
	path := filepath.Join(t.TempDir(), "raft.db")
	openStore(t, path).Close()
	var want []*raft.Log
	for _, size := range []int{0, 700, oldPart - entryFixed, oldPart, 3*oldPart - entryFixed, 400 << 10} {
		want = append(want, entryOf(uint64(len(want)+1), size))
	}
	change := func(change func(*bolt.Tx) error) {
		t.Helper()
		db, err := bolt.Open(path, 0o600, nil)
		if err == nil {
			err = errors.Join(db.Update(change), db.Close())
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	format := func(b byte) {
		t.Helper()
		change(func(tx *bolt.Tx) error { return tx.Bucket(bucketMeta).Put(keyFormat, []byte{b}) })
	}
	change(func(tx *bolt.Tx) error {
		for _, l := range want {
			head, err := encodeEntry(l)
			if err != nil {
				return err
			}
			all := append(head, l.Data...)
			for number := 0; ; number++ {
				part := all[:min(len(all), oldPart)]
				if err := tx.Bucket(bucketLog).Put(partKey(l.Index, number), part); err != nil {
					return err
				}
				if all = all[len(part):]; len(part) < oldPart {
					break
				}
			}
		}
		return nil
	})
	format(storeFormatOld)
	s := openStore(t, path)
	if err := s.DeleteRange(1, 2); err != nil {
		t.Fatal(err)
	}
	want = append(want[2:], entryOf(uint64(len(want)+1), 40_000))
	if err := s.StoreLog(want[len(want)-1]); err != nil {
		t.Fatal(err)
	}
	for _, w := range want {
		var got raft.Log
		if err := s.read(w.Index, &got); err != nil || !sameEntry(&got, w) {
			t.Errorf("entry %d of %d bytes: %v, same: %v", w.Index, len(w.Data), err, sameEntry(&got, w))
		}
	}
	s.db.View(func(tx *bolt.Tx) error {
		if got := tx.Bucket(bucketMeta).Get(keyFormat); !bytes.Equal(got, []byte{storeFormat}) {
			t.Errorf("goes on as format %x", got)
		}
		return nil
	})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for b, want := range map[byte]error{storeFormat + 1: store.ErrFormat, 0: ErrCorrupt} {
		format(b)
		before, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if s, err := OpenStore(path, cryptorand.Reader); !errors.Is(err, want) {
			t.Errorf("format %d: %v, want %v", b, err, want)
			s.Close()
		}
		if _, err := Inspect(path); !errors.Is(err, want) {
			t.Errorf("format %d, looked at: %v, want %v", b, err, want)
		}
		if after, err := os.ReadFile(path); err != nil || !bytes.Equal(before, after) {
			t.Errorf("a file of format %d was changed: %v", b, err)
		}
	}
}

// TestDeletingFullDrafts: a step of deleting is bounded by what it deletes, from either end.
func TestDeletingFullDrafts(t *testing.T) {
	const entries, parts = 16, 400
	for name, suffix := range map[string]bool{"beginning": false, "end": true} {
		t.Run(name, func(t *testing.T) {
			s := openStore(t, filepath.Join(t.TempDir(), "raft.db"))
			defer s.Close()
			for i := range uint64(entries) {
				if err := s.StoreLog(entryOf(i+1, parts*partSize-entryFixed)); err != nil {
					t.Fatal(err)
				}
			}
			var deleted uint64
			err := s.db.Update(func(tx *bolt.Tx) (err error) {
				deleted, err = deleteEntries(tx, 1, entries, suffix)
				return err
			})
			if want := uint64(deleteParts/parts + 1); err != nil || deleted != want {
				t.Errorf("%v, a step deletes %d entries, want %d", err, deleted, want)
			}
			low, high, left := deleted+1, uint64(entries-1), uint64(entries)
			if suffix {
				low, high, left = 2, entries-deleted, 1
			}
			if err := s.DeleteRange(low, high); err != nil {
				t.Fatal(err)
			}
			first, err1 := s.FirstIndex()
			last, err2 := s.LastIndex()
			if err := errors.Join(err1, err2); err != nil || first != left || last != left {
				t.Errorf("%v, entries %d to %d are left, want %d alone", err, first, last, left)
			}
			if n, err := s.LogBytes(); err != nil || n != parts*partSize {
				t.Errorf("%v, %d bytes are left, want %d", err, n, parts*partSize)
			}
		})
	}
}

func TestEveryFlippedBitOfAnEntryShows(t *testing.T) {
	s := openStore(t, filepath.Join(t.TempDir(), "raft.db"))
	defer s.Close()
	if err := errors.Join(s.StoreLogs([]*raft.Log{entryOf(1, 40), entryOf(2, partSize)}), s.settle()); err != nil {
		t.Fatal(err)
	}
	flip := func(key []byte, bit int) {
		err := s.db.Update(func(tx *bolt.Tx) error {
			b := bytes.Clone(tx.Bucket(bucketLog).Get(key))
			b[bit/8] ^= 1 << (bit % 8)
			return tx.Bucket(bucketLog).Put(key, b)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	var got raft.Log
	for bit := range 8 * (entryFixed + 40) {
		flip(partKey(1, 0), bit)
		if err := s.read(1, &got); !errors.Is(err, ErrCorrupt) {
			t.Fatalf("bit %d flipped: %v", bit, err)
		}
		flip(partKey(1, 0), bit)
	}
	if err := s.read(1, &got); err != nil {
		t.Fatal(err)
	}
	s.db.Update(func(tx *bolt.Tx) error { return tx.Bucket(bucketLog).Delete(partKey(2, 1)) })
	if err := s.read(2, &got); !errors.Is(err, ErrCorrupt) {
		t.Errorf("lost part: %v", err)
	}
}

// TestStoreAgainstModel drives store and raft's own memory store through the same calls, with restarts in between.
func TestStoreAgainstModel(t *testing.T) {
	dir, n := t.TempDir(), 0
	rapid.Check(t, func(t *rapid.T) {
		n++
		path := filepath.Join(dir, fmt.Sprint(n, ".db"))
		s, model := openStore(t, path), raft.NewInmemStore()
		defer func() { s.Close() }()
		term := uint64(1)
		last := func() uint64 { i, _ := model.LastIndex(); return i }
		t.Repeat(map[string]func(*rapid.T){
			"store": func(t *rapid.T) {
				var logs []*raft.Log
				for range rapid.IntRange(1, 6).Draw(t, "entries") {
					l := entryOf(last()+uint64(len(logs))+1, rapid.SampledFrom([]int{0, 10, partSize - entryFixed, partSize + 5, journalWrite}).Draw(t, "size"))
					l.Term = term
					logs = append(logs, l)
				}
				if err := errors.Join(s.StoreLogs(logs), model.StoreLogs(logs)); err != nil {
					t.Fatal(err)
				}
			},
			"store many": func(t *rapid.T) {
				var logs []*raft.Log
				for range 2*deleteStep + 3 {
					logs = append(logs, entryOf(last()+uint64(len(logs))+1, 3))
				}
				if err := errors.Join(s.StoreLogs(logs), model.StoreLogs(logs)); err != nil {
					t.Fatal(err)
				}
			},
			"gap": func(t *rapid.T) {
				if last() == 0 {
					return
				}
				for _, index := range []uint64{last(), last() + 2} {
					if err := s.StoreLog(entryOf(index, 1)); !errors.Is(err, ErrGap) {
						t.Fatalf("entry %d after %d: %v", index, last(), err)
					}
				}
			},
			"cut suffix": func(t *rapid.T) {
				first, _ := model.FirstIndex()
				if last() == 0 {
					return
				}
				from := rapid.Uint64Range(first, last()).Draw(t, "from")
				to := last()
				if err := errors.Join(s.DeleteRange(from, to), model.DeleteRange(from, to)); err != nil {
					t.Fatal(err)
				}
				if from == first { // the memory store keeps its old edge then
					model = raft.NewInmemStore()
				}
				term++
			},
			"cut prefix": func(t *rapid.T) {
				first, _ := model.FirstIndex()
				if last() == 0 || first == last() {
					return
				}
				to := rapid.Uint64Range(first, last()-1).Draw(t, "to")
				if err := errors.Join(s.DeleteRange(0, to), model.DeleteRange(first, to)); err != nil {
					t.Fatal(err)
				}
			},
			"store one by one": func(t *rapid.T) {
				s.journal.room = 16 * journalPage
				for range 20 {
					l := entryOf(last()+1, 3)
					if err := errors.Join(s.StoreLog(l), model.StoreLog(l)); err != nil {
						t.Fatal(err)
					}
				}
			},
			"kill": func(t *rapid.T) {
				if err := errors.Join(s.journal.f.Close(), s.db.Close()); err != nil {
					t.Fatal(err)
				}
				s = openStore(t, path)
			},
			"restart": func(t *rapid.T) {
				s.Close()
				s = openStore(t, path)
			},
			"": func(t *rapid.T) {
				f1, err1 := s.FirstIndex()
				l1, err2 := s.LastIndex()
				f2, _ := model.FirstIndex()
				l2, _ := model.LastIndex()
				if err1 != nil || err2 != nil || f1 != f2 || l1 != l2 {
					t.Fatalf("edges %d–%d, want %d–%d (%v, %v)", f1, l1, f2, l2, err1, err2)
				}
				for _, i := range []uint64{f2 - min(f2, 1), l2 + 1} {
					if err := s.GetLog(i, new(raft.Log)); !errors.Is(err, raft.ErrLogNotFound) {
						t.Fatalf("entry %d of %d to %d: %v", i, f2, l2, err)
					}
				}
				for i := max(f2, 1); i <= l2; i += max(1, (l2-f2)/16) {
					var got, stored, want raft.Log
					if err := errors.Join(s.GetLog(i, &got), s.read(i, &stored), model.GetLog(i, &want)); err != nil || !sameEntry(&got, &want) || !sameEntry(&stored, &want) {
						t.Fatalf("entry %d: %v", i, err)
					}
				}
			},
		})
	})
}

func TestCommitIndexIsWrittenWithEntriesOnly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "raft.db")
	s := openStore(t, path)
	commit := func() uint64 {
		i, err := s.GetCommitIndex()
		if err != nil {
			t.Fatal(err)
		}
		return i
	}
	if got := commit(); got != 0 {
		t.Errorf("new store: %d", got)
	}
	s.StoreLogs([]*raft.Log{entryOf(1, 1), entryOf(2, 1)})
	s.StageCommitIndex(2)
	if got := commit(); got != 0 {
		t.Errorf("staged only: %d", got)
	}
	s.StoreLog(entryOf(3, 1))
	s.StageCommitIndex(3)
	s.Close()
	s = openStore(t, path)
	defer s.Close()
	if got := commit(); got != 2 {
		t.Errorf("written with entry 3: %d, want 2", got)
	}
	s.StageCommitIndex(9)
	s.StoreLog(entryOf(4, 1))
	if got := commit(); got != 4 {
		t.Errorf("staged beyond the end: %d, want 4", got)
	}
}

func TestVoteIsOneWrite(t *testing.T) {
	path := filepath.Join(t.TempDir(), "raft.db")
	s := openStore(t, path)
	vote := func() string {
		term, err1 := s.GetUint64(keyVoteTerm)
		candidate, err2 := s.Get(keyVoteCandidate)
		return fmt.Sprint(term, " ", string(candidate), " ", err1, " ", err2)
	}
	if got := vote(); got != "0  not found not found" { // raft compares these words
		t.Errorf("new store: %q", got)
	}
	s.SetUint64(keyVoteTerm, 5)
	s.Set(keyVoteCandidate, []byte("a:1"))
	s.SetUint64(keyVoteTerm, 6)
	s.SetUint64([]byte("CurrentTerm"), 6)
	s.Close() // before the second half
	s = openStore(t, path)
	defer s.Close()
	if got := vote(); got != "5 a:1 <nil> <nil>" {
		t.Errorf("after half a vote: %q, want the whole old one", got)
	}
	if term, err := s.GetUint64([]byte("CurrentTerm")); term != 6 || err != nil {
		t.Errorf("current term: %d, %v", term, err)
	}
	s.SetUint64(keyVoteTerm, 7)
	s.Set(keyVoteCandidate, []byte("b:2"))
	if got := vote(); got != "7 b:2 <nil> <nil>" {
		t.Errorf("after a whole vote: %q", got)
	}
}

func TestConfigurationInForce(t *testing.T) {
	s := openStore(t, filepath.Join(t.TempDir(), "raft.db"))
	defer s.Close()
	of := func(id string) []byte {
		return raft.EncodeConfiguration(raft.Configuration{Servers: []raft.Server{{ID: raft.ServerID(id), Address: "x"}}})
	}
	s.StoreLogs([]*raft.Log{
		{Index: 1, Term: 1, Type: raft.LogConfiguration, Data: of("one")}, entryOf(2, 1), entryOf(3, 1),
		{Index: 4, Term: 1, Type: raft.LogConfiguration, Data: of("four")}, entryOf(5, 1),
	})
	check := func(at, wantIndex uint64, want string) {
		t.Helper()
		c, index, err := s.configuration(at)
		if err != nil || index != wantIndex || string(c.Servers[0].ID) != want {
			t.Errorf("at %d: %v of %d, %v", at, c, index, err)
		}
	}
	check(1, 1, "one")
	check(3, 1, "one")
	check(4, 4, "four")
	check(5, 4, "four")
	if _, _, err := s.configuration(0); !errors.Is(err, errNoConfiguration) {
		t.Errorf("before the first: %v", err)
	}
	s.DeleteRange(1, 2)
	check(3, 1, "one") // in force, though its entry is gone
	s.DeleteRange(4, 5)
	check(9, 1, "one")
}

func TestOneProcessAtATime(t *testing.T) {
	path := filepath.Join(t.TempDir(), "raft.db")
	s := openStore(t, path)
	if _, err := OpenStore(path, cryptorand.Reader); !errors.Is(err, ErrInUse) {
		t.Errorf("second opening: %v", err)
	}
	s.Close()
	openStore(t, path).Close()
}

// TestDamagedPagesAreNamed: bbolt itself would panic over them. Whatever byte of a page's head is wrong, opening ends with a verdict, and mostly with one that
// names the file.
func TestDamagedPagesAreNamed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "raft.db")
	s := openStore(t, path)
	for index := range uint64(24) {
		if err := s.StoreLog(entryOf(index+1, 2000)); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	named := 0
	const page = 4096
	for at := 2 * page; at < len(bytes.TrimRight(good, "\x00")); at += 3 * page {
		for _, field := range []int{0, 8, 10, 12} { // id, flags, count, overflow
			bad := bytes.Clone(good)
			bad[at+field] ^= 0x40
			if err := os.WriteFile(path, bad, 0o600); err != nil {
				t.Fatal(err)
			}
			again, err := OpenStore(path, cryptorand.Reader)
			switch {
			case err == nil:
				again.Close()
			case errors.Is(err, ErrCorrupt) && strings.Contains(err.Error(), "raft.db"):
				named++
			default:
				t.Errorf("page %d, field at %d: %v", at/page, field, err)
			}
		}
	}
	if named < 10 {
		t.Errorf("%d damaged pages were named", named)
	}
}
