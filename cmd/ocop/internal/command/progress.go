package command

import (
	"fmt"

	"github.com/ocopledger/ocop/cmd/internal/lang"
)

// progress shows how far long work is, on one line of the error output, when somebody is looking.
func (a *app) progress(t lang.Text, args ...any) {
	if a.env.Terminal {
		fmt.Fprintf(a.env.Err, "\r\x1b[K%s", t.F(a.lang, args...))
	}
}

// progressEnd takes the line away.
func (a *app) progressEnd() {
	if a.env.Terminal {
		fmt.Fprint(a.env.Err, "\r\x1b[K")
	}
}
