package rules

import "github.com/ocopledger/ocop/ledger/subject"

// Overlay is what the block holds over its state.
func (b *Block) Overlay() map[subject.ID][]byte {
	values := make(map[subject.ID][]byte)
	for i := range b.cells {
		if s := &b.cells[i]; s.written {
			values[s.id] = s.now.value
		}
	}
	return values
}
