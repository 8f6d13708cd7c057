package command

import (
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/internal/verb"
	"github.com/ocopledger/ocop/cmd/ocop/internal/audit"
	"github.com/ocopledger/ocop/cmd/ocop/internal/draft"
	"github.com/ocopledger/ocop/cmd/ocop/internal/explain"
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/genesis"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

func (a *app) audit() *cobra.Command {
	var (
		where             placeFlags
		documents, report string
		files, memory     string
	)
	cmd := a.command(verb.Spec{
		Use:   "audit",
		Short: lang.Text{Vi: "Kiểm toán: tính lại cả sổ cái từ lá đầu tiên, không tin nút", En: "Audit: re-derive the whole ledger from its first leaf, trusting no node"},
		Long: lang.Text{
			Vi: `Tải mọi lá từ nút và tự tính lại chuỗi băm, cây, trạng thái, lịch sử và quy tắc, trên mọi lõi máy. Điểm tựa là tệp khởi nguyên hoặc mã sổ cái
mà bạn có từ nguồn tin cậy; nút chỉ đưa dữ liệu. Kết quả là "ok" với độ cao, số lá và mã gốc, hoặc chỗ sai đầu tiên: lá, bản ghi, trường.
Lý do của các lần từ chối không kiểm lại được, vì bản ghi bị từ chối không được công bố.
--tiles kiểm từ các tệp công bố (/log/ của một nút, hoặc bản sao trong thư mục), không cần nút nào: so cả các tệp băm, và kiểm đầu sổ đã được đủ số cơ quan
đồng ký.
--documents đối chiếu tệp PDF của các Quyết định và văn bản, biên bản khác theo mã băm SHA-256.
Bộ nhớ: gấp đôi trạng thái của sổ, hoặc trạng thái cộng 256 MiB khi trạng thái nhỏ hơn thế; biến môi trường GOGC định khác đi.`,
			En: `Fetches every leaf from a node and re-derives hash-chain, tree, state, histories and rules, on all cores. What it rests on is the genesis file or
the chain id that you have from a source you trust; the node only hands out data. The result is "ok" with height, size and root, or the first
divergence: leaf, record, field. Reasons of refusals cannot be rechecked, as refused records are not published.
--tiles audits published files (/log/ of a node, or a mirror in a folder) and needs no node: hash tiles are compared, too, and the head must be
certified by a quorum.
--documents matches PDF files of Decisions and other acts and reports by their SHA-256.
Memory: twice the ledger's state, or the state and 256 MiB while it is smaller than that; GOGC in the environment decides otherwise.`},
		Example: "  ocop audit --genesis khoi-nguyen.bin --report kiem-toan.json\n  ocop audit --chain-id <64 hex> --documents quyet-dinh/\n  ocop audit --tiles /srv/ocop-mirror --genesis khoi-nguyen.bin",
		Run: func(cmd *cobra.Command, _ []string) error {
			if !where.offline() {
				return fail(exitUsage, lang.Text{
					Vi: "cần --genesis TỆP hoặc --chain-id MÃ từ nguồn tin cậy: nút không được tự nói mình đúng",
					En: "want --genesis FILE or --chain-id ID from a source you trust: a node must not vouch for itself"})
			}
			if memory != "" && files == "" {
				return fail(exitUsage, lang.Text{Vi: "--memory cần --tiles", En: "--memory wants --tiles"})
			}
			return a.runAudit(cmd.Context(), where, files, memory, documents, report)
		},
	})
	a.placeFlags(cmd, &where)
	cmd.Flags().StringVar(&files, "tiles", "", a.t(lang.Text{Vi: "kiểm các tệp công bố ở `URL|THƯ-MỤC` thay vì hỏi nút", En: "audit the published files at `URL|DIR` instead of asking a node"}))
	cmd.Flags().StringVar(&memory, "memory", "", a.t(lang.Text{Vi: "với --tiles: `tệp` ghi nhớ của ocop head; đầu sổ công bố phải nối tiếp đầu sổ đã nhớ", En: "with --tiles: memory `file` of ocop head; the published head must continue the one remembered"}))
	cmd.Flags().StringVar(&documents, "documents", "", a.t(lang.Text{Vi: "`thư mục` PDF của các văn bản", En: "`folder` with the PDFs of all acts"}))
	cmd.Flags().StringVar(&report, "report", "", a.t(lang.Text{Vi: "viết biên bản ra `tệp` .json hoặc .txt", En: "write a report to a `file`, .json or .txt"}))
	return cmd
}

func (a *app) runAudit(ctx context.Context, where placeFlags, published, memory, documents, report string) error {
	if ext := strings.ToLower(filepath.Ext(report)); report != "" && ext != ".json" && ext != ".txt" {
		return fail(exitUsage, lang.Text{Vi: "--report cần tệp .json hoặc .txt", En: "--report wants a .json or .txt file"})
	}
	var files map[ledger.Hash][]string
	var err error
	if documents != "" {
		if files, err = audit.Hash(documents); err != nil {
			return err
		}
	}
	audited, err := a.auditNode, error(nil)
	if published != "" {
		audited = func(ctx context.Context, where placeFlags) (*auditReport, *audit.Result, error) {
			return a.auditTiles(ctx, where, published, memory)
		}
	}
	out, r, err := audited(ctx, where)
	if err != nil {
		return err
	}
	if documents != "" {
		matched := audit.Match(r.Documents, files)
		out.Documents = &matched
	}
	return a.finishAudit(out, report)
}

func (a *app) auditNode(ctx context.Context, where placeFlags) (*auditReport, *audit.Result, error) {
	c, asking, done, err := a.dial(ctx)
	if err != nil {
		return nil, nil, err
	}
	defer done()
	g, err := a.anchor(where, func() ([]byte, error) {
		answer, err := c.Ledger.GetGenesis(asking, &apiv1.GetGenesisRequest{})
		return answer.GetFile(), err
	})
	if err != nil {
		return nil, nil, err
	}
	return a.audited(ctx, g, c)
}

func (a *app) audited(ctx context.Context, g *genesis.Genesis, source audit.Source) (*auditReport, *audit.Result, error) {
	started := a.env.Now()
	r, err := audit.Run(ctx, g, source, runtime.NumCPU(), func(leaves, size uint64) {
		a.progress(lang.Text{Vi: "đã kiểm %d/%d lá", En: "%d of %d leaves checked"}, leaves, size)
	})
	a.progressEnd()
	if err != nil {
		return nil, nil, err
	}
	return a.auditReport(g, r, started), r, nil
}

// standing is who stands behind a published head.
type standing struct {
	Agencies []uint64 `json:"agencies"`
	Quorum   int      `json:"quorum"`
	Time     uint64   `json:"time"` // the quorum's newest, Unix seconds
}

func certifiedBy(c *checkpoint.Certified, quorum int) *standing {
	by := &standing{Quorum: quorum, Time: c.Time}
	for _, v := range c.Validators {
		by.Agencies = append(by.Agencies, uint64(v.Agency))
	}
	return by
}

// anchor is the genesis the audit rests on. With a chain id alone, the file comes from what is audited: its hash is the id, or it is refused.
func (a *app) anchor(where placeFlags, served func() ([]byte, error)) (*genesis.Genesis, error) {
	if where.genesis != "" {
		g, err := a.readGenesis(where.genesis)
		if err == nil && where.chain != "" && where.chain != g.Chain.String() {
			err = fail(exitInput, lang.Text{Vi: "%s là của sổ cái %s, không phải %s", En: "%s is of ledger %s, not %s"}, where.genesis, g.Chain, where.chain)
		}
		return g, err
	}
	id, err := draft.ParseChain(where.chain)
	if err != nil {
		return nil, withCode(exitUsage, err)
	}
	file, err := served()
	if err != nil {
		return nil, err
	}
	g, err := genesis.Parse(file)
	if err != nil {
		return nil, fail(exitDivergence, lang.Text{Vi: "tệp khởi nguyên được đưa ra không đúng: %v", En: "the genesis file handed out is not sound: %v"}, err)
	}
	if g.Chain != id {
		return nil, fail(exitDivergence, lang.Text{Vi: "sổ cái được đưa ra là %s, không phải %s", En: "the ledger handed out is %s, not %s"}, g.Chain, id)
	}
	return g, nil
}

// auditReport is what is written and kept. Without size nothing follows from genesis, and what would be said of the newest block is left out.
type auditReport struct {
	notice
	Audit      string            `json:"audit"` // ok, or the first divergence in one line
	Divergence *audit.Divergence `json:"divergence,omitempty"`
	Node       string            `json:"node,omitempty"`
	Tiles      string            `json:"tiles,omitempty"`
	Certified  *standing         `json:"certified,omitempty"`
	Chain      string            `json:"chain_id"`
	ChainName  string            `json:"chain_name"`
	Height     *uint64           `json:"height,omitempty"`
	Size       uint64            `json:"size"`
	Root       string            `json:"root,omitempty"`
	State      string            `json:"state,omitempty"`
	BlockTime  uint64            `json:"block_time,omitempty"`
	Records    uint64            `json:"records"`
	Refusals   uint64            `json:"refusals"`
	Started    string            `json:"started"` // RFC 3339, at UTC+07:00
	Seconds    float64           `json:"seconds"`
	Documents  *audit.Matches    `json:"documents,omitempty"`
	Memory     *shownMemory      `json:"memory,omitempty"`

	started time.Time
}

func (a *app) auditReport(g *genesis.Genesis, r *audit.Result, started time.Time) *auditReport {
	out := &auditReport{
		notice: noticeOf(g.Body.GetSample()), Audit: "ok", Divergence: r.Divergence, Node: a.node, Chain: g.Chain.String(), ChainName: g.Body.GetChainName(),
		Size: r.Head.Size, Records: r.Records, Refusals: r.Refusals, Started: started.In(draft.Vietnam).Format("2006-01-02T15:04:05-07:00"),
		started: started, Seconds: a.env.Now().Sub(started).Round(time.Millisecond).Seconds(),
	}
	if r.Head.Size > 0 {
		out.Height, out.BlockTime = &r.Head.Height, r.Head.Time
		out.Root, out.State = hex.EncodeToString(r.Head.Root[:]), hex.EncodeToString(r.Head.State[:])
	}
	if r.Divergence != nil {
		out.Audit = r.Divergence.English
	}
	return out
}

func (a *app) finishAudit(out *auditReport, report string) error {
	if report != "" {
		if err := a.writeReport(out, report); err != nil {
			return err
		}
	}
	if err := a.print(out.notice, out, func(w io.Writer) { a.auditText(w, out) }); err != nil {
		return err
	}
	switch {
	case out.Divergence != nil:
		return said(exitDivergence, lang.Errorf(lang.Text{Vi: "kiểm toán: %s", En: "audit: %s"}, lang.Text{Vi: out.Divergence.Vietnamese, En: out.Divergence.English}))
	case out.Documents != nil && !out.Documents.Complete():
		return said(exitDivergence, lang.Errorf(lang.Text{Vi: "kiểm toán: thiếu %d văn bản", En: "audit: %d documents missing"}, len(out.Documents.Missing)))
	}
	return nil
}

func (a *app) auditText(w io.Writer, r *auditReport) {
	t := a.lines(w)
	if r.Divergence == nil {
		fmt.Fprintf(w, "ok\n\n")
	} else {
		fmt.Fprintln(w, lang.Text{Vi: "KHÔNG ĐÚNG: %s\n", En: "DIVERGENCE: %s\n"}.F(a.lang, lang.Text{Vi: r.Divergence.Vietnamese, En: r.Divergence.English}))
		t.line(lang.Text{Vi: "Lá", En: "Leaf"}, count(r.Divergence.Leaf))
		t.line(lang.Text{Vi: "Bản ghi", En: "Record"}, r.Divergence.Record)
		t.line(lang.Text{Vi: "Trường", En: "Field"}, r.Divergence.Field)
		t.line(lang.Text{Vi: "Trên sổ", En: "Have"}, r.Divergence.Got)
		t.line(lang.Text{Vi: "Phải là", En: "Want"}, r.Divergence.Want)
	}
	if r.Divergence != nil && r.Height != nil {
		fmt.Fprintln(w, a.t(lang.Text{Vi: "\nPhần trước chỗ đó đúng, tính đến khối cuối cùng còn nguyên:", En: "\nWhat comes before it is right, up to the last whole block:"}))
	}
	t.line(lang.Text{Vi: "Sổ cái", En: "Ledger"}, r.ChainName+" "+r.Chain)
	t.line(lang.Text{Vi: "Nút", En: "Node"}, r.Node)
	t.line(lang.Text{Vi: "Tệp công bố", En: "Published files"}, r.Tiles)
	if r.Height != nil {
		t.line(lang.Text{Vi: "Độ cao", En: "Height"}, count(*r.Height))
		t.line(lang.Text{Vi: "Số lá", En: "Size"}, count(r.Size))
	}
	t.line(lang.Text{Vi: "Mã gốc", En: "Root"}, r.Root)
	t.line(lang.Text{Vi: "Trạng thái", En: "State"}, r.State)
	if c := r.Certified; c != nil {
		t.line(lang.Text{Vi: "Được chứng thực", En: "Certified"}, lang.Text{Vi: "bởi cơ quan %s (cần %d), lúc %s", En: "by agencies %s (quorum %d), at %s"}.F(a.lang, agencies(c.Agencies), c.Quorum, explain.Moment(c.Time*1000)))
	}
	if r.Height != nil {
		t.line(lang.Text{Vi: "Khối cuối lúc", En: "Last block"}, explain.Moment(r.BlockTime))
		t.line(lang.Text{Vi: "Bản ghi nhận", En: "Accepted"}, count(r.Records))
		t.line(lang.Text{Vi: "Từ chối", En: "Refused"}, count(r.Refusals)+a.t(lang.Text{Vi: " (lý do không kiểm lại được)", En: " (reasons cannot be rechecked)"}))
	}
	t.line(lang.Text{Vi: "Kiểm lúc", En: "Audited at"}, lang.Same("%s, %.1f s").F(a.lang, explain.Moment(uint64(r.started.UnixMilli())), r.Seconds))
	a.memoryText(w, r.Memory)
	if r.Documents != nil {
		a.documentsText(w, r.Documents)
	}
}

func (a *app) documentsText(w io.Writer, m *audit.Matches) {
	fmt.Fprintln(w, lang.Text{Vi: "\nVăn bản: %d khớp, %d thiếu, %d tệp không có trên sổ cái", En: "\nDocuments: %d matched, %d missing, %d files not on the ledger"}.F(a.lang, len(m.Matched), len(m.Missing), len(m.Unknown)))
	t := &table{columns: []lang.Text{{Vi: "", En: ""}, {Vi: "Văn bản trên sổ cái", En: "Document on the ledger"}, {Vi: "Tên", En: "Name"}, {Vi: "Tệp", En: "File"}}}
	row := func(mark lang.Text, d audit.Document) {
		t.rows = append(t.rows, []string{a.t(mark), d.For, d.Name, strings.Join(d.Files, ", ")})
	}
	for _, d := range m.Matched {
		row(lang.Text{Vi: "khớp", En: "matched"}, d)
	}
	for _, d := range m.Missing {
		row(lang.Text{Vi: "THIẾU", En: "MISSING"}, d)
	}
	for _, file := range m.Unknown {
		row(lang.Text{Vi: "lạ", En: "unknown"}, audit.Document{Files: []string{file}})
	}
	if len(t.rows) > 0 {
		t.text(w, a.lang)
	}
}

func (a *app) writeReport(r *auditReport, path string) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	to := *a
	to.env.Out = f
	to.json = strings.EqualFold(filepath.Ext(path), ".json")
	if err := to.print(r.notice, r, func(w io.Writer) { to.auditText(w, r) }); err != nil {
		_ = f.Close()
		return err
	}
	return f.Close()
}
