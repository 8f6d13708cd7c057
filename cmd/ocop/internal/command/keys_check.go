package command

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/internal/password"
	"github.com/ocopledger/ocop/cmd/internal/verb"
)

func (a *app) keysCheck() *cobra.Command {
	var p password.Source
	cmd := a.command(verb.Spec{
		Use:   "check FILE",
		Short: lang.Text{Vi: "Thử xem mật khẩu có mở được tệp khóa không", En: "See whether the password opens the key"},
		Least: 1, Most: 1,
		Run: func(_ *cobra.Command, args []string) error {
			key, err := a.openKey(args[0], p)
			if err != nil {
				return err
			}
			defer key.Zero()
			public, err := key.Public()
			if err != nil {
				return a.keyError(args[0], err)
			}
			info := newKeyInfo(args[0], key.Purpose, key.Account, public)
			return a.print(notice{}, info, func(w io.Writer) {
				a.keyText(w, info)
				fmt.Fprintln(w, a.t(lang.Text{Vi: "Mật khẩu đúng.", En: "The password is right."}))
			})
		},
	})
	p.Flags(a.lang, cmd)
	return cmd
}
