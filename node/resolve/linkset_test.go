package resolve_test

import (
	"encoding/json"
	"flag"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/ocopledger/ocop/ledger/query/querytest"
	"github.com/ocopledger/ocop/node/resolve"
)

var update = flag.Bool("update", false, "write the golden linksets anew")

// A host is written into an answer only when the ledger lists it; whatever else a request says of hosts changes nothing.
func TestHosts(t *testing.T) {
	w := newWorld(t)
	const old, gone, port = "ma.daknong.example.vn", "tem.daknong.example.vn", "ma.daknong.example.vn:8443"
	w.hosts = []resolve.Host{{Name: old}, {Name: gone, Until: 20260301}, {Name: port, Until: querytest.Today}}
	anchors := func(headers ...string) string {
		a := w.ask(http.MethodGet, lot+"?linkType=linkset", headers...)
		text := body(t, a)
		for _, l := range a.Header.Values("Link") {
			text += l
		}
		return text
	}
	plain := anchors()
	for host, want := range map[string]string{old: "https://" + old, "MA.daknong.example.vn:443": "https://" + old, port: "https://" + port, gone: base, "evil.vn": base, "": base, "ma.daknong.example.vn:80": base, "evil.vn\"": base} {
		if got := anchors("Host", host); got != strings.ReplaceAll(plain, base, want) {
			t.Errorf("asked as %q, an answer has not %s:\n%s", host, want, got)
		}
		a := w.ask(http.MethodGet, lot+"/21/7", "Host", host) // the successor serves the old host's codes, under the name that the reader came to
		if a.StatusCode != http.StatusTemporaryRedirect || a.Header.Get("Location") != "/l/1000001.1/L-2026-03?serial=7" {
			t.Errorf("asked as %q: %d %s", host, a.StatusCode, a.Header.Get("Location"))
		}
		var d struct{ ResolverRoot string }
		if err := json.Unmarshal([]byte(body(t, w.ask(http.MethodGet, resolve.WellKnown, "Host", host))), &d); err != nil || d.ResolverRoot != want {
			t.Errorf("asked as %q, the resolver is at %s: %v", host, d.ResolverRoot, err)
		}
	}
	w.hosts = append(w.hosts, resolve.Host{Name: "127.0.0.1:7400"})
	for own, want := range map[string]string{"http://127.0.0.1:7400": "http://127.0.0.1:7400", base: "https://127.0.0.1:7400"} { // one's own is as one's settings say
		o := w.options
		o.BaseURL = own
		a := httptest.NewRecorder()
		r := httptest.NewRequest(http.MethodGet, resolve.WellKnown, nil)
		r.Host = "127.0.0.1:7400"
		resolve.New(o).ServeHTTP(a, r)
		if !strings.Contains(a.Body.String(), `"resolverRoot":"`+want+`"`) {
			t.Errorf("a listed host that is %s: %s", own, a.Body)
		}
	}
	for _, header := range []string{"X-Forwarded-Host", "Forwarded", "X-Forwarded-Proto", "X-Original-Host", "Origin", "Referer"} {
		if got := anchors(header, old); got != plain {
			t.Errorf("%s changes the answer:\n%s", header, got)
		}
	}
}

// The whole list, as RFC 9264 and the resolver standard want it.
func TestLinkset(t *testing.T) {
	w := newWorld(t)
	for name, path := range map[string]string{"product": coffee, "serial": lot + "/21/7", "not-issued": lot + "/21/101", "own": "/id/1000002.1/10/none"} {
		a := w.ask(http.MethodGet, path, "Accept", "application/linkset+json")
		text := body(t, a)
		if a.StatusCode != http.StatusOK || a.Header.Get("Content-Type") != "application/linkset+json" || a.Header.Get("Cache-Control") != "no-cache" {
			t.Errorf("%s: %d %v", path, a.StatusCode, a.Header)
		}
		if links := strings.Join(a.Header.Values("Link"), ", "); !strings.Contains(links, `rel="http://www.w3.org/ns/json-ld#context"`) {
			t.Errorf("%s: %s", path, links)
		}
		checkLinkset(t, path, text)
		for _, asked := range []string{"linkset", "all"} {
			again := w.ask(http.MethodGet, path+"?linkType="+asked)
			if got := body(t, again); got != text || again.Header.Get("ETag") != a.Header.Get("ETag") {
				t.Errorf("%s?linkType=%s has another linkset", path, asked)
			}
		}
		if same := w.ask(http.MethodGet, path+"?linkType=linkset", "If-None-Match", a.Header.Get("ETag")); same.StatusCode != http.StatusNotModified {
			t.Errorf("%s: %d for the same linkset", path, same.StatusCode)
		}
		if head := w.ask(http.MethodHead, path+"?linkType=linkset"); head.StatusCode != http.StatusOK || head.ContentLength != int64(len(text)) {
			t.Errorf("HEAD %s: %d, %d bytes", path, head.StatusCode, head.ContentLength)
		}
		golden(t, name+".json", text)
	}
	if a := w.ask(http.MethodGet, lot+"?linkType=linkset", "Accept", "text/html,*/*;q=0.8"); a.StatusCode != http.StatusOK || !strings.Contains(body(t, a), `"Target":"/l/1000001.1/L-2026-03"`) {
		t.Errorf("a browser that asks for the list: %d", a.StatusCode)
	}
}

func golden(t *testing.T, name, text string) {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	got, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	file := "testdata/" + name
	if *update {
		if err := os.WriteFile(file, append(got, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(got)+"\n" != string(want) {
		t.Errorf("%s differs; look at it, then run go test ./node/resolve -update\n%s", file, got)
	}
}

// checkLinkset holds a linkset against RFC 9264, section 4.2, and the resolver standard, sections 2.5 and 2.10.
func checkLinkset(t *testing.T, path, text string) {
	t.Helper()
	var top map[string][]map[string]json.RawMessage
	if err := json.Unmarshal([]byte(text), &top); err != nil || len(top) != 1 || len(top["linkset"]) == 0 {
		t.Fatalf("%s: %v: %s", path, err, text)
	}
	for _, of := range top["linkset"] {
		var anchor, description string
		if err := json.Unmarshal(of["anchor"], &anchor); err != nil || !strings.HasPrefix(anchor, base+"/") {
			t.Errorf("%s: anchor %s", path, of["anchor"])
		}
		if err := json.Unmarshal(of["description"], &description); err != nil || !strings.HasPrefix(description, notice) {
			t.Errorf("%s: description %s", path, of["description"])
		}
		delete(of, "anchor")
		delete(of, "description")
		defaults := 0
		described := make(map[string]bool) // what is linked by a relation that says what it is
		var first string
		for rel, raw := range of {
			var targets []struct {
				Href, Title, Type string
				Hreflang          []string
			}
			if err := json.Unmarshal(raw, &targets); err != nil || len(targets) == 0 || !strings.HasPrefix(rel, "https://ref.gs1.org/voc/") {
				t.Errorf("%s: %s: %v", path, rel, err)
			}
			for _, to := range targets {
				if !strings.HasPrefix(to.Href, base+"/") || to.Title == "" {
					t.Errorf("%s: %s: %+v", path, rel, to)
				}
				if rel == "https://ref.gs1.org/voc/defaultLink" {
					defaults++
					first = to.Href
					if to.Type != "" || to.Hreflang != nil || len(targets) != 1 {
						t.Errorf("%s: the default link has more than a title: %+v", path, to)
					}
					continue
				}
				if !strings.Contains(to.Type, "/") || len(to.Hreflang) == 0 {
					t.Errorf("%s: %s: %+v", path, rel, to)
				}
				described[to.Href] = true
			}
		}
		if defaults != 1 || !described[first] {
			t.Errorf("%s: %s has %d default links", path, anchor, defaults)
		}
	}
}

// The description is what the standard's section 3 asks for.
func TestDescription(t *testing.T) {
	w := newWorld(t)
	a := w.ask(http.MethodGet, resolve.WellKnown)
	const want = `{"name":"DỮ LIỆU MẪU – không có giá trị: daknong-mau","resolverRoot":"` + base + `","supportedPrimaryKeys":["01"],` +
		`"supportedLinkType":[{"namespace":"https://ref.gs1.org/voc/","prefix":"gs1:"}],"linkTypeDefaultCanBeLinkset":false,` +
		`"jsonLdContextLocation":"https://ref.gs1.org/standards/resolver/linkset-context"}`
	if text := body(t, a); a.StatusCode != http.StatusOK || text != want || a.Header.Get("Content-Type") != "application/json" || a.Header.Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("%d %v\n%s", a.StatusCode, a.Header, text)
	}
}
