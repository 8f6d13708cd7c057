package command

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/internal/verb"
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/ledger/ident"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

func (a *app) draftRetireKey() *cobra.Command {
	var (
		account ledger.AccountID
		key     ident.PublicKey
		reason  recordv1.RetireReason
	)
	cmd, _ := a.draftVerb(verb.Spec{
		Use:     "retire-key",
		Short:   lang.Text{Vi: "Ngừng dùng một khóa", En: "Retire a key"},
		Example: "  ocop draft retire-key --account 2000001 --public-key 02… --reason lost --author 2 -o nhap.yaml",
	}, []string{"account", "public-key", "reason"}, func(_ context.Context, d *drafting) error {
		if d.author == 0 {
			d.author = account.Registrar()
		}
		d.act(compose.Act(&recordv1.RetireKey{Account: uint64(account), PublicKey: key[:], Reason: reason}))
		return nil
	})
	idFlag(a, cmd, &account, "account", accountExample, ledger.ParseAccountID, lang.Text{Vi: "tài khoản có khóa", En: "account of the key"})
	idFlag(a, cmd, &key, "public-key", "02… (66 hex)", ident.ParsePublicKey, lang.Text{Vi: "khóa công khai, xem bằng \"ocop keys show\"", En: "public key, see \"ocop keys show\""})
	enumFlag(a, cmd, &reason, "reason", lang.Text{Vi: "lý do", En: "reason"})
	return cmd
}
