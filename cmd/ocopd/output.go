package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/ocopd/internal/ceremony"
)

// print writes a result: v as JSON, or what text writes.
func (a *app) print(v any, text func(w io.Writer)) error {
	if a.json {
		return a.printJSON(v)
	}
	var b bytes.Buffer
	text(&b)
	_, err := a.env.Out.Write(b.Bytes())
	return err
}

func (a *app) printJSON(v any) error {
	e := json.NewEncoder(a.env.Out)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// say writes a line of a result in the person's language.
func (a *app) say(w io.Writer, t lang.Text, args ...any) { fmt.Fprintln(w, t.F(a.lang, args...)) }

// failure is an error as JSON.
type failure struct {
	Message string `json:"message"`
	Code    int    `json:"exit_code"`
}

// report says why a command failed: one JSON object on the output with --json, a sentence on the error output without.
func (a *app) report(err error) {
	if e, ok := errors.AsType[*coded](err); err == nil || ok && e.silent {
		return
	}
	message, notice := say(a.lang, err), ""
	if has[*ceremony.SampleError](err) {
		notice = ceremony.SampleNotice
	}
	if a.json && a.printJSON(struct {
		Notice string  `json:"notice,omitempty"`
		Error  failure `json:"error"`
	}{notice, failure{message, exitCode(err)}}) == nil {
		return
	}
	if notice != "" {
		fmt.Fprintln(a.env.Err, notice)
	}
	fmt.Fprintln(a.env.Err, "ocopd: "+message)
}

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
