package node

import (
	"testing"

	"github.com/ocopledger/ocop/node/peer"
)

// TestQuestionsOvertakeEachOther: a question that waited in a stopped process is answered after a later one. The term that it tells of is an old one, and says
// nothing against the store.
func TestQuestionsOvertakeEachOther(t *testing.T) {
	t.Parallel()
	w := newNetwork(t, 3).start()
	w.leader()
	a, b := w.nodes[0], w.nodes[1]
	seat := b.seat()
	later := *seat
	later.Term++
	a.Standing(b.agency, peer.Question{Seat: &later})
	if at := a.Standing(b.agency, peer.Question{Seat: seat}); at.Shut {
		t.Error("a validator is shut out of raft because its questions came in another order")
	}
}
