package command

import (
	"github.com/spf13/cobra"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/internal/verb"
)

func (a *app) draft() *cobra.Command {
	return a.group(verb.Spec{
		Use:   "draft",
		Short: lang.Text{Vi: "Lập bản nháp để xem, sửa, ký", En: "Write a draft to review, change and sign"},
		Long: lang.Text{
			Vi: `Mỗi lệnh viết một tệp nháp (YAML) nói rõ sổ cái, người ký và từng hành động bằng lời và bằng số.
Tệp nháp chưa có giá trị gì: ai cũng đọc, sửa, chuyển tiếp được. --append thêm hành động vào nháp đã có;
cả bản ghi được nhận hoặc không được nhận cùng lúc.`,
			En: `Each command writes a draft file (YAML) that states the ledger, the author and each action in words and in fields.
A draft binds nobody: it can be read, changed and passed on. --append adds an action to an existing draft;
a record is taken as a whole or not at all.`},
	}, a.draftAccount(), a.draftKey(), a.draftRetireKey(), a.draftProduct(), a.draftCertify(), a.draftCorrect(), a.draftRevoke(),
		a.draftLot(), a.draftHold(), a.draftRelease(), a.draftRecall(), a.draftStamps(), a.draftInspect(), a.draftPicture(), a.draftContact(), a.draftSale(), a.draftAccept(), a.draftOutside(), a.draftRetail(), a.draftRotate(),
		a.draftUpdateNode(), a.draftProposeAdd(), a.draftProposeRemove(), a.draftProposeParameters(), a.draftVote())
}
