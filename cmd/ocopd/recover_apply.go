package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/internal/verb"
	"github.com/ocopledger/ocop/cmd/ocopd/internal/ceremony"
	"github.com/ocopledger/ocop/cmd/ocopd/internal/examine"
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/node"
	"github.com/ocopledger/ocop/node/keys"
)

// recoverWait is how long each door of a machine that is given up is tried: a machine that is busy, on a slow line, answers in that time.
const recoverWait = 5 * time.Second

func (a *app) recoverApply() *cobra.Command {
	var dir, statement string
	cmd := verb.Command(a.lang, verb.Spec{
		Use:   "apply --dir DIR --statement FILE",
		Short: lang.Text{Vi: "Thi hành tuyên bố đã ký trên nút giữ lá phiếu, đã dừng", En: "Apply the signed statement, on the node that votes, stopped"},
		Long: lang.Text{
			Vi: `Kiểm tra: cùng sổ cái, chữ ký của cán bộ quản trị hơn một nửa số cơ quan có nút xác thực theo sổ cái của nút này, đúng nút này, đúng các phiếu của raft, sổ cái có đủ
những gì tuyên bố nêu và những gì nút đã đồng ký; không máy nào ghi là mất mà còn trả lời: máy trả lời là máy chưa mất. Có chỗ sai thì từ chối và không đổi gì.
Sau đó mọi mục của nhật ký raft được thực thi, nút là phiếu duy nhất, các phiếu cũ không bao giờ được nghe nữa; tuyên bố được giữ trong DIR/recoveries.
Hãy sao chép cả DIR đi nơi khác trước.`,
			En: `Checks: the same ledger, signatures of officers who may govern for more than half of the agencies that run validators by this node's ledger, this very node, the very
voters of raft, a ledger that holds what the statement names and what the node has cosigned; and that no machine that is named as lost answers: a machine that
answers is not lost. Refuses when anything is wrong, and changes nothing. Then every entry of raft's log is applied, the node is the only voter, and the old
voters are never listened to again; the statement is kept in DIR/recoveries. Copy the whole of DIR elsewhere before.`},
		Example: "  ocopd recover apply --dir /srv/ocop --statement khoi-phuc.txt",
		Run: func(cmd *cobra.Command, _ []string) error {
			if err := verb.Require(cmd, "dir", "statement"); err != nil {
				return err
			}
			return a.applyRecovery(cmd.Context(), dir, statement)
		},
	})
	a.dirFlag(cmd, &dir)
	cmd.Flags().StringVar(&statement, "statement", "", a.t(lang.Text{Vi: "`tệp` tuyên bố đã ký", En: "`file` of the signed statement"}))
	return cmd
}

func (a *app) applyRecovery(ctx context.Context, dir, path string) error {
	s, err := readStatement(path)
	if err != nil {
		return err
	}
	o, g, done, err := a.recovering(dir)
	if err != nil {
		return err
	}
	defer done()
	set, err := keys.Load(o.Config.Path(o.Config.Keys))
	if err != nil {
		return err
	}
	o.Ask = func(ctx context.Context, v node.Asked) (uint64, bool) {
		return examine.Validator{Agency: v.Agency, Peer: v.Peer, Public: v.Public, TLS: v.TLSKey}.Answers(ctx, set.TLS, examine.Options{Now: a.env.Now, Wait: recoverWait})
	}
	r, err := node.Recover(ctx, o, s)
	if err == nil {
		err = a.printRecovered(r, g.Notice())
	}
	return ceremony.OfLedger(g, err)
}

type recoveredReport struct {
	Notice   string             `json:"notice,omitempty"`
	File     string             `json:"file"`
	Expelled []string           `json:"expelled"`
	Entries  uint64             `json:"raft_entries_applied"`
	Before   uint64             `json:"height_before"`
	Height   uint64             `json:"height"`
	Size     uint64             `json:"size"`
	Root     string             `json:"root"`
	Accepted []string           `json:"uncertain_accepted"` // records applied now, of which nobody can tell whether a majority had them
	Refused  []string           `json:"uncertain_refused"`
	Quorum   int                `json:"quorum"`
	NotAsked []ledger.AccountID `json:"left_and_silent"`
}

func (a *app) printRecovered(r *node.Recovered, notice string) error {
	v := recoveredReport{
		Notice: notice, File: r.File, Expelled: slices.Clone(r.Expelled), Entries: r.Applied, Before: r.Before.Height, Height: r.After.Height, Size: r.After.Size, Root: r.After.Root.String(),
		Accepted: []string{}, Refused: []string{}, Quorum: r.Quorum, NotAsked: append([]ledger.AccountID{}, r.Silent...),
	}
	for _, o := range r.Outcomes {
		switch {
		case o.Duplicate:
		case o.Status == chain.Accepted:
			v.Accepted = append(v.Accepted, o.Record.String())
		default:
			v.Refused = append(v.Refused, o.Record.String())
		}
	}
	return a.print(v, func(w io.Writer) { a.recoveredText(w, &v) })
}

func (a *app) recoveredText(w io.Writer, v *recoveredReport) {
	if v.Notice != "" {
		fmt.Fprintln(w, v.Notice)
	}
	a.say(w, lang.Text{Vi: "Nút này giữ lá phiếu một mình. Thôi phiếu: %v. Tuyên bố giữ ở %s.", En: "This node votes alone. Given up: %v. The statement is kept in %s."}, v.Expelled, v.File)
	a.say(w, lang.Text{
		Vi: "Đã thực thi %d mục của nhật ký raft, từ khối %d đến khối %d (%d lá, gốc %s): không ai biết đa số đã nhận chúng hay chưa.",
		En: "%d entries of raft's log were applied, from block %d to block %d (size %d, root %s): nobody can tell whether a majority had them."},
		v.Entries, v.Before, v.Height, v.Size, v.Root)
	for _, id := range v.Accepted {
		a.say(w, lang.Text{Vi: "  nhận: %s", En: "  accepted: %s"}, id)
	}
	for _, id := range v.Refused {
		a.say(w, lang.Text{Vi: "  từ chối: %s", En: "  refused: %s"}, id)
	}
	if len(v.NotAsked) > 0 {
		a.say(w, lang.Text{
			Vi: "Không hỏi được nút còn lại của các cơ quan %v: hãy tự đối chiếu rằng chúng không đi xa hơn nút này.",
			En: "The nodes of agencies %v are left and did not answer: see for yourselves that they are not further than this one."}, v.NotAsked)
	}
	a.say(w, lang.Text{
		Vi: `Việc tiếp theo:
  1. Khởi động nút này: nó nhận và xếp thứ tự bản ghi. Chưa có gì được chứng thực cho đến khi %d cơ quan đồng ký được.
  2. Mỗi cơ quan thôi phiếu ký ngay lần lập mới, dù máy mới chưa có, để không ai nghe kho cũ nữa: ocop draft update-node --new-store, ocop sign, ocop submit.
  3. Máy mới, khóa từ bản sao khóa, thư mục dữ liệu trống: nút bắt kịp và có lại ghế. Cơ quan không trở lại thì bỏ bằng biểu quyết: ocop draft propose-remove-validator.`,
		En: `What comes next:
  1. Start this node: it takes and orders records. Nothing is certified until %d agencies can cosign.
  2. Each agency that gave up its vote signs a new incarnation at once, even before there is a new machine, so that nobody listens to the old store:
     ocop draft update-node --new-store, ocop sign, ocop submit.
  3. A new machine, the keys from their backup, an empty data directory: the node catches up and has a seat again. Who does not come back is removed by votes:
     ocop draft propose-remove-validator.`}, v.Quorum)
}
