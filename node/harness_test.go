package node

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
	"google.golang.org/grpc"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/genesis"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/node/blobs"
	"github.com/ocopledger/ocop/node/config"
	"github.com/ocopledger/ocop/node/internal/province"
	"github.com/ocopledger/ocop/node/keeper"
	"github.com/ocopledger/ocop/node/keys"
)

// deadline bounds every wait of these tests; none depends on how long anything takes.
const deadline = 60 * time.Second

// After a fault raft ends without answering what it had queued, and whoever waits for that waits on.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("github.com/hashicorp/raft.(*deferError).Error"))
}

// network is a few real nodes on loopback, each with its own keys, directory and doors.
type network struct {
	t testing.TB
	*province.Province
	nodes  []*host
	log    io.Writer
	resign time.Duration

	records int // of certifies
}

// host is the machine of a node: what stays when the node stops.
type host struct {
	net       *network
	agency    ledger.AccountID
	dir       string
	addresses province.Address
	doors     Listeners
	now       func() time.Time
	verifier  ident.Verifier // nil: the node's own
	prepare   func(*Node)    // before it runs; nil: nothing
	configure func(*config.Config)
	services  func(*Node, grpc.ServiceRegistrar)

	*Node
	cancel context.CancelFunc
	ended  chan error
}

func listen(t testing.TB, address string) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func newNetwork(t testing.TB, n int) *network {
	t.Helper()
	return decidedNetwork(t, n, func(*genesis.Options) {})
}

// decidedNetwork is newNetwork with what the genesis ceremony decides changed.
func decidedNetwork(t testing.TB, n int, decide func(*genesis.Options)) *network {
	t.Helper()
	w := &network{t: t, log: io.Discard}
	if testing.Verbose() {
		w.log = os.Stderr
	}
	var addresses []province.Address
	for i := range n {
		h := &host{net: w, agency: ledger.AccountID(i + 1), dir: t.TempDir(), now: time.Now}
		h.doors = Listeners{Peer: listen(t, "127.0.0.1:0"), Public: listen(t, "127.0.0.1:0"), Operator: listen(t, "127.0.0.1:0")}
		h.addresses = province.Address{Peer: h.doors.Peer.Addr().String(), Public: h.doors.Public.Addr().String()}
		addresses, w.nodes = append(addresses, h.addresses), append(w.nodes, h)
	}
	w.Province = province.Decided(t, decide, addresses...)
	t.Cleanup(func() {
		for _, h := range w.nodes {
			h.stop()
		}
	})
	return w
}

// start begins all nodes that do not run.
func (w *network) start() *network {
	w.t.Helper()
	for _, h := range w.nodes {
		if h.Node == nil {
			h.start()
		}
	}
	return w
}

// options are what the host's node is made of.
func (h *host) options() Options {
	c := config.Default()
	c.Agency = uint64(h.agency)
	c.Raft.Heartbeat = config.Duration(400 * time.Millisecond)
	if h.configure != nil {
		h.configure(&c)
	}
	log := slog.New(slog.NewTextHandler(h.net.log, &slog.HandlerOptions{Level: slog.LevelInfo})).With("node", h.agency)
	return Options{
		Config: c.At(h.dir), Genesis: h.net.Genesis.Bytes(), Keys: h.net.Nodes[h.agency-1], Version: "test", Log: log, Now: h.now, Listeners: h.doors, Verifier: h.verifier, resign: h.net.resign,
		Services: h.services,
		Pages: func(n *Node) http.Handler {
			mux := http.NewServeMux()
			mux.Handle(keeper.Prefix, keeper.Handler(n.Keeper(), "", discard()))
			mux.Handle(blobs.Prefix, blobs.Handler(n.Blobs(), "", discard()))
			return mux
		},
	}
}

func (h *host) start() {
	h.net.t.Helper()
	if h.doors.Peer == nil {
		h.doors = Listeners{Peer: listen(h.net.t, h.addresses.Peer), Public: listen(h.net.t, h.addresses.Public), Operator: listen(h.net.t, "127.0.0.1:0")}
	}
	n, err := New(context.Background(), h.options())
	if err != nil {
		h.net.t.Fatal(err)
	}
	if h.prepare != nil {
		h.prepare(n)
	}
	ctx, cancel := context.WithCancel(context.Background())
	h.Node, h.cancel, h.ended = n, cancel, make(chan error, 1)
	go func() { h.ended <- n.Run(ctx) }()
}

// stop ends the node cleanly.
func (h *host) stop() {
	h.net.t.Helper()
	if h.Node == nil {
		return
	}
	h.cancel()
	if err := <-h.ended; err != nil {
		h.net.t.Errorf("node %v: %v", h.agency, err)
	}
	h.Node, h.doors = nil, Listeners{}
}

// mute takes the cosigner key away from the nodes, so that they sign nothing and have nothing to collect.
func (w *network) mute() {
	for i, set := range w.Nodes {
		other, err := ident.NewEd25519PrivateKey(slices.Repeat([]byte{byte(i + 1)}, 32))
		if err != nil {
			w.t.Fatal(err)
		}
		muted := &keys.Set{Node: set.Node, Cosigner: other, TLS: set.TLS, Log: set.Log}
		h := w.nodes[i]
		h.stop()
		h.prepare = func(n *Node) { n.o.Keys = muted }
		h.start()
	}
}

func (w *network) running() (hosts []*host) {
	for _, h := range w.nodes {
		if h.Node != nil {
			hosts = append(hosts, h)
		}
	}
	return hosts
}

// eventually waits for a condition that the network must come to.
func (w *network) eventually(what string, holds func() bool) {
	w.t.Helper()
	for end := time.Now().Add(deadline); !holds(); {
		if time.Now().After(end) {
			w.t.Fatalf("not reached in %v: %s", deadline, what)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func (w *network) leader() (leader *host) {
	w.t.Helper()
	w.eventually("a leader", func() bool {
		for _, h := range w.running() {
			if s := h.Status(); s.Role == "leader" && h.replica.Term() != 0 {
				leader = h
				return true
			}
		}
		return false
	})
	return leader
}

func (w *network) follower() *host {
	w.t.Helper()
	leader := w.leader()
	for _, h := range w.running() {
		if h != leader {
			return h
		}
	}
	w.t.Fatal("no follower")
	return nil
}

// submit submits through a node, as a client that tries again while the network has nobody to lead it.
func (h *host) submit(envelopes ...[]byte) []chain.Outcome {
	h.net.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), deadline)
	defer cancel()
	for {
		outcomes, err := h.Submit(ctx, envelopes, true)
		if errors.Is(err, ErrUnavailable) && ctx.Err() == nil {
			time.Sleep(10 * time.Millisecond)
			continue
		}
		if err != nil {
			h.net.t.Fatal(err)
		}
		return outcomes
	}
}

// accepted submits and wants acceptance, and that the node asked can show it at once.
func (h *host) accepted(envelopes ...[]byte) []chain.Outcome {
	h.net.t.Helper()
	outcomes := h.submit(envelopes...)
	for i, o := range outcomes {
		if o.Status != chain.Accepted {
			h.net.t.Fatalf("record %d: %+v: %v", i, o, o.Refusal)
		}
		h.shows(o, envelopes[i])
	}
	return outcomes
}

// shows checks that the node's own ledger has the outcome and the record's bytes.
func (h *host) shows(o chain.Outcome, envelope []byte) {
	h.net.t.Helper()
	err := h.Ledger().View(func(v *chain.View) error {
		got, ok, err := v.Record(o.Record)
		if err != nil || !ok || got.Leaf != o.Leaf || got.Height != o.Height {
			h.net.t.Errorf("node %v: record %v: %+v, %v, %v; was told %+v", h.agency, o.Record, got, ok, err, o)
			return nil
		}
		leaf, err := v.Leaf(got.Leaf)
		if err != nil || string(leaf) != string(envelope) {
			h.net.t.Errorf("node %v: record %v: %v, other bytes", h.agency, o.Record, err)
		}
		return nil
	})
	if err != nil {
		h.net.t.Error(err)
	}
}

// agree waits until all nodes that run have one head, and returns it.
func (w *network) agree() (head ledger.Head) {
	w.t.Helper()
	w.eventually("one head", func() bool {
		for i, h := range w.running() {
			if i == 0 {
				head = h.Ledger().Head()
			} else if h.Ledger().Head() != head {
				return false
			}
		}
		return true
	})
	return head
}

// raftDB is the path of a host's raft log.
func (h *host) raftDB() string { return filepath.Join(h.dir, "data", raftFile) }

func discard() *slog.Logger { return slog.New(slog.DiscardHandler) }

func (h *host) closeDoors() {
	h.doors.Peer.Close()
	h.doors.Public.Close()
	h.doors.Operator.Close()
}

func containsLine(text, line string) bool { return slices.Contains(strings.Split(text, "\n"), line) }
