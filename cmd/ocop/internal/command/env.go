// Package command is ocop: what officers, producers, traders, buyers and auditors do at a terminal. One verb a file.
//
// Commands touch the machine through [Env] alone, so that a test is the machine. Every output exists for people, in Vietnamese and in English, and
// as JSON; lists exist as CSV. Exit codes say what kind of failure it was, see codes.go.
package command

import (
	cryptorand "crypto/rand"
	"io"
	"os"
	"time"

	"golang.org/x/term"

	"github.com/ocopledger/ocop/cmd/internal/password"
)

// Env is the machine as the commands see it.
type Env struct {
	In       io.Reader
	Out, Err io.Writer
	Getenv   func(string) string
	Now      func() time.Time
	Random   io.Reader
	// Password asks at the terminal without showing what is typed. It fails with password.ErrNoTerminal when there is none.
	Password func(prompt string) ([]byte, error)
	// Terminal tells that a person sees what is written to Err.
	Terminal bool
}

// System is the real machine.
func System() Env {
	return Env{
		In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Getenv: os.Getenv, Now: time.Now, Random: cryptorand.Reader,
		Password: password.Ask, Terminal: term.IsTerminal(int(os.Stderr.Fd())),
	}
}
