package rest

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
	"github.com/ocopledger/ocop/proto/ocop/api/v1/apigrpc"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const sampleNotice = "DỮ LIỆU MẪU – không có giá trị"

// spoken is an API of few words. That the real one answers alike over both doors is tested where a node runs.
type spoken struct {
	apigrpc.UnimplementedLedgerServiceServer
	apigrpc.UnimplementedQueryServiceServer
	apigrpc.UnimplementedProofServiceServer
	mu    sync.Mutex
	asked proto.Message // last
	asOf  *apiv1.AsOf
	err   error
	say   func(context.Context) // before an answer
	list  *apiv1.ListProductsResponse
	file  []byte
	runs  []*apiv1.StreamLeavesResponse
}

func (s *spoken) hear(ctx context.Context, q proto.Message) error {
	s.mu.Lock()
	s.asked = q
	s.mu.Unlock()
	if s.say != nil {
		s.say(ctx)
	}
	return s.err
}

func (s *spoken) GetHead(ctx context.Context, q *apiv1.GetHeadRequest) (*apiv1.GetHeadResponse, error) {
	return &apiv1.GetHeadResponse{AsOf: s.asOf, Head: &apiv1.Head{Size: 9}}, s.hear(ctx, q)
}

func (s *spoken) GetBlock(ctx context.Context, q *apiv1.GetBlockRequest) (*apiv1.GetBlockResponse, error) {
	return &apiv1.GetBlockResponse{AsOf: s.asOf, Height: q.GetHeight()}, s.hear(ctx, q)
}

func (s *spoken) GetGenesis(ctx context.Context, q *apiv1.GetGenesisRequest) (*apiv1.GetGenesisResponse, error) {
	return &apiv1.GetGenesisResponse{AsOf: s.asOf, File: s.file}, s.hear(ctx, q)
}

func (s *spoken) GetRecord(ctx context.Context, q *apiv1.GetRecordRequest) (*apiv1.GetRecordResponse, error) {
	a := &apiv1.GetRecordResponse{AsOf: s.asOf, Outcome: &apiv1.Outcome{Result: &apiv1.Outcome_Accepted{Accepted: &apiv1.Accepted{Height: 3}}}}
	if q.GetRecord() == "refused" {
		a.Outcome.Result = &apiv1.Outcome_Refused{Refused: &apiv1.Refused{Refusal: &apiv1.Refusal{Final: true}}}
	} else if q.GetRecord() == "rejected" {
		a.Outcome.Result = &apiv1.Outcome_Refused{Refused: &apiv1.Refused{Refusal: &apiv1.Refusal{}}}
	}
	return a, s.hear(ctx, q)
}

func (s *spoken) StreamLeaves(q *apiv1.StreamLeavesRequest, stream grpc.ServerStreamingServer[apiv1.StreamLeavesResponse]) error {
	if err := s.hear(stream.Context(), q); err != nil {
		return err
	}
	for _, run := range s.runs {
		if err := stream.Send(run); err != nil {
			return err
		}
	}
	return nil
}

func (s *spoken) GetSubject(ctx context.Context, q *apiv1.GetSubjectRequest) (*apiv1.GetSubjectResponse, error) {
	return &apiv1.GetSubjectResponse{AsOf: s.asOf}, s.hear(ctx, q)
}

func (s *spoken) ListProducts(ctx context.Context, q *apiv1.ListProductsRequest) (*apiv1.ListProductsResponse, error) {
	return s.list, s.hear(ctx, q)
}

func (s *spoken) TraceProduct(ctx context.Context, q *apiv1.TraceProductRequest) (*apiv1.TraceProductResponse, error) {
	return &apiv1.TraceProductResponse{AsOf: s.asOf, Timeline: &apiv1.Timeline{NextPage: "7/2"}}, s.hear(ctx, q)
}

func (s *spoken) TraceLot(ctx context.Context, q *apiv1.TraceLotRequest) (*apiv1.TraceLotResponse, error) {
	return &apiv1.TraceLotResponse{AsOf: s.asOf}, s.hear(ctx, q)
}

func (s *spoken) TraceCertificate(ctx context.Context, q *apiv1.TraceCertificateRequest) (*apiv1.TraceCertificateResponse, error) {
	return &apiv1.TraceCertificateResponse{AsOf: s.asOf}, s.hear(ctx, q)
}

func (s *spoken) Search(ctx context.Context, q *apiv1.SearchRequest) (*apiv1.SearchResponse, error) {
	return &apiv1.SearchResponse{AsOf: s.asOf}, s.hear(ctx, q)
}

func (s *spoken) GetRecordReceipt(ctx context.Context, q *apiv1.GetRecordReceiptRequest) (*apiv1.GetRecordReceiptResponse, error) {
	return &apiv1.GetRecordReceiptResponse{AsOf: s.asOf, File: s.file}, s.hear(ctx, q)
}

func (s *spoken) GetSubjectReceipt(ctx context.Context, q *apiv1.GetSubjectReceiptRequest) (*apiv1.GetSubjectReceiptResponse, error) {
	return &apiv1.GetSubjectReceiptResponse{AsOf: s.asOf, File: s.file}, s.hear(ctx, q)
}

func newSpoken() *spoken {
	return &spoken{
		asOf: &apiv1.AsOf{Height: 9, Certified: true, Sample: true, Notice: sampleNotice},
		list: &apiv1.ListProductsResponse{Products: []*apiv1.Product{{Product: "1000012.3", Name: "Cà phê"}}},
		file: []byte("OCOPRCPT and more"),
	}
}

func newHandler(t testing.TB, s Services) http.Handler {
	t.Helper()
	h, err := Handler(Options{Services: s, Notice: sampleNotice, Now: time.Now, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// ask sends a request whose target is taken as it stands, with pairs of headers.
func ask(h http.Handler, method, target string, headers ...string) *httptest.ResponseRecorder {
	q := httptest.NewRequest(http.MethodGet, "/", nil)
	path, query, _ := strings.Cut(target, "?")
	q.Method, q.RequestURI, q.URL.RawQuery = method, target, query
	q.URL.Path, q.URL.RawPath = unescaped(path), path
	for i := 0; i < len(headers); i += 2 {
		q.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, q)
	return w
}

// failure reads an error, which must say everything that every error says.
func failure(t testing.TB, w *httptest.ResponseRecorder) *apiv1.Error {
	t.Helper()
	e := new(apiv1.Error)
	if err := protojson.Unmarshal(w.Body.Bytes(), e); err != nil {
		t.Fatalf("%d: %v: %q", w.Code, err, w.Body)
	}
	h := w.Header()
	if e.Code == "" || e.Reason == "" || e.GetSentence().GetVietnamese() == "" || e.GetSentence().GetEnglish() == "" || e.Rule == "" || e.RuleVietnamese == "" ||
		e.Notice != sampleNotice || h.Get("Cache-Control") != never || h.Get("Content-Language") != "vi, en" || h.Get("Content-Type") != jsonType || h.Get("ETag") != "" {
		t.Errorf("%d is not told as errors are: %v, %s", w.Code, h, w.Body)
	}
	return e
}

var errPlain = status.Error(codes.Unknown, "an error without reason: SECRET")
