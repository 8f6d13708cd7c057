package bench

import (
	"testing"

	"github.com/ocopledger/ocop/cmd/ocop/internal/bench/scrape"
)

// TestFilesOfNodes: what a record takes is what chain.db has grown by for each, and index.db for each that it has, of nodes that said so twice and when there were enough of them.
func TestFilesOfNodes(t *testing.T) {
	said := func(chain, index, raft, lag float64) scrape.Metrics {
		return scrape.Metrics{
			`ocop_file_disk_bytes{file="chain.db"}`: chain, `ocop_file_disk_bytes{file="index.db"}`: index, `ocop_file_disk_bytes{file="raft.db"}`: raft, scrape.IndexLag: lag,
		}
	}
	w := &watch{nodes: []doors{{operator: "a"}, {operator: "b"}, {operator: "c"}, {operator: "d"}}}
	before := moment{nodes: []scrape.Metrics{said(1e6, 2e6, 5, 0), said(100, 200, 5, 0), nil, {}}}
	after := moment{nodes: []scrape.Metrics{said(11e6, 4e6, 7, 15_000), nil, said(1, 2, 3, 0), {}}}
	all := w.filesBetween(before, after, 25_000)
	if len(all) != 2 || all[0].Operator != "a" || all[0].Record == nil || *all[0].Record != 400+200 || all[0].After[RaftFile] != 7 || all[1].Operator != "d" || all[1].Record != nil {
		t.Errorf("%+v", all)
	}
	if few := w.filesBetween(before, after, telling-1); few[0].Record != nil {
		t.Errorf("of too few records one takes %v bytes", *few[0].Record)
	}
}
