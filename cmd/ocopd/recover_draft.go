package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/internal/verb"
	"github.com/ocopledger/ocop/cmd/ocopd/internal/ceremony"
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/node"
)

func (a *app) recoverDraft() *cobra.Command {
	var dir, lost, out string
	cmd := verb.Command(a.lang, verb.Spec{
		Use:   "draft --dir DIR --lost AGENCY[,AGENCY…] -o FILE",
		Short: lang.Text{Vi: "Soạn tuyên bố trên nút còn lại đi xa nhất, đã dừng", En: "Draft the statement, on the node that is left and furthest, stopped"},
		Long: lang.Text{
			Vi: `Ghi một tuyên bố: sổ cái, nút giữ lá phiếu, đầu sổ của nút và đầu sổ được chứng thực nút đang giữ, ai thôi phiếu. Không đổi gì của nút.
--lost ghi các cơ quan có máy mất hẳn. Nút khác còn lại cũng thôi phiếu, vì không ai biết hai nhật ký raft có trùng nhau không: nút ấy trở lại với lần lập mới.
Từ chối khi số nút còn lại vẫn là đa số: khi đó hãy bỏ nút đã mất bằng biểu quyết trên sổ cái. Nếu còn nhiều nút, chạy lệnh này trên từng nút và chọn nút
có nhật ký raft kết thúc ở nhiệm kỳ lớn nhất, rồi ở mục lớn nhất: lệnh in cả hai. Nếu nút khác giữ đầu sổ được chứng thực lớn hơn,
trước hết đưa nút này tới đó: ocopd repair.`,
			En: `Writes a statement: the ledger, the node that votes, its head and the certified head it holds, who gives up a vote. Nothing of the node is changed.
--lost names the agencies whose machines are gone for good. Other nodes that are left give up their vote as well, since nobody knows whether two raft logs agree:
they come back with a new incarnation. Refuses when those that are left are a majority: then the lost ones are removed by votes on the ledger. When several are
left, run this on each, and choose the one whose raft log ends in the latest term, then with the greatest entry: both are printed.
If another one holds a larger certified head, bring this one there first: ocopd repair.`},
		Example: "  ocopd recover draft --dir /srv/ocop --lost 2,3 -o khoi-phuc.txt",
		Run: func(cmd *cobra.Command, _ []string) error {
			if err := verb.Require(cmd, "dir", "lost", "output"); err != nil {
				return err
			}
			var agencies []ledger.AccountID
			for text := range strings.SplitSeq(lost, ",") {
				id, err := ledger.ParseAccountID(strings.TrimSpace(text))
				if err != nil || !id.IsAgency() {
					return verb.Usage(lang.Text{Vi: "--lost: %q không phải số tài khoản của cơ quan", En: "--lost: %q is no account number of an agency"}, text)
				}
				agencies = append(agencies, id)
			}
			o, g, done, err := a.recovering(dir)
			if err != nil {
				return err
			}
			defer done()
			d, err := node.DraftRecovery(cmd.Context(), o, agencies)
			if err == nil {
				err = writeNew(out, d.Statement.Bytes())
			}
			if err == nil {
				err = a.printDrafted(d, out, g.Notice())
			}
			return ceremony.OfLedger(g, err)
		},
	})
	a.dirFlag(cmd, &dir)
	cmd.Flags().StringVar(&lost, "lost", "", a.t(lang.Text{Vi: "`cơ quan` có máy mất hẳn, cách nhau bằng dấu phẩy", En: "`agencies` whose machines are gone for good, comma between them"}))
	cmd.Flags().StringVarP(&out, "output", "o", "", a.t(lang.Text{Vi: "`tệp` mới để ghi tuyên bố", En: "new `file` for the statement"}))
	return cmd
}

func (a *app) printDrafted(d *node.Drafted, path, notice string) error {
	v := struct {
		Notice    string             `json:"notice,omitempty"`
		File      string             `json:"file"`
		Statement statementReport    `json:"statement"`
		EndIndex  uint64             `json:"raft_log_ends_at"`
		EndTerm   uint64             `json:"raft_log_ends_in_term"`
		Pending   uint64             `json:"raft_entries_not_applied"`
		Needed    int                `json:"signatures_needed"`
		Agencies  []ledger.AccountID `json:"agencies"`
	}{notice, path, reportStatement(d.Statement), d.EndIndex, d.EndTerm, d.Pending, d.Needed, d.Agencies}
	return a.print(v, func(w io.Writer) {
		if notice != "" {
			fmt.Fprintln(w, notice)
		}
		describeStatement(w, d.Statement)
		a.say(w, lang.Text{
			Vi: "Nhật ký raft của nút kết thúc ở mục %d, nhiệm kỳ %d. Khi còn nhiều nút: nút có nhiệm kỳ của mục cuối lớn hơn, rồi số mục lớn hơn, giữ lá phiếu.",
			En: "The node's raft log ends with entry %d, of term %d. When several nodes are left: the one whose last entry has the later term, then the greater number, keeps the vote."}, d.EndIndex, d.EndTerm)
		a.say(w, lang.Text{
			Vi: "%d mục của nhật ký raft chưa vào sổ cái: khi thi hành, chúng được thực thi dù không ai biết đa số đã nhận hay chưa.",
			En: "%d entries of raft's log are not in the ledger: they are applied with the statement, though nobody can tell whether a majority had them."}, d.Pending)
		a.say(w, lang.Text{
			Vi: "Đã ghi %s. Tiếp theo: cán bộ quản trị của ít nhất %d trong các cơ quan %v ký: ocopd recover sign %s --key …",
			En: "Written to %s. Next: officers who may govern sign for at least %d of the agencies %v: ocopd recover sign %s --key …"}, path, d.Needed, d.Agencies, path)
	})
}
