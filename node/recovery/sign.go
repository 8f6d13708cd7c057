package recovery

import (
	"errors"
	"fmt"
	"slices"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/flaw"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/subject"
)

// Kinds of Error.
const (
	Malformed = "malformed"   // the file is no statement
	Foreign   = "other_chain" // of another ledger
	Unsigned  = "signatures"  // too few agencies have signed, or one in a way that does not count
	Elsewhere = "other_node"  // another node is to apply it
	Members   = "members"     // raft's voters are not those that it speaks of
	Grown     = "grown"       // the node's raft log has grown since it was drafted: a majority was there
	Open      = "not_lost"    // enough voters are left to decide by themselves, or a lost one answers
	Behind    = "behind"      // the node's ledger does not hold what the statement names, or another's is longer
	Contrary  = "contrary"    // the node's ledger contradicts what was signed
	Store     = "store"       // the node's raft store is not the one that voted last
)

// Error says why a statement is not made or not applied. Nothing was changed.
type Error struct {
	flaw.Flaw
	Err error // cause, if there is one
}

// Refuse makes an error. An argument that is an error is its cause.
func Refuse(kind, vietnamese, english string, args ...any) *Error {
	e := &Error{Flaw: flaw.New(kind, vietnamese, english, args...)}
	for _, a := range args {
		if err, ok := a.(error); ok {
			e.Err = err
		}
	}
	return e
}

func malformed(format string, args ...any) *Error {
	return Refuse(Malformed, "tệp không phải tuyên bố khôi phục: %[1]s", "the file is no recovery statement: %[1]s", fmt.Sprintf(format, args...))
}

func (e *Error) Error() string { return e.English }

// Sentences say it to people.
func (e *Error) Sentences() (vietnamese, english string) { return e.Vietnamese, e.English }

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// IsContrary tells that a ledger contradicts what was signed: a matter of damage or lies, and not of what was asked for.
func IsContrary(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.Kind == Contrary
}

// Sign adds an agency's signature, and replaces one that it gave before.
func (s *Statement) Sign(agency ledger.AccountID, key *ident.PrivateKey) error {
	made, err := key.Sign(ident.Digest(ident.TypeRecovery, s.Body()))
	if err != nil {
		return fmt.Errorf("signing: %w", err)
	}
	s.Signatures = slices.DeleteFunc(s.Signatures, func(g Signature) bool { return g.Agency == agency })
	s.Signatures = append(s.Signatures, Signature{Agency: agency, Key: key.Public(), Signature: made})
	slices.SortFunc(s.Signatures, func(a, b Signature) int { return Seat{Agency: a.Agency}.Compare(Seat{Agency: b.Agency}) })
	return nil
}

// Agency is an agency that runs a validator, lost or not, with the keys that its officers have on the ledger.
type Agency struct {
	Account ledger.AccountID
	Keys    []subject.Key
}

// Needed is how many agencies of so many must sign: more than half, as a vote on the ledger would need at the least.
func Needed(agencies int) int { return agencies/2 + 1 }

// Approved checks that more than half of the agencies have signed, each by a key that may govern. A signature that does not count is refused, and not passed over:
// whoever added it believes that it does.
func (s *Statement) Approved(agencies []Agency) error {
	digest := ident.Digest(ident.TypeRecovery, s.Body())
	for _, g := range s.Signatures {
		i := slices.IndexFunc(agencies, func(a Agency) bool { return a.Account == g.Agency })
		if i < 0 {
			return Refuse(Unsigned, "cơ quan %v không vận hành nút xác thực nào", "agency %v runs no validator", g.Agency)
		}
		k := slices.IndexFunc(agencies[i].Keys, func(k subject.Key) bool { return k.PublicKey == g.Key })
		switch {
		case k < 0:
			return Refuse(Unsigned, "khóa %v không phải khóa của cơ quan %v trên sổ cái", "key %v is no key of agency %v on the ledger", g.Key.ID(), g.Agency)
		case agencies[i].Keys[k].Retired != 0:
			return Refuse(Unsigned, "khóa %v của cơ quan %v đã ngừng dùng", "key %v of agency %v is retired", g.Key.ID(), g.Agency)
		case agencies[i].Keys[k].Roles&subject.KeyGovern == 0:
			return Refuse(Unsigned, "khóa %v của cơ quan %v không có quyền quản trị", "key %v of agency %v has not the role to govern", g.Key.ID(), g.Agency)
		}
		if err := g.Key.Verify(digest, g.Signature); err != nil {
			why := flaw.Of(err)
			return Refuse(Unsigned, "chữ ký của cơ quan %[1]v: %[2]s", "the signature of agency %[1]v: %[3]s", g.Agency, why.Vietnamese, why.English)
		}
	}
	if have, want := len(s.Signatures), Needed(len(agencies)); have < want {
		return Refuse(Unsigned, "mới có %d cơ quan ký, cần %d trong %d", "%d agencies have signed, and %d of %d must", have, want, len(agencies))
	}
	return nil
}
