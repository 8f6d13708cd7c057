package web

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/boombuler/barcode/qr"

	"github.com/ocopledger/ocop/ledger"
)

// quiet is the empty margin around a QR code that its standard asks for, in modules.
const quiet = 4

// hostName is a host a code may lead to: letters, digits, dots and hyphens or an IPv6 address, and a port.
var hostName = regexp.MustCompile(`^([A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|\[[0-9A-Fa-f:]{2,45}\])(:[0-9]{1,5})?$`)

var errBase = errors.New("want http(s)://host, without path or query")

func checkBase(base string) (string, error) {
	u, err := url.Parse(base)
	if err != nil {
		return "", err
	}
	if u.Scheme != "https" && u.Scheme != "http" || !hostName.MatchString(u.Host) || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return "", fmt.Errorf("%q: %w", base, errBase)
	}
	return u.Scheme + "://" + u.Host, nil
}

// baseOf is where codes lead: the configured address, or the host the request was made to, if it can be one.
func (s *site) baseOf(r *http.Request) (string, error) {
	if s.base != "" {
		return s.base, nil
	}
	scheme := "http://"
	if r.TLS != nil {
		scheme = "https://"
	}
	return checkBase(scheme + r.Host)
}

// qr draws the code that leads to a product's page. It is drawn for every product number, on the ledger or not: labels are printed before.
func (s *site) qr(w http.ResponseWriter, r *http.Request) {
	id, ok := strings.CutSuffix(r.PathValue("file"), ".svg")
	if !ok {
		s.elsewhere(w, r)
		return
	}
	p, err := ledger.ParseProductID(id)
	if err != nil {
		s.fail(w, r, http.StatusBadRequest, "error.400.title", "error.400.product", id)
		return
	}
	base, err := s.baseOf(r)
	if err != nil {
		s.fail(w, r, http.StatusBadRequest, "error.400.title", "error.400", "Host")
		return
	}
	svg, err := drawQR(base+"/p/"+p.String(), s.Sample)
	if err != nil {
		s.Log.Error("QR code not drawn", "product", p, "error", err)
		s.fail(w, r, http.StatusInternalServerError, "error.500.title", "error.500")
		return
	}
	s.picture(w, r, svg)
}

// picture writes an SVG.
func (s *site) picture(w http.ResponseWriter, r *http.Request, svg string) {
	sum := sha256.Sum256([]byte(svg))
	tag := `"` + hex.EncodeToString(sum[:8]) + `"`
	h := w.Header()
	h.Set("ETag", tag)
	h.Set("Cache-Control", "public, max-age=3600")
	if r.Header.Get("If-None-Match") == tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Type", "image/svg+xml")
	h.Set("Content-Length", strconv.Itoa(len(svg)))
	if r.Method != http.MethodHead {
		w.Write([]byte(svg))
	}
}

// drawQR draws a text as a QR code of error correction level M. Modules of a row that touch are one bar. A sample's code says so below its
// quiet zone, where readers of codes do not look.
func drawQR(text string, sample bool) (string, error) {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return "", err
	}
	n := code.Bounds().Dx()
	dark := func(x, y int) bool {
		r, _, _, _ := code.At(x, y).RGBA()
		return r == 0
	}
	var path strings.Builder
	for y := range n {
		for x := 0; x < n; x++ {
			from := x
			for x < n && dark(x, y) {
				x++
			}
			if x > from {
				fmt.Fprintf(&path, "M%d %dh%dv1h-%dz", from+quiet, y+quiet, x-from, x-from)
			}
		}
	}
	size := n + 2*quiet
	height, below := size, ""
	if sample {
		height, below = size+size/4, stamp(size)
	}
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h%dv%dH0z"/><path d="%s"/>%s</svg>`,
		size, height, size, height, path.String(), below), nil
}

// stamp is the notice below a code of that width, in two lines so that it can be read at the size of a label, and once whole for those who do
// not see it.
func stamp(size int) string {
	first, second, _ := strings.Cut(sampleNotice, " – ")
	line := func(at float64, text string) string {
		return fmt.Sprintf(`<tspan x="%.1f" y="%.1f">%s</tspan>`, float64(size)/2, at*float64(size), text)
	}
	return fmt.Sprintf(`<title>%s</title><text font-family="sans-serif" font-weight="700" font-size="%.1f" text-anchor="middle">%s %s</text>`,
		sampleNotice, float64(size)*.09, line(1.1, first+" –"), line(1.21, second))
}

// mark is the sign of the site in a browser's tab.
func (s *site) mark(w http.ResponseWriter, r *http.Request) {
	svg, err := files.ReadFile("page/mark.svg")
	if err != nil {
		s.elsewhere(w, r)
		return
	}
	s.picture(w, r, string(svg))
}
