package command

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/ocop/internal/annex"
	"github.com/ocopledger/ocop/ledger/compose"
)

// readAnnex reads the sheet and holds it against the ledger; when something is wrong with it, all of it is said and written back, and nothing is drafted.
func (a *app) readAnnex(ctx context.Context, d *drafting, c *certifying, decision compose.Decision) (*annex.Annex, error) {
	sheet, err := annex.Open(c.annex, c.sheet)
	if err != nil {
		return nil, withCode(exitInput, err)
	}
	read, err := sheet.Read(annex.Defaults{From: cmp.Or(c.from, c.date), Until: c.until})
	if err != nil {
		return nil, withCode(exitInput, err)
	}
	opening, err := a.checkRows(ctx, d, c, decision, read)
	if err != nil {
		return nil, err
	}
	if len(read.Problems) == 0 {
		return read, opening
	}
	if c.errors == "" {
		ext := filepath.Ext(c.annex)
		c.errors = strings.TrimSuffix(c.annex, ext) + "-errors" + ext
	}
	if err := sheet.WriteBack(c.errors, a.lang, read.Problems); err != nil {
		return nil, err
	}
	return nil, a.annexProblems(d, read, opening, c.errors)
}

type annexProblem struct {
	Row     int    `json:"row,omitempty"` // 0: the Decision as a whole
	Cell    string `json:"cell,omitempty"`
	Problem string `json:"problem"`
}

// annexProblems says what is wrong with rows, after what is wrong with the Decision as a whole.
func (a *app) annexProblems(d *drafting, read *annex.Annex, opening error, copied string) error {
	var list []annexProblem
	t := &table{columns: []lang.Text{{Vi: "Dòng", En: "Row"}, {Vi: "Ô", En: "Cell"}, {Vi: "Vấn đề", En: "Problem"}}}
	if opening != nil {
		list = append(list, annexProblem{Problem: lang.Say(a.lang, sentences(opening))})
		t.rows = append(t.rows, []string{"–", "", list[0].Problem})
	}
	for _, p := range read.Problems {
		said := annexProblem{p.Line, p.Cell, lang.Say(a.lang, p.Err)}
		list = append(list, said)
		t.rows = append(t.rows, []string{fmt.Sprint(p.Line), p.Cell, said.Problem})
	}
	err := lang.Errorf(lang.Text{Vi: "phụ lục có %d chỗ sai; xem cột cuối của %s", En: "%d problems in the annex; see the last column of %s"}, len(list), copied)
	n := noticeOf(d.place.sample)
	if printed := a.printTable(n, struct {
		notice
		Problems []annexProblem `json:"problems"`
		Copy     string         `json:"copy"`
	}{n, list, copied}, t, "\n"+err.In(a.lang)); printed != nil {
		return printed
	}
	return said(exitInput, err)
}

// remark tells what of the sheet was left out.
func (a *app) remark(read *annex.Annex) {
	for _, s := range read.Skipped {
		fmt.Fprintln(a.env.Err, lang.Text{Vi: "bỏ qua dòng %d: %s", En: "row %d left out: %s"}.F(a.lang, s.Line, s.Why))
	}
	if len(read.Ignored) > 0 {
		fmt.Fprintln(a.env.Err, lang.Text{Vi: "không dùng cột: %s", En: "columns not used: %s"}.F(a.lang, strings.Join(read.Ignored, "; ")))
	}
}
