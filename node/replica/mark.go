package replica

import (
	"github.com/ocopledger/ocop/ledger"
)

// Mark is where a ledger stands. It is all that a raft snapshot holds here: the ledger is its own snapshot, and whoever lacks leaves gets them from anybody who
// publishes them, with proofs that need no trust in whoever leads.
type Mark struct {
	Height, Size uint64
	Root         ledger.Hash // of the log of that size
}

const markVersion = 1

// maxMark bounds the bytes of a mark as raft carries it.
const maxMark = 256

// Append appends the mark's bytes.
func (m *Mark) Append(b []byte) []byte {
	b = ledger.AppendU64(ledger.AppendU64(append(b, markVersion), m.Height), m.Size)
	return append(b, m.Root[:]...)
}

// ParseMark reads a mark.
func ParseMark(data []byte) (m Mark, err error) {
	r := ledger.NewReader("snapshot mark", data)
	r.Version(markVersion)
	m.Height, m.Size = r.U64(), r.U64()
	m.Root = r.Hash()
	return m, r.Close()
}
