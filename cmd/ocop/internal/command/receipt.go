package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/internal/verb"
	"github.com/ocopledger/ocop/cmd/ocop/internal/draft"
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/receipt"
	"github.com/ocopledger/ocop/ledger/subject"
	"github.com/ocopledger/ocop/node/client"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

func (a *app) receipt() *cobra.Command {
	return a.group(verb.Spec{
		Use:   "receipt",
		Short: lang.Text{Vi: "Lấy biên nhận: tệp chứng minh, kiểm được không cần mạng", En: "Get a receipt: a file that proves, and is checked without a network"},
		Long: lang.Text{
			Vi: `Biên nhận chứa mọi thứ cần để kiểm: đầu sổ có chữ ký đồng ký của các cơ quan, trạng thái và toàn bộ lịch sử của đối tượng cùng những gì kết luận
phụ thuộc vào, với chữ ký của người đã ký. Kiểm bằng: ocop verify TỆP --policy TỆP.
Nội dung biên nhận là công khai: ai có tệp đều đọc được.`,
			En: `A receipt holds all that checking takes: a head cosigned by the agencies, the status and complete history of the subject and of everything the verdict
depends on, with the signatures of those who signed. Check it with: ocop verify FILE --policy FILE.
What is in a receipt is public: whoever has the file can read it.`},
	}, a.receiptOf("product ID", lang.Text{Vi: "Biên nhận của sản phẩm", En: "Receipt of a product"}, "  ocop receipt product 2000001.1 -o san-pham.ocop", askProduct),
		a.receiptOf("certificate ID", lang.Text{Vi: "Biên nhận của giấy chứng nhận", En: "Receipt of a certificate"}, "  ocop receipt certificate 1:2020:1032/QĐ-UBND:5 -o giay.ocop", askCertificate),
		a.receiptOf("lot ID", lang.Text{Vi: "Biên nhận của lô", En: "Receipt of a lot"}, "  ocop receipt lot 2000001.1/L-2020-09 -o lo.ocop", askLot),
		a.receiptOf("record ID", lang.Text{Vi: "Biên nhận của bản ghi, dạng C2SP tlog-proof", En: "Receipt of a record, a C2SP tlog-proof"}, "  ocop receipt record <64 hex> -o ban-ghi.tlog-proof", askRecord, "as-of", "epoch"),
		a.receiptOf("action ID", lang.Text{Vi: "Biên nhận của một hành động trong bản ghi", En: "Receipt of one action of a record"}, "  ocop receipt action <64 hex>-0 -o hanh-dong.ocop", askAction, "as-of"))
}

// asking is what a receipt is asked with.
type asking struct {
	id     string
	height uint64
	asOf   *uint64 // nil: of the head
	epoch  uint32
	want   subject.ID    // what the answer must be about, when it is checked at once; zero: what the asker sees in it
	maxAge time.Duration // oldest head accepted then; 0: any
}

// file is an answer with a file in it.
type file interface {
	GetAsOf() *apiv1.AsOf
	GetFile() []byte
}

type asker func(ctx context.Context, c *client.Client, q *asking) (file, error)

func askProduct(ctx context.Context, c *client.Client, q *asking) (file, error) {
	return askSubject(ctx, c, q, &apiv1.GetSubjectReceiptRequest{Subject: &apiv1.GetSubjectReceiptRequest_Product{Product: q.id}})
}

func askCertificate(ctx context.Context, c *client.Client, q *asking) (file, error) {
	return askSubject(ctx, c, q, &apiv1.GetSubjectReceiptRequest{Subject: &apiv1.GetSubjectReceiptRequest_Certificate{Certificate: q.id}})
}

func askLot(ctx context.Context, c *client.Client, q *asking) (file, error) {
	return askSubject(ctx, c, q, &apiv1.GetSubjectReceiptRequest{Subject: &apiv1.GetSubjectReceiptRequest_Lot{Lot: q.id}})
}

func askSubject(ctx context.Context, c *client.Client, q *asking, r *apiv1.GetSubjectReceiptRequest) (file, error) {
	r.MinHeight, r.PinnedEpoch = q.height, &q.epoch
	r.AsOfHeight = q.asOf
	return c.Proofs.GetSubjectReceipt(ctx, r)
}

func askRecord(ctx context.Context, c *client.Client, q *asking) (file, error) {
	return c.Proofs.GetRecordReceipt(ctx, &apiv1.GetRecordReceiptRequest{Record: q.id, MinHeight: q.height})
}

func askAction(ctx context.Context, c *client.Client, q *asking) (file, error) {
	id, err := formed(ledger.ParseSaleID, saleExample)(q.id)
	if err != nil {
		return nil, withCode(exitUsage, err)
	}
	number := uint32(id.Action)
	return c.Proofs.GetRecordReceipt(ctx, &apiv1.GetRecordReceiptRequest{Record: id.Record.String(), Action: &number, MinHeight: q.height, PinnedEpoch: &q.epoch})
}

// receiptOf makes a command for one kind of receipt, without the flags that say nothing of it.
func (a *app) receiptOf(use string, short lang.Text, example string, ask asker, lacks ...string) *cobra.Command {
	var (
		q    asking
		asOf uint64
		b    believing
		out  string
	)
	cmd := a.command(verb.Spec{
		Use: use + " -o FILE", Short: short, Example: example, Least: 1, Most: 1,
		Run: func(cmd *cobra.Command, args []string) error {
			if out == "" {
				return verb.Usage(lang.Text{Vi: "cần -o TỆP", En: "want -o FILE"})
			}
			if err := mayReceive(out, &b); err != nil {
				return err
			}
			if cmd.Flags().Changed("as-of") {
				q.asOf = &asOf
			}
			q.id, q.height = draft.Clean(args[0]), a.minHeight
			if b.any() {
				return a.verifiedReceipt(cmd.Context(), &q, &b, cmd.Flags().Changed("epoch"), out, ask)
			}
			return a.runReceipt(cmd.Context(), &q, out, ask)
		},
	})
	cmd.Flags().StringVarP(&out, "output", "o", "", a.t(lang.Text{Vi: "`tệp` để ghi; - là ra màn hình", En: "`file` to write; - is the screen"}))
	if !slices.Contains(lacks, "as-of") {
		cmd.Flags().Uint64Var(&asOf, "as-of", 0, a.t(lang.Text{Vi: "kết luận theo sổ cái ở `khối` này; mặc định khối mới nhất", En: "verdict as of this `height`; by default the newest"}))
	}
	if !slices.Contains(lacks, "epoch") {
		cmd.Flags().Uint32Var(&q.epoch, "epoch", 0, a.t(lang.Text{Vi: "`kỳ` chính sách mà người kiểm đang tin; biên nhận kèm các tệp chuyển giao từ đó", En: "policy `epoch` that the verifier believes; the receipt brings the handovers from there"}))
	}
	a.believingFlags(cmd, &b, lang.Text{Vi: "`tệp` ghi nhớ: kiểm ngay biên nhận, không chấp nhận đầu sổ lùi lại, và nhớ đầu sổ của nó", En: "memory `file`: check the receipt at once, accept no head that goes back, and remember its head"})
	return cmd
}

// receiptReport says what was written.
type receiptReport struct {
	notice
	File   string       `json:"file"`
	Bytes  int          `json:"bytes"`
	Height uint64       `json:"height"`           // of the certified head
	Verify string       `json:"verify,omitempty"` // ok, when it was checked at once
	Memory *shownMemory `json:"memory,omitempty"`
}

func (a *app) runReceipt(ctx context.Context, q *asking, out string, ask asker) error {
	c, ctx, done, err := a.dial(ctx)
	if err != nil {
		return err
	}
	defer done()
	got, err := ask(ctx, c, q)
	if err != nil {
		return err
	}
	return a.writeReceipt(got, out, "", nil)
}

// mayReceive refuses a file that a receipt must not replace: only a receipt is as good as another one.
func mayReceive(out string, b *believing) error {
	if out == "-" {
		return nil
	}
	for _, path := range []string{b.policy, b.genesis, b.memory} {
		if path != "" && sameFile(out, path) {
			return verb.Usage(lang.Text{Vi: "-o và %s là cùng một tệp", En: "-o and %s are one file"}, path)
		}
	}
	info, err := os.Stat(out)
	if errors.Is(err, fs.ErrNotExist) || err == nil && !info.Mode().IsRegular() && !info.IsDir() {
		return nil
	}
	if err != nil {
		return err
	}
	data, err := readBounded(out, receipt.MaxSize)
	if err != nil {
		return err
	}
	if _, err := receipt.Parse(data); err == nil {
		return nil
	}
	if _, err := checkpoint.ParseProof(data); err == nil {
		return nil
	}
	return fail(exitFailure, lang.Text{Vi: "%s đã có và không phải biên nhận: không ghi đè", En: "%s exists and is no receipt: it is not written over"}, out)
}

func sameFile(a, b string) bool {
	x, errX := os.Stat(a)
	y, errY := os.Stat(b)
	if errX == nil && errY == nil {
		return os.SameFile(x, y)
	}
	return filepath.Clean(a) == filepath.Clean(b)
}

func (a *app) writeReceipt(got file, out, verify string, memory *shownMemory) error {
	if out == "-" {
		_, err := a.env.Out.Write(got.GetFile())
		return err
	}
	may := func() error { return mayReceive(out, &believing{}) }
	if info, err := os.Stat(out); err == nil && !info.Mode().IsRegular() {
		err = os.WriteFile(out, got.GetFile(), 0o644) // a pipe, or nothing at all
		if err != nil {
			return err
		}
	} else if err := replace(out, got.GetFile(), may); err != nil {
		return err
	}
	r := receiptReport{noticeOf(got.GetAsOf().GetSample()), out, len(got.GetFile()), got.GetAsOf().GetHeight(), verify, memory}
	return a.print(r.notice, r, func(w io.Writer) {
		fmt.Fprintln(w, lang.Text{Vi: "Đã ghi %s: %d byte, theo đầu sổ đã được chứng thực ở khối %d.", En: "Wrote %s: %d bytes, under the certified head of block %d."}.F(a.lang, r.File, r.Bytes, r.Height))
		if verify != "" {
			fmt.Fprintln(w, a.t(lang.Text{Vi: "Biên nhận đúng: đã kiểm, không tin nút.", En: "The receipt is genuine: this was checked, trusting no node."}))
			a.memoryText(w, memory)
			return
		}
		fmt.Fprintln(w, lang.Text{Vi: "Kiểm không cần mạng: ocop verify %s --policy TỆP", En: "Check it without a network: ocop verify %s --policy FILE"}.F(a.lang, r.File))
	})
}
