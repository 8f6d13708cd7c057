package command

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/internal/verb"
	"github.com/ocopledger/ocop/cmd/ocop/internal/explain"
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/node/client"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

func (a *app) simulate() *cobra.Command {
	return a.command(verb.Spec{
		Use:   "simulate FILE",
		Short: lang.Text{Vi: "Hỏi nút: bản nháp này có được nhận không", En: "Ask a node whether a draft would be accepted"},
		Long: lang.Text{
			Vi: "Nút thử bản nháp trên trạng thái hiện tại và nêu mọi hành động sẽ bị từ chối. Không cần chữ ký, không thay đổi gì.",
			En: "The node tries the draft on its present state and names every action that would be refused. Needs no signature and changes nothing."},
		Example: "  ocop simulate 1032.yaml",
		Least:   1, Most: 1,
		Run: func(cmd *cobra.Command, args []string) error {
			d, err := a.readDraft(args[0])
			if err != nil {
				return err
			}
			records, err := d.Compose()
			if err != nil {
				return err
			}
			c, ctx, done, err := a.dial(cmd.Context())
			if err != nil {
				return err
			}
			defer done()
			at, err := onLedger(ctx, c, d.Chain)
			if err != nil {
				return err
			}
			result := simulation{notice: noticeOf(at.sample), Fingerprint: d.Fingerprint(records).String(), Refusals: []simulated{}}
			for i, actions := range records {
				answer, err := a.simulated(ctx, c, d.Author, d.Schema, actions)
				if err != nil {
					return err
				}
				result.Height = answer.GetAsOf().GetHeight()
				for _, r := range answer.GetRefusals() {
					e := client.NewRefusal(r)
					s := simulated{Record: i, failure: refusal(e), error: e}
					if e.Action >= 0 && e.Action < len(d.Records[i]) {
						s.Text = explain.Action(a.lang, d.Records[i][e.Action])
					} else {
						s.Text = lang.Text{Vi: "Cả bản ghi %d", En: "Record %d as a whole"}.F(a.lang, i)
					}
					result.Refusals = append(result.Refusals, s)
				}
			}
			if result.Names, err = a.misnamed(ctx, c, d); err != nil {
				return err
			}
			// What is voted on is shown when it is there; when it is not, the refusal says so.
			if result.Remarks, err = a.votedOn(ctx, c, d); err != nil && exitCode(err) != exitNotFound {
				return err
			}
			return a.showSimulation(&result)
		},
	})
}

// simulated asks a node to try the actions of a record.
func (a *app) simulated(ctx context.Context, c *client.Client, author ledger.AccountID, schema uint16, actions [][]byte) (*apiv1.SimulateResponse, error) {
	return c.Records.Simulate(ctx, &apiv1.SimulateRequest{Author: uint64(author), Schema: uint32(schema), Actions: actions, MinHeight: a.minHeight})
}

// onLedger checks that the node holds the ledger that is meant.
func onLedger(ctx context.Context, c *client.Client, chain ledger.ChainID) (place, error) {
	at, err := nodePlace(ctx, c)
	if err == nil && at.chain != chain {
		err = fail(exitInput, lang.Text{Vi: "nút giữ sổ cái %s, tệp là cho sổ cái %s", En: "the node holds ledger %s, the file is for ledger %s"}, at.chain, chain)
	}
	return at, err
}

// simulation is what a node says of a draft.
type simulation struct {
	notice
	Fingerprint string      `json:"fingerprint"`
	Height      uint64      `json:"height"`
	Refusals    []simulated `json:"refusals"`
	Names       []misnamed  `json:"wrong_names,omitempty"` // of the draft; no reason to refuse it
	Remarks     []string    `json:"remarks,omitempty"`     // what is voted on
}

// simulated is an action that would be refused, or a record that would be as a whole.
type simulated struct {
	Record int    `json:"record"`      // from 0
	Text   string `json:"action_text"` // of the action, or that the record is meant
	failure

	error *client.Error
}

func (a *app) showSimulation(s *simulation) error {
	err := a.print(s.notice, s, func(w io.Writer) {
		fmt.Fprintln(w, lang.Text{Vi: "Mã kiểm: %s", En: "Digest: %s"}.F(a.lang, s.Fingerprint))
		for _, m := range s.Names {
			fmt.Fprintln(w, a.wrongName(m))
		}
		for _, remark := range s.Remarks {
			fmt.Fprintln(w, remark)
		}
		for _, r := range s.Refusals {
			fmt.Fprintf(w, "\n%s\n", r.Text)
			a.sayRefusal(w, r.error)
		}
		if len(s.Refusals) == 0 {
			fmt.Fprintln(w, lang.Text{Vi: "Ở độ cao %d, mọi hành động đều được nhận.", En: "At height %d every action would be accepted."}.F(a.lang, s.Height))
		} else {
			fmt.Fprintln(w, lang.Text{Vi: "\nỞ độ cao %d, %d chỗ sẽ bị từ chối.", En: "\nAt height %d, %d refusals."}.F(a.lang, s.Height, len(s.Refusals)))
		}
	})
	if err == nil && len(s.Refusals) > 0 {
		err = said(exitRefused, s.Refusals[0].error)
	}
	return err
}
