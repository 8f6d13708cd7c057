package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/internal/verb"
)

// app is one run of the program: what the commands share.
type app struct {
	env  env
	lang lang.Language
	json bool
}

// execute runs a command line and returns the exit code.
func execute(ctx context.Context, e env, args []string) int {
	a := &app{env: e, lang: verb.Language(args, e.Getenv)}
	root := a.root()
	root.SetArgs(args)
	root.SetOut(e.Out)
	root.SetErr(e.Err)
	err := root.ExecuteContext(ctx)
	a.report(err)
	return exitCode(err)
}

func (a *app) root() *cobra.Command {
	root := verb.Root(a.lang, verb.Spec{
		Use:   "ocopd",
		Short: lang.Text{Vi: "Nút xác thực của sổ cái OCOP", En: "A validator of the OCOP ledger"},
		Long:  a.rootText(),
	},
		a.init(), a.genesis(), a.join(), a.run(), a.keys(), a.check(), a.backup(), a.restore(), a.repair(), a.recover(), a.doctor(), a.devnet(), a.grow(), a.version())
	root.PersistentFlags().BoolVar(&a.json, "json", false, a.t(lang.Text{Vi: "xuất JSON", En: "write JSON"}))
	return root
}

func (a *app) rootText() lang.Text {
	return lang.Text{
		Vi: `ocopd là nút của một cơ quan trong mạng sổ cái OCOP. Lập một mạng:

  ocopd genesis officer …      mỗi cán bộ: chứng thực khóa của mình
  ocopd init …                 mỗi cơ quan: tạo khóa của nút, cấu hình và bản mô tả cơ quan
  ocopd genesis assemble …     một cơ quan: ghép các bản mô tả thành tệp khởi nguyên
  ocopd genesis countersign …  mỗi cơ quan: xem, đối chiếu mã sổ cái, ký xác nhận
  ocopd run …                  mỗi cơ quan: chạy nút

Khóa riêng không bao giờ rời nơi tạo ra nó.

Mã kết thúc:
` + codeList(lang.Vietnamese),
		En: `ocopd is an agency's node in a network of the OCOP ledger. To begin a network:

  ocopd genesis officer …      each officer: prove possession of a key
  ocopd init …                 each agency: make the node's keys, configuration and the agency's descriptor
  ocopd genesis assemble …     one agency: join the descriptors to a genesis file
  ocopd genesis countersign …  each agency: look at it, compare the chain id, countersign
  ocopd run …                  each agency: run the node

Private keys never leave the place they were made in.

Exit codes:
` + codeList(lang.English)}
}

func (a *app) t(t lang.Text) string { return t.In(a.lang) }
