package serve

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/ocopledger/ocop/cmd/ocopd/internal/ceremony"
	"github.com/ocopledger/ocop/cmd/ocopd/internal/sample"
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/ledger/query"
	"github.com/ocopledger/ocop/ledger/query/querytest"
	"github.com/ocopledger/ocop/ledger/subject"
	"github.com/ocopledger/ocop/node/resolve"
	"github.com/ocopledger/ocop/node/scans"
	"github.com/ocopledger/ocop/node/web"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
	"github.com/ocopledger/ocop/proto/ocop/api/v1/apigrpc"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// sign has somebody of the sample sign actions and waits until they are on the ledger of the node that is asked.
func (d *doors) sign(handle string, author ledger.AccountID, actions ...*recordv1.Action) {
	d.t.Helper()
	key, err := d.network.People.Private(handle)
	if err != nil {
		d.t.Fatal(err)
	}
	schema := compose.SchemaOf(actions...)
	bytes, err := compose.Marshal(schema, actions)
	if err != nil {
		d.t.Fatal(err)
	}
	signed, err := (&compose.Author{Chain: d.network.Genesis.Chain, Account: author, Schema: schema, Key: key}).Sign(bytes, uint64(time.Now().UnixMilli()), compose.Offline)
	if err != nil {
		d.t.Fatal(err)
	}
	a, err := apigrpc.NewSubmitServiceClient(d.conn).Submit(d.t.Context(), &apiv1.SubmitRequest{Envelopes: [][]byte{signed.Envelope}})
	if err != nil {
		d.t.Fatal(err)
	}
	if o := a.GetOutcomes()[0]; o.GetAccepted() == nil {
		d.t.Fatalf("%s: %v", handle, o)
	}
}

// step asks for a path and follows nothing.
func (d *doors) step(method, path string, header ...string) (*http.Response, string) {
	d.t.Helper()
	q, err := http.NewRequestWithContext(d.t.Context(), method, d.base+path, nil)
	if err != nil {
		d.t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		q.Header.Set(header[i], header[i+1])
	}
	a, err := http.DefaultTransport.RoundTrip(q)
	if err != nil {
		d.t.Fatal(err)
	}
	defer a.Body.Close()
	body, err := io.ReadAll(a.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	return a, string(body)
}

// The avocado of the sample gets stamps here, and a product with a GTIN comes beside it.
const (
	avocado = "2000006.1"
	gtin    = "08931234567897"
)

// TestCodesOfARealNode: what a printed code leads to, scanned or typed, on a node of a network with the sample on its ledger.
func TestCodesOfARealNode(t *testing.T) {
	t.TempDir() // made first, and so removed last: the node has written its counts when it has ended
	var data string
	t.Cleanup(func() {
		c, err := scans.Open(filepath.Join(data, scansFile), slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		if n := c.Of(scans.Serial{Product: ledger.ProductID{Producer: 2000006, Number: 1}, Number: 9}, 0); n.Total != 3 {
			t.Errorf("after the node has ended, its file says %+v of a code that was opened three times", n)
		}
	})
	d := openDoors(t)
	data = filepath.Join(d.network.Nodes[0].Dir, "data")
	producer := ledger.AccountID(2000006)
	product := ledger.ProductID{Producer: producer, Number: 1}
	d.sign(sample.ProducerHandle(producer), producer, compose.Act(&recordv1.ApplyStamps{
		Lot: compose.LotRef(ledger.LotID{Product: product, Lot: "BO-01"}), First: 1, Count: 50, PerStamp: 1000,
	}))
	d.sign(sample.ProducerHandle(producer), producer, compose.Act(&recordv1.RegisterLot{
		Lot: compose.LotRef(ledger.LotID{Product: product, Lot: "A/B"}), Quantity: 1000, Unit: recordv1.Unit_UNIT_GRAM, Produced: uint32(ledger.DateAt(uint64(time.Now().UnixMilli()))),
	}))
	d.sign("so-nong-nghiep", sample.Agriculture, compose.Act(&recordv1.RegisterProduct{
		Product: compose.ProductRef(ledger.ProductID{Producer: producer, Number: 7}), Name: compose.RegisterName("Dầu bơ"), Gtin: gtin,
		Group: &recordv1.GroupRef{Scheme: "RS-2025", Code: "food"}, Unit: recordv1.Unit_UNIT_MILLILITRE, Origin: 67,
	}))

	t.Run("scanned", func(t *testing.T) {
		for _, c := range []struct {
			path, leads string
			status      int
			says        string
		}{
			{"/id/" + avocado + "/10/BO-01/21/7", "/l/" + avocado + "/BO-01?serial=7", 200, "Tem số 7"},
			{"/id/" + avocado + "/21/50", "/l/" + avocado + "/BO-01?serial=50", 200, "Tem số 50"},
			{"/id/" + avocado + "/10/BO-01/21/51", "/l/" + avocado + "/BO-01?serial=51", 404, "Tem này không được cấp"},
			{"/id/" + avocado + "/10/BO-02/21/7", "/p/" + avocado + "?lot=BO-02&serial=7", 404, "Lô ghi trên tem không có trên sổ."},
			{"/id/" + avocado, "/p/" + avocado, 200, "Bơ núi lửa"},
			{"/01/" + gtin, "/p/2000006.7", 200, "Dầu bơ"},
			{"/01/" + gtin + "/21/1", "/p/2000006.7?serial=1", 404, "Tem này không được cấp"},
		} {
			a, _ := d.step(http.MethodGet, c.path)
			if a.StatusCode != http.StatusTemporaryRedirect || a.Header.Get("Location") != c.leads {
				t.Errorf("%s: %d %s, want %s", c.path, a.StatusCode, a.Header.Get("Location"), c.leads)
				continue
			}
			if page, text := d.step(http.MethodGet, c.leads); page.StatusCode != c.status || !strings.Contains(text, c.says) {
				t.Errorf("%s: %d, does not say %q", c.leads, page.StatusCode, c.says)
			}
		}
		for path, says := range map[string]string{"/01/08931234567894": "phải là 7", "/01/00000096385074": `<section class="verdict none"`, "/01/" + gtin + "/10/L%C3%94": "ký tự không được phép"} {
			if a, text := d.step(http.MethodGet, path); a.StatusCode/100 != 4 || !strings.Contains(text, says) || !strings.Contains(text, "<html") || !strings.Contains(text, ceremony.SampleNotice) {
				t.Errorf("%s: %d\n%s", path, a.StatusCode, text)
			}
			if a, text := d.step(http.MethodGet, path+"?lang=en", "Accept", "application/json"); a.StatusCode/100 != 4 || !strings.Contains(text, `"kind":`) {
				t.Errorf("%s as JSON: %d\n%s", path, a.StatusCode, text)
			}
		}
	})
	t.Run("typed", func(t *testing.T) {
		for q, want := range map[string]string{
			avocado + "/bo-01/7": "/id/" + avocado + "/10/BO-01/21/7", avocado + "%20/%20BO-01": "/l/" + avocado + "/BO-01", "893%201234%20567897": "/p/2000006.7", "b%C6%A1": "",
		} {
			if a, _ := d.step(http.MethodGet, "/?q="+q); a.Header.Get("Location") != want {
				t.Errorf("%s: %d %q, want %q", q, a.StatusCode, a.Header.Get("Location"), want)
			}
		}
	})
	t.Run("counted", func(t *testing.T) {
		for range 3 {
			d.step(http.MethodGet, "/id/"+avocado+"/10/BO-01/21/9")
		}
		if _, text := d.step(http.MethodGet, "/l/"+avocado+"/BO-01?serial=9"); !strings.Contains(text, "đã được mở 3 lần") {
			t.Error("three openings are not shown")
		}
	})
	t.Run("as programs ask", func(t *testing.T) {
		for _, path := range []string{"/01/" + gtin, "/id/" + avocado + "/10/BO-01/21/7", "/id/" + avocado} {
			a, _ := d.step(http.MethodGet, path, "Accept", "application/json")
			if trace, text := d.step(http.MethodGet, a.Header.Get("Location")); a.StatusCode != http.StatusTemporaryRedirect || trace.StatusCode != http.StatusOK || !strings.Contains(text, `"verdict"`) {
				t.Errorf("%s: %d %s: %d %.200s", path, a.StatusCode, a.Header.Get("Location"), trace.StatusCode, text)
			}
			links, text := d.step(http.MethodGet, path, "Accept", "application/linkset+json")
			hrefs := regexp.MustCompile(`"href":"([^"]+)"`).FindAllStringSubmatch(text, -1)
			if links.StatusCode != http.StatusOK || len(hrefs) < 5 {
				t.Errorf("%s: %d %s", path, links.StatusCode, text)
			}
			for _, href := range hrefs { // every link is one
				target, ok := strings.CutPrefix(strings.ReplaceAll(href[1], `\u0026`, "&"), d.base)
				if !ok {
					t.Errorf("%s leads elsewhere: %s", path, href[1])
					continue
				}
				if to, _ := d.step(http.MethodGet, target); to.StatusCode != http.StatusOK {
					t.Errorf("%s leads to %s: %d", path, target, to.StatusCode)
				}
			}
		}
	})
	for _, p := range proxies {
		t.Run("behind "+p.name, func(t *testing.T) { d.behind(t, p) })
	}
	t.Run("hygiene", func(t *testing.T) { d.hygiene(t) })
}

// TestASuccessorServesTheOldHostsCodes: labels with a host that the ledger lists are resolved under that host, by whichever node it leads to.
func TestASuccessorServesTheOldHostsCodes(t *testing.T) {
	s := querytest.NewStory(t)
	s.Change(subject.Parameters(), &subject.ParametersValue{Resolvers: []subject.Resolver{{Host: "ma.cu.example.vn", Until: 20291231}, {Host: "ma.moi.example.vn"}}})
	c, err := query.Open(t.Context(), s.View)
	if err != nil {
		t.Fatal(err)
	}
	now := func() time.Time { return querytest.Start }
	quiet := slog.New(slog.DiscardHandler)
	pages, err := web.New(web.Options{Catalog: c, BaseURL: "https://ma.moi.example.vn", Now: now, Log: quiet})
	if err != nil {
		t.Fatal(err)
	}
	h := resolve.New(resolve.Options{Catalog: c, Pages: saying{pages}, BaseURL: "https://ma.moi.example.vn", Now: now, Log: quiet, Hosts: resolvers})
	for host, base := range map[string]string{"ma.cu.example.vn": "https://ma.cu.example.vn", "ma.moi.example.vn": "https://ma.moi.example.vn", "evil.vn": "https://ma.moi.example.vn"} {
		r := httptest.NewRequest(http.MethodGet, "/id/1000001.1/10/L-2026-03?linkType=linkset", nil)
		r.Host = host
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `"anchor":"`+base+`/id/1000001.1/10/L-2026-03"`) || strings.Contains(w.Body.String(), "evil") {
			t.Errorf("%s: %d\n%s", host, w.Code, w.Body)
		}
		r = httptest.NewRequest(http.MethodGet, "/id/1000001.1/10/L-2026-03", nil)
		r.Host = host
		w = httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != http.StatusTemporaryRedirect || w.Header().Get("Location") != "/l/1000001.1/L-2026-03" {
			t.Errorf("%s: %d %s", host, w.Code, w.Header().Get("Location"))
		}
	}
}
