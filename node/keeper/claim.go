package keeper

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strconv"
	"strings"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/evidence"
)

// claim is what a file says against whom, without the signatures that show it: two files with one claim are one piece of evidence.
func claim(e *evidence.Evidence) (against ledger.AccountID, hash [sha256.Size]byte) {
	b := []byte{byte(e.Kind())}
	trees := func(list ...*checkpoint.Signed) {
		for _, s := range list {
			b = append(b, s.Tree.Text()...)
		}
	}
	switch e.Kind() {
	case evidence.KindProposer:
		against = e.Proposer.Drafts[0].Header.Proposer
		for i := range e.Proposer.Drafts {
			h := e.Proposer.Drafts[i].Header.Hash()
			b = append(b, h[:]...)
		}
	case evidence.KindValidator:
		against = e.Validator.Agency
		trees(e.Validator.Heads[:]...)
	case evidence.KindDiverged: // which certified head shows it differs from one validator to the next
		against = e.Diverged.Agency
		trees(e.Diverged.Heads[0])
	case evidence.KindBreach:
		against = e.Breach.Promise.Promise.Receiver
		b = e.Breach.Promise.Promise.Append(b)
	}
	b = ledger.AppendU64(b, uint64(against))
	return against, sha256.Sum256(b)
}

// Name is the name of a piece of evidence: the word, the agency it is against, and 16 hexadecimal digits of the hash of what it claims.
func Name(e *evidence.Evidence) string {
	against, hash := claim(e)
	return e.Kind().String() + "-" + against.String() + "-" + hex.EncodeToString(hash[:8])
}

var names = regexp.MustCompile(`^(proposer|validator|diverged|breach)-[1-9][0-9]{0,19}-[0-9a-f]{16}$`)

// topic is the kind and the agency that a name begins with; ok is false when it is no name.
func topic(name string) (kind string, agency ledger.AccountID, ok bool) {
	if !names.MatchString(name) {
		return "", 0, false
	}
	parts := strings.Split(name, "-")
	n, err := strconv.ParseUint(parts[1], 10, 64)
	return parts[0], ledger.AccountID(n), err == nil
}
