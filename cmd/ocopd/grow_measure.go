package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/internal/verb"
	"github.com/ocopledger/ocop/cmd/ocopd/internal/ceremony"
	"github.com/ocopledger/ocop/cmd/ocopd/internal/grow"
)

type measureFlags struct {
	seed      uint64
	questions int
	quick     bool
}

// measure is `ocopd grow measure`: what ledgers that grow made cost a node.
func (a *app) measure() *cobra.Command {
	var f measureFlags
	cmd := verb.Command(a.lang, verb.Spec{
		Use:   "measure DIR…",
		Short: lang.Text{Vi: "Đo các sổ cái đã tạo", En: "Measure ledgers that were made"},
		Long: lang.Text{
			Vi: `Đo từng sổ cái do "ocopd grow" tạo với một nút: áp dụng thêm bản ghi (trên một bản sao), kiểm toán, khởi động lại, truy xuất, biên nhận, kiểm tra tệp.
In một bảng Markdown, mỗi sổ cái một cột. Trên máy đang bận, hãy tin CPU mỗi việc hơn là thời gian.`,
			En: `Measures each ledger that "ocopd grow" made with one node: applying more records (to a copy), auditing, restarting, tracing, receipts, checking the files.
Prints a table in Markdown, one column a ledger. On a machine that is busy, trust CPU per operation more than time.`},
		Least: 1, Most: -1,
		Run: func(cmd *cobra.Command, args []string) error {
			if f.questions < 1 {
				return verb.Usage(lang.Text{Vi: "--questions %d: cần ít nhất 1", En: "--questions %d: want 1 or more"}, f.questions)
			}
			if err := a.runMeasure(cmd.Context(), &f, args); err != nil {
				return &ceremony.SampleError{Err: err}
			}
			return nil
		},
	})
	cmd.Flags().Uint64Var(&f.seed, "seed", 1, a.t(lang.Text{Vi: "như khi tạo", En: "as it was made with"}))
	cmd.Flags().IntVar(&f.questions, "questions", grow.Questions, a.t(lang.Text{Vi: "`số` câu hỏi mỗi loại", En: "`number` of questions of each kind"}))
	cmd.Flags().BoolVar(&f.quick, "quick", false, a.t(lang.Text{Vi: "bỏ kiểm toán và kiểm tra tệp, là hai việc lâu nhất", En: "leave out the audit and the checking of files, which take longest"}))
	return cmd
}

func (a *app) runMeasure(ctx context.Context, f *measureFlags, dirs []string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	var all []grow.Measured
	for _, dir := range dirs {
		a.say(a.env.Err, lang.Text{Vi: "đang đo %s", En: "measuring %s"}, dir)
		network, err := grow.Made(dir)
		if err != nil {
			return fmt.Errorf("%s: %w", dir, err)
		}
		in, err := grow.MeasureInside(ctx, network, f.seed, f.quick)
		if err != nil {
			return fmt.Errorf("%s: %w", dir, err)
		}
		out, err := grow.MeasureOutside(ctx, grow.Program{Path: self}, network, in, f.questions, f.quick)
		if err != nil { // what took so long is shown all the same
			all = append(all, grow.Measured{Inside: in, Outside: new(grow.Outside)})
			return errors.Join(fmt.Errorf("%s: %w", dir, err), grow.WriteTable(a.env.Out, a.lang, all))
		}
		all = append(all, grow.Measured{Inside: in, Outside: out})
	}
	return grow.WriteTable(a.env.Out, a.lang, all)
}
