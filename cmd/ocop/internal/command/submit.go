package command

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"
	"google.golang.org/protobuf/proto"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/internal/verb"
	"github.com/ocopledger/ocop/cmd/ocop/internal/draft"
	"github.com/ocopledger/ocop/cmd/ocop/internal/explain"
	"github.com/ocopledger/ocop/cmd/ocop/internal/signed"
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/node/client"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

func (a *app) submit() *cobra.Command {
	var s signing
	wait := apiv1.Wait_WAIT_COMMITTED
	cmd := a.command(verb.Spec{
		Use:   "submit FILE...",
		Short: lang.Text{Vi: "Gửi bản ghi đã ký và chờ kết quả", En: "Submit signed records and wait for their outcome"},
		Long: lang.Text{
			Vi: `Gửi tệp đã ký (từ "ocop sign"), hoặc ký ngay một bản nháp bằng --key và gửi (chữ ký dùng được 24 giờ).
Nhiều tệp được gửi theo thứ tự trong một luồng; bản ghi sau dùng được những gì bản ghi trước tạo ra. Với --json mỗi tệp một đối tượng.
Gửi lại không gây trùng: mỗi bản ghi chỉ có một kết quả. Lời từ chối đã ghi trên sổ cái là cuối cùng. Lời từ chối chưa ghi thì chỉ là câu trả lời:
bản đã ký vẫn có thể được nhận về sau, ai giữ nó cũng gửi được, cho đến khi hết hạn.
--wait nói chờ đến đâu:
  admitted   nút nhận và hứa: lời hứa tiếp nhận được viết ra tệp .promise, kiểm bằng "ocop promise"
  committed  có kết quả (mặc định); hết giờ mà chưa biết, nút có thể hứa như trên
  certified  có kết quả đã chứng thực: biên nhận được viết ra tệp .tlog-proof, kiểm bằng "ocop verify"`,
			En: `Submits a signed file (from "ocop sign"), or signs a draft with --key and submits it at once (the signature is good for 24 hours).
Several files are submitted in their order as one stream; later records may use what earlier ones have made. With --json there is one object a file.
Submitting again does no harm: a record has one outcome. A refusal that is recorded on the ledger is final. One that is not is an answer only:
the signed record can still be accepted later, whoever holds and submits it, until it expires.
--wait says how far to wait:
  admitted   the node takes it in and promises: the acceptance promise is written to a file .promise, which "ocop promise" checks
  committed  until there is an outcome (the default); when it is not known in time, the node may promise as above
  certified  until the outcome is certified: the receipt is written to a file .tlog-proof, which "ocop verify" checks`},
		Example: "  ocop submit 1032.signed\n  ocop submit nhap.yaml --key chu-the.json\n  ocop submit 1032.signed --wait certified\n  ocop submit lo-1.signed lo-2.signed lo-3.signed",
		Least:   1, Most: -1,
		Run: func(cmd *cobra.Command, args []string) error {
			read := make([][]byte, len(args)) // all, before anything is signed
			for i, path := range args {
				var err error
				if read[i], err = readFile(path, draft.MaxFile); err != nil {
					return err
				}
			}
			c, ctx, done, err := a.dial(cmd.Context())
			if err != nil {
				return err
			}
			defer done()
			files := make([]*outgoing, len(args))
			var envelopes [][]byte
			for i, path := range args {
				if files[i], err = a.outgoing(ctx, c, path, read[i], &s); err != nil {
					return err
				}
				files[i].path = path
				envelopes = append(envelopes, files[i].envelopes...)
			}
			outcomes, err := c.SubmitAs(ctx, wait, envelopes, func(n int) {
				if len(envelopes) > 1 {
					a.progress(lang.Text{Vi: "%d/%d bản ghi có kết quả", En: "%d of %d records have an outcome"}, n, len(envelopes))
				}
			})
			a.progressEnd()
			return a.showFiles(files, outcomes, err)
		},
	})
	a.signingFlags(cmd, &s)
	flag(a, cmd, &wait, "wait", "admitted|committed|certified", parseWait, lang.Text{Vi: "chờ đến đâu; mặc định committed", En: "how far to wait; by default committed"})
	return cmd
}

// showFiles shows what became of each file, and fails as the first that did.
func (a *app) showFiles(files []*outgoing, outcomes []*apiv1.Outcome, failed error) error {
	var first error
	for i, out := range files {
		own := outcomes[:len(out.envelopes)]
		outcomes = outcomes[len(out.envelopes):]
		proofs, err := keepProofs(out.path, out, own)
		if err != nil {
			return err
		}
		name := ""
		if len(files) > 1 {
			name = out.path
			if i > 0 && !a.json {
				fmt.Fprintln(a.env.Out)
			}
		}
		if err := a.showOutcomes(name, out, own, proofs, failed); first == nil {
			first = err
		}
	}
	return first
}

// outgoing is what goes to the node.
type outgoing struct {
	path        string
	at          place
	fingerprint compose.Fingerprint
	ids         []ledger.RecordID
	envelopes   [][]byte
}

// outgoing reads what is signed, or signs a draft. What is signed here is kept in a file first: should its outcome stay unknown, the same record can
// be submitted again, and no second one is made.
func (a *app) outgoing(ctx context.Context, c *client.Client, path string, data []byte, s *signing) (*outgoing, error) {
	if signed.Is(data) {
		f, err := signed.Parse(data)
		if err != nil {
			return nil, withCode(exitInput, err)
		}
		out := &outgoing{fingerprint: f.Fingerprint()}
		for _, r := range f.Records {
			out.ids, out.envelopes = append(out.ids, r.Envelope.ID), append(out.envelopes, r.Bytes)
		}
		out.at, err = onLedger(ctx, c, f.Records[0].Envelope.Header.Chain)
		return out, err
	}
	d, err := a.parseDraft(data)
	if err != nil {
		return nil, err
	}
	if s.key == "" {
		return nil, fail(exitUsage, lang.Text{Vi: "bản nháp chưa ký: ký trước bằng \"ocop sign\", hoặc thêm --key", En: "the draft is not signed: sign it with \"ocop sign\", or give --key"})
	}
	kept := signedName(path)
	if _, err := os.Stat(kept); err == nil {
		return nil, fail(exitFailure, lang.Text{Vi: "bản nháp này đã ký vào %s: gửi tệp đó", En: "this draft was signed into %s: submit that file"}, kept)
	}
	out := new(outgoing)
	if out.at, err = onLedger(ctx, c, d.Chain); err != nil {
		return nil, err
	}
	actions, err := d.Compose()
	if err != nil {
		return nil, err
	}
	out.fingerprint = d.Fingerprint(actions)
	if s.remarks, err = a.meant(ctx, c, d); err != nil {
		return nil, err
	}
	summary, records, err := a.signDraft(d, s, compose.AtOnce)
	if err != nil {
		return nil, err
	}
	for _, r := range records {
		out.ids, out.envelopes = append(out.ids, r.ID), append(out.envelopes, r.Envelope)
	}
	return out, writeNew(kept, signed.Format(summary.Text(a.lang), out.envelopes))
}

// submission is what became of a file.
type submission struct {
	notice
	File        string    `json:"file,omitempty"` // when there are several
	Fingerprint string    `json:"fingerprint"`
	Outcomes    []outcome `json:"outcomes"`
}

type outcome struct {
	Record    string   `json:"record"`
	Status    string   `json:"status"` // accepted, refused, promised, unknown
	Duplicate bool     `json:"duplicate,omitempty"`
	Height    uint64   `json:"height,omitempty"`
	Leaf      *uint64  `json:"leaf,omitempty"`
	Time      uint64   `json:"time,omitempty"`
	Sales     []string `json:"sales,omitempty"`     // proposals that now wait for their buyers
	Proposals []string `json:"proposals,omitempty"` // changes that now wait for votes
	Refusal   *failure `json:"refusal,omitempty"`
	Promise   string   `json:"promise,omitempty"` // file
	Receipt   string   `json:"receipt,omitempty"` // file
	Expires   uint64   `json:"expires,omitempty"` // of a refusal that is not recorded: until then the record can still be accepted

	error *client.Error
}

func newOutcome(id ledger.RecordID, o *apiv1.Outcome) outcome {
	r := outcome{Record: id.String(), Status: "unknown", Duplicate: o.GetDuplicate()}
	switch {
	case len(o.GetPromise()) > 0:
		r.Status = "promised"
	case o.GetAccepted() != nil:
		leaf := o.GetAccepted().GetLeaf()
		r.Status, r.Height, r.Leaf, r.Time = "accepted", o.GetAccepted().GetHeight(), &leaf, o.GetAccepted().GetTime()
	case o.GetRefused() != nil:
		r.error = client.NewRefusal(o.GetRefused().GetRefusal())
		// A reason that would be final is so only when the ledger has it: a node may refuse at its door, before the record is ordered.
		r.error.Final = r.error.Final && o.GetRefused().GetHeight() > 0
		f := refusal(r.error)
		r.Status, r.Refusal = "refused", &f
		r.Height, r.Time = o.GetRefused().GetHeight(), o.GetRefused().GetTime()
	}
	return r
}

func (a *app) showOutcomes(file string, out *outgoing, outcomes []*apiv1.Outcome, files []proofFiles, failed error) error {
	s := submission{notice: noticeOf(out.at.sample), File: file, Fingerprint: out.fingerprint.String()}
	var refused *client.Error
	for i, o := range outcomes {
		r := newOutcome(out.ids[i], o)
		r.Promise, r.Receipt = files[i].promise, files[i].receipt
		if r.Status == "accepted" {
			r.Sales, r.Proposals = proposals(out.ids[i], out.envelopes[i])
		}
		if e, err := ledger.ParseEnvelope(out.envelopes[i]); err == nil && r.error != nil && !r.error.Final && e.Header.Expires > uint64(a.env.Now().UnixMilli()) {
			r.Expires = e.Header.Expires
		}
		if r.error != nil && refused == nil {
			refused = r.error
		}
		s.Outcomes = append(s.Outcomes, r)
	}
	if err := a.print(s.notice, s, func(w io.Writer) { a.outcomesText(w, &s) }); err != nil {
		return err
	}
	switch {
	case failed != nil && a.json:
		return said(exitCode(failed), failed)
	case failed != nil:
		return failed
	case refused != nil:
		return said(exitRefused, refused)
	}
	return nil
}

// proposals are the sales and the changes that a record proposes, by the ids that their buyers and voters need.
func proposals(id ledger.RecordID, envelope []byte) (sales, changes []string) {
	e, err := ledger.ParseEnvelope(envelope)
	if err != nil {
		return nil, nil
	}
	for i, data := range e.Actions {
		action, name := new(recordv1.Action), ledger.ActionID{Record: id, Action: uint16(i)}.String()
		switch err := proto.Unmarshal(data, action); {
		case err != nil:
		case action.GetProposeSale() != nil:
			sales = append(sales, name)
		case action.GetProposeChange() != nil:
			changes = append(changes, name)
		}
	}
	return sales, changes
}

func (a *app) outcomesText(w io.Writer, s *submission) {
	if s.File != "" {
		fmt.Fprintln(w, s.File)
	}
	fmt.Fprintln(w, lang.Text{Vi: "Mã kiểm: %s", En: "Digest: %s"}.F(a.lang, s.Fingerprint))
	for _, o := range s.Outcomes {
		fmt.Fprintln(w, o.Record)
		switch o.Status {
		case "accepted":
			fmt.Fprintln(w, lang.Text{Vi: "  được nhận: khối %d, lá %d, %s", En: "  accepted: block %d, leaf %d, %s"}.F(a.lang, o.Height, *o.Leaf, explain.Moment(o.Time)))
			for _, sale := range o.Sales {
				fmt.Fprintln(w, lang.Text{Vi: "  gửi cho bên mua: ocop draft accept --sale %s", En: "  tell the buyer: ocop draft accept --sale %s"}.F(a.lang, sale))
			}
			for _, proposal := range o.Proposals {
				fmt.Fprintln(w, lang.Text{
					Vi: "  gửi cho các cơ quan biểu quyết: ocop draft vote --proposal %s", En: "  tell the agencies that vote: ocop draft vote --proposal %s"}.F(a.lang, proposal))
			}
		case "refused":
			a.sayRefusal(w, o.error)
			if o.error.Final {
				fmt.Fprintln(w, lang.Text{Vi: "  từ chối cuối cùng, ghi ở khối %d", En: "  the refusal is final and recorded in block %d"}.F(a.lang, o.Height))
			} else {
				fmt.Fprintln(w, a.t(lang.Text{Vi: "  chưa ghi lên sổ cái: sửa nguyên nhân rồi gửi lại được", En: "  not recorded: it can be submitted again when the cause is mended"}))
				if o.Expires > 0 {
					fmt.Fprintln(w, lang.Text{
						Vi: "  CHÚ Ý: ai giữ bản đã ký này cũng còn gửi được, đến %s",
						En: "  NOTE: whoever holds this signed record can still submit it, until %s"}.F(a.lang, explain.Moment(o.Expires)))
				}
			}
		case "promised":
			fmt.Fprintln(w, lang.Text{Vi: "  nút đã nhận và hứa: %s; xem lại bằng ocop promise", En: "  taken in and promised: %s; look again with ocop promise"}.F(a.lang, o.Promise))
		default:
			fmt.Fprintln(w, a.t(lang.Text{Vi: "  chưa biết kết quả: gửi lại cùng tệp này", En: "  outcome not known yet: submit the same file again"}))
		}
		if o.Receipt != "" {
			fmt.Fprintln(w, lang.Text{Vi: "  biên nhận: %s", En: "  receipt: %s"}.F(a.lang, o.Receipt))
		}
		if o.Duplicate {
			fmt.Fprintln(w, a.t(lang.Text{Vi: "  đã gửi từ trước: đây là kết quả lần đầu", En: "  submitted before: this is its first outcome"}))
		}
	}
}
