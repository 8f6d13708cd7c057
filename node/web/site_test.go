package web

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/ocopledger/ocop/ledger/query"
	"github.com/ocopledger/ocop/ledger/query/querytest"
)

const baseURL = "https://ocop.daknong.example.vn"

// newSite serves the pages of a ledger on the day of its story.
func newSite(t testing.TB, w *querytest.World, change func(*Options)) http.Handler {
	t.Helper()
	c, err := query.Open(t.Context(), w.View)
	if err != nil {
		t.Fatal(err)
	}
	o := Options{Catalog: c, Chain: w.Chain, Name: "daknong-mau", Sample: true, Operator: querytest.ProvinceAgency, BaseURL: baseURL, Now: func() time.Time { return querytest.Start }, Log: slog.New(slog.DiscardHandler)}
	if change != nil {
		change(&o)
	}
	h, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func get(h http.Handler, path string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, "http://node.example.vn"+path, nil)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// TestServe keeps the pages open for a browser: OCOP_WEB=127.0.0.1:8899 go test -run TestServe ./node/web
func TestServe(t *testing.T) {
	address := os.Getenv("OCOP_WEB")
	if address == "" {
		t.Skip("serves the pages only when OCOP_WEB names an address")
	}
	s := querytest.NewSupply(t)
	t.Log(http.ListenAndServe(address, newSite(t, s.World, nil)))
}

func TestPagesAreThere(t *testing.T) {
	h := newSite(t, querytest.NewStory(t).World, nil)
	for _, path := range []string{"/", "/p/1000001.1", "/c/1:2026:77%2FQ%C4%90-UBND:1", "/l/1000001.1/L-2026-03", "/expiring", "/qr/1000001.1.svg", "/mark.svg", "/?q=ca+phe"} {
		for _, lang := range []string{"", "lang=en"} {
			if lang != "" {
				lang = map[bool]string{true: "&", false: "?"}[strings.Contains(path, "?")] + lang
			}
			if w := get(h, path+lang); w.Code != http.StatusOK {
				t.Errorf("%s%s: %d\n%s", path, lang, w.Code, w.Body)
			}
		}
	}
}
