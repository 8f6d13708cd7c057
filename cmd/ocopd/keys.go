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
			Vi: `Khóa ký bản thảo (nút), khóa đồng ký và khóa kết nối (TLS) được thay mà không dừng mạng: tạo khóa mới cạnh khóa cũ, cán bộ ký bản ghi
thay khóa, và từ khối kế tiếp khóa mới có hiệu lực. Thay khóa nút hoặc khóa đồng ký kết thúc một kỳ chính sách; thay khóa TLS thì không.`,
			En: `The key that signs drafts (node), the one that cosigns heads and the one that connects nodes (TLS) are rotated without stopping the network: new keys
are made beside the old ones, an officer signs the record that names them, and from the next block on they are in force. A new node or cosigner key ends
a policy epoch, a new TLS key does not.`},
	}, a.keysRotate(), a.keysLog())
}
