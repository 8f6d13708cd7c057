package rest

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/ocopledger/ocop/ledger/reason"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

const (
	// A reader has slowest, and a second more for each slowRate bytes, until the connection is cut.
	slowest  = 30 * time.Second
	slowRate = 16 << 10
	// squeezeFrom is the size from which compression is worth its time: less fits a packet or two in any case.
	squeezeFrom = 2 << 10
)

// Caches.
const (
	forever = "public, max-age=31536000, immutable"
	fresh   = "no-cache"
	never   = "no-store"
)

// made is an answer as it was made, before anything of it is sent: only a whole one has an ETag and a length.
type made struct {
	status int
	header http.Header
	body   []byte
}

func newMade() *made { return &made{status: http.StatusOK, header: make(http.Header)} }

func (m *made) reset() { *m = *newMade() }

// Header implements http.ResponseWriter.
func (m *made) Header() http.Header { return m.header }

// WriteHeader implements http.ResponseWriter.
func (m *made) WriteHeader(status int) { m.status = status }

// Write implements http.ResponseWriter.
func (m *made) Write(data []byte) (int, error) {
	m.body = append(m.body, data...)
	return len(data), nil
}

// answered is asked by the gateway for the headers of an answer, which it is about to write.
func (s *server) answered(ctx context.Context, w http.ResponseWriter, answer proto.Message) error {
	if proto.Size(answer) > maxAnswer {
		return &refusedError{http.StatusBadRequest, invalid("timeline.page.size", tooLarge)}
	}
	c, h := callOf(ctx), w.Header()
	c.err = nil
	h.Set("Cache-Control", fresh)
	if asOf, ok := answer.(interface{ GetAsOf() *apiv1.AsOf }); ok && asOf.GetAsOf().GetCertified() && c.route.lasting != nil && c.route.lasting(answer) {
		h.Set("Cache-Control", forever)
	}
	if f, ok := answer.(file); ok && c.file {
		h.Set("Content-Disposition", attachment(c, f.GetFile()))
	}
	if next := nextPage(c, answer); next != "" {
		h.Set("Link", "<"+next+`>; rel="next"`)
	}
	return nil
}

// give sends an answer, or that the client has it already.
func (s *server) give(w http.ResponseWriter, r *http.Request, a *made) {
	if len(a.body) > largeFrom && r.Method != http.MethodHead {
		if s.large.take() {
			defer s.large.leave()
		} else {
			a = newMade()
			s.write(a, http.StatusTooManyRequests, busy())
		}
	}
	h := w.Header()
	for name, values := range a.header {
		h[name] = values
	}
	if a.status == http.StatusOK {
		sum := sha256.Sum256(a.body)
		tag := `W/"` + hex.EncodeToString(sum[:16]) + `"` // weak: the same whether compressed or not
		h.Set("ETag", tag)
		if h.Get("Cache-Control") == "" {
			h.Set("Cache-Control", fresh)
		}
		if has(r.Header.Values("If-None-Match"), tag) {
			h.Del("Content-Type")
			h.Del("Content-Disposition")
			w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	body := a.body
	if len(body) >= squeezeFrom && h.Get("Content-Type") == jsonType && takesGzip(r.Header.Values("Accept-Encoding")) {
		h.Set("Content-Encoding", "gzip")
		body = s.squeeze(body)
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(a.status)
	if r.Method == http.MethodHead {
		return
	}
	// net/http lifts it when the answer is sent, so that the connection may carry more.
	deadline := s.o.Now().Add(slowest + time.Duration(len(body)/slowRate)*time.Second)
	_ = http.NewResponseController(w).SetWriteDeadline(deadline) // a recorder of tests has none
	_, _ = w.Write(body)
}

// has tells whether a client has what a tag is of.
func has(given []string, tag string) bool {
	for _, line := range given {
		for one := range strings.SplitSeq(line, ",") {
			if one = strings.TrimSpace(one); one == "*" || strings.TrimPrefix(one, "W/") == strings.TrimPrefix(tag, "W/") {
				return true
			}
		}
	}
	return false
}

func takesGzip(given []string) bool {
	for _, line := range given {
		for one := range strings.SplitSeq(line, ",") {
			if name, q := weighed(one); name == "gzip" && q > 0 {
				return true
			}
		}
	}
	return false
}

// squeezers are kept between answers: each is a megabyte of tables.
type squeezers struct{ pool *sync.Pool }

func newSqueezers() squeezers {
	return squeezers{&sync.Pool{New: func() any {
		z, err := gzip.NewWriterLevel(nil, gzip.BestSpeed)
		if err != nil {
			panic(err) // the level is a constant
		}
		return z
	}}}
}

func (s squeezers) squeeze(data []byte) []byte {
	z := s.pool.Get().(*gzip.Writer)
	defer s.pool.Put(z)
	var out bytes.Buffer
	z.Reset(&out)
	_, _ = z.Write(data) // a buffer takes everything
	_ = z.Close()
	return out.Bytes()
}

// tooLarge: only a timeline can be, of a thousand events with an action of 64 KB each.
var tooLarge = reason.Fault{
	Kind: "too_large", Vietnamese: "câu trả lời quá lớn, hãy xin ít mục hơn mỗi trang", English: "the answer is too large, ask for fewer items a page",
}
