package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/internal/verb"
	"github.com/ocopledger/ocop/cmd/ocop/internal/explain"
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/evidence"
	"github.com/ocopledger/ocop/ledger/verify"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

func (a *app) promise() *cobra.Command {
	var v believing
	var out string
	cmd := a.command(verb.Spec{
		Use:   "promise FILE --genesis FILE",
		Short: lang.Text{Vi: "Xem một lời hứa tiếp nhận có được giữ không", En: "See whether an acceptance promise is kept"},
		Long: lang.Text{
			Vi: `Hỏi một nút (nên là nút khác nút đã hứa) bản ghi được hứa trong tệp .promise đã có trên sổ cái chưa. Ba câu trả lời:
  đã giữ      sổ cái có bản ghi: được nhận hoặc bị từ chối (mã thoát 0)
  chưa đến    hạn chưa qua trên sổ cái (mã thoát 5)
  đã vỡ       có đầu sổ chứng thực sau hạn mà không có bản ghi: bằng chứng loại breach được kiểm theo --genesis rồi viết ra tệp (mã thoát 6);
              ai có tệp khởi nguyên cũng kiểm lại được: ocop verify --evidence`,
			En: `Asks a node (better another one than the one that promised) whether the record promised in a file .promise is on the ledger. There are three answers:
  kept      the ledger has the record, accepted or refused (exit code 0)
  pending   the deadline has not passed on the ledger (exit code 5)
  broken    a head past the deadline is certified, and the record is not there: evidence of the kind breach is checked against --genesis and written to
            a file (exit code 6); whoever has the genesis file can check it again: ocop verify --evidence`},
		Example: "  ocop promise 1032-0190f3a5c2d41e7b.promise --genesis khoi-nguyen.bin --node nut-khac.example:7400",
		Least:   1, Most: 1,
		Run: func(cmd *cobra.Command, args []string) error { return a.runPromise(cmd.Context(), args[0], out, &v) },
	})
	a.believingFlags(cmd, &v, lang.Text{Vi: "`tệp` ghi nhớ của ocop head, thay cho --genesis", En: "memory `file` of ocop head, instead of --genesis"})
	cmd.Flags().StringVarP(&out, "output", "o", "", a.t(lang.Text{Vi: "`tệp` bằng chứng sẽ viết; mặc định cạnh lời hứa", En: "evidence `file` to write; by default beside the promise"}))
	return cmd
}

// promiseReport is what became of a promise.
type promiseReport struct {
	notice
	Promise  string   `json:"promise"` // kept, pending, broken
	Record   string   `json:"record"`
	Author   uint64   `json:"author"`
	Receiver uint64   `json:"receiver"` // agency that promised
	Deadline uint64   `json:"deadline"` // block time, Unix milliseconds
	Height   uint64   `json:"height"`   // that the answer speaks of
	Outcome  *outcome `json:"outcome,omitempty"`
	Evidence string   `json:"evidence,omitempty"` // file
	Finding  string   `json:"finding,omitempty"`
}

func (a *app) runPromise(ctx context.Context, path, out string, v *believing) error {
	data, err := readBounded(path, ledger.SignedPromiseSize)
	if err != nil {
		return err
	}
	s, err := ledger.ParseSignedPromise(data)
	if err != nil {
		return fail(exitInput, lang.Text{Vi: "%s không phải lời hứa tiếp nhận: %v", En: "%s is no acceptance promise: %v"}, path, err)
	}
	b, err := a.believe(v, a.env.Now(), false)
	if err != nil {
		return a.refused(err)
	}
	c, ctx, done, err := a.dial(ctx)
	if err != nil {
		return err
	}
	defer done()
	answer, err := c.Proofs.CheckPromise(ctx, &apiv1.CheckPromiseRequest{Promise: data})
	if err != nil {
		return err
	}
	p := &s.Promise
	r := &promiseReport{
		notice: noticeOf(b.sample || answer.GetAsOf().GetSample()), Promise: "pending", Record: p.Record.String(), Author: uint64(p.Author), Receiver: uint64(p.Receiver),
		Deadline: p.Deadline, Height: answer.GetAsOf().GetHeight(),
	}
	switch {
	case answer.GetKept() != nil:
		o := newOutcome(p.Record, answer.GetKept())
		r.Promise, r.Outcome = "kept", &o
	case len(answer.GetEvidence()) > 0:
		if out == "" {
			out = strings.TrimSuffix(path, filepath.Ext(path)) + ".evidence"
		}
		found, err := broken(b.trust(), &s, answer.GetEvidence())
		if err != nil {
			return a.refused(err)
		}
		if err := writeNew(out, answer.GetEvidence()); err != nil {
			return err
		}
		r.Promise, r.Evidence, r.Finding = "broken", out, lang.Text{Vi: found.Vietnamese, En: found.English}.In(a.lang)
	}
	return a.showPromise(r)
}

// broken checks what a node says is evidence of this promise's breach: a node may lie to discredit another.
func broken(trust verify.Trust, s *ledger.SignedPromise, file []byte) (*verify.Finding, error) {
	e, err := evidence.Parse(file)
	if err != nil {
		return nil, &verify.Error{Word: verify.WordFormat, Text: "evidence", Err: err}
	}
	if e.Breach == nil || e.Breach.Promise != *s {
		return nil, &verify.Error{Word: verify.WordSubject, Text: "the evidence is of another promise"}
	}
	return verify.CheckEvidence(trust, e)
}

func (a *app) showPromise(r *promiseReport) error {
	words := map[string]lang.Text{
		"kept": {Vi: "ĐÃ GIỮ", En: "KEPT"}, "pending": {Vi: "CHƯA ĐẾN HẠN", En: "PENDING"}, "broken": {Vi: "ĐÃ VỠ", En: "BROKEN"},
	}
	err := a.print(r.notice, r, func(w io.Writer) {
		fmt.Fprintf(w, "%s\n\n", a.t(words[r.Promise]))
		t := a.lines(w)
		t.line(lang.Text{Vi: "Bản ghi", En: "Record"}, r.Record)
		t.line(lang.Text{Vi: "Bên hứa", En: "Promised by"}, lang.Text{Vi: "cơ quan %d", En: "agency %d"}.F(a.lang, r.Receiver))
		t.line(lang.Text{Vi: "Hạn", En: "Deadline"}, explain.Moment(r.Deadline))
		t.line(lang.Text{Vi: "Theo khối", En: "As of block"}, count(r.Height))
		if r.Outcome != nil && r.Outcome.Leaf != nil {
			t.line(lang.Text{Vi: "Kết quả", En: "Outcome"}, lang.Text{Vi: "được nhận: khối %d, lá %d", En: "accepted: block %d, leaf %d"}.F(a.lang, r.Outcome.Height, *r.Outcome.Leaf))
		} else if r.Outcome != nil {
			t.line(lang.Text{Vi: "Kết quả", En: "Outcome"}, lang.Text{Vi: "bị từ chối: khối %d", En: "refused: block %d"}.F(a.lang, r.Outcome.Height))
		}
		t.line(lang.Text{Vi: "Bằng chứng", En: "Evidence"}, r.Evidence)
		t.line(lang.Text{Vi: "Nội dung", En: "It shows"}, r.Finding)
	})
	switch {
	case err != nil:
		return err
	case r.Promise == "pending":
		return said(exitUnreachable, errors.New("pending"))
	case r.Promise == "broken":
		return said(exitDivergence, errors.New("broken"))
	}
	return nil
}
