//go:build unix

package publish

import (
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"syscall"
	"testing"
	"time"
)

// spent is the processor time of the process, the collection of its garbage included.
func spent(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkFiles serves files of a log whose leaves are like sales: 281 bytes, of which half do not get smaller.
func BenchmarkFiles(b *testing.B) {
	n := newNetwork(b)
	r := rand.New(rand.NewPCG(1, 1))
	for range 4 * 256 {
		leaf := make([]byte, 281)
		for i := range leaf[:140] {
			leaf[i] = byte(r.Uint32())
		}
		n.leaves = append(n.leaves, leaf)
	}
	n.grow(b, len(n.leaves), 3)
	h := Handler(n, "", slog.New(slog.DiscardHandler))
	for _, f := range []struct {
		path, takes string
	}{{"checkpoint", ""}, {"tile/0/002", ""}, {"tile/entries/002", ""}, {"tile/entries/002", "gzip"}, {"tile/entries/003.p/200", "gzip"}} {
		b.Run(f.path+" "+f.takes, func(b *testing.B) {
			q := httptest.NewRequest(http.MethodGet, Prefix+f.path, nil)
			q.Header.Set("Accept-Encoding", f.takes)
			before := spent(b)
			for b.Loop() {
				w := nowhere{make(http.Header)}
				h.ServeHTTP(w, q)
			}
			b.ReportMetric(float64((spent(b)-before).Nanoseconds())/1000/float64(b.N), "cpu-µs/op")
		})
	}
}

// nowhere takes an answer.
type nowhere struct{ header http.Header }

func (n nowhere) Header() http.Header            { return n.header }
func (n nowhere) Write(data []byte) (int, error) { return len(data), nil }
func (n nowhere) WriteHeader(int)                {}
