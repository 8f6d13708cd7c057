package verify

import (
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/checkpoint"
)

// Heads says which signed checkpoints are believed: the trust that a verifier brings along.
type Heads interface {
	// Head certifies a checkpoint. The handovers lead, in order, from an earlier policy epoch to the head's; an implementation uses those that
	// it needs, and believes none before checking it.
	Head(signed *checkpoint.Signed, handovers [][]byte) (*Head, error)
}

// Head is a certified head with the policy that certified it.
type Head struct {
	*checkpoint.Certified
	Policy *ledger.Policy
	// Ahead: the head is of a later epoch than Policy, whose quorum has signed it all the same.
	Ahead bool
}

// Pinned believes the quorum of one policy epoch, and heads of that epoch alone.
type Pinned struct{ Policy *ledger.Policy }

// Head implements Heads. Errors are those of checkpoint.Signed.Certify.
func (p Pinned) Head(signed *checkpoint.Signed, _ [][]byte) (*Head, error) {
	c, err := signed.Certify(p.Policy)
	if err != nil {
		return nil, err
	}
	return &Head{Certified: c, Policy: p.Policy}, nil
}
