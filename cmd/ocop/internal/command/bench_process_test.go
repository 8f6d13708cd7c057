package command

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ocopledger/ocop/cmd/ocop/internal/bench"
	"github.com/ocopledger/ocop/cmd/ocop/internal/bench/cluster"
	"github.com/ocopledger/ocop/cmd/ocop/internal/bench/reads"
	"github.com/ocopledger/ocop/cmd/ocop/internal/bench/scrape"
)

// benched is what ocop bench --json prints.
type benched struct {
	Notice string
	bench.Report
}

// sound checks what must hold of every run, whatever the machine does beside it.
func (b *benched) sound(t *testing.T, nodes, processes int) {
	t.Helper()
	p := &b.Presence
	switch {
	case b.Notice == "":
		t.Error("no notice")
	case b.Secs <= 0 || b.P99 < b.P50 || b.P999 < b.P99 || b.Max < b.P999:
		t.Errorf("%+v", b.Rates)
	case b.Ops > 0 && (b.TPS <= 0 || b.P50 <= 0 || b.Payload < 250 || b.CPU.Nodes == nil || *b.CPU.Nodes <= 0):
		t.Errorf("%+v %+v %+v", b.Rates, b.CPU, b.Signatures) // a machine that is busy beside it may have none
	case b.Ops != b.Records*uint64(b.Actions):
		t.Errorf("%d operations in %d records of %d actions", b.Ops, b.Records, b.Actions)
	case p.Acknowledged == 0 || uint64(p.Acknowledged) < b.Records || p.Found != p.Acknowledged || len(p.Missing) > 0 || p.Size <= b.Ledger.Before || p.Size != b.Ledger.After || len(p.Root) != 64:
		t.Errorf("%+v", p)
	case len(b.Nodes) != nodes || b.Processes != processes || (b.Signatures.Checks != nil) != (bench.Seen(b.Nodes) == nodes):
		t.Errorf("%d nodes, %d processes, %+v", len(b.Nodes), b.Processes, b.Signatures)
	case b.Signatures.Checks != nil && (*b.Signatures.Checks != nodes || *b.Signatures.Limit <= 0 || b.Ops > 0 && *b.Signatures.Share <= 0):
		t.Errorf("%d nodes, %d processes, %+v", len(b.Nodes), b.Processes, b.Signatures)
	case b.Memory == nil || b.Memory.First <= 0 || slices.ContainsFunc(b.Nodes, func(n bench.Node) bool { return n.NewPages == nil && !n.Lost }):
		t.Errorf("%+v %+v", b.Memory, b.Nodes)
	case len(b.Files) == 0 || slices.ContainsFunc(b.Files, func(f bench.Files) bool {
		return f.After["chain.db"] == 0 || f.After["raft.db"] == 0
	}):
		t.Errorf("%+v", b.Files)
	case b.Disk == nil || b.Disk.Samples == 0 || b.Machine.Cores == 0 || b.Ledger.Validators != uint32(nodes):
		t.Errorf("%+v %+v %+v %+v", b.CPU, b.Disk, b.Machine, b.Ledger)
	}
}

// overloaded checks what must hold of an overload by calls, whatever the machine does beside it: a second in which nothing is acknowledged is no error.
func (b *benched) overloaded(t *testing.T, nodes int) {
	t.Helper()
	v := b.Overload
	if v == nil {
		t.Fatal("no overload")
	}
	near := func(x, y float64) bool { return math.Abs(x-y) <= 1e-9*max(1, math.Abs(y)) }
	switch {
	case len(v.Nodes) != nodes || v.Streams != 0:
		t.Errorf("%d nodes, %d streams", len(v.Nodes), v.Streams)
	case !near(v.PeakBefore, float64(b.Records)/b.Secs) || v.PeakAfter < 0 || !near(v.Peak, (v.PeakBefore+v.PeakAfter)/2) || !near(v.Wanted, 10*v.PeakBefore):
		t.Errorf("%+v of %+v", v, b.Rates)
	case v.Before != 0 && v.Before < b.Secs || v.Offered < 0 || v.Wanted == 0 && v.Offered > 0 || !near(v.Goodput, float64(v.Rates.Records)/v.Rates.Secs):
		t.Errorf("%+v", v)
	case v.Before > 0 && v.YoungPeak <= 0: // ten times nothing would have been nothing
		t.Errorf("%+v", v)
	case v.Peak > 0 && !near(v.Share, v.Goodput/v.Peak) || v.Peak == 0 && v.Share != 0:
		t.Errorf("%+v", v)
	}
}

// ocopd is the node's program, made once for a test.
func ocopd(t *testing.T) string {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("what a process costs is read from Linux")
	}
	return built(t, "ocopd")
}

func built(t *testing.T, name string) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), name)
	build := exec.Command("go", "build", "-o", program, "github.com/ocopledger/ocop/cmd/"+name)
	build.Dir = source
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return program
}

// freePorts finds so many free ports in a row.
func freePorts(t *testing.T, n int) int {
	t.Helper()
	for i := range 70 {
		base := 25_000 + (os.Getpid()+i)%70*100 // below what the system gives out
		var open []net.Listener
		for port := range n {
			l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", base+port))
			if err != nil {
				break
			}
			open = append(open, l)
		}
		for _, l := range open {
			l.Close()
		}
		if len(open) == n {
			return base
		}
	}
	t.Fatal("no free ports")
	return 0
}

// startDevnet runs a network of three nodes in one process, and returns its directory and where the nodes are.
func startDevnet(t *testing.T, program string) (dir, nodes string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "net")
	base := freePorts(t, 30)
	cmd := exec.Command(program, "devnet", "--dir", dir, "--base-port", fmt.Sprint(base), "--sample=false", "--json")
	out, err := cmd.StdoutPipe()
	check(t, err)
	log, err := os.Create(filepath.Join(t.TempDir(), "log"))
	check(t, err)
	defer log.Close()
	cmd.Stderr = log
	check(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		check(t, cmd.Wait())
	})
	var up struct{ Nodes []struct{ Public string } }
	if err := json.NewDecoder(out).Decode(&up); err != nil {
		said, _ := os.ReadFile(log.Name())
		t.Fatalf("%v\n%s", err, said)
	}
	var all []string
	for _, n := range up.Nodes {
		all = append(all, n.Public)
	}
	return dir, strings.Join(all, ",")
}

// TestBench measures for moments, and looks at shapes and counts.
func TestBench(t *testing.T) {
	program := ocopd(t)
	t.Run("devnet", func(t *testing.T) { benchDevnet(t, program) })
	if !testing.Short() { // the race detector sees nothing of other processes
		t.Run("processes", func(t *testing.T) { benchProcesses(t, program) })
		t.Run("a node ends", func(t *testing.T) { benchEnded(t, program) })
		t.Run("the disk is full", func(t *testing.T) { benchDiskFull(t, program) })
	}
}

// benchDevnet measures a network of one process in every way.
func benchDevnet(t *testing.T, program string) {
	m := newMachine(t)
	m.now = time.Time{}
	dir, nodes := startDevnet(t, program)
	var ops uint64
	run := func(args ...string) *benched {
		t.Helper()
		b := new(benched)
		if code := m.json(b, append([]string{"bench", "--node", nodes, "--dir", dir, "--duration", "1s", "--warmup", "100ms", "--producers", "10"}, args...)...); code != exitOK {
			t.Fatalf("%v: exit code %d\n%s%s", args, code, m.out, m.err)
		}
		b.sound(t, 3, 1)
		ops += b.Ops
		return b
	}
	if b := run("--clients", "4", "--overload", "--in-flight", "64"); b.Mode != bench.Unary || b.Clients != 4 || b.Presigned == 0 || b.Late != 0 || b.Actions != 1 {
		t.Errorf("%+v", b.Report)
	} else {
		b.overloaded(t, 3)
	}
	if b := run("--rate", "50", "--actions", "3", "--certified", "--sign"); b.Rate != 50 || b.Actions != 3 || b.Presigned != 0 || b.Late == 0 || !b.Certified || b.Receipts.Verified == 0 {
		t.Errorf("%+v", b.Report)
	}
	if b := run("--mode", "stream", "--clients", "2"); b.Mode != bench.Stream {
		t.Errorf("%+v", b.Report)
	}
	if b := run("--mode", "actions", "--clients", "2", "--actions", "20"); b.Actions != 20 {
		t.Errorf("%+v", b.Report)
	}
	if ops == 0 {
		t.Error("nothing was acknowledged in any window")
	}
	m.ok("bench", "--node", nodes, "--dir", dir, "--duration", "100ms", "--warmup", "0s", "--producers", "10", "--lang", "en")
	for _, says := range []string{"A second", "Waiting", "p99.9", "Signature limit", "Nodes of one process", "found in"} {
		if !strings.Contains(m.out, says) {
			t.Errorf("%q is not in\n%s", says, m.out)
		}
	}
	m.fails(exitUsage, "no key of an agency", "bench", "--node", nodes, "--keys", m.dir)
	benchReceipts(t, m, "bench", "--node", nodes, "--dir", dir, "--producers", "5", "--sales", "60", "--duration", "1s", "--warmup", "100ms", "--writing", "100", "--clients", "3")
	benchAcrossEpochs(t, m, program, dir, nodes)
	if first, _, _ := strings.Cut(nodes, ","); metricsOf(t, first)["ocop_submit_streams_limit"] != bench.NodeStreams {
		t.Error("a node takes another number of streams than the benchmark believes")
	}
}

// benchAcrossEpochs has two of the three validators rotate their cosigner keys while receipts are asked for: those of before and those of afterwards are all right, though no
// quorum of one epoch has signed both.
func benchAcrossEpochs(t *testing.T, m *machine, program, dir, nodes string) {
	t.Helper()
	first, _, _ := strings.Cut(nodes, ",")
	m.env["OCOP_NODE"], m.env["PW"] = first, "mau"
	for i, officer := range []string{"ubnd-tinh", "so-nong-nghiep"} {
		node, err := filepath.Glob(filepath.Join(dir, "nodes", fmt.Sprintf("%d-*", i+1)))
		check(t, err)
		if out, err := exec.Command(program, "keys", "rotate", "--dir", node[0], "--cosigner", "-o", filepath.Join(m.dir, officer+".txt")).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		m.ok("draft", "rotate-validator", "--keys", officer+".txt", "-o", officer+".yaml")
		m.sign(officer+".yaml", filepath.Join(dir, "people", officer+".json"))
	}
	epoch := func() uint32 {
		t.Helper()
		var n networkShown
		if m.json(&n, "governance", "network") != exitOK {
			t.Fatal(m.err)
		}
		return n.Epoch
	}
	before, asked := epoch(), receiptsAsked(t, first)
	reader := &machine{t: t, dir: m.dir, env: m.env, random: rand.NewChaCha8([32]byte{2})}
	measured := make(chan int)
	go func() {
		measured <- reader.run("bench", "--mode", "receipts", "--json", "--node", nodes, "--dir", dir, "--producers", "5", "--sales", "60", "--duration", "5s", "--warmup", "0s", "--writing", "100", "--clients", "3")
	}()
	for receiptsAsked(t, first) < asked+50 { // of 200 at least that the nodes are asked for, however slow the machine is
		select {
		case code := <-measured:
			t.Fatalf("it was over before fifty receipts were asked for: exit code %d\n%s", code, reader.err)
		case <-time.After(10 * time.Millisecond):
		}
	}
	m.ok("submit", "ubnd-tinh.signed", "so-nong-nghiep.signed")
	if after := epoch(); after <= before {
		t.Errorf("epoch %d after %d", after, before)
	}
	code, b := <-measured, new(benched)
	if err := json.Unmarshal([]byte(reader.out), b); err != nil || code != exitOK {
		t.Fatalf("exit code %d, %v\n%s%s", code, err, reader.out, reader.err)
	}
	b.soundReceipts(t)
}

// receiptsAsked is how many receipts a node of a devnet has made.
func receiptsAsked(t *testing.T, public string) (n float64) {
	t.Helper()
	for name, v := range metricsOf(t, public) {
		if strings.HasPrefix(name, "ocop_grpc_requests_total{") && strings.Contains(name, "Receipt") {
			n += v
		}
	}
	return n
}

// metricsOf is what a node of a devnet shows its operator.
func metricsOf(t *testing.T, public string) scrape.Metrics {
	t.Helper()
	host, port, err := net.SplitHostPort(public)
	check(t, err)
	number, err := strconv.Atoi(port)
	check(t, err)
	m, err := scrape.Get(t.Context(), http.DefaultClient, net.JoinHostPort(host, strconv.Itoa(number+2)))
	check(t, err)
	return m
}

// benchReceipts asks for receipts for a moment: all kinds come in turn, enough of them are checked, and what was written is on the ledger.
func benchReceipts(t *testing.T, m *machine, args ...string) *benched {
	t.Helper()
	b := new(benched)
	if code := m.json(b, append(args, "--mode", "receipts")...); code != exitOK {
		t.Fatalf("%v: exit code %d\n%s%s", args, code, m.out, m.err)
	}
	b.soundReceipts(t)
	return b
}

// soundReceipts is sound for runs that ask for receipts.
func (b *benched) soundReceipts(t *testing.T) {
	t.Helper()
	a, p := b.Asked, &b.Presence
	switch {
	case b.Notice == "" || b.Mode != bench.Reads || a == nil || b.Ops == 0 || b.Records != 0 || b.Errs > 0 || b.Open > 0 || b.P99 < b.P50 || b.P999 < b.P99 || b.Max < b.P999 || b.P50 <= 0:
		t.Errorf("%+v", b.Rates)
	case a.Failed > 0 || len(a.Wrong) > 0 || a.Checked < min(200, int(b.Ops)) || a.CheckCPU <= 0 || a.Sales == 0 || a.Connections != b.Clients || a.Bytes <= 0:
		t.Errorf("%+v", a)
	case a.Agency == 0 || a.Node == "" || a.CPU == nil || *a.CPU <= 0 || b.CPU.Nodes == nil || *b.CPU.Nodes < *a.CPU || b.CPU.Generator <= 0 || len(b.Nodes) != 3:
		t.Errorf("%+v %+v %+v", a, b.CPU, b.Nodes)
	case p.Acknowledged < a.Sales || p.Found != p.Acknowledged || p.Size <= b.Ledger.Before:
		t.Errorf("%+v", p)
	}
	var receipts, checked uint64
	for i, k := range a.Kinds {
		if k.Kind != reads.Kinds()[i] || k.Receipts == 0 || k.Checked == 0 || k.Failed > 0 || k.Bytes < 500 {
			t.Errorf("%+v", k)
		}
		receipts, checked = receipts+k.Receipts, checked+uint64(k.Checked)
	}
	if len(a.Kinds) != len(reads.Kinds()) || receipts != b.Ops || checked != uint64(a.Checked) {
		t.Errorf("%d kinds, %d receipts, %d checked: %+v", len(a.Kinds), receipts, checked, a)
	}
	if w := a.Writing; w != nil && (w.Rate != 100 || w.CPU == nil || *w.CPU <= 0 || p.Acknowledged <= a.Sales) { // how many in which second is the machine's affair
		t.Errorf("%+v", w)
	}
}

// recovered checks that another one leads where the leader was killed, and that records are acknowledged again.
func (b *benched) recovered(t *testing.T) {
	t.Helper()
	b.sound(t, 3, 3)
	f, lost := b.Failover, 0
	if f == nil {
		t.Fatal("no fail-over")
	}
	for _, n := range b.Nodes {
		if n.Lost {
			lost++
			if n.Agency != f.Killed {
				t.Errorf("%+v was lost", n)
			}
		}
	}
	switch {
	case b.Ops == 0 || lost != 1 || !f.Recovered || f.Gap <= 0 || f.Before <= 0:
		t.Errorf("%d operations, %d lost, %+v", b.Ops, lost, f)
	case f.TermBefore == 0 || f.TermAfter == nil || *f.TermAfter <= f.TermBefore:
		t.Errorf("terms %v and %v", f.TermBefore, f.TermAfter)
	}
}

// benchProcesses measures three processes whose leader is killed, and is ended by signals other times. Nothing is left of them.
func benchProcesses(t *testing.T, program string) {
	m := newMachine(t)
	m.now = time.Time{}
	t.Setenv("TMPDIR", t.TempDir())
	t.Setenv("GOTMPDIR", t.TempDir())
	base := freePorts(t, 30)
	args := []string{"bench", "--processes", "3", "--ocopd", program, "--base-port", fmt.Sprint(base), "--clients", "4", "--warmup", "200ms", "--producers", "10"}
	var after *float64
	for _, duration := range []string{"6s", "30s"} { // an election may take all that is left of six seconds where others work
		b := new(benched)
		if code := m.json(b, append(args, "--duration", duration, "--kill-leader")...); code != exitOK {
			t.Fatalf("exit code %d\n%s%s", code, m.out, m.err)
		}
		b.recovered(t)
		if after = b.Failover.After; after != nil || t.Failed() {
			break
		}
	}
	if after == nil || *after <= 0 {
		t.Error("nothing was acknowledged after the gap")
	}
	gone := func() {
		t.Helper()
		if listens(base) {
			t.Fatal("something still listens")
		}
		if left, err := os.ReadDir(os.TempDir()); err != nil || len(left) > 0 {
			t.Errorf("%v, %v", left, err)
		}
	}
	gone()
	own := []string{"bench", "--processes", "3", "--ocopd", program, "--base-port", fmt.Sprint(base), "--clients", "4", "--warmup", "200ms", "--producers", "10", "--sales", "100", "--duration", "1s"}
	for protocol, more := range map[string][]string{"h2": nil, "ocop-grpc/1": {"--calls-alone"}, "": {"--tls=false"}} {
		if a := benchReceipts(t, m, append(own, more...)...).Asked; a.Protocol != protocol || a.TLS != (protocol != "") || a.Writing != nil {
			t.Errorf("%v: %+v", more, a)
		}
		gone()
	}
	bench := built(t, "ocop")
	for _, s := range []os.Signal{os.Interrupt, syscall.SIGTERM, os.Kill} {
		cmd := exec.Command(bench, append(args, "--duration", "1h")...)
		check(t, cmd.Start())
		ended := make(chan error, 1)
		go func() { ended <- cmd.Wait() }()
		awaitReady(t, base, ended)
		check(t, cmd.Process.Signal(s))
		if err := <-ended; err == nil {
			t.Errorf("%v: an interrupted run says that it was done", s)
		}
		if s != os.Kill {
			gone()
		}
	}
	// A process that is killed can remove nothing. Its nodes end all the same, and then whoever makes a place for a network removes what it left.
	await(t, "what a killed benchmark left is removed", func() bool {
		place, swept, err := cluster.NewPlace(os.TempDir())
		check(t, err)
		check(t, place.Close())
		return swept.Removed == 1
	})
	gone()
}
