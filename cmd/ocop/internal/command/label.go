package command

import (
	"time"

	"github.com/spf13/cobra"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/internal/verb"
	"github.com/ocopledger/ocop/cmd/ocop/internal/label/draw"
)

func (a *app) label() *cobra.Command {
	return a.group(verb.Spec{
		Use:   "label",
		Short: lang.Text{Vi: "In tem QR cho lô hàng và giấy chứng nhận A4, sau khi kiểm quyền dùng nhãn hiệu", En: "Print QR labels of a lot and A4 certificates, after checking the right to use the mark"},
		Long: lang.Text{
			Vi: `Trước khi vẽ, lệnh lấy biên nhận từ nút và kiểm từ đầu đến cuối, không tin nút: giấy chứng nhận phải còn hiệu lực hôm nay, lô không bị tạm giữ hay thu hồi,
số sê-ri phải thuộc các đợt tem của lô. Thiếu một điều thì không có tệp nào được ghi.
Mã QR là đường dẫn GS1 Digital Link khi sản phẩm có GTIN, không có thì là đường dẫn riêng theo mã sản phẩm; không bao giờ đặt ra một GTIN.
Tệp là SVG, PNG hoặc PDF theo đuôi tên tệp. Hãy in đúng cỡ 100%, không co giãn.`,
			En: `Before anything is drawn, a receipt is got from the node and checked from end to end, trusting no node: the certificate must be in force today, the lot
neither held nor recalled, and the serials within the lot's batches of stamps. If one of these is missing, no file is written.
The QR code is a GS1 Digital Link when the product has a GTIN, else a path of our own with the product's id; a GTIN is never invented.
The file is SVG, PNG or PDF by the ending of its name. Print at 100 %, without scaling. What is printed is in Vietnamese.`},
	}, a.labelLot(), a.labelCertificate())
}

// printing is how and where something is printed, and what is believed of it.
type printing struct {
	believing
	output    string
	format    string
	dpi       int
	overwrite bool
	resolver  string
	maxAge    time.Duration
}

// defaultLabelAge is how old the head may be that gives the right to print. Heads are cosigned anew every half minute: an older one may hide a revocation.
const defaultLabelAge = time.Hour

func (a *app) printingFlags(cmd *cobra.Command, p *printing) {
	f := cmd.Flags()
	f.StringVarP(&p.output, "output", "o", "", a.t(lang.Text{
		Vi: "`tệp` để ghi, đuôi .svg, .png hoặc .pdf; - là ra màn hình. SVG và PNG nhiều trang thành nhiều tệp có đánh số",
		En: "`file` to write, ending in .svg, .png or .pdf; - is the screen. Several pages of SVG or PNG become several files with numbers"}))
	flag(a, cmd, &p.format, "format", "svg|png|pdf", parseFormat, lang.Text{Vi: "định dạng, thay cho đuôi tên tệp", En: "format, instead of the file's ending"})
	f.IntVar(&p.dpi, "dpi", draw.DefaultDPI, a.t(lang.Text{Vi: "số điểm trên inch của PNG, 150–600", En: "dots per inch of a PNG, 150–600"}))
	f.BoolVar(&p.overwrite, "overwrite", false, a.t(lang.Text{Vi: "ghi đè tệp đã có", En: "write over files that exist"}))
	flag(a, cmd, &p.resolver, "resolver", "host", parseHost, lang.Text{
		Vi: "máy chủ phân giải mã, đứng trong đường dẫn; mặc định theo tệp khởi nguyên được tin",
		En: "host that resolves codes, which stands in the links; by default that of the genesis file believed"})
	f.DurationVar(&p.maxAge, "max-age", defaultLabelAge, a.t(lang.Text{Vi: "từ chối đầu sổ cũ hơn mức này", En: "refuse heads older than this"}))
	a.believingFlags(cmd, &p.believing, lang.Text{Vi: "`tệp` ghi nhớ: không chấp nhận đầu sổ lùi lại, và nhớ đầu sổ mới", En: "memory `file`: accept no head that goes back, and remember the new one"})
}

// check refuses a command line before any node is asked.
func (p *printing) check() error {
	switch {
	case p.output == "":
		return verb.Usage(lang.Text{Vi: "cần -o TỆP", En: "want -o FILE"})
	case p.dpi < leastDPI || p.dpi > draw.MaxDPI:
		return verb.Usage(lang.Text{Vi: "--dpi từ %d đến %d", En: "--dpi is %d to %d"}, leastDPI, draw.MaxDPI)
	case p.maxAge <= 0:
		return verb.Usage(lang.Text{Vi: "--max-age phải lớn hơn 0", En: "--max-age must be more than 0"})
	}
	if p.format == "" {
		var err error
		if p.format, err = formatOf(p.output); err != nil {
			return err
		}
	}
	return nil
}

// leastDPI is what codes and small print take.
const leastDPI = 150
