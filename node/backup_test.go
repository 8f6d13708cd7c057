package node

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/node/backup"
	"github.com/ocopledger/ocop/node/config"
)

// order orders a backup at a node's operator door.
func (h *host) order(to string) (status int, answer []byte) {
	r := httptest.NewRequest(http.MethodPost, backup.OrderPath, strings.NewReader(`{"to":"`+to+`"}`))
	r.Header.Set("Content-Type", "application/json; charset=utf-8")
	w := httptest.NewRecorder()
	h.orderBackup(w, r)
	return w.Code, w.Body.Bytes()
}

// TestBackupUnderLoad: a node makes backups while it takes records. Each is a ledger of one moment that contains what it says is certified, and no record that was
// acknowledged before is missing; one backup is made at a time, and none by a node that stops.
func TestBackupUnderLoad(t *testing.T) {
	w := newNetwork(t, 3).start()
	w.certified()
	h := w.nodes[1]
	if err := os.WriteFile(filepath.Join(h.dir, config.FileName), []byte("agency: 2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan int)
	go func() {
		n := 0
		for ; ctx.Err() == nil; n++ {
			w.nodes[0].accepted(w.Register(1, n+1).Envelope)
		}
		ended <- n
	}()
	parent := t.TempDir()
	var sizes []uint64
	for _, name := range []string{"a", "b", "c", "d"} {
		w.eventually("the ledger grows", func() bool { return len(sizes) == 0 || h.Ledger().Head().Size > sizes[len(sizes)-1] })
		acknowledged := h.Ledger().Head()
		status, answer := h.order(filepath.Join(parent, name))
		m := new(backup.Manifest)
		if err := json.Unmarshal(answer, m); status != http.StatusOK || err != nil {
			t.Fatalf("%d %s %v", status, answer, err)
		}
		b, err := backup.Open(filepath.Join(parent, name))
		if err == nil {
			err = b.Read(t.Context(), nil)
		}
		if err != nil {
			t.Fatal(err)
		}
		report, err := chain.Check(t.Context(), chain.CheckOptions{Dir: filepath.Join(parent, name), Genesis: w.Genesis.Bytes(), Verifier: h.pool})
		if err != nil || len(report.Findings) > 0 || report.Head.Root != m.Root || m.Size < acknowledged.Size || m.Certified == nil || m.Certified.Size > m.Size {
			t.Fatalf("%+v, %v, the manifest says %+v; the node was at %+v", report, err, m, acknowledged)
		}
		if err := b.Signed(report.Policies); err != nil {
			t.Error(err)
		}
		sizes = append(sizes, m.Size)
	}
	stop()
	if n := <-ended; n == 0 || sizes[len(sizes)-1] <= sizes[0] {
		t.Errorf("%d records meanwhile, backups of %v leaves", n, sizes)
	}

	h.backingUp.Lock()
	if status, answer := h.order(filepath.Join(parent, "busy")); status != http.StatusTooManyRequests {
		t.Errorf("a second one: %d %s", status, answer)
	}
	h.backingUp.Unlock()
	if status, answer := h.order(filepath.Join(parent, "a")); status != http.StatusConflict || !strings.Contains(string(answer), `"exists":true`) {
		t.Errorf("over another one: %d %s", status, answer)
	}
	node := h.Node
	h.stop()
	r := httptest.NewRequest(http.MethodPost, backup.OrderPath, strings.NewReader(`{"to":"`+filepath.Join(parent, "late")+`"}`))
	r.Header.Set("Content-Type", "application/json")
	late := httptest.NewRecorder()
	node.orderBackup(late, r)
	if late.Code == http.StatusOK {
		t.Error("a node that has stopped makes a backup")
	}
	if left, _ := filepath.Glob(filepath.Join(parent, "late*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}
