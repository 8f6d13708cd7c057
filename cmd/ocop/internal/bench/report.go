package bench

import (
	"slices"
	"time"

	"github.com/ocopledger/ocop/cmd/ocop/internal/bench/latency"
	"github.com/ocopledger/ocop/cmd/ocop/internal/bench/machine"
	"github.com/ocopledger/ocop/ledger"
)

// Report is what a run measured. Its names are an interface: others parse them. An operation is an action that was acknowledged in the window: in records of
// one action, a record.
type Report struct {
	Rates
	Mode      Mode    `json:"mode"`
	Clients   int     `json:"clients"`
	Warmup    float64 `json:"warmup_secs"`
	Actions   int     `json:"actions_per_record"`
	Payload   float64 `json:"payload_bytes"` // mean, of an envelope
	Rate      float64 `json:"offered_rate,omitempty"`
	Certified bool    `json:"wait_certified"`
	Presigned int     `json:"presigned"`            // before a clock started
	Late      uint64  `json:"signed_while_running"` // of an overload, before and after it, too

	Machine    machine.Facts  `json:"machine"`
	TimerSlack float64        `json:"timer_slack_ms,omitempty"` // how late timers may be in the benchmark's own nodes; absent: as their system has it
	Disk       *machine.Disk  `json:"disk,omitempty"`
	Memory     *machine.Pages `json:"memory,omitempty"` // absent: not known on this system
	Signatures Signatures     `json:"signatures"`
	Ledger     Ledger         `json:"ledger"`
	CPU        CPU            `json:"cpu"`
	Nodes      []Node         `json:"nodes"`
	Files      []Files        `json:"files"`
	Processes  int            `json:"processes"` // that the nodes of the list are; 0: none of them could be looked at
	Presence   Presence       `json:"presence"`
	Receipts   *Receipts      `json:"receipts,omitempty"`
	Overload   *Overload      `json:"overload,omitempty"`
	Failover   *Failover      `json:"failover,omitempty"`
	Asked      *Asked         `json:"asked,omitempty"` // in the mode of receipts, where an operation is a receipt
}

// Rates are the numbers of a window.
type Rates struct {
	Ops     uint64            `json:"ops"`
	Records uint64            `json:"records"`
	Errs    uint64            `json:"errs"` // answers that were no acknowledgement, those that were tried again included; of a stream whose connection ended, one
	Secs    float64           `json:"secs"`
	TPS     float64           `json:"tps"` // operations a second
	P50     float64           `json:"p50_ms"`
	P99     float64           `json:"p99_ms"`
	P999    float64           `json:"p999_ms"`
	Max     float64           `json:"max_ms"`
	Errors  map[string]uint64 `json:"errors"`    // by reason
	Open    uint64            `json:"unsettled"` // records whose outcome was not known at the end
}

// Signatures are the machine's best and what was reached of it. Each record is verified by every validator: on one machine, its speed divided by their number
// bounds the records. With the library alone that is the limit of whoever verifies each signature anew; nodes keep tables of signers, and can be above it. By elapsed
// time it is what neighbours left at that moment; by processor time they hardly matter.
type Signatures struct {
	machine.Signatures
	Checks      *int     `json:"checks_per_record"`        // on this machine; null, and so all below: not every validator is on it, or could be looked at until the end
	Limit       *float64 `json:"limit_records_per_second"` // by the library
	Share       *float64 `json:"share"`                    // of that limit that the records reached; null in the mode of receipts, too
	TablesLimit *float64 `json:"tables_limit_records_per_second"`
	TablesShare *float64 `json:"tables_share"`
	// CPUShare is what the checks, by tables, are of all that a record takes, nodes and generator together; null: not known.
	CPUShare *float64 `json:"share_of_cpu_a_record"`
}

// Ledger is what was written to.
type Ledger struct {
	Chain      string `json:"chain_id"`
	Name       string `json:"chain_name"`
	Sample     bool   `json:"sample"`
	Validators uint32 `json:"validators"`
	Quorum     uint32 `json:"quorum"`
	Liars      uint32 `json:"liars"`
	Before     uint64 `json:"leaves_before"`
	After      uint64 `json:"leaves_after"`
}

// CPU is processor time a record, in microseconds. null is what nobody saw: of no node, or of no record.
type CPU struct {
	Nodes     *float64 `json:"nodes_us"` // of all nodes that could be looked at
	Generator float64  `json:"generator_us"`
	Total     *float64 `json:"total_us"`
	// NewMemory is the part of Nodes that went for pages which they had not had before, as many as they were given by what such a page cost this machine before the run: at most, as some of them are
	// files' that the system had already. null: not known.
	NewMemory *float64 `json:"new_memory_us"`
	// Alone is how many operations a second this machine would take at this cost if it had nothing else to do; null: not every validator is on it, or could be looked at until
	// the end.
	Alone *float64 `json:"tps_alone"`
}

// Node is what a node cost. Nodes of one process share its numbers.
type Node struct {
	Agency   uint64   `json:"agency,omitempty"`
	Public   string   `json:"public,omitempty"`
	Operator string   `json:"operator"`
	Process  int      `json:"process"`
	CPU      *float64 `json:"cpu_us_per_record"` // null: not known
	NewPages *uint64  `json:"new_pages"`         // of memory, that it was given; null: not known
	Resident uint64   `json:"resident_bytes_before"`
	Peak     uint64   `json:"resident_bytes_peak"`
	Queue    uint64   `json:"queue_records_peak"` // most records that were seen to wait to be ordered: of whoever led
	Term     uint64   `json:"raft_term"`
	Lost     bool     `json:"lost,omitempty"` // did not answer at the end
}

// Presence says that what was acknowledged is on the ledger.
type Presence struct {
	Acknowledged int      `json:"acknowledged"` // records of the whole run
	Found        int      `json:"found"`
	Missing      []string `json:"missing,omitempty"` // some of them
	Node         string   `json:"node"`
	Height       uint64   `json:"height"`
	Size         uint64   `json:"size"`
	Root         string   `json:"root"`
	Read         uint64   `json:"leaves_read"`
	Certified    float64  `json:"certified_after_secs"` // from the last acknowledgement until a certified head covered it, at most
}

// Receipts are those that came with acknowledgements and were verified.
type Receipts struct {
	Verified int `json:"verified"`
	Of       int `json:"of"`
}

// Overload is what became of ten times the peak.
type Overload struct {
	Peak       float64 `json:"peak_records_per_second"` // the mean of before and after
	PeakBefore float64 `json:"peak_before_records_per_second"`
	PeakAfter  float64 `json:"peak_after_records_per_second"`
	// Processors is the share of the machine's processors that nodes and load used at the peak, before or after, whichever is less; null: not known, as of nodes elsewhere.
	Processors *float64 `json:"peak_share_of_processors"`
	// Saturated: it was a peak, and not only what the clients got whom there were; null: not known.
	Saturated *bool `json:"peak_saturated"`
	// Before is for how long ten times as much as the network took was offered before the peak was measured, so that nodes are as large then as they are in the overload.
	Before float64 `json:"overloaded_before_secs"`
	// Settled: nodes hardly took new memory any more when that ended; null: not known.
	Settled *bool `json:"nodes_grown"`
	// How the network did before: in its first seconds, and when ten times of that was offered for the first time, for as long as afterwards, the warm-up included.
	YoungPeak    float64 `json:"young_peak_records_per_second"`
	YoungGoodput float64 `json:"young_goodput_records_per_second"`
	Wanted       float64 `json:"wanted_records_per_second"` // ten times the peak before
	// Offered is calls that were made, of the wanted ones. Of streams it is what they took to send: the rest of what was wanted was held back, as their windows were full.
	Offered   float64 `json:"offered_records_per_second"`
	Streams   int     `json:"streams,omitempty"` // that wanted as much together; 0: calls
	Goodput   float64 `json:"goodput_records_per_second"`
	Share     float64 `json:"goodput_of_peak"`
	Rates     Rates   `json:"rates"`
	Elections *uint64 `json:"elections"` // null: not known, as too few nodes answered
	CPU       CPU     `json:"cpu"`       // a record that was acknowledged: what was turned away, too
	Nodes     []Node  `json:"nodes"`
}

// Seen is how many nodes could be looked at until the end.
func Seen(nodes []Node) (n int) {
	for i := range nodes {
		if !nodes[i].Lost {
			n++
		}
	}
	return n
}

// checks is how many validators verify each record on this machine; nil: some are elsewhere, or could not be looked at until the end. Of some of them a limit would be too high.
func (r *Report) checks() *int {
	n := Seen(r.Nodes)
	if n == 0 || n < int(r.Ledger.Validators) || slices.ContainsFunc(r.Nodes, func(n Node) bool { return !here(n.Operator) }) {
		return nil
	}
	return new(int(r.Ledger.Validators))
}

func (m *measured) rates() Rates {
	records, actions := m.Between(m.From, m.To)
	r := Rates{
		Ops: actions, Records: records, Secs: m.window.Seconds(), TPS: float64(actions) / m.window.Seconds(), Errors: m.Errors, Open: m.Open,
	}
	r.waited(&m.Latency)
	return r
}

// waited says how long operations took, and counts the errors.
func (r *Rates) waited(h *latency.Histogram) {
	r.P50, r.P99, r.P999, r.Max = machine.Ms(h.Quantile(0.5)), machine.Ms(h.Quantile(0.99)), machine.Ms(h.Quantile(0.999)), machine.Ms(h.Max())
	for _, n := range r.Errors {
		r.Errs += n
	}
}

// us is a duration a record, in microseconds; 0 of no record.
func us(d time.Duration, records uint64) float64 {
	if records == 0 {
		return 0
	}
	return float64(d) / float64(time.Microsecond) / float64(records)
}

// cost is what the records between two looks at the nodes cost each node, and all together.
func (m *measured) cost(w *watch) (c CPU, nodes []Node) {
	records, _ := m.Between(m.before.at.Sub(m.begun), m.after.at.Sub(m.begun))
	return w.cost(m.before, m.after, records)
}

// most of the missing records are not listed.
const listed = 10

func some(ids []ledger.RecordID) (list []string) {
	for _, id := range ids[:min(len(ids), listed)] {
		list = append(list, id.String())
	}
	return list
}
