package resolve_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/ocopledger/ocop/ledger/query/querytest"
	"github.com/ocopledger/ocop/ledger/subject"
	"github.com/ocopledger/ocop/node/resolve"
)

// Where codes lead a person, and a program, by what the ledger has of them.
func TestWhereCodesLead(t *testing.T) {
	w := newWorld(t)
	const en, js = "Accept-Language: en-GB,en;q=0.8", "Accept: application/json"
	for _, c := range []struct{ path, header, want string }{
		{coffee, "", "/p/1000001.1"},
		{coffee + "/", "", "/p/1000001.1"},
		{coffee + "/22/V", "", "/p/1000001.1"},
		{lot, "", "/l/1000001.1/L-2026-03"},
		{lot + "/21/7", "", "/l/1000001.1/L-2026-03?serial=7"},
		{coffee + "/21/7", "", "/l/1000001.1/L-2026-03?serial=7"},
		{coffee + "/10/A%2FB", "", "/l/1000001.1/A%2FB"},
		{"/id/1000001.1", "", "/p/1000001.1"},
		{"/id/1000001.1/10/L-2026-03/21/100", "", "/l/1000001.1/L-2026-03?serial=100"},
		{"/id/1000002.1", "", "/p/1000002.1"},

		// what is below is not there: the page of what is above is told, and denies it
		{coffee + "/10/L-9", "", "/p/1000001.1?lot=L-9"},
		{coffee + "/10/L-9/21/7", "", "/p/1000001.1?lot=L-9&serial=7"},
		{lot + "/21/101", "", "/l/1000001.1/L-2026-03?serial=101"},
		{lot + "/21/007", "", "/l/1000001.1/L-2026-03?serial=007"},
		{lot + "/21/a%26b%3D%3F", "", "/l/1000001.1/L-2026-03?serial=a%26b%3D%3F"},
		{coffee + "/10/A%2FB/21/7", "", "/l/1000001.1/A%2FB?serial=7"}, // of the other lot
		{coffee + "/21/101", "", "/p/1000001.1?serial=101"},
		{coffee + "/235/x9", "", "/p/1000001.1?serial=x9"},
		{"/id/1000002.1/21/7", "", "/p/1000002.1?serial=7"},

		// languages
		{coffee, en, "/p/1000001.1?lang=en"},
		{lot + "/21/7", en, "/l/1000001.1/L-2026-03?serial=7&lang=en"},
		{coffee, "Accept-Language: en-US,en;q=0.9,vi;q=0.8", "/p/1000001.1"}, // an English phone in Vietnam
		{coffee, "Accept-Language: en,vi;q=0", "/p/1000001.1?lang=en"},
		{coffee, "Accept-Language: fr", "/p/1000001.1"},
		{coffee, "Accept-Language: *", "/p/1000001.1"},
		{coffee, "Accept-Language: ,;q=,en;q=x,;;", "/p/1000001.1"},
		{coffee + "?lang=vi", en, "/p/1000001.1?lang=vi"},

		// the query goes on
		{coffee + "?17=261231&3103=000195", "", "/p/1000001.1?17=261231&3103=000195"},
		{coffee + "?17=261231;3103=%C3%A1", en, "/p/1000001.1?lang=en&17=261231;3103=%C3%A1"},
		{lot + "/21/7?linkType=gs1:pip", "", "/l/1000001.1/L-2026-03?serial=7&linkType=gs1:pip"},

		// link types
		{lot + "?linkType=gs1:verificationService", "", "/l/1000001.1/L-2026-03?linkType=gs1:verificationService"},
		{lot + "?linkType=https://ref.gs1.org/voc/recallStatus", "", "/l/1000001.1/L-2026-03?linkType=https://ref.gs1.org/voc/recallStatus"},
		{lot + "?linkType=https://gs1.org/voc/pip", "", "/l/1000001.1/L-2026-03?linkType=https://gs1.org/voc/pip"},
		{lot + "?linkType=gs1:defaultLink", "", "/l/1000001.1/L-2026-03?linkType=gs1:defaultLink"},
		{lot + "/21/7?linkType=gs1:certificationInfo", "", "/c/1:2026:77%2FQ%C4%90-UBND:1?linkType=gs1:certificationInfo"},
		{lot + "?linkType=gs1:traceability&context=vn", "", "/l/1000001.1/L-2026-03?linkType=gs1:traceability&context=vn"},

		// programs
		{coffee, js, "/v1/products/1000001.1"},
		{lot, js, "/v1/lots/1000001.1/L-2026-03"},
		{lot + "/21/7?x=y", js, "/v1/lots/1000001.1/L-2026-03"}, // the API refuses what it does not know
		{lot + "?linkType=gs1:traceability", js, "/v1/lots/1000001.1/L-2026-03"},
		{coffee, "Accept: text/html,application/xhtml+xml,*/*;q=0.8", "/p/1000001.1"},
		{coffee, "Accept: */*", "/p/1000001.1"},
		{coffee, "Accept: image/png", "/p/1000001.1"},
		{coffee, "Accept: application/json;q=0.5,text/html;q=0.4", "/v1/products/1000001.1"},
	} {
		name, value, _ := strings.Cut(c.header, ": ")
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			a := w.ask(method, c.path, name, value)
			if a.StatusCode != http.StatusTemporaryRedirect || a.Header.Get("Location") != c.want || body(t, a) != "" {
				t.Errorf("%s %s (%s): %d %q, want %q", method, c.path, c.header, a.StatusCode, a.Header.Get("Location"), c.want)
			}
			if a.Header.Get("Access-Control-Allow-Origin") != "*" || a.Header.Get("Cache-Control") != "no-store" || !strings.Contains(a.Header.Get("Vary"), "Accept-Language") ||
				!strings.Contains(a.Header.Get("Link"), `rel="linkset"`) {
				t.Errorf("%s %s: %v", method, c.path, a.Header)
			}
		}
	}
}

// problem is what programs are told.
type problem struct {
	Status                                                        int
	Type, Title, Detail, Kind, Vietnamese, English, Right, Notice string
	Links                                                         []struct{ Href, Vietnamese, English string }
}

// What leads nowhere is said with a status of its own, to people and to programs, and never leads on.
func TestWhatLeadsNowhere(t *testing.T) {
	w := newWorld(t)
	const js = "application/json"
	for _, c := range []struct {
		path   string
		status int
		kind   string
		page   bool // people are told, too
	}{
		{"/01", 400, "malformed", true}, {"/01/", 400, "malformed", true}, {"/id", 400, "malformed", true}, {"/id/", 400, "malformed", true},
		{"/01/08930000000003", 400, "gtin_check_digit", true}, {"/01/8930000000002", 400, "gtin_length", true}, {"/01/0893000000000x", 400, "gtin_character", true},
		{lot + "/10/x", 400, "order", true}, {coffee + "/21/7/10/L", 400, "order", true}, {coffee + "/17/261231", 400, "attribute", true},
		{coffee + "/10/L%C3%94", 400, "character", true}, {coffee + "/10/" + strings.Repeat("x", 21), 400, "length", true}, {coffee + "/10/A/B", 400, "malformed", true},
		{"/id/1000001", 400, "product", true},
		{"/01/09506000134352", 404, "unknown_product", true}, {"/01/00000096385074", 404, "unknown_product", true}, {"/id/1000001.9", 404, "unknown_product", true},
		{coffee + "?linkType=gs1:epcis", 404, "no_such_link", true}, {coffee + "?linkType=gs1:recallStatus", 404, "no_such_link", true}, {coffee + "?linkType=x", 404, "no_such_link", true},
		{"/id/1000002.1?linkType=gs1:certificationInfo", 404, "no_such_link", true}, {coffee + "?linkType=%3Cscript%3E", 404, "no_such_link", true},
		{lot + "/21/101", 404, "serial_not_issued", false}, {coffee + "/10/L-9", 404, "unknown_lot", false}, {coffee + "/235/x", 404, "serial_not_issued", false},
		{coffee + "?" + strings.Repeat("x", 2100), 414, "too_long", true},
	} {
		a := w.ask(http.MethodGet, c.path, "Accept", js)
		var p problem
		text := body(t, a)
		if err := json.Unmarshal([]byte(text), &p); err != nil {
			t.Fatalf("%.80s: %v: %s", c.path, err, text)
		}
		if a.StatusCode != c.status || p.Status != c.status || p.Kind != c.kind || p.Vietnamese == "" || p.English == "" || p.Detail != p.English || p.Notice != notice ||
			a.Header.Get("Content-Type") != "application/problem+json" || a.Header.Get("Cache-Control") != "no-store" || a.Header.Get("Location") != "" {
			t.Errorf("%.80s: %d %+v %v", c.path, a.StatusCode, p, a.Header)
		}
		for _, l := range p.Links {
			if !strings.HasPrefix(l.Href, base+"/") {
				t.Errorf("%.80s leads to %s", c.path, l.Href)
			}
		}
		if !c.page {
			continue
		}
		for _, accept := range []string{"", "*/*", "text/html,*/*;q=0.5"} {
			a := w.ask(http.MethodGet, c.path, "Accept", accept)
			if text := body(t, a); a.StatusCode != c.status || !strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") || a.Header.Get("Location") != "" || !strings.Contains(text, "Heading") {
				t.Errorf("%.80s for people: %d %v %s", c.path, a.StatusCode, a.Header, text)
			}
		}
		if head := w.ask(http.MethodHead, c.path, "Accept", js); head.StatusCode != c.status || body(t, head) != "" {
			t.Errorf("HEAD %.80s: %d", c.path, head.StatusCode)
		}
	}
}

// A wrong check digit is shown with the right one, which is not led to: any of the digits may be the wrong one.
func TestAWrongCheckDigitLeadsNowhere(t *testing.T) {
	w := newWorld(t)
	text := body(t, w.ask(http.MethodGet, "/01/08930000000003"))
	var p resolve.Page
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		t.Fatal(err)
	}
	if len(p.Links) > 0 || !strings.Contains(text, "should be 2") || !strings.Contains(text, "phải là 2") {
		t.Errorf("%s", text)
	}
	if text := body(t, w.ask(http.MethodGet, "/01/8930000000002")); !strings.Contains(text, `"Target":"/01/08930000000002"`) { // surely the same product
		t.Errorf("%s", text)
	}
}

// A code is counted when a person opens it, and not when it is looked at in another way, or was not issued.
func TestWhatIsCounted(t *testing.T) {
	w := newWorld(t)
	for _, q := range []struct {
		method, path string
		headers      []string
	}{
		{"HEAD", lot + "/21/7", nil}, {"GET", lot + "/21/101", nil}, {"GET", coffee + "/10/A%2FB/21/7", nil}, {"GET", lot, nil},
		{"GET", lot + "/21/7", []string{"Accept", "application/json"}}, {"GET", lot + "/21/7?linkType=linkset", nil}, {"GET", lot + "/21/7", []string{"Sec-Purpose", "prefetch"}},
		{"GET", lot + "/21/7?linkType=gs1:traceability", nil}, {"GET", "/id/1000002.1/21/7", nil}, {"OPTIONS", lot + "/21/7", nil}, {"GET", lot + "/21/07", nil},
	} {
		w.ask(q.method, q.path, q.headers...)
		if len(w.opened) != 0 {
			t.Fatalf("%s %s %v is counted", q.method, q.path, q.headers)
		}
	}
	w.ask("GET", lot+"/21/7")
	w.ask("GET", coffee+"/21/8?linkType=gs1:verificationService")
	want := []opening{{w.Coffee, 7, querytest.Today}, {w.Coffee, 8, querytest.Today}}
	if len(w.opened) != 2 || w.opened[0] != want[0] || w.opened[1] != want[1] {
		t.Errorf("%v, want %v", w.opened, want)
	}
}

func TestMethods(t *testing.T) {
	w := newWorld(t)
	a := w.ask(http.MethodOptions, lot, "Origin", "https://elsewhere.vn", "Access-Control-Request-Method", "GET")
	if a.StatusCode != http.StatusNoContent || a.Header.Get("Access-Control-Allow-Origin") != "*" || a.Header.Get("Access-Control-Allow-Methods") != "GET, HEAD, OPTIONS" || a.Header.Get("Access-Control-Allow-Credentials") != "" {
		t.Errorf("%d %v", a.StatusCode, a.Header)
	}
	for _, method := range []string{"POST", "PUT", "DELETE", "PATCH"} {
		if a := w.ask(method, lot); a.StatusCode != http.StatusMethodNotAllowed || a.Header.Get("Allow") != "GET, HEAD, OPTIONS" {
			t.Errorf("%s: %d", method, a.StatusCode)
		}
	}
}

// A ledger that cannot be read is the node's fault, and is not taken for an answer about the code.
func TestAnUnreadableLedger(t *testing.T) {
	w := newWorld(t)
	w.Damage(subject.GTIN(gtin))
	var p problem
	if a := w.ask(http.MethodGet, coffee, "Accept", "application/json"); json.Unmarshal([]byte(body(t, a)), &p) != nil || a.StatusCode != http.StatusInternalServerError || p.Kind != "internal" {
		t.Errorf("%d %+v", a.StatusCode, p)
	}
}

func TestServes(t *testing.T) {
	for path, want := range map[string]bool{"/01": true, "/01/x": true, "/id/1": true, "/id": true, resolve.WellKnown: true, "/": false, "/0": false, "/011": false, "/idx/": false, "/p/1": false, "/.well-known/": false} {
		if resolve.Serves(path) != want {
			t.Errorf("%s: %v", path, !want)
		}
	}
}

// Whatever stands in a path and a header, an answer is well-formed, leads to this site, and is no fault of the node.
func FuzzHandler(f *testing.F) {
	w := newWorld(f)
	for _, s := range []string{"01/08930000000002/10/L-2026-03/21/7", "id/1000001.1?linkType=linkset", "01/08930000000003", "01/08930000000002?a=b#c", "01//", "01/%2F%2Fevil.vn/10/x"} {
		f.Add(s, "text/html", "en", "evil.vn")
		f.Add(s, "application/json;q=0.2,*/*", "vi", "")
	}
	f.Fuzz(func(t *testing.T, path, accept, language, host string) {
		r, err := http.NewRequest(http.MethodGet, base+"/"+path, nil)
		if err != nil || !resolve.Serves(r.URL.Path) {
			t.Skip()
		}
		r.Host = host
		r.Header.Set("Accept", accept)
		r.Header.Set("Accept-Language", language)
		a := httptest.NewRecorder()
		w.handler.ServeHTTP(a, r)
		if a.Code >= 500 || a.Code == http.StatusTemporaryRedirect && (!strings.HasPrefix(a.Header().Get("Location"), "/") || strings.HasPrefix(a.Header().Get("Location"), "//")) {
			t.Fatalf("%q: %d %s", path, a.Code, a.Header().Get("Location"))
		}
		for name, values := range a.Header() {
			for _, value := range values {
				if strings.ContainsAny(value, "\r\n\x00") {
					t.Fatalf("%q: %s: %q", path, name, value)
				}
			}
		}
	})
}
