package web

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/boombuler/barcode/qr"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/gs1"
)

// quiet is the empty margin around a QR code that its standard asks for, in modules.
const quiet = 4

// codeOf is what a product's code says: its name, as on labels, and not the address of a page. The same node gives the same code to whoever asks, under
// whatever name they know it.
func (s *site) codeOf(product ledger.ProductID) string {
	return s.BaseURL + gs1.Link{Product: product}.Path()
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
	svg, err := drawQR(s.codeOf(p), s.Sample)
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
		height, below = size+size/3, stamp(size)
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
	return fmt.Sprintf(`<title>%s</title><text font-family="sans-serif" font-weight="700" font-size="%.1f" text-anchor="middle">%s%s</text>`,
		sampleNotice, float64(size)*.09, line(1.12, first+" –"), line(1.24, second))
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
