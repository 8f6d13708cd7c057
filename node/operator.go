package node

import (
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"time"

	"github.com/ocopledger/ocop/node/backup"
	"github.com/ocopledger/ocop/node/health"
	"github.com/ocopledger/ocop/node/profiles"
)

// report answers with a report of the moment: 200 when all required checks hold, 503 when one does not. Alarms change neither.
func report(of func(now time.Time) health.Report) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		r := of(time.Now())
		code := http.StatusOK
		if !r.OK {
			code = http.StatusServiceUnavailable
		}
		answer(w, code, r)
	}
}

// answer writes a value as JSON that a person can read, too.
func answer(w http.ResponseWriter, code int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(code)
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	e.Encode(v) // what cannot be written has no reader
}

// serveOperator serves the operator's door: /healthz (can the process go on), /readyz (can the node serve), /status, /metrics and profiles; and takes
// acknowledgements of evidence and orders of backups.
func (n *Node) serveOperator(l net.Listener) *http.Server {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", report(n.monitor.board.Live))
	mux.HandleFunc("GET /readyz", report(n.monitor.board.Ready))
	mux.HandleFunc("GET /status", func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, n.Status()) })
	mux.Handle("GET /metrics", n.monitor.metrics.Handler())
	mux.HandleFunc("POST /evidence/{name}/acknowledge", n.acknowledge)
	mux.HandleFunc("POST "+backup.OrderPath, n.orderBackup)
	mux.Handle(profiles.Path, profiles.Handler(l.Addr()))
	s := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	go func() {
		if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			n.log.Error("operator door", "error", err)
		}
	}()
	return s
}
