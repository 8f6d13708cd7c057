package command

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/internal/verb"
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/ledger/subject"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

func (a *app) draftUpdateNode() *cobra.Command {
	var (
		incarnation uint32
		newStore    bool
		update      recordv1.UpdateNode
	)
	cmd, _ := a.draftVerb(verb.Spec{
		Use:   "update-node",
		Short: lang.Text{Vi: "Cập nhật nút của cơ quan mình: kho raft mới, địa chỉ", En: "Update one's own node: a new raft store, addresses"},
		Long: lang.Text{
			Vi: `Khi kho raft của nút mới, được khôi phục hoặc đã mất: nút mang lần lập kế tiếp để không bao giờ bỏ phiếu bằng danh nghĩa cũ.
--new-store hỏi nút lần lập hiện tại; không có mạng thì ghi --incarnation. Cũng dùng để đổi địa chỉ. Một bản ghi, không cần biểu quyết.`,
			En: `When the node's raft store is new, restored or lost: the node gets the next incarnation, so that it never votes as its old self.
--new-store asks the node for the present one; without a network, give --incarnation. Addresses change by it, too. One record, without a vote.`},
		Example: "  ocop draft update-node --author 2 --new-store -o nhap.yaml\n  ocop draft update-node --author 2 --peer node2.example:7401 -o nhap.yaml",
	}, []string{"author"}, func(ctx context.Context, d *drafting) error {
		update.Incarnation = incarnation
		if newStore {
			if incarnation != 0 {
				return fail(exitUsage, lang.Text{Vi: "--new-store và --incarnation không dùng cùng nhau", En: "--new-store and --incarnation do not go together"})
			}
			now, err := readPresent(ctx, a, d, "--incarnation", subject.Node(d.author), subject.ParseNode)
			if err != nil {
				return err
			}
			update.Incarnation = now.Incarnation + 1
		}
		if update.Incarnation == 0 && update.PeerAddress == "" && update.PublicAddress == "" {
			return fail(exitUsage, lang.Text{Vi: "cần --new-store, --incarnation, --peer hoặc --public", En: "want --new-store, --incarnation, --peer or --public"})
		}
		d.act(compose.Act(&update))
		return nil
	})
	f := cmd.Flags()
	f.BoolVar(&newStore, "new-store", false, a.t(lang.Text{Vi: "kho raft mới: lần lập kế tiếp, hỏi nút", En: "a new raft store: the next incarnation, as the node tells it"}))
	f.Uint32Var(&incarnation, "incarnation", 0, a.t(lang.Text{Vi: "`số` lần lập kế tiếp", En: "`number` of the next incarnation"}))
	f.StringVar(&update.PeerAddress, "peer", "", a.t(lang.Text{Vi: "`máy:cổng` mà các nút khác kết nối đến", En: "`host:port` where the other validators reach the node"}))
	f.StringVar(&update.PublicAddress, "public", "", a.t(lang.Text{Vi: "`máy:cổng` công khai", En: "`host:port` where everybody reaches the node"}))
	return cmd
}

// readPresent asks the node for a subject as it is now. Without a node, the flag that tells it instead is missed.
func readPresent[T any](ctx context.Context, a *app, d *drafting, instead string, id subject.ID, parse func([]byte) (T, error)) (v T, err error) {
	if d.offline() {
		return v, fail(exitUsage, lang.Text{Vi: "thiếu %s (hoặc một nút để hỏi)", En: "%s missing (or a node to ask)"}, instead)
	}
	c, ctx, done, err := a.dial(ctx)
	if err != nil {
		return v, err
	}
	defer done()
	return readSubject(ctx, c, id, parse)
}

// agencyFlag is a flag for an agency's account.
func agencyFlag(a *app, cmd *cobra.Command, to *ledger.AccountID, name string, text lang.Text) {
	idFlag(a, cmd, to, name, "2", ledger.ParseAccountID, text)
}
