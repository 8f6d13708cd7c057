package command

import (
	"context"
	"os"

	"github.com/spf13/cobra"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/internal/verb"
	"github.com/ocopledger/ocop/cmd/ocop/internal/draft"
	"github.com/ocopledger/ocop/cmd/ocop/internal/keyproof"
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/compose"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

func (a *app) draftAccount() *cobra.Command {
	var (
		account                ledger.AccountID
		kind                   recordv1.AccountKind
		roles                  uint64
		name, hidden, business string
		territory              uint32
		proof                  string
	)
	cmd, d := a.draftVerb(verb.Spec{
		Use:   "account",
		Short: lang.Text{Vi: "Đăng ký chủ thể hoặc thương nhân", En: "Register a producer or trader"},
		Long: lang.Text{
			Vi: `Cơ quan đăng ký một tài khoản trong dải số của mình (số cơ quan × 1.000.000 + 1 …). Chưa có khóa cũng được: chủ thể được
chứng nhận ngay, và bán được sau khi gắn khóa.
Tên trên sổ cái công khai vĩnh viễn. Tên hộ kinh doanh là tên cá nhân: dùng --private-name, sổ cái chỉ giữ mã cam kết.`,
			En: `An agency registers an account out of its own range (agency number × 1,000,000 + 1 …). It needs no key yet: the producer can be
certified at once, and sells after a key is bound.
Names on the ledger are public for ever. That of a household business is a person's: use --private-name, and the ledger holds a commitment only.`},
		Example: "  ocop draft account --account 2000001 --kind cooperative --roles producer --name \"HTX Công Bằng\" --territory 663 -o nhap.yaml",
	}, []string{"kind", "roles", "territory"}, func(ctx context.Context, d *drafting) error {
		if err := a.nextAccount(ctx, d, &account); err != nil {
			return err
		}
		r := &recordv1.RegisterAccount{Account: uint64(account), Kind: kind, Roles: uint32(roles), Territory: territory, BusinessNumber: business}
		if d.author == 0 {
			d.author = account.Registrar()
		}
		var err error
		if r.Name, err = a.publicName(d, "account "+account.String(), name, hidden, kind == recordv1.AccountKind_ACCOUNT_KIND_HOUSEHOLD_BUSINESS); err != nil {
			return err
		}
		if proof != "" {
			p, err := readProof(proof, d.place.chain)
			if err != nil {
				return err
			}
			if p.Place.Account != account || p.Place.Epoch != 1 {
				return fail(exitInput, lang.Text{
					Vi: "chứng thực khóa là cho tài khoản %v, kỳ %d; cần tài khoản %v, kỳ 1",
					En: "the proof is for account %v, epoch %d; wanted are account %v, epoch 1"}, p.Place.Account, p.Place.Epoch, account)
			}
			r.Key = p.Place.Grant(p.Key, p.Proof)
		}
		d.act(compose.Act(r))
		return nil
	})
	idFlag(a, cmd, &account, "account", accountExample, ledger.ParseAccountID, lang.Text{Vi: "số tài khoản mới; không ghi thì hỏi nút số kế tiếp của --author", En: "number of the new account; without it the node is asked for the next of --author"})
	enumFlag(a, cmd, &kind, "kind", lang.Text{Vi: "loại chủ thể", En: "kind of actor"})
	bitsFlag(a, cmd, &roles, "roles", draft.AccountRoles[:2], lang.Text{Vi: "vai trò", En: "roles"})
	a.nameFlags(cmd, d, &name, &hidden)
	cmd.Flags().Uint32Var(&territory, "territory", 0, a.t(lang.Text{Vi: "mã địa bàn của trụ sở", En: "territory code of its seat"}))
	cmd.Flags().StringVar(&business, "business-number", "", a.t(lang.Text{Vi: "mã số doanh nghiệp (không dùng cho cá nhân)", En: "business registration number (not of natural persons)"}))
	a.proofFlag(cmd, &proof)
	return cmd
}

func (a *app) nameFlags(cmd *cobra.Command, d *drafting, name, hidden *string) {
	cmd.Flags().StringVar(name, "name", "", a.t(lang.Text{Vi: "tên đăng ký, công khai vĩnh viễn", En: "register name, public for ever"}))
	cmd.Flags().StringVar(hidden, "private-name", "", a.t(lang.Text{Vi: "tên giữ riêng; sổ cái chỉ có mã cam kết", En: "name kept private; the ledger has its commitment only"}))
	a.privateFlag(cmd, d)
}

// publicName chooses between a register name and a commitment.
func (a *app) publicName(d *drafting, subject, name, hidden string, person bool) (*recordv1.Name, error) {
	switch {
	case (name == "") == (hidden == ""):
		return nil, fail(exitUsage, lang.Text{Vi: "cần một trong --name và --private-name", En: "want one of --name and --private-name"})
	case name != "" && person:
		return nil, fail(exitInput, lang.Text{
			Vi: "tên hộ kinh doanh là tên cá nhân và không xóa được khỏi sổ cái: dùng --private-name",
			En: "the name of a household business is a person's and cannot be erased from the ledger: use --private-name"})
	case name != "":
		return compose.RegisterName(draft.Clean(name)), nil
	}
	h, err := d.hide(a.env.Random, subject, compose.CommitName, hidden)
	return compose.BlobName(h), err
}

func (a *app) proofFlag(cmd *cobra.Command, proof *string) {
	cmd.Flags().StringVar(proof, "key-proof", "", a.t(lang.Text{Vi: "chứng thực khóa từ \"ocop keys proof\": cả `dòng`, hoặc tên tệp chứa dòng đó", En: "proof from \"ocop keys proof\": the `line`, or a file that holds it"}))
}

// readProof takes a proof or a file with one, and checks that it is for this ledger.
func readProof(s string, chain ledger.ChainID) (*keyproof.Proof, error) {
	if _, err := os.Stat(s); err == nil {
		data, err := readFile(s, 4096)
		if err != nil {
			return nil, err
		}
		s = string(data)
	}
	p, err := keyproof.Parse(s)
	if err != nil {
		return nil, withCode(exitInput, err)
	}
	if p.Place.Chain != chain {
		return nil, fail(exitInput, lang.Text{Vi: "chứng thực khóa là cho sổ cái %s, không phải %s", En: "the proof is for ledger %s, not %s"}, p.Place.Chain, chain)
	}
	return p, nil
}
