package node

import (
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/genesis"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/store"
	"github.com/ocopledger/ocop/ledger/tiles"
	"github.com/ocopledger/ocop/ledger/verify/anchor"
	"github.com/ocopledger/ocop/node/internal/province"
	"github.com/ocopledger/ocop/node/internal/witness"
	"github.com/ocopledger/ocop/node/publish"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// witnessed is a network whose genesis pins outside witnesses. Every node knows their addresses; in each address stands whose it is.
func witnessed(t *testing.T, names ...string) (w *network, all []*witness.Witness) {
	t.Helper()
	var addresses [3][]string
	for i, name := range names {
		key, err := ident.NewEd25519PrivateKey(slices.Repeat([]byte{byte(100 + i)}, 32))
		if err != nil {
			t.Fatal(err)
		}
		one := witness.New(t, t.TempDir(), name, key, time.Now)
		server := httptest.NewServer(one)
		t.Cleanup(server.Close)
		all = append(all, one)
		for n := range addresses {
			addresses[n] = append(addresses[n], fmt.Sprintf("%s=%s/%d", name, server.URL, n+1))
		}
	}
	w = decidedNetwork(t, len(addresses), func(o *genesis.Options) {
		for _, one := range all {
			key := one.Key()
			o.Witnesses = append(o.Witnesses, &recordv1.Witness{Name: key.Name, Key: key.Key[:]})
		}
	})
	w.resign = 500 * time.Millisecond
	for _, one := range all {
		one.Trust(ident.VKey{Name: province.Origin, Type: ident.NoteLog, Key: w.Nodes[0].Log.Public()})
	}
	for i, h := range w.nodes {
		h.prepare = func(n *Node) { n.o.Config.Publish.Witnesses = strings.Join(addresses[i], ",") }
	}
	return w, all
}

// file is a file of the log as the host serves it.
func (h *host) file(name string) []byte {
	a := httptest.NewRecorder()
	publish.Handler(h.Published(), "", discard()).ServeHTTP(a, httptest.NewRequest(http.MethodGet, publish.Prefix+name, nil))
	if a.Code != http.StatusOK {
		return nil
	}
	return a.Body.Bytes()
}

// attested are the outside witnesses under a signed checkpoint that is certified.
func (w *network) attested(p *ledger.Policy, file []byte) (names []string) {
	w.t.Helper()
	signed, err := checkpoint.Parse(file)
	if err != nil {
		w.t.Fatal(err)
	}
	c, err := signed.Certify(p)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, one := range c.Witnesses {
		names = append(names, one.Name)
	}
	return names
}

// everywhere waits until every node serves the newest head with cosignatures of these witnesses.
func (w *network) everywhere(names ...string) {
	w.t.Helper()
	w.publishedAt()
	for _, h := range w.nodes {
		w.eventually(fmt.Sprintf("node %v serves what %v cosigned", h.agency, names), func() bool {
			_, policy, _, _ := h.Certified()
			return slices.Equal(w.attested(policy, h.file(tiles.CheckpointPath)), names)
		})
	}
}

// TestOutsideWitnesses: the publisher asks them; what they signed is served by every node, goes into receipts, and outlives the nodes.
func TestOutsideWitnesses(t *testing.T) {
	t.Parallel()
	const first, second = "witness.example/first", "witness.example/second"
	w, all := witnessed(t, first, second)
	w.start()
	outcomes := w.nodes[1].accepted(w.Register(1, 1).Envelope)
	w.everywhere(first, second)
	for _, h := range w.nodes {
		_, policy, _, _ := h.Certified()
		receipts, err := h.Receipts(t.Context(), outcomes, math.MaxInt)
		if err != nil {
			t.Fatal(err)
		}
		proof, err := checkpoint.ParseProof(receipts[0])
		if err != nil {
			t.Fatal(err)
		}
		if names := w.attested(policy, proof.Checkpoint.Append(nil)); !slices.Equal(names, []string{first, second}) {
			t.Errorf("node %v: a receipt's head is witnessed by %v", h.agency, names)
		}
	}
	// One that is down takes away its own voice alone.
	all[1].Down(true)
	w.nodes[2].accepted(w.Register(2, 1).Envelope)
	w.everywhere(first)
	// Everybody starts anew while no witness answers: what is served then was on their disks.
	all[0].Down(true)
	for _, h := range w.nodes {
		h.stop()
		if names := h.stored(); !slices.Equal(names, []string{first}) {
			t.Errorf("node %v keeps what %v cosigned", h.agency, names)
		}
	}
	w.start()
	w.everywhere(first)
	w.nodes[0].accepted(w.Register(3, 1).Envelope)
	w.everywhere()
	for _, one := range all {
		one.Down(false)
	}
	w.everywhere(first, second)
	head := w.nodes[0].Published().Published().Tree
	for i, one := range all {
		if one.Tree() != head {
			t.Errorf("witness %d has seen %d leaves of %d", i, one.Tree().Size, head.Size)
		}
		if n := one.Asked("/1/add-checkpoint"); n == 0 || n != one.Asked("") {
			t.Errorf("witness %d was asked %d times by the publisher, of %d", i, n, one.Asked(""))
		}
	}
}

// stored are the witnesses under the newest head in the host's file.
func (h *host) stored() []string {
	h.net.t.Helper()
	s, err := store.OpenHeads(filepath.Join(h.dir, "data", store.HeadsFile), store.Options{})
	if err != nil {
		h.net.t.Fatal(err)
	}
	defer s.Close()
	row, err := s.Newest()
	if err != nil {
		h.net.t.Fatal(err)
	}
	trust, err := anchor.Parse(h.net.Genesis.Bytes(), 0, uint64(time.Now().Unix()))
	if err != nil {
		h.net.t.Fatal(err)
	}
	return h.net.attested(trust.Policy, row.Signed)
}

// TestPolicyFilesOfASample: whoever has a policy file of sample data is told so by it.
func TestPolicyFilesOfASample(t *testing.T) {
	t.Parallel()
	for _, sample := range []bool{true, false} {
		w := decidedNetwork(t, 1, func(o *genesis.Options) { o.Sample = sample })
		h, dir := w.nodes[0], t.TempDir()
		h.prepare = func(n *Node) { n.o.Config.Publish.Mirror = dir }
		w.start()
		h.accepted(w.Register(1, 1).Envelope)
		w.publishedAt()
		files := map[string][]byte{"policy": h.file("policy"), "policy/0": h.file("policy/0")}
		w.eventually("the mirror", func() bool {
			var err error
			files["policy.txt of the mirror"], err = os.ReadFile(filepath.Join(dir, "policy.txt"))
			return err == nil
		})
		for name, file := range files {
			if said := containsLine(string(file), "# "+genesis.SampleNotice); said != sample {
				t.Errorf("sample is %v; %s:\n%s", sample, name, file)
			}
			if _, err := checkpoint.ParsePolicy(file); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}
