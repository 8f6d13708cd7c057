package supervise

import (
	"net"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestWatch plays systemd: a socket, and an environment.
func TestWatch(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no datagram sockets of this kind there")
	}
	socket := filepath.Join(t.TempDir(), "notify")
	l, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	l.SetReadDeadline(time.Now().Add(time.Minute))
	next := func() string {
		t.Helper()
		b := make([]byte, 1024)
		n, err := l.Read(b)
		if err != nil {
			t.Fatal(err)
		}
		return string(b[:n])
	}
	var mu sync.Mutex
	state := State{Alive: true, Says: "starting"}
	set := func(s State) {
		mu.Lock()
		defer mu.Unlock()
		state = s
	}
	environment := map[string]string{"NOTIFY_SOCKET": socket, "WATCHDOG_USEC": "30000"}
	stop := From(func(name string) string { return environment[name] }).Watch(func() State {
		mu.Lock()
		defer mu.Unlock()
		return state
	})
	if got := next(); got != "STATUS=starting\nWATCHDOG=1" {
		t.Errorf("first %q", got)
	}
	set(State{Started: true, Alive: true, Says: "block 7"})
	for got := next(); got != "READY=1\nSTATUS=block 7\nWATCHDOG=1"; got = next() {
		if got != "WATCHDOG=1" {
			t.Fatalf("before the start: %q", got)
		}
	}
	set(State{Started: true, Says: "hangs"})
	for got := next(); got != "STATUS=hangs"; got = next() {
		if got != "WATCHDOG=1" {
			t.Fatalf("before the hang: %q", got)
		}
	}
	set(State{Started: true, Says: "hangs"}) // whatever comes next, it is not a sign of life
	stop()
	if got := next(); got != "STOPPING=1" {
		t.Errorf("after the hang: %q", got)
	}
	stop = From(func(string) string { return "" }).Watch(func() State { panic("nobody wants to know") })
	stop()
	gone := From(func(name string) string { return strings.Replace(environment[name], "notify", "gone", 1) })
	if told := gone.tell(State{}, State{Started: true}); told.Started {
		t.Error("what could not be told counts as told")
	}
}
