//go:build !windows

package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/node"
	"github.com/ocopledger/ocop/node/door"
	"github.com/ocopledger/ocop/node/keys"
)

// waitLimit bounds every wait for something that has to come; nothing depends on how long it takes.
const waitLimit = 2 * time.Minute

// process is an ocopd that runs.
type process struct {
	t     testing.TB
	cmd   *exec.Cmd
	log   *buffer
	ended chan struct{}
}

// start runs a node as a process of its own, and waits until its operator's door answers.
func (n *network) start(i int) *process {
	n.t.Helper()
	cmd := exec.Command(os.Args[0], "run", "--dir", n.node(i))
	cmd.Env = append(os.Environ(), asProgram+"=1")
	p := &process{t: n.t, cmd: cmd, log: new(buffer), ended: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = p.log, p.log
	if err := cmd.Start(); err != nil {
		n.t.Fatal(err)
	}
	go func() {
		_ = cmd.Wait()
		close(p.ended)
	}()
	n.t.Cleanup(p.kill)
	for {
		if _, err := n.operator(i); err == nil {
			return p
		}
		select {
		case <-p.ended:
			n.t.Fatalf("node %d has ended\n%s", i, p.log)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

func (p *process) signal(s os.Signal) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		p.t.Fatal(err)
	}
}

func (p *process) stop() {
	p.t.Helper()
	p.signal(syscall.SIGTERM)
	<-p.ended
}

func (p *process) kill() {
	select {
	case <-p.ended:
	default:
		_ = p.cmd.Process.Kill()
		<-p.ended
	}
}

// operator asks a node's operator door once.
func (n *network) operator(i int) (s node.Status, err error) {
	a, err := http.Get("http://" + n.address(i, 2) + "/status")
	if err != nil {
		return s, err
	}
	defer a.Body.Close()
	return s, json.NewDecoder(a.Body).Decode(&s)
}

// until runs the doctor on a node until it finds what is expected.
func (n *network) until(i int, what string, ok func(*diagnosis) bool) diagnosis {
	n.t.Helper()
	for end := time.Now().Add(waitLimit); ; {
		d := n.diagnose(i)
		if ok(&d) {
			return d
		}
		if time.Now().After(end) {
			n.t.Fatalf("%s: the doctor finds %v", what, d.codes())
		}
	}
}

// settled waits until a network finds nothing but what all of these tests have.
func (n *network) settled(i int) diagnosis {
	n.t.Helper()
	return n.until(i, "a sound network", func(d *diagnosis) bool { return len(d.beside()) == 0 })
}

// TestDoctorOfProcesses: three processes; what is done to them is what is found, from the node that runs and from the directory of one that does not.
func TestDoctorOfProcesses(t *testing.T) {
	n := newNetwork(t)
	var p [3]*process
	for i := range p {
		p[i] = n.start(i)
	}
	d := n.settled(0)
	if d.Looked != "live" || d.Node == nil || d.Node.Certified == 0 || !slices.Equal(agenciesOf(d.Peers), []ledger.AccountID{2, 3}) || d.Peers[0].In == nil || d.Skew == nil {
		t.Errorf("%+v", d)
	}
	t.Run("from outside", func(t *testing.T) { n.lookFromOutside(t) })

	p[2].signal(syscall.SIGSTOP)
	d = n.until(0, "a halted process", func(d *diagnosis) bool { return d.has("peer.silent 3", "quorum.no-spare") })
	if !strings.Contains(d.says("quorum.no-spare"), "2 of 3 can be reached, 2 are needed. Not reached: agency 3") {
		t.Errorf("says %q", d.says("quorum.no-spare"))
	}
	d = n.diagnose(2) // of the halted one: it holds its files and does not answer
	if d.Looked != "hidden" || !d.has("node.silent") || d.has("node.stopped") {
		t.Errorf("a halted process by its directory: %s %v", d.Looked, d.codes())
	}
	p[2].signal(syscall.SIGCONT)
	n.settled(0)

	p[1].stop()
	p[2].kill()
	d = n.until(0, "two of three are stopped", func(d *diagnosis) bool { return d.has("quorum.lost") })
	if !d.has("peer.refused 2", "peer.refused 3") || d.Findings[0].Code != "quorum.lost" ||
		!strings.Contains(d.says("quorum.lost"), "1 of 3 validators can be reached from here, 2 are needed") {
		t.Errorf("%v: %s", d.codes(), d.says("quorum.lost"))
	}
	d = n.diagnose(1)
	if d.Looked != "stopped" || !d.has("node.stopped", "quorum.lost", "peer.refused 3") || d.has("peer.refused 1") {
		t.Errorf("from the directory of a stopped one: %s %v", d.Looked, d.codes())
	}

	p[1] = n.start(1) // a restart while another is down: commits go on, its own cosigning waits
	d = n.until(1, "a restart while another node is down", func(d *diagnosis) bool { return d.has("certification.learning") && d.Node.Leader != 0 })
	if !strings.Contains(d.says("certification.learning"), "waits for 2 others") {
		t.Errorf("says %q", d.says("certification.learning"))
	}
	p[2] = n.start(2)
	n.settled(1)
}

func (n *network) lookFromOutside(t *testing.T) {
	look := func(nodes ...string) (d diagnosis, code int) {
		args := []string{"doctor", "--network", "--json", "--wait", "1s"}
		for _, at := range nodes {
			args = append(args, "--node", at)
		}
		r := n.do(args...)
		return read[diagnosis](t, r), r.code
	}
	if d, code := look(n.public(0), n.public(1), n.public(2)); code != exitOK || len(d.Findings) != 0 || d.Looked != "outside" || d.Notice == "" {
		t.Errorf("a sound network: %d %v", code, d.codes())
	}
	if d, code := look(n.public(0), n.public(1)); code != exitOK || !d.has("outside.incomplete") {
		t.Errorf("one node not asked: %d %v", code, d.codes())
	}
	if d, code := look(n.public(0), "127.0.0.1:1"); code != exitWarning || !d.has("outside.unreachable", "outside.incomplete") {
		t.Errorf("nobody there: %d %v", code, d.codes())
	}
	if d, code := look(n.public(0), n.address(1, 1)); code != exitWarning || !d.has("outside.unreachable") {
		t.Errorf("a peer door: %d %v", code, d.codes())
	}
}

// TestDoctorOfKeys: somebody else behind an address, and a node with a key that nobody knows.
func TestDoctorOfKeys(t *testing.T) {
	n := newNetwork(t)
	n.start(0)
	n.start(1)

	strange, err := ident.GenerateEd25519(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := door.Certificate(strange)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", n.address(2, 1))
	if err != nil {
		t.Fatal(err)
	}
	imposter := door.NewPeer(listener, func() []tls.Certificate { return []tls.Certificate{cert} }, func(ident.Ed25519Key) bool { return true }, slog.New(slog.DiscardHandler))
	d := n.until(0, "a stranger at an address", func(d *diagnosis) bool { return d.has("peer.wrong-key 3") })
	if !strings.Contains(d.says("peer.wrong-key"), strange.Public().String()) {
		t.Errorf("says %q", d.says("peer.wrong-key"))
	}
	imposter.Close()

	if _, err := keys.Create(n.path("new"), rand.Reader, false); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(n.path("new", "tls.key"), n.path("node2", "keys", "tls.key")); err != nil {
		t.Fatal(err)
	}
	if d := n.diagnose(2); !d.has("keys.unnamed", "peer.refuses-us 1", "peer.refuses-us 2") {
		t.Errorf("a key that nobody knows: %v", d.codes())
	}
}

// TestDoctorOfOneDirection: nobody reaches a node that reaches everybody.
func TestDoctorOfOneDirection(t *testing.T) {
	n := newNetwork(t)
	behind := n.address(0, 5)
	config, err := os.ReadFile(n.path("node0", "config.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	moved := strings.Replace(string(config), n.address(0, 1), behind, 1)
	moved = strings.Replace(moved, "0.0.0.0:"+portOf(n.address(0, 1)), behind, 1)
	if !strings.Contains(moved, behind) {
		t.Fatalf("no peer door in\n%s", config)
	}
	n.write("node0/config.yaml", moved)
	way := newWay(t, n.address(0, 1), behind)
	first := n.start(0)
	n.start(1)
	n.start(2)
	for n.settled(0).Node.Leader == 1 { // a leader calls the others by itself, and would go on leading
		first.stop()
		first = n.start(0)
	}
	way.block()
	d := n.until(0, "the way to this node is blocked", func(d *diagnosis) bool { return d.has("node.leaderless", "peer.inbound 2", "peer.inbound 3") })
	if d.has("peer.blocked 2") || d.has("peer.refused 2") || !strings.Contains(d.says("node.leaderless"), "this one has not heard it") {
		t.Errorf("found %v: %s", d.codes(), d.says("node.leaderless"))
	}
	d = n.until(1, "the way from this node is blocked", func(d *diagnosis) bool { return d.has("peer.blocked 1") })
	for _, x := range d.Findings {
		if x.Code == "peer.blocked" && !strings.Contains(x.Command, "/dev/tcp/127.0.0.1/"+portOf(n.address(0, 1))) {
			t.Errorf("command %q", x.Command)
		}
	}
	way.open()
	n.settled(0)
}

func portOf(address string) string {
	_, port, _ := net.SplitHostPort(address)
	return port
}

// way is a wire to a door, which can be cut.
type way struct {
	t        testing.TB
	from, to string
	mu       sync.Mutex
	listener net.Listener
	conns    map[net.Conn]struct{}
}

func newWay(t testing.TB, from, to string) *way {
	w := &way{t: t, from: from, to: to, conns: make(map[net.Conn]struct{})}
	w.open()
	t.Cleanup(w.block)
	return w
}

func (w *way) open() {
	w.t.Helper()
	l, err := net.Listen("tcp", w.from)
	if err != nil {
		w.t.Fatal(err)
	}
	w.mu.Lock()
	w.listener = l
	w.mu.Unlock()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			o, err := net.Dial("tcp", w.to)
			if err != nil {
				c.Close()
				continue
			}
			w.keep(l, c, o)
			for _, pair := range [][2]net.Conn{{c, o}, {o, c}} {
				go func() {
					_, _ = io.Copy(pair[0], pair[1])
					c.Close()
					o.Close()
				}()
			}
		}
	}()
}

// keep notes a connection, to be cut; one that came while the way was being blocked is cut at once.
func (w *way) keep(l net.Listener, conns ...net.Conn) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range conns {
		w.conns[c] = struct{}{}
		if w.listener != l {
			c.Close()
		}
	}
}

func (w *way) block() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.listener != nil {
		w.listener.Close()
	}
	w.listener = nil
	for c := range w.conns {
		c.Close()
	}
	clear(w.conns)
}

// TestDoctorOfClocks: a machine whose clock is wrong is told so, and the others are told which one it is.
func TestDoctorOfClocks(t *testing.T) {
	n := newNetwork(t)
	n.start(0)
	n.start(1)
	fast := *n.machine
	fast.now = func() time.Time { return time.Now().Add(time.Minute) }
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan result, 1)
	go func() { ended <- fast.doIn(ctx, "run", "--dir", n.node(2)) }()
	d := n.until(0, "a peer with a fast clock", func(d *diagnosis) bool { return d.has("clock.peer 3") })
	if !strings.Contains(d.says("clock.peer"), "60.0 s ahead of the median") || d.has("clock.far") {
		t.Errorf("%v: %s", d.codes(), d.says("clock.peer"))
	}
	there := &network{machine: &fast, ports: n.ports, chain: n.chain}
	d = there.until(2, "this machine's clock is fast", func(d *diagnosis) bool { return d.has("clock.far") })
	if d.has("clock.peer 1") || d.has("clock.peer 2") || !strings.Contains(d.says("clock.far"), "60.0 s ahead of the nodes' median; the bound is 5.0 s") {
		t.Errorf("%v: %s", d.codes(), d.says("clock.far"))
	}
	stop()
	<-ended
	slow := *n.machine
	slow.now = func() time.Time { return time.Now().Add(-time.Hour) }
	there.machine = &slow
	if d := there.diagnose(2); !d.has("clock.far", "clock.before-ledger") {
		t.Errorf("a stopped machine whose clock is before the ledger: %v", d.codes())
	}
}
