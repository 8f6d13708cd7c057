package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/ocopledger/ocop/cmd/ocopd/internal/ceremony"
	"github.com/ocopledger/ocop/cmd/ocopd/internal/devnet"
)

// freeBase finds the ports of a small devnet that nobody uses now.
func freeBase(t *testing.T, nodes int) int {
	t.Helper()
	free := func(base int) bool {
		for i := range nodes {
			for j := range 3 {
				l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", base+10*i+j))
				if err != nil {
					return false
				}
				l.Close()
			}
		}
		return true
	}
	for base := 30_000; base < 32_000; base += 100 {
		if free(base) {
			return base
		}
	}
	t.Fatal("no free ports")
	return 0
}

// TestDevnetOnce: the summary's head is certified on every node, in networks of any size, and again when they continue.
func TestDevnetOnce(t *testing.T) {
	for _, nodes := range []int{1, 2, 4} {
		m := newMachine(t)
		base := freeBase(t, nodes)
		for run := range 2 {
			r := m.must("devnet", "--once", "--json", "--sample=false", "--dir", m.path("net"), "--nodes", fmt.Sprint(nodes), "--base-port", fmt.Sprint(base))
			s := read[devnet.Summary](t, r)
			if s.Nodes != nodes || s.Certified != s.Height || s.Audit != "ok" || s.Notice != devnet.Banner {
				t.Errorf("%d nodes, run %d: %s", nodes, run, r.out)
			}
		}
	}
}

// TestDevnetPrepared: the nodes of a network that was only made are there to be run, and nobody runs them; made again, it is the same.
func TestDevnetPrepared(t *testing.T) {
	m := newMachine(t)
	base := freeBase(t, 3)
	args := []string{"devnet", "--prepare", "--sample=false", "--dir", m.path("net"), "--base-port", fmt.Sprint(base)}
	w := read[devnet.Welcome](t, m.must(append(args, "--json")...))
	if len(w.Nodes) != 3 || w.Notice != devnet.Banner {
		t.Fatalf("%+v", w)
	}
	r := m.must(args...)
	for _, n := range w.Nodes {
		if !strings.Contains(r.out, "ocopd run --dir "+n.Dir+"\n") {
			t.Errorf("%s is not in\n%s", n.Dir, r.out)
		}
		if _, err := os.Stat(n.Dir + "/config.yaml"); err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(n.Dir + "/data"); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("a node has run: %v", err)
		}
	}
	if again := read[devnet.Welcome](t, m.must(append(args, "--json")...)); again.ChainID != w.ChainID {
		t.Errorf("%s, and then %s", w.ChainID, again.ChainID)
	}
	if both := m.do(append(args, "--once")...); both.code != exitUsage {
		t.Errorf("%+v", both)
	}
}

// TestDevnetRefuses: a command line that is wrong has the code that the help says, and both languages.
func TestDevnetRefuses(t *testing.T) {
	m := newMachine(t)
	ended, end := context.WithCancel(t.Context())
	end() // what is not refused must not go on
	for _, c := range []struct{ args, vi, en string }{
		{"--nodes 9", "ocopd: --nodes 9: cần 1 đến 7\n", "ocopd: --nodes 9: want 1 to 7\n"},
		{"--nodes 0", "ocopd: --nodes 0: cần 1 đến 7\n", "ocopd: --nodes 0: want 1 to 7\n"},
		{"--nodes 2", "ocopd: --nodes 2: tỉnh mẫu có 3 cơ quan; ", "ocopd: --nodes 2: the sample province has 3 agencies; "},
		{"--base-port 80", "ocopd: --base-port 80: cần 1024 đến 65505\n", "ocopd: --base-port 80: want 1024 to 65505\n"},
		{"--base-port 65506", "ocopd: --base-port 65506: cần ", "ocopd: --base-port 65506: want "},
		{"--nodes x", `ocopd: --nodes: "x" không phải số nguyên; xem: ocopd devnet --help`, `ocopd: --nodes: "x" is not a whole number; see: ocopd devnet --help`},
		{"here", "ocopd: thừa tham số", "ocopd: superfluous argument"},
	} {
		args := append([]string{"devnet", "--dir", m.path("net")}, strings.Fields(c.args)...)
		for language, want := range map[string]string{"vi": c.vi, "en": c.en} {
			if r := m.doIn(ended, append(args, "--lang", language)...); r.code != exitUsage || !strings.HasPrefix(r.err, want) || r.out != "" {
				t.Errorf("%s: exit code %d, want %d and %q in\n%s%s", c.args, r.code, exitUsage, want, r.err, r.out)
			}
		}
	}
	if _, err := os.Stat(m.path("net")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a refused command line made something: %v", err)
	}
}

// TestDevnetWithoutADoor: a node that cannot run ends the whole network at once, and says why.
func TestDevnetWithoutADoor(t *testing.T) {
	m := newMachine(t)
	base := freeBase(t, 1)
	taken, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", base))
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for language, want := range map[string]string{"vi": "một chương trình khác đang dùng cổng này", "en": "another program uses this port"} {
		r := m.do("devnet", "--once", "--sample=false", "--nodes", "1", "--dir", m.path("net"), "--base-port", fmt.Sprint(base), "--lang", language)
		if r.code != exitFailure || !strings.Contains(r.err, want) || !strings.HasPrefix(r.err, ceremony.SampleNotice+"\nocopd: ") || r.out != "" {
			t.Errorf("exit code %d, want %d and %q in\n%s%s", r.code, exitFailure, want, r.err, r.out)
		}
	}
}

// up runs a devnet until the test calls stop, which gives what it left. It waits until the command has said that the network is up.
func up(t *testing.T, m *machine, args ...string) (said string, stop func() result) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	out, errs := new(buffer), new(buffer)
	ended := make(chan int, 1)
	go func() { ended <- m.doTo(ctx, out, errs, append([]string{"devnet"}, args...)...) }()
	for out.String() == "" {
		select {
		case code := <-ended:
			t.Fatalf("ended with %d\n%s", code, errs)
		case <-time.After(10 * time.Millisecond):
		}
	}
	return out.String(), func() result {
		cancel()
		return result{<-ended, out.String(), errs.String()}
	}
}

// TestDevnetSaysWhereItIs: one line for programs, a page for people in their language, and then it goes on until it is told to stop. What goes wrong
// says first that all of this is a sample.
func TestDevnetSaysWhereItIs(t *testing.T) {
	m := newMachine(t)
	args := []string{"--sample=false", "--nodes", "1", "--dir", m.path("net"), "--base-port", fmt.Sprint(freeBase(t, 1))}
	said, stop := up(t, m, append(args, "--json")...)
	var w devnet.Welcome
	if err := json.Unmarshal([]byte(said), &w); err != nil || strings.Count(said, "\n") != 1 {
		t.Fatalf("%v, or no single line:\n%s", err, said)
	}
	if len(w.Nodes) != 1 || w.Nodes[0].Agency != 1 || w.Notice != devnet.Banner || len(w.ChainID) != 64 || w.People != m.path("net", "people") {
		t.Errorf("%+v", w)
	}
	for door, url := range map[string]string{"operator": "http://" + w.Nodes[0].Operator + "/healthz", "public": "http://" + w.Nodes[0].Public + "/"} {
		if answer, err := http.Get(url); err != nil || answer.StatusCode != http.StatusOK {
			t.Errorf("%s: %v, %v", door, answer, err)
		} else {
			answer.Body.Close()
		}
	}
	for language, want := range map[string]string{"vi": "ocopd: nút 0 (UBND tỉnh (mẫu)): một tiến trình khác ", "en": "ocopd: node 0 (UBND tỉnh (mẫu)): another process "} {
		r := m.do(append([]string{"devnet", "--lang", language}, args...)...)
		if r.code != exitInUse || !strings.HasPrefix(r.err, ceremony.SampleNotice+"\n"+want) || r.out != "" {
			t.Errorf("a second devnet: exit code %d, want %d and %q in\n%s%s", r.code, exitInUse, want, r.err, r.out)
		}
		r = m.do(append([]string{"devnet", "--json", "--lang", language}, args...)...)
		if e := read[struct {
			Notice string
			Error  failure
		}](t, r); e.Notice != ceremony.SampleNotice || !strings.HasPrefix("ocopd: "+e.Error.Message, want) || e.Error.Code != exitInUse {
			t.Errorf("as JSON: %+v", r)
		}
	}
	if end := stop(); end.code != exitOK || end.out != said {
		t.Errorf("%+v", end)
	}
	said, stop = up(t, m, append(args, "--lang", "vi")...)
	if !strings.HasPrefix(said, devnet.Banner+"\n\ncác nút\n  0  UBND tỉnh (mẫu)") || !strings.Contains(said, "dừng bằng Ctrl-C") {
		t.Error(said)
	}
	if end := stop(); end.code != exitOK {
		t.Errorf("%+v", end)
	}
	for language, want := range map[string]string{"vi": " có 1 nút, không phải 2: ", "en": " has 1 nodes, not 2: "} {
		if r := m.do("devnet", "--lang", language, "--once", "--sample=false", "--nodes", "2", "--dir", m.path("net")); r.code != exitInput || !strings.Contains(r.err, want) ||
			!strings.HasPrefix(r.err, ceremony.SampleNotice+"\n") {
			t.Errorf("%+v, want %q", r, want)
		}
	}
}
