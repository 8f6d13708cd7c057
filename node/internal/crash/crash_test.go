package crash

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/base64"
	"flag"
	"fmt"
	"io"
	mathrand "math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/node/client"
	"github.com/ocopledger/ocop/node/config"
	"github.com/ocopledger/ocop/node/internal/province"
	"github.com/ocopledger/ocop/node/keys"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

// The long form: go test ./node/internal/crash -timeout 30m -crash.acks 20000 -crash.kills 10
var (
	acks  = flag.Int("crash.acks", 2000, "acknowledged records to reach")
	kills = flag.Int("crash.kills", 2, "times to kill the leading node")
)

const (
	nodes = 3
	// patience bounds every wait: a network that needs longer has stopped.
	patience = 2 * time.Minute
	// settled is how long nodes run on after a restart before the next kill, at most.
	settled = 1500 * time.Millisecond
)

func TestMain(m *testing.M) {
	if os.Getenv(clientEnv) != "" {
		if err := submitAndNote(os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// process is a node in a process of its own.
type process struct {
	dir      string
	public   string
	operator string
	peer     string
	cmd      *exec.Cmd
	client   *client.Client
}

type network struct {
	t      *testing.T
	binary string
	*province.Province
	nodes []*process
}

func TestKillLeader(t *testing.T) {
	if testing.Short() {
		*acks, *kills = min(*acks, 300), min(*kills, 1)
	}
	w := newNetwork(t)
	for _, p := range w.nodes {
		w.run(p)
	}
	w.leader()
	notes := filepath.Join(t.TempDir(), "acknowledged")
	c := w.startClient(notes)
	for i := range *kills {
		p := w.leader()
		time.Sleep(time.Duration(mathrand.Int64N(int64(settled)))) // at a random moment of its office
		w.kill(p)
		t.Logf("kill %d: %s", i+1, filepath.Base(p.dir))
		w.awaitOther(p)
		w.run(p)
	}
	total := c.finish()
	if total < *acks {
		t.Errorf("%d acknowledged records, want %d", total, *acks)
	}
	head := w.agree()
	t.Logf("%d acknowledged records, %d kills, height %d", total, *kills, head.Height)
	w.readBack(notes, total)
	for _, p := range w.nodes {
		w.stop(p)
	}
	for _, p := range w.nodes { // what is on disk follows from the leaves
		if out, err := exec.Command(w.binary, "check", "--dir", p.dir).CombinedOutput(); err != nil {
			t.Errorf("check of %s: %v\n%s", p.dir, err, out)
		}
	}
}

func newNetwork(t *testing.T) *network {
	t.Helper()
	w := &network{t: t, binary: filepath.Join(t.TempDir(), "ocopd")}
	build := exec.Command("go", "build", "-o", w.binary, "github.com/ocopledger/ocop/cmd/ocopd")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building ocopd: %v\n%s", err, out)
	}
	var sets []*keys.Set
	var addresses []province.Address
	ports := freePorts(t, 3*nodes)
	for i := range nodes {
		p := &process{dir: filepath.Join(t.TempDir(), fmt.Sprint("node", i+1)), public: ports[3*i], peer: ports[3*i+1], operator: ports[3*i+2]}
		set, err := keys.Create(filepath.Join(p.dir, "keys"), rand.Reader, i == 0)
		if err != nil {
			t.Fatal(err)
		}
		sets, addresses, w.nodes = append(sets, set), append(addresses, province.Address{Peer: ports[3*i+1], Public: p.public}), append(w.nodes, p)
	}
	w.Province = province.Of(t, sets, addresses...)
	for i, p := range w.nodes {
		c := config.Default()
		c.Agency = uint64(i + 1)
		c.Peer.Listen, c.Public.Listen, c.Operator.Listen = addresses[i].Peer, p.public, p.operator
		c.Raft.Heartbeat = config.Duration(time.Second)
		w.write(p, config.FileName, c.Write())
		w.write(p, c.Genesis, w.Genesis.Bytes())
		var err error
		if p.client, err = client.New(p.public, client.Options{}); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { p.client.Close() })
	}
	t.Cleanup(func() {
		for _, p := range w.nodes {
			if p.cmd != nil {
				w.kill(p)
			}
			if t.Failed() {
				w.showLog(p)
			}
		}
	})
	return w
}

func (w *network) write(p *process, name string, data []byte) {
	w.t.Helper()
	if err := os.WriteFile(filepath.Join(p.dir, name), data, 0o600); err != nil {
		w.t.Fatal(err)
	}
}

// freePorts are addresses below the range from which the system gives out ports: a killed node gets its own back.
func freePorts(t *testing.T, n int) (addresses []string) {
	t.Helper()
	for port := 20000 + os.Getpid()%5000; len(addresses) < n && port < 30000; port++ {
		address := fmt.Sprintf("127.0.0.1:%d", port)
		if l, err := net.Listen("tcp", address); err == nil {
			l.Close()
			addresses = append(addresses, address)
		}
	}
	if len(addresses) < n {
		t.Fatal("no free ports")
	}
	return addresses
}

func (w *network) run(p *process) {
	w.t.Helper()
	log, err := os.OpenFile(filepath.Join(p.dir, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		w.t.Fatal(err)
	}
	defer log.Close()
	p.cmd = exec.Command(w.binary, "run", "--dir", p.dir)
	p.cmd.Stdout, p.cmd.Stderr = log, log
	if err := p.cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
}

// kill ends a node as a power cut does.
func (w *network) kill(p *process) {
	p.cmd.Process.Kill()
	p.cmd.Wait()
	p.cmd = nil
}

// stop ends a node as its operator does.
func (w *network) stop(p *process) {
	w.t.Helper()
	p.cmd.Process.Signal(syscall.SIGTERM)
	if err := p.cmd.Wait(); err != nil {
		w.t.Errorf("%s: %v", p.dir, err)
	}
	p.cmd = nil
}

func (w *network) showLog(p *process) {
	log, _ := os.ReadFile(filepath.Join(p.dir, "log"))
	w.t.Logf("end of the log of %s:\n%s", filepath.Base(p.dir), log[max(0, len(log)-3000):])
}

func (w *network) eventually(what string, holds func(context.Context) bool) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for !holds(ctx) {
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			w.t.Fatalf("not reached in %v: %s", patience, what)
		}
	}
}

func (p *process) head(ctx context.Context) (*apiv1.GetHeadResponse, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	return p.client.Ledger.GetHead(ctx, &apiv1.GetHeadRequest{})
}

// leader is the node that says of itself that it leads.
func (w *network) leader() (leader *process) {
	w.t.Helper()
	w.eventually("a leader", func(ctx context.Context) bool {
		for i, p := range w.nodes {
			if h, err := p.head(ctx); err == nil && h.GetNode().GetLeader() == uint64(i+1) {
				leader = p
				return true
			}
		}
		return false
	})
	return leader
}

// awaitOther waits until one of the nodes that are left leads.
func (w *network) awaitOther(gone *process) {
	w.t.Helper()
	w.eventually("another leader", func(ctx context.Context) bool {
		for i, p := range w.nodes {
			if h, err := p.head(ctx); p != gone && err == nil && h.GetNode().GetLeader() == uint64(i+1) {
				return true
			}
		}
		return false
	})
}

// agree waits until all nodes have one head.
func (w *network) agree() (head *apiv1.Head) {
	w.t.Helper()
	w.eventually("one head on all nodes", func(ctx context.Context) bool {
		for i, p := range w.nodes {
			h, err := p.head(ctx)
			if err != nil {
				return false
			}
			if i == 0 {
				head = h.GetHead()
			} else if h.GetHead().String() != head.String() {
				return false
			}
		}
		return true
	})
	return head
}

// readBack reads every record that was acknowledged from every node.
func (w *network) readBack(notes string, total int) {
	w.t.Helper()
	file, err := os.Open(notes)
	if err != nil {
		w.t.Fatal(err)
	}
	defer file.Close()
	type note struct {
		id       string
		envelope []byte
	}
	list := make(chan note)
	var readers sync.WaitGroup
	var read atomic.Int64
	for range 8 {
		readers.Go(func() {
			for n := range list {
				for _, p := range w.nodes {
					ctx, cancel := context.WithTimeout(context.Background(), patience)
					a, err := p.client.Ledger.GetRecord(ctx, &apiv1.GetRecordRequest{Record: n.id})
					cancel()
					if err != nil || string(a.GetEnvelope()) != string(n.envelope) || a.GetOutcome().GetAccepted() == nil {
						w.t.Errorf("%s: acknowledged record %s: %v, %v", filepath.Base(p.dir), n.id, err, a.GetOutcome())
						continue
					}
					read.Add(1)
				}
			}
		})
	}
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 2*ledger.MaxEnvelope)
	for lines.Scan() {
		id, encoded, _ := strings.Cut(lines.Text(), " ")
		envelope, err := base64.StdEncoding.DecodeString(encoded)
		if err != nil {
			w.t.Fatal(err)
		}
		list <- note{id, envelope}
	}
	close(list)
	readers.Wait()
	if err := lines.Err(); err != nil {
		w.t.Fatal(err)
	}
	if n := read.Load(); n != int64(total*nodes) {
		w.t.Errorf("%d records read back, want %d from each of %d nodes", n, total, nodes)
	}
}

// fourth is the process that submits and notes.
type fourth struct {
	w     *network
	cmd   *exec.Cmd
	stdin io.WriteCloser
	out   *bufio.Scanner
}

func (w *network) startClient(notes string) *fourth {
	w.t.Helper()
	f := &fourth{w: w, cmd: exec.Command(os.Args[0])}
	var addresses []string
	for _, p := range w.nodes {
		addresses = append(addresses, p.public)
	}
	f.cmd.Env = append(os.Environ(), clientEnv+"="+strings.Join([]string{notes, w.Genesis.Chain.String(), fmt.Sprint(*acks), strings.Join(addresses, ",")}, " "))
	f.cmd.Stderr = os.Stderr
	var err error
	if f.stdin, err = f.cmd.StdinPipe(); err != nil {
		w.t.Fatal(err)
	}
	stdout, err := f.cmd.StdoutPipe()
	if err != nil {
		w.t.Fatal(err)
	}
	f.out = bufio.NewScanner(stdout)
	if err := f.cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { f.cmd.Process.Kill() })
	return f
}

// finish tells the client that it may stop once it has enough, and returns how many records were acknowledged.
func (f *fourth) finish() (total int) {
	f.w.t.Helper()
	f.stdin.Close()
	if !f.out.Scan() {
		f.w.t.Fatal("the client says nothing")
	}
	if _, err := fmt.Sscan(f.out.Text(), &total); err != nil {
		f.w.t.Fatal(err)
	}
	if err := f.cmd.Wait(); err != nil {
		f.w.t.Fatalf("client: %v", err)
	}
	return total
}
