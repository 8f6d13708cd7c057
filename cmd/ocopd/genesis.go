package main

import (
	"github.com/spf13/cobra"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/internal/verb"
)

func (a *app) genesis() *cobra.Command {
	return verb.Group(a.lang, verb.Spec{
		Use:   "genesis",
		Short: lang.Text{Vi: "Lập tệp khởi nguyên của một sổ cái mới", En: "Make the genesis file of a new ledger"},
		Long: lang.Text{
			Vi: `Tệp khởi nguyên là điều mọi nút cùng bắt đầu: các cơ quan, khóa công khai, thẩm quyền, địa bàn, bộ tiêu chí, thời hạn. Mã sổ cái là giá trị băm của nó.
Mỗi khóa trong tệp có chứng thực của chính người giữ khóa; khóa riêng không đi đâu cả.`,
			En: `A genesis file is what all nodes begin with: agencies, public keys, authorities, territories, rule sets, windows. The chain id is its hash.
Every key in it comes with a proof by its own holder; private keys go nowhere.`},
	}, a.genesisOfficer(), a.genesisAssemble(), a.genesisCountersign(), a.genesisShow())
}
