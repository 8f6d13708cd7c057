package command

import (
	"context"
	"encoding/hex"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/internal/verb"
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/ledger/subject"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

func (a *app) draftPicture() *cobra.Command {
	var (
		product ledger.ProductID
		blob    ledger.Hash
		none    bool
	)
	cmd, _ := a.draftVerb(verb.Spec{
		Use:   "picture",
		Short: lang.Text{Vi: "Đặt ảnh cho sản phẩm", En: "Give a product its picture"},
		Long: lang.Text{
			Vi: `Ảnh nằm ngoài sổ cái, xóa được; sổ cái chỉ có mã của ảnh. Chủ thể ký, hoặc cơ quan đăng ký sản phẩm (nêu --author).`,
			En: `The picture is kept beside the ledger and can be erased; the ledger has its hash alone. Signed by the producer, or by an agency that registers products (--author).`},
		Example: "  ocop draft picture --product 2000001.1 --blob 5f3a…(64 hex) -o nhap.yaml",
	}, []string{"product"}, func(_ context.Context, d *drafting) error {
		if none != (blob == ledger.Hash{}) {
			return fail(exitUsage, lang.Text{Vi: "nêu --blob hoặc --none, một trong hai", En: "want --blob or --none, one of them"})
		}
		if d.author == 0 {
			d.author = product.Producer
		}
		m := &recordv1.SetPicture{Product: compose.ProductRef(product)}
		if !none {
			m.Blob = blob[:]
		}
		d.act(compose.Act(m))
		return nil
	})
	idFlag(a, cmd, &product, "product", productExample, ledger.ParseProductID, lang.Text{Vi: "sản phẩm", En: "the product"})
	flag(a, cmd, &blob, "blob", "hex", parseHash, lang.Text{Vi: "mã ảnh, 64 chữ số thập lục phân", En: "the picture's hash, 64 hexadecimal digits"})
	cmd.Flags().BoolVar(&none, "none", false, a.t(lang.Text{Vi: "không còn ảnh nào", En: "no picture any more"}))
	return cmd
}

func parseHash(s string) (h ledger.Hash, err error) {
	data, err := hex.DecodeString(s)
	if err != nil || len(data) != len(h) {
		return h, lang.Errorf(lang.Text{Vi: "%q không phải 64 chữ số thập lục phân", En: "%q is not 64 hexadecimal digits"}, s)
	}
	return ledger.Hash(data), nil
}

func (a *app) draftContact() *cobra.Command {
	var (
		phone string
		none  bool
	)
	cmd, _ := a.draftVerb(verb.Spec{
		Use:   "contact",
		Short: lang.Text{Vi: "Công bố đường dây nóng của cơ quan", En: "Publish an agency's telephone number"},
		Long: lang.Text{
			Vi: `Số điện thoại của cơ quan, không phải của cá nhân: nó nằm trên sổ cái mãi mãi. Trang của sản phẩm ghi số này để người mua gọi.`,
			En: `The number of the office, and of no person: it is on the ledger for ever. Product pages show it for buyers to call.`},
		Example: "  ocop draft contact --author 2 --phone \"0261 3545 888\" -o nhap.yaml",
	}, []string{"author"}, func(_ context.Context, d *drafting) error {
		if none != (phone == "") {
			return fail(exitUsage, lang.Text{Vi: "nêu --phone hoặc --none, một trong hai", En: "want --phone or --none, one of them"})
		}
		d.act(compose.Act(&recordv1.SetContact{Phone: phone}))
		return nil
	})
	flag(a, cmd, &phone, "phone", "\"0261 3545 888\"", parsePhone, lang.Text{Vi: "số điện thoại, 3 đến 16 ký tự: chữ số, có thể bắt đầu bằng +", En: "telephone number, 3 to 16 characters: digits, after a + or not"})
	cmd.Flags().BoolVar(&none, "none", false, a.t(lang.Text{Vi: "không còn số nào", En: "no number any more"}))
	return cmd
}

// parsePhone takes out what people put between digits.
func parsePhone(s string) (string, error) {
	number := strings.NewReplacer(" ", "", ".", "", "-", "", "(", "", ")", "").Replace(s)
	if !subject.ValidPhone(number) {
		return "", lang.Errorf(lang.Text{Vi: "%q không phải số điện thoại", En: "%q is no telephone number"}, s)
	}
	return number, nil
}
