package web

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/boombuler/barcode/qr"

	"github.com/ocopledger/ocop/ledger/query/querytest"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

func unit(u int32) recordv1.Unit { return recordv1.Unit(u) }

// The browser applies the one style sheet only if the policy names its hash.
func TestPolicyAllowsTheStyleSheetOfThePage(t *testing.T) {
	w := get(newSite(t, querytest.NewStory(t).World, nil), "/")
	_, rest, _ := strings.Cut(w.Body.String(), "<style>")
	style, _, found := strings.Cut(rest, "</style>")
	sum := sha256.Sum256([]byte(style))
	if want := "style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"; !found || !strings.Contains(w.Header().Get("Content-Security-Policy"), want) {
		t.Errorf("policy %q, want %s", w.Header().Get("Content-Security-Policy"), want)
	}
}

func TestHeadIsGetWithoutBody(t *testing.T) {
	h := newSite(t, querytest.NewStory(t).World, nil)
	server := httptest.NewServer(h)
	defer server.Close()
	client := &http.Client{Transport: &http.Transport{DisableCompression: true}} // or it undoes what it asked for, and hides the length
	for _, path := range []string{"/", "/p/1000001.1", "/p/1000001.77", "/qr/1000001.1.svg", "/mark.svg", "/nowhere"} {
		got, err := client.Get(server.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		got.Body.Close()
		head, err := client.Head(server.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		head.Body.Close()
		if head.StatusCode != got.StatusCode || head.ContentLength != got.ContentLength || head.ContentLength <= 0 || head.Header.Get("ETag") != got.Header.Get("ETag") {
			t.Errorf("%s: HEAD %d %d %q, GET %d %d %q", path, head.StatusCode, head.ContentLength, head.Header.Get("ETag"), got.StatusCode, got.ContentLength, got.Header.Get("ETag"))
		}
	}
}

func TestOtherMethodsAreRefused(t *testing.T) {
	h := newSite(t, querytest.NewStory(t).World, nil)
	for _, method := range []string{"POST", "PUT", "DELETE", "OPTIONS", "PATCH"} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(method, "/p/1000001.1", strings.NewReader("x")))
		if w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != "GET, HEAD" {
			t.Errorf("%s: %d, Allow %q", method, w.Code, w.Header().Get("Allow"))
		}
	}
}

// A page changes with the ledger and with the day, and with nothing else.
func TestETag(t *testing.T) {
	s := querytest.NewStory(t)
	now := querytest.Start
	h := newSite(t, s.World, func(o *Options) { o.Now = func() time.Time { return now } })
	const path = "/p/1000001.1"
	first := get(h, path).Header().Get("ETag")
	if w := get(h, path, "If-None-Match", first); first == "" || w.Code != http.StatusNotModified || w.Body.Len() != 0 {
		t.Errorf("the same page again: %d, %d bytes", w.Code, w.Body.Len())
	}
	now = now.Add(10 * time.Hour)
	if w := get(h, path, "If-None-Match", first); w.Code != http.StatusNotModified {
		t.Errorf("the same day: %d", w.Code)
	}
	now = now.Add(5 * time.Hour) // midnight at +07:00 has passed
	next := get(h, path, "If-None-Match", first)
	if next.Code != http.StatusOK || !strings.Contains(next.Body.String(), "Tính đến ngày 03/03/2026") {
		t.Errorf("the next day: %d", next.Code)
	}
	s.Must(1, s.Producer(1000050, "HTX Mới", querytest.DistrictA))
	if w := get(h, path, "If-None-Match", next.Header().Get("ETag")); w.Code != http.StatusOK {
		t.Errorf("the next block: %d", w.Code)
	}
	moved := newSite(t, s.World, func(o *Options) { o.Now = func() time.Time { return now }; o.BaseURL = "https://elsewhere.vn" })
	if get(moved, path).Header().Get("ETag") == get(h, path).Header().Get("ETag") {
		t.Error("a page that says where its code leads keeps its ETag when that changes")
	}
	if tag := get(h, "/p/1000001.77").Header().Get("ETag"); tag == "" {
		t.Error("what is not there has no ETag, though a block may bring it")
	}
}

// The verdict is of the day of the clock, or of the ledger when the clock is behind it.
func TestTheDayOfTheVerdict(t *testing.T) {
	s := querytest.NewStory(t)
	for _, c := range []struct {
		clock time.Time
		want  string
	}{
		{querytest.Start.AddDate(-1, 0, 0), "Tính đến ngày 02/03/2026"},
		{time.Date(2029, 2, 20, 16, 59, 0, 0, time.UTC), "còn hiệu lực đến hết ngày 20/02/2029"},
		{time.Date(2029, 2, 20, 17, 1, 0, 0, time.UTC), "đã hết hạn sau ngày 20/02/2029"},
	} {
		h := newSite(t, s.World, func(o *Options) { o.Now = func() time.Time { return c.clock } })
		if !strings.Contains(get(h, "/p/1000001.1").Body.String(), c.want) {
			t.Errorf("at %v the page does not say %q", c.clock, c.want)
		}
	}
}

func TestTurnedAway(t *testing.T) {
	h := newSite(t, querytest.NewStory(t).World, func(o *Options) {
		o.Allow = func(*http.Request) (time.Duration, bool) { return 2500 * time.Millisecond, false }
	})
	if w := get(h, "/"); w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") != "3" {
		t.Errorf("%d, Retry-After %q", w.Code, w.Header().Get("Retry-After"))
	}
}

var qrPath = regexp.MustCompile(`M(\d+) (\d+)h(\d+)v1h-(\d+)z`)

// The drawing has the modules of the code, and around them a margin of four.
func TestQRCodeIsDrawnAsEncoded(t *testing.T) {
	const text = "https://ocop.example.vn/p/1000001.1"
	svg, err := drawQR(text, false)
	if err != nil {
		t.Fatal(err)
	}
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		t.Fatal(err)
	}
	n := code.Bounds().Dx()
	if !strings.Contains(svg, fmt.Sprintf(`viewBox="0 0 %d %d"`, n+8, n+8)) {
		t.Errorf("no quiet zone around %d modules: %.120s", n, svg)
	}
	drawn := make(map[[2]int]bool)
	_, path, _ := strings.Cut(svg, `<path d="`)
	for _, m := range qrPath.FindAllStringSubmatch(path, -1) {
		var x, y, length, back int
		fmt.Sscan(strings.Join(m[1:], " "), &x, &y, &length, &back)
		if length != back {
			t.Fatalf("bar %s does not close", m[0])
		}
		for i := range length {
			drawn[[2]int{x + i - 4, y - 4}] = true
		}
	}
	for y := range n {
		for x := range n {
			r, _, _, _ := code.At(x, y).RGBA()
			if (r == 0) != drawn[[2]int{x, y}] {
				t.Fatalf("module %d, %d", x, y)
			}
			delete(drawn, [2]int{x, y})
		}
	}
	if len(drawn) > 0 {
		t.Errorf("%d modules outside the code", len(drawn))
	}
}

// A code leads where the node is known to be, whatever host a request names: it is printed, and kept in caches for the next one who asks.
func TestWhereQRCodesLead(t *testing.T) {
	s := querytest.NewStory(t)
	want, err := drawQR(baseURL+"/id/1000001.1", true)
	if err != nil {
		t.Fatal(err)
	}
	h := newSite(t, s.World, nil)
	for _, host := range []string{"ocop.daknong.example.vn", "evil.vn", "evil.vn:80", "evil.vn/x", "evil.vn\"", "", "user@evil.vn"} {
		for _, header := range []string{"Host", "X-Forwarded-Host", "Forwarded"} {
			r := httptest.NewRequest(http.MethodGet, "/qr/1000001.1.svg", nil)
			r.Header.Set(header, host)
			if header == "Host" {
				r.Host = host
			}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if w.Code != http.StatusOK || w.Body.String() != want {
				t.Errorf("%s: %q: %d, another code", header, host, w.Code)
			}
		}
	}
	if page := get(h, "/p/1000001.1").Body.String(); !strings.Contains(page, `<span class="code">ocop.daknong.example.vn/id/1000001.1</span>`) {
		t.Error("the page does not say where its code leads")
	}
	if _, err := New(Options{}); err == nil {
		t.Error("pages that lead nowhere are made")
	}
}

// What pages and code say is there in both languages, and nothing else is.
func TestPhrasesAreThoseThatAreSaid(t *testing.T) {
	said := make(map[string]bool)
	keys := regexp.MustCompile(`"([a-z]+[a-z0-9._-]*)"`)
	for _, pattern := range []string{"*.go", "page/*.html"} {
		sources, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range sources {
			if name == "phrase.go" || strings.HasSuffix(name, "_test.go") {
				continue
			}
			source, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range keys.FindAllStringSubmatch(string(source), -1) {
				said[m[1]] = true
			}
			for _, m := range regexp.MustCompile(`\.T\("([a-z0-9._-]+)"`).FindAllStringSubmatch(string(source), -1) {
				if _, known := phrases[m[1]]; !known && !strings.HasSuffix(m[1], ".") {
					t.Errorf("%s says %q, which is no phrase", name, m[1])
				}
			}
			for _, m := range regexp.MustCompile(`\.T "([a-z0-9._-]+)"`).FindAllStringSubmatch(string(source), -1) {
				if _, known := phrases[m[1]]; !known && !strings.HasSuffix(m[1], ".") {
					t.Errorf("%s says %q, which is no phrase", name, m[1])
				}
			}
		}
	}
	made := []string{"field.", "event.correct.reason.", "error."} // put together from a number or a name
	for key := range phrases {
		if !said[key] && !slices.ContainsFunc(made, func(prefix string) bool { return strings.HasPrefix(key, prefix) }) {
			t.Errorf("nobody says %q", key)
		}
	}
	for _, f := range recordv1.Field_value {
		if key := fmt.Sprintf("field.%d", f); f != 0 && vietnamese.T(key) == key {
			t.Errorf("a correction of %s has no name", recordv1.Field(f))
		}
	}
	for r := range recordv1.CorrectionReason_name {
		if key := fmt.Sprintf("event.correct.reason.%d", r); r != 0 && vietnamese.T(key) == key {
			t.Errorf("reason %d of corrections has no name", r)
		}
	}
	for r := range recordv1.RevocationReason_name {
		if r != 0 && (vietnamese.Reason(recordv1.RevocationReason(r)) == "" || english.Reason(recordv1.RevocationReason(r)) == "") {
			t.Errorf("reason %d of revocations has no name", r)
		}
	}
	for k := range recordv1.AccountKind_name {
		if k != 0 && vietnamese.Kind(uint32(k)) == "" {
			t.Errorf("kind %d of accounts has no name", k)
		}
	}
}

// Phrases say the same in both languages as far as a machine can tell.
func TestPhrases(t *testing.T) {
	verb := regexp.MustCompile(`%[a-z]`)
	for key, p := range phrases {
		if p.vi == "" || p.en == "" {
			t.Errorf("%s is missing in a language", key)
		}
		if vi, en := verb.FindAllString(p.vi, -1), verb.FindAllString(p.en, -1); strings.Join(vi, "") != strings.Join(en, "") {
			t.Errorf("%s takes %v in Vietnamese and %v in English", key, vi, en)
		}
	}
}

func TestNumbersAndQuantities(t *testing.T) {
	for n, want := range map[uint64][2]string{0: {"0", "0"}, 999: {"999", "999"}, 1000: {"1.000", "1,000"}, 12_500_000: {"12.500.000", "12,500,000"}} {
		if got := [2]string{vietnamese.Number(n), english.Number(n)}; got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
	for _, c := range []struct {
		n    uint64
		unit int32
		want [2]string
	}{
		{500, 1, [2]string{"500 g", "500 g"}}, {1500, 1, [2]string{"1,5 kg", "1.5 kg"}}, {12_500_050, 1, [2]string{"12.500,05 kg", "12,500.05 kg"}},
		{330, 2, [2]string{"330 ml", "330 ml"}}, {2000, 2, [2]string{"2 lít", "2 l"}}, {1200, 3, [2]string{"1.200 sản phẩm", "1,200 pieces"}}, {3, 4, [2]string{"3 lượt khách", "3 visits"}},
	} {
		for i, l := range []language{vietnamese, english} {
			if got := strings.ReplaceAll(l.Quantity(c.n, unit(c.unit)), nbsp, " "); got != c.want[i] {
				t.Errorf("%d of unit %d: %q, want %q", c.n, c.unit, got, c.want[i])
			}
		}
	}
	for n, want := range map[uint32]string{8550: "85,50", 5805: "58,05", 10000: "100,00", 0: "0,00"} {
		if got := vietnamese.Points(n); got != want {
			t.Errorf("%d hundredths of a point: %q, want %q", n, got, want)
		}
	}
	for whole, want := range map[uint64]string{600_000: "0 lít", 600: "0 ml"} {
		if got := strings.ReplaceAll(vietnamese.Share(0, whole, unit(2)), nbsp, " "); got != want {
			t.Errorf("nothing of %d ml: %q, want %q", whole, got, want)
		}
	}
	if got := english.groupName("Đồ uống"); got != "Drinks – Đồ uống" || vietnamese.groupName("Đồ uống") != "Đồ uống" || english.groupName("Khác") != "Khác" {
		t.Errorf("a group in English: %q", got)
	}
}
