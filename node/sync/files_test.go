package sync

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/chain/chaintest"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/merkle"
	"github.com/ocopledger/ocop/ledger/tiles"
	"github.com/ocopledger/ocop/node/publish"
)

// published is a truth's ledger as it is published.
type published struct{ *truth }

func (p published) Published() *checkpoint.Signed {
	_, _, signed, _ := p.Certified()
	return signed
}

type logOf struct{ *chain.View }

func (l logOf) Size() uint64 { return l.Head().Size }

func (p published) Log(read func(tiles.Log) error) error {
	return p.ledger.View(func(v *chain.View) error { return read(logOf{v}) })
}

func (p published) Policy() ([]byte, error) { return nil, tiles.ErrNotFound }
func (p published) Genesis() []byte         { return p.ledger.Genesis().Bytes() }

func (p published) Epoch(number uint32) ([]byte, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if number == 0 || int(number) > len(p.handovers) {
		return nil, tiles.ErrNotFound
	}
	return p.handovers[number-1], nil
}

// overWeb serves a ledger's published files.
func overWeb(t testing.TB, n *truth, secure bool) string {
	t.Helper()
	s := httptest.NewUnstartedServer(publish.Handler(published{n}, "", slog.New(slog.DiscardHandler)))
	if secure {
		s.StartTLS() // with a certificate of nobody's
	} else {
		s.Start()
	}
	t.Cleanup(s.Close)
	return s.URL + publish.Prefix
}

// mirror writes a ledger's published files to a folder.
func mirror(t testing.TB, n *truth, dir string) {
	t.Helper()
	put := func(path string, data []byte) {
		name := filepath.Join(dir, path)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	head := published{n}.Published()
	err := published{n}.Log(func(l tiles.Log) error {
		for tile := range merkle.Tiles(0, head.Tree.Size) {
			paths := []string{tile.Path()}
			if tile.Level == 0 {
				paths = append(paths, tile.EntriesPath())
			}
			for _, path := range paths {
				data, err := tiles.Read(l, path)
				if err != nil {
					return err
				}
				put(path, data)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for i, h := range n.handovers {
		put("policy/"+string(rune('1'+i)), h)
	}
	put(tiles.CheckpointPath, head.Append(nil))
}

func ofFiles(t testing.TB, where string) *Files {
	t.Helper()
	f, err := Tiles(where)
	if err != nil {
		t.Fatal(err)
	}
	f.poll = 5 * time.Millisecond
	t.Cleanup(func() { f.Close() })
	return f
}

// Where only files are published, they do: over HTTP, with any certificate, and from a folder.
func TestFiles(t *testing.T) {
	market := chaintest.NewMarket(1)
	n := newTruth(t, market.World)
	n.tell(market.Story...)
	n.tell(market.Draft(ledger.MaxDraftRecords))
	n.certify()
	folder := t.TempDir()
	mirror(t, n, folder)
	for name, where := range map[string]string{"http": overWeb(t, n, false), "https": overWeb(t, n, true), "folder": folder} {
		t.Run(name, func(t *testing.T) {
			head := n.ledger.Head()
			f := newFollower(t, openLedger(t, market.Genesis.Bytes()), market.Genesis, n.now, ofFiles(t, where))
			f.pace.leaves = maxBlockLeaves + 1
			if err := f.to(head.Size); err != nil {
				t.Fatal(err)
			}
			if got := f.ledger.Head(); got != head {
				t.Fatalf("%+v, want %+v", got, head)
			}
			if points := f.told(); len(points) != len(n.handovers)+1 {
				t.Errorf("told of %d heads", len(points))
			}
		})
	}
}

// Published files are followed as they grow.
func TestFilesAreFollowed(t *testing.T) {
	market := chaintest.NewMarket(2)
	n := newTruth(t, market.World)
	n.tell(market.Story[:6]...)
	n.certify()
	f := newFollower(t, openLedger(t, market.Genesis.Bytes()), market.Genesis, n.now, ofFiles(t, overWeb(t, n, false)))
	f.run()
	for _, d := range append(market.Story[6:], market.Drafts(20, 60)...) {
		n.tell(d)
		n.certify()
		head := n.ledger.Head()
		f.eventually("the head", func() bool { return f.ledger.Head() == head })
	}
}

// A published file that is missing, cut or altered is found.
func TestDamagedFiles(t *testing.T) {
	market := chaintest.NewMarket(1)
	n := newTruth(t, market.World)
	n.tell(market.Story...)
	n.tell(market.Draft(ledger.MaxDraftRecords))
	n.certify()
	for _, c := range []struct {
		name  string
		fault Fault
		harm  func(t *testing.T, dir string)
	}{
		{"no checkpoint", Empty, removed(tiles.CheckpointPath)},
		{"checkpoint too long", Malformed, rewritten(tiles.CheckpointPath, func(b []byte) []byte { return append(b, make([]byte, checkpoint.MaxSigned)...) })},
		{"no bundle", Unreachable, removed("tile/entries/000")},
		{"bundle cut", Malformed, rewritten("tile/entries/000", func(b []byte) []byte { return b[:len(b)-1] })},
		{"bundle altered", Untrue, rewritten("tile/entries/000", flipped)},
		{"no hash tile", Unreachable, removed("tile/0/000")},
		{"hash tile altered", Unproved, rewritten("tile/1/000.p/3", func(b []byte) []byte { b[0] ^= 1; return b })},
		{"handover altered", Uncertified, rewritten("policy/2", func(b []byte) []byte {
			return []byte(strings.Replace(string(b), "log.example/test\n", "log.example/tesd\n", 1))
		})},
		{"handover too long", Malformed, rewritten("policy/2", func(b []byte) []byte { return append(b, make([]byte, maxHandover)...) })},
		{"a folder for a file", Malformed, func(t *testing.T, dir string) {
			removed("tile/0/000")(t, dir)
			if err := os.Mkdir(filepath.Join(dir, "tile/0/000"), 0o755); err != nil {
				t.Fatal(err)
			}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			mirror(t, n, dir)
			c.harm(t, dir)
			source := ofFiles(t, dir)
			f := newFollower(t, openLedger(t, market.Genesis.Bytes()), market.Genesis, n.now, source)
			f.pace.leaves = maxBlockLeaves + 1
			ctx, stop := context.WithCancel(t.Context())
			ended := make(chan error, 1)
			go func() { ended <- f.To(ctx, n.ledger.Head().Size) }()
			f.eventually("the damage is found", func() bool { s := f.Status().Sources; return len(s) > 0 && s[0].Err != nil })
			stop()
			if err := <-ended; !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
			e, ok := errors.AsType[*SourceError](f.Status().Sources[0].Err)
			if !ok || e.Fault != c.fault || e.Source != dir {
				t.Errorf("%v, want %s", e, c.fault)
			}
		})
	}
}

func removed(path string) func(*testing.T, string) {
	return func(t *testing.T, dir string) {
		t.Helper()
		if err := os.Remove(filepath.Join(dir, path)); err != nil {
			t.Fatal(err)
		}
	}
}

func rewritten(path string, change func([]byte) []byte) func(*testing.T, string) {
	return func(t *testing.T, dir string) {
		t.Helper()
		name := filepath.Join(dir, path)
		data, err := os.ReadFile(name)
		if err == nil {
			err = os.WriteFile(name, change(data), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// A web server that is overloaded, broken or gone is told apart from one that lies.
func TestWebFaults(t *testing.T) {
	market := chaintest.NewMarket(1)
	for code, want := range map[int]Fault{http.StatusServiceUnavailable: Busy, http.StatusTooManyRequests: Busy, http.StatusInternalServerError: Unreachable, http.StatusNotFound: Empty} {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }))
		_, err := ofFiles(t, s.URL).Head(t.Context(), 0, 0)
		s.Close()
		if e, ok := errors.AsType[*SourceError](of(t.Context(), ofFiles(t, s.URL), err)); !ok || e.Fault != want || e.Source != s.URL {
			t.Errorf("%d: %v", code, err)
		}
	}
	s := httptest.NewServer(http.NotFoundHandler())
	s.Close()
	f := newFollower(t, openLedger(t, market.Genesis.Bytes()), market.Genesis, time.Now, ofFiles(t, s.URL))
	if best, err := f.ask(t.Context(), f.list()); best != nil || err != nil {
		t.Errorf("%v, %v", best, err)
	}
	if e, ok := errors.AsType[*SourceError](f.Status().Sources[0].Err); !ok || e.Fault != Unreachable {
		t.Errorf("%+v", f.Status())
	}
}
