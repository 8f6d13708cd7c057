package web

import (
	"encoding/xml"
	"errors"
	"html/template"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ocopledger/ocop/ledger/query"
	"github.com/ocopledger/ocop/ledger/query/querytest"
)

// Whatever a sample's site answers says that it is a sample, or says nothing. Only the site's own sign in the browser's tab shows no data.
func TestEveryAnswerOfASampleSaysSo(t *testing.T) {
	s := querytest.NewStory(t)
	broken := false
	catalog, err := query.Open(t.Context(), func(f func(query.Source) error) error {
		if broken {
			return errors.New("the disk is gone")
		}
		return s.View(f)
	})
	if err != nil {
		t.Fatal(err)
	}
	allowed := true
	h := newSite(t, s.World, func(o *Options) {
		o.Catalog = catalog
		o.Allow = func(*http.Request) (time.Duration, bool) { return time.Second, allowed }
	})
	seen := make(map[int]bool)
	ask := func(method, target string) {
		t.Helper()
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(method, "http://node.example.vn"+target, nil))
		seen[w.Code] = true
		if body := w.Body.String(); body != "" && !strings.Contains(body, sampleNotice) {
			t.Errorf("%s %.60s: %d does not say that it is a sample: %.200q", method, target, w.Code, body)
		}
		if redirect := w.Code >= 300 && w.Code < 400; w.Body.Len() == 0 && !redirect && method != http.MethodHead {
			t.Errorf("%s %.60s: %d says nothing", method, target, w.Code)
		}
	}
	for _, path := range append(everyPage(), "/qr/1000001.1.svg", "/?q=1000001.1", "/p//1000001.1", "/p/../c", "/?q="+strings.Repeat("a", maxURL)) {
		for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost} {
			ask(method, path)
		}
	}
	broken = true
	ask(http.MethodGet, "/")
	allowed = false
	ask(http.MethodGet, "/")
	for _, code := range []int{200, 303, 307, 400, 404, 405, 414, 429, 500} {
		if !seen[code] {
			t.Errorf("no answer had the code %d", code)
		}
	}
}

func TestAPageThatCannotBeMadeSaysThatItIsASample(t *testing.T) {
	p := pages{templates: map[string]*template.Template{"home": template.Must(template.New("home").Parse("{{.Nothing}}"))}}
	for _, sample := range []bool{true, false} {
		w := httptest.NewRecorder()
		p.write(w, httptest.NewRequest(http.MethodGet, "/", nil), &visit{site: &site{Options: Options{Log: slog.New(slog.DiscardHandler)}}, page: "home", frame: frame{Sample: sample}})
		if w.Code != http.StatusInternalServerError || strings.Contains(w.Body.String(), sampleNotice) != sample {
			t.Errorf("sample %v: %d, %q", sample, w.Code, w.Body)
		}
	}
}

// The notice stands below the code's quiet zone, and is not drawn for ledgers that are no sample.
func TestQRCodeOfASampleSaysSo(t *testing.T) {
	const text = "https://ocop.example.vn/p/1000001.1"
	plain, err := drawQR(text, false)
	if err != nil {
		t.Fatal(err)
	}
	stamped, err := drawQR(text, true)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(plain, "<text") || strings.Contains(plain, "<title") {
		t.Errorf("a ledger that is no sample says it is: %s", plain)
	}
	var drawing struct {
		ViewBox string `xml:"viewBox,attr"`
		Title   string `xml:"title"`
		Lines   []struct {
			Y    float64 `xml:"y,attr"`
			Text string  `xml:",chardata"`
		} `xml:"text>tspan"`
	}
	if err := xml.Unmarshal([]byte(stamped), &drawing); err != nil {
		t.Fatal(err)
	}
	box := strings.Fields(drawing.ViewBox)
	width, _ := strconv.ParseFloat(box[2], 64)
	height, _ := strconv.ParseFloat(box[3], 64)
	if drawing.Title != sampleNotice || len(drawing.Lines) != 2 || drawing.Lines[0].Text+" "+drawing.Lines[1].Text != sampleNotice {
		t.Errorf("the code says %+v", drawing)
	}
	for _, line := range drawing.Lines {
		if line.Y < width+0.09*width || line.Y > height-0.06*width { // letters with their marks above, and dots below
			t.Errorf("%q at %v is not between the quiet zone, %v, and the end, %v", line.Text, line.Y, width, height)
		}
	}
	modules := func(svg string) string { return regexp.MustCompile(`<path d="([^"]*)"`).FindStringSubmatch(svg)[1] }
	if modules(plain) != modules(stamped) {
		t.Error("the notice changes the code")
	}
}

// Where a renderer and a reader of codes are at hand, they read the link through the notice.
func TestQRCodeIsRead(t *testing.T) {
	for _, tool := range []string{"rsvg-convert", "zbarimg"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s (Debian: librsvg2-bin, zbar-tools) is not installed", tool)
		}
	}
	const text = "https://ocop.example.vn/p/1000001.1"
	svg, err := drawQR(text, true)
	if err != nil {
		t.Fatal(err)
	}
	picture := filepath.Join(t.TempDir(), "qr.png")
	draw := exec.CommandContext(t.Context(), "rsvg-convert", "--width", "148", "--output", picture)
	draw.Stdin = strings.NewReader(svg)
	if out, err := draw.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	read, err := exec.CommandContext(t.Context(), "zbarimg", "--quiet", "--raw", picture).Output()
	if err != nil || strings.TrimSpace(string(read)) != text {
		t.Errorf("%v: read %q", err, read)
	}
}
