package profiles_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"

	"github.com/ocopledger/ocop/node/profiles"
)

var (
	loopback = &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 7402}
	anywhere = &net.TCPAddr{IP: net.IPv4(10, 0, 0, 1), Port: 7402}
	socket   = &net.UnixAddr{Name: "/run/ocop.sock", Net: "unix"}
)

func ask(h http.Handler, method, host, target string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "http://"+host+profiles.Path+target, nil)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// isProfile tells whether a body is a profile as go tool pprof reads it: gzip, and something in it.
func isProfile(t *testing.T, body io.Reader) bool {
	t.Helper()
	z, err := gzip.NewReader(body)
	if err != nil {
		return false
	}
	b, err := io.ReadAll(z)
	return err == nil && len(b) > 0
}

// TestWhoMayAsk: whoever is on the machine, and nobody by another name.
func TestWhoMayAsk(t *testing.T) {
	for _, c := range []struct {
		door net.Addr
		host string
		want int
	}{
		{loopback, "127.0.0.1:7402", http.StatusOK},
		{loopback, "localhost:7402", http.StatusOK},
		{loopback, "[::1]:7402", http.StatusOK},
		{loopback, "rebound.example:7402", http.StatusForbidden},
		{loopback, "10.0.0.1", http.StatusForbidden},
		{anywhere, "127.0.0.1:7402", http.StatusForbidden},
		{anywhere, "10.0.0.1:7402", http.StatusForbidden},
		{&net.TCPAddr{IP: net.IPv4zero, Port: 7402}, "127.0.0.1:7402", http.StatusForbidden},
		{socket, "localhost", http.StatusOK},
		{socket, "ocop", http.StatusOK},
	} {
		for _, target := range []string{"", "heap", "goroutine?debug=2"} {
			if w := ask(profiles.Handler(c.door), "GET", c.host, target); w.Code != c.want {
				t.Errorf("%q at %v as %s: %d, want %d", target, c.door, c.host, w.Code, c.want)
			}
		}
	}
}

func TestOfTheMoment(t *testing.T) {
	h := profiles.Handler(loopback)
	for _, name := range []string{"allocs", "goroutine", "heap", "heap?gc=1", "threadcreate"} {
		if w := ask(h, "GET", "localhost", name); w.Code != http.StatusOK || !isProfile(t, w.Body) {
			t.Errorf("%s: %d", name, w.Code)
		}
	}
	if w := ask(h, "GET", "localhost", "goroutine?debug=2"); !strings.Contains(w.Body.String(), "TestOfTheMoment") {
		t.Errorf("stacks without the one that asks:\n%s", w.Body)
	}
	if w := ask(h, "GET", "localhost", ""); !strings.Contains(w.Body.String(), "mutex?seconds=N") {
		t.Errorf("%s", w.Body)
	}
}

// TestOverTime takes each profile for as short as can be; one while another is taken is refused, and blocking is measured only meanwhile.
func TestOverTime(t *testing.T) {
	h := profiles.Handler(loopback)
	for _, name := range []string{"profile", "block", "mutex"} {
		if w := ask(h, "GET", "localhost", name+"?seconds=1"); w.Code != http.StatusOK || !isProfile(t, w.Body) {
			t.Errorf("%s: %d", name, w.Code)
		}
	}
	if w := ask(h, "GET", "localhost", "trace?seconds=1"); w.Code != http.StatusOK || !bytes.HasPrefix(w.Body.Bytes(), []byte("go 1.")) {
		t.Errorf("trace: %d, %.20q", w.Code, w.Body)
	}
	if before := runtime.SetMutexProfileFraction(-1); before != 0 {
		t.Errorf("locks are still measured: %d", before)
	}

	ctx, leave := context.WithCancel(context.Background())
	first := make(chan *httptest.ResponseRecorder)
	go func() {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequestWithContext(ctx, "GET", "http://localhost"+profiles.Path+"mutex?seconds=120", nil))
		first <- w
	}()
	for runtime.SetMutexProfileFraction(-1) == 0 { // until it is being taken
		runtime.Gosched()
	}
	if w := ask(h, "GET", "localhost", "profile?seconds=1"); w.Code != http.StatusConflict || w.Header().Get("Retry-After") == "" {
		t.Errorf("a second one: %d", w.Code)
	}
	leave()
	if w := <-first; w.Code != http.StatusOK { // who asked for two minutes has gone, and so has the measuring
		t.Errorf("the first one: %d", w.Code)
	}
}

func TestRefused(t *testing.T) {
	h := profiles.Handler(loopback)
	for target, want := range map[string]int{
		"profile?seconds=0": 400, "profile?seconds=121": 400, "profile?seconds=-1": 400, "profile?seconds=1e3": 400, "trace?seconds=6": 400,
		"block": 400, "mutex": 400, "mutex?seconds=": 400, "heap?debug=3": 400, "heap?debug=x": 400, "cmdline": 404, "made/up": 404,
	} {
		w := ask(h, "GET", "localhost", target)
		if w.Code != want || len(strings.Split(strings.TrimSpace(w.Body.String()), "\n")) != 2 {
			t.Errorf("%s: %d, want %d: %s", target, w.Code, want, w.Body)
		}
	}
	if w := ask(h, "POST", "localhost", "heap"); w.Code != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d", w.Code)
	}
}

// TestDefaultMux: what this package does not use has put itself nowhere.
func TestDefaultMux(t *testing.T) {
	if _, pattern := http.DefaultServeMux.Handler(httptest.NewRequest("GET", profiles.Path, nil)); pattern != "" {
		t.Errorf("the default mux answers %s", pattern)
	}
}
