package bench

import (
	"context"
	"time"

	"github.com/ocopledger/ocop/cmd/ocop/internal/bench/scrape"
)

// Files are what a node's files take of its disk, in bytes by the file's name, before anything was submitted and when all that was acknowledged had been found. Nodes measure
// their files every ten seconds.
type Files struct {
	Operator string            `json:"operator"`
	Before   map[string]uint64 `json:"bytes_before"`
	After    map[string]uint64 `json:"bytes_after"`
	// Record is what a record takes of the ledger's files: what chain.db has grown by for each record that was acknowledged, and index.db for each of them that it has. null: not
	// known, or fewer than 20,000 records were acknowledged, of which pages that are half full would say too much.
	Record *float64 `json:"ledger_bytes_per_record"`
}

// RaftFile is the file of raft's log.
const RaftFile = "raft.db"

const (
	chainFile = "chain.db"
	indexFile = "index.db"
	// telling is how many records tell what one takes.
	telling = 20_000
	// filesAgain is after how long nodes have measured their files once more.
	filesAgain = 11 * time.Second
)

// files are the files of the nodes that answer now as before, when so many records were acknowledged in between.
func (w *watch) files(ctx context.Context, before moment, records int) []Files {
	if records >= telling {
		select {
		case <-ctx.Done():
		case <-time.After(filesAgain):
		}
	}
	return w.grown(before, w.look(ctx), records)
}

func (w *watch) grown(before, after moment, records int) (all []Files) {
	for i, d := range w.nodes {
		if before.nodes[i] == nil || after.nodes[i] == nil {
			continue
		}
		f := Files{Operator: d.operator, Before: before.nodes[i].Files(), After: after.nodes[i].Files()}
		lag := after.nodes[i][scrape.IndexLag] - before.nodes[i][scrape.IndexLag]
		if indexed := float64(records) - lag; records >= telling && indexed > 0 && f.told() {
			f.Record = new(f.by(chainFile)/float64(records) + f.by(indexFile)/indexed)
		}
		all = append(all, f)
	}
	return all
}

// told tells whether a node says what the ledger's files take.
func (f *Files) told() bool { return f.After[chainFile] > 0 && f.After[indexFile] > 0 }

// by is how many bytes a file has grown by.
func (f *Files) by(name string) float64 { return float64(f.After[name]) - float64(f.Before[name]) }
