package bench

import (
	"context"
	"time"

	"github.com/ocopledger/ocop/cmd/internal/lang"
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

// files waits until nodes have measured their files after the last record, when there are enough records to tell anything.
func (r *run) files(ctx context.Context, before moment) []Files {
	records := r.report.Presence.Acknowledged
	if len(r.watch.nodes) > 0 && records >= telling {
		r.o.Progress(lang.Text{Vi: "chờ các nút đo lại tệp của mình", En: "waiting until nodes have measured their files again"})
		select {
		case <-ctx.Done():
		case <-time.After(filesAgain):
		}
	}
	return r.watch.filesBetween(before, r.watch.look(ctx), records)
}

// filesBetween are the files of the nodes that answered at both looks, when so many records were acknowledged in between.
func (w *watch) filesBetween(before, after moment, records int) []Files {
	all := []Files{}
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
