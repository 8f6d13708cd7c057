package command

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/internal/verb"
	"github.com/ocopledger/ocop/cmd/ocop/internal/draft"
	"github.com/ocopledger/ocop/cmd/ocop/internal/label"
	"github.com/ocopledger/ocop/cmd/ocop/internal/label/draw"
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/subject"
)

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

func (a *app) printLot(ctx context.Context, id ledger.LotID, sheet label.Sheet, p *lotPrinting) error {
	host, err := p.host()
	if err != nil {
		return err
	}
	files, err := p.targets(sheet.Pages(p.count, p.skip))
	if err != nil {
		return err
	}
	got, r, err := a.entitled(ctx, &asking{id: id.String(), height: a.minHeight, want: subject.Lot(id)}, &p.printing, askLot)
	if err != nil {
		return err
	}
	if r.Lot == nil {
		return fail(exitProof, lang.Text{Vi: "biên nhận không cho biết lô %s", En: "the receipt does not show lot %s"}, id)
	}
	if err := stamped(r.Lot, p.serials); err != nil {
		return err
	}
	link, err := linkOf(r.Product)
	if err != nil {
		return err
	}
	link.Lot = id.Lot
	to := func(serial uint64) (string, error) {
		one := link
		one.Serial = label.Serial(serial)
		return one.URL(host), linkError(one.Check())
	}
	fonts, err := draw.Load()
	if err != nil {
		return err
	}
	lot := &label.Lot{
		ID: id, ProductName: nameOr(r.Product.Name, r.Product.Product.String()), Star: int(r.Verdict.Star), Expires: r.Lot.Expires, Sample: noticeOf(got.sample()).Notice,
	}
	units, err := label.NewUnits(fonts, lot, sheet, p.serials.to, to)
	if small, ok := errors.AsType[*label.TooSmall](err); ok {
		return withCode(exitUsage, small)
	}
	if err != nil {
		return err
	}
	serial := func(i int) uint64 {
		if p.serials.from == 0 {
			return 0
		}
		return p.serials.from + uint64(i)
	}
	title := "Tem OCOP: " + lot.ProductName + ", lô " + id.Lot
	pages := sheet.Lay(title, p.count, p.skip, p.marks, func(i int) ([]draw.Item, error) { return units.Items(serial(i)) })
	out := a.shownPrint(got, r, files)
	out.Labels, out.Lot, out.Warnings = p.count, id.String(), append(append(out.Warnings, outlives(r.Lot, r.Verdict.Until)...), a.unlisted(ctx, p.resolver, max(r.Verdict.Until, r.Lot.Expires))...)
	if out.Link, err = to(serial(0)); err != nil {
		return err
	}
	return a.finishPrint(fonts, title, pages, got, &p.printing, out)
}
