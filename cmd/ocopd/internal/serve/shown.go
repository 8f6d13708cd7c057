package serve

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/query"
	"github.com/ocopledger/ocop/node"
)

// patience is how long somebody who asks for what was just written waits for it to be certified. Mostly that takes milliseconds.
const patience = 2 * time.Second

// shown is the height that queries show: the newest that a quorum has certified, so that what people are told is what receipts prove. It never goes back.
// While there is no certified height, or one that the ledger does not keep any more, it is the newest.
type shown struct {
	node  *node.Node
	least atomic.Uint64 // nothing below is shown
}

// view implements query.Viewer.
func (s *shown) view(f func(query.Source) error) error {
	read := func(v *chain.View) error {
		s.raise(v.Head().Height)
		return f(v)
	}
	if certified, _, signed, _ := s.node.Certified(); signed != nil {
		if err := s.node.Ledger().ViewAt(max(certified, s.least.Load()), read); !errors.Is(err, chain.ErrHeightGone) {
			return err
		}
	}
	return s.node.Ledger().View(read)
}

// raise lets nothing below a height be shown any more.
func (s *shown) raise(height uint64) {
	for {
		have := s.least.Load()
		if have >= height || s.least.CompareAndSwap(have, height) {
			return
		}
	}
}

// reach has a height that the ledger has reached be shown: when it is certified, or after some patience all the same. Certification can pause while records
// are accepted, and whoever wrote one is to see it.
func (s *shown) reach(ctx context.Context, height uint64) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if s.node.WaitCertified(ctx, height) != nil {
		s.raise(height)
	}
}
