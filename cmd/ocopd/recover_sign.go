package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/internal/password"
	"github.com/ocopledger/ocop/cmd/internal/verb"
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/node/recovery"
)

func (a *app) recoverSign() *cobra.Command {
	var (
		key, out string
		agency   uint64
		source   password.Source
	)
	cmd := verb.Command(a.lang, verb.Spec{
		Use:   "sign FILE --key KEYSTORE",
		Short: lang.Text{Vi: "Một cơ quan ký tuyên bố khôi phục", En: "An agency signs the recovery statement"},
		Long: lang.Text{
			Vi: `Hiện nội dung bằng hai thứ tiếng, rồi ký bằng khóa của một cán bộ có quyền quản trị. Hãy đối chiếu với các cơ quan khác qua đường khác (điện thoại) rằng các máy
ấy mất hẳn và nút giữ lá phiếu là nút đi xa nhất. Các cơ quan ký lần lượt vào cùng một tệp; ký lại thì thay chữ ký trước của cơ quan.`,
			En: `Shows the text in both languages, and signs it with the key of an officer who may govern. Agree with the other agencies by another way, such as the telephone, that
the machines are gone for good and that the node that votes is the one that is furthest. Agencies sign the same file in turn; signing again replaces the
agency's signature.`},
		Example: "  ocopd recover sign khoi-phuc.txt --key hoa.json",
		Least:   1, Most: 1,
		Run: func(cmd *cobra.Command, args []string) error {
			if err := verb.Require(cmd, "key"); err != nil {
				return err
			}
			s, err := readStatement(args[0])
			if err != nil {
				return err
			}
			shown := a.env.Terminal && !a.json
			if shown { // before a password is asked for
				describeStatement(a.env.Err, s)
			}
			private, account, err := a.openAuthor(key, source)
			if err != nil {
				return err
			}
			defer private.Zero()
			if agency == 0 {
				agency = account
			}
			if !ledger.AccountID(agency).IsAgency() {
				return fail(exitKey, lang.Text{Vi: "khóa %s không nói thuộc cơ quan nào: hãy ghi --agency", En: "keystore %s does not say which agency it is of: give --agency"}, key)
			}
			if err := s.Sign(ledger.AccountID(agency), private); err != nil {
				return err
			}
			if out == "" {
				err = replace(args[0], s.Bytes())
			} else {
				err = writeNew(out, s.Bytes())
			}
			if err != nil {
				return err
			}
			return a.printSigned(s, agency, shown)
		},
	})
	f := cmd.Flags()
	f.StringVar(&key, "key", "", a.t(lang.Text{Vi: "`tệp` khóa của một cán bộ", En: "keystore `file` of an officer"}))
	f.Uint64Var(&agency, "agency", 0, a.t(lang.Text{Vi: "`số` tài khoản cơ quan của cán bộ; mặc định theo tệp khóa", En: "account `number` of the officer's agency; by default as the keystore says"}))
	f.StringVarP(&out, "output", "o", "", a.t(lang.Text{Vi: "`tệp` mới để ghi; mặc định ghi vào chính FILE", En: "new `file` to write; by default FILE itself"}))
	source.Flags(a.lang, cmd)
	return cmd
}

func (a *app) printSigned(s *recovery.Statement, agency uint64, shown bool) error {
	v := struct {
		Agency    uint64          `json:"agency"`
		Statement statementReport `json:"statement"`
	}{agency, reportStatement(s)}
	return a.print(v, func(w io.Writer) {
		if !shown {
			describeStatement(w, s)
		}
		a.say(w, lang.Text{Vi: "Cơ quan %d đã ký. Đã có chữ ký của các cơ quan: %s", En: "Agency %d has signed. Signatures are there of agencies: %s"}, agency, fmt.Sprint(v.Statement.Signed))
	})
}
