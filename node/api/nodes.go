package api

import (
	"context"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/subject"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

// ListNodes implements LedgerService. The policy is that of the height it reads, so that nodes and epoch belong together.
func (s *Server) ListNodes(ctx context.Context, q *apiv1.ListNodesRequest) (*apiv1.ListNodesResponse, error) {
	a := new(apiv1.ListNodesResponse)
	err := s.at(ctx, q.GetMinHeight(), func(v *chain.View) error {
		value, ok := v.Value(subject.Policy())
		if !ok {
			return chain.ErrNotFound
		}
		state, err := subject.ParsePolicy(value)
		if err != nil {
			return err
		}
		a.AsOf, a.Epoch = s.asOf(v.Head()), state.Policy.Number
		for i := range state.Policy.Validators {
			node, err := s.listed(v, state.Policy.Validators[i].Agency)
			if err != nil {
				return err
			}
			a.Nodes = append(a.Nodes, node)
		}
		return nil
	})
	return answer(a, err)
}

func (s *Server) listed(v *chain.View, agency ledger.AccountID) (*apiv1.ListedNode, error) {
	a := &apiv1.ListedNode{Agency: uint64(agency), Self: agency == s.o.Node.Agency()}
	if value, ok := v.Value(subject.Account(agency)); ok {
		account, err := subject.ParseAccount(value)
		if err != nil {
			return nil, err
		}
		a.Name = account.Name.Register
	}
	value, ok := v.Value(subject.Node(agency))
	if !ok {
		return a, nil
	}
	node, err := subject.ParseNode(value)
	if err != nil {
		return nil, err
	}
	a.Address = node.PublicAddress
	if s.o.URL != nil {
		a.Url = s.o.URL(agency, node.PublicAddress)
	}
	return a, nil
}
