package backup_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/chain/chaintest"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/store"
	"github.com/ocopledger/ocop/node/backup"
)

// growing is a ledger with its certified heads, as a running node has them.
type growing struct {
	t      *testing.T
	market *chaintest.Market
	ledger *chain.Ledger
	heads  *store.Heads
	pool   *ident.Pool
}

func newGrowing(t *testing.T) *growing {
	t.Helper()
	m := chaintest.NewMarket(31)
	pool, err := ident.NewPool(2, 1024)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	dir := t.TempDir()
	l, err := chain.Open(t.Context(), chain.Options{Dir: dir, Genesis: m.Genesis.Bytes(), Verifier: pool, NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	h, err := store.OpenHeads(filepath.Join(dir, store.HeadsFile), store.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Close() })
	g := &growing{t, m, l, h, pool}
	for _, d := range m.Story {
		g.apply(d)
	}
	return g
}

// apply applies a draft, and has its head certified.
func (g *growing) apply(d chaintest.Draft) {
	g.t.Helper()
	applied, err := g.ledger.Apply(context.Background(), []chain.Entry{{Index: d.Index, Term: d.Term, Data: d.Data}})
	if err != nil {
		g.t.Error(err)
		return
	}
	a := applied[0]
	if !a.Sealed {
		return
	}
	signed := chaintest.Cosign(a.Policy, a.Head, 1_790_000_000)
	if err := g.heads.Put(store.CertifiedHead{Size: a.Head.Size, Height: a.Head.Height, Epoch: a.Policy.Number, Ends: a.Ends, Day: 20260922, Signed: signed.Append(nil)}); err != nil {
		g.t.Error(err)
	}
}

func (g *growing) source() backup.Source {
	return backup.Source{
		Agency: chaintest.Province, Software: "test", Ledger: g.ledger, Heads: g.heads, Genesis: g.market.Genesis.Bytes(), Config: []byte("agency: 1\n"), Now: time.Now,
		Key: func(public ident.Ed25519Key) *ident.Ed25519PrivateKey {
			if k := chaintest.SpareKey(chaintest.Province, ident.PurposeNode, "1"); k.Public() == public {
				return k
			}
			return nil
		},
	}
}

// Backups that are made while blocks are applied are each a ledger of one moment, with everything that it says is certified.
func TestBackupsOfAGrowingLedger(t *testing.T) {
	g := newGrowing(t)
	var writer sync.WaitGroup
	stop := make(chan struct{})
	writer.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				g.apply(g.market.Draft(20))
			}
		}
	})
	parent := t.TempDir()
	sizes := make(map[uint64]bool)
	for i := range 8 {
		dir := filepath.Join(parent, fmt.Sprint(i))
		made, err := backup.Write(t.Context(), dir, g.source())
		if err != nil {
			t.Fatal(err)
		}
		sizes[made.Size] = true
		b, err := backup.Open(dir)
		if err == nil {
			err = b.Read(t.Context(), nil)
		}
		if err != nil {
			t.Fatal(err)
		}
		report, err := chain.Check(t.Context(), chain.CheckOptions{Dir: dir, Genesis: g.market.Genesis.Bytes(), Verifier: g.pool})
		if err != nil || len(report.Findings) > 0 || report.Head.Size != made.Size || report.Head.Root != made.Root || report.Head.Height != made.Height {
			t.Fatalf("%+v, %v; the manifest says %+v", report, err, made)
		}
		if err := b.Signed(report.Policies); err != nil {
			t.Error(err)
		}
		if made.Certified == nil || made.Certified.Size > made.Size || int(made.Epoch) != len(report.Policies)-1 {
			t.Errorf("%+v", made)
		}
	}
	close(stop)
	writer.Wait()
	if len(sizes) < 2 {
		t.Error("the ledger did not grow meanwhile")
	}
}

// A backup that is broken off leaves nothing, and what an earlier process left does not stand in the way of the next.
func TestBackupsBrokenOff(t *testing.T) {
	g := newGrowing(t)
	parent := t.TempDir()
	dir := filepath.Join(parent, "backup")
	for _, early := range []bool{true, false} {
		ctx, cancel := context.WithCancel(t.Context())
		s := g.source()
		s.Now = func() time.Time { cancel(); return time.Now() } // the databases are copied by then
		if early {
			cancel()
		}
		if _, err := backup.Write(ctx, dir, s); !errors.Is(err, context.Canceled) {
			t.Errorf("%v", err)
		}
		cancel()
		if left, _ := os.ReadDir(parent); len(left) > 0 {
			t.Errorf("left behind: %v", left)
		}
	}
	if err := os.MkdirAll(filepath.Join(dir+".partial", "policy"), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := backup.Open(dir + ".partial"); err == nil {
		t.Error("what was broken off is taken for a backup")
	}
	if _, err := backup.Write(t.Context(), dir, g.source()); err != nil {
		t.Error(err)
	}
	if left, _ := os.ReadDir(parent); len(left) != 1 {
		t.Errorf("left behind: %v", left)
	}
	if _, err := backup.Write(t.Context(), dir, g.source()); !errors.Is(err, fs.ErrExist) {
		t.Errorf("over another one: %v", err)
	}
}

// What is passed on is what was checked: a file that is altered is not passed on as a whole one.
func TestReadPassesOnWhatItChecks(t *testing.T) {
	g := newGrowing(t)
	dir := filepath.Join(t.TempDir(), "backup")
	if _, err := backup.Write(t.Context(), dir, g.source()); err != nil {
		t.Fatal(err)
	}
	b, err := backup.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	full := errors.New("full")
	for name, into := range map[string]func(string) (io.WriteCloser, error){
		"cannot be opened":  func(string) (io.WriteCloser, error) { return nil, full },
		"cannot be written": func(string) (io.WriteCloser, error) { return failing{write: full}, nil },
		"cannot be closed":  func(string) (io.WriteCloser, error) { return failing{close: full}, nil },
	} {
		if err := b.Read(t.Context(), into); !errors.Is(err, full) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

type failing struct{ write, close error }

func (f failing) Write(p []byte) (int, error) {
	if f.write != nil {
		return 0, f.write
	}
	return len(p), nil
}

func (f failing) Close() error { return f.close }

func TestMarks(t *testing.T) {
	dir := t.TempDir()
	if _, err := backup.ReadMark(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("without one: %v", err)
	}
	mark := backup.Mark{Height: 7, Size: 99, Root: ledger.Hash{1, 2}, Time: time.Date(2026, 11, 27, 1, 2, 3, 0, time.UTC)}
	if err := mark.Write(dir); err != nil {
		t.Fatal(err)
	}
	got, err := backup.ReadMark(dir)
	if err != nil || *got != mark {
		t.Errorf("%+v, %v", got, err)
	}
	if err := mark.Write(dir); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a second one: %v", err)
	}
	good := mark.String()
	for _, bad := range []string{"", "ocop restored 2" + good[len("ocop restored 1"):], good + "x", good[:len(good)-1], good[1:], "ocop restored 1\nheight -1\nsize 1\nroot 00\ntime now\n"} {
		if err := os.WriteFile(filepath.Join(dir, backup.MarkFile), []byte(bad), 0o600); err != nil {
			t.Fatal(err)
		}
		if m, err := backup.ReadMark(dir); !errors.Is(err, backup.ErrMark) {
			t.Errorf("%q: %+v, %v", bad, m, err)
		}
	}
}

// FuzzOpen reads manifests of anything: what is opened names no file outside the folder, and each once.
func FuzzOpen(f *testing.F) {
	f.Add([]byte(`{"format":"ocop backup 1"}`))
	f.Add([]byte(`{"format":"ocop backup 1","files":[{"name":"chain.db","bytes":1,"sha256":""},{"name":"config.yaml"},{"name":"genesis"},{"name":"heads.db"},{"name":"policy/0"}]}`))
	f.Add([]byte(`{"format":"ocop backup 1","files":[{"name":"../chain.db"}]}`))
	line := fmt.Sprintf("ocop backup-manifest %064x %0128x\n", 1, 2)
	f.Fuzz(func(t *testing.T, manifest []byte) {
		dir := t.TempDir()
		if err := errors.Join(os.WriteFile(filepath.Join(dir, backup.ManifestFile), manifest, 0o600), os.WriteFile(filepath.Join(dir, backup.SignatureFile), []byte(line), 0o600)); err != nil {
			t.Fatal(err)
		}
		b, err := backup.Open(dir)
		if err != nil {
			return
		}
		names := make(map[string]bool)
		for _, file := range b.Manifest.Files {
			if names[file.Name] || !filepath.IsLocal(file.Name) {
				t.Errorf("file %q", file.Name)
			}
			names[file.Name] = true
		}
		if err := b.Read(t.Context(), nil); err == nil {
			t.Error("files that are not there were read")
		}
		if err := b.Signed(nil); err == nil {
			t.Error("signed by nobody")
		}
	})
}
