package rules

import "github.com/ocopledger/ocop/ledger/subject"

// Overlay is what the block holds over its state.
func (b *Block) Overlay() map[subject.ID][]byte { return b.values }
