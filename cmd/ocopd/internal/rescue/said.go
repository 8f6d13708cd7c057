package rescue

import (
	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/ledger/flaw"
)

// saidBoth lets an error of the ledger be said in a person's language.
type saidBoth struct{ error }

// In implements lang.Sayer.
func (s saidBoth) In(l lang.Language) string {
	what := flaw.Of(s.error)
	return lang.Text{Vi: what.Vietnamese, En: what.English}.In(l)
}

func (s saidBoth) Unwrap() error { return s.error }
