package command

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/internal/verb"
)

func (a *app) exitCodes() *cobra.Command {
	return a.command(verb.Spec{
		Use:   "exit-codes",
		Short: lang.Text{Vi: "Mã thoát của chương trình, cho kịch bản tự động", En: "Exit codes of the program, for scripts"},
		Run: func(*cobra.Command, []string) error {
			codes := make(map[int]string)
			for _, c := range codeTexts {
				codes[c.code] = c.text.In(a.lang)
			}
			return a.print(notice{}, codes, func(w io.Writer) {
				for _, c := range codeTexts {
					fmt.Fprintf(w, "%d  %s\n", c.code, c.text.In(a.lang))
				}
			})
		},
	})
}
