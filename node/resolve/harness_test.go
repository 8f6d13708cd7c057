package resolve_test

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/ledger/query"
	"github.com/ocopledger/ocop/ledger/query/querytest"
	"github.com/ocopledger/ocop/ledger/subject"
	"github.com/ocopledger/ocop/node/resolve"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

const (
	base   = "https://ocop.daknong.example.vn"
	gtin   = "08930000000002" // of the coffee
	notice = "DỮ LIỆU MẪU – không có giá trị"
	coffee = "/01/" + gtin
	lot    = coffee + "/10/L-2026-03"
)

// told is a page as the resolver has it shown.
type told struct{}

// Say implements resolve.Pages.
func (told) Say(w http.ResponseWriter, r *http.Request, status int, p resolve.Page) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		json.NewEncoder(w).Encode(p)
	}
}

// opening is a code that was opened.
type opening struct {
	product ledger.ProductID
	serial  uint64
	on      ledger.Date
}

type world struct {
	*querytest.Story
	options resolve.Options
	handler http.Handler
	hosts   []resolve.Host
	opened  []opening
}

// newWorld is the story with a GTIN for the coffee, a second lot of it whose code has a slash, and stamps 1 to 100 on the first lot.
func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{Story: querytest.NewStory(t)}
	data, _ := w.Value(subject.Product(w.Coffee))
	product, err := subject.ParseProduct(data)
	if err != nil {
		t.Fatal(err)
	}
	product.GTIN = gtin
	w.Change(subject.Product(w.Coffee), &product)
	w.Genesis(subject.GTIN(gtin), &subject.TakenValue{Product: w.Coffee})
	w.Genesis(subject.GTIN("09506000134352"), &subject.TakenValue{}) // freed by a correction
	w.Must(querytest.Cooperative, querytest.Lot(ledger.LotID{Product: w.Coffee, Lot: "A/B"}, 1000, 20260301))
	w.Must(querytest.Cooperative, compose.Act(&recordv1.ApplyStamps{Lot: compose.LotRef(w.Lot), First: 1, Count: 100, PerStamp: 10}))
	catalog, err := query.Open(t.Context(), w.View)
	if err != nil {
		t.Fatal(err)
	}
	w.options = resolve.Options{
		Catalog: catalog, Pages: told{}, BaseURL: base, Name: "daknong-mau", Notice: notice, Log: slog.New(slog.DiscardHandler),
		Now:    func() time.Time { return querytest.Start },
		Hosts:  func(*query.Snapshot) ([]resolve.Host, error) { return w.hosts, nil },
		Opened: func(p ledger.ProductID, n uint64, on ledger.Date) { w.opened = append(w.opened, opening{p, n, on}) },
	}
	w.handler = resolve.New(w.options)
	return w
}

func (w *world) ask(method, path string, headers ...string) *http.Response {
	r := httptest.NewRequest(method, base+path, nil)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
		if headers[i] == "Host" {
			r.Host = headers[i+1]
		}
	}
	a := httptest.NewRecorder()
	w.handler.ServeHTTP(a, r)
	return a.Result()
}

func body(t testing.TB, a *http.Response) string {
	t.Helper()
	text, err := io.ReadAll(a.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
