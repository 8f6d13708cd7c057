package main

import (
	"io"

	"github.com/spf13/cobra"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/internal/verb"
	"github.com/ocopledger/ocop/cmd/ocopd/internal/ceremony"
	"github.com/ocopledger/ocop/ledger/genesis"
)

func (a *app) genesisShow() *cobra.Command {
	return verb.Command(a.lang, verb.Spec{
		Use:   "show FILE",
		Short: lang.Text{Vi: "Xem tệp khởi nguyên hoặc bản mô tả cơ quan", En: "Show a genesis file or an agency's descriptor"},
		Long: lang.Text{
			Vi: `Kiểm tra mọi chữ ký và quy tắc của tệp rồi hiển thị. Trước khi ký xác nhận, các cơ quan đối chiếu với nhau mã sổ cái và vân tay các khóa.`,
			En: `Checks every signature and rule of the file, and shows it. Before they countersign, agencies compare the chain id and the keys' fingerprints with each
other.`},
		Example: "  ocopd genesis show genesis\n  ocopd genesis show agency-1.descriptor",
		Least:   1, Most: 1,
		Run: func(_ *cobra.Command, args []string) error {
			data, err := readFile(args[0], maxGenesis)
			if err != nil {
				return err
			}
			if genesis.IsDescriptor(data) {
				return a.showDescriptor(args[0], data)
			}
			g, err := parseGenesis(args[0], data)
			if err != nil {
				return err
			}
			return a.showGenesis(g)
		},
	})
}

func (a *app) showGenesis(g *genesis.Genesis) error {
	d := ceremony.Describe(g)
	return a.print(d, func(w io.Writer) { d.Text(w, a.lang) })
}

func (a *app) showDescriptor(path string, data []byte) error {
	d, err := parseDescriptor(path, data)
	if err != nil {
		return err
	}
	v := struct {
		ChainName string          `json:"chain_name"`
		Agency    ceremony.Agency `json:"agency"`
	}{d.ChainName, ceremony.DescribeAgency(d)}
	return a.print(v, func(w io.Writer) {
		a.say(w, lang.Text{Vi: "Bản mô tả cho sổ cái %s", En: "Descriptor for ledger %s"}, v.ChainName)
		v.Agency.Text(w, a.lang)
	})
}
