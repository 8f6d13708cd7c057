package bench

// Files are what a node has on disk, in bytes by the file's name, before anything was submitted and when all that was acknowledged had been found. The ledger's files grow in
// steps of up to 16 MiB, and the index is written some seconds after the chain: a run of a minute says more than one of seconds.
type Files struct {
	Operator string            `json:"operator"`
	Before   map[string]uint64 `json:"bytes_before"`
	After    map[string]uint64 `json:"bytes_after"`
	// Record is by how much chain.db and index.db have grown for each record that was acknowledged; null: not known, or there is none.
	Record *float64 `json:"ledger_bytes_per_record"`
}

// The files that are the ledger on disk, and raft's beside them.
const (
	chainFile = "chain.db"
	indexFile = "index.db"
	// RaftFile is raft's log.
	RaftFile = "raft.db"
)

// files are the files of the nodes that answered at both looks, when so many records were acknowledged in between.
func (w *watch) files(before, after moment, records int) (all []Files) {
	for i, d := range w.nodes {
		if before.nodes[i] == nil || after.nodes[i] == nil {
			continue
		}
		f := Files{Operator: d.operator, Before: before.nodes[i].Files(), After: after.nodes[i].Files()}
		if grown, ok := f.grown(); ok && records > 0 {
			f.Record = new(grown / float64(records))
		}
		all = append(all, f)
	}
	return all
}

// grown is by how many bytes the ledger has grown on disk; false: its files are not told.
func (f *Files) grown() (bytes float64, ok bool) {
	for _, name := range []string{chainFile, indexFile} {
		before, known := f.Before[name]
		after, still := f.After[name]
		if !known || !still {
			return 0, false
		}
		bytes += float64(after) - float64(before)
	}
	return bytes, true
}
