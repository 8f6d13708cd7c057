package receive

import (
	"io"
	"net/http"
	"sync"
)

// ServeHTTP implements http.Handler.
func (r *Server) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	b := &body{from: q.Body}
	b.news.L = &b.mu
	q = q.WithContext(&call{Context: q.Context(), end: b.stop, body: b})
	q.Body = b
	r.Server.ServeHTTP(w, q)
}

// body gives what was asked for and no more: gRPC reads a body to its end into memory, whether or not anybody reads the call. What was not asked for stays with the HTTP
// server, whose windows bound it.
type body struct {
	from io.ReadCloser

	mu     sync.Mutex
	news   sync.Cond
	wanted int
	err    error // it is over
}

// want lets so many bytes more be read.
func (b *body) want(n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.wanted += n
	b.news.Signal()
}

// Read implements io.Reader. It returns when all that is wanted has come, or fills the buffer: gRPC keeps a whole buffer for whatever is read at once.
func (b *body) Read(data []byte) (int, error) {
	b.mu.Lock()
	for b.wanted == 0 && b.err == nil {
		b.news.Wait()
	}
	n, err := min(b.wanted, len(data)), b.err
	b.mu.Unlock()
	if err != nil {
		return 0, err
	}
	n, err = io.ReadFull(b.from, data[:n])
	if err == io.ErrUnexpectedEOF {
		err = io.EOF
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.wanted -= n
	return n, err
}

// Close implements io.Closer.
func (b *body) Close() error {
	b.stop(http.ErrBodyReadAfterClose)
	return nil
}

// stop ends reading.
func (b *body) stop(err error) {
	b.mu.Lock()
	if b.err == nil {
		b.err = err
	}
	b.news.Broadcast()
	b.mu.Unlock()
	b.from.Close() // who is reading is woken up
}
