package serve

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"log/slog"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
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
	"github.com/ocopledger/ocop/node/config"
	"github.com/ocopledger/ocop/node/resolve"
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
	d := openDoors(t)
	producer := ledger.AccountID(2000006)
	product := ledger.ProductID{Producer: producer, Number: 1}
	d.sign(sample.ProducerHandle(producer), producer, compose.Act(&recordv1.ApplyStamps{
		Lot: compose.LotRef(ledger.LotID{Product: product, Lot: "BO-01"}), First: 1, Count: 50, PerStamp: 1000,
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
		for path, says := range map[string]string{"/01/08931234567894": "phải là 7", "/01/00000096385074": "Không sản phẩm nào", "/01/" + gtin + "/10/L%C3%94": "ký tự không được phép"} {
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
	t.Run("hygiene", func(t *testing.T) { d.hygiene(t) })
}

// foreign are the addresses in an answer's text that are not the node's.
func (d *doors) foreign(text string) (found []string) {
	for _, m := range regexp.MustCompile(`(?i)(?:https?:)?//[a-z0-9.-]+\.[a-z]{2,}[^\s"'<>\\]*`).FindAllString(text, -1) {
		switch {
		case strings.HasPrefix(m, d.base), strings.HasPrefix(m, "http://127.0.0.1:"):
		case strings.HasPrefix(m, "https://ref.gs1.org/voc/"), m == "https://ref.gs1.org/standards/resolver/linkset-context": // names of terms, which nobody fetches
		case m == "http://www.w3.org/2000/svg": // the name of a kind of XML
		default:
			found = append(found, m)
		}
	}
	return found
}

// hygiene walks the public paths, right ones and wrong ones: every answer keeps browsers from what nobody meant, sets no cookie, and calls on no third party.
func (d *doors) hygiene(t *testing.T) {
	statuses := make(map[int]bool)
	for _, path := range []string{
		"/", "/?q=ca+phe", "/?q=" + avocado, "/?star=9", "/expiring", "/p/" + avocado, "/p/" + avocado + "?serial=7", "/p/" + avocado + "?serial=999", "/p/x", "/p/2000006.99",
		"/l/" + avocado + "/BO-01", "/l/" + avocado + "/none", "/c/1:2020:M%E1%BA%AAU-01%2FQ%C4%90-UBND:1", "/c/x", "/qr/" + avocado + ".svg", "/qr/x.svg", "/mark.svg", "/nowhere", "//p//x",
		"/log/checkpoint", "/log/policy", "/log/policy/0", "/log/policy/9", "/log/genesis", "/log/tile/0/000", "/log/tile/entries/000", "/log/tile/9/999", "/log/", "/log/evidence/", "/log/evidence/x",
		"/v1", "/v1/head", "/v1/products", "/v1/products/" + avocado, "/v1/products/" + avocado + "/receipt", "/v1/nodes", "/v1/nothing", "/v1/products?x=y", "/openapi.json",
		"/01/" + gtin, "/01/" + gtin + "?linkType=linkset", "/01/x", "/01/00000096385074", "/id/" + avocado + "/10/BO-01", "/id/x", "/id/" + avocado + "?linkType=gs1:epcis", "/.well-known/gs1resolver",
		"/" + strings.Repeat("x", 3000), "/01/" + strings.Repeat("x", 3000),
	} {
		for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodOptions, "BREW"} {
			for _, accept := range []string{"text/html", "application/json"} {
				a, text := d.step(method, path, "Accept", accept, "X-Forwarded-Host", "evil.example.com", "X-Forwarded-Proto", "https", "Forwarded", "host=evil.example.com;proto=https")
				statuses[a.StatusCode] = true
				what := method + " " + path
				for name, part := range map[string]string{
					"Content-Security-Policy": "default-src 'none'", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cross-Origin-Opener-Policy": "same-origin",
					"Permissions-Policy": "camera=()",
				} {
					if !strings.Contains(a.Header.Get(name), part) {
						t.Errorf("%.80s: %s: %q", what, name, a.Header.Get(name))
					}
				}
				if !strings.Contains(a.Header.Get("Content-Security-Policy"), "frame-ancestors 'none'") {
					t.Errorf("%.80s may be framed", what)
				}
				if a.Header.Get("Set-Cookie") != "" || a.Header.Get("Strict-Transport-Security") != "" || a.Header.Get("Server") != "" || a.Header.Get("Access-Control-Allow-Credentials") != "" {
					t.Errorf("%.80s: %v", what, a.Header)
				}
				if strings.Contains(text, "evil.example.com") || strings.Contains(strings.Join(append(a.Header.Values("Location"), a.Header.Values("Link")...), " "), "evil") {
					t.Errorf("%.80s repeats what a header claims", what)
				}
				if kind := a.Header.Get("Content-Type"); strings.HasPrefix(kind, "text/html") || strings.Contains(kind, "json") || strings.Contains(kind, "svg") {
					if found := d.foreign(text); len(found) > 0 {
						t.Errorf("%.80s names %v", what, found)
					}
				}
				if a.StatusCode >= 500 && a.StatusCode != http.StatusNotImplemented {
					t.Errorf("%.80s: %d\n%.300s", what, a.StatusCode, text)
				}
			}
		}
	}
	for _, code := range []int{200, 303, 307, 400, 404, 405, 414} {
		if !statuses[code] {
			t.Errorf("no answer had the code %d", code)
		}
	}
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
	h := resolve.New(resolve.Options{Catalog: c, Pages: saying{pages}, BaseURL: "https://ma.moi.example.vn", Now: now, Log: quiet, Hosts: resolvers, Serial: lotOfSerial})
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

// TestSerials: a serial is found in whichever lot has it, and nowhere when no stamp has it.
func TestSerials(t *testing.T) {
	s := querytest.NewStory(t)
	data, _ := s.Value(subject.Lot(s.Lot))
	lot, err := subject.ParseLot(data)
	if err != nil {
		t.Fatal(err)
	}
	other := ledger.LotID{Product: s.Coffee, Lot: "Z"}
	s.Must(querytest.Cooperative, querytest.Lot(other, 1000, 20260301))
	data, _ = s.Value(subject.Lot(other))
	second, err := subject.ParseLot(data)
	if err != nil {
		t.Fatal(err)
	}
	lot.Stamps = []subject.Stamps{{First: 1, Count: 10, PerStamp: 1}, {First: 21, Count: 5, PerStamp: 1}}
	second.Stamps = []subject.Stamps{{First: 11, Count: 10, PerStamp: 1}}
	s.Change(subject.Lot(s.Lot), &lot)
	s.Change(subject.Lot(other), &second)
	s.Change(subject.Serials(s.Coffee), &subject.SerialsValue{Product: s.Coffee, Next: 26})
	c, err := query.Open(t.Context(), s.View)
	if err != nil {
		t.Fatal(err)
	}
	for serial, want := range map[uint64]ledger.LotID{0: {}, 1: s.Lot, 10: s.Lot, 11: other, 20: other, 21: s.Lot, 25: s.Lot, 26: {}, 1 << 63: {}} {
		if err := c.Read(t.Context(), func(snapshot *query.Snapshot) error {
			got, issued, err := lotOfSerial(snapshot, s.Coffee, serial)
			if got != want || issued != (want != ledger.LotID{}) {
				t.Errorf("serial %d is of lot %v, want %v", serial, got, want)
			}
			if _, issued, _ := lotOfSerial(snapshot, s.Pepper, serial); issued {
				t.Errorf("serial %d of a product without stamps", serial)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
}

// TestTLSAlone: a node with a certificate tells browsers to come over TLS alone, for as long as its settings say, and its codes lead to https.
func TestTLSAlone(t *testing.T) {
	n := network(t)
	dir := t.TempDir()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"ocop.example.vn"}, NotAfter: time.Now().AddDate(1, 0, 0)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	c, err := config.Load(filepath.Join(n.Nodes[0].Dir, config.FileName))
	if err != nil {
		t.Fatal(err)
	}
	c.Public.TLSCertificate, c.Public.TLSKey = filepath.Join(dir, "c.pem"), filepath.Join(dir, "k.pem")
	if err := errors.Join(os.WriteFile(c.Public.TLSCertificate, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600),
		os.WriteFile(c.Public.TLSKey, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), 0o600)); err != nil {
		t.Fatal(err)
	}
	s, err := Open(t.Context(), c, options(t))
	if err != nil {
		t.Fatal(err)
	}
	r := s.Start(context.WithoutCancel(t.Context()))
	defer func() {
		if err := r.Close(context.Background()); err != nil {
			t.Error(err)
		}
	}()
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(certificate)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, ServerName: "ocop.example.vn"}, ForceAttemptHTTP2: true}
	defer transport.CloseIdleConnections()
	for _, path := range []string{"/", "/log/nothing", "/v1/nothing", "/01/x", "/.well-known/gs1resolver"} {
		q, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+n.Nodes[0].Public+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		a, err := transport.RoundTrip(q)
		if err != nil {
			t.Fatal(err)
		}
		a.Body.Close()
		if a.Header.Get("Strict-Transport-Security") != "max-age=31536000" || a.ProtoMajor != 2 {
			t.Errorf("%s: %s %v", path, a.Proto, a.Header)
		}
	}
	if want := "https://" + n.Nodes[0].Public; s.BaseURL() != want {
		t.Errorf("codes lead to %s, want %s", s.BaseURL(), want)
	}
}
