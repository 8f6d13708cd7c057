package main

import (
	"crypto/rand"
	"io"
	"os"
	"time"

	"golang.org/x/term"

	"github.com/ocopledger/ocop/cmd/internal/password"
)

// env is the machine as the commands see it.
type env struct {
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

// system is the real machine.
func system() env {
	return env{
		In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Getenv: os.Getenv, Now: time.Now, Random: rand.Reader, Password: password.Ask,
		Terminal: term.IsTerminal(int(os.Stderr.Fd())),
	}
}
