package command

import (
	"bytes"
	"context"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/internal/verb"
	"github.com/ocopledger/ocop/cmd/ocop/internal/words"
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/ledger/subject"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

func (a *app) draftLot() *cobra.Command {
	var (
		lot               ledger.LotID
		amount            amount
		produced, expires ledger.Date
		inputs            []string
		yield             uint32
	)
	cmd, _ := a.draftVerb(verb.Spec{
		Use:   "lot",
		Short: lang.Text{Vi: "Đăng ký lô sản xuất", En: "Register a production lot"},
		Long: lang.Text{
			Vi: `Lô làm từ lô khác: --input lặp lại cho từng lô nguyên liệu đang giữ, và --yield là định mức. Nguyên liệu trừ vào số đang giữ, và
lô mới không được nhiều hơn nguyên liệu nhân định mức.`,
			En: `A lot made of other lots: --input for each lot that is held and used, and --yield. What is used leaves the holding, and
the new lot is no more than its inputs times the yield.`},
		Example: "  ocop draft lot --lot 2000001.1/CP-01 --quantity \"12.500 kg\" --produced 01/09/2026 --best-before 01/09/2027 -o nhap.yaml\n" +
			"  ocop draft lot --lot 2000001.1/CP-02 --quantity \"160 kg\" --produced 02/09/2026 --input \"2000002.1/N-7=200 kg\" --yield 800 -o nhap.yaml",
	}, []string{"lot", "quantity", "produced"}, func(_ context.Context, d *drafting) error {
		if d.author == 0 {
			d.author = lot.Product.Producer
		}
		of, err := lotInputs(inputs)
		if err != nil {
			return err
		}
		if (len(of) > 0) != (yield > 0) {
			return fail(exitUsage, lang.Text{Vi: "--input và --yield đi cùng nhau", En: "--input and --yield go together"})
		}
		d.act(compose.Act(&recordv1.RegisterLot{
			Lot: compose.LotRef(lot), Quantity: amount.quantity, Unit: amount.unit, Produced: uint32(produced), Expires: uint32(expires),
			Inputs: of, DeclaredYield: yield,
		}))
		return nil
	})
	idFlag(a, cmd, &lot, "lot", lotExample, ledger.ParseLotID, lang.Text{Vi: "mã lô mới: sản phẩm, gạch chéo, mã in trên bao bì", En: "new lot: product, slash, the code printed on it"})
	amountFlag(a, cmd, &amount, lang.Text{Vi: "số lượng và đơn vị", En: "quantity and unit"})
	cmd.Flags().StringArrayVar(&inputs, "input", nil, a.t(lang.Text{
		Vi: "lô nguyên liệu và số lượng đã dùng: `lô=số lượng`; lặp lại được, tối đa 16",
		En: "lot it was made of and how much was used: `lot=quantity`; may be given several times, at most 16"}))
	cmd.Flags().Uint32Var(&yield, "yield", 0, a.t(lang.Text{
		Vi: "định mức: cứ 1.000 đơn vị nhỏ nhất nguyên liệu làm ra nhiều nhất bao `nhiêu` đơn vị nhỏ nhất của lô này",
		En: "yield: at most this `number` of smallest units of this lot from 1,000 smallest units of inputs"}))
	dateFlag(a, cmd, &produced, "produced", lang.Text{Vi: "ngày sản xuất", En: "date of production"})
	bestBefore := lang.Text{Vi: "hạn dùng của hàng", En: "best before"}
	dateFlag(a, cmd, &expires, "best-before", bestBefore)
	dateFlag(a, cmd, &expires, "expires", bestBefore) // what it was called first
	_ = cmd.Flags().MarkHidden("expires")             // which fails for flags that do not exist
	return cmd
}

// lotInputs reads what a lot was made of, and puts it in the order that records have.
func lotInputs(given []string) (inputs []*recordv1.LotInput, err error) {
	for _, s := range given {
		in := new(recordv1.LotInput)
		err := (&value[*recordv1.LotInput]{to: &in, name: "input", parse: parseInput}).read(s)
		if err != nil {
			return nil, withCode(exitUsage, err)
		}
		inputs = append(inputs, in)
	}
	slices.SortStableFunc(inputs, func(x, y *recordv1.LotInput) int {
		return bytes.Compare(subject.AppendLotID(nil, compose.LotID(x.GetLot())), subject.AppendLotID(nil, compose.LotID(y.GetLot())))
	})
	return inputs, nil
}

// parseInput reads "2000002.1/N-7=200 kg". A lot's code may have a = in it; a quantity has none.
func parseInput(s string) (*recordv1.LotInput, error) {
	at := strings.LastIndexByte(s, '=')
	if at < 0 {
		return nil, lang.Errorf(lang.Text{Vi: "%q không có dạng lô=số lượng, như 2000002.1/N-7=200 kg", En: "%q is not of the form lot=quantity, such as 2000002.1/N-7=200 kg"}, s)
	}
	lot, err := formed(ledger.ParseLotID, lotExample)(strings.TrimSpace(s[:at]))
	if err != nil {
		return nil, err
	}
	n, unit, err := words.ParseQuantity(s[at+1:])
	return &recordv1.LotInput{Lot: compose.LotRef(lot), Quantity: n, Unit: unit}, err
}
