package compose

import (
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/ident"
)

// Names of fields that are committed to. A commitment covers its field's name, so that a price cannot be shown as terms.
const (
	CommitPrice = "price"
	CommitTerms = "terms"
	CommitBuyer = "buyer"
	CommitName  = "name"
)

// Salt hides a value: 32 random bytes, one draw for each commitment. Without it prices could be guessed from their hashes.
type Salt [32]byte

// Commit is the salted commitment to a field's value, which stays outside the ledger. Whoever is shown salt and value recomputes it.
func Commit(salt Salt, name, value string) ledger.Hash {
	b := append(make([]byte, 0, len(salt)+2+len(name)+len(value)), salt[:]...)
	b = ledger.AppendBytes16(b, []byte(name))
	return ident.Digest(ident.TypeCommitment, append(b, value...))
}
