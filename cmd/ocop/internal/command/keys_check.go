package command

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/ocopledger/ocop/cmd/ocop/internal/lang"
)

func (a *app) keysCheck() *cobra.Command {
	var p passwords
	cmd := a.command(verb{
		use:   "check FILE",
		short: lang.Text{Vi: "Thử xem mật khẩu có mở được tệp khóa không", En: "See whether the password opens the key"},
		least: 1, most: 1,
		run: func(_ *cobra.Command, args []string) error {
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
	a.passwordFlags(cmd, &p)
	return cmd
}
