package operating

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"
)

// patience bounds the pages: a start waits for a seat among the validators.
const patience = 4 * time.Minute

// runnable are the shell blocks of a page that say "run", in order.
func runnable(t *testing.T, page string) (script string) {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	for _, block := range regexp.MustCompile("(?ms)^```sh run\n(.*?)^```").FindAllStringSubmatch(string(text), -1) {
		script += block[1]
	}
	if script == "" {
		t.Fatalf("%s has nothing to run", page)
	}
	return script
}

// The machine that the pages speak of, as far as it is not ours: sudo that stays who it is, and a service manager that runs the line of the unit.
const (
	sudo = `#!/bin/sh
[ "$1" = -u ] && shift 2
exec "$@"
`
	systemctl = `#!/bin/sh
set -e
stop() {
	[ -e "$MACHINE/pid" ] || return 0
	kill -TERM "$(cat "$MACHINE/pid")"
	while kill -0 "$(cat "$MACHINE/pid")" 2>/dev/null; do sleep 0.1; done
	rm "$MACHINE/pid"
}
start() {
	sh -c "exec $EXEC_START" >>"$MACHINE/log" 2>&1 &
	echo $! >"$MACHINE/pid"
	until curl -sf "http://$OPERATOR/healthz" >/dev/null; do
		kill -0 "$(cat "$MACHINE/pid")" || { cat "$MACHINE/log"; exit 1; }
		sleep 0.1
	done
}
case "$*" in
"enable --now ocopd") start ;;
"restart ocopd") stop; start ;;
"disable --now ocopd") stop ;;
"status ocopd") kill -0 "$(cat "$MACHINE/pid")" ;;
*) echo "systemctl $*: not on this machine" >&2; exit 1 ;;
esac
`
)

// TestPages runs what the pages tell operators to run, one page after the other on one machine.
func TestPages(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds the programs")
	}
	if runtime.GOOS != "linux" {
		t.Skip("the pages are for Debian")
	}
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("curl is not installed")
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	machine := t.TempDir()
	bin := filepath.Join(machine, "bin")
	if err := os.Mkdir(bin, 0o700); err != nil {
		t.Fatal(err)
	}
	build := exec.CommandContext(ctx, "go", "build", "-o", bin, "./cmd/ocop", "./cmd/ocopd")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for name, text := range map[string]string{"bin/sudo": sudo, "bin/systemctl": systemctl, "mat-khau": "mat-khau-dai\n"} {
		if err := os.WriteFile(filepath.Join(machine, name), []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	unit, err := os.ReadFile(root + "/scripts/packaging/ocopd.service")
	if err != nil {
		t.Fatal(err)
	}
	start := regexp.MustCompile(`(?m)^ExecStart=(.*)$`).FindSubmatch(unit)
	if start == nil {
		t.Fatal("the unit starts nothing")
	}
	ports := freePorts(t, 3)
	here := strings.NewReplacer(
		"/usr/bin/", bin+"/", "/var/lib/ocop", filepath.Join(machine, "ocop"),
		"127.0.0.1:7400", ports[0], "127.0.0.1:7401", ports[1], "127.0.0.1:7402", ports[2],
	)
	t.Cleanup(func() { // a node that a page has left running
		if b, err := os.ReadFile(filepath.Join(machine, "pid")); err == nil {
			pid, err := strconv.Atoi(strings.TrimSpace(string(b)))
			if p, found := os.FindProcess(pid); err == nil && found == nil {
				p.Kill()
			}
		}
	})
	for _, page := range []string{"install.md", "public-door.md", "upgrade.md", "metrics.md", "uninstall.md"} {
		cmd := exec.CommandContext(ctx, "bash", "-euxo", "pipefail", "-c", here.Replace(runnable(t, page)))
		cmd.Dir = machine
		cmd.Env = append(os.Environ(), "PATH="+bin+":"+os.Getenv("PATH"), "MACHINE="+machine, "EXEC_START="+here.Replace(string(start[1])), "OPERATOR="+ports[2], "OCOP_LANG=en")
		cmd.WaitDelay = time.Second // the service keeps the output open
		var out bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &out
		if err := cmd.Run(); err != nil && !errors.Is(err, exec.ErrWaitDelay) {
			log, _ := os.ReadFile(filepath.Join(machine, "log"))
			t.Fatalf("%s: %v\n%s\nthe node's log:\n%s", page, err, &out, log)
		}
		for _, want := range map[string][]string{
			"install.md":     {`"name": "leader"`, "Certified "},
			"public-door.md": {"strict-transport-security: max-age=31536000", `"resolverRoot":"https://ocop.example.vn"`},
			"upgrade.md":     {`"ok": true`, `"role": "leader"`, "ocop_build_info{", "ocop_cosigning 1"},
			"metrics.md":     {"goroutines.txt", "cpu.pb.gz", "mutex.pb.gz", "trace.out"},
			"uninstall.md":   {"ok: height 0"},
		}[page] {
			if !strings.Contains(out.String(), want) {
				t.Errorf("%s shows no %q:\n%s", page, want, &out)
			}
		}
	}
	if _, err := os.Stat(filepath.Join(machine, "pid")); err == nil {
		t.Error("the node runs after it was removed")
	}
}

// freePorts are addresses below the range from which the system gives out ports: a node gets its own back when it is started again.
func freePorts(t *testing.T, n int) (addresses []string) {
	t.Helper()
	for port := 19700 + os.Getpid()%40; len(addresses) < n && port < 19790; port++ {
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

// TestLinks: pages that the pages name are there.
func TestLinks(t *testing.T) {
	pages, err := filepath.Glob("*.md")
	if err != nil || len(pages) < 5 {
		t.Fatalf("%v, %v", pages, err)
	}
	for _, page := range append(pages, root+"/README.md") {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, link := range regexp.MustCompile(`\]\(([^):#]+)\)`).FindAllStringSubmatch(string(text), -1) {
			if _, err := os.Stat(filepath.Join(filepath.Dir(page), link[1])); err != nil {
				t.Errorf("%s: %v", page, err)
			}
		}
	}
}
