package bench

import (
	"testing"

	"github.com/ocopledger/ocop/cmd/ocop/internal/bench/scrape"
)

// TestFilesOfNodes: what a record takes is what chain.db and index.db have grown by, of nodes that said so twice.
func TestFilesOfNodes(t *testing.T) {
	said := func(chain, index, raft float64) scrape.Metrics {
		return scrape.Metrics{`ocop_file_size_bytes{file="chain.db"}`: chain, `ocop_file_size_bytes{file="index.db"}`: index, `ocop_file_size_bytes{file="raft.db"}`: raft}
	}
	w := &watch{nodes: []doors{{operator: "a"}, {operator: "b"}, {operator: "c"}, {operator: "d"}}}
	before := moment{nodes: []scrape.Metrics{said(100, 200, 5), said(100, 200, 5), nil, {}}}
	after := moment{nodes: []scrape.Metrics{said(500, 300, 7), nil, said(1, 2, 3), said(1, 2, 3)}}
	all := w.files(before, after, 10)
	if len(all) != 2 || all[0].Operator != "a" || all[0].Record == nil || *all[0].Record != 50 || all[0].After[RaftFile] != 7 || all[1].Operator != "d" || all[1].Record != nil {
		t.Errorf("%+v", all)
	}
	if none := w.files(before, after, 0); none[0].Record != nil {
		t.Errorf("a record of none takes %v bytes", *none[0].Record)
	}
}
