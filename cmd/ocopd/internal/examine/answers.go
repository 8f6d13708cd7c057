package examine

import (
	"context"
	"crypto/tls"

	"github.com/ocopledger/ocop/cmd/ocopd/internal/doctor"
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/node/door"
)

// Validator is another validator's machine, as the ledger has it.
type Validator struct {
	Agency       ledger.AccountID
	Peer, Public string // addresses
	TLS          ident.Ed25519Key
}

// Answers tells whether a validator's machine is there, and how many leaves its ledger has by its own word; 0: it does not say. own is the asking node's TLS key.
//
// At the peer door that is whoever holds the pinned key, and a port that takes the connection and is silent: a process that hangs is not gone. At the public door
// it is a node that names the agency; what stands in front of a node, such as a proxy or a CDN, answers without it, too.
func (v Validator) Answers(ctx context.Context, own *ident.Ed25519PrivateKey, o Options) (size uint64, answers bool) {
	var certificate *tls.Certificate
	if c, err := door.Certificate(own); err == nil {
		certificate = &c
	}
	k := knock{own: certificate, key: v.TLS, address: v.Peer, wait: o.Wait}
	switch reach, _ := k.knock(ctx); reach {
	case doctor.Reached:
		answers = true
		if view, err := k.standing(ctx, o.Now); err == nil {
			size = view.Size
		}
	case doctor.RefusesUs, doctor.Silent:
		answers = true
	}
	if a, _, _ := askPublic(ctx, v.Public, o); a != nil && a.Agency == v.Agency {
		size, answers = max(size, a.View.Size), true
	}
	return size, answers
}
