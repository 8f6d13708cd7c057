package rest

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"mime"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/stats"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

// TestEveryPageMayRead: no browser is kept from reading, and none is asked for cookies.
func TestEveryPageMayRead(t *testing.T) {
	h := newHandler(t, newSpoken())
	for _, target := range []string{"/v1/head", "/v1/nothing", "/openapi.json", "/v1/products?x=1"} {
		for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodPost} {
			w := ask(h, method, target, "Origin", "https://other.example.vn", "Access-Control-Request-Method", "GET")
			got := w.Header()
			if got.Get("Access-Control-Allow-Origin") != "*" || got.Get("Access-Control-Allow-Credentials") != "" || got.Get("Set-Cookie") != "" ||
				got.Get("X-Content-Type-Options") != "nosniff" || got.Get("Vary") != "Accept, Accept-Encoding" {
				t.Errorf("%s %s: %v", method, target, got)
			}
			if method == http.MethodOptions && (w.Code != http.StatusNoContent || w.Body.Len() > 0 || got.Get("Access-Control-Allow-Methods") != "GET, HEAD") {
				t.Errorf("%s: preflight %d %v", target, w.Code, got)
			}
		}
	}
}

// TestNothingIsWritten: whoever tries is told where records go.
func TestNothingIsWritten(t *testing.T) {
	s := newSpoken()
	h := newHandler(t, s)
	for _, c := range []struct {
		method, target string
		want           int
	}{
		{"POST", "/v1/records", 405}, {"PUT", "/v1/head", 405}, {"DELETE", "/v1/products/1.2", 405}, {"PATCH", "/v1/x", 405}, {"TRACE", "/openapi.json", 405}, {"BREW", "/v1/head", 405},
		{"GET", "/v1/submit", 404}, {"GET", "/v1/simulate", 404}, {"GET", "/v1/", 404}, {"GET", "/v1", 404}, {"GET", "/v1/head/", 404}, {"GET", "/v1//head", 404},
		{"GET", "/v1/../v1/head", 404}, {"GET", "/v1/lots/1.2", 404}, {"GET", "/v1/lots/1.2/a/b", 404}, {"GET", "/v1/records/a/b", 404}, {"GET", "/v1/records%2Fa", 404},
	} {
		w := ask(h, c.method, c.target, "X-HTTP-Method-Override", "GET", "Content-Type", "application/x-www-form-urlencoded")
		e := failure(t, w)
		if w.Code != c.want || e.Reason != "not_served" || e.Code != "UNIMPLEMENTED" || !strings.Contains(e.GetSentence().GetEnglish(), "gRPC") || s.asked != nil {
			t.Errorf("%s %s: %d %s", c.method, c.target, w.Code, w.Body)
		}
		if allow := w.Header().Get("Allow"); (allow == allowed) != (c.want == 405) {
			t.Errorf("%s %s: Allow %q", c.method, c.target, allow)
		}
	}
}

// TestErrorsAreThoseOfTheServices, with the status of HTTP and the hint when to come back.
func TestErrorsAreThoseOfTheServices(t *testing.T) {
	s := newSpoken()
	h := newHandler(t, s)
	for code, want := range map[codes.Code]int{
		codes.InvalidArgument: 400, codes.NotFound: 404, codes.Unavailable: 503, codes.ResourceExhausted: 429, codes.DeadlineExceeded: 504, codes.Unimplemented: 501, codes.Internal: 500, codes.FailedPrecondition: 400,
	} {
		st, err := status.New(code, "in English").WithDetails(
			&errdetails.ErrorInfo{Reason: "some_reason", Domain: "ocop", Metadata: map[string]string{"field": "f", "kind": "k", "rule": "r", "rule_vi": "q"}},
			&errdetails.LocalizedMessage{Locale: "vi", Message: "bằng tiếng Việt"}, &errdetails.LocalizedMessage{Locale: "en", Message: "in English"},
			&errdetails.RetryInfo{RetryDelay: durationpb.New(1200 * time.Millisecond)})
		if err != nil {
			t.Fatal(err)
		}
		s.err = st.Err()
		w := ask(h, http.MethodGet, "/v1/head")
		e := failure(t, w)
		if w.Code != want || e.Reason != "some_reason" || e.Field != "f" || e.Kind != "k" || e.Rule != "r" || e.RuleVietnamese != "q" || e.GetSentence().GetVietnamese() != "bằng tiếng Việt" ||
			e.GetSentence().GetEnglish() != "in English" || e.RetryAfterSeconds != 2 || w.Header().Get("Retry-After") != "2" {
			t.Errorf("%v: %d %v %s", code, w.Code, w.Header(), w.Body)
		}
	}
	s.err = errPlain // never shown
	if w := ask(h, http.MethodGet, "/v1/head"); w.Code != 500 || failure(t, w).Reason != "internal" || strings.Contains(w.Body.String(), "SECRET") {
		t.Errorf("an error without reason: %d %s", w.Code, w.Body)
	}
	s.err, s.say = nil, func(context.Context) { panic("SECRET") }
	if w := ask(h, http.MethodGet, "/v1/head"); w.Code != 500 || failure(t, w).Reason != "internal" || strings.Contains(w.Body.String(), "SECRET") {
		t.Errorf("a panic: %d %s", w.Code, w.Body)
	}
}

// TestCachesKeepWhatIsTrueForEver, and nothing else.
func TestCachesKeepWhatIsTrueForEver(t *testing.T) {
	s := newSpoken()
	h := newHandler(t, s)
	lasting := map[string]bool{
		"/v1/blocks/3": true, "/v1/genesis": true, "/v1/records/accepted": true, "/v1/records/refused": true, "/v1/records/rejected": false, "/v1/head": false,
		"/v1/products/1.2": false, "/v1/products/1.2/receipt?as_of_height=3": false, "/openapi.json": false,
	}
	for _, certified := range []bool{true, false} {
		s.asOf.Certified = certified
		for target, last := range lasting {
			want := fresh
			if last && certified {
				want = forever
			}
			if w := ask(h, http.MethodGet, target); w.Code != http.StatusOK || w.Header().Get("Cache-Control") != want {
				t.Errorf("%s, certified %v: %d, %q", target, certified, w.Code, w.Header().Get("Cache-Control"))
			}
		}
	}
	s.asOf.Certified = true
	first := ask(h, http.MethodGet, "/v1/head").Header().Get("ETag")
	for given, want := range map[string]int{
		first: 304, strings.TrimPrefix(first, "W/"): 304, `"x", ` + first: 304, "*": 304, `"x"`: 200, "": 200,
	} {
		w := ask(h, http.MethodGet, "/v1/head", "If-None-Match", given)
		if w.Code != want || w.Code == 304 && (w.Body.Len() > 0 || w.Header().Get("ETag") != first || w.Header().Get("Cache-Control") != fresh) {
			t.Errorf("If-None-Match %s: %d %v", given, w.Code, w.Header())
		}
	}
	s.asOf.Certified = false // the same height says something else
	if w := ask(h, http.MethodGet, "/v1/head", "If-None-Match", first); w.Code != http.StatusOK {
		t.Errorf("another answer at the same height: %d", w.Code)
	}
}

// TestHeadAndCompression: HEAD is GET without its body, and what is compressed is the same.
func TestHeadAndCompression(t *testing.T) {
	s := newSpoken()
	s.list.Products[0].Name = strings.Repeat("Cà phê ", 1000)
	s.file = bytes.Repeat([]byte("OCOPRCPT"), 1000)
	h := newHandler(t, s)
	for _, target := range []string{"/v1/products", "/v1/head", "/v1/nothing", "/openapi.json", "/v1/products/1.2/receipt?format=file"} {
		plain := ask(h, http.MethodGet, target)
		for encoding, squeezed := range map[string]bool{"gzip": true, "br, gzip;q=0.5": true, "gzip;q=0": false, "br": false} {
			w, head := ask(h, http.MethodGet, target, "Accept-Encoding", encoding), ask(h, http.MethodHead, target, "Accept-Encoding", encoding)
			if head.Body.Len() > 0 || head.Code != w.Code || head.Header().Get("Content-Length") != w.Header().Get("Content-Length") || head.Header().Get("ETag") != plain.Header().Get("ETag") {
				t.Errorf("HEAD %s: %d %v, GET %d %v", target, head.Code, head.Header(), w.Code, w.Header())
			}
			if w.Header().Get("Content-Length") != strconv.Itoa(w.Body.Len()) {
				t.Errorf("%s: %d bytes of %s", target, w.Body.Len(), w.Header().Get("Content-Length"))
			}
			body := w.Body.Bytes()
			large := len(plain.Body.Bytes()) >= squeezeFrom && plain.Header().Get("Content-Type") == jsonType
			if got := w.Header().Get("Content-Encoding") == "gzip"; got != (squeezed && large) {
				t.Errorf("%s, Accept-Encoding %s: compressed %v", target, encoding, got)
			} else if got {
				z, err := gzip.NewReader(w.Body)
				if err != nil {
					t.Fatal(err)
				}
				if body, err = io.ReadAll(z); err != nil {
					t.Fatal(err)
				}
			}
			if !bytes.Equal(body, plain.Body.Bytes()) {
				t.Errorf("%s: %.100q, without compression %.100q", target, body, plain.Body)
			}
		}
	}
}

// TestFiles: by the header for programs, by the parameter for links, and by no accident.
func TestFiles(t *testing.T) {
	s := newSpoken()
	h := newHandler(t, s)
	for _, c := range []struct {
		target, accept, name string // of the file; empty: JSON
	}{
		{"/v1/products/1.2/receipt", "", ""},
		{"/v1/products/1.2/receipt", "text/html,application/xhtml+xml,*/*;q=0.8", ""},
		{"/v1/products/1.2/receipt", "application/octet-stream", "1.2.ocop"},
		{"/v1/products/1.2/receipt", "application/json;q=0.5, Application/Octet-Stream; q=0.9", "1.2.ocop"},
		{"/v1/products/1.2/receipt", "application/octet-stream;q=0.1, */*", ""},
		{"/v1/products/1.2/receipt", "application/octet-stream;q=x", ""},
		{"/v1/products/1.2/receipt?format=json", "application/octet-stream", ""},
		{"/v1/products/1.2/receipt?format=file", "application/json", "1.2.ocop"},
		{"/v1/lots/1.2/L-1%22%5C/receipt?format=file", "", `1.2_L-1"_.ocop`},
		{"/v1/certificates/1:2020:M%E1%BA%AAU/Q%C4%90:5/receipt?format=file", "", "1_2020_MẪU_QĐ_5.ocop"},
		{"/v1/genesis?format=file", "", "genesis"},
		{"/v1/head", "application/octet-stream", ""},
	} {
		w := ask(h, http.MethodGet, c.target, "Accept", c.accept)
		if w.Code != http.StatusOK {
			t.Fatalf("%s: %d %s", c.target, w.Code, w.Body)
		}
		disposition, parameters, _ := mime.ParseMediaType(w.Header().Get("Content-Disposition"))
		if c.name == "" && (w.Header().Get("Content-Type") != jsonType || disposition != "" || !json.Valid(w.Body.Bytes())) ||
			c.name != "" && (w.Header().Get("Content-Type") != octets || disposition != "attachment" || parameters["filename"] != c.name || !bytes.Equal(w.Body.Bytes(), s.file)) {
			t.Errorf("%s, Accept %q: %v", c.target, c.accept, w.Header())
		}
	}
	s.file = []byte("c2sp.org/tlog-proof@v1\n")
	if w := ask(h, http.MethodGet, "/v1/records/ab/receipt?format=file"); !strings.Contains(w.Header().Get("Content-Disposition"), "ab.tlog-proof") {
		t.Errorf("of a record: %v", w.Header())
	}
}

// TestPages: an answer that is not all has the address of what follows.
func TestPages(t *testing.T) {
	s := newSpoken()
	h := newHandler(t, s)
	link := func(target string) string { return ask(h, http.MethodGet, target).Header().Get("Link") }
	if got := link("/v1/products"); got != "" {
		t.Errorf("the last page links to %s", got)
	}
	s.list.NextPage = "1/2 & 3>"
	for target, want := range map[string]string{
		"/v1/products": `</v1/products?page.token=1%2F2+%26+3%3E>; rel="next"`,
		"/v1/products?page.token=0&filter.group=%3E": `</v1/products?filter.group=%3E&page.token=1%2F2+%26+3%3E>; rel="next"`,
		"/v1/products/M%E1%BA%AAU":                   `</v1/products/M%E1%BA%AAU?timeline.page.token=7%2F2>; rel="next"`,
	} {
		if got := link(target); got != want {
			t.Errorf("%s links to %s, want %s", target, got, want)
		}
	}
}

// TestLeavesArePaged: the first run is the page, and the service is not asked for the next.
func TestLeavesArePaged(t *testing.T) {
	s := newSpoken()
	s.runs = []*apiv1.StreamLeavesResponse{{First: 2, Leaves: [][]byte{{1}, {2}, {3}}, Size: 9, AsOf: s.asOf}, {First: 5}}
	h := newHandler(t, s)
	w := ask(h, http.MethodGet, "/v1/leaves?from=2&follow=false")
	if want := `</v1/leaves?follow=false&from=5>; rel="next"`; w.Code != http.StatusOK || w.Header().Get("Link") != want || !strings.Contains(w.Body.String(), `"leaves":["AQ==","Ag==","Aw=="]`) {
		t.Errorf("%d %v %s", w.Code, w.Header(), w.Body)
	}
	s.runs[0].Size = 5
	if w := ask(h, http.MethodGet, "/v1/leaves?from=2"); w.Header().Get("Link") != "" {
		t.Errorf("behind the end: %v", w.Header())
	}
	s.runs = nil
	if w := ask(h, http.MethodGet, "/v1/leaves?from=9"); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `"first":"9","leaves":[],`) || !strings.Contains(w.Body.String(), sampleNotice) {
		t.Errorf("at the end: %d %s", w.Code, w.Body)
	}
}

// TestAnswersThatCannotBeGiven: what nobody could hold is not made, and what is not text is not sent as such. Nothing of the answer is left in the error.
func TestAnswersThatCannotBeGiven(t *testing.T) {
	s := newSpoken()
	h := newHandler(t, s)
	s.list.NextPage = "2"
	for name, want := range map[string]struct {
		status int
		reason string
		kind   string
	}{strings.Repeat("x", maxAnswer): {http.StatusBadRequest, "invalid_request", "too_large"}, "\xff": {http.StatusInternalServerError, "internal", ""}} {
		s.list.Products[0].Name = name
		w := ask(h, http.MethodGet, "/v1/products")
		if e := failure(t, w); w.Code != want.status || e.Reason != want.reason || e.Kind != want.kind || w.Header().Get("Link") != "" {
			t.Errorf("%.10q: %d %v %s", name, w.Code, w.Header(), w.Body)
		}
	}
}

// counter remembers what it is told.
type counter struct {
	stats.Handler
	ended []string
}

func (c *counter) TagRPC(ctx context.Context, i *stats.RPCTagInfo) context.Context {
	return context.WithValue(ctx, c, i.FullMethodName)
}

func (c *counter) HandleRPC(ctx context.Context, s stats.RPCStats) {
	if end, ok := s.(*stats.End); ok {
		c.ended = append(c.ended, ctx.Value(c).(string)+" "+status.Code(end.Error).String())
	}
}

// TestCallsAreCounted, as those over gRPC are, under the method and with the code.
func TestCallsAreCounted(t *testing.T) {
	s, count := newSpoken(), new(counter)
	h, err := Handler(Options{Services: s, Count: count, Now: time.Now, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	ask(h, http.MethodGet, "/v1/head")
	ask(h, http.MethodGet, "/v1/leaves?from=3")
	ask(h, http.MethodGet, "/v1/head?x=1") // no service is asked
	ask(h, http.MethodGet, "/v1/nothing")
	s.err = status.Error(codes.NotFound, "")
	ask(h, http.MethodGet, "/v1/lots/1.2/a/receipt")
	s.say = func(context.Context) { panic("x") }
	ask(h, http.MethodGet, "/v1/blocks/1")
	want := []string{
		"/ocop.api.v1.LedgerService/GetHead OK", "/ocop.api.v1.LedgerService/StreamLeaves OK", "/ocop.api.v1.ProofService/GetSubjectReceipt NotFound", "/ocop.api.v1.LedgerService/GetBlock Internal",
	}
	if !slices.Equal(count.ended, want) {
		t.Errorf("%q", count.ended)
	}
}

// TestBounds: a call ends after its time, its caller is known, and no more than so many are answered at once.
func TestBounds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSpoken()
		h := newHandler(t, s)
		var from string
		s.say = func(ctx context.Context) {
			p, _ := peer.FromContext(ctx)
			from = p.Addr.String()
			<-ctx.Done()
		}
		begun := time.Now()
		ask(h, http.MethodGet, "/v1/head")
		if took := time.Since(begun); took != longestCall || from != "192.0.2.1:1234" { // as httptest has it
			t.Errorf("a call of %s took %s", from, took)
		}
		s.say = func(ctx context.Context) { <-ctx.Done() }
		tooMany := func(target string) {
			t.Helper()
			w := ask(h, http.MethodGet, target)
			if e := failure(t, w); w.Code != http.StatusTooManyRequests || e.Reason != "overloaded" || w.Header().Get("Retry-After") != "1" {
				t.Errorf("%s, one too many: %d %s", target, w.Code, w.Body)
			}
		}
		for range maxWaiting {
			go ask(h, http.MethodGet, "/v1/head?min_height=10")
		}
		synctest.Wait()
		tooMany("/v1/head?min_height=10")
		for range maxCalls - maxWaiting {
			go ask(h, http.MethodGet, "/v1/head?min_height=0")
		}
		synctest.Wait()
		tooMany("/v1/head")
		time.Sleep(longestCall)
		synctest.Wait()
		s.say = nil
		if w := ask(h, http.MethodGet, "/v1/head?min_height=10"); w.Code != http.StatusOK {
			t.Errorf("afterwards: %d %s", w.Code, w.Body)
		}
	})
}

// stuck is somebody who does not read.
type stuck struct {
	*httptest.ResponseRecorder
	until chan struct{}
}

func (s *stuck) Write(data []byte) (int, error) {
	<-s.until
	return len(data), nil
}

// TestSlowReadersOfMuch hold up each other, and nobody who asks for little.
func TestSlowReadersOfMuch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSpoken()
		s.file = make([]byte, largeFrom+1)
		h := newHandler(t, s)
		const much, little = "/v1/products/1.2/receipt?format=file", "/v1/head"
		until := make(chan struct{})
		for range maxLarge {
			go h.ServeHTTP(&stuck{httptest.NewRecorder(), until}, httptest.NewRequest(http.MethodGet, much, nil))
		}
		synctest.Wait()
		w := ask(h, http.MethodGet, much)
		if e := failure(t, w); w.Code != http.StatusTooManyRequests || e.Reason != "overloaded" || w.Header().Get("Content-Disposition") != "" {
			t.Errorf("much: %d %v", w.Code, w.Header())
		}
		if w := ask(h, http.MethodGet, little); w.Code != http.StatusOK {
			t.Errorf("little: %d", w.Code)
		}
		if w := ask(h, http.MethodHead, much); w.Code != http.StatusOK {
			t.Errorf("HEAD: %d", w.Code)
		}
		close(until)
		synctest.Wait()
		if w := ask(h, http.MethodGet, much); w.Code != http.StatusOK || w.Body.Len() != len(s.file) {
			t.Errorf("afterwards: %d, %d bytes", w.Code, w.Body.Len())
		}
	})
}

// one is a listener for a connection that is there already.
type one struct {
	conn chan net.Conn
	done chan struct{}
}

func (l *one) Accept() (net.Conn, error) {
	select {
	case c := <-l.conn:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}
func (l *one) Close() error   { close(l.done); return nil }
func (l *one) Addr() net.Addr { return &net.TCPAddr{} }

// TestSlowReaders are cut off when their time is over; a reader that keeps up may ask again over the same connection, however late.
func TestSlowReaders(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSpoken()
		s.list.Products[0].Name = strings.Repeat("x", 1<<20)
		l := &one{make(chan net.Conn, 1), make(chan struct{})}
		mux := http.NewServeMux()
		mux.Handle(prefix, newHandler(t, s))
		mux.HandleFunc("/", func(http.ResponseWriter, *http.Request) {}) // somebody else's answer over the same connection
		server := &http.Server{Handler: mux}
		go server.Serve(l)
		defer server.Close()
		ours, theirs := net.Pipe()
		defer ours.Close()
		l.conn <- theirs
		const request = "GET /v1/products HTTP/1.1\r\nHost: node\r\n\r\n"
		replies := bufio.NewReader(ours)
		for range 2 {
			io.WriteString(ours, request)
			a, err := http.ReadResponse(replies, httptest.NewRequest(http.MethodGet, "/", nil))
			if err != nil {
				t.Fatal(err)
			}
			if n, err := io.Copy(io.Discard, a.Body); err != nil || n < 1<<20 {
				t.Fatalf("%d bytes, %v", n, err)
			}
			for _, method := range []string{http.MethodGet, http.MethodHead} {
				time.Sleep(time.Hour) // idle, which is no fault
				io.WriteString(ours, "GET /p HTTP/1.1\r\nHost: node\r\n\r\n")
				if a, err := http.ReadResponse(replies, httptest.NewRequest(http.MethodGet, "/", nil)); err != nil || a.StatusCode != http.StatusOK {
					t.Fatalf("a page an hour after %s: %v", method, err)
				}
				io.WriteString(ours, "HEAD /v1/products HTTP/1.1\r\nHost: node\r\n\r\n")
				if a, err := http.ReadResponse(replies, httptest.NewRequest(http.MethodHead, "/", nil)); err != nil || a.ContentLength < 1<<20 {
					t.Fatalf("HEAD: %v", err)
				}
			}
		}
		io.WriteString(ours, request)
		begun := time.Now()
		if _, err := io.ReadFull(ours, make([]byte, 100)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(slowest + 2*(1<<20/slowRate)*time.Second)
		if n, err := io.Copy(io.Discard, ours); err != nil || n > 64<<10 {
			t.Errorf("%d more bytes after %s, %v", n, time.Since(begun), err)
		}
	})
}
