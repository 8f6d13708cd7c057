package command

import (
	"encoding/hex"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/internal/verb"
	"github.com/ocopledger/ocop/cmd/ocop/internal/explain"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

func (a *app) head() *cobra.Command {
	var b believing
	cmd := a.command(verb.Spec{
		Use:   "head",
		Short: lang.Text{Vi: "Đầu sổ cái của nút: độ cao, số lá, mã gốc", En: "Head of a node's ledger: height, size, root"},
		Long: lang.Text{
			Vi: `Nêu đầu sổ cái theo lời của nút.
Với --policy, đầu sổ đã được chứng thực được kiểm: chữ ký đồng ký của đủ số cơ quan, lá niêm phong cuối, các tệp chuyển giao; không tin nút.
Với --memory, máy này còn nhớ đầu sổ ấy: lần đầu dựa vào --policy, các lần sau chỉ cần tệp ghi nhớ. Đầu sổ mới phải nối tiếp đầu sổ đã nhớ, có chứng minh;
nút đưa ra đầu sổ cũ hơn hoặc khác thì bị từ chối, và tệp ghi nhớ giữ nguyên.`,
			En: `Shows the head of the ledger as the node says.
With --policy the certified head is verified: the cosignatures of a quorum of agencies, the seal as last leaf, the handovers; no node is trusted.
With --memory this machine remembers that head as well: at first by --policy, later by the memory file alone. A new head must continue the one remembered,
as a consistency proof shows; a node that serves an older or another one is refused, and the memory file stays.`},
		Example: "  ocop head\n  ocop head --policy khoi-nguyen.bin --memory so-cai.memory\n  ocop head --memory so-cai.memory",
		Run: func(cmd *cobra.Command, _ []string) error {
			if b.any() {
				return a.verifiedHead(cmd.Context(), &b)
			}
			c, ctx, done, err := a.dial(cmd.Context())
			if err != nil {
				return err
			}
			defer done()
			r, err := c.Ledger.GetHead(ctx, &apiv1.GetHeadRequest{MinHeight: a.minHeight})
			if err != nil {
				return err
			}
			n := noticeOf(r.GetAsOf().GetSample())
			return a.print(n, answer{n, r}, func(w io.Writer) {
				h, t := r.GetHead(), a.lines(w)
				t.line(lang.Text{Vi: "Sổ cái", En: "Ledger"}, r.GetChainName()+" "+hex.EncodeToString(r.GetAsOf().GetChainId()))
				t.line(lang.Text{Vi: "Độ cao", En: "Height"}, count(h.GetHeight()))
				t.line(lang.Text{Vi: "Số lá", En: "Size"}, count(h.GetSize()))
				t.line(lang.Text{Vi: "Mã gốc", En: "Root"}, hex.EncodeToString(h.GetRoot()))
				t.line(lang.Text{Vi: "Trạng thái", En: "State"}, hex.EncodeToString(h.GetState()))
				t.line(lang.Text{Vi: "Thời điểm", En: "Time"}, explain.Moment(h.GetTime()))
				t.line(lang.Text{Vi: "Giao thức", En: "Protocol"}, fmt.Sprint(h.GetProtocol()))
				q := r.GetTrust()
				t.line(lang.Text{Vi: "Tin cậy", En: "Trust"}, lang.Text{
					Vi: "n = %d nút, q = %d; số nút gian dối đủ để chia đôi sổ cái: %d",
					En: "n = %d validators, q = %d; liars needed for a certified fork: %d"}.F(a.lang, q.GetValidators(), q.GetQuorum(), q.GetLiars()))
				a.certifiedLines(t, r.GetCertified())
				t.line(lang.Text{Vi: "Nút trả lời", En: "Answered by"}, lang.Text{Vi: "cơ quan %d; dẫn đầu: cơ quan %d", En: "agency %d; leader: agency %d"}.F(a.lang, r.GetNode().GetAgency(), r.GetNode().GetLeader()))
			})
		},
	})
	a.believingFlags(cmd, &b, lang.Text{Vi: "`tệp` ghi nhớ đầu sổ: không chấp nhận đầu sổ lùi lại; lần đầu thì được tạo ra", En: "`file` that remembers the head: none that goes back is accepted; made at the first time"})
	return cmd
}

// certifiedLines say how far the validators have signed, who has, and how old their word is.
func (a *app) certifiedLines(t lines, c *apiv1.CertifiedHead) {
	what := lang.Text{Vi: "Đã đồng ký", En: "Certified"}
	if c == nil {
		t.line(what, a.t(lang.Text{Vi: "chưa có đầu sổ cái nào được đủ số nút đồng ký", En: "no head is cosigned by a quorum yet"}))
		return
	}
	t.line(what, lang.Text{
		Vi: "độ cao %s, %s lá, cách đây %d s", En: "height %s, size %s, age %d s"}.F(a.lang, count(c.GetHeight()), count(c.GetSize()), c.GetAgeSeconds()))
	t.line(lang.Text{Vi: "Nút đồng ký", En: "Cosigned by"}, lang.Text{Vi: "cơ quan %s", En: "agencies %s"}.F(a.lang, agencies(c.GetAgencies())))
}

// agencies lists agencies by their numbers.
func agencies(numbers []uint64) string {
	texts := make([]string, len(numbers))
	for i, n := range numbers {
		texts[i] = strconv.FormatUint(n, 10)
	}
	return strings.Join(texts, ", ")
}
