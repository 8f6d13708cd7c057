package command

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/ledger/verify"
	"github.com/ocopledger/ocop/node/client"
)

// print writes a result: v as JSON, or what text writes, after the notice.
func (a *app) print(n notice, v any, text func(w io.Writer)) error {
	if a.json {
		return a.printJSON(v)
	}
	var b bytes.Buffer
	if n.Notice != "" {
		fmt.Fprintf(&b, "%s\n\n", n.Notice)
	}
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

// table is a list for people.
type table struct {
	columns []lang.Text
	rows    [][]string
}

// text writes the table with aligned columns. Names in NFC take one place a letter.
func (t *table) text(w io.Writer, l lang.Language) {
	width := make([]int, len(t.columns))
	head := make([]string, len(t.columns))
	for i, c := range t.columns {
		head[i] = c.In(l)
	}
	lines := append([][]string{head}, t.rows...)
	for _, row := range lines {
		for i, s := range row {
			width[i] = max(width[i], utf8.RuneCountInString(s))
		}
	}
	for _, row := range lines {
		var b strings.Builder
		for i, s := range row {
			b.WriteString(s)
			if i < len(row)-1 {
				b.WriteString(strings.Repeat(" ", width[i]-utf8.RuneCountInString(s)+2))
			}
		}
		fmt.Fprintln(w, strings.TrimRight(b.String(), " "))
	}
}

// printTable writes a list as text, JSON (v) or CSV. footer stands below the text.
func (a *app) printTable(n notice, v any, t *table, footer string) error {
	if a.csv != "" && !a.json {
		return a.writeCSV(n, t)
	}
	return a.print(n, v, func(w io.Writer) {
		if len(t.rows) > 0 {
			t.text(w, a.lang)
		}
		if footer != "" {
			fmt.Fprintln(w, footer)
		}
	})
}

// writeCSV writes UTF-8 with a byte order mark, which Excel needs to see Vietnamese. A last column carries the notice.
func (a *app) writeCSV(n notice, t *table) error {
	var b bytes.Buffer
	b.WriteString("\ufeff")
	w := csv.NewWriter(&b)
	w.UseCRLF = true
	line := func(row []string, last string) error {
		if n.Notice != "" {
			row = append(row[:len(row):len(row)], last)
		}
		return w.Write(row)
	}
	head := make([]string, len(t.columns))
	for i, c := range t.columns {
		head[i] = c.In(a.lang)
	}
	if err := line(head, a.t(lang.Text{Vi: "Lưu ý", En: "Notice"})); err != nil {
		return err
	}
	for _, row := range t.rows {
		if err := line(row, n.Notice); err != nil {
			return err
		}
	}
	if w.Flush(); w.Error() != nil {
		return w.Error()
	}
	if a.csv != "-" {
		return os.WriteFile(a.csv, b.Bytes(), 0o644)
	}
	_, err := a.env.Out.Write(b.Bytes())
	return err
}

// failure is an error as JSON.
type failure struct {
	Message    string `json:"message"`
	Reason     string `json:"reason,omitempty"`
	Vietnamese string `json:"vietnamese,omitempty"`
	English    string `json:"english,omitempty"`
	Field      string `json:"field,omitempty"`
	Kind       string `json:"kind,omitempty"`
	Rule       string `json:"rule,omitempty"`
	RuleVi     string `json:"rule_vietnamese,omitempty"`
	Detail     string `json:"detail,omitempty"` // what the machine said, for technicians
	Final      bool   `json:"final,omitempty"`
	Action     *int   `json:"action,omitempty"` // from 0, as in the text
	Code       int    `json:"exit_code"`
}

// report says why a command failed, after the notice: one JSON object on the output with --json, sentences on the error output without.
func (a *app) report(err error) {
	if e, ok := errors.AsType[*coded](err); err == nil || ok && e.silent {
		return
	}
	n := noticeOf(a.sample)
	if a.json {
		f := failure{Message: lang.Say(a.lang, err), Code: exitCode(err)}
		if e, ok := errors.AsType[*client.Error](err); ok {
			f = refusal(e)
			f.Code = exitCode(err)
		}
		if e, ok := errors.AsType[*verify.Error](err); ok {
			f.Reason = string(e.Word)
			f.Vietnamese, f.English = e.Word.Sentence()
		}
		if e, ok := errors.AsType[*noRight](err); ok {
			f.Reason, f.Vietnamese, f.English = e.reason, e.In(lang.Vietnamese), e.In(lang.English)
		}
		if a.printJSON(struct {
			notice
			Error failure `json:"error"`
		}{n, f}) == nil {
			return
		}
	}
	if n.Notice != "" {
		fmt.Fprintf(a.env.Err, "%s\n\n", n.Notice)
	}
	if e, ok := errors.AsType[*client.Error](err); ok {
		a.sayRefusal(a.env.Err, e)
		return
	}
	fmt.Fprintln(a.env.Err, "ocop: "+lang.Say(a.lang, err))
}

func refusal(e *client.Error) failure {
	f := failure{Message: e.Error(), Reason: e.Reason, Vietnamese: e.Vietnamese, English: e.English, Final: e.Final, Code: exitRefused,
		Field: e.Field, Kind: e.Kind, Rule: e.Rule, RuleVi: e.RuleVietnamese, Detail: e.Detail}
	if e.Action >= 0 {
		f.Action = &e.Action
	}
	return f
}

// sayRefusal says it in both languages, whichever the person chose: what a ledger refuses is read to the other side, too.
func (a *app) sayRefusal(w io.Writer, e *client.Error) {
	line := func(name lang.Text, value string) {
		if value != "" {
			fmt.Fprintf(w, "  %s%s\n", pad(a.t(name), 11), value)
		}
	}
	heading := lang.Text{Vi: "Từ chối", En: "Refused"}
	if e.Unreachable() {
		heading = lang.Text{Vi: "Chưa có câu trả lời", En: "No answer"}
	}
	fmt.Fprintf(w, "%s: %s\n", a.t(heading), e.Reason)
	if e.Action >= 0 {
		line(lang.Text{Vi: "hành động", En: "action"}, fmt.Sprint(e.Action))
	}
	line(lang.Text{Vi: "tiếng Việt", En: "Vietnamese"}, e.Vietnamese)
	line(lang.Text{Vi: "tiếng Anh", En: "English"}, e.English)
	line(lang.Text{Vi: "mục", En: "field"}, e.Field)
	rule := lang.Text{Vi: "căn cứ", En: "rule"}
	line(rule, e.RuleVietnamese)
	if e.RuleVietnamese != "" {
		rule = lang.Text{} // it goes on
	}
	line(rule, e.Rule)
	line(lang.Text{Vi: "kỹ thuật", En: "technical"}, e.Detail)
}

func pad(s string, width int) string {
	return s + strings.Repeat(" ", max(width-utf8.RuneCountInString(s), 1))
}
