package web

import (
	"flag"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/query/querytest"
	"github.com/ocopledger/ocop/ledger/subject"
)

var update = flag.Bool("update", false, "write the golden pages anew")

var (
	styleSheet = regexp.MustCompile(`(?s)<style>.*</style>`)
	// What changes with every change of the scripts, and the words that they bring.
	bundle = regexp.MustCompile(`/script-[0-9a-f]{16}\.js|sha384-[A-Za-z0-9+/&#;]*|("code">)[0-9a-f]{64}|(id="words">)[^<]*`)
	// The two scripts of a page, and what they are given, which is no script. Text of the ledger that would end such an element is escaped in it.
	ours = regexp.MustCompile(`<script type="application/json" id="(?:words|pin)">[^<]*</script>|<script src="/script-[0-9a-f]{16}\.js" integrity="sha384-[A-Za-z0-9+/&#;]*"(?: defer)?></script>`)
)

// Pages of the story, as they are. The style sheet is left out: it is looked at, not compared.
func TestGoldenPages(t *testing.T) {
	h := newSite(t, querytest.NewStory(t).World, nil)
	supply := newSite(t, querytest.NewSupply(t).World, nil)
	for name, path := range map[string]string{
		"recalled.html": "/l/1000001.1/L-2026-04",
		"held-en.html":  "/l/1000001.2/T-1?lang=en",
		"supplied.html": "/p/1000001.1",
	} {
		compareGolden(t, supply, name, path)
	}
	for name, path := range map[string]string{
		"home.html":        "/",
		"coffee.html":      "/p/1000001.1",
		"pepper-en.html":   "/p/1000001.2?lang=en",
		"lot.html":         "/l/1000001.1/L-2026-03",
		"not-there.html":   "/p/1000001.77",
		"malformed.html":   "/p/1000001",
		"search-en.html":   "/?q=dak+mil&lang=en",
		"expiring.html":    "/expiring?days=60",
		"certificate.html": "/c/1:2026:77%2FQ%C4%90-UBND:2",
	} {
		compareGolden(t, h, name, path)
	}
}

func compareGolden(t *testing.T, h http.Handler, name, path string) {
	t.Helper()
	got := styleSheet.ReplaceAllString(get(h, path).Body.String(), "<style>…</style>")
	got = bundle.ReplaceAllString(got, "$1$2…")
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs from %s; look at it, then run go test ./node/web -update\n%s", path, file, firstDifference(got, string(want)))
	}
}

func firstDifference(got, want string) string {
	a, b := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range a {
		if i >= len(b) || a[i] != b[i] {
			return "got:  " + a[i] + "\nwant: " + strings.Join(b[min(i, len(b)):min(i+1, len(b))], "")
		}
	}
	return "the end is missing"
}

// every page of the story, good and bad, in both languages.
func everyPage() (paths []string) {
	for _, p := range []string{"/", "/?q=ca+phe", "/?q=nothing", "/?star=4", "/?producer=1000001", "/?star=x", "/expiring", "/expiring?days=3660", "/expiring?days=1", "/expiring?days=x",
		"/p/1000001.1", "/p/1000001.2", "/p/1000002.1", "/p/1000001.77", "/p/x", "/c/1:2026:77%2FQ%C4%90-UBND:1", "/c/1:2026:77%2FQ%C4%90-UBND:2", "/c/1:2020:1032%2FQ%C4%90-UBND:1", "/c/x",
		"/l/1000001.1/L-2026-03", "/l/1000001.1/NONE", "/l/x", "/nowhere", "/qr/x.svg", "/qr/1000001.1", "/p/", "/wp-login.php"} {
		paths = append(paths, p)
		if strings.Contains(p, "?") {
			paths = append(paths, p+"&lang=en")
		} else {
			paths = append(paths, p+"?lang=en")
		}
	}
	return paths
}

// tagged finds tags; attributes are quoted throughout, and > in them is escaped.
var tagged = regexp.MustCompile(`<(/?)([a-zA-Z0-9]+)([^>]*)>`)

// alone are the elements that have no end.
var alone = map[string]bool{"meta": true, "link": true, "input": true, "img": true, "br": true}

// What goes for every page: it says that it is a sample, asks nobody else for anything, runs nothing but our scripts, keeps nothing, and is well made.
func TestEveryPage(t *testing.T) {
	h := newSite(t, querytest.NewSupply(t).World, nil)
	for _, path := range append(everyPage(), "/p/1000004.1", "/l/1000004.1/N-1", "/l/1000001.1/L-2026-04?lang=en", "/l/1000001.1/L-2026-05", "/l/1000001.2/T-1") {
		w := get(h, path)
		html := ours.ReplaceAllString(w.Body.String(), "")
		if !strings.Contains(html, "DỮ LIỆU MẪU – không có giá trị") {
			t.Errorf("%s does not say that it is a sample", path)
		}
		if len(html) > 60<<10 {
			t.Errorf("%s has %d bytes", path, len(html))
		}
		for _, never := range []string{"<script", "javascript:", " style=", "http://", "https://", "//fonts", "%!", "ZgotmplZ", "<no value>"} {
			if strings.Contains(html, never) {
				t.Errorf("%s holds %q", path, never)
			}
		}
		header := w.Header()
		if header.Get("Set-Cookie") != "" || header.Get("X-Content-Type-Options") != "nosniff" || header.Get("Referrer-Policy") != "no-referrer" ||
			!strings.HasPrefix(header.Get("Content-Security-Policy"), "default-src 'none'; style-src 'sha256-") || header.Get("Content-Type") != "text/html; charset=utf-8" {
			t.Errorf("%s: headers %v", path, header)
		}
		if n := strings.Count(html, "<h1"); n != 1 {
			t.Errorf("%s has %d headings of the first rank", path, n)
		}
		checkNesting(t, path, styleSheet.ReplaceAllString(html, ""))
		if strings.Contains(path, "lang=en") {
			checkLinks(t, path, html)
		}
	}
}

func checkNesting(t *testing.T, path, html string) {
	t.Helper()
	var open []string
	ids := make(map[string]bool)
	for _, tag := range tagged.FindAllStringSubmatch(html, -1) {
		name := strings.ToLower(tag[2])
		if m := regexp.MustCompile(` id="([^"]*)"`).FindStringSubmatch(tag[3]); m != nil {
			if ids[m[1]] {
				t.Errorf("%s: id %s twice", path, m[1])
			}
			ids[m[1]] = true
		}
		switch {
		case alone[name] || strings.HasSuffix(tag[3], "/"):
		case tag[1] == "":
			open = append(open, name)
		case len(open) == 0 || open[len(open)-1] != name:
			t.Fatalf("%s: </%s> closes %v", path, name, open)
		default:
			open = open[:len(open)-1]
		}
	}
	if len(open) > 0 {
		t.Errorf("%s: not closed: %v", path, open)
	}
}

var reference = regexp.MustCompile(`<a [^>]*href="([^"]*)"[^>]*>`)

// dials are links that call somebody. Templates write + as a character reference.
var dials = regexp.MustCompile(`^tel:(&#43;)?[0-9]{2,16}$`)

// checkLinks wants every link of an English page to stay English, but the one that leaves it, and files to be kept.
func checkLinks(t *testing.T, path, html string) {
	t.Helper()
	for _, m := range reference.FindAllStringSubmatch(html, -1) {
		if dials.MatchString(m[1]) {
			continue
		}
		stays := strings.Contains(m[1], "lang=en") || m[1] == "#main" || strings.Contains(m[0], " download")
		if leaves := strings.Contains(m[0], `class="tongue"`); stays == leaves {
			t.Errorf("%s: link to %s", path, m[1])
		}
		if !strings.HasPrefix(m[1], "/") && m[1] != "#main" || strings.HasPrefix(m[1], "//") {
			t.Errorf("%s: link to %s", path, m[1])
		}
	}
}

func TestPlainLedgersAreNotCalledSamples(t *testing.T) {
	h := newSite(t, querytest.NewStory(t).World, func(o *Options) { o.Sample = false })
	if html := get(h, "/").Body.String(); strings.Contains(html, "DỮ LIỆU MẪU") {
		t.Error("a ledger that is no sample says it is")
	}
}

// Whatever stands in a name stays text.
func TestHostileText(t *testing.T) {
	const evil = `</title><script>alert(1)</script><img src=x onerror="alert(2)">'"&{{.}}` + "`${7*7}`"
	s := querytest.NewStory(t)
	s.Genesis(subject.Account(1000009), &subject.AccountValue{Account: 1000009, Kind: 2, Roles: subject.RoleProducer, Name: subject.Name{Register: evil}, Territory: querytest.DistrictA, Registrar: 1})
	id := ledger.ProductID{Producer: 1000009, Number: 1}
	s.Genesis(subject.Product(id), &subject.ProductValue{Product: id, Name: subject.Name{Register: evil}, Scheme: "RS-2025", Group: evil, GTIN: `"><script>`, Origin: querytest.DistrictA, Registrar: 1000009})
	s.Genesis(subject.Contact(1000009), &subject.ContactValue{Agency: 1000009, Phone: `"><script>`})
	h := newSite(t, s.World, func(o *Options) { o.Name = evil; o.Operator = 1000009 })
	for _, path := range []string{"/", "/p/1000009.1", "/?q=" + "%3Cscript%3Ealert(1)%3C/script%3E", "/p/%3Cscript%3E", "/l/%3Cscript%3E/%22%3E", "/c/%22%3E%3Cscript%3E", "/%3Cscript%3E", "/?lang=%22%3E%3Cscript%3E",
		"/?q=x&lang=en%22%3E%3Cscript%3E", "/?page=%22%3E%3Cscript%3E", "/?group=%22%3E%3Cscript%3E"} {
		html := ours.ReplaceAllString(get(h, path).Body.String(), "")
		for _, never := range []string{"<script", "onerror=\"", "<img src=x"} {
			if strings.Contains(html, never) {
				t.Errorf("%s holds %q", path, never)
			}
		}
		checkNesting(t, path, styleSheet.ReplaceAllString(html, ""))
	}
}

func TestNaturalPersonsAreNumbers(t *testing.T) {
	h := newSite(t, querytest.NewStory(t).World, nil)
	if html := get(h, "/p/1000002.1").Body.String(); !strings.Contains(html, ">Tài khoản 1000002</a>") {
		t.Error("the producer is not shown by its number")
	}
}

func TestVerdictComesFirst(t *testing.T) {
	h := newSite(t, querytest.NewStory(t).World, nil)
	for path, want := range map[string]string{
		"/p/1000001.1":                    "Chứng nhận thật, còn hiệu lực đến hết ngày 20/02/2029.",
		"/p/1000001.1?lang=en":            "Genuine certificate, in force until 20 February 2029.",
		"/p/1000001.2":                    "Chứng nhận đã bị thu hồi từ ngày 01/03/2026.",
		"/p/1000002.1":                    "Sản phẩm này chưa được chứng nhận OCOP.",
		"/p/1000001.77":                   "Không có trên sổ này: chưa có gì xác nhận.",
		"/p/x":                            "Không có trên sổ này: chưa có gì xác nhận.",
		"/l/1000001.1/L-2026-03":          "Chứng nhận thật, còn hiệu lực đến hết ngày 20/02/2029.",
		"/c/1:2020:1032%2FQ%C4%90-UBND:1": "Chứng nhận đã hết hạn sau ngày 02/11/2023.",
	} {
		html := get(h, path).Body.String()
		_, main, _ := strings.Cut(html, `<main id="main">`)
		main = strings.TrimSpace(main)
		at, sentence := strings.Index(main, `<section id="verdict" class="verdict`), strings.Index(main, want)
		if at < 0 {
			at = strings.Index(main, `<section class="verdict`) // nothing was asked of the ledger that a script could check
		}
		if at != 0 || sentence < 0 || sentence > 400 {
			t.Errorf("%s does not begin with %q (section at %d, sentence at %d)", path, want, at, sentence)
		}
	}
}

func TestStatusCodes(t *testing.T) {
	h := newSite(t, querytest.NewStory(t).World, nil)
	for path, want := range map[string]int{
		"/": 200, "/p/1000001.1": 200, "/p/1000001.77": 404, "/p/x": 400, "/p/": 404, "/l/1000001.1/NONE": 404, "/l/1000001.1": 400, "/c/x": 400, "/c/1:2026:9:1": 404,
		"/nowhere": 404, "/expiring?days=99999999": 400, "/expiring?days=4000": 400, "/?page=x": 400, "/?status=x": 400, "/?star=-1": 400, "/?star=9": 400, "/?place=999999": 400, "/?group=%C4%91": 400, "/?q=" + strings.Repeat("a", 201): 400,
		"/?q=" + strings.Repeat("a", 3000): 414, "/qr/1000001.1.svg": 200, "/qr/x.svg": 400, "/qr/1000001.1": 404, "/l/1000001.1/L-2026-03?page=x": 400, "/mark.svg": 200,
	} {
		if w := get(h, path); w.Code != want {
			t.Errorf("%.60s: %d, want %d", path, w.Code, want)
		}
	}
	for _, q := range []string{"1000001.1", "1000001.1/L-2026-03", "1:2026:77/QĐ-UBND:1"} {
		w := get(h, "/?lang=en&q="+strings.NewReplacer("/", "%2F", "Đ", "%C4%90").Replace(q))
		to := w.Header().Get("Location")
		if w.Code != http.StatusSeeOther || !strings.Contains(to, "lang=en") || get(h, to).Code != http.StatusOK {
			t.Errorf("code %s leads to %d %q", q, w.Code, to)
		}
	}
}
