// Package password gets the password of a key: from a file, from a variable, or from a person at a terminal.
package password

import (
	"bytes"
	"errors"
	"io"
	"os"

	"github.com/spf13/cobra"
	"golang.org/x/term"
	"golang.org/x/text/unicode/norm"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/internal/verb"
)

// maxFile bounds a password file: it holds one line.
const maxFile = 4096

// Source is where a password comes from.
type Source struct{ File, Variable string }

// Flags lets the command line say it.
func (s *Source) Flags(l lang.Language, cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&s.File, "password-file", "", lang.Text{Vi: "`tệp` có mật khẩu ở dòng đầu", En: "`file` with the password in its first line"}.In(l))
	f.StringVar(&s.Variable, "password-env", "", lang.Text{Vi: "`tên` biến môi trường có mật khẩu", En: "`name` of the environment variable with the password"}.In(l))
}

// ErrEmpty: the variable is not set.
var ErrEmpty = errors.New("empty password")

// Given is a password from file or variable; ok is false when a person has to be asked. Passwords are in NFC, so that they are the same bytes
// whatever machine they are typed on.
func (s Source) Given(getenv func(string) string) (password []byte, ok bool, err error) {
	switch {
	case s.File != "" && s.Variable != "":
		return nil, false, verb.Usage(lang.Text{Vi: "chỉ dùng một trong --password-file và --password-env", En: "only one of --password-file and --password-env"})
	case s.File != "":
		f, err := os.Open(s.File)
		if err != nil {
			return nil, false, err
		}
		defer func() { _ = f.Close() }()
		data, err := io.ReadAll(io.LimitReader(f, maxFile))
		if err != nil {
			return nil, false, err
		}
		line, _, _ := bytes.Cut(data, []byte{'\n'})
		return norm.NFC.Bytes(bytes.TrimSuffix(line, []byte{'\r'})), true, nil
	case s.Variable != "":
		value := getenv(s.Variable)
		if value == "" {
			return nil, false, lang.Errorf(lang.Text{Vi: "biến %s trống", En: "the variable %s is empty"}, s.Variable).Because(ErrEmpty)
		}
		return norm.NFC.Bytes([]byte(value)), true, nil
	}
	return nil, false, nil
}

// ErrNoTerminal: there is nobody to ask.
var ErrNoTerminal = errors.New("no terminal to ask for a password at")

// Ask asks at the terminal without showing what is typed.
func Ask(prompt string) ([]byte, error) {
	fd := int(os.Stdin.Fd())
	if !term.IsTerminal(fd) {
		return nil, ErrNoTerminal
	}
	if _, err := io.WriteString(os.Stderr, prompt); err != nil {
		return nil, err
	}
	password, err := term.ReadPassword(fd)
	if _, err := io.WriteString(os.Stderr, "\n"); err != nil {
		return nil, err
	}
	return norm.NFC.Bytes(password), err
}
