// Package anchor reads the files that a verifier may be told to believe: genesis file, policy file or handover file, told apart by their first bytes. It
// is apart from package verify because a genesis file is protobuf, and a verifier that is given a policy file needs none of it.
package anchor

import (
	"bytes"
	"fmt"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/genesis"
	"github.com/ocopledger/ocop/ledger/verify"
)

// MaxFile bounds a file in bytes: the largest, genesis, with its countersignatures.
const MaxFile = ledger.MaxGenesisBody + 64<<10

// Parse reads a file that the verifier believes as it stands, because of where it has it from: nothing proves it. now is the verifier's clock and obtained
// the moment at which somebody it believes handed it the file as current, both in Unix seconds; obtained is not after now. It matters for policy files, which
// bear no date: trust counts from then. It counts from the genesis time for genesis, and for a handover from the block time of the seal that began the
// epoch. Errors are *verify.Error: format, policy, or for a handover whose parts do not fit each other handover.
func Parse(data []byte, obtained, now uint64) (verify.Trust, error) {
	switch {
	case len(data) > MaxFile:
		return verify.Trust{}, &verify.Error{Word: verify.WordFormat, Text: fmt.Sprintf("%d bytes, at most %d", len(data), MaxFile)}
	case bytes.HasPrefix(data, []byte("OCOPGEN")):
		return parseGenesis(data, now)
	case checkpoint.IsHandover(data):
		return parseHandover(data, now)
	}
	p, err := checkpoint.ParsePolicy(data)
	if err != nil {
		return verify.Trust{}, &verify.Error{Word: verify.WordFormat, Text: "neither genesis, nor handover, nor policy file", Err: err}
	}
	return verify.NewTrust(p, min(obtained, now), now)
}

func parseGenesis(data []byte, now uint64) (verify.Trust, error) {
	g, err := genesis.Parse(data)
	if err != nil {
		return verify.Trust{}, &verify.Error{Word: verify.WordFormat, Text: "genesis", Err: err}
	}
	return verify.NewTrust(g.Policy(), g.Body.Time/1000, now)
}

func parseHandover(data []byte, now uint64) (verify.Trust, error) {
	h, err := checkpoint.ParseHandover(data)
	if err != nil {
		return verify.Trust{}, &verify.Error{Word: verify.WordFormat, Text: "handover", Err: err}
	}
	trust, err := verify.NewTrust(h.Policy, 0, now)
	if err != nil {
		return verify.Trust{}, err
	}
	seal, err := verify.Seal(h.Checkpoint.Tree, h.Seal, h.Path)
	if err != nil {
		return verify.Trust{}, &verify.Error{Word: verify.WordHandover, Err: err}
	}
	if seal.NextPolicy != h.Policy.Hash() || seal.Chain != h.Policy.Chain || seal.Policy != h.Policy.Previous {
		return verify.Trust{}, &verify.Error{Word: verify.WordHandover, Text: "the seal does not begin the document's epoch"}
	}
	trust.Since = min(seal.Time/1000, now)
	return trust, nil
}
