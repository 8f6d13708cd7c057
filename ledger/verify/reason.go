package verify

import "fmt"

// Reason names what is wrong with a proof, in one word. The words are stable: programs act on them.
type Reason string

// Reasons of refusals.
const (
	ReasonReceipt    Reason = "receipt"    // the file is no receipt, or not the one encoding of it
	ReasonSubject    Reason = "subject"    // it is about something else than was asked for
	ReasonStale      Reason = "stale"      // the head is older than the caller allows
	ReasonChain      Reason = "chain"      // it is of another ledger
	ReasonPolicy     Reason = "policy"     // its head belongs to another policy epoch than the one that certified it
	ReasonSeal       Reason = "seal"       // the seal is not the last leaf of the head, or contradicts it
	ReasonPath       Reason = "path"       // an inclusion path does not lead to its root
	ReasonRecord     Reason = "record"     // a record contradicts itself, or stands where it cannot
	ReasonSignature  Reason = "signature"  // a record was not signed by the key it names
	ReasonAction     Reason = "action"     // an action is not the one of the record, or not one this verifier knows
	ReasonHistory    Reason = "history"    // entries of a history were altered, left out or added
	ReasonState      Reason = "state"      // a value is not the one of the state
	ReasonClosure    Reason = "closure"    // a subject that the verdict depends on is missing, or one is there without need
	ReasonSigner     Reason = "signer"     // a key was not its author's to use there
	ReasonCompetence Reason = "competence" // an author had no authority for what it did
	ReasonRule       Reason = "rule"       // an act breaks another rule of the ledger
)

// Error is a refusal.
type Error struct {
	Reason Reason
	Detail string // in English, naming the place
	Err    error  // what was found beneath; may be nil
}

func (e *Error) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("%s: %s: %v", e.Reason, e.Detail, e.Err)
	}
	return fmt.Sprintf("%s: %s", e.Reason, e.Detail)
}

// Unwrap gives what was found beneath.
func (e *Error) Unwrap() error { return e.Err }

func refuse(reason Reason, format string, args ...any) *Error {
	return &Error{Reason: reason, Detail: fmt.Sprintf(format, args...)}
}

func (e *Error) because(err error) *Error {
	e.Err = err
	return e
}
