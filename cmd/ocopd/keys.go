package main

import (
	"github.com/spf13/cobra"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/internal/verb"
)

func (a *app) keys() *cobra.Command {
	return verb.Group(a.lang, verb.Spec{
		Use:   "keys",
		Short: lang.Text{Vi: "Khóa của nút", En: "The node's keys"},
		Long: lang.Text{
			Vi: `Khóa ký bản thảo (nút) và khóa đồng ký được thay mà không dừng mạng: tạo khóa mới cạnh khóa cũ, cán bộ ký bản ghi thay khóa,
và từ khối kế tiếp khóa mới có hiệu lực. Mỗi lần thay khóa kết thúc một kỳ chính sách.`,
			En: `The key that signs drafts (node) and the one that cosigns heads are rotated without stopping the network: new keys are made beside the old ones,
an officer signs the record that names them, and from the next block on they are in force. Each rotation ends a policy epoch.`},
	}, a.keysRotate())
}
