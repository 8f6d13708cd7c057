package serve

import (
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/blob"
)

// named is the name of a natural person that the node shows as a blob.
func (s *opened) named(id ledger.Hash) (string, bool) {
	_, b, err := s.node.Blobs().Get(id)
	if err != nil || b.Media != blob.Name {
		return "", false
	}
	return string(b.Content), true
}
