package publish

import (
	"compress/gzip"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/tiles"
)

func get(t *testing.T, h http.Handler, method, path string, header ...string) *http.Response {
	t.Helper()
	q := httptest.NewRequest(method, path, nil)
	for i := 0; i < len(header); i += 2 {
		q.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, q)
	return w.Result()
}

func TestFilesOverHTTP(t *testing.T) {
	n := newNetwork(t)
	h := Handler(n, "a notice", slog.New(slog.DiscardHandler))
	if a := get(t, h, "GET", "/log/checkpoint"); a.StatusCode != http.StatusNotFound {
		t.Errorf("before the first head: %d", a.StatusCode)
	}
	n.grow(t, 300, 3)
	for _, test := range []struct {
		path, kind, cache string
		status            int
	}{
		{"/log/checkpoint", text, fresh, 200},
		{"/log/tile/0/000", octets, immutable, 200},
		{"/log/tile/0/001.p/44", octets, immutable, 200},
		{"/log/tile/0/001.p/7", octets, immutable, 200}, // a head of 263 leaves may have been published
		{"/log/tile/1/000.p/1", octets, immutable, 200},
		{"/log/tile/entries/001.p/44", octets, immutable, 200},
		{"/log/genesis", octets, immutable, 200},
		{"/log/policy", text, fresh, 200},
		{"/log/policy/0", text, immutable, 200},
		{"/log/policy/1", text, immutable, 200},
		{"/log/policy/2", "", "no-store", 404},
		{"/log/policy/01", "", "no-store", 404},
		{"/log/policy/-1", "", "no-store", 404},
		{"/log/tile/0/001", "", "no-store", 404},
		{"/log/tile/0/001.p/45", "", "no-store", 404},
		{"/log/tile/0/1", "", "no-store", 404},
		{"/log/tile/", "", "no-store", 404},
		{"/log/", "", "no-store", 404},
		{"/log/seals", "", "no-store", 404},
	} {
		a := get(t, h, "GET", test.path)
		if a.StatusCode != test.status || a.Header.Get("Cache-Control") != test.cache || test.kind != "" && a.Header.Get("Content-Type") != test.kind {
			t.Errorf("%s: %d, %v", test.path, a.StatusCode, a.Header)
		}
	}
	const none = "a notice\nkhông có tệp này trong các tệp công bố của sổ cái, hoặc chưa có\nno such file among the published files of the ledger, or not yet\n"
	for _, path := range []string{"/log/tile/9/000", "/log/tile/0/1", "/log/policy/2", "/log/nothing"} {
		if body, _ := io.ReadAll(get(t, h, "GET", path).Body); string(body) != none {
			t.Errorf("%s: %s", path, body)
		}
	}
	for path, want := range map[string]bool{"/log/checkpoint": true, "/log/tile/x": true, "/log/policy/1": true, "/log/policy": true, "/log/genesis": true, "/log/": false, "/log/nothing": false, "/": false} {
		if Serves(path) != want {
			t.Errorf("%s: served %v", path, !want)
		}
	}
	if a := get(t, h, "POST", "/log/checkpoint"); a.StatusCode != http.StatusMethodNotAllowed || a.Header.Get("Allow") == "" {
		t.Errorf("POST: %d", a.StatusCode)
	}
	if a := get(t, h, "HEAD", "/log/tile/0/000"); a.ContentLength != 8192 {
		t.Errorf("HEAD: %d bytes", a.ContentLength)
	}
}

func TestBundlesAreCompressedForThoseWhoAsk(t *testing.T) {
	n := newNetwork(t)
	n.grow(t, 256, 2)
	h := Handler(n, "a notice", slog.New(slog.DiscardHandler))
	plain, _ := io.ReadAll(get(t, h, "GET", "/log/tile/entries/000").Body)
	if leaves, err := tiles.ParseBundle(plain, 256); err != nil || len(leaves) != 256 {
		t.Fatal(err)
	}
	a := get(t, h, "GET", "/log/tile/entries/000", "Accept-Encoding", "br, gzip")
	z, err := gzip.NewReader(a.Body)
	if err != nil || a.Header.Get("Content-Encoding") != "gzip" || a.Header.Get("Vary") == "" {
		t.Fatalf("%v, %v", err, a.Header)
	}
	if squeezed, err := io.ReadAll(z); err != nil || string(squeezed) != string(plain) {
		t.Errorf("%d bytes, %v, want %d", len(squeezed), err, len(plain))
	}
}

func TestLogSignsCertifiedHeadsAlone(t *testing.T) {
	n := newNetwork(t)
	certified, short := n.grow(t, 10, 2), n.grow(t, 11, 1)
	line, ok, err := Sign(certified, &n.policy, 1, n.log)
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	if c, err := certified.With(line).Certify(&n.policy); err != nil || !c.Log {
		t.Errorf("%+v, %v", c, err)
	}
	if _, ok, err := Sign(short, &n.policy, 1, n.log); err == nil || ok {
		t.Error("signed a head of one cosigner of a quorum of two")
	}
	for name, change := range map[string]func() (line checkpoint.Line, ok bool, err error){
		"no key":            func() (checkpoint.Line, bool, error) { return Sign(certified, &n.policy, 1, nil) },
		"another publisher": func() (checkpoint.Line, bool, error) { return Sign(certified, &n.policy, 2, n.log) },
		"another key":       func() (checkpoint.Line, bool, error) { return Sign(certified, &n.policy, 1, n.cosigners[0]) },
	} {
		if _, ok, err := change(); ok || err != nil {
			t.Errorf("%s: %v, %v", name, ok, err)
		}
	}
	if !strings.HasPrefix(string(certified.With(line).Append(nil)), origin+"\n10\n") {
		t.Error("not a checkpoint")
	}
}
