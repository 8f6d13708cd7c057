package rules

import (
	"github.com/ocopledger/ocop/ledger/reason"
	"github.com/ocopledger/ocop/ledger/subject"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

func (r *record) updateNode(a *recordv1.UpdateNode) *Refusal {
	if _, _, refusal := r.ownValidator(); refusal != nil {
		return refusal
	}
	node := r.node(r.author.Account)
	if a.Incarnation != 0 {
		if uint64(a.Incarnation) != uint64(node.Incarnation)+1 {
			return refuse(reason.IncarnationNotNext, "update_node.incarnation", reason.Count("have", uint64(a.Incarnation)), reason.Count("want", uint64(node.Incarnation)+1))
		}
		node.Incarnation = a.Incarnation
	}
	for _, moved := range []struct {
		to    string
		place *string
		field string
	}{{a.PeerAddress, &node.PeerAddress, "update_node.peer_address"}, {a.PublicAddress, &node.PublicAddress, "update_node.public_address"}} {
		if moved.to == "" {
			continue
		}
		if refusal := address(moved.to, moved.field); refusal != nil {
			return refusal
		}
		*moved.place = moved.to
	}
	r.write(subject.Node(r.author.Account), node.Append(r.buffer()))
	return nil
}

// address checks that an address is host:port. What stands there its peers dial, and a slip would cut the node off.
func address(s, field string) *Refusal {
	if !subject.ValidAddress(s) {
		return refuse(reason.AddressInvalid, field, reason.Text("have", s))
	}
	return nil
}
