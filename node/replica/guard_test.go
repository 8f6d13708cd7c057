package replica

import (
	"errors"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/raft"
)

func newGuard(t *testing.T, fatal func(error)) *guard {
	s := openStore(t, filepath.Join(t.TempDir(), "raft.db"))
	t.Cleanup(func() { s.Close() })
	return &guard{
		applied: func() uint64 { return 0 },
		Store:   s, limit: time.Minute, fatal: fatal, store: s.StoreLogs,
		preverify: func([]byte) {}, leads: func(uint64) {}, leading: func() bool { return false },
	}
}

func TestFailedWriteEndsTheNode(t *testing.T) {
	var told []error
	g := newGuard(t, func(err error) { told = append(told, err) })
	full := errors.New("no space left on device")
	g.store = func([]*raft.Log) error { return full }
	var storage *StorageError
	if err := g.StoreLog(entryOf(1, 1)); !errors.Is(err, full) || !errors.As(err, &storage) {
		t.Errorf("got %v", err)
	}
	if len(told) != 1 || !errors.Is(told[0], full) {
		t.Errorf("node told %v", told)
	}
	g.Store.Close()
	for name, write := range map[string]func() error{
		"Set": func() error { return g.Set([]byte("k"), nil) }, "SetUint64": func() error { return g.SetUint64([]byte("k"), 1) },
		"DeleteRange": func() error { return g.DeleteRange(1, 2) },
	} {
		told = nil
		if err := write(); err == nil || len(told) != 1 {
			t.Errorf("%s on a closed file: %v, node told %v", name, err, told)
		}
	}
}

func TestHangingWriteEndsTheNode(t *testing.T) {
	g := newGuard(t, nil)
	synctest.Test(t, func(t *testing.T) {
		told := make(chan error, 1)
		hung := make(chan struct{})
		g.fatal = func(err error) { told <- err }
		g.store = func([]*raft.Log) error { <-hung; return nil }
		ended := make(chan error, 1)
		go func() { ended <- g.StoreLog(entryOf(1, 1)) }()
		began := time.Now()
		err := <-told
		var slow *SlowError
		if !errors.As(err, &slow) || time.Since(began) != g.limit {
			t.Errorf("after %v: %v", time.Since(began), err)
		}
		close(hung)
		<-ended
		g.store = func([]*raft.Log) error { time.Sleep(g.limit - 1); return nil }
		if err := g.StoreLog(entryOf(1, 1)); err != nil {
			t.Error(err)
		}
		time.Sleep(g.limit)
		select {
		case err := <-told:
			t.Errorf("a write in time ended the node: %v", err)
		default:
		}
	})
}

func TestStoringTellsTheLedgerAndTheTerm(t *testing.T) {
	g := newGuard(t, func(err error) { t.Error(err) })
	var verified int
	var terms []uint64
	g.preverify = func([]byte) { verified++ }
	g.leads = func(term uint64) { terms = append(terms, term) }
	noop := func(index, term uint64) *raft.Log { return &raft.Log{Index: index, Term: term, Type: raft.LogNoop} }
	g.StoreLogs([]*raft.Log{noop(1, 4)}) // as a follower
	g.leading = func() bool { return true }
	g.StoreLogs([]*raft.Log{noop(2, 5)})
	g.StoreLogs([]*raft.Log{entryOf(3, 10), entryOf(4, 10)})
	if verified != 2 || len(terms) != 1 || terms[0] != 5 {
		t.Errorf("%d drafts begun to verify, terms %v", verified, terms)
	}
}

func TestCacheForgetsWhatIsDeleted(t *testing.T) {
	g := newGuard(t, func(err error) { t.Error(err) })
	for i := range uint64(3 * cacheSize) {
		g.StoreLog(entryOf(i+1, 5))
	}
	var got raft.Log
	for i := range uint64(3 * cacheSize) {
		if err := g.GetLog(i+1, &got); err != nil || !sameEntry(&got, entryOf(i+1, 5)) {
			t.Fatalf("entry %d: %v", i+1, err)
		}
	}
	g.DeleteRange(3*cacheSize, 3*cacheSize)
	if err := g.GetLog(3*cacheSize, &got); !errors.Is(err, raft.ErrLogNotFound) {
		t.Errorf("deleted entry: %v", err)
	}
	other := entryOf(3*cacheSize, 5)
	other.Term = 77
	g.StoreLog(other)
	if err := g.GetLog(3*cacheSize, &got); err != nil || got.Term != 77 {
		t.Errorf("entry in place of a deleted one: %+v, %v", got, err)
	}
}

// What the ledger has applied, raft may not take back: by then a majority has forgotten it.
func TestAppliedEntriesAreNotCut(t *testing.T) {
	s := openStore(t, filepath.Join(t.TempDir(), "raft.db"))
	defer s.Close()
	for index := uint64(1); index <= 9; index++ {
		if err := s.StoreLog(entryOf(index, 1)); err != nil {
			t.Fatal(err)
		}
	}
	var told error
	g := &guard{Store: s, limit: time.Minute, applied: func() uint64 { return 6 }, fatal: func(err error) { told = err }}
	if err := g.DeleteRange(8, 9); err != nil || told != nil {
		t.Errorf("an end that is not applied: %v, %v", err, told)
	}
	if err := g.DeleteRange(1, 3); err != nil || told != nil {
		t.Errorf("a beginning, as when the log is cut: %v, %v", err, told)
	}
	if err := g.DeleteRange(6, 7); !errors.Is(err, ErrAppliedCut) || !errors.Is(told, ErrAppliedCut) {
		t.Errorf("an end that is applied: %v, %v", err, told)
	}
	if last, _ := s.LastIndex(); last != 7 {
		t.Errorf("the log ends with %d", last)
	}
	if err := s.setBase(&base{index: 6, configuration: encoded("x")}); err != nil {
		t.Fatal(err)
	}
	if err := g.DeleteRange(4, 7); err != nil {
		t.Errorf("all, behind a snapshot: %v", err)
	}
}
