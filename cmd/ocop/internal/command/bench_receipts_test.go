package command

import (
	"bytes"
	"testing"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/ocop/internal/bench"
	measured "github.com/ocopledger/ocop/cmd/ocop/internal/bench/machine"
	"github.com/ocopledger/ocop/cmd/ocop/internal/bench/reads"
)

// TestBenchReceiptsText: what people read of a measurement of receipts, in both languages, when everything is told that can be.
func TestBenchReceiptsText(t *testing.T) {
	r := &bench.Report{
		Mode: bench.Reads, Clients: 16, Warmup: 2, Actions: 1, Rate: 5000,
		Rates:      bench.Rates{Ops: 49_990, Errs: 12, Secs: 10, TPS: 4999, P50: 1.25, P99: 6.5, P999: 12.75, Max: 80.125, Errors: map[string]uint64{"unreachable": 10, "not_found": 2}, Open: 1},
		Machine:    measured.Facts{CPU: "EPYC", Cores: 2, System: "linux/amd64", Kernel: "6.1", Go: "go1.26", Load: new(0.5)},
		Disk:       &measured.Disk{Dir: "/srv", Samples: 300, P50: 0.125, P99: 0.25},
		Signatures: bench.Signatures{Checks: new(3)},
		Ledger:     bench.Ledger{Name: "ocop-sample", Validators: 3, Quorum: 2, Before: 1, After: 10_324},
		CPU:        bench.CPU{Nodes: new(100.0), Generator: 32.5, Total: new(132.5), Alone: new(15_094.0)},
		Nodes:      []bench.Node{{Agency: 1, Public: "127.0.0.1:7500", Operator: "127.0.0.1:7502", CPU: new(92.5), Resident: 100 << 20, Peak: 200 << 20, Term: 2}},
		Presence:   bench.Presence{Acknowledged: 10_000, Found: 10_000, Read: 10_324, Node: "127.0.0.1:7500", Height: 13, Size: 10_324, Root: "713f"},
		Asked: &bench.Asked{
			Node: "127.0.0.1:7500", Agency: 1, Leads: true, TLS: true, Protocol: "h2", Connections: 16, Sales: 10_000, Bytes: 9384.25, CPU: new(92.5), Checked: 600, Failed: 1, CheckCPU: 870.5,
			Wrong: []string{"lot 2000001.1/L-1: path: of the seal"},
			Kinds: []bench.AskedKind{
				{Kind: reads.Product, Receipts: 10_000, Bytes: 9300, Checked: 120}, {Kind: reads.Certificate, Receipts: 9_998, Bytes: 9320, Checked: 120},
				{Kind: reads.Lot, Receipts: 9_998, Bytes: 33_368, Checked: 120, Failed: 1}, {Kind: reads.Record, Receipts: 9_997, Bytes: 1662, Checked: 120},
				{Kind: reads.Action, Receipts: 9_997, Bytes: 2377, Checked: 120},
			},
			Writing: &bench.Writing{Rate: 500, CPU: new(64.25), Alone: bench.Rates{TPS: 499.5, P50: 4.5, P99: 9.25, P999: 20}, Beside: bench.Rates{TPS: 498, P50: 5.5, P99: 19.25, P999: 40}},
		},
	}
	var all bytes.Buffer
	for _, l := range []lang.Language{lang.Vietnamese, lang.English} {
		a := &app{lang: l}
		a.benchText(&all, r)
		all.WriteString("\n────\n\n")
	}
	plain := *r
	asked := *r.Asked
	plain.Asked, plain.Rate, plain.Errs, plain.Open, plain.Nodes, plain.CPU.Alone = &asked, 0, 0, 0, nil, nil
	asked.Kinds = asked.Kinds[:2]
	asked.TLS, asked.Leads, asked.CPU, asked.Writing, asked.Wrong, asked.Failed = false, false, nil, nil, nil, 0
	for _, l := range []lang.Language{lang.Vietnamese, lang.English} {
		a := &app{lang: l}
		a.benchText(&all, &plain)
		all.WriteString("\n────\n\n")
	}
	golden(t, "bench-receipts.txt", all.String())
}

// TestBenchFailed: a record that was lost and a receipt that is wrong end the command with the codes that its help names.
func TestBenchFailed(t *testing.T) {
	for _, asJSON := range []bool{false, true} {
		a := &app{json: asJSON}
		for code, err := range map[int]error{
			exitOK: nil, exitDivergence: &bench.LostError{Missing: 1, Acknowledged: 2}, exitProof: &bench.WrongReceiptError{Failed: 1, Checked: 200, Err: reads.ErrOther},
			exitFailure: bench.ErrNoReceipt,
		} {
			if got := exitCode(a.benchFailed(err)); got != code {
				t.Errorf("%v: exit code %d, want %d", err, got, code)
			}
		}
	}
}
