package serve

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ocopledger/ocop/cmd/ocopd/internal/ceremony"
	"github.com/ocopledger/ocop/cmd/ocopd/internal/devnet"
	"github.com/ocopledger/ocop/node/config"
	"github.com/ocopledger/ocop/node/keys"
	"github.com/ocopledger/ocop/node/replica"
)

// network makes a network of three on ports that are free now.
func network(t *testing.T) *devnet.Network {
	t.Helper()
	for base := 20_000; base < 30_000; base += 100 {
		if !free(base) {
			continue
		}
		n, err := devnet.Open(devnet.Options{Dir: t.TempDir(), Nodes: 3, BasePort: base, Random: rand.Reader, Now: time.Now})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	t.Fatal("no free ports")
	return nil
}

func free(base int) bool {
	for i := range 23 {
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", base+i))
		if err != nil {
			return false
		}
		l.Close()
	}
	return true
}

func options(t *testing.T) Options {
	return Options{Version: "test", Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Now: time.Now}
}

func start(t *testing.T, n *devnet.Network) []*Running {
	t.Helper()
	running := make([]*Running, len(n.Nodes))
	for i := range n.Nodes {
		s, err := OpenDir(t.Context(), n.Nodes[i].Dir, options(t))
		if err != nil {
			t.Fatal(err)
		}
		running[i] = s.Start(context.WithoutCancel(t.Context()))
	}
	return running
}

// answer asks a node over HTTP for a path as it stands, following nothing.
func answer(t *testing.T, n *devnet.Network, i int, path string) (status int, page string) {
	t.Helper()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	r, err := client.Get("http://" + n.Nodes[i].Public + path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return r.StatusCode, string(body)
}

func stop(t *testing.T, running []*Running) {
	t.Helper()
	for _, r := range running {
		if err := r.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

// TestServe has three nodes in one process elect a leader and answer, stop, and come up again.
func TestServe(t *testing.T) {
	n := network(t)
	genesis, err := os.ReadFile(filepath.Join(n.Dir, "genesis"))
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		running := start(t, n)
		for i, r := range running {
			for r.Node().Leader() == 0 {
				select {
				case <-r.Done():
					t.Fatalf("node %d ended: %v", i, r.Close(t.Context()))
				case <-time.After(10 * time.Millisecond):
				}
			}
			for path, want := range map[string]int{"/": http.StatusOK, "/nothing": http.StatusNotFound, "/log/nothing": http.StatusNotFound, "/p/x": http.StatusBadRequest} {
				if status, page := answer(t, n, i, path); status != want || !strings.Contains(page, ceremony.SampleNotice) {
					t.Errorf("node %d: %s: %d:\n%s", i, path, status, page)
				}
			}
			for _, path := range []string{"/debug/pprof/", "/debug/pprof/goroutine?debug=2", "/debug/pprof/profile?seconds=1", "/metrics", "/status", "/healthz", "/readyz"} {
				if status, page := answer(t, n, i, path); status != http.StatusNotFound || !strings.Contains(page, ceremony.SampleNotice) { // the operator door's alone
					t.Errorf("node %d: %s at the public door: %d:\n%s", i, path, status, page)
				}
			}
			if status, page := answer(t, n, i, "//p//x"); status != http.StatusTemporaryRedirect || page != "" {
				t.Errorf("node %d: a path to be cleaned: %d:\n%s", i, status, page)
			}
			if status, file := answer(t, n, i, "/log/genesis"); status != http.StatusOK || file != string(genesis) {
				t.Errorf("node %d: genesis: %d, %d bytes", i, status, len(file))
			}
			for height, _, signed, _ := r.Node().Certified(); signed == nil || height != r.Head().Height; height, _, signed, _ = r.Node().Certified() {
				select {
				case <-r.Done():
					t.Fatalf("node %d ended: %v", i, r.Close(t.Context()))
				case <-time.After(10 * time.Millisecond):
				}
			}
		}
		stop(t, running)
	}
}

// TestBaseURL: a node's codes lead where its settings say, and without them where the ledger says; never to what cannot be a link.
func TestBaseURL(t *testing.T) {
	n := network(t)
	c, err := config.Load(filepath.Join(n.Nodes[0].Dir, config.FileName))
	if err != nil {
		t.Fatal(err)
	}
	for setting, want := range map[string]string{"": "http://" + n.Nodes[0].Public, "https://ocop.example.vn": "https://ocop.example.vn"} {
		c.Public.URL = setting
		s, err := Open(t.Context(), c, options(t))
		if err != nil {
			t.Fatal(err)
		}
		if s.BaseURL() != want {
			t.Errorf("public.url %q: codes lead to %q, want %q", setting, s.BaseURL(), want)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	c.Public.URL = "nowhere"
	if s, err := Open(t.Context(), c, options(t)); !isSetting(err, "public.url") {
		t.Errorf("%v, %v", s, err)
	}
	c.Public.URL = ""
	if s, err := Open(t.Context(), c, options(t)); err != nil || s.Close() != nil { // what failed left nothing open
		t.Errorf("after a failure: %v", err)
	}
}

func isSetting(err error, key string) bool {
	e, ok := errors.AsType[*config.Error](err)
	return ok && e.Key == key
}

// TestTheLogOfASampleSaysSo before anything else, so that it stands above whatever keeps the node from opening.
func TestTheLogOfASampleSaysSo(t *testing.T) {
	n := network(t)
	var log bytes.Buffer
	o := options(t)
	o.Log = slog.New(slog.NewTextHandler(&log, nil))
	held, err := OpenDir(t.Context(), n.Nodes[0].Dir, options(t))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := OpenDir(t.Context(), n.Nodes[0].Dir, o); !errors.Is(err, replica.ErrInUse) {
		t.Errorf("opened twice: %v", err)
	}
	if first, _, _ := strings.Cut(log.String(), "\n"); !strings.Contains(first, ceremony.SampleNotice) {
		t.Errorf("the log begins with %q", first)
	}
	if err := held.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestRefusals: what is missing or held by another keeps a node from opening, and nothing stays open.
func TestRefusals(t *testing.T) {
	n := network(t)
	dir := n.Nodes[0].Dir
	s, err := OpenDir(t.Context(), dir, options(t))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := OpenDir(t.Context(), dir, options(t)); !errors.Is(err, replica.ErrInUse) {
		t.Errorf("opened twice: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	key := filepath.Join(dir, "keys", "tls.key")
	for _, missing := range []string{key, filepath.Join(n.Dir, "genesis"), filepath.Join(dir, "config.yaml")} {
		if err := os.Rename(missing, missing+".away"); err != nil {
			t.Fatal(err)
		}
		if _, err := OpenDir(t.Context(), dir, options(t)); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("without %s: %v", missing, err)
		}
		if err := os.Rename(missing+".away", missing); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(key, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenDir(t.Context(), dir, options(t)); !errors.Is(err, keys.ErrOpen) {
		t.Errorf("a key that others can read: %v", err)
	}
}
