package publish

import (
	"fmt"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/ident"
)

// Sign makes the log's signature line under a head that the policy's quorum has certified. ok is false when the policy names another publisher or log key
// than this node's. Errors: those of Certify, and of a key that was wiped.
func Sign(head *checkpoint.Signed, p *ledger.Policy, agency ledger.AccountID, key *ident.Ed25519PrivateKey) (line checkpoint.Line, ok bool, err error) {
	if key == nil || p.Publisher != agency || p.LogKey != key.Public() {
		return line, false, nil
	}
	if _, err := head.Certify(p); err != nil {
		return line, false, fmt.Errorf("the log signs certified heads alone: %w", err)
	}
	signer, err := ident.NewLogSigner(p.Origin, key)
	if err != nil {
		return line, false, err
	}
	sig, err := signer.Sign(head.Tree.Text())
	return checkpoint.Line{Name: signer.Name(), ID: signer.KeyHash(), Signature: sig}, err == nil, err
}
