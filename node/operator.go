package node

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/pprof"
	"time"

	"github.com/ocopledger/ocop/node/backup"
	"github.com/ocopledger/ocop/node/cosign"
)

// health says that the process lives. An alarm is told with it and is no reason to end the process: what it is about is at another node, or on this one's disk.
func (n *Node) health(w http.ResponseWriter, _ *http.Request) {
	fmt.Fprintln(w, "ok")
	for _, alarm := range n.alarms() {
		fmt.Fprintln(w, "alarm:", alarm)
	}
}

// serveOperator serves the operator's door: /healthz while the process lives, /readyz when it takes records, /status, /metrics and profiles; and
// takes acknowledgements of evidence and orders of backups.
func (n *Node) serveOperator(l net.Listener) *http.Server {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", n.health)
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
	mux.HandleFunc("POST /evidence/{name}/acknowledge", n.acknowledge)
	mux.HandleFunc("POST "+backup.OrderPath, n.orderBackup)
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
	n.cosignMetrics(w, &s.Cosign, gauge)
	n.evidenceMetrics(w)
	open, made, missed := n.promises.count()
	gauge("promises_open", "Records that this node has promised and that are not seen on the ledger yet.", open)
	fmt.Fprintf(w, "# HELP ocop_promises_total Acceptance promises made.\n# TYPE ocop_promises_total counter\nocop_promises_total %d\n", made)
	fmt.Fprintf(w, "# HELP ocop_promises_missed_total Promised records not seen on the ledger in time.\n# TYPE ocop_promises_missed_total counter\nocop_promises_missed_total %d\n", missed)
}

func (n *Node) cosignMetrics(w io.Writer, c *CosignStatus, gauge func(name, help string, value any)) {
	gauge("certified_height", "Height of the newest certified head.", c.Height)
	gauge("certified_leaves", "Leaves of the newest certified head; 0: there is none.", c.Size)
	gauge("head_age_seconds", "Since a quorum last said that there is no newer head.", c.Age)
	gauge("cosign_delay_seconds", "From the newest certified cosign point to its certification.", c.Delay)
	gauge("cosigning", "1 when this node signs heads.", number(c.State == cosign.Signing))
	gauge("alarm", "1 when heads contradict each other, evidence is kept, or a clock is in the future.", number(len(n.alarms()) > 0))
	counter := func(name, help string, value func(*CosignerStatus) any) {
		fmt.Fprintf(w, "# HELP ocop_%s %s\n# TYPE ocop_%s counter\n", name, help, name)
		for i := range c.Signers {
			fmt.Fprintf(w, "ocop_%s{agency=\"%d\"} %v\n", name, c.Signers[i].Agency, value(&c.Signers[i]))
		}
	}
	counter("cosignatures_total", "Cosignatures taken, by agency.", func(s *CosignerStatus) any { return s.Taken })
	counter("bad_cosignatures_total", "Cosignatures that did not verify, by agency.", func(s *CosignerStatus) any { return s.Bad })
	fmt.Fprintf(w, "# HELP ocop_conflicts_total Cosignatures that contradict this node's ledger or each other.\n# TYPE ocop_conflicts_total counter\nocop_conflicts_total %d\n", c.Conflicts)
}

func number(b bool) int {
	if b {
		return 1
	}
	return 0
}
