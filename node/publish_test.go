package node

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/merkle"
	"github.com/ocopledger/ocop/ledger/store"
	"github.com/ocopledger/ocop/ledger/tiles"
	"github.com/ocopledger/ocop/ledger/verify"
	"github.com/ocopledger/ocop/ledger/verify/anchor"
)

// publishedAt waits until every node that runs serves the newest head under the log's signature, and gives it.
func (w *network) publishedAt() (size uint64) {
	w.t.Helper()
	w.eventually("one published head", func() bool {
		head := w.certified()
		size = head.Size
		for _, h := range w.running() {
			if s := h.Published().Published(); s == nil || s.Tree.Size != head.Size || s.Tree.Root != head.Root {
				return false
			}
		}
		return true
	})
	return size
}

// believed is what a stranger with the genesis file and the handovers of a host makes of the host's published head.
func (h *host) believed() *verify.Head {
	h.net.t.Helper()
	now := uint64(time.Now().Unix())
	trust, err := anchor.Parse(h.net.Genesis.Bytes(), now, now)
	if err != nil {
		h.net.t.Fatal(err)
	}
	signed := h.Published().Published()
	handovers, err := h.Handovers(0)
	if err != nil {
		h.net.t.Fatal(err)
	}
	var seal []byte
	var path []ledger.Hash
	err = h.Ledger().View(func(v *chain.View) (err error) {
		size := signed.Tree.Size
		if seal, err = v.Leaf(size - 1); err != nil {
			return err
		}
		hashes, err := v.Hashes()
		if err != nil {
			return err
		}
		path, err = merkle.Log.ProveInclusion(hashes, size, size-1)
		return err
	})
	if err != nil {
		h.net.t.Fatal(err)
	}
	head, err := trust.Head(signed, seal, path, handovers)
	if err != nil {
		h.net.t.Fatalf("node %v: %v", h.agency, err)
	}
	if !head.Log {
		h.net.t.Errorf("node %v publishes a head without the log's signature", h.agency)
	}
	return head
}

// TestCosignerKeyIsRotated: one record, no vote, and the network goes on; strangers walk to the new epoch from genesis; the old key is gone.
func TestCosignerKeyIsRotated(t *testing.T) {
	t.Parallel()
	w := newNetwork(t, 3).start()
	w.nodes[0].accepted(w.Register(1, 1).Envelope)
	w.publishedAt()
	for epoch := uint32(1); epoch <= 4; epoch++ {
		h := w.nodes[epoch%3]
		purpose := ident.PurposeCosigner
		if epoch == 3 {
			purpose = ident.PurposeNode
		}
		key, record := h.rotate(purpose)
		h.accepted(record)
		for i := range 3 {
			w.nodes[i].accepted(w.Register(2, int(epoch)*10+i).Envelope)
		}
		w.publishedAt()
		for _, other := range w.nodes {
			head := other.believed()
			if head.Trust.Policy.Number != epoch || len(head.Validators) < 2 {
				t.Errorf("node %v publishes a head of epoch %d, cosigned by %d", other.agency, head.Trust.Policy.Number, len(head.Validators))
			}
		}
		w.eventually("the rotated key at its place", func() bool {
			return !h.o.Keys.IsNext(purpose, key.Public()) && (h.o.Keys.Cosigners(key.Public()) != nil || h.o.Keys.Nodes(key.Public()) != nil)
		})
		if purpose == ident.PurposeCosigner { // a quorum may be certified without it; it signs, too
			w.eventually("the new key's cosignature", func() bool {
				return len(h.believed().Validators) == 3
			})
		}
		if left, _ := filepath.Glob(filepath.Join(h.dir, "keys", "*.next.key")); len(left) != 0 {
			t.Errorf("epoch %d: %v is still there", epoch, left)
		}
	}
	// A network that stopped comes back into its epoch.
	for _, h := range w.nodes {
		h.stop()
	}
	// Who has lost what was certified is given the ends of epochs by the others.
	if err := os.Remove(filepath.Join(w.nodes[2].dir, "data", store.HeadsFile)); err != nil {
		t.Fatal(err)
	}
	w.start()
	w.nodes[0].accepted(w.Register(2, 99).Envelope)
	w.publishedAt()
	w.eventually("all handovers on all nodes", func() bool {
		for _, h := range w.nodes {
			if all, err := h.Handovers(0); err != nil || len(all) != 4 {
				return false
			}
		}
		return true
	})
	for _, h := range w.nodes {
		if head := h.believed(); head.Trust.Policy.Number != 4 {
			t.Errorf("node %v: epoch %d", h.agency, head.Trust.Policy.Number)
		}
	}
}

// TestEpochEndsWhileNobodyCosigns: the head that ended an epoch is certified when there is a quorum again, also after everybody stopped.
func TestEpochEndsWhileNobodyCosigns(t *testing.T) {
	t.Parallel()
	w := newNetwork(t, 3).start()
	w.nodes[0].accepted(w.Register(1, 1).Envelope)
	w.publishedAt()
	w.mute()
	h := w.nodes[1]
	_, record := h.rotate(ident.PurposeCosigner)
	h.accepted(record)
	w.nodes[0].accepted(w.Register(2, 1).Envelope)
	w.agree()
	for _, other := range w.nodes {
		if height, _, _, _ := other.Certified(); height >= w.agree().Height-1 {
			t.Fatalf("node %v has height %d certified: somebody cosigned", other.agency, height)
		}
		other.stop()
		other.prepare = nil
	}
	w.start()
	w.publishedAt()
	for _, other := range w.nodes {
		if head := other.believed(); head.Trust.Policy.Number != 1 {
			t.Errorf("node %v: epoch %d", other.agency, head.Trust.Policy.Number)
		}
	}
}

// TestMirrorOfANode: the folder holds what the node serves.
func TestMirrorOfANode(t *testing.T) {
	t.Parallel()
	w := newNetwork(t, 1)
	h := w.nodes[0]
	dir := t.TempDir()
	h.prepare = func(n *Node) { n.o.Config.Publish.Mirror = dir }
	w.start()
	for i := range 5 {
		h.accepted(w.Register(1, i+1).Envelope)
	}
	size := w.publishedAt()
	w.eventually("the mirror at the published head", func() bool {
		data, err := os.ReadFile(filepath.Join(dir, tiles.CheckpointPath))
		if err != nil {
			return false
		}
		head, err := checkpoint.Parse(data)
		return err == nil && head.Tree.Size == size
	})
	for _, name := range []string{"genesis", "policy.txt", "policy/0", "tile/entries/000.p"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Error(err)
		}
	}
}
