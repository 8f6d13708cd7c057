package rules

import (
	"fmt"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/reason"
)

// Refusal says why a record is refused. It is an error.
type Refusal struct {
	Reason reason.Code
	Action uint16       // number of the first action refused, or ledger.WholeRecord
	Field  string       // path of the field, as in "certify.scores.a"; empty: the action or record as a whole
	Args   []reason.Arg // for the sentences
}

// Final reports whether the refusal is recorded on the ledger.
func (f *Refusal) Final() bool { return reason.Of(f.Reason).Final }

// Sentences says it to people.
func (f *Refusal) Sentences() (vietnamese, english string) {
	return reason.Of(f.Reason).Sentences(append(f.Args[:len(f.Args):len(f.Args)], reason.Text("field", f.Field)))
}

func (f *Refusal) Error() string {
	_, english := f.Sentences()
	where := "record"
	if f.Action != ledger.WholeRecord {
		where = fmt.Sprintf("action %d", f.Action)
	}
	if f.Field != "" {
		where += ", " + f.Field
	}
	return fmt.Sprintf("%v (%s): %s", f.Reason, where, english)
}

// refuse makes a refusal of the action under evaluation. Its number is filled in by the caller of the rule.
func refuse(code reason.Code, field string, args ...reason.Arg) *Refusal {
	return &Refusal{Reason: code, Action: ledger.WholeRecord, Field: field, Args: args}
}

func accountArg(a ledger.AccountID) reason.Arg { return reason.Text("account", a.String()) }

// in names the field of a refusal, if it is one and has none.
func (f *Refusal) in(field string) *Refusal {
	if f != nil && f.Field == "" {
		f.Field = field
	}
	return f
}

// under names the message that the field of a refusal is in, if it is one and has a field: names are joined for those who are refused and for nobody else.
func (f *Refusal) under(message string) *Refusal {
	if f != nil && f.Field != "" {
		f.Field = message + "." + f.Field
	}
	return f
}
