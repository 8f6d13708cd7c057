//go:build linux && amd64

package fault

import (
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"

	"github.com/ocopledger/ocop/node/client"
	"github.com/ocopledger/ocop/node/config"
	"github.com/ocopledger/ocop/node/internal/process"
	"github.com/ocopledger/ocop/node/internal/province"
	"github.com/ocopledger/ocop/node/keys"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

const (
	// patience bounds every wait: what takes longer has stopped.
	patience = 90 * time.Second
	// look is how often a condition is looked at.
	look = 20 * time.Millisecond
)

// scratch is where programs are built, for all tests of a run; set by TestMain alone.
var scratch string

// programs are built when the first test wants one.
var programs = sync.OnceValue(func() error {
	out, err := exec.Command("go", "build", "-o", scratch, "github.com/ocopledger/ocop/cmd/ocopd", "github.com/ocopledger/ocop/cmd/ocop").CombinedOutput()
	if err != nil {
		err = fmt.Errorf("%w\n%s", err, out)
	}
	return err
})

func program(t testing.TB, name string) string {
	t.Helper()
	if err := programs(); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(scratch, name)
}

func TestMain(m *testing.M) {
	var err error
	if scratch, err = os.MkdirTemp("", "ocop-fault-"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	os.RemoveAll(scratch)
	os.Exit(code)
}

// ports gives out addresses below the range from which the system gives out its own: a killed node gets its own back.
type ports struct{ next int }

// newPorts begins somewhere, so that two runs on one machine seldom meet.
func newPorts() *ports { return &ports{*firstPort + os.Getpid()%*portCount} }

func (p *ports) take(t testing.TB) string {
	t.Helper()
	for tries := 0; tries < *portCount; tries++ {
		address := fmt.Sprintf("127.0.0.1:%d", p.next)
		if p.next++; p.next == *firstPort+*portCount {
			p.next = *firstPort
		}
		if l, err := net.Listen("tcp", address); err == nil {
			l.Close()
			return address
		}
	}
	t.Fatal("no free ports")
	return ""
}

// host is a node's directory, its doors, and its process when it has one.
type host struct {
	number   int // from 1; the agency's account
	dir      string
	public   string
	operator string
	peer     string
	client   *client.Client

	mu      sync.Mutex
	process *process.Process
}

type network struct {
	*province.Province
	t     testing.TB
	hosts []*host
}

// newNetwork makes directories of n nodes. known gives the address by which others know a node's peer door, and is told where that is.
func newNetwork(t testing.TB, n int, p *ports, known func(i int, peer string) string, change func(*config.Config)) *network {
	t.Helper()
	w := &network{t: t}
	var sets []*keys.Set
	var addresses []province.Address
	for i := range n {
		h := &host{number: i + 1, dir: filepath.Join(t.TempDir(), fmt.Sprint("node", i+1)), public: p.take(t), operator: p.take(t), peer: p.take(t)}
		set, err := keys.Create(filepath.Join(h.dir, "keys"), rand.Reader, i == 0)
		if err != nil {
			t.Fatal(err)
		}
		sets, addresses, w.hosts = append(sets, set), append(addresses, province.Address{Peer: known(i, h.peer), Public: h.public}), append(w.hosts, h)
	}
	w.Province = province.Of(t, sets, addresses...)
	for i, h := range w.hosts {
		c := config.Default()
		c.Agency = uint64(i + 1)
		c.Peer.Listen, c.Public.Listen, c.Operator.Listen = h.peer, h.public, h.operator
		c.Raft.Write = config.Duration(writeLimit)
		change(&c)
		w.write(h, config.FileName, c.Write())
		w.write(h, c.Genesis, w.Genesis.Bytes())
		h.client = dial(t, h.public)
	}
	t.Cleanup(func() {
		for _, h := range w.hosts {
			h.kill()
		}
	})
	return w
}

// dial connects to a node that may be down, and will be up again: gRPC by itself would look after a second first, and then more and more seldom.
func dial(t testing.TB, address string) *client.Client {
	t.Helper()
	soon := grpc.ConnectParams{Backoff: backoff.Config{BaseDelay: look, Multiplier: 1, MaxDelay: look}, MinConnectTimeout: time.Second}
	c, err := client.New(address, client.Options{Dial: grpc.WithConnectParams(soon)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func (w *network) write(h *host, name string, data []byte) {
	w.t.Helper()
	if err := os.WriteFile(filepath.Join(h.dir, name), data, 0o600); err != nil {
		w.t.Fatal(err)
	}
}

func (h *host) log() string { return filepath.Join(h.dir, "log") }

// logEnd is what the node has said last.
func (h *host) logEnd() string {
	log, _ := os.ReadFile(h.log())
	return string(log[max(0, len(log)-3000):])
}

func (w *network) run(h *host) {
	w.t.Helper()
	if err := w.launch(h); err != nil {
		w.t.Fatal(err)
	}
}

func (w *network) launch(h *host) error {
	p, err := process.Start(h.log(), program(w.t, "ocopd"), "run", "--dir", h.dir)
	if err == nil {
		h.set(p)
	}
	return err
}

func (h *host) set(p *process.Process) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.process = p
}

// running is the node's process, or nil.
func (h *host) running() *process.Process {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.process == nil {
		return nil
	}
	select {
	case <-h.process.Ended():
		return nil
	default:
		return h.process
	}
}

// kill ends a node as a power cut does, if it runs.
func (h *host) kill() {
	if p := h.running(); p != nil {
		p.Signal(syscall.SIGCONT)
		p.Kill()
	}
}

// stop ends a node as its operator does.
func (h *host) stop(t testing.TB) {
	t.Helper()
	p := h.running()
	if p == nil {
		t.Fatalf("node %d does not run\n%s", h.number, h.logEnd())
	}
	p.Signal(syscall.SIGTERM)
	if code := p.Code(); code != 0 {
		t.Errorf("node %d ends with %d\n%s", h.number, code, h.logEnd())
	}
}

// until waits for a condition. It fails the test when that does not come.
func until(t testing.TB, what string, holds func(context.Context) bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for !holds(ctx) {
		select {
		case <-time.After(look):
		case <-ctx.Done():
			t.Fatalf("not reached in %v: %s", patience, what)
		}
	}
}

func (h *host) head(ctx context.Context) (*apiv1.GetHeadResponse, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	return h.client.Ledger.GetHead(ctx, &apiv1.GetHeadRequest{})
}
