package web

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/ledger/query"
	"github.com/ocopledger/ocop/ledger/query/querytest"
	"github.com/ocopledger/ocop/ledger/subject"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// coded serves the story with a GTIN for the coffee and stamps 1 to 100 on its lot, whose codes were opened as a function says.
func coded(t testing.TB, opened func(uint64) Opened) (*querytest.Story, http.Handler) {
	t.Helper()
	s := querytest.NewStory(t)
	s.Genesis(subject.GTIN("08930000000002"), &subject.TakenValue{Product: s.Coffee})
	s.Must(querytest.Cooperative, querytest.Lot(ledger.LotID{Product: s.Coffee, Lot: "A/5"}, 1000, 20260301), querytest.Lot(ledger.LotID{Product: s.Coffee, Lot: "A"}, 1000, 20260301),
		querytest.Lot(ledger.LotID{Product: s.Coffee, Lot: "bx"}, 1000, 20260301), querytest.Lot(ledger.LotID{Product: s.Coffee, Lot: "BX"}, 1000, 20260301))
	s.Must(querytest.Cooperative, stamps(s.Lot, 100))
	return s, newSite(t, s.World, func(o *Options) {
		o.Opened = func(_ ledger.ProductID, n uint64) Opened { return opened(n) }
	})
}

// stamps are a product's first, on a lot.
func stamps(lot ledger.LotID, count uint32) *recordv1.Action {
	return compose.Act(&recordv1.ApplyStamps{Lot: compose.LotRef(lot), First: 1, Count: count, PerStamp: 10})
}

func never(uint64) Opened { return Opened{} }

// What a page says of the code that led to it: how often it was opened, and above all else that it was never issued.
func TestTheCodeThatLedHere(t *testing.T) {
	_, h := coded(t, func(n uint64) Opened {
		if n == 7 {
			return Opened{Times: 1234, Today: 12, Since: 20260226}
		}
		return Opened{}
	})
	for _, c := range []struct {
		path   string
		status int
		says   string
	}{
		{"/l/1000001.1/L-2026-03?serial=7", 200, "Mã này đã được mở 1.234 lần tại nút này kể từ ngày 26/02/2026; riêng hôm nay 12 lần."},
		{"/l/1000001.1/L-2026-03?serial=7&lang=en", 200, "Times that this code was opened at this node: 1,234 since 26 February 2026; today: 12."},
		{"/l/1000001.1/L-2026-03?serial=8", 200, "Mã có thể bị sao chép"},
		{"/p/1000001.1?serial=7", 200, "Tem số 7"},
		{"/l/1000001.1/L-2026-03?serial=101", 404, "Không có số sê-ri 101"},
		{"/l/1000001.1/L-2026-03?serial=07", 404, "Không có số sê-ri 07"},
		{"/l/1000001.1/L-2026-03?serial=99999999999999999999", 404, "Không có số sê-ri 99999999999999999999"},
		{"/l/1000001.1/A?serial=7", 404, "Số sê-ri 7 không thuộc lô A."},
		{"/l/1000001.1/A?serial=7&lang=en", 404, "Serial 7 is not of lot A."},
		{"/p/1000001.1?serial=101", 404, "Tem này không được cấp cho sản phẩm này."},
		{"/p/1000001.1?lot=none&serial=7", 404, "Không có lô none của sản phẩm 1000001.1."},
		{"/p/1000001.1?lot=L-2026-03", 200, "Cà phê"},
		{"/p/1000001.1?lot=A&serial=7", 404, "không thuộc lô A"},
		{"/p/1000001.1?serial=%3Cb%3E", 404, "&lt;b&gt;"},
		{"/p/1000001.1?serial=" + strings.Repeat("9", 21), 400, "serial"},
		{"/p/1000001.1?lot=l%C3%B4", 400, "lot"},
		{"/p/1000002.1?serial=1", 404, "Tem này không được cấp"},
	} {
		w := get(h, c.path)
		page := w.Body.String()
		if w.Code != c.status || !strings.Contains(page, c.says) {
			t.Errorf("%s: %d, does not say %q", c.path, w.Code, c.says)
		}
		if c.status != http.StatusNotFound {
			continue
		}
		denied, verdict := strings.Index(page, `<section class="denied"`), strings.Index(page, `class="verdict `)
		if denied < 0 || denied >= verdict {
			t.Errorf("%s: the verdict comes before what is wrong with the code", c.path)
		}
	}
	for _, path := range []string{"/p/1000001.1?serial=7", "/l/1000001.1/L-2026-03?serial=7"} {
		if page := get(h, path).Body.String(); strings.Index(page, `class="note opened"`) < strings.Index(page, `class="verdict `) {
			t.Errorf("%s: the verdict does not come first", path)
		}
	}
	for _, path := range []string{"/p/1000001.1", "/l/1000001.1/L-2026-03"} {
		if page := get(h, path).Body.String(); strings.Contains(page, "Tem số") {
			t.Errorf("%s speaks of a code that nobody opened", path)
		}
	}
}

// Verdicts have at most twelve words, those about codes too.
func TestWhatIsSaidOfCodesIsShort(t *testing.T) {
	for _, key := range []string{"code.serial", "code.lot"} {
		for _, l := range []language{vietnamese, english} {
			if n := len(strings.Fields(l.T(key))); n > 12 {
				t.Errorf("%s has %d words", l.T(key), n)
			}
		}
	}
}

// A page that shows a count changes with it.
func TestTheTagOfACountedPage(t *testing.T) {
	times := uint64(1)
	_, h := coded(t, func(uint64) Opened { return Opened{Times: times, Today: times, Since: querytest.Today} })
	const path = "/l/1000001.1/L-2026-03?serial=7"
	tag := get(h, path).Header().Get("ETag")
	if w := get(h, path, "If-None-Match", tag); w.Code != http.StatusNotModified {
		t.Errorf("%d", w.Code)
	}
	times++
	if w := get(h, path, "If-None-Match", tag); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "mở 2 lần") {
		t.Errorf("opened again: %d", w.Code)
	}
}

// A code that is typed leads where the printed one leads; what is no code, or not on the ledger, is searched for.
func TestTypedCodes(t *testing.T) {
	_, h := coded(t, never)
	const lot = "/l/1000001.1/L-2026-03"
	for q, want := range map[string]string{
		"1000001.1":                            "/p/1000001.1",
		" 1000001.1 ":                          "/p/1000001.1",
		"1000001.1/L-2026-03":                  lot,
		"1000001.1 / l-2026-03":                lot,
		"1000001.1/L-2026-03/7":                "/id/1000001.1/10/L-2026-03/21/7",
		"1000001.1/l-2026-03/ 7":               "/id/1000001.1/10/L-2026-03/21/7",
		"8930000000002":                        "/p/1000001.1",
		"8 930000 000002":                      "/p/1000001.1",
		"08930000000002":                       "/p/1000001.1",
		"(01)08930000000002(10)L-2026-03":      lot,
		"(01)08930000000002(10)L-2026-03(21)7": "/01/08930000000002/10/L-2026-03/21/7",
		"https://ma.example.vn/01/08930000000002/10/L-2026-03/21/7": "/01/08930000000002/10/L-2026-03/21/7",
		"1000001.1/A/6":                      "/id/1000001.1/10/A/21/6", // not issued, as the page will say
		"1000001.1/A/5":                      "/l/1000001.1/A%2F5",      // and not stamp 5 of lot A, which has none
		"1000001.1/Bx":                       "",                        // bx or BX
		"1000001.1/bx":                       "/l/1000001.1/bx",
		"1000001.1/none":                     "/id/1000001.1/10/none", // not there, as the page will say
		"1000001.1/none/7":                   "/id/1000001.1/10/none/21/7",
		"https://ma.example.vn/id/1000001.1": "", // another ledger's product has that number
		"1000001.9":                          "", "09506000134352": "", "8930000000003": "", "cà phê": "",
	} {
		for _, lang := range []string{"", "&lang=en"} {
			to := want
			if lang != "" && to != "" {
				to += "?lang=en"
			}
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r.URL.RawQuery = "q=" + strings.ReplaceAll(strings.ReplaceAll(q, "%", "%25"), " ", "+") + lang
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if got := w.Header().Get("Location"); got != to || (to != "") != (w.Code == http.StatusSeeOther) {
				t.Errorf("%q%s: %d %q, want %q", q, lang, w.Code, got, to)
			}
		}
	}
}

// A code that may be two things leads to neither by itself.
func TestACodeThatMayBeTwoThings(t *testing.T) {
	s := querytest.NewStory(t)
	lot := ledger.LotID{Product: s.Coffee, Lot: "A"}
	s.Must(querytest.Cooperative, querytest.Lot(ledger.LotID{Product: s.Coffee, Lot: "A/5"}, 1000, 20260301), querytest.Lot(lot, 1000, 20260301))
	s.Must(querytest.Cooperative, stamps(lot, 10))
	h := newSite(t, s.World, nil)
	w := get(h, "/?q=1000001.1/A/5")
	if page := w.Body.String(); w.Code != http.StatusOK || !strings.Contains(page, `href="/l/1000001.1/A%2F5"`) || !strings.Contains(page, `href="/id/1000001.1/10/A/21/5"`) {
		t.Errorf("%d\n%s", w.Code, page)
	}
}

// A link under our own path is followed when its host is one of this ledger's: elsewhere the same number is another product.
func TestALinkOfAnotherLedger(t *testing.T) {
	story := querytest.NewStory(t)
	genesis, err := query.Open(t.Context(), story.View)
	if err != nil {
		t.Fatal(err)
	}
	err = genesis.Read(t.Context(), func(s *query.Snapshot) error {
		data, _ := s.Value(subject.Parameters())
		v, err := subject.ParseParameters(data)
		if err == nil {
			v.Resolvers = []subject.Resolver{{Host: "cu.example.vn", Until: 20200101}, {Host: "ma.example.vn"}}
			story.Genesis(subject.Parameters(), &v)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	h := newSite(t, story.World, nil)
	for q, want := range map[string]string{
		"https://ma.example.vn/id/1000001.1": "/p/1000001.1", "HTTPS://MA.example.vn/id/1000001.1?x#y": "/p/1000001.1", "ma.example.vn/id/1000001.1": "/p/1000001.1",
		"https://cu.example.vn/id/1000001.1":  "/p/1000001.1", // its labels are still about
		baseURL + "/id/1000001.1":             "/p/1000001.1",
		"/id/1000001.1":                       "/p/1000001.1",
		"http://node.example.vn/id/1000001.1": "/p/1000001.1", // as the visitor calls this node
		"https://khac.example/id/1000001.1":   "", "https://ma.example.vn.khac.example/id/1000001.1": "", "//khac.example/a/id/1000001.1": "", "https://ma.example.vn@khac.example/id/1000001.1": "",
	} {
		w := get(h, "/?q="+url.QueryEscape(q))
		if got := w.Header().Get("Location"); got != want {
			t.Errorf("%q leads to %q, want %q", q, got, want)
		}
		if want == "" && !strings.Contains(w.Body.String(), "không thuộc sổ này") {
			t.Errorf("%q: nobody says why it leads nowhere", q)
		}
	}
}

// A misread GTIN is said to be one, in the language of the page, and leads nowhere.
func TestAMisreadGTIN(t *testing.T) {
	_, h := coded(t, never)
	for path, want := range map[string]string{"/?q=8930000000003": "phải là 2. Hãy so", "/?q=8+930000+000003&lang=en": "should be 2. Compare"} {
		if w := get(h, path); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s: %d, does not say %q", path, w.Code, want)
		}
	}
	if w := get(h, "/?q=12345"); strings.Contains(w.Body.String(), "chữ số sai") {
		t.Error("what is no GTIN is called a misread one")
	}
}

func TestNotices(t *testing.T) {
	_, h := coded(t, never)
	site := h.(*Site)
	n := Notice{Heading: Text{"Đầu <b>", "Head"}, Said: []Text{{"một", "one"}, {"hai", "two"}}, Links: []NoticeLink{{"/p/1?x=y", Text{"đi", "go"}}}}
	w := httptest.NewRecorder()
	site.Say(w, httptest.NewRequest(http.MethodGet, "/01/x", nil), http.StatusBadRequest, n)
	for _, want := range []string{"Đầu &lt;b&gt;", "một", "hai", `href="/p/1?x=y"`, `name="q"`, sampleNotice, `href="/01/x?lang=en"`} {
		if !strings.Contains(w.Body.String(), want) {
			t.Errorf("the notice lacks %s:\n%s", want, w.Body)
		}
	}
	if w.Code != http.StatusBadRequest || w.Header().Get("Content-Security-Policy") == "" || w.Header().Get("Content-Language") != "vi" {
		t.Errorf("%d %v", w.Code, w.Header())
	}
	w = httptest.NewRecorder()
	site.Say(w, httptest.NewRequest(http.MethodGet, "/01/x?lang=en", nil), http.StatusOK, n)
	if !strings.Contains(w.Body.String(), `href="/p/1?x=y&amp;lang=en">go`) {
		t.Errorf("%s", w.Body)
	}
}
