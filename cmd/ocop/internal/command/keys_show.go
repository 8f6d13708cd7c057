package command

import (
	"io"

	"github.com/spf13/cobra"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/internal/verb"
	"github.com/ocopledger/ocop/ledger/ident/keystore"
)

func (a *app) keysShow() *cobra.Command {
	return a.command(verb.Spec{
		Use:   "show FILE",
		Short: lang.Text{Vi: "Xem khóa công khai; không cần mật khẩu", En: "Show the public key; needs no password"},
		Least: 1, Most: 1,
		Run: func(_ *cobra.Command, args []string) error {
			data, err := keystore.ReadFile(args[0])
			if err != nil {
				return err
			}
			k, err := keystore.Inspect(data)
			if err != nil {
				return a.keyError(args[0], err)
			}
			info := newKeyInfo(args[0], k.Purpose, k.Account, k.Public)
			if info.Address == "" && k.Address != "" {
				info.Address = "0x" + k.Address
			}
			return a.print(notice{}, info, func(w io.Writer) { a.keyText(w, info) })
		},
	})
}
