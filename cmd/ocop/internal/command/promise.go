package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/internal/verb"
	"github.com/ocopledger/ocop/cmd/ocop/internal/explain"
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/evidence"
	"github.com/ocopledger/ocop/ledger/reason"
	"github.com/ocopledger/ocop/ledger/verify"
	"github.com/ocopledger/ocop/ledger/verify/receipts"
	"github.com/ocopledger/ocop/node/client"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

func (a *app) promise() *cobra.Command {
	var v believing
	var out string
	cmd := a.command(verb.Spec{
		Use:   "promise FILE --genesis FILE",
		Short: lang.Text{Vi: "Xem một lời hứa tiếp nhận có được giữ không", En: "See whether an acceptance promise is kept"},
		Long: lang.Text{
			Vi: `Hỏi một nút (nên là nút khác nút đã hứa) bản ghi được hứa trong tệp .promise đã có trên sổ cái chưa. Chữ ký của lời hứa và đầu sổ của nút được kiểm trước. Ba câu trả lời:
  đã giữ      sổ cái có bản ghi: được nhận hoặc bị từ chối, kiểm theo biên nhận (mã thoát 0)
  chưa đến    hạn chưa qua trên sổ cái (mã thoát 5)
  đã vỡ       có đầu sổ chứng thực sau hạn mà không có bản ghi: bằng chứng loại breach được kiểm theo --genesis rồi viết ra tệp (mã thoát 6);
              ai có tệp khởi nguyên cũng kiểm lại được: ocop verify --evidence`,
			En: `Asks a node (better another one than the one that promised) whether the record promised in a file .promise is on the ledger. The promise's signature and the node's head are verified
before. There are three answers:
  kept      the ledger has the record: accepted or refused, verified by a receipt (exit code 0)
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
	Promise  string `json:"promise"` // kept, pending, broken
	Proved   bool   `json:"proved"`  // false: as the node says
	Record   string `json:"record"`
	Author   uint64 `json:"author"`
	Receiver uint64 `json:"receiver"` // agency that promised
	Deadline uint64 `json:"deadline"` // block time, Unix milliseconds
	Height   uint64 `json:"height"`   // of the verified head
	Outcome  *kept  `json:"outcome,omitempty"`
	Evidence string `json:"evidence,omitempty"` // file
	Finding  string `json:"finding,omitempty"`
}

// kept is what became of a record whose promise was kept, as a receipt shows it.
type kept struct {
	Status string `json:"status"` // accepted, refused
	Leaf   uint64 `json:"leaf"`   // of the record, or of the refusals that name it
	Reason string `json:"reason,omitempty"`
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
	f, err := a.follow(ctx, c, b, a.minHeight)
	if err != nil {
		return a.unproved(err)
	}
	if err := verify.CheckPromise(&s, f.epochs...); err != nil {
		return a.refused(err)
	}
	answer, err := c.Proofs.CheckPromise(ctx, &apiv1.CheckPromiseRequest{Promise: data})
	if err != nil {
		return err
	}
	if at := answer.GetAsOf().GetHeight(); at > f.head.Seal.Height { // the ledger went on between the questions
		if f, err = a.follow(ctx, c, b, at); err != nil {
			return a.unproved(err)
		}
	}
	if v.memory != "" {
		if err := keep(v.memory, b, f.memory); err != nil {
			return err
		}
	}
	p := &s.Promise
	r := &promiseReport{
		notice: noticeOf(f.sample), Promise: "pending", Proved: f.head.Seal.Time <= p.Deadline, Record: p.Record.String(), Author: uint64(p.Author),
		Receiver: uint64(p.Receiver), Deadline: p.Deadline, Height: f.head.Seal.Height,
	}
	switch {
	case answer.GetKept() != nil:
		r.Promise, r.Proved = "kept", true
		r.Outcome, err = a.onLedger(ctx, c, f, p.Record, b.now)
	case len(answer.GetEvidence()) > 0:
		r.Promise, r.Proved = "broken", true
		err = a.breach(b.trust(), &s, answer.GetEvidence(), path, out, r)
	}
	if err != nil {
		return err
	}
	return a.showPromise(r)
}

// onLedger tells by a receipt, and not by what the node says, what became of a record.
func (a *app) onLedger(ctx context.Context, c *client.Client, f *followed, record ledger.RecordID, now uint64) (*kept, error) {
	got, err := askRecord(ctx, c, &asking{id: record.String(), height: f.head.Seal.Height})
	if err != nil {
		return nil, err
	}
	checked, err := checkReceipt(ctx, got.GetFile(), receipts.Options{Trust: f.memory.Trust(now), Memory: f.memory})
	if err != nil {
		return nil, a.unproved(err)
	}
	if acted := checked.acted; acted != nil {
		if i := slices.IndexFunc(acted.Refused, func(r ledger.Refusal) bool { return r.Record == record }); i >= 0 {
			return &kept{Status: "refused", Leaf: acted.Leaf, Reason: reason.Of(reason.Code(acted.Refused[i].Reason)).Name}, nil
		}
		if acted.Record == record {
			return &kept{Status: "accepted", Leaf: acted.Leaf}, nil
		}
	}
	return nil, a.unproved(&verify.Error{Word: verify.WordSubject, Text: "the node's receipt is of another record"})
}

// breach writes evidence that a promise is broken down, when it shows that.
func (a *app) breach(trust verify.Trust, s *ledger.SignedPromise, file []byte, path, out string, r *promiseReport) error {
	if out == "" {
		out = strings.TrimSuffix(path, filepath.Ext(path)) + ".evidence"
	}
	found, err := broken(trust, s, file)
	if err != nil {
		return a.unproved(err)
	}
	if err := writeNew(out, file); err != nil {
		return err
	}
	r.Evidence, r.Finding = out, lang.Text{Vi: found.Vietnamese, En: found.English}.In(a.lang)
	return nil
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
		if r.Proved {
			t.line(lang.Text{Vi: "Chứng minh", En: "Proof"}, a.t(lang.Text{Vi: "đã kiểm, không tin nút", En: "verified, trusting no node"}))
		} else {
			t.line(lang.Text{Vi: "Chứng minh", En: "Proof"}, a.t(lang.Text{Vi: "không có: theo lời của nút", En: "none: as the node says"}))
		}
		t.line(lang.Text{Vi: "Theo khối", En: "As of block"}, count(r.Height))
		if o := r.Outcome; o != nil && o.Status == "accepted" {
			t.line(lang.Text{Vi: "Kết quả", En: "Outcome"}, lang.Text{Vi: "được nhận: lá %d", En: "accepted: leaf %d"}.F(a.lang, o.Leaf))
		} else if o != nil {
			t.line(lang.Text{Vi: "Kết quả", En: "Outcome"}, lang.Text{Vi: "bị từ chối: lá %d, %s", En: "refused: leaf %d, %s"}.F(a.lang, o.Leaf, o.Reason))
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
