package blobs

import (
	"bytes"
	"image"
	"image/png"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/blob"
)

// TestServed: what strangers made is shown as what it was checked to be, and as nothing else.
func TestServed(t *testing.T) {
	b := newBench(t, newBook(t), 1)
	var content bytes.Buffer
	if err := png.Encode(&content, image.NewGray(image.Rect(0, 0, 9, 7))); err != nil {
		t.Fatal(err)
	}
	picture := &blob.Blob{Salt: [32]byte{5}, Media: blob.PNG, Content: content.Bytes()}
	hostile := &blob.Blob{Salt: [32]byte{6}, Media: blob.Name, Content: []byte("<script>alert(1)</script>")}
	gone, waiting := name(1), name(2)
	for n, x := range []*blob.Blob{gone, picture, hostile} {
		b.book.names(ledger.AccountID(n+1), x.ID())
		b.step()
		must2(t)(b.Put(x.Append(nil), nil))
	}
	must2(t)(b.Put(waiting.Append(nil), b.offer(1, waiting.ID())))
	if _, err := b.Erase(b.order(1, gone.ID(), nil)); err != nil {
		t.Fatal(err)
	}
	id := picture.ID().String()
	for _, c := range []struct {
		path, media string
		body        []byte
	}{
		{id, "image/png", picture.Content}, {hostile.ID().String(), "text/plain; charset=utf-8", hostile.Content},
		{id + ".blob", "application/octet-stream", picture.Append(nil)}, {gone.ID().String() + ".erasure", "application/octet-stream", nil},
		{gone.ID().String() + "-1.report", "application/octet-stream", nil},
		{listName, "text/plain; charset=utf-8", []byte("# MẪU\n" + gone.ID().String() + " 1\n")},
	} {
		w := b.ask("GET", Prefix+c.path)
		h := w.Header()
		if w.Code != http.StatusOK || h.Get("Content-Type") != c.media || c.body != nil && !bytes.Equal(w.Body.Bytes(), c.body) || h.Get("Content-Length") != strconv.Itoa(w.Body.Len()) {
			t.Errorf("%s: %d %v %q", c.path, w.Code, h, w.Body)
		}
		safe(t, c.path, w)
		if cache := h.Get("Cache-Control"); strings.Contains(cache, "immutable") || cache == "" {
			t.Errorf("%s: an answer that may go is cached as %q", c.path, cache)
		}
		head := b.ask("HEAD", Prefix+c.path)
		if head.Code != http.StatusOK || head.Body.Len() != 0 || head.Header().Get("Content-Length") != h.Get("Content-Length") || head.Header().Get("ETag") != h.Get("ETag") {
			t.Errorf("HEAD %s: %d %v", c.path, head.Code, head.Header())
		}
		if again := b.ask("GET", Prefix+c.path, "If-None-Match", `"x", W/`+h.Get("ETag")); again.Code != http.StatusNotModified || again.Body.Len() != 0 {
			t.Errorf("%s again: %d", c.path, again.Code)
		}
	}
	for _, c := range []struct {
		method, path string
		code         int
		says         string
	}{
		{"GET", gone.ID().String(), http.StatusGone, "đã xóa theo lệnh của cơ quan 1"}, {"GET", gone.ID().String() + ".blob", http.StatusGone, "erased by order of agency 1"},
		{"GET", waiting.ID().String(), 404, "không có"}, {"GET", waiting.ID().String() + ".blob", 404, ""}, {"GET", name(9).ID().String(), 404, "does not have it"},
		{"GET", id + ".erasure", 404, ""}, {"GET", gone.ID().String() + "-2.report", 404, ""}, {"GET", id + ".html", 404, ""}, {"GET", id + ".blob.blob", 404, ""},
		{"GET", "", 400, "64"}, {"GET", strings.ToUpper(id), 400, ""}, {"GET", id[:63], 400, ""}, {"GET", id + "0", 400, ""}, {"GET", "../config.yaml", 400, ""},
		{"GET", id + "\x00", 400, ""}, {"GET", "..%2f", 400, ""}, {"GET", "<script>", 400, ""}, {"GET", gone.ID().String() + "-01.report", 400, ""},
		{"GET", gone.ID().String() + ".report", 400, ""}, {"GET", "pending/" + waiting.ID().String() + "-1", 400, ""},
		{"PUT", id, 405, "ocop blob put"}, {"DELETE", id, 405, ""}, {"POST", "", 405, ""},
	} {
		w := b.ask(c.method, Prefix+c.path)
		if w.Code != c.code || !strings.Contains(w.Body.String(), c.says) || !strings.HasPrefix(w.Body.String(), "MẪU\n") || w.Header().Get("Content-Type") != "text/plain; charset=utf-8" {
			t.Errorf("%s %q: %d %q %v", c.method, c.path, w.Code, w.Body, w.Header())
		}
		if strings.Contains(w.Body.String(), "<script>") {
			t.Errorf("%q comes back", c.path)
		}
		safe(t, c.path, w)
	}
	b.asked = false // as after a start
	if w := b.ask("GET", Prefix+id); w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" {
		t.Errorf("before the others were asked: %d", w.Code)
	}
	if w := b.ask("GET", Prefix+gone.ID().String()); w.Code != http.StatusGone {
		t.Errorf("what this node has erased itself: %d", w.Code)
	}
	if !Serves(Prefix+id) || Serves("/blobs/x") || Serves("/") {
		t.Error("paths")
	}
}

// safe wants the headers that keep content from being anything but content.
func safe(t *testing.T, path string, w *httptest.ResponseRecorder) {
	t.Helper()
	for key, want := range map[string]string{
		"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; sandbox", "Access-Control-Allow-Origin": "*", "Referrer-Policy": "no-referrer",
	} {
		if got := w.Header().Get(key); got != want {
			t.Errorf("%s: %s is %q", path, key, got)
		}
	}
	if w.Header().Get("Set-Cookie") != "" {
		t.Errorf("%s sets a cookie", path)
	}
}
