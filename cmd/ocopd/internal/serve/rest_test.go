package serve

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi2"
	"github.com/getkin/kin-openapi/openapi2conv"
	"github.com/getkin/kin-openapi/openapi3"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/ocopledger/ocop/cmd/ocopd/internal/ceremony"
	"github.com/ocopledger/ocop/cmd/ocopd/internal/devnet"
	"github.com/ocopledger/ocop/cmd/ocopd/internal/sample"
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/compose"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
	"github.com/ocopledger/ocop/proto/ocop/api/v1/apigrpc"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// doors are both doors of a real node with the sample province on its ledger.
type doors struct {
	t           *testing.T
	network     *devnet.Network
	base        string
	conn        *grpc.ClientConn
	description *openapi3.T
	asked       map[string]bool // methods, and paths as the description has them
}

func openDoors(t *testing.T) *doors {
	t.Helper()
	n := network(t)
	r, err := n.Run(t.Context(), func(ctx context.Context, dir string) (devnet.Served, error) {
		s, err := OpenDir(ctx, dir, options(t))
		if err != nil {
			return nil, err
		}
		return s.Start(context.WithoutCancel(ctx)), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	if _, err := r.Load(t.Context(), time.Now, func(string) {}); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Agree(t.Context()); err != nil {
		t.Fatal(err)
	}
	conn, err := grpc.NewClient(n.Nodes[0].Public, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return &doors{t: t, network: n, base: "http://" + n.Nodes[0].Public, conn: conn, asked: make(map[string]bool)}
}

// get asks over HTTP.
func (d *doors) get(path string, header ...string) (*http.Response, []byte) {
	d.t.Helper()
	q, err := http.NewRequestWithContext(d.t.Context(), http.MethodGet, d.base+path, nil)
	if err != nil {
		d.t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		q.Header.Set(header[i], header[i+1])
	}
	a, err := http.DefaultClient.Do(q)
	if err != nil {
		d.t.Fatal(err)
	}
	defer a.Body.Close()
	body, err := io.ReadAll(a.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	return a, body
}

// call asks over gRPC.
func (d *doors) call(method string, q proto.Message) (proto.Message, error) {
	d.t.Helper()
	service, name, _ := strings.Cut(method, "/")
	found, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName("ocop.api.v1." + service))
	if err != nil {
		d.t.Fatal(err)
	}
	m := found.(protoreflect.ServiceDescriptor).Methods().ByName(protoreflect.Name(name))
	made, err := protoregistry.GlobalTypes.FindMessageByName(m.Output().FullName())
	if err != nil {
		d.t.Fatal(err)
	}
	answer := made.New().Interface()
	if !m.IsStreamingServer() {
		return answer, d.conn.Invoke(d.t.Context(), "/ocop.api.v1."+method, q, answer)
	}
	stream, err := apigrpc.NewLedgerServiceClient(d.conn).StreamLeaves(d.t.Context(), q.(*apiv1.StreamLeavesRequest))
	if err != nil {
		return nil, err
	}
	return stream.Recv()
}

// steady leaves out what changes between two calls: how long ago something was.
func steady(m proto.Message) proto.Message {
	if head, ok := m.(*apiv1.GetHeadResponse); ok {
		head.Certified.AgeSeconds = 0
	}
	return m
}

// same holds an answer over HTTP against that over gRPC. A head may get more cosignatures in between: then both are asked again.
func (d *doors) same(path, method string, q proto.Message) {
	d.t.Helper()
	for range 20 {
		before, err := d.call(method, q)
		if err != nil {
			d.t.Errorf("%s: %v", method, err)
			return
		}
		a, body := d.get(path)
		after, err := d.call(method, q)
		if err != nil {
			d.t.Errorf("%s: %v", method, err)
			return
		}
		if !proto.Equal(steady(before), steady(after)) {
			continue
		}
		got := before.ProtoReflect().New().Interface()
		if err := protojson.Unmarshal(body, got); err != nil || a.StatusCode != http.StatusOK {
			d.t.Errorf("%s: %d, %v: %.300s", path, a.StatusCode, err, body)
			return
		}
		if !proto.Equal(steady(got), before) {
			d.t.Errorf("%s: over HTTP\n%v\nover gRPC\n%v", path, got, before)
		}
		d.described(path, body)
		d.asked[method] = true
		d.asFile(path, got, before)
		return
	}
	d.t.Errorf("%s is never the same twice", method)
}

// asFile asks for the same as a file, where there is one.
func (d *doors) asFile(path string, got, want proto.Message) {
	d.t.Helper()
	f, ok := want.(interface{ GetFile() []byte })
	a, body := d.get(path, "Accept", "application/octet-stream")
	if !ok {
		if a.Header.Get("Content-Type") != "application/json" {
			d.t.Errorf("%s as a file is %s", path, a.Header.Get("Content-Type"))
		}
		return
	}
	linked, again := d.get(path + map[bool]string{true: "&", false: "?"}[strings.Contains(path, "?")] + "format=file")
	for _, file := range []struct {
		*http.Response
		body []byte
	}{{a, body}, {linked, again}} {
		name := file.Header.Get("Content-Disposition")
		if file.StatusCode != http.StatusOK || file.Header.Get("Content-Type") != "application/octet-stream" || !strings.HasPrefix(name, "attachment; filename") {
			d.t.Errorf("%s as a file: %d, %v", path, file.StatusCode, file.Header)
		}
		if len(file.body) != len(f.GetFile()) || string(file.body[:8]) != string(f.GetFile()[:8]) { // cosignatures may have changed: of one length
			d.t.Errorf("%s as a file: %d bytes, inside JSON %d", path, len(file.body), len(f.GetFile()))
		}
	}
}

// described holds an answer against the description of its path.
func (d *doors) described(path string, body []byte) {
	d.t.Helper()
	u, err := url.Parse(path)
	if err != nil {
		d.t.Fatal(err)
	}
	for template, item := range d.description.Paths.Map() {
		if !template2regexp(template).MatchString(u.Path) {
			continue
		}
		d.asked[template] = true
		var value any
		if err := json.Unmarshal(body, &value); err != nil {
			d.t.Fatal(err)
		}
		schema := item.Get.Responses.Value("200").Value.Content["application/json"].Schema.Value
		if err := schema.VisitJSON(value, openapi3.MultiErrors()); err != nil {
			d.t.Errorf("%s is not as described: %.500v", path, err)
		}
		unknown(d.t, path, schema, value)
		return
	}
	d.t.Errorf("%s is no path of the description", path)
}

// template2regexp matches the paths of a template. The more specific of two templates is the one without a slash where there is none.
func template2regexp(template string) *regexp.Regexp {
	pattern := regexp.QuoteMeta(template)
	pattern = strings.ReplaceAll(pattern, `\{certificate\}`, `.+:[0-9]+`)
	pattern = strings.ReplaceAll(pattern, `\{lot\}`, `[^/]+/[^/]+`)
	return regexp.MustCompile("^" + regexp.MustCompile(`\\\{[a-z]+\\\}`).ReplaceAllString(pattern, `[^/]+`) + "$")
}

// unknown finds what an answer has and its description has not.
func unknown(t *testing.T, at string, schema *openapi3.Schema, value any) {
	t.Helper()
	switch v := value.(type) {
	case map[string]any:
		for name, inner := range v {
			p := schema.Properties[name]
			if p == nil {
				t.Errorf("%s: %s is not described", at, name)
				continue
			}
			unknown(t, at+"."+name, p.Value, inner)
		}
	case []any:
		for _, inner := range v {
			unknown(t, at+"[]", schema.Items.Value, inner)
		}
	}
}

// describe reads the description with an OpenAPI library that is not the generator's, which validates it.
func (d *doors) describe() {
	d.t.Helper()
	a, body := d.get("/openapi.json")
	var second openapi2.T
	if err := json.Unmarshal(body, &second); err != nil || a.StatusCode != http.StatusOK {
		d.t.Fatalf("%d, %v", a.StatusCode, err)
	}
	if second.BasePath != "/" || second.Host != "" || len(second.Schemes) > 0 || !strings.Contains(second.Info.Title, ceremony.SampleNotice) {
		d.t.Errorf("base path %q, host %q, schemes %v, title %q", second.BasePath, second.Host, second.Schemes, second.Info.Title)
	}
	var err error
	if d.description, err = openapi2conv.ToV3(&second); err != nil {
		d.t.Fatal(err)
	}
	loader := openapi3.NewLoader()
	if err := loader.ResolveRefsIn(d.description, nil); err != nil {
		d.t.Fatal(err)
	}
	if err := d.description.Validate(d.t.Context()); err != nil {
		d.t.Fatal(err)
	}
	tags := make(map[string]bool)
	for path, item := range d.description.Paths.Map() {
		o := item.Get
		if len(item.Operations()) != 1 || o == nil || o.Summary == "" || o.Responses.Value("default") == nil {
			d.t.Errorf("%s: %d operations, or without words: %+v", path, len(item.Operations()), o)
			continue
		}
		for _, p := range o.Parameters {
			if p.Value.Description == "" {
				d.t.Errorf("%s: nothing is said of %s", path, p.Value.Name)
			}
		}
		for _, tag := range o.Tags {
			tags[tag] = true
		}
	}
	if len(tags) != 3 || len(d.description.Tags) != 3 {
		d.t.Errorf("tags %v, %v", tags, d.description.Tags)
	}
	for name, s := range d.description.Components.Schemas {
		if s.Value.Description == "" && s.Value.Title == "" {
			d.t.Errorf("nothing is said of %s", name)
		}
	}
}

// TestBothDoorsAnswerAlike: every read gives the same over HTTP as over gRPC, and what the description says.
func TestBothDoorsAnswerAlike(t *testing.T) {
	d := openDoors(t)
	d.describe()
	const product, lot = "2000003.1", "2000003.1/ST24-01"
	list, err := d.call("QueryService/ListCertificates", &apiv1.ListCertificatesRequest{Filter: &apiv1.Filter{Product: product}})
	if err != nil {
		t.Fatal(err)
	}
	id := list.(*apiv1.ListCertificatesResponse).GetCertificates()[0].GetCertificate()
	trace, err := d.call("QueryService/TraceLot", &apiv1.TraceLotRequest{Lot: lot})
	if err != nil {
		t.Fatal(err)
	}
	record := trace.(*apiv1.TraceLotResponse).GetTimeline().GetEvents()[0].GetRecord()
	zero, five, size := uint32(0), uint64(5), &apiv1.Page{Size: 2}
	encoded := strings.ReplaceAll(url.PathEscape(id), "%2F", "/")
	if !strings.Contains(id, "/") || !strings.Contains(encoded, "%") {
		t.Fatalf("certificate %q is too simple", id)
	}
	for _, c := range []struct {
		path, method string
		request      proto.Message
	}{
		{"/v1/head", "LedgerService/GetHead", &apiv1.GetHeadRequest{}},
		{"/v1/head?min_height=3", "LedgerService/GetHead", &apiv1.GetHeadRequest{MinHeight: 3}},
		{"/v1/genesis", "LedgerService/GetGenesis", &apiv1.GetGenesisRequest{}},
		{"/v1/nodes", "LedgerService/ListNodes", &apiv1.ListNodesRequest{}},
		{"/v1/records/" + record, "LedgerService/GetRecord", &apiv1.GetRecordRequest{Record: record}},
		{"/v1/blocks/0", "LedgerService/GetBlock", &apiv1.GetBlockRequest{}},
		{"/v1/blocks/5?with_leaves=true", "LedgerService/GetBlock", &apiv1.GetBlockRequest{Height: 5, WithLeaves: true}},
		{"/v1/leaves?from=7", "LedgerService/StreamLeaves", &apiv1.StreamLeavesRequest{From: 7}},
		{"/v1/subjects/2", "LedgerService/GetSubject", &apiv1.GetSubjectRequest{Kind: 2}},
		{"/v1/subjects/6?id=AAAAAAAehIE=", "LedgerService/GetSubject", &apiv1.GetSubjectRequest{Kind: 6, Id: []byte{0, 0, 0, 0, 0, 0x1e, 0x84, 0x81}}},
		{"/v1/products?page.size=2&filter.star=4", "QueryService/ListProducts", &apiv1.ListProductsRequest{Page: size, Filter: &apiv1.Filter{Star: 4}}},
		{"/v1/products/" + product, "QueryService/TraceProduct", &apiv1.TraceProductRequest{Product: product}},
		{"/v1/products/" + product + "?date=20210101&timeline.part=TIMELINE_PART_TRADE&timeline.newest_first=true&timeline.page.size=1", "QueryService/TraceProduct", &apiv1.TraceProductRequest{
			Product: product, Date: 20210101, Timeline: &apiv1.TimelineOptions{Part: apiv1.TimelinePart_TIMELINE_PART_TRADE, NewestFirst: true, Page: &apiv1.Page{Size: 1}},
		}},
		{"/v1/certificates?filter.status=CERTIFICATE_STATUS_REVOKED", "QueryService/ListCertificates", &apiv1.ListCertificatesRequest{
			Filter: &apiv1.Filter{Status: apiv1.CertificateStatus_CERTIFICATE_STATUS_REVOKED},
		}},
		{"/v1/certificates/" + encoded, "QueryService/TraceCertificate", &apiv1.TraceCertificateRequest{Certificate: id}},
		{"/v1/certificates/" + url.PathEscape(id), "QueryService/TraceCertificate", &apiv1.TraceCertificateRequest{Certificate: id}},
		{"/v1/lots?filter.product=" + product, "QueryService/ListLots", &apiv1.ListLotsRequest{Filter: &apiv1.Filter{Product: product}}},
		{"/v1/lots/" + lot, "QueryService/TraceLot", &apiv1.TraceLotRequest{Lot: lot}},
		{"/v1/lots/" + url.PathEscape(lot), "QueryService/TraceLot", &apiv1.TraceLotRequest{Lot: lot}},
		{"/v1/producers?page.size=2", "QueryService/ListProducers", &apiv1.ListProducersRequest{Page: size}},
		{"/v1/expiring?days=3660&page.size=2", "QueryService/ListExpiring", &apiv1.ListExpiringRequest{Days: 3660, Page: size}},
		{"/v1/facets", "QueryService/ListFacets", &apiv1.ListFacetsRequest{}},
		{"/v1/search?q=ca%20ph%C3%AA+%C4%91%E1%BA%AFk&page.size=2", "QueryService/Search", &apiv1.SearchRequest{Q: "ca phê đắk", Page: size}},
		{"/v1/next-numbers?agency=1&producer=2000003", "QueryService/NextNumbers", &apiv1.NextNumbersRequest{Agency: 1, Producer: 2000003}},
		{"/v1/checkpoint?pinned_epoch=0", "ProofService/GetCheckpoint", &apiv1.GetCheckpointRequest{PinnedEpoch: &zero}},
		{"/v1/consistency?old_size=3&new_size=9", "ProofService/GetConsistency", &apiv1.GetConsistencyRequest{OldSize: 3, NewSize: 9}},
		{"/v1/records/" + record + "/receipt", "ProofService/GetRecordReceipt", &apiv1.GetRecordReceiptRequest{Record: record}},
		{"/v1/records/" + record + "/receipt?action=0&pinned_epoch=0", "ProofService/GetRecordReceipt", &apiv1.GetRecordReceiptRequest{Record: record, Action: &zero, PinnedEpoch: &zero}},
		{"/v1/products/" + product + "/receipt?as_of_height=5", "ProofService/GetSubjectReceipt", &apiv1.GetSubjectReceiptRequest{
			Subject: &apiv1.GetSubjectReceiptRequest_Product{Product: product}, AsOfHeight: &five,
		}},
		{"/v1/certificates/" + encoded + "/receipt", "ProofService/GetSubjectReceipt", &apiv1.GetSubjectReceiptRequest{Subject: &apiv1.GetSubjectReceiptRequest_Certificate{Certificate: id}}},
		{"/v1/certificates/" + url.PathEscape(id) + "/receipt", "ProofService/GetSubjectReceipt", &apiv1.GetSubjectReceiptRequest{Subject: &apiv1.GetSubjectReceiptRequest_Certificate{Certificate: id}}},
		{"/v1/lots/" + lot + "/receipt", "ProofService/GetSubjectReceipt", &apiv1.GetSubjectReceiptRequest{Subject: &apiv1.GetSubjectReceiptRequest_Lot{Lot: lot}}},
		{"/v1/lots/" + url.PathEscape(lot) + "/receipt?pinned_epoch=0", "ProofService/GetSubjectReceipt", &apiv1.GetSubjectReceiptRequest{Subject: &apiv1.GetSubjectReceiptRequest_Lot{Lot: lot}, PinnedEpoch: &zero}},
	} {
		d.same(c.path, c.method, c.request)
	}
	d.promise()
	for _, c := range []struct {
		path, method string
		request      proto.Message
		status       int
	}{
		{"/v1/products/2000003.999", "QueryService/TraceProduct", &apiv1.TraceProductRequest{Product: "2000003.999"}, http.StatusNotFound},
		{"/v1/products/x", "QueryService/TraceProduct", &apiv1.TraceProductRequest{Product: "x"}, http.StatusBadRequest},
		{"/v1/products/x/receipt?format=file", "ProofService/GetSubjectReceipt", &apiv1.GetSubjectReceiptRequest{Subject: &apiv1.GetSubjectReceiptRequest_Product{Product: "x"}}, http.StatusBadRequest},
		{"/v1/products?date=20210231", "QueryService/ListProducts", &apiv1.ListProductsRequest{Date: 20210231}, http.StatusBadRequest},
		{"/v1/products?filter.star=4&page.token=x", "QueryService/ListProducts", &apiv1.ListProductsRequest{Filter: &apiv1.Filter{Star: 4}, Page: &apiv1.Page{Token: "x"}}, http.StatusBadRequest},
		{"/v1/blocks/1000000", "LedgerService/GetBlock", &apiv1.GetBlockRequest{Height: 1_000_000}, http.StatusNotFound},
		{"/v1/leaves?from=1000000", "LedgerService/StreamLeaves", &apiv1.StreamLeavesRequest{From: 1_000_000}, http.StatusBadRequest},
		{"/v1/subjects/0", "LedgerService/GetSubject", &apiv1.GetSubjectRequest{}, http.StatusBadRequest},
	} {
		d.refused(c.path, c.method, c.request, c.status)
	}
	d.complete()
	d.paged()
	d.hostile()
	d.counted()
}

// counted: the operator sees calls over both doors.
func (d *doors) counted() {
	d.t.Helper()
	a, err := http.Get("http://" + d.network.Nodes[0].Operator + "/metrics")
	if err != nil {
		d.t.Fatal(err)
	}
	defer a.Body.Close()
	text, err := io.ReadAll(a.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	for _, door := range []string{"public", "http"} {
		for _, series := range []string{`code="OK",door="` + door + `",method="QueryService/TraceLot"`, `code="NotFound",door="` + door + `",method="QueryService/TraceProduct"`} {
			if !strings.Contains(string(text), "ocop_grpc_requests_total{"+series+"}") {
				d.t.Errorf("no series %s", series)
			}
		}
	}
}

// hostile sends what no client library would.
func (d *doors) hostile() {
	d.t.Helper()
	for target, want := range map[string]int{
		"/v1/search?q=c\xc3\xa0%20ph\xc3\xaa":                        http.StatusOK, // as some phones send it
		"/v1/certificates/1:2020:M\xe1\xba\xaaU-01/Q\xc4\x90-UBND:1": http.StatusOK,
		"/v1/products/\xff\xfe":                                      http.StatusBadRequest,
		"/v1/products/%ff%fe":                                        http.StatusBadRequest,
		"/v1/products/2000001.1%00":                                  http.StatusBadRequest,
		"/v1/search?q=\xff":                                          http.StatusBadRequest,
		"/v1/search?q=%ff":                                           http.StatusBadRequest,
		"/v1/search?q=" + strings.Repeat("x", 201):                   http.StatusBadRequest,
		"/v1/search?q=" + strings.Repeat("x", 2048):                  http.StatusRequestURITooLong,
		"/v1/products?page.size=4294967295":                          http.StatusOK, // cut, not refused
		"/v1/products?page.size=4294967296":                          http.StatusBadRequest,
		"/v1/products?page.token=%2e%2e/%2e%2e/etc/passwd":           http.StatusBadRequest,
		"/v1/../../../etc/passwd":                                    http.StatusNotFound,
		"/v1/%2e%2e/%2e%2e/etc/passwd":                               http.StatusNotFound,
		"/v1/products/..%2f..%2fhead":                                http.StatusBadRequest,
		"/v1/lots/2000003.1/%2e%2e":                                  http.StatusNotFound,
		"/v1/subjects/255?id=" + strings.Repeat("_", 1000):           http.StatusNotFound,
		"/v1/blocks/18446744073709551615?min_height=0":               http.StatusNotFound,
		"/v1/consistency?old_size=18446744073709551615":              http.StatusBadRequest,
		"/v1/products/2000001.1/receipt?as_of_height=9999999":        http.StatusBadRequest,
		"/v1/products/2000001.1/receipt?pinned_epoch=4294967295":     http.StatusBadRequest,
	} {
		c, err := net.Dial("tcp", strings.TrimPrefix(d.base, "http://"))
		if err != nil {
			d.t.Fatal(err)
		}
		io.WriteString(c, "GET "+target+" HTTP/1.1\r\nHost: node\r\nConnection: close\r\n\r\n")
		a, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil {
			d.t.Fatalf("%.80q: %v", target, err)
		}
		body, err := io.ReadAll(a.Body)
		if err != nil || a.StatusCode != want || !strings.Contains(string(body), ceremony.SampleNotice) || strings.HasPrefix(target, "/v1/") && !json.Valid(body) {
			d.t.Errorf("%.80q: %d, %v: %.300s", target, a.StatusCode, err, body)
		}
		c.Close()
	}
}

// promise asks what became of a promise that the node has made.
func (d *doors) promise() {
	d.t.Helper()
	sale := compose.Act(&recordv1.RetailSale{Goods: &recordv1.Goods{
		Lot: compose.LotRef(ledger.LotID{Product: ledger.ProductID{Producer: 2000003, Number: 1}, Lot: "ST24-01"}), Quantity: 1, Unit: recordv1.Unit_UNIT_GRAM, EventTime: uint64(time.Now().UnixMilli()),
	}})
	actions, err := compose.Marshal(compose.Schema, []*recordv1.Action{sale})
	if err != nil {
		d.t.Fatal(err)
	}
	key, err := d.network.People.Private("thuong-nhan-2")
	if err != nil {
		d.t.Fatal(err)
	}
	author := compose.Author{Chain: d.network.Genesis.Chain, Account: sample.TraderAccount(1), Schema: compose.Schema, Key: key}
	signed, err := author.Sign(actions, uint64(time.Now().UnixMilli()), compose.Offline)
	if err != nil {
		d.t.Fatal(err)
	}
	submitted, err := apigrpc.NewSubmitServiceClient(d.conn).Submit(d.t.Context(), &apiv1.SubmitRequest{Envelopes: [][]byte{signed.Envelope}, Wait: apiv1.Wait_WAIT_ADMITTED})
	if err != nil {
		d.t.Fatal(err)
	}
	promise := submitted.GetOutcomes()[0].GetPromise()
	for { // until it is kept: a pending one may be so at one door and not yet at the other
		a, err := d.call("ProofService/CheckPromise", &apiv1.CheckPromiseRequest{Promise: promise})
		if err != nil {
			d.t.Fatal(err)
		}
		if a.(*apiv1.CheckPromiseResponse).GetKept() != nil {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	for _, alphabet := range []*base64.Encoding{base64.URLEncoding, base64.RawURLEncoding, base64.StdEncoding} {
		d.same("/v1/promises?promise="+url.QueryEscape(alphabet.EncodeToString(promise)), "ProofService/CheckPromise", &apiv1.CheckPromiseRequest{Promise: promise})
	}
	d.refused("/v1/promises?promise=AAAA", "ProofService/CheckPromise", &apiv1.CheckPromiseRequest{Promise: []byte{0, 0, 0}}, http.StatusBadRequest)
}

// refused holds a refusal over HTTP against that over gRPC.
func (d *doors) refused(path, method string, q proto.Message, want int) {
	d.t.Helper()
	_, err := d.call(method, q)
	st, ok := status.FromError(err)
	if err == nil || !ok {
		d.t.Errorf("%s: %v", method, err)
		return
	}
	a, body := d.get(path)
	var e apiv1.Error
	if err := protojson.Unmarshal(body, &e); err != nil || a.StatusCode != want {
		d.t.Errorf("%s: %d, %v: %s", path, a.StatusCode, err, body)
		return
	}
	if e.GetSentence().GetEnglish() != st.Message() || e.GetSentence().GetVietnamese() == "" || e.GetNotice() != ceremony.SampleNotice ||
		a.Header.Get("Cache-Control") != "no-store" || a.Header.Get("Content-Type") != "application/json" {
		d.t.Errorf("%s: over HTTP %s %v, over gRPC %v", path, body, a.Header, st)
	}
}

// complete: nothing of the services and of the description was left out above.
func (d *doors) complete() {
	d.t.Helper()
	for _, service := range []protoreflect.Name{"LedgerService", "QueryService", "ProofService"} {
		methods := apigrpc.File_ocop_api_v1_service_proto.Services().ByName(service).Methods()
		for i := range methods.Len() {
			if name := string(service) + "/" + string(methods.Get(i).Name()); !d.asked[name] {
				d.t.Errorf("%s was not asked", name)
			}
		}
	}
	for path := range d.description.Paths.Map() {
		if !d.asked[path] {
			d.t.Errorf("%s was not asked", path)
		}
	}
}

// paged follows the pages of a list by their links to the end.
func (d *doors) paged() {
	d.t.Helper()
	var ids []string
	pages := 0
	for path := "/v1/products?page.size=5"; path != ""; pages++ {
		a, body := d.get(path)
		var list apiv1.ListProductsResponse
		if err := protojson.Unmarshal(body, &list); err != nil {
			d.t.Fatalf("%s: %v: %s", path, err, body)
		}
		for _, p := range list.GetProducts() {
			ids = append(ids, p.GetProduct())
		}
		link := regexp.MustCompile(`^<(/v1/products\?[^>]+)>; rel="next"$`).FindStringSubmatch(a.Header.Get("Link"))
		if (link == nil) != (list.GetNextPage() == "") {
			d.t.Fatalf("next page %q, link %q", list.GetNextPage(), a.Header.Get("Link"))
		}
		if path = ""; link != nil {
			path = link[1]
		}
	}
	slices.Sort(ids)
	if distinct := slices.Compact(ids); len(distinct) != 22 || pages != 5 {
		d.t.Errorf("%d products on %d pages", len(distinct), pages)
	}
}
