package node

import (
	"context"
	"testing"

	"google.golang.org/grpc/status"

	"github.com/ocopledger/ocop/node/peer"
)

// TestOpenCallsEndWithTheNode: a node that stops ends the calls that other validators keep open to it, and says why; it does not break them off when its patience is over.
func TestOpenCallsEndWithTheNode(t *testing.T) {
	w := newNetwork(t, 3).start()
	w.certified()
	ctx, cancel := context.WithTimeout(t.Context(), deadline)
	defer cancel()
	to := w.nodes[0].peers.list()[0]
	call := to.client.Cosigning()
	defer call.Close()
	if err := call.Send(ctx, []peer.Cosignature{*toPeer(w.nodes[0].heads.Own())}); err != nil {
		t.Fatal(err)
	}
	if _, err := to.client.Standing(ctx, peer.Question{}); err != nil { // answered behind the open call, of which the node then knows
		t.Fatal(err)
	}
	w.nodes[to.Agency-1].stop()
	if err := call.End(ctx); status.Convert(err).Message() != "this node stops" {
		t.Errorf("the call ended with %v", err)
	}
}
