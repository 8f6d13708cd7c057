package main

import (
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/internal/password"
	"github.com/ocopledger/ocop/cmd/internal/verb"
	"github.com/ocopledger/ocop/cmd/ocopd/internal/ceremony"
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/genesis"
	"github.com/ocopledger/ocop/ledger/ident"
)

func (a *app) genesisCountersign() *cobra.Command {
	var (
		key, chain, out string
		source          password.Source
	)
	cmd := verb.Command(a.lang, verb.Spec{
		Use:   "countersign FILE --key KEYSTORE --chain-id ID",
		Short: lang.Text{Vi: "Một cơ quan xác nhận tệp khởi nguyên", En: "An agency agrees to the genesis file"},
		Long: lang.Text{
			Vi: `Ký xác nhận mã sổ cái bằng khóa của một cán bộ có trong tệp. Hãy xem tệp bằng "ocopd genesis show" và đối chiếu mã sổ cái với các cơ quan khác qua
đường khác (điện thoại); mã đó phải được nhập vào đây. Chữ ký không làm đổi mã sổ cái. Các cơ quan ký lần lượt vào cùng một tệp.`,
			En: `Signs the chain id with the key of an officer who stands in the file. Look at the file with "ocopd genesis show", and compare the chain id with the other
agencies by another way, such as the telephone; it has to be given here. The signature does not change the chain id. Agencies sign the same file in turn.`},
		Example: "  ocopd genesis countersign genesis --key hoa.json --chain-id 5f0c…",
		Least:   1, Most: 1,
		Run: func(cmd *cobra.Command, args []string) (err error) {
			if err := verb.Require(cmd, "key", "chain-id"); err != nil {
				return err
			}
			g, _, err := readGenesis(args[0])
			if err != nil {
				return err
			}
			defer func() { err = ceremony.OfLedger(g, err) }()
			id, err := parseChain(chain)
			if err != nil {
				return err
			}
			if id != g.Chain {
				return fail(exitInput, lang.Text{Vi: "%s là của sổ cái %s, không phải %s: đừng ký", En: "%s is of ledger %s, not %s: do not sign it"}, args[0], g.Chain.String(), id.String())
			}
			private, _, err := a.openAuthor(key, source)
			if err != nil {
				return err
			}
			defer private.Zero()
			signed, agency, err := countersign(g, private)
			if err != nil {
				return err
			}
			if out == "" {
				err = replace(args[0], signed.Bytes())
			} else {
				err = writeNew(out, signed.Bytes())
			}
			if err != nil {
				return err
			}
			return a.printCountersigned(signed, agency)
		},
	})
	f := cmd.Flags()
	f.StringVar(&key, "key", "", a.t(lang.Text{Vi: "`tệp` khóa của một cán bộ", En: "keystore `file` of an officer"}))
	f.StringVar(&chain, "chain-id", "", a.t(lang.Text{Vi: "`mã` sổ cái đã đối chiếu", En: "`id` of the ledger, as compared"}))
	f.StringVarP(&out, "output", "o", "", a.t(lang.Text{Vi: "`tệp` mới để ghi; mặc định ghi vào chính FILE", En: "new `file` to write; by default FILE itself"}))
	source.Flags(a.lang, cmd)
	return cmd
}

// countersign signs as the agency whose officer holds the key.
func countersign(g *genesis.Genesis, private *ident.PrivateKey) (*genesis.Genesis, ledger.AccountID, error) {
	public := private.Public()
	for _, agency := range g.Body.Agencies {
		for _, k := range agency.Keys {
			if slices.Equal(k.PublicKey, public[:]) {
				signed, err := g.Countersign(ledger.AccountID(agency.Account), private)
				return signed, ledger.AccountID(agency.Account), err
			}
		}
	}
	return nil, 0, fail(exitKey, lang.Text{Vi: "khóa %s không phải của cán bộ nào trong tệp", En: "key %s is of no officer in the file"}, ceremony.Fingerprint(public[:]))
}

func (a *app) printCountersigned(g *genesis.Genesis, agency ledger.AccountID) error {
	d := ceremony.Describe(g)
	missing := []uint64{}
	for _, c := range d.Countersignatures {
		if !c.Signed {
			missing = append(missing, c.Agency)
		}
	}
	v := struct {
		Notice  string   `json:"notice,omitempty"`
		Chain   string   `json:"chain_id"`
		Agency  uint64   `json:"agency"`
		Missing []uint64 `json:"missing"`
	}{d.Notice, d.Chain, uint64(agency), missing}
	return a.print(v, func(w io.Writer) {
		if v.Notice != "" {
			fmt.Fprintln(w, v.Notice)
		}
		a.say(w, lang.Text{Vi: "Cơ quan %d đã xác nhận sổ cái %s.", En: "Agency %d has countersigned ledger %s."}, v.Agency, v.Chain)
		if len(missing) > 0 {
			a.say(w, lang.Text{Vi: "Còn thiếu cơ quan: %v", En: "Still missing are agencies: %v"}, missing)
		}
	})
}
