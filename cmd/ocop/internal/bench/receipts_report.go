package bench

import "github.com/ocopledger/ocop/cmd/ocop/internal/bench/reads"

// Asked is what was asked for in the mode of receipts, and what checking them found. With it the report's rates, waiting and processor times are of receipts.
type Asked struct {
	Node        string      `json:"node"` // that was asked
	Agency      uint64      `json:"agency,omitempty"`
	Leads       bool        `json:"leads"` // at the end
	TLS         bool        `json:"tls"`
	Protocol    string      `json:"alpn,omitempty"` // that client and node agreed on
	Connections int         `json:"connections"`    // of all clients together
	Sales       int         `json:"sales"`          // on the ledger, of which receipts were asked for
	Kinds       []AskedKind `json:"kinds"`
	Bytes       float64     `json:"receipt_bytes"` // mean, of the file
	// CPU is processor time of the node that was asked, a receipt, in microseconds, by its process; null: it could not be looked at.
	CPU      *float64 `json:"node_us"`
	Checked  int      `json:"checked"` // receipts, without the node, after the clock had stopped
	Failed   int      `json:"failed"`
	Wrong    []string `json:"wrong,omitempty"` // some of those that failed, and why
	CheckCPU float64  `json:"check_us"`        // processor time of a check
	Writing  *Writing `json:"writing,omitempty"`
}

// AskedKind is what came of one kind of receipts.
type AskedKind struct {
	Kind     reads.Kind `json:"kind"`
	Receipts uint64     `json:"receipts"`
	Bytes    float64    `json:"receipt_bytes"`
	Checked  int        `json:"checked"`
	Failed   int        `json:"failed"`
}

// Writing is the records of one stream, first without anybody who asks and then beside them.
type Writing struct {
	Rate   float64 `json:"offered_rate"`
	Alone  Rates   `json:"alone"`
	Beside Rates   `json:"beside"`
	// CPU is processor time that a record took of the node that is asked, in microseconds, while nobody asked; null: it could not be looked at. Beside readers it is part of theirs.
	CPU *float64 `json:"alone_node_us"`
}
