package runbooks

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// patience bounds a block; nothing depends on how long it takes.
const patience = 2 * time.Minute

// Agencies of the sample, and the file names of their nodes and officers.
var handles = []string{"ubnd-tinh", "so-nong-nghiep", "so-cong-thuong"}

// The machine that the pages speak of, as far as it is not ours. sudo stays who it is; the service manager is a goroutine of the test, because whoever
// starts a process has to wait for its end.
var stubs = map[string]string{
	"sudo":       "#!/bin/sh\n[ \"$1\" = -u ] && shift 2\nexec \"$@\"\n",
	"systemctl":  "#!/bin/sh\nexec curl -sS --fail-with-body --unix-socket \"$SERVICES\" -X POST \"http://services/$AGENCY/$1\"\n",
	"journalctl": "#!/bin/sh\nexec cat \"$MACHINE/log$AGENCY\"\n",
}

// machines are those of the three agencies.
type machines struct {
	t     *testing.T
	bin   string
	home  string // of everything that a page leaves
	ports int

	mu    sync.Mutex
	units map[int]*unit // by agency
}

// unit is a node that the service manager has started.
type unit struct {
	cmd   *exec.Cmd
	ended chan struct{}
}

func (m *machines) dir(agency int) string {
	return filepath.Join(m.home, "net", "nodes", fmt.Sprintf("%d-%s", agency, handles[agency-1]))
}

// address is a door of an agency's node: 0 public, 1 peer, 2 operator.
func (m *machines) address(agency, door int) string {
	return fmt.Sprintf("127.0.0.1:%d", m.ports+10*(agency-1)+door)
}

// prepare builds the programs and makes a network with the sample in it, once for all pages.
func prepare(t *testing.T) (bin, network string, ports int) {
	t.Helper()
	home := t.TempDir()
	bin = filepath.Join(home, "bin")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", bin+"/", "./cmd/ocop", "./cmd/ocopd")
	build.Dir = "../../.."
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for name, text := range stubs {
		if err := os.WriteFile(filepath.Join(bin, name), []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	ports, network = freePorts(t), filepath.Join(home, "net")
	made := exec.CommandContext(t.Context(), filepath.Join(bin, "ocopd"), "devnet", "--once", "--json", "--dir", network, "--base-port", fmt.Sprint(ports))
	if out, err := made.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return bin, network, ports
}

// freePorts finds a run of ports, below those that the system gives out by itself.
func freePorts(t *testing.T) int {
	t.Helper()
	for base := 19800; base+40 < 19990; base += 40 {
		free := true
		for i := range 33 {
			l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", base+i))
			if free = err == nil; !free {
				break
			}
			l.Close()
		}
		if free {
			return base
		}
	}
	t.Fatal("no free ports")
	return 0
}

// newMachines gives a page machines of its own.
func newMachines(t *testing.T, bin, network string, ports int) *machines {
	t.Helper()
	home, err := os.MkdirTemp("", "runbook") // a socket's path has to be short
	if err != nil {
		t.Fatal(err)
	}
	m := &machines{t: t, bin: bin, home: home, ports: ports, units: make(map[int]*unit)}
	t.Cleanup(func() {
		for agency := range 3 {
			m.kill(agency + 1)
		}
		if err := os.RemoveAll(home); err != nil {
			t.Error(err)
		}
	})
	copied := exec.Command("cp", "-a", network, filepath.Join(home, "net"))
	err = errors.Join(copied.Run(), os.MkdirAll(filepath.Join(home, "work"), 0o700), os.MkdirAll(filepath.Join(home, "mnt", "backup"), 0o700),
		os.MkdirAll(filepath.Join(home, "mnt", "disk"), 0o700))
	for i, handle := range handles {
		err = errors.Join(err, os.Symlink(filepath.Join(home, "net", "people", handle+".json"), filepath.Join(home, "work", fmt.Sprintf("officer%d.json", i+1))))
		err = errors.Join(err, os.Chmod(filepath.Join(m.dir(i+1), "keys"), 0o700))
	}
	err = errors.Join(err, os.Symlink(filepath.Join(home, "net", "people", "password.txt"), filepath.Join(home, "work", "password")))
	listener, failed := net.Listen("unix", filepath.Join(home, "services"))
	if err = errors.Join(err, failed); err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: m.services()}
	served := make(chan struct{})
	go func() { _ = server.Serve(listener); close(served) }()
	t.Cleanup(func() { server.Close(); <-served })
	return m
}

// services is the service manager: one unit an agency.
func (m *machines) services() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /{agency}/{verb}", func(w http.ResponseWriter, r *http.Request) {
		agency := int(r.PathValue("agency")[0] - '0')
		var err error
		switch r.PathValue("verb") {
		case "start":
			err = m.start(agency)
		case "stop":
			m.stop(agency)
		case "restart":
			m.stop(agency)
			err = m.start(agency)
		case "status":
			if !m.runs(agency) {
				err = errors.New("inactive")
			}
		default:
			err = errors.New("not on this machine")
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	})
	return mux
}

func (m *machines) unit(agency int) *unit {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.units[agency]
}

func (m *machines) runs(agency int) bool {
	u := m.unit(agency)
	if u == nil {
		return false
	}
	select {
	case <-u.ended:
		return false
	default:
		return true
	}
}

// start returns when the node has opened its doors, as the unit's type says.
func (m *machines) start(agency int) error {
	if m.runs(agency) {
		return nil
	}
	log, err := os.OpenFile(filepath.Join(m.home, fmt.Sprintf("log%d", agency)), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	u := &unit{cmd: exec.Command(filepath.Join(m.bin, "ocopd"), "run", "--dir", m.dir(agency)), ended: make(chan struct{})}
	u.cmd.Stdout, u.cmd.Stderr = log, log
	u.cmd.Env = append(os.Environ(), "OCOP_LANG=en")
	if err := u.cmd.Start(); err != nil {
		return err
	}
	go func() {
		_ = u.cmd.Wait()
		close(u.ended)
	}()
	m.mu.Lock()
	m.units[agency] = u
	m.mu.Unlock()
	for {
		if a, err := http.Get("http://" + m.address(agency, 2) + "/status"); err == nil {
			a.Body.Close()
			return nil
		}
		select {
		case <-u.ended:
			said, _ := os.ReadFile(filepath.Join(m.home, fmt.Sprintf("log%d", agency)))
			return fmt.Errorf("ocopd has ended:\n%s", said)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func (m *machines) stop(agency int) {
	if m.runs(agency) {
		_ = m.unit(agency).cmd.Process.Signal(syscall.SIGTERM)
		<-m.unit(agency).ended
	}
}

func (m *machines) kill(agency int) {
	if m.runs(agency) {
		_ = m.unit(agency).cmd.Process.Kill()
		<-m.unit(agency).ended
	}
}

// do runs commands as the pages write them, on an agency's machine.
func (m *machines) do(agency int, script string) (out string, code int) {
	m.t.Helper()
	here := strings.NewReplacer(
		"/var/lib/ocop", m.dir(agency), "/mnt/", filepath.Join(m.home, "mnt")+"/",
		"127.0.0.1:7400", m.address(agency, 0), "127.0.0.1:7402", m.address(agency, 2),
		"node1.example:7400", m.address(1, 0), "node2.example:7400", m.address(2, 0), "node3.example:7400", m.address(3, 0),
		"node3.example:7401", m.address(3, 1),
		"node1.example/7401", fmt.Sprintf("127.0.0.1/%d", m.ports+1),
	)
	ctx, cancel := context.WithTimeout(m.t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, "bash", "-euo", "pipefail", "-c", here.Replace(script))
	cmd.Dir = filepath.Join(m.home, "work")
	cmd.Env = append(os.Environ(), "PATH="+m.bin+":"+os.Getenv("PATH"), "SERVICES="+filepath.Join(m.home, "services"), "MACHINE="+m.home, fmt.Sprintf("AGENCY=%d", agency), "OCOP_LANG=en")
	cmd.WaitDelay = time.Second
	var b bytes.Buffer
	cmd.Stdout, cmd.Stderr = &b, &b
	err := cmd.Run()
	if ctx.Err() != nil {
		m.t.Fatalf("after %v not at its end:\n%s\n%s", patience, script, &b)
	}
	if cmd.ProcessState == nil {
		m.t.Fatal(err)
	}
	return b.String(), cmd.ProcessState.ExitCode()
}

// until runs commands until their output has a word: what a page begins with has to be there first.
func (m *machines) until(agency int, script, word string) {
	m.t.Helper()
	for end := time.Now().Add(patience); ; {
		out, _ := m.do(agency, script)
		if strings.Contains(out, word) {
			return
		}
		if time.Now().After(end) {
			m.t.Fatalf("%q never says %q, but\n%s", script, word, out)
		}
	}
}

// situations bring about what a page is for. All nodes run when they begin.
var situations = map[string]func(m *machines){
	"01-does-not-start.md": func(m *machines) {
		m.stop(1)
		m.edit("config.yaml", "heartbeat: 1s", "heartbeat: 1h")
		scribble(m.t, filepath.Join(m.dir(1), "data", "index.db"))
	},
	"02-no-leader.md": func(m *machines) {
		m.stop(2)
		m.kill(3)
		m.until(1, "ocopd doctor --dir /var/lib/ocop || true", "quorum.lost")
	},
	"03-behind.md":      func(m *machines) { m.kill(3); m.until(1, "ocopd doctor --dir /var/lib/ocop || true", "peer.refused") },
	"04-disk.md":        func(*machines) {},
	"05-clock.md":       func(*machines) {},
	"06-rotate-keys.md": func(*machines) {},
	"07-backup.md":      func(*machines) {},
	"08-replace-machine.md": func(m *machines) {
		m.do(3, "ocopd backup --dir /var/lib/ocop --to /mnt/backup/ocop-3") // of page 7, without which nothing is restored
		m.kill(3)
	},
	"09-members.md": func(*machines) {},
	"10-lost-majority.md": func(m *machines) {
		m.destroy(2)
		m.destroy(3)
		m.until(1, "ocopd doctor --dir /var/lib/ocop || true", "quorum.lost")
	},
}

// destroy leaves of a machine what its agency has elsewhere: keys, settings, genesis.
func (m *machines) destroy(agency int) {
	m.t.Helper()
	m.kill(agency)
	for _, name := range []string{"data", "raft.seat", "cosigner.slot"} {
		if err := os.RemoveAll(filepath.Join(m.dir(agency), name)); err != nil {
			m.t.Fatal(err)
		}
	}
}

func (m *machines) edit(file, from, to string) {
	m.t.Helper()
	path := filepath.Join(m.dir(1), file)
	text, err := os.ReadFile(path)
	if err != nil || !bytes.Contains(text, []byte(from)) {
		m.t.Fatalf("%v, no %q in %s", err, from, text)
	}
	if err := os.WriteFile(path, bytes.Replace(text, []byte(from), []byte(to), 1), 0o600); err != nil {
		m.t.Fatal(err)
	}
}

func scribble(t *testing.T, path string) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := range data {
		data[i] = byte(i*7 + 1)
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestRun runs what the pages say, in the situation they are for.
func TestRun(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds the programs, and runs a network for every page")
	}
	if runtime.GOOS != "linux" {
		t.Skip("the pages are for Linux")
	}
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("curl is not installed")
	}
	bin, network, ports := prepare(t)
	all := pages(t)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		blocks := all[name]
		t.Run(name, func(t *testing.T) {
			m := newMachines(t, bin, network, ports)
			for agency := range 3 {
				if err := m.start(agency + 1); err != nil {
					t.Fatal(err)
				}
			}
			for agency := range 3 {
				m.until(agency+1, "ocopd doctor --dir /var/lib/ocop | grep -v -e CRITICAL -e none | grep runs || true", "Cosigner: signing")
			}
			situations[name](m)
			for _, b := range blocks {
				m.try(b)
			}
		})
	}
}

func (m *machines) try(b *block) {
	m.t.Helper()
	if !b.run {
		return
	}
	if b.later != "" {
		m.t.Logf("%s is not run yet: %s", b.name(), b.later)
		return
	}
	out, code := m.do(b.on, b.script)
	if !slices.Contains(b.exits, code) {
		m.t.Fatalf("%s ends with %d, want %v:\n%s\n%s", b.name(), code, b.exits, b.script, out)
	}
	for _, word := range b.says {
		if !strings.Contains(out, word) {
			m.t.Fatalf("%s does not say %q:\n%s\n%s", b.name(), word, b.script, out)
		}
	}
}
