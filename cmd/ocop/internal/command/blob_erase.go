package command

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/internal/password"
	"github.com/ocopledger/ocop/cmd/internal/verb"
	"github.com/ocopledger/ocop/cmd/ocop/internal/draft"
	"github.com/ocopledger/ocop/cmd/ocop/internal/explain"
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/blob"
	"github.com/ocopledger/ocop/ledger/subject"
	"github.com/ocopledger/ocop/node/client"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

// ground is why a blob is erased, with its word on the command line.
type ground struct {
	word   string
	number blob.Ground
	text   lang.Text
}

var grounds = []ground{
	{"consent", blob.GroundConsent, lang.Text{Vi: "người liên quan hoặc chủ sở hữu yêu cầu", En: "whom it concerns, or its owner, asks for it"}},
	{"order", blob.GroundOrder, lang.Text{Vi: "tòa án hoặc cơ quan có thẩm quyền yêu cầu", En: "a court or another authority orders it"}},
	{"mistaken", blob.GroundMistaken, lang.Text{Vi: "đưa lên nhầm", En: "it was put there by mistake"}},
}

// erasing is an order being made.
type erasing struct {
	author  ledger.AccountID
	account ledger.AccountID
	product ledger.ProductID
	ground  string
	key     string
	yes     bool
	wait    bool
	password.Source
}

func (a *app) blobErase() *cobra.Command {
	var e erasing
	cmd := a.command(verb.Spec{
		Use:   "erase ID",
		Short: lang.Text{Vi: "Ra lệnh có ký tên cho mọi nút xóa một ảnh hoặc tên", En: "Order, with a signature, that every node erase a picture or name"},
		Long: lang.Text{
			Vi: `Cơ quan đã đăng ký tài khoản hoặc sản phẩm nêu mã thì ra lệnh được, kể cả khi mã đã được thay. Nút nhận lệnh xóa ngay; các nút khác tự nhận lệnh và xóa,
nút đang vắng thì xóa khi trở lại. Mỗi nút ký một báo cáo. Sổ cái vẫn giữ mã băm, mà không ai đoán được nội dung. Lệnh không rút lại được: muốn hiện lại
thì tạo tệp mới, có mã khác. Bản sao người khác đã tải về thì không ai thu lại được.`,
			En: `The agency that registered the account or product that names it may order it, also when something else is named there by now. The node that takes the
order erases at once; the others take the order over and erase, and one that is away does so when it is back. Every node signs a report. The ledger keeps
the hash, from which nobody can guess what it was of. An order cannot be taken back: whoever wants it shown again makes a new file, with another id. Nobody
can call back copies that others have made.`},
		Example: "  ocop blob erase <64 hex> --account 2000001 --author 2 --key can-bo.json --ground consent --wait",
		Least:   1, Most: 1,
		Run: func(cmd *cobra.Command, args []string) error {
			if err := verb.Require(cmd, "author", "key", "ground"); err != nil {
				return err
			}
			id, err := parseBlobID(args[0])
			if err != nil {
				return err
			}
			if (e.account == 0) == (e.product == ledger.ProductID{}) {
				return verb.Usage(lang.Text{Vi: "cần một trong --account và --product", En: "want one of --account and --product"})
			}
			return a.eraseBlob(cmd.Context(), id, &e)
		},
	})
	idFlag(a, cmd, &e.author, "author", accountExample, ledger.ParseAccountID, lang.Text{Vi: "cơ quan ra lệnh", En: "agency that orders"})
	idFlag(a, cmd, &e.account, "account", accountExample, ledger.ParseAccountID, lang.Text{Vi: "tài khoản nêu mã", En: "account that names it"})
	idFlag(a, cmd, &e.product, "product", productExample, ledger.ParseProductID, lang.Text{Vi: "sản phẩm nêu mã", En: "product that names it"})
	cmd.Flags().StringVar(&e.ground, "ground", "", a.t(lang.Text{Vi: "lý do: `consent|order|mistaken`", En: "why: `consent|order|mistaken`"}))
	cmd.Flags().StringVar(&e.key, "key", "", a.t(lang.Text{Vi: "`tệp` khóa của cán bộ", En: "the officer's keystore `file`"}))
	cmd.Flags().BoolVar(&e.yes, "yes", false, a.t(lang.Text{Vi: "ký mà không hỏi lại", En: "sign without asking"}))
	cmd.Flags().BoolVar(&e.wait, "wait", false, a.t(lang.Text{Vi: "chờ báo cáo của mọi nút xác thực", En: "wait for the reports of all validators"}))
	e.Flags(a.lang, cmd)
	return cmd
}

func (a *app) eraseBlob(ctx context.Context, id ledger.Hash, e *erasing) error {
	i := slices.IndexFunc(grounds, func(g ground) bool { return g.word == e.ground })
	if i < 0 {
		return verb.Usage(lang.Text{Vi: "--ground: một trong consent, order, mistaken", En: "--ground: one of consent, order, mistaken"})
	}
	c, asking, done, err := a.dial(ctx)
	if err != nil {
		return err
	}
	defer done()
	at, err := nodePlace(asking, c)
	if err != nil {
		return err
	}
	a.saw(at.sample)
	agency, err := readSubject(asking, c, subject.Account(e.author), subject.ParseAccount)
	if err != nil {
		return err
	}
	order := blob.Erasure{
		Chain: at.chain, Blob: id, Subject: subject.Account(e.account), Agency: e.author, Epoch: agency.Epoch, Time: uint64(a.env.Now().UnixMilli()), Ground: grounds[i].number,
	}
	whose := lang.Text{Vi: "tài khoản %v", En: "account %v"}.F(a.lang, e.account)
	if e.account == 0 {
		order.Subject = subject.Product(e.product)
		whose = lang.Text{Vi: "sản phẩm %v", En: "product %v"}.F(a.lang, e.product)
	}
	if err := a.confirmErasure(&order, whose, grounds[i].text, at, e); err != nil {
		return err
	}
	private, owner, err := a.openAuthor(e.key, e.Source)
	if err != nil {
		return err
	}
	defer private.Zero()
	if owner != 0 && owner != uint64(e.author) {
		return fail(exitKey, lang.Text{Vi: "khóa này của tài khoản %d, không phải %v", En: "this key is of account %d, not %v"}, owner, e.author)
	}
	signed, err := order.Sign(private)
	if err != nil {
		return err
	}
	answer, err := c.Blobs.EraseBlob(asking, &apiv1.EraseBlobRequest{Order: signed.Append(nil)})
	if err != nil {
		return err
	}
	erasure := answer.GetErasure()
	if e.wait {
		erasure = a.awaitReports(asking, c, erasure)
	}
	return a.tellErasure(asking, c, at, id, erasure, e.wait)
}

func (a *app) confirmErasure(order *blob.Erasure, whose string, why lang.Text, at place, e *erasing) error {
	if e.yes && a.json {
		return nil
	}
	lines := []string{noticeOf(at.sample).Notice,
		lang.Text{Vi: "LỆNH XÓA trên sổ cái %s, không rút lại được", En: "ORDER TO ERASE on ledger %s, which cannot be taken back"}.F(a.lang, at.name),
		lang.Text{Vi: "  Dữ liệu  %v, do %s nêu", En: "  Blob     %v, named by %s"}.F(a.lang, order.Blob, whose),
		lang.Text{Vi: "  Cơ quan  %v", En: "  Agency   %v"}.F(a.lang, order.Agency),
		lang.Text{Vi: "  Lý do    %s", En: "  Ground   %s"}.F(a.lang, why)}
	fmt.Fprintln(a.env.Err, strings.TrimLeft(strings.Join(lines, "\n"), "\n"))
	if e.yes {
		return nil
	}
	fmt.Fprint(a.env.Err, a.t(lang.Text{Vi: "Ký lệnh trên? Gõ \"ký\" để ký: ", En: "Sign the order? Type \"sign\" to sign: "}))
	line, err := readLines(a.env.In, 1)
	if err != nil {
		return err
	}
	if !slices.Contains([]string{"ký", "kí", "ky", "ki", "sign"}, strings.ToLower(draft.Clean(string(line)))) {
		return fail(exitDeclined, lang.Text{Vi: "không ký", En: "not signed"})
	}
	return nil
}

// reportPause is between two questions for reports that are waited for.
const reportPause = 500 * time.Millisecond

// awaitReports asks until all validators have reported, or the command's time is over; then what is known is given.
func (a *app) awaitReports(ctx context.Context, c *client.Client, last *apiv1.Erasure) *apiv1.Erasure {
	for len(last.GetMissing()) > 0 {
		select {
		case <-time.After(reportPause):
		case <-ctx.Done():
			return last
		}
		answer, err := c.Blobs.GetErasure(ctx, &apiv1.GetErasureRequest{Blob: last.GetBlob()})
		if err != nil {
			return last
		}
		last = answer.GetErasure()
	}
	return last
}

// shownReport is a node's report, as it was checked here.
type shownReport struct {
	Agency uint64 `json:"agency"`
	Time   uint64 `json:"time"`
	Held   bool   `json:"held"`
	Valid  bool   `json:"valid"` // signed by a node key that the policy names now
}

// checkReport verifies a report against the policy as the node has it.
func checkReport(data []byte, at place, id ledger.Hash, policy *ledger.Policy) shownReport {
	r, err := blob.ParseReport(data)
	if err != nil {
		return shownReport{}
	}
	v, known := policy.Validator(r.Agency)
	return shownReport{uint64(r.Agency), r.Time, r.Held, known && v.NodeKey == r.Key && r.Chain == at.chain && r.Blob == id && r.Verify() == nil}
}

func (a *app) tellErasure(ctx context.Context, c *client.Client, at place, id ledger.Hash, e *apiv1.Erasure, waited bool) error {
	value, err := readSubject(ctx, c, subject.Policy(), subject.ParsePolicy)
	if ctx.Err() != nil { // the time went by with waiting: a moment more for the policy
		var stop func()
		ctx, stop = context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer stop()
		value, err = readSubject(ctx, c, subject.Policy(), subject.ParsePolicy)
	}
	if err != nil {
		return err
	}
	reports := []shownReport{}
	for _, data := range e.GetReports() {
		reports = append(reports, checkReport(data, at, id, &value.Policy))
	}
	n := noticeOf(at.sample)
	missing := e.GetMissing()
	if missing == nil {
		missing = []uint64{}
	}
	err = a.print(n, struct {
		notice
		Blob    string        `json:"blob"`
		Reports []shownReport `json:"reports"`
		Missing []uint64      `json:"missing"`
	}{n, id.String(), reports, missing}, func(w io.Writer) {
		fmt.Fprintln(w, lang.Text{Vi: "Lệnh đã được nhận; nút này đã xóa %v.", En: "The order was taken; this node has erased %v."}.F(a.lang, id))
		for _, r := range reports {
			says := lang.Text{Vi: "  cơ quan %d: đã xóa, %s", En: "  agency %d: erased, %s"}
			switch {
			case !r.Valid:
				says = lang.Text{Vi: "  cơ quan %d: báo cáo KHÔNG hợp lệ, %s", En: "  agency %d: the report does NOT hold, %s"}
			case !r.Held:
				says = lang.Text{Vi: "  cơ quan %d: không có bản nào, %s", En: "  agency %d: had no copy, %s"}
			}
			fmt.Fprintln(w, says.F(a.lang, r.Agency, explain.Moment(r.Time)))
		}
		for _, agency := range missing {
			fmt.Fprintln(w, lang.Text{Vi: "  cơ quan %d: chưa báo cáo", En: "  agency %d: no report yet"}.F(a.lang, agency))
		}
	})
	if err == nil && waited && len(missing) > 0 {
		err = said(exitUnreachable, lang.Errorf(lang.Text{Vi: "chưa đủ báo cáo", En: "not all have reported"}))
	}
	return err
}
