// Package lang says things in Vietnamese and in English. A [Text] holds both side by side, so that neither is forgotten; an [Error] is a text that
// went wrong.
package lang

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/ocopledger/ocop/ledger/reason/comma"
)

// Language is one of the two.
type Language uint8

// Languages.
const (
	Vietnamese Language = iota
	English
)

func (l Language) String() string {
	if l == English {
		return "en"
	}
	return "vi"
}

// Parse reads vi or en.
func Parse(s string) (Language, error) {
	switch strings.ToLower(s) {
	case "vi":
		return Vietnamese, nil
	case "en":
		return English, nil
	}
	return Vietnamese, Errorf(Text{"ngôn ngữ %q: chỉ có vi và en", "language %q: there are vi and en only"}, s)
}

// Detect chooses by the environment: OCOP_LANG, then LC_ALL, LC_MESSAGES, LANG. The product's people are Vietnamese: without a hint it speaks
// Vietnamese, and English to whoever works in another language.
func Detect(getenv func(string) string) Language {
	for _, name := range []string{"OCOP_LANG", "LC_ALL", "LC_MESSAGES", "LANG"} {
		value := strings.ToLower(getenv(name))
		switch {
		case value == "", value == "c", value == "posix", strings.HasPrefix(value, "c."):
			continue
		case strings.HasPrefix(value, "vi"):
			return Vietnamese
		}
		return English
	}
	return Vietnamese
}

// Text is a sentence or word in both languages, a format for fmt when it takes arguments.
type Text struct{ Vi, En string }

// In is the text in a language.
func (t Text) In(l Language) string {
	if l == English {
		return t.En
	}
	return t.Vi
}

// F formats the text with arguments. Arguments that are texts or errors of this package are said in the same language, and fractions are written as it writes them:
// a comma in Vietnamese, a point in English.
func (t Text) F(l Language, args ...any) string {
	if len(args) == 0 {
		return t.In(l)
	}
	said := make([]any, len(args))
	for i, a := range args {
		switch a := a.(type) {
		case Text:
			said[i] = a.In(l)
		case error:
			said[i] = Say(l, a)
		default:
			said[i] = a
		}
	}
	if l == Vietnamese {
		comma.In(said)
	}
	return fmt.Sprintf(t.In(l), said...)
}

// Same is a text that is one in both languages, as units and numbers are.
func Same(format string) Text { return Text{format, format} }

// Each is the text with arguments, in both languages.
func (t Text) Each(args ...any) Text { return Text{t.F(Vietnamese, args...), t.F(English, args...)} }

// Error is an error with a sentence in both languages.
type Error struct {
	Text  Text
	Args  []any
	cause error
}

// Errorf makes an error. An argument that is an error is wrapped.
func Errorf(t Text, args ...any) *Error { return &Error{Text: t, Args: args} }

// Because wraps an error that the sentence says in its own words.
func (e *Error) Because(cause error) *Error {
	e.cause = cause
	return e
}

// In is the sentence in a language.
func (e *Error) In(l Language) string { return e.Text.F(l, e.Args...) }

func (e *Error) Error() string { return e.In(English) }

// Unwrap gives the cause and the errors among the arguments.
func (e *Error) Unwrap() (errs []error) {
	if e.cause != nil {
		errs = append(errs, e.cause)
	}
	for _, a := range e.Args {
		if err, ok := a.(error); ok {
			errs = append(errs, err)
		}
	}
	return errs
}

// Sayer is an error that can say itself in both languages.
type Sayer interface {
	error
	In(Language) string
}

// Say is what an error says in a language; errors that know only one speak that.
func Say(l Language, err error) string {
	if s, ok := errors.AsType[Sayer](err); ok {
		return s.In(l)
	}
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return file(l, p)
	}
	return err.Error()
}

// file says what is wrong with a file; the system says it in its own language alone.
func file(l Language, p *fs.PathError) string {
	for _, known := range []struct {
		err  error
		text Text
	}{
		{fs.ErrNotExist, Text{"không có tệp %s", "there is no file %s"}},
		{fs.ErrExist, Text{"%s đã có", "%s exists"}},
		{fs.ErrPermission, Text{"không được phép dùng %s", "no permission for %s"}},
	} {
		if errors.Is(p, known.err) {
			return known.text.F(l, p.Path)
		}
	}
	return p.Error()
}
