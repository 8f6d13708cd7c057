package command

import (
	"github.com/spf13/cobra"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/internal/password"
	"github.com/ocopledger/ocop/cmd/internal/verb"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/ident/keystore"
)

func (a *app) keysNew() *cobra.Command {
	var (
		account uint64
		light   bool
		p       password.Source
	)
	cmd := a.command(verb.Spec{
		Use:     "new FILE",
		Short:   lang.Text{Vi: "Tạo khóa ký mới", En: "Make a new signing key"},
		Example: "  ocop keys new --account 2000001 chu-the.json",
		Least:   1, Most: 1,
		Run: func(_ *cobra.Command, args []string) error {
			private, err := ident.GeneratePrivateKey(a.env.Random)
			if err != nil {
				return err
			}
			defer private.Zero()
			key := keystore.FromAuthor(account, private)
			defer key.Zero()
			return a.storeKey(args[0], key, p, light, lang.Text{
				Vi: "Hãy in phiếu khôi phục ngay: ocop keys backup %s -o phieu.html",
				En: "Print the recovery sheet now: ocop keys backup %s -o sheet.html"})
		},
	})
	cmd.Flags().Uint64Var(&account, "account", 0, a.t(lang.Text{Vi: "tài khoản của chủ khóa, nếu đã biết; khi ký sẽ được đối chiếu", En: "account of the key's owner, if known; compared when signing"}))
	a.lightFlag(cmd, &light)
	p.Flags(a.lang, cmd)
	return cmd
}
