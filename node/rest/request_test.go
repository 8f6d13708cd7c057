package rest

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
	"github.com/ocopledger/ocop/proto/ocop/api/v1/apirest"
)

// unescaped is a path as net/http hands it over.
func unescaped(path string) string {
	u, err := url.ParseRequestURI(path)
	if err != nil {
		return path
	}
	return u.Path
}

// cset82 is what codes of lots are made of: GS1's character set 82.
const cset82 = `ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!"%&'()*+,-./:;<=>?_`

// TestIDsComeThrough: whatever an id is made of, the service is asked for it, and for its receipt.
func TestIDsComeThrough(t *testing.T) {
	s := newSpoken()
	h := newHandler(t, s)
	rapid.Check(t, func(t *rapid.T) {
		lot := "1000012.3/" + rapid.OneOf(rapid.SampledFrom([]string{"receipt", "a/receipt", "/", "%2F", "%252F", "..", "."}),
			rapid.StringOfN(rapid.RuneFrom([]rune(cset82)), 1, 20, -1)).Draw(t, "lot")
		number := rapid.StringMatching(`[0-9A-ZĐƯẪ][0-9A-Za-zĐƯẪ/.%?# &+-]{0,30}`).Draw(t, "number")
		certificate := "1:2020:" + number + ":5"
		whole := rapid.Bool().Draw(t, "encoded as a whole")
		product, code, _ := strings.Cut(lot, "/")
		lotPath, certificatePath := product+"/"+url.PathEscape(code), strings.ReplaceAll(url.PathEscape(certificate), "%2F", "/")
		if whole {
			lotPath, certificatePath = url.PathEscape(lot), url.PathEscape(certificate)
		}
		for _, c := range []struct {
			path string
			want proto.Message
		}{
			{"/v1/lots/" + lotPath, &apiv1.TraceLotRequest{Lot: lot}},
			{"/v1/lots/" + lotPath + "/receipt", &apiv1.GetSubjectReceiptRequest{Subject: &apiv1.GetSubjectReceiptRequest_Lot{Lot: lot}}},
			{"/v1/certificates/" + certificatePath, &apiv1.TraceCertificateRequest{Certificate: certificate}},
			{"/v1/certificates/" + certificatePath + "/receipt", &apiv1.GetSubjectReceiptRequest{Subject: &apiv1.GetSubjectReceiptRequest_Certificate{Certificate: certificate}}},
		} {
			s.asked = nil
			if w := ask(h, http.MethodGet, c.path); w.Code != http.StatusOK || !proto.Equal(s.asked, c.want) {
				t.Errorf("%s: %d, asked for %v, want %v", c.path, w.Code, s.asked, c.want)
			}
		}
	})
}

// TestParametersAreRefusedByName: a parameter that is not understood must not be taken for one that is not there.
func TestParametersAreRefusedByName(t *testing.T) {
	s := newSpoken()
	h := newHandler(t, s)
	for target, want := range map[string][2]string{
		"/v1/products?fliter.star=3":                     {"fliter.star", "unknown_parameter"},
		"/v1/products?filter=3":                          {"filter", "unknown_parameter"},
		"/v1/products?filter.stars=3":                    {"filter.stars", "unknown_parameter"},
		"/v1/products?filter.star.x=3":                   {"filter.star.x", "unknown_parameter"},
		"/v1/products?minHeight=3":                       {"minHeight", "unknown_parameter"},
		"/v1/products?format=file":                       {"format", "unknown_parameter"},
		"/v1/products?=3":                                {"", "unknown_parameter"},
		"/v1/products/1.2?product=1.3":                   {"product", "unknown_parameter"},
		"/v1/products/1.2/receipt?lot=1.2/x":             {"lot", "unknown_parameter"},
		"/v1/products/1.2/receipt?format=pdf":            {"format", "unknown_value"},
		"/v1/products/1.2/receipt?format=":               {"format", "unknown_value"},
		"/v1/products?date=1&date=2":                     {"date", "repeated"},
		"/v1/products?date=":                             {"date", "not_a_number"},
		"/v1/products?date=-1":                           {"date", "not_a_number"},
		"/v1/products?date=0x10":                         {"date", "not_a_number"},
		"/v1/products?date=4294967296":                   {"date", "not_a_number"},
		"/v1/products?page.size=99999999999999999999":    {"page.size", "not_a_number"},
		"/v1/blocks/-1":                                  {"height", "not_a_number"},
		"/v1/blocks/18446744073709551616":                {"height", "not_a_number"},
		"/v1/blocks/1?with_leaves=yes":                   {"with_leaves", "unknown_value"},
		"/v1/products/1.2?timeline.part=TRADE":           {"timeline.part", "unknown_value"},
		"/v1/products/1.2?timeline.part=1":               {"timeline.part", "unknown_value"},
		"/v1/promises?promise=***":                       {"promise", "not_base64"},
		"/v1/search?q=%ff":                               {"q", "not_text"},
		"/v1/search?q=a%00b":                             {"q", "not_text"},
		"/v1/search?q=%zz":                               {"query", "not_encoded"},
		"/v1/search?q=a;b=c":                             {"query", "not_encoded"},
		"/v1/products/%ff":                               {"path", "not_text"},
		"/v1/products/a%00b":                             {"path", "not_text"},
		"/v1/products/a%1fb":                             {"path", "not_text"},
		"/v1/leaves?from=0&follow=true":                  {"follow", "unknown_value"},
		"/v1/search?" + strings.Repeat("x", 500) + "=1":  {strings.Repeat("x", maxShown), "unknown_parameter"},
		"/v1/search?q=" + strings.Repeat("a", maxURL):    {"url", "too_long"},
		"/v1/products/" + strings.Repeat("%C4%90", 1000): {"url", "too_long"},
	} {
		s.asked = nil
		w := ask(h, http.MethodGet, target)
		e := failure(t, w)
		code := http.StatusBadRequest
		if want[1] == "too_long" {
			code = http.StatusRequestURITooLong
		}
		if w.Code != code || e.Reason != "invalid_request" || e.Field != want[0] || e.Kind != want[1] || s.asked != nil {
			t.Errorf("%.80s: %d %s %q %s, asked %v", target, w.Code, e.Reason, e.Field, e.Kind, s.asked)
		}
	}
	// What is only odd is read as it is meant.
	for target, want := range map[string]proto.Message{
		"/v1/products?date=0020261127&page.size=4294967295":          &apiv1.ListProductsRequest{Date: 20261127, Page: &apiv1.Page{Size: 1<<32 - 1}},
		"/v1/products?filter.group=&page.token=":                     &apiv1.ListProductsRequest{Filter: new(apiv1.Filter), Page: new(apiv1.Page)},
		"/v1/products/..":                                            &apiv1.TraceProductRequest{Product: ".."},
		"/v1/subjects/6?id=_-8":                                      &apiv1.GetSubjectRequest{Kind: 6, Id: []byte{0xff, 0xef}},
		"/v1/subjects/6?id=%2F%2B8%3D":                               &apiv1.GetSubjectRequest{Kind: 6, Id: []byte{0xff, 0xef}},
		"/v1/blocks/18446744073709551615":                            &apiv1.GetBlockRequest{Height: 1<<64 - 1},
		"/v1/products/1.2/receipt?pinned_epoch=0&as_of_height=0":     &apiv1.GetSubjectReceiptRequest{Subject: &apiv1.GetSubjectReceiptRequest_Product{Product: "1.2"}, PinnedEpoch: new(uint32), AsOfHeight: new(uint64)},
		"/v1/search?q=c%C3%A0%20ph%C3%AA+%F0%9F%8C%BE&min_height=12": &apiv1.SearchRequest{Q: "cà phê 🌾", MinHeight: 12},
	} {
		s.asked = nil
		if w := ask(h, http.MethodGet, target); w.Code != http.StatusOK || !proto.Equal(s.asked, want) {
			t.Errorf("%s: %d, asked %v, want %v: %s", target, w.Code, s.asked, want, w.Body)
		}
	}
}

// TestRoutesAreThoseDescribed: the table of paths, the gateway and the description are of one mind.
func TestRoutesAreThoseDescribed(t *testing.T) {
	var d struct {
		Paths map[string]struct {
			Get struct {
				OperationID string   `json:"operationId"`
				Produces    []string `json:"produces"`
			} `json:"get"`
		} `json:"paths"`
	}
	if err := json.Unmarshal(apirest.OpenAPI(), &d); err != nil {
		t.Fatal(err)
	}
	all, err := routes()
	if err != nil {
		t.Fatal(err)
	}
	for pattern, r := range all {
		path := strings.NewReplacer("=**}", "}", "=*/*}", "}", "=*}", "}").Replace(pattern)
		o := d.Paths[path].Get
		method := strings.TrimSuffix(string(r.request.Name()), "Request")
		if _, name, _ := strings.Cut(o.OperationID, "_"); strings.TrimRight(name, "23") != method {
			t.Errorf("%s is %q in the description, and %s here", pattern, o.OperationID, method)
		}
		if r.file != (len(o.Produces) == 2) {
			t.Errorf("%s: a file: %v, described as %v", pattern, r.file, o.Produces)
		}
		delete(d.Paths, path)
	}
	for path := range d.Paths {
		t.Errorf("%s is described, and not known here", path)
	}
}

// FuzzAsk: whatever is asked, the answer is JSON that says it is a sample, or a file that was asked for.
func FuzzAsk(f *testing.F) {
	for _, target := range []string{
		"/v1/products?page.size=3", "/v1/lots/1.2/a%2Fb/receipt?format=file", "/v1/certificates/1:2020:M%E1%BA%AAU-01/Q%C4%90:5", "/v1/../etc/passwd", "/v1/%2e%2e/head", "//v1/head",
		"/v1/products/%ff?x=%00", "/v1/blocks/1:verb", "/openapi.json", "/v1", "/v1/leaves?from=18446744073709551615", "/v1/subjects/6?id[]=1", "/v1/products?filter[star]=3",
	} {
		f.Add("GET", target, "application/octet-stream;q=0.5, */*")
	}
	f.Add("POST", "/v1/records", "x")
	s := newSpoken()
	h := newHandler(f, s)
	f.Fuzz(func(t *testing.T, method, target, accept string) {
		if strings.ContainsAny(method, " \r\n") || method == "" || !strings.HasPrefix(target, "/") || strings.ContainsAny(target, " #") {
			t.Skip()
		}
		s.asked = nil
		w := ask(h, method, target, "Accept", accept)
		body := w.Body.Bytes()
		switch {
		case w.Code == http.StatusNoContent, method == http.MethodHead:
			return
		case w.Header().Get("Content-Type") == octets:
			if string(body) != string(s.file) {
				t.Errorf("%s: a file of %q", target, body)
			}
			return
		}
		if !json.Valid(body) || !utf8.Valid(body) || !strings.Contains(string(body), sampleNotice) && s.asked == nil {
			t.Errorf("%s %s: %d %q", method, target, w.Code, body)
		}
		if w.Code >= 500 && (s.asked != nil || w.Code != http.StatusInternalServerError) { // of the services that say nothing
			t.Errorf("%s %s: %d %q", method, target, w.Code, body)
		}
	})
}
