package serve

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// foreign are the addresses in an answer's text that are not the node's.
func (d *doors) foreign(text string) (found []string) {
	for _, m := range regexp.MustCompile(`(?i)(?:https?:)?//[a-z0-9.-]+\.[a-z]{2,}[^\s"'<>\\]*`).FindAllString(text, -1) {
		switch {
		case strings.HasPrefix(m, d.base), strings.HasPrefix(m, "http://127.0.0.1:"):
		case strings.HasPrefix(m, "https://ref.gs1.org/voc/"), m == "https://ref.gs1.org/standards/resolver/linkset-context": // names of terms, which nobody fetches
		case m == "http://www.w3.org/2000/svg": // the name of a kind of XML
		default:
			found = append(found, m)
		}
	}
	return found
}

// hygiene walks the public paths, right ones and wrong ones: every answer keeps browsers from what nobody meant, sets no cookie, and calls on no third party.
func (d *doors) hygiene(t *testing.T) {
	statuses := make(map[int]bool)
	for _, path := range []string{
		"/", "/?q=ca+phe", "/?q=" + avocado, "/?star=9", "/expiring", "/p/" + avocado, "/p/" + avocado + "?serial=7", "/p/" + avocado + "?serial=999", "/p/x", "/p/2000006.99",
		"/l/" + avocado + "/BO-01", "/l/" + avocado + "/none", "/c/1:2020:M%E1%BA%AAU-01%2FQ%C4%90-UBND:1", "/c/x", "/qr/" + avocado + ".svg", "/qr/x.svg", "/mark.svg", "/nowhere", "//p//x",
		"/log/checkpoint", "/log/policy", "/log/policy/0", "/log/policy/9", "/log/genesis", "/log/tile/0/000", "/log/tile/entries/000", "/log/tile/9/999", "/log/", "/log/evidence/", "/log/evidence/x",
		"/v1", "/v1/head", "/v1/products", "/v1/products/" + avocado, "/v1/products/" + avocado + "/receipt", "/v1/nodes", "/v1/nothing", "/v1/products?x=y", "/openapi.json",
		"/01/" + gtin, "/01/" + gtin + "?linkType=linkset", "/01/x", "/01/00000096385074", "/id/" + avocado + "/10/BO-01", "/id/x", "/id/" + avocado + "?linkType=gs1:epcis", "/.well-known/gs1resolver",
		"/" + strings.Repeat("x", 3000), "/01/" + strings.Repeat("x", 3000),
	} {
		for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodOptions, "BREW"} {
			for _, accept := range []string{"text/html", "application/json"} {
				a, text := d.step(method, path, "Accept", accept, "X-Forwarded-Host", "evil.example.com", "X-Forwarded-Proto", "https", "Forwarded", "host=evil.example.com;proto=https")
				statuses[a.StatusCode] = true
				what := method + " " + path
				for name, part := range map[string]string{
					"Content-Security-Policy": "default-src 'none'", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cross-Origin-Opener-Policy": "same-origin",
					"Permissions-Policy": "camera=()",
				} {
					if !strings.Contains(a.Header.Get(name), part) {
						t.Errorf("%.80s: %s: %q", what, name, a.Header.Get(name))
					}
				}
				if !strings.Contains(a.Header.Get("Content-Security-Policy"), "frame-ancestors 'none'") {
					t.Errorf("%.80s may be framed", what)
				}
				if a.Header.Get("Set-Cookie") != "" || a.Header.Get("Strict-Transport-Security") != "" || a.Header.Get("Server") != "" || a.Header.Get("Access-Control-Allow-Credentials") != "" {
					t.Errorf("%.80s: %v", what, a.Header)
				}
				if strings.Contains(text, "evil.example.com") || strings.Contains(strings.Join(append(a.Header.Values("Location"), a.Header.Values("Link")...), " "), "evil") {
					t.Errorf("%.80s repeats what a header claims", what)
				}
				if kind := a.Header.Get("Content-Type"); strings.HasPrefix(kind, "text/html") || strings.Contains(kind, "json") || strings.Contains(kind, "svg") {
					if found := d.foreign(text); len(found) > 0 {
						t.Errorf("%.80s names %v", what, found)
					}
				}
				if a.StatusCode >= 500 && a.StatusCode != http.StatusNotImplemented {
					t.Errorf("%.80s: %d\n%.300s", what, a.StatusCode, text)
				}
			}
		}
	}
	for _, code := range []int{200, 303, 307, 400, 404, 405, 414} {
		if !statuses[code] {
			t.Errorf("no answer had the code %d", code)
		}
	}
}
