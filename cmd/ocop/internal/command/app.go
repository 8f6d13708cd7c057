package command

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/internal/verb"
)

// Main runs a command line and returns the exit code.
func Main(ctx context.Context, env Env, args []string) int {
	a := &app{env: env, lang: verb.Language(args, env.Getenv)}
	root := a.root()
	root.SetArgs(args)
	root.SetIn(env.In)
	root.SetOut(env.Out)
	root.SetErr(env.Err)
	err := root.ExecuteContext(ctx)
	a.learn(ctx, err)
	a.report(err)
	return exitCode(err)
}

// app is one run of the program: what the commands share.
type app struct {
	env  Env
	lang lang.Language

	json      bool
	csv       string
	node      string
	tls       bool
	timeout   time.Duration
	minHeight uint64

	asked  bool // a node was to be asked
	sample bool // the ledger that the command is about is known to hold sample data
}

const defaultNode = "127.0.0.1:7400"

func (a *app) root() *cobra.Command {
	root := verb.Root(a.lang, verb.Spec{
		Use: "ocop",
		Short: lang.Text{
			Vi: "Sổ cái OCOP: chứng nhận, mua bán, truy xuất và kiểm toán",
			En: "The OCOP ledger: certify, trade, trace and audit"},
		Long: lang.Text{
			Vi: `ocop là công cụ của cán bộ, chủ thể, thương nhân, người mua và kiểm toán viên.

Ký một bản ghi gồm bốn bước, mỗi bước xem lại được:
  ocop draft …       lập bản nháp, một tệp văn bản đọc và sửa được
  ocop simulate TỆP  hỏi nút xem sổ cái sẽ trả lời thế nào
  ocop sign TỆP      xem điều sẽ ký, rồi ký; không cần mạng
  ocop submit TỆP    gửi đi và chờ kết quả; gửi lại không gây trùng`,
			En: `ocop is the tool of officers, producers, traders, buyers and auditors.

Signing a record takes four steps, each of which can be reviewed:
  ocop draft …        write a draft, a text file to read and change
  ocop simulate FILE  ask a node what the ledger would say
  ocop sign FILE      see what will be signed, and sign; needs no network
  ocop submit FILE    send it and wait for the outcome; sending twice does no harm`},
	},
		a.keys(), a.draft(), a.simulate(), a.sign(), a.submit(), a.trace(), a.list(), a.search(), a.head(), a.receipt(), a.label(), a.verify(), a.promise(), a.audit(), a.blob(),
		a.governance(), a.bench(), a.exitCodes())
	f := root.PersistentFlags()
	f.BoolVar(&a.json, "json", false, a.t(lang.Text{Vi: "xuất JSON", En: "write JSON"}))
	f.StringVar(&a.csv, "csv", "", a.t(lang.Text{Vi: "xuất danh sách dạng CSV (UTF-8 có BOM) ra `tệp`; không ghi tên tệp: ra màn hình", En: "write lists as CSV (UTF-8 with BOM) to a `file`; without a name: to the screen"}))
	f.Lookup("csv").NoOptDefVal = "-"
	node := a.env.Getenv("OCOP_NODE")
	if node == "" {
		node = defaultNode
	}
	f.StringVar(&a.node, "node", node, a.t(lang.Text{Vi: "nút để hỏi, `host:port`; mặc định theo biến OCOP_NODE", En: "node to ask, `host:port`; by default the variable OCOP_NODE"}))
	f.BoolVar(&a.tls, "tls", false, a.t(lang.Text{Vi: "kết nối nút bằng TLS", En: "speak TLS to the node"}))
	f.DurationVar(&a.timeout, "timeout", 2*time.Minute, a.t(lang.Text{Vi: "chờ nút nhiều nhất bao lâu (kiểm toán không giới hạn)", En: "longest wait for the node (audits have no limit)"}))
	f.Uint64Var(&a.minHeight, "min-height", 0, a.t(lang.Text{Vi: "chờ nút đến khối này rồi mới trả lời, để đọc được điều vừa ghi", En: "wait until the node has this block, to read what was just written"}))
	return root
}

func (a *app) t(t lang.Text) string { return t.In(a.lang) }

func (a *app) command(s verb.Spec) *cobra.Command { return verb.Command(a.lang, s) }

func (a *app) group(s verb.Spec, children ...*cobra.Command) *cobra.Command {
	return verb.Group(a.lang, s, children...)
}
