package web

import (
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/ocopledger/ocop/ledger/query/querytest"
)

// Pages and the script come compressed to whoever takes that, and are the same then.
func TestSqueezed(t *testing.T) {
	h := newSite(t, querytest.NewStory(t).World, nil)
	scripts := h.(*Site).scripts
	for _, path := range []string{"/p/1000001.1", "/nowhere", scripts.page.path, scripts.rules.path} {
		plain := get(h, path)
		for _, accept := range []string{"gzip", "br, GZip;q=0.5", "deflate,gzip ; q=1"} {
			w := get(h, path, "Accept-Encoding", accept)
			if w.Header().Get("Content-Encoding") != "gzip" || w.Header().Get("Vary") != "Accept-Encoding" || w.Header().Get("ETag") != plain.Header().Get("ETag") {
				t.Fatalf("%s, %s: %v", path, accept, w.Header())
			}
			sent := w.Body.Len()
			z, err := gzip.NewReader(w.Body)
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(z)
			if err != nil || string(body) != plain.Body.String() || sent*2 > len(body) {
				t.Errorf("%s: %d bytes of %d, %v", path, sent, len(body), err)
			}
		}
		for _, accept := range []string{"", "br", "gzip;q=0", "gzip;q=x", "xgzip"} {
			if w := get(h, path, "Accept-Encoding", accept); w.Header().Get("Content-Encoding") != "" || w.Body.String() != plain.Body.String() || w.Header().Get("Vary") != "Accept-Encoding" {
				t.Errorf("%s, %q: %v", path, accept, w.Header())
			}
		}
	}
	first := get(h, "/p/1000001.1", "Accept-Encoding", "gzip").Header().Get("ETag")
	if w := get(h, "/p/1000001.1", "If-None-Match", first); w.Code != http.StatusNotModified || !strings.HasPrefix(first, "W/") {
		t.Errorf("%d, %s", w.Code, first)
	}
}
