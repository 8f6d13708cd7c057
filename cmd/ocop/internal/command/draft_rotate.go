package command

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/internal/rotation"
	"github.com/ocopledger/ocop/cmd/internal/verb"
)

func (a *app) draftRotate() *cobra.Command {
	var keys string
	cmd, _ := a.draftVerb(verb.Spec{
		Use:   "rotate-validator",
		Short: lang.Text{Vi: "Thay khóa nút xác thực của cơ quan mình", En: "Rotate the keys of one's own validator"},
		Long: lang.Text{
			Vi: `Thay khóa đồng ký, khóa ký bản thảo, khóa kết nối (TLS) hoặc vài khóa một lúc bằng khóa mới mà người vận hành nút đã tạo: tệp do
"ocopd keys rotate" viết ra. Một bản ghi, không cần bỏ phiếu; ký bằng khóa có quyền quản trị. Khối nhận bản ghi này kết thúc một kỳ chính sách,
trừ khi chỉ thay khóa TLS.`,
			En: `Replaces the cosigner key, the key that signs drafts, the TLS key, or several by new ones that the node's operator has made: the file that
"ocopd keys rotate" writes. One record, without a vote, signed with a key that may govern. The block that takes it ends a policy epoch, unless the TLS key
is the only one.`},
		Example: "  ocop draft rotate-validator --keys khoa-moi.txt -o nhap.yaml",
	}, []string{"keys"}, func(_ context.Context, d *drafting) error {
		data, err := readFile(keys, rotation.MaxText)
		if err != nil {
			return err
		}
		r, err := rotation.Parse(string(data))
		if err != nil {
			return withCode(exitInput, err)
		}
		if r.Place.Chain != d.place.chain {
			return fail(exitInput, lang.Text{Vi: "khóa mới là cho sổ cái %s, không phải %s", En: "the new keys are for ledger %s, not %s"}, r.Place.Chain, d.place.chain)
		}
		if d.author == 0 {
			d.author = r.Place.Agency
		}
		if d.author != r.Place.Agency {
			return fail(exitInput, lang.Text{Vi: "khóa mới là của nút cơ quan %v, không phải %v", En: "the new keys are of the validator of agency %v, not %v"}, r.Place.Agency, d.author)
		}
		action := r.Action()
		d.act(action)
		return nil
	})
	cmd.Flags().StringVar(&keys, "keys", "", a.t(lang.Text{Vi: "`tệp` từ \"ocopd keys rotate\"", En: "`file` from \"ocopd keys rotate\""}))
	return cmd
}
