package command

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/internal/verb"
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/compose"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

func (a *app) draftProduct() *cobra.Command {
	var (
		product             ledger.ProductID
		producer            ledger.AccountID
		name, hidden        string
		scheme, group, gtin string
		unit                recordv1.Unit
		origin              uint32
	)
	cmd, d := a.draftVerb(verb.Spec{
		Use:     "product",
		Short:   lang.Text{Vi: "Đăng ký sản phẩm", En: "Register a product"},
		Example: "  ocop draft product --product 2000001.1 --name \"Cà phê bột Đắk Đam\" --scheme RS-2025 --group drinks --unit gram --origin 663 -o nhap.yaml",
	}, []string{"scheme", "group", "unit", "origin"}, func(ctx context.Context, d *drafting) error {
		if err := a.nextProduct(ctx, d, producer, &product); err != nil {
			return err
		}
		if d.author == 0 {
			d.author = product.Producer.Registrar()
		}
		n, err := a.publicName(d, "product "+product.String(), name, hidden, false)
		if err != nil {
			return err
		}
		code, err := gtin14(gtin)
		if err != nil {
			return err
		}
		d.act(compose.Act(&recordv1.RegisterProduct{
			Product: compose.ProductRef(product), Name: n, Group: &recordv1.GroupRef{Scheme: scheme, Code: group}, Unit: unit, Gtin: code, Origin: origin,
		}))
		return nil
	})
	idFlag(a, cmd, &product, "product", productExample, ledger.ParseProductID, lang.Text{Vi: "mã sản phẩm mới: tài khoản chủ thể, dấu chấm, số thứ tự", En: "new product: the producer's account, a point, a number"})
	idFlag(a, cmd, &producer, "producer", accountExample, ledger.ParseAccountID, lang.Text{Vi: "thay cho --product: hỏi nút số kế tiếp của chủ thể này", En: "in place of --product: the node is asked for this producer's next number"})
	a.nameFlags(cmd, d, &name, &hidden)
	cmd.Flags().StringVar(&scheme, "scheme", "", a.t(lang.Text{Vi: "bộ tiêu chí của mã nhóm, ví dụ RS-2025", En: "rule set of the group code, such as RS-2025"}))
	cmd.Flags().StringVar(&group, "group", "", a.t(lang.Text{Vi: "mã nhóm, ví dụ drinks", En: "group code, such as drinks"}))
	enumFlag(a, cmd, &unit, "unit", lang.Text{Vi: "đơn vị nhỏ nhất", En: "smallest unit"})
	cmd.Flags().StringVar(&gtin, "gtin", "", a.t(lang.Text{Vi: "mã vạch GTIN, 8 đến 14 chữ số", En: "GTIN bar code, 8 to 14 digits"}))
	cmd.Flags().Uint32Var(&origin, "origin", 0, a.t(lang.Text{Vi: "mã địa bàn xuất xứ", En: "territory code of its origin"}))
	return cmd
}

// gtin14 fills a GTIN-8, -12 or -13 up to 14 digits and checks the last one (GS1 General Specifications, section 7.9).
func gtin14(s string) (string, error) {
	if s == "" {
		return "", nil
	}
	s = strings.ReplaceAll(s, " ", "")
	if len(s) < 8 || len(s) > 14 || strings.Trim(s, "0123456789") != "" {
		return "", fail(exitInput, lang.Text{Vi: "%q không phải GTIN", En: "%q is not a GTIN"}, s)
	}
	s = strings.Repeat("0", 14-len(s)) + s
	sum := 0
	for i, d := range s[:13] {
		weight := 3
		if i%2 == 1 {
			weight = 1
		}
		sum += weight * int(d-'0')
	}
	if want := (10 - sum%10) % 10; int(s[13]-'0') != want {
		return "", fail(exitInput, lang.Text{Vi: "GTIN %s sai số kiểm tra: số cuối phải là %d", En: "GTIN %s has a wrong check digit: it must end in %d"}, s, want)
	}
	return s, nil
}
