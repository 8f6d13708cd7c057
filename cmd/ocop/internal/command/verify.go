package command

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/internal/verb"
	"github.com/ocopledger/ocop/cmd/ocop/internal/explain"
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/genesis"
	"github.com/ocopledger/ocop/ledger/receipt"
	"github.com/ocopledger/ocop/ledger/subject"
	"github.com/ocopledger/ocop/ledger/verify"
	"github.com/ocopledger/ocop/ledger/verify/anchor"
	"github.com/ocopledger/ocop/ledger/verify/receipts"
)

// verifying is what a file is checked with.
type verifying struct {
	policy, genesis string
	evidence        string
	date            ledger.Date
	now             time.Time
	asOf            uint64
	maxAge          time.Duration
	want            subject.ID
	inForce         bool
}

func (a *app) verify() *cobra.Command {
	var v verifying
	cmd := a.command(verb.Spec{
		Use:   "verify FILE --policy FILE",
		Short: lang.Text{Vi: "Kiểm biên nhận hoặc bằng chứng, không cần mạng và không tin nút nào", En: "Check a receipt or evidence, without a network and trusting no node"},
		Long: lang.Text{
			Vi: `Kiểm từ đầu đến cuối: chữ ký đồng ký của đủ số cơ quan, lá niêm phong cuối, trạng thái và toàn bộ lịch sử, chữ ký của từng bản ghi, thẩm quyền của
từng cơ quan vào ngày Quyết định, rồi tự suy ra kết luận cho ngày được hỏi.
Điểm tựa duy nhất là --policy: tệp khởi nguyên, tệp chính sách hoặc tệp chuyển giao mà bạn có từ nguồn tin cậy.
Tệp khởi nguyên và tệp chính sách cho biết sổ cái chỉ là dữ liệu mẫu; tệp chuyển giao thì không: dùng tệp chuyển giao thì thêm --genesis.
Tệp không đúng thì lệnh kết thúc khác 0 và nêu bằng một từ điều không đúng; xem ocop exit-codes.
--evidence kiểm một tệp bằng chứng (từ /log/evidence/ của bất kỳ nút nào). Bằng chứng có bốn loại, và chỉ nói đúng điều này:
  proposer   một bên đề xuất đã ký hai bản thảo cho cùng một chỗ
  validator  một bên xác nhận đã đồng ký hai đầu sổ mâu thuẫn nhau
  diverged   một nút đã lệch khỏi đầu sổ được chứng thực: hỏng hoặc nói dối
  breach     một lời hứa tiếp nhận không được giữ`,
			En: `Checks from end to end: the cosignatures of a quorum of agencies, the seal as last leaf, the state and complete history, the signature of every record,
the competence of every agency on the date of its Decision; then derives the verdict for the date asked for.
All it rests on is --policy: a genesis file, policy file or handover file that you have from a source you trust.
That a ledger is sample data is said by genesis and policy files, not by handover files: beside one of those, give --genesis, too.
When something is wrong the command ends other than 0 and names it in one word; see ocop exit-codes.
--evidence checks a file of evidence (from /log/evidence/ of any node). There are four kinds, and no more is claimed:
  proposer   a proposer signed two drafts for one place
  validator  a validator cosigned two inconsistent heads
  diverged   a node has diverged from a certified head: it is damaged or lying
  breach     an acceptance promise was not kept`},
		Example: "  ocop verify san-pham.ocop --policy khoi-nguyen.bin\n  ocop verify san-pham.ocop --policy policy.txt --product 2000001.1 --date 02/09/2026 --max-age 1h\n  ocop verify --evidence proposer-3-0123456789abcdef.evidence --genesis khoi-nguyen.bin",
		Least:   0, Most: 1,
		Run: func(cmd *cobra.Command, args []string) error {
			switch {
			case (len(args) == 1) == (v.evidence != ""):
				return verb.Usage(lang.Text{Vi: "cần một tệp: biên nhận, hoặc --evidence TỆP", En: "want one file: a receipt, or --evidence FILE"})
			case v.evidence != "":
				return a.verifyEvidence(&v)
			}
			return a.runVerify(cmd.Context(), args[0], &v)
		},
	})
	f := cmd.Flags()
	f.StringVar(&v.policy, "policy", "", a.t(lang.Text{Vi: "`tệp` chính sách, chuyển giao hoặc khởi nguyên mà bạn tin", En: "policy, handover or genesis `file` that you believe"}))
	f.StringVar(&v.genesis, "genesis", "", a.t(lang.Text{Vi: "`tệp` khởi nguyên, thay cho --policy hoặc bên cạnh nó", En: "genesis `file`, instead of --policy or beside it"}))
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
	trust, sample, err := a.trust(v)
	a.saw(sample)
	if err != nil {
		return a.refused(err)
	}
	o := receipts.Options{Trust: trust, Want: v.want, MaxAge: uint64(v.maxAge / time.Second), Date: v.date}
	if v.asOf > 0 {
		o.AsOf = &v.asOf
	}
	n := noticeOf(sample)
	if checkpoint.IsHandover(file) { // a tlog-proof
		return a.verifyActed(n, receipts.Record, ctx, file, o)
	}
	if r, err := receipt.Parse(file); err == nil && r.Kind == receipt.KindAction {
		return a.verifyActed(n, receipts.Action, ctx, file, o)
	}
	got, err := receipts.Subject(ctx, file, o)
	if err != nil {
		return a.refused(err)
	}
	shown := a.shownSubject(n, got)
	if err := a.print(n, shown, func(w io.Writer) { a.subjectText(w, got, shown) }); err != nil {
		return err
	}
	if v.inForce && got.Verdict.Kind != receipts.VerdictInForce {
		return said(exitNotInForce, errors.New("not in force"))
	}
	return nil
}

func (a *app) verifyActed(n notice, check func(context.Context, []byte, receipts.Options) (*receipts.Acted, error), ctx context.Context, file []byte, o receipts.Options) error {
	got, err := check(ctx, file, o)
	if err != nil {
		return a.refused(err)
	}
	shown := a.shownActed(n, got)
	return a.print(n, shown, func(w io.Writer) { a.actedText(w, got, shown) })
}

// trust reads what is believed, and whether the ledger is a sample: a genesis file says so, and a policy file as its publisher wrote it.
func (a *app) trust(v *verifying) (t verify.Trust, sample bool, err error) {
	paths := []string{v.policy, v.genesis}
	for i, path := range paths {
		if path == "" {
			continue
		}
		info, err := os.Stat(path)
		if err != nil {
			return t, false, err
		}
		data, err := readBounded(path, anchor.MaxFile)
		if err != nil {
			return t, false, err
		}
		// A policy file bears no date: it is believed since it came to this machine.
		believed, err := anchor.Parse(data, uint64(max(info.ModTime().Unix(), 0)), uint64(max(v.now.Unix(), 0)))
		if err != nil {
			return t, false, err
		}
		sample = sample || isSample(data)
		if t.Policy == nil {
			t = believed
		} else if t.Policy.Chain != believed.Policy.Chain {
			return t, sample, fail(exitInput, lang.Text{Vi: "%s và %s là của hai sổ cái khác nhau", En: "%s and %s are of two ledgers"}, paths[0], paths[i])
		}
	}
	if t.Policy == nil {
		return t, false, verb.Usage(lang.Text{Vi: "cần --policy TỆP hoặc --genesis TỆP từ nguồn tin cậy", En: "want --policy FILE or --genesis FILE from a source you trust"})
	}
	return t, sample, nil
}

func isSample(data []byte) bool {
	if g, err := genesis.Parse(data); err == nil {
		return g.Body.GetSample()
	}
	return bytes.Contains(data, []byte(explain.SampleNotice))
}

// readBounded reads a file of at most so many bytes.
func readBounded(path string, most int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && int64(len(data)) > most {
		err = fail(exitInput, lang.Text{Vi: "%s: quá %d byte", En: "%s: more than %d bytes"}, path, most)
	}
	return data, err
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
