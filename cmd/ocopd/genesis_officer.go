package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/internal/officer"
	"github.com/ocopledger/ocop/cmd/internal/password"
	"github.com/ocopledger/ocop/cmd/internal/verb"
	"github.com/ocopledger/ocop/cmd/ocopd/internal/ceremony"
	"github.com/ocopledger/ocop/ledger"
)

func (a *app) genesisOfficer() *cobra.Command {
	var (
		chainName, roles, out string
		agency                uint64
		source                password.Source
	)
	cmd := verb.Command(a.lang, verb.Spec{
		Use:   "officer KEYSTORE --chain-name NAME --agency N --roles …",
		Short: lang.Text{Vi: "Cán bộ chứng thực khóa của mình cho tệp khởi nguyên", En: "An officer proves possession of a key for the genesis"},
		Long: lang.Text{
			Vi: `Viết một dòng gồm khóa công khai, quyền và chữ ký rằng người giữ khóa muốn có mặt trong khởi nguyên của sổ cái này, cho cơ quan này.
Trong dòng không có bí mật; gửi tệp cho người chạy "ocopd init". Tạo khóa bằng "ocop keys new".`,
			En: `Writes one line with the public key, its roles, and a signature that its holder wants it in the genesis of this ledger, for this agency.
There is no secret in it; send the file to whoever runs "ocopd init". Make keys with "ocop keys new".`},
		Example: "  ocopd genesis officer hoa.json --chain-name ocop-daknong --agency 1 --roles register,certify,govern -o hoa.officer",
		Least:   1, Most: 1,
		Run: func(cmd *cobra.Command, args []string) error {
			if err := verb.Require(cmd, "chain-name", "agency", "roles"); err != nil {
				return err
			}
			bits, err := ceremony.ParseRoles(roles)
			if err != nil {
				return verb.Usage(lang.Text{Vi: "--roles: %v", En: "--roles: %v"}, err)
			}
			private, owner, err := a.openAuthor(args[0], source)
			if err != nil {
				return err
			}
			defer private.Zero()
			if owner != 0 && owner != agency {
				return fail(exitKey, lang.Text{Vi: "khóa này được tạo cho tài khoản %d, không phải %d", En: "this key was made for account %d, not %d"}, owner, agency)
			}
			p, err := officer.New(chainName, ledger.AccountID(agency), bits, private)
			if err != nil {
				return verb.Usage(lang.Text{Vi: "không chứng thực được: %v", En: "no proof can be made: %v"}, err)
			}
			return a.writeOfficer(p, out)
		},
	})
	f := cmd.Flags()
	f.StringVar(&chainName, "chain-name", "", a.t(lang.Text{Vi: "`tên` sổ cái mà các cơ quan đã thống nhất", En: "`name` of the ledger that the agencies have agreed on"}))
	f.Uint64Var(&agency, "agency", 0, a.t(lang.Text{Vi: "`số` tài khoản của cơ quan", En: "account `number` of the agency"}))
	f.StringVar(&roles, "roles", "", a.t(lang.Text{Vi: "khóa được ký những gì: `quyền` register,certify,trade,govern hoặc all", En: "what the key may sign: `roles` register,certify,trade,govern or all"}))
	f.StringVarP(&out, "output", "o", "", a.t(lang.Text{Vi: "`tệp` để ghi; mặc định ra màn hình", En: "`file` to write; by default the screen"}))
	source.Flags(a.lang, cmd)
	return cmd
}

func (a *app) writeOfficer(p *officer.Proof, out string) error {
	if out != "" {
		text := fmt.Sprintf("# Khóa cán bộ của cơ quan %v cho khởi nguyên sổ cái %s / officer's key of agency %v for the genesis of ledger %s\n%s\n", p.Agency, p.ChainName, p.Agency, p.ChainName, p)
		if err := writeNew(out, []byte(text)); err != nil {
			return err
		}
	}
	v := struct {
		Proof       string   `json:"proof"`
		File        string   `json:"file,omitempty"`
		ChainName   string   `json:"chain_name"`
		Agency      uint64   `json:"agency"`
		Roles       []string `json:"roles"`
		Public      string   `json:"public_key"`
		Fingerprint string   `json:"fingerprint"`
	}{p.String(), out, p.ChainName, uint64(p.Agency), ceremony.RoleNames(p.Roles), p.Key.String(), ceremony.Fingerprint(p.Key[:])}
	return a.print(v, func(w io.Writer) {
		if out == "" {
			fmt.Fprintln(w, p)
			return
		}
		a.say(w, lang.Text{Vi: "Đã ghi %s. Vân tay khóa để đối chiếu: %s", En: "Wrote %s. Fingerprint of the key, to compare: %s"}, out, v.Fingerprint)
	})
}
