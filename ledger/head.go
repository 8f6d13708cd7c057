package ledger

// Head is a tree head at a block boundary, and what the newest seal says.
type Head struct {
	Height   uint64
	Size     uint64 // leaves of the log
	Root     Hash   // of the log of that size
	Seal     Hash   // leaf hash of the newest seal
	State    Hash   // root of the state map
	Time     uint64 // block time, Unix milliseconds
	Protocol uint32
	Policy   Hash // document of the epoch the next block belongs to
}
