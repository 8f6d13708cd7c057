package command

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/internal/verb"
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/receipt"
	"github.com/ocopledger/ocop/ledger/subject"
	"github.com/ocopledger/ocop/ledger/verify"
	"github.com/ocopledger/ocop/ledger/verify/receipts"
)

// verifying is what a file is checked with.
type verifying struct {
	believing
	handovers []string
	evidence  string
	older     bool
	date      ledger.Date
	now       time.Time
	asOf      uint64
	atHeight  *uint64 // nil: what the receipt says
	maxAge    time.Duration
	want      subject.ID
	inForce   bool
	acted     func() error // refuses flags that say nothing of a record or an action
}

// Flags that mean something for receipts alone, and those that do so for receipts of products, certificates and lots alone.
var (
	ofReceipts = []string{"older", "handover", "max-age"}
	ofSubjects = []string{"product", "certificate", "lot", "in-force", "date", "as-of"}
)

// without refuses flags that a kind of file has nothing to answer with: a script that asks for a product in force is not told that some file is genuine.
func without(cmd *cobra.Command, flags []string, file lang.Text) error {
	for _, name := range flags {
		if cmd.Flags().Changed(name) {
			return verb.Usage(lang.Text{Vi: "--%s không dùng cho %s", En: "--%s says nothing of %s"}, name, file)
		}
	}
	return nil
}

func (a *app) verify() *cobra.Command {
	var v verifying
	cmd := a.command(verb.Spec{
		Use:   "verify FILE --policy FILE",
		Short: lang.Text{Vi: "Kiểm biên nhận hoặc bằng chứng, không cần mạng và không tin nút nào", En: "Check a receipt or evidence, without a network and trusting no node"},
		Long: lang.Text{
			Vi: `Kiểm từ đầu đến cuối: chữ ký đồng ký của đủ số cơ quan, lá niêm phong cuối, trạng thái và toàn bộ lịch sử, chữ ký của từng bản ghi, thẩm quyền của
từng cơ quan vào ngày Quyết định, rồi tự suy ra kết luận cho ngày được hỏi.
Điểm tựa duy nhất là --policy: tệp khởi nguyên, tệp chính sách hoặc tệp chuyển giao mà bạn có từ nguồn tin cậy; hoặc --memory, điều máy này đã nhớ.
Tệp khởi nguyên và tệp chính sách cho biết sổ cái chỉ là dữ liệu mẫu; tệp chuyển giao thì không: dùng tệp chuyển giao thì thêm --genesis.
Tệp không đúng thì lệnh kết thúc khác 0 và nêu bằng một từ điều không đúng; xem ocop exit-codes.
--evidence kiểm một tệp bằng chứng (từ /log/evidence/ của bất kỳ nút nào). Bằng chứng có bốn loại, và chỉ nói đúng điều này:
  proposer   một bên đề xuất đã ký hai bản thảo cho cùng một chỗ
  validator  một bên xác nhận đã đồng ký hai đầu sổ mâu thuẫn nhau
  diverged   một nút đã lệch khỏi đầu sổ được chứng thực: hỏng hoặc nói dối
  breach     một lời hứa tiếp nhận không được giữ`,
			En: `Checks from end to end: the cosignatures of a quorum of agencies, the seal as last leaf, the state and complete history, the signature of every record,
the competence of every agency on the date of its Decision; then derives the verdict for the date asked for.
All it rests on is --policy: a genesis file, policy file or handover file that you have from a source you trust; or --memory, what this machine remembers.
That a ledger is sample data is said by genesis and policy files, not by handover files: beside one of those, give --genesis, too.
When something is wrong the command ends other than 0 and names it in one word; see ocop exit-codes.
--evidence checks a file of evidence (from /log/evidence/ of any node). There are four kinds, and no more is claimed:
  proposer   a proposer signed two drafts for one place
  validator  a validator cosigned two inconsistent heads
  diverged   a node has diverged from a certified head: it is damaged or lying
  breach     an acceptance promise was not kept`},
		Example: "  ocop verify san-pham.ocop --policy khoi-nguyen.bin\n  ocop verify san-pham.ocop --policy policy.txt --product 2000001.1 --date 02/09/2026 --max-age 1h\n  ocop verify ban-ghi.tlog-proof --policy khoi-nguyen.bin --handover ban-sao/policy\n  ocop verify --evidence proposer-3-0123456789abcdef.evidence --genesis khoi-nguyen.bin",
		Least:   0, Most: 1,
		Run: func(cmd *cobra.Command, args []string) error {
			switch {
			case (len(args) == 1) == (v.evidence != ""):
				return verb.Usage(lang.Text{Vi: "cần một tệp: biên nhận, hoặc --evidence TỆP", En: "want one file: a receipt, or --evidence FILE"})
			case cmd.Flags().Changed("max-age") && v.maxAge <= 0:
				return verb.Usage(lang.Text{Vi: "--max-age phải lớn hơn 0", En: "--max-age must be more than 0"})
			}
			if cmd.Flags().Changed("as-of") {
				v.atHeight = &v.asOf
			}
			if v.evidence != "" {
				if err := without(cmd, append(ofReceipts, ofSubjects...), lang.Text{Vi: "bằng chứng", En: "evidence"}); err != nil {
					return err
				}
				return a.verifyEvidence(&v)
			}
			v.acted = func() error {
				return without(cmd, ofSubjects, lang.Text{Vi: "biên nhận của bản ghi hay hành động", En: "a receipt of a record or an action"})
			}
			return a.runVerify(cmd.Context(), args[0], &v)
		},
	})
	f := cmd.Flags()
	a.believingFlags(cmd, &v.believing, lang.Text{Vi: "`tệp` ghi nhớ của ocop head: không chấp nhận đầu sổ cũ hơn; không cần --policy", En: "memory `file` of ocop head: no older head is accepted; --policy is not needed"})
	f.BoolVar(&v.older, "older", false, a.t(lang.Text{Vi: "chấp nhận biên nhận cũ hơn đầu sổ đã nhớ, và nêu rõ điều đó", En: "accept a receipt older than the head remembered, and say so"}))
	f.StringArrayVar(&v.handovers, "handover", nil, a.t(lang.Text{Vi: "`tệp` chuyển giao, hoặc thư mục policy của một bản sao, cho biên nhận không kèm đủ; dùng được nhiều lần", En: "handover `file`, or the policy folder of a mirror, for receipts that do not bring them; may be repeated"}))
	f.StringVar(&v.evidence, "evidence", "", a.t(lang.Text{Vi: "`tệp` bằng chứng, thay cho biên nhận", En: "evidence `file`, instead of a receipt"}))
	dateFlag(a, cmd, &v.date, "date", lang.Text{Vi: "kết luận vào ngày này; mặc định hôm nay", En: "verdict on this date; by default today"})
	timeFlag(a, cmd, &v.now, "now", lang.Text{Vi: "coi bây giờ là lúc này, thay cho đồng hồ máy", En: "take this for now, instead of this machine's clock"})
	f.Uint64Var(&v.asOf, "as-of", 0, a.t(lang.Text{Vi: "kết luận theo sổ cái ở `khối` này; mặc định theo biên nhận", En: "verdict as of this `height`; by default what the receipt says"}))
	f.DurationVar(&v.maxAge, "max-age", 0, a.t(lang.Text{Vi: "từ chối đầu sổ cũ hơn mức này, ví dụ 24h; mặc định không giới hạn, nhưng luôn nêu tuổi", En: "refuse heads older than this, such as 24h; by default any, but the age is always told"}))
	f.BoolVar(&v.inForce, "in-force", false, a.t(lang.Text{Vi: "kết thúc khác 0 nếu không còn hiệu lực vào ngày đó", En: "end other than 0 unless in force on the date"}))
	wantFlag(a, cmd, &v.want, "product", productExample, ledger.ParseProductID, subject.Product, lang.Text{Vi: "biên nhận phải của sản phẩm này", En: "the receipt must be of this product"})
	wantFlag(a, cmd, &v.want, "certificate", certificateExample, ledger.ParseCertificateID, subject.Certificate, lang.Text{Vi: "biên nhận phải của giấy chứng nhận này", En: "the receipt must be of this certificate"})
	wantFlag(a, cmd, &v.want, "lot", lotExample, ledger.ParseLotID, subject.Lot, lang.Text{Vi: "biên nhận phải của lô này", En: "the receipt must be of this lot"})
	return cmd
}

func wantFlag[T any](a *app, cmd *cobra.Command, to *subject.ID, name, example string, parse func(string) (T, error), id func(T) subject.ID, text lang.Text) {
	flag(a, cmd, to, name, "id", func(s string) (subject.ID, error) {
		v, err := formed(parse, example)(s)
		return id(v), err
	}, text)
}

func (a *app) runVerify(ctx context.Context, path string, v *verifying) error {
	file, err := readBounded(path, receipt.MaxSize)
	if err != nil {
		return err
	}
	if v.now.IsZero() {
		v.now = a.env.Now()
	}
	b, err := a.believe(&v.believing, v.now, false)
	if err != nil {
		return a.refused(err)
	}
	o := receipts.Options{Trust: b.trust(), Memory: b.memory, Older: v.older, Want: v.want, MaxAge: uint64((v.maxAge + time.Second - 1) / time.Second), Date: v.date, AsOf: v.atHeight}
	if v.older && b.given.Policy != nil {
		o.Trust = b.given // an older head may be of an epoch before the one remembered
	}
	if o.Handovers, err = readHandovers(v.handovers); err != nil {
		return err
	}
	got, err := checkReceipt(ctx, file, o)
	if err != nil {
		return a.refused(err)
	}
	if got.acted != nil {
		if err := v.acted(); err != nil {
			return err
		}
	}
	return a.showReceipt(noticeOf(b.sample), got, remembering(v.memory, b.memory, got.signed.Tree, false), v.inForce)
}

func (a *app) showReceipt(n notice, got *checkedReceipt, memory *shownMemory, inForce bool) error {
	if got.acted != nil {
		shown := a.shownActed(n, got.acted)
		shown.Memory = memory
		return a.print(n, shown, func(w io.Writer) { a.actedText(w, got.acted, shown); a.memoryText(w, memory) })
	}
	shown := a.shownSubject(n, got.subject)
	shown.Memory = memory
	if err := a.print(n, shown, func(w io.Writer) { a.subjectText(w, got.subject, shown); a.memoryText(w, memory) }); err != nil {
		return err
	}
	if inForce && got.subject.Verdict.Kind != receipts.VerdictInForce {
		return said(exitNotInForce, errors.New("not in force"))
	}
	return nil
}

// checkedReceipt is a receipt that was verified: of a subject, or of a record or action.
type checkedReceipt struct {
	subject *receipts.Result
	acted   *receipts.Acted
	trust   verify.Trust // the epoch of its head
	signed  *checkpoint.Signed
}

func checkReceipt(ctx context.Context, file []byte, o receipts.Options) (*checkedReceipt, error) {
	if checkpoint.IsHandover(file) { // a tlog-proof
		got, err := receipts.Record(ctx, file, o)
		if err != nil {
			return nil, err
		}
		p, err := checkpoint.ParseProof(file)
		if err != nil {
			return nil, err
		}
		return &checkedReceipt{acted: got, trust: got.Trust, signed: p.Checkpoint}, nil
	}
	r, err := receipt.Parse(file)
	if err == nil && r.Kind == receipt.KindAction {
		got, err := receipts.Action(ctx, file, o)
		if err != nil {
			return nil, err
		}
		return &checkedReceipt{acted: got, trust: got.Trust, signed: r.Checkpoint}, nil
	}
	got, err := receipts.Subject(ctx, file, o)
	if err != nil {
		return nil, err
	}
	return &checkedReceipt{subject: got, trust: got.Head.Trust, signed: r.Checkpoint}, nil
}

// refused gives a refusal the exit code of its kind.
func (a *app) refused(err error) error {
	e, ok := errors.AsType[*verify.Error](err)
	if !ok {
		return err
	}
	return &coded{code: proofCode(e), err: &proofError{found: e}}
}

// proofCode tells what newer files or a right clock may mend from what proves nothing, also when it lies within a handover.
func proofCode(e *verify.Error) int {
	switch {
	case e.Word == verify.WordFormat:
		return exitInput
	case e.Word == verify.WordSubject:
		return exitOther
	case verify.Failed(e, verify.WordStale), verify.Failed(e, verify.WordFuture), verify.Failed(e, verify.WordTrust):
		return exitStale
	}
	return exitProof
}

// proofError says a refusal: the word, its sentence, and what exactly was found.
type proofError struct{ found *verify.Error }

func (e *proofError) Error() string { return e.In(lang.English) }
func (e *proofError) Unwrap() error { return e.found }

func (e *proofError) In(l lang.Language) string {
	vietnamese, english := e.found.Word.Sentence()
	return lang.Text{Vi: "không chứng minh được [%s]: %s (%s)", En: "not proved [%s]: %s (%s)"}.F(l, e.found.Word, lang.Text{Vi: vietnamese, En: english}.In(l), e.found.Error())
}
