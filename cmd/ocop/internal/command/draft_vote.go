package command

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	"google.golang.org/protobuf/proto"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/internal/verb"
	"github.com/ocopledger/ocop/cmd/ocop/internal/draft"
	"github.com/ocopledger/ocop/cmd/ocop/internal/explain"
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/ledger/wire"
	"github.com/ocopledger/ocop/node/client"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

func (a *app) draftVote() *cobra.Command {
	var (
		proposal ledger.ActionID
		ballot   recordv1.Ballot
	)
	cmd, _ := a.draftVerb(verb.Spec{
		Use:   "vote",
		Short: lang.Text{Vi: "Biểu quyết về một đề xuất", En: "Vote on a proposal"},
		Long: lang.Text{
			Vi: `Mỗi cơ quan vận hành nút xác thực có một phiếu, không đổi lại được; ký bằng khóa có quyền quản trị. Lá phiếu đủ số thì thay đổi được
thực hiện ngay. Khi có mạng, lệnh cho xem nội dung đề xuất: mã đề xuất là mã băm của nội dung ấy, nên không nút nào đưa nội dung khác được.`,
			En: `Each agency that runs a validator has one vote and does not take it back; signed with a key that may govern. The vote that suffices carries the change
out. With a network the proposal is shown: its id is a hash over what it says, so that no node can show another.`},
		Example: "  ocop draft vote --author 2 --proposal <mã>-0 --ballot yes -o nhap.yaml",
	}, []string{"author", "proposal", "ballot"}, func(ctx context.Context, d *drafting) error {
		if !d.offline() {
			c, asking, done, err := a.dial(ctx)
			if err != nil {
				return err
			}
			defer done()
			if d.checked, err = a.proposed(asking, c, proposal); err != nil {
				return err
			}
		}
		d.act(compose.Act(&recordv1.Vote{Proposal: &recordv1.Vote_Action{Action: compose.ActionRef(proposal)}, Ballot: ballot}))
		return nil
	})
	idFlag(a, cmd, &proposal, "proposal", saleExample, ledger.ParseSaleID, lang.Text{Vi: "mã đề xuất, do cơ quan đề xuất cho biết (ocop submit in ra mã bản ghi)", En: "the proposal, as its author tells it (ocop submit prints the record's id)"})
	enumFlag(a, cmd, &ballot, "ballot", lang.Text{Vi: "yes: đồng ý, no: không đồng ý", En: "for it or against it"})
	return cmd
}

// votedOn tells what a draft votes on: a vote names the proposal by its id alone, and nobody should sign an id.
func (a *app) votedOn(ctx context.Context, c *client.Client, d *draft.Draft) (lines []string, err error) {
	for _, actions := range d.Records {
		for _, action := range actions {
			if named := action.GetVote().GetAction(); named != nil {
				line, err := a.proposed(ctx, c, compose.SaleID(named))
				if err != nil {
					return nil, err
				}
				lines = append(lines, line)
			}
		}
	}
	return lines, nil
}

// proposed says what a proposal is, from the record whose id it has: the node cannot show another.
func (a *app) proposed(ctx context.Context, c *client.Client, id ledger.ActionID) (string, error) {
	answer, err := c.Ledger.GetRecord(ctx, &apiv1.GetRecordRequest{Record: id.Record.String(), MinHeight: a.minHeight})
	if err != nil {
		return "", err
	}
	action, err := actionIn(answer.GetEnvelope(), id)
	if err != nil {
		return "", err
	}
	if action.GetProposeChange() == nil {
		return "", fail(exitInput, lang.Text{Vi: "%s không phải là đề xuất: %s", En: "%s is no proposal: %s"}, id, explain.Action(a.lang, action))
	}
	return lang.Text{Vi: "Đề xuất ấy, theo chính bản ghi mang mã này: %s", En: "That proposal, by the very record of this id: %s"}.F(a.lang, explain.Action(a.lang, action)), nil
}

var errOtherRecord = errors.New("the node gave another record than it was asked for")

// actionIn takes an action out of a record, which must be the one that the id names.
func actionIn(envelope []byte, id ledger.ActionID) (*recordv1.Action, error) {
	e, err := ledger.ParseEnvelope(envelope)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errOtherRecord, err)
	}
	if e.ID != id.Record {
		return nil, errOtherRecord
	}
	if int(id.Action) >= len(e.Actions) {
		return nil, fail(exitInput, lang.Text{Vi: "bản ghi %s không có hành động %d", En: "record %s has no action %d"}, id.Record, id.Action)
	}
	data := e.Actions[id.Action]
	if err := wire.Records().Check(wire.MessageAction, data, uint32(e.Header.Schema)); err != nil {
		return nil, fmt.Errorf("%w: %w", errOtherRecord, err)
	}
	action := new(recordv1.Action)
	return action, proto.Unmarshal(data, action)
}
