package bench

import (
	"crypto/tls"
	"io"
	"time"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/internal/workload"
	"github.com/ocopledger/ocop/cmd/ocop/internal/bench/cluster"
	"github.com/ocopledger/ocop/cmd/ocop/internal/bench/reads"
)

// Mode is how records are submitted, or what else is asked for.
type Mode string

// Modes.
const (
	Unary   Mode = "unary"   // a call a record
	Stream  Mode = "stream"  // many on their way in a stream
	Actions Mode = "actions" // streams of records of many actions each

	// Reads writes some records, and asks a node for receipts of what they are about.
	Reads Mode = "receipts"
)

// Bounds of options.
const (
	MaxClients  = 10_000
	MaxDuration = 24 * time.Hour
	// MaxInFlight is what memory has room for: a call under way takes some 20 KiB.
	MaxInFlight = 100_000
	// MaxProducers fit in a range of account numbers that no other run has.
	MaxProducers = 1000
	// MaxRate is more than any machine signs.
	MaxRate = 10_000_000
	// MaxSales to ask for are more than a node remembers receipts of.
	MaxSales = 1_000_000
)

// Options of a run.
type Options struct {
	Nodes     []string // public doors, host:port, one at least; clients are spread over them
	Operators []string // operator doors; empty: those that are found beside the nodes on this machine
	TLS       *tls.Config

	Mode      Mode
	Clients   int
	Duration  time.Duration // that is measured
	Warmup    time.Duration // before it
	Actions   int           // in a record, 1 to 256
	Rate      float64       // records offered a second, whatever the answers; 0: each client waits for its answers
	InFlight  int           // most records under way at once with a rate, in calls of their own
	Window    int           // most records of a stream without acknowledgement; 0: the stream's own
	Producers int           // who sell, 1 to MaxProducers: registered first, each with two products and ten lots
	SignLate  bool          // sign while the clock runs
	Certified bool          // a record is acknowledged when it is certified

	// Of Reads. Clients ask the first of Nodes, Rate is of what they ask.
	Sales      int          // what receipts are asked for, 1 to MaxSales
	Ask        []reads.Kind // in turn; none: every kind that there is
	CallsAlone bool         // over TLS, say that calls are all that is wanted, as this project's clients do
	Writing    float64      // records a second that a stream submits meanwhile, and first alone; 0: none

	Overload   bool // measure the peak, and then offer ten times that
	KillLeader bool // of the Cluster

	Officers []workload.Officer // agencies' keys: one must be able to register
	Forever  bool               // the ledger may be a real one
	Anchor   []byte             // genesis, policy or handover file that is believed; nil: the node's own genesis
	Disk     string             // directory on the nodes' disk; "": not known
	Cluster  *cluster.Network   // the processes that the nodes are, when they are the benchmark's own

	Random   io.Reader
	Now      func() time.Time
	Progress func(lang.Text, ...any)
}
