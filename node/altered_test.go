package node

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/store"
	"github.com/ocopledger/ocop/node/config"
	"github.com/ocopledger/ocop/node/internal/liar"
)

// indexDB is the path of a host's derived state.
func (h *host) indexDB() string { return filepath.Join(h.dir, "data", store.IndexFile) }

// TestAlteredWhileItRuns: somebody changes a row of a node's state on its disk, with the right checksum, and the node goes on from there. Its next head
// differs from what the others certify, and everybody says so, itself included.
func TestAlteredWhileItRuns(t *testing.T) {
	t.Parallel()
	w := newNetwork(t, 3).start()
	w.certifies(w.nodes...)
	w.certifies(w.nodes...)
	w.agree()
	bad, honest := w.nodes[2], w.nodes[:2]
	bad.stop()
	change, err := liar.Alter(bad.indexDB(), 1, 2)
	if err != nil {
		t.Fatal(err)
	}
	bad.start()
	w.eventually("it is back, and signs", func() bool { return bad.Status().Cosign.State == "signing" })
	if err := change.WhileRunning(); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	w.certifies(honest...)
	for _, h := range w.nodes { // by evidence, if it signed before it was told better; by its own word in any case
		w.eventually(fmt.Sprintf("node %v says so", h.agency), func() bool {
			text := get(t, h.doors.Operator.Addr().String()+"/healthz")
			return strings.Contains(text, `"diverged: `) && (h == bad || strings.Contains(text, "the node of agency 3"))
		})
		t.Logf("node %v after %v", h.agency, time.Since(began).Round(time.Millisecond))
	}
	w.certifies(honest...)
	for _, h := range w.nodes {
		if got := h.kinds(); got != nil && !slices.Equal(got, []string{"diverged 3"}) {
			t.Errorf("node %v says %v", h.agency, got)
		}
	}
	if s := bad.Status(); s.Cosign.State != "stopped" || !strings.Contains(s.Cosign.Alarm, "diverged") {
		t.Errorf("the node itself: %+v", s.Cosign)
	}
}

// TestAlteredWhileItIsStopped: the same change is found when the node starts, and the row is named.
func TestAlteredWhileItIsStopped(t *testing.T) {
	t.Parallel()
	w := newNetwork(t, 3).start()
	w.certifies(w.nodes...)
	w.agree()
	bad := w.nodes[2]
	bad.stop()
	change, err := liar.Alter(bad.indexDB(), 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := change.WhileStopped(); err != nil {
		t.Fatal(err)
	}
	c := config.Default()
	c.Agency = uint64(bad.agency)
	n, err := New(context.Background(), Options{
		Config: c.At(bad.dir), Genesis: w.Genesis.Bytes(), Keys: w.Nodes[2], Version: "test", Log: discard(), Now: time.Now,
	})
	found, ok := errors.AsType[*chain.Finding](err)
	if !ok || found.File != store.IndexFile || found.Bucket != "subjects" || found.Row == "" {
		t.Errorf("started: %v, %+v, %v", n != nil, found, err)
	}
	if n != nil {
		n.Close()
	}
	w.certifies(w.nodes[:2]...)
}
