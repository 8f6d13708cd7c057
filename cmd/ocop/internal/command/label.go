package command

import (
	"time"

	"github.com/spf13/cobra"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/internal/verb"
	"github.com/ocopledger/ocop/cmd/ocop/internal/draft"
	"github.com/ocopledger/ocop/cmd/ocop/internal/label"
	"github.com/ocopledger/ocop/cmd/ocop/internal/label/draw"
	"github.com/ocopledger/ocop/ledger"
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
	flag(a, cmd, &p.resolver, "resolver", "host", parseResolver, lang.Text{
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

func (a *app) labelCertificate() *cobra.Command {
	var p printing
	cmd := a.command(verb.Spec{
		Use:   "certificate ID -o FILE --genesis FILE",
		Short: lang.Text{Vi: "Giấy chứng nhận khổ A4 có mã QR, để trao tại buổi lễ", En: "An A4 certificate with a QR code, to be handed over at the ceremony"},
		Long: lang.Text{
			Vi: `Trang A4 ngang với quốc hiệu, cơ quan cấp, sản phẩm, chủ thể, hạng sao, Quyết định, hiệu lực, mã băm văn bản và mã QR đến trang của sản phẩm.
Quyết định đã ký mới là văn bản pháp lý; trang này chỉ trình bày điều sổ cái ghi. Mã QR là đường dẫn: biên nhận đầy đủ lớn hơn sức chứa của một mã QR.`,
			En: `A landscape A4 page with the country's name, issuer, product, producer, stars, Decision, validity, hash of the document, and a QR code to the product's page.
The signed Decision is the legal act; this page shows what the ledger says. The QR code is a link: a whole receipt is larger than a QR code can hold.`},
		Example: "  ocop label certificate 1:2020:1032/QĐ-UBND:5 -o giay.pdf --genesis khoi-nguyen.bin",
		Least:   1, Most: 1,
		Run: func(cmd *cobra.Command, args []string) error {
			id, err := formed(ledger.ParseCertificateID, certificateExample)(draft.Clean(args[0]))
			if err != nil {
				return withCode(exitUsage, err)
			}
			if err := p.check(); err != nil {
				return err
			}
			return a.printCertificate(cmd.Context(), id, &p)
		},
	})
	a.printingFlags(cmd, &p)
	return cmd
}

// lotPrinting is how labels of a lot are printed.
type lotPrinting struct {
	printing
	paper
	serials serials
	count   int
	skip    int
	marks   bool
}

func (a *app) labelLot() *cobra.Command {
	var p lotPrinting
	cmd := a.command(verb.Spec{
		Use:   "lot ID -o FILE --genesis FILE",
		Short: lang.Text{Vi: "Tem QR của lô, có số sê-ri hoặc không", En: "QR labels of a lot, with serial numbers or without"},
		Long: lang.Text{
			Vi: `Mỗi tem có mã QR, tên sản phẩm, chữ OCOP và số sao, lô, hạn dùng, và mã ngắn để gõ khi không quét được. Số sê-ri phải thuộc các đợt tem mà chủ thể đã
ghi lên sổ cái; không có --serials thì tem của lô giống hệt nhau. Mỗi lần nhiều nhất 10.000 tem.
Ô vuông của mã QR không nhỏ hơn 0,4 mm: tem nhỏ quá bị từ chối, kèm cỡ nhỏ nhất.`,
			En: `Each label has a QR code, the product's name, the word OCOP and stars, lot, best before, and a short code to type where nothing scans. Serials must be of the
batches of stamps that the producer has put on the ledger; without --serials the labels of a lot are all alike. At most 10,000 labels at a time.
Modules of the QR code are not below 0.4 mm: too small a label is refused, with the smallest size.`},
		Example: "  ocop label lot 2000001.1/CP-01 --serials 1-500 --sheet 5x13 -o tem.pdf --genesis khoi-nguyen.bin\n  ocop label lot 2000001.1/CP-01 --count 48 --size 60x30 --columns 3 --rows 9 -o tem.pdf --genesis khoi-nguyen.bin\n  ocop label lot 2000001.1/CP-01 --sheet one -o tem.svg --policy policy.txt --resolver ocop.example.vn",
		Least:   1, Most: 1,
		Run: func(cmd *cobra.Command, args []string) error {
			id, err := formed(ledger.ParseLotID, lotExample)(draft.Clean(args[0]))
			if err != nil {
				return withCode(exitUsage, err)
			}
			if err := p.check(); err != nil {
				return err
			}
			sheet, err := p.sheet(cmd)
			if err != nil {
				return err
			}
			if err := p.amount(cmd, sheet); err != nil {
				return err
			}
			return a.printLot(cmd.Context(), id, sheet, &p)
		},
	})
	a.printingFlags(cmd, &p.printing)
	a.paperFlags(cmd, &p.paper)
	f := cmd.Flags()
	flag(a, cmd, &p.serials, "serials", "from-to", parseSerials, lang.Text{Vi: "các số sê-ri, ví dụ 1-500", En: "serial numbers, such as 1-500"})
	f.IntVar(&p.count, "count", 0, a.t(lang.Text{Vi: "số tem khi không có số sê-ri; mặc định đầy một trang", En: "number of labels when there are no serials; by default a full page"}))
	f.IntVar(&p.skip, "skip", 0, a.t(lang.Text{Vi: "bỏ trống bấy nhiêu chỗ đầu, khi tờ tem đã dùng dở", En: "leave so many places empty at first, on a sheet already begun"}))
	f.BoolVar(&p.marks, "crop-marks", false, a.t(lang.Text{Vi: "vẽ dấu cắt ở góc tem", En: "draw crop marks at the labels' corners"}))
	return cmd
}

// amount settles how many labels there are.
func (p *lotPrinting) amount(cmd *cobra.Command, sheet label.Sheet) error {
	switch counted := cmd.Flags().Changed("count"); {
	case p.serials.from > 0 && counted:
		return verb.Usage(lang.Text{Vi: "--count chỉ dùng khi không có --serials", En: "--count is for labels without --serials"})
	case p.serials.from > 0 && p.serials.to-p.serials.from >= maxLabels:
		return verb.Usage(lang.Text{Vi: "mỗi lần nhiều nhất %d tem", En: "at most %d labels at a time"}, maxLabels)
	case p.serials.from > 0:
		p.count = int(p.serials.to - p.serials.from + 1)
	case !counted:
		p.count = sheet.PerPage()
	}
	switch {
	case p.count < 1 || p.count > maxLabels:
		return verb.Usage(lang.Text{Vi: "--count từ 1 đến %d", En: "--count is 1 to %d"}, maxLabels)
	case p.skip < 0 || p.skip >= sheet.PerPage():
		return verb.Usage(lang.Text{Vi: "--skip từ 0 đến %d", En: "--skip is 0 to %d"}, sheet.PerPage()-1)
	}
	return nil
}

// maxLabels bounds a file: a print run that one looks through before it is printed.
const maxLabels = 10_000
