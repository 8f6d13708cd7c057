package web

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

// squeezeFrom is how many bytes of an answer are worth compressing: fewer fit in a packet as they are.
const squeezeFrom = 1024

// squeezer compresses pages: a shop has bad reception, and a page shrinks to a third. Nothing secret is in a page, so that its compressed length tells nobody
// anything.
type squeezer struct{ pool *sync.Pool } // writers are kept between answers: each is a megabyte of tables

func newSqueezer() squeezer {
	return squeezer{&sync.Pool{New: func() any { return gzip.NewWriter(nil) }}}
}

func (s squeezer) squeeze(data []byte) []byte {
	z := s.pool.Get().(*gzip.Writer)
	defer s.pool.Put(z)
	var out bytes.Buffer
	z.Reset(&out)
	_, _ = z.Write(data) // a buffer takes everything
	_ = z.Close()
	return out.Bytes()
}

// send writes an answer whose headers are set but for those of its body. squeezed is the body compressed, made when a client takes it.
func send(w http.ResponseWriter, r *http.Request, status int, body []byte, squeezed func() []byte) {
	h := w.Header()
	if len(body) >= squeezeFrom {
		h.Add("Vary", "Accept-Encoding")
		if takesGzip(r.Header.Values("Accept-Encoding")) {
			h.Set("Content-Encoding", "gzip")
			body = squeezed()
		}
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body)
	}
}

// takesGzip tells whether a client wants gzip, by name (RFC 9110, section 12.5.3).
func takesGzip(given []string) bool {
	for _, line := range given {
		for one := range strings.SplitSeq(line, ",") {
			name, parameter, weighed := strings.Cut(strings.ReplaceAll(one, " ", ""), ";")
			if !strings.EqualFold(name, "gzip") {
				continue
			}
			if !weighed {
				return true
			}
			q, err := strconv.ParseFloat(strings.TrimPrefix(strings.ToLower(parameter), "q="), 64)
			return err == nil && q > 0
		}
	}
	return false
}
