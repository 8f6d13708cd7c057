package metrics

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
)

// files is the instruments of the published log.
type files struct {
	requests *prometheus.CounterVec
	bytes    *prometheus.CounterVec
}

func newFiles(to prometheus.Registerer) files {
	f := files{
		requests: prometheus.NewCounterVec(counter("log_requests_total",
			"Requests for files of the published log, by file (checkpoint, tile, entries, policy, genesis, other) and code; other codes are told as other."), []string{"file", "code"}),
		bytes: prometheus.NewCounterVec(counter("log_sent_bytes_total", "Bytes of the published log sent, as they went out, compressed or not; by file."), []string{"file"}),
	}
	to.MustRegister(f.requests, f.bytes)
	for _, kind := range []string{"checkpoint", "tile", "entries"} {
		f.requests.WithLabelValues(kind, "200")
		f.bytes.WithLabelValues(kind)
	}
	return f
}

// Files counts what a handler of the published log below a prefix of paths answers.
func (m *Metrics) Files(prefix string, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := &sent{ResponseWriter: w, code: http.StatusOK}
		h.ServeHTTP(c, r)
		kind := fileKind(strings.TrimPrefix(r.URL.Path, prefix))
		m.files.requests.WithLabelValues(kind, codeLabel(c.code)).Inc()
		m.files.bytes.WithLabelValues(kind).Add(float64(c.bytes))
	})
}

// fileKind has few values, whatever a caller asks for.
func fileKind(name string) string {
	switch {
	case name == "checkpoint", name == "policy", name == "genesis":
		return name
	case strings.HasPrefix(name, "policy/"):
		return "policy"
	case strings.HasPrefix(name, "tile/entries/"):
		return "entries"
	case strings.HasPrefix(name, "tile/"):
		return "tile"
	}
	return "other"
}

func codeLabel(code int) string {
	switch code {
	case http.StatusOK, http.StatusNotModified, http.StatusNotFound, http.StatusInternalServerError:
		return strconv.Itoa(code)
	}
	return "other"
}

// sent counts an answer.
type sent struct {
	http.ResponseWriter
	code  int
	bytes int64
}

func (s *sent) WriteHeader(code int) {
	s.code = code
	s.ResponseWriter.WriteHeader(code)
}

func (s *sent) Write(b []byte) (int, error) {
	n, err := s.ResponseWriter.Write(b)
	s.bytes += int64(n)
	return n, err
}

// Unwrap lets an http.ResponseController reach what is below.
func (s *sent) Unwrap() http.ResponseWriter { return s.ResponseWriter }
