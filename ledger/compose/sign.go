package compose

import (
	"fmt"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/wire"
)

// How long a signature is good for. What is submitted at once needs little; a file that was signed offline travels to a node.
const (
	AtOnce  = 24 * time.Hour
	Offline = 14 * 24 * time.Hour
)

// maxIssued is what the six bytes of time in a record id hold.
const maxIssued = 1<<48 - 1

// Author is who signs, and on which ledger.
type Author struct {
	Chain   ledger.ChainID
	Account ledger.AccountID
	Schema  uint16 // protocol version the actions are written in
	Key     *ident.PrivateKey
}

// Signed is a record ready to be submitted.
type Signed struct {
	ID       ledger.RecordID
	Header   ledger.Header
	Envelope []byte
}

// Sign checks the actions as a ledger does, and signs them. issued is a time in Unix milliseconds; the record can be ordered for the
// duration good, in whole milliseconds.
func (a *Author) Sign(actions [][]byte, issued uint64, good time.Duration) (*Signed, error) {
	if err := Fits(actions); err != nil {
		return nil, err
	}
	if issued > maxIssued || good < time.Millisecond {
		return nil, ErrTime
	}
	for i, data := range actions {
		if err := Check(a.Schema, data); err != nil {
			return nil, &ActionError{i, err}
		}
	}
	public := a.Key.Public()
	h := ledger.NewHeader(ledger.Header{
		Chain: a.Chain, Schema: a.Schema, Issued: issued, Expires: issued + uint64(good.Milliseconds()), Author: a.Account, Key: public.ID(),
	}, actions)
	digest := h.Digest()
	sig, err := a.Key.Sign(digest)
	if err != nil {
		return nil, fmt.Errorf("signing a record of account %v: %w", a.Account, err)
	}
	return &Signed{
		ID:       ledger.NewRecordID(issued, digest),
		Header:   h,
		Envelope: ledger.AppendEnvelope(make([]byte, 0, EnvelopeSize(actions)), &h, public, sig, actions),
	}, nil
}

// Check reports whether data is the canonical encoding of an action: nil or a *wire.Error.
func Check(schema uint16, data []byte) error {
	return wire.Records().Check(wire.MessageAction, data, uint32(schema))
}
