package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/ocopledger/ocop/cmd/internal/heap"
	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/internal/verb"
	"github.com/ocopledger/ocop/cmd/ocopd/internal/ceremony"
	"github.com/ocopledger/ocop/cmd/ocopd/internal/serve"
	"github.com/ocopledger/ocop/cmd/ocopd/internal/supervise"
	"github.com/ocopledger/ocop/node"
	"github.com/ocopledger/ocop/node/config"
)

func (a *app) run() *cobra.Command {
	var dir string
	var attached bool
	cmd := verb.Command(a.lang, verb.Spec{
		Use:   "run --dir DIR",
		Short: lang.Text{Vi: "Chạy nút cho đến khi nhận SIGINT hoặc SIGTERM", En: "Run the node until SIGINT or SIGTERM"},
		Long: lang.Text{
			Vi: `Chạy nút của thư mục DIR theo DIR/config.yaml. Nhật ký ra luồng lỗi.
Khi nhận SIGINT (Ctrl-C) hoặc SIGTERM, nút trả lời nốt, giao lại vai trò dẫn đầu, ghi đĩa rồi dừng với mã 0; tín hiệu thứ hai dừng ngay.
Lúc khởi động nút xem cấu trúc của các tệp, đầu và chỉ mục dấu niêm của chain.db, và so index.db với dấu niêm của khối tương ứng; có chỗ sai thì nút không chạy.
Nút không tính lại các lá đã ghi: chỉ "ocopd check" xem tất cả và chỉ rõ từng chỗ. index.db suy ra từ chain.db: chuyển đi thì nút dựng lại từ các lá.
Bộ nhớ: nút dùng nhiều nhất nửa bộ nhớ của máy (limits.memory_mib), trừ khi trạng thái của sổ cần hơn; biến môi trường GOGC và GOMEMLIMIT định khác đi.`,
			En: `Runs the node of directory DIR as DIR/config.yaml says. The log goes to the error output.
On SIGINT (Ctrl-C) or SIGTERM the node finishes its answers, hands over the lead, writes its files and ends with code 0; a second signal ends it at once.
At its start the node looks at the structure of the files, at chain.db's head and seal index, and compares index.db with the seal of its block; it does not run
when one of them is wrong. It does not derive the leaves again that it has applied: only "ocopd check" looks at everything, and names every place. index.db is
derived from chain.db: moved away, it is built anew from the leaves.
Memory: the node takes at most half of the machine's (limits.memory_mib), unless the ledger's state needs more; the environment variables GOGC and GOMEMLIMIT decide otherwise.`},
		Example: "  ocopd run --dir /srv/ocop",
		Run: func(cmd *cobra.Command, _ []string) error {
			if err := verb.Require(cmd, "dir"); err != nil {
				return err
			}
			c, err := config.Load(filepath.Join(dir, config.FileName))
			if err != nil {
				return err
			}
			heap.Tune(a.env.Getenv, c.Limits.Memory)
			s, err := serve.Open(cmd.Context(), c, serve.Options{Version: softwareVersion(), Log: logger(c.Log, a.env.Err), Now: a.env.Now})
			if err != nil {
				return err
			}
			if err := a.announce(c, s); err != nil {
				return errors.Join(err, s.Close())
			}
			ctx := cmd.Context()
			if attached {
				var stop context.CancelFunc
				ctx, stop = untilEnd(ctx, a.env.In)
				defer stop()
			}
			defer supervise.From(a.env.Getenv).Watch(func() supervise.State { return state(s.Node(), a.lang) })()
			return ceremony.OfLedger(s.Node().Ledger().Genesis(), s.Run(ctx))
		},
	})
	a.dirFlag(cmd, &dir)
	cmd.Flags().BoolVar(&attached, "attached", false, a.t(lang.Text{
		Vi: "dừng khi luồng vào kết thúc: cho chương trình chạy nút, để nút không sống lâu hơn nó",
		En: "stop when the standard input ends: for a program that runs the node, which then does not outlive it"}))
	return cmd
}

// untilEnd ends with ctx, or when there is nothing more to read.
func untilEnd(ctx context.Context, in io.Reader) (context.Context, context.CancelFunc) {
	ctx, stop := context.WithCancel(ctx)
	go func() {
		_, _ = io.Copy(io.Discard, in)
		stop()
	}()
	return ctx, stop
}

func (a *app) dirFlag(cmd *cobra.Command, dir *string) {
	cmd.Flags().StringVar(dir, "dir", "", a.t(lang.Text{Vi: "`thư mục` của nút", En: "`directory` of the node"}))
}

// announce says what runs, before it runs.
func (a *app) announce(c *config.Config, s *serve.Served) error {
	g := s.Node().Ledger().Genesis()
	head := s.Head()
	v := struct {
		Notice  string `json:"notice,omitempty"`
		Agency  uint64 `json:"agency"`
		Chain   string `json:"chain_id"`
		Name    string `json:"chain_name"`
		Height  uint64 `json:"height"`
		Root    string `json:"root"`
		Public  string `json:"public"`
		URL     string `json:"url"` // what QR codes begin with
		Peer    string `json:"peer"`
		Operate string `json:"operator,omitempty"`
	}{g.Notice(), c.Agency, g.Chain.String(), g.Body.ChainName, head.Height, head.Root.String(), c.Public.Listen, s.BaseURL(), c.Peer.Listen, c.Operator.Listen}
	return a.print(v, func(w io.Writer) {
		if v.Notice != "" {
			fmt.Fprintln(w, v.Notice)
		}
		a.say(w, lang.Text{
			Vi: "Nút của cơ quan %d, sổ cái %s (%s), khối %d. Cổng công khai %s, mã QR dẫn đến %s. Dừng: Ctrl-C.",
			En: "Node of agency %d, ledger %s (%s), block %d. Public door %s, QR codes lead to %s. Stop: Ctrl-C."}, v.Agency, v.Name, v.Chain, v.Height, v.Public, v.URL)
	})
}

// state is how the node is, as its supervisor wants to know it.
func state(n *node.Node, l lang.Language) supervise.State {
	live, ready := n.Live(), n.Ready()
	s := supervise.State{Started: n.Started(), Alive: live.OK}
	says := lang.Text{Vi: "khối %d", En: "block %d"}.F(l, n.Ledger().Head().Height)
	for _, c := range ready.Checks {
		if c.Required && !c.OK {
			says += "; " + lang.Text{Vi: c.Vietnamese, En: c.English}.In(l)
		}
	}
	s.Says = says
	return s
}
