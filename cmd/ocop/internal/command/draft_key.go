package command

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/internal/verb"
	"github.com/ocopledger/ocop/ledger/compose"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

func (a *app) draftKey() *cobra.Command {
	var proof string
	cmd, _ := a.draftVerb(verb.Spec{
		Use:   "key",
		Short: lang.Text{Vi: "Gắn khóa vào tài khoản", En: "Bind a key to an account"},
		Long: lang.Text{
			Vi: `Gắn một khóa theo chứng thực của người giữ khóa. Cơ quan ký khi gắn khóa đầu tiên hoặc khi mất hết khóa; chủ tài khoản tự ký khi thay khóa.`,
			En: `Binds a key by its holder's proof. An agency signs for a first key, or when all are lost; the account itself signs to rotate.`},
		Example: "  ocop draft key --key-proof chung-thuc.txt --author 2 -o nhap.yaml",
	}, []string{"key-proof"}, func(_ context.Context, d *drafting) error {
		p, err := readProof(proof, d.place.chain)
		if err != nil {
			return err
		}
		if d.author == 0 {
			d.author = p.Place.Account.Registrar()
		}
		d.act(compose.Act(&recordv1.BindKey{Account: uint64(p.Place.Account), Epoch: p.Place.Epoch, Key: p.Place.Grant(p.Key, p.Proof)}))
		return nil
	})
	a.proofFlag(cmd, &proof)
	return cmd
}
