package node

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/pprof"
	"time"
)

// serveOperator serves the operator's door: /healthz while the process lives, /readyz when it takes records, /status, /metrics and profiles.
func (n *Node) serveOperator(l net.Listener) *http.Server {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		s := n.Status()
		if !s.Ready {
			http.Error(w, "not ready: "+s.Role, http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ready")
	})
	mux.HandleFunc("GET /status", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		e.Encode(n.Status())
	})
	mux.HandleFunc("GET /metrics", n.metrics)
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	s := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	go func() {
		if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			n.log.Error("operator door", "error", err)
		}
	}()
	return s
}

// metrics writes what a monitor wants to plot and to be woken for, in the Prometheus text format.
func (n *Node) metrics(w http.ResponseWriter, _ *http.Request) {
	s := n.Status()
	w.Header().Set("Content-Type", "text/plain; version=0.0.4")
	gauge := func(name, help string, value any) {
		fmt.Fprintf(w, "# HELP ocop_%s %s\n# TYPE ocop_%s gauge\nocop_%s %v\n", name, help, name, name, value)
	}
	gauge("height", "Height of the ledger on this node.", s.Height)
	gauge("leaves", "Leaves of the log on this node.", s.Size)
	gauge("raft_term", "Raft term.", s.Term)
	gauge("raft_commit_index", "Raft commit index.", s.CommitIndex)
	gauge("raft_applied_index", "Raft index applied to the ledger.", s.Applied)
	gauge("leader", "1 when this node leads.", number(s.Role == "leader"))
	gauge("ready", "1 when the node takes records.", number(s.Ready))
	gauge("clock_ahead_seconds", "How far this clock is ahead of the validators' median.", s.ClockAhead.Seconds())
	seen := 0
	for _, p := range s.Peers {
		seen += number(p.Seen)
	}
	gauge("peers", "Other validators.", len(s.Peers))
	gauge("peers_seen", "Other validators that have answered lately.", seen)
}

func number(b bool) int {
	if b {
		return 1
	}
	return 0
}
