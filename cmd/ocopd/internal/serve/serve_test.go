package serve

import (
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

	"github.com/ocopledger/ocop/cmd/ocopd/internal/devnet"
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
			answer, err := http.Get("http://" + n.Nodes[i].Public + "/")
			if err != nil {
				t.Fatal(err)
			}
			page, err := io.ReadAll(answer.Body)
			answer.Body.Close()
			for height, _, signed, _ := r.Node().Certified(); signed == nil || height != r.Head().Height; height, _, signed, _ = r.Node().Certified() {
				select {
				case <-r.Done():
					t.Fatalf("node %d ended: %v", i, r.Close(t.Context()))
				case <-time.After(10 * time.Millisecond):
				}
			}
			if err != nil || answer.StatusCode != http.StatusOK || !strings.Contains(string(page), "DỮ LIỆU MẪU") {
				t.Errorf("node %d: %s, %v:\n%s", i, answer.Status, err, page)
			}
		}
		stop(t, running)
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
