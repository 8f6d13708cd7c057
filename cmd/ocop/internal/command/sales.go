package command

import (
	"context"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/ocop/internal/draft"
	"github.com/ocopledger/ocop/cmd/ocop/internal/explain"
	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/ledger/subject"
	"github.com/ocopledger/ocop/node/client"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// nodeRemarks is what a node knows of a draft and the draft does not prove: wrong names, and what it accepts.
func (a *app) nodeRemarks(ctx context.Context, c *client.Client, d *draft.Draft) ([]string, error) {
	wrong, err := a.misnamed(ctx, c, d)
	if err != nil {
		return nil, err
	}
	meant, err := a.meant(ctx, c, d)
	var lines []string
	for _, m := range wrong {
		lines = append(lines, a.wrongName(m))
	}
	return append(lines, meant...), err
}

// meant tells what a draft names by ids alone: sales that it accepts, and proposals that it votes on.
func (a *app) meant(ctx context.Context, c *client.Client, d *draft.Draft) ([]string, error) {
	sales, err := a.acceptedSales(ctx, c, d)
	if err != nil {
		return nil, err
	}
	proposals, err := a.votedOn(ctx, c, d)
	return append(sales, proposals...), err
}

// acceptedSales tells what a draft accepts: an acceptance names the sale by its id alone, and nobody should sign an id. It is what the node says, and
// no part of what is signed.
func (a *app) acceptedSales(ctx context.Context, c *client.Client, d *draft.Draft) (lines []string, err error) {
	for _, actions := range d.Records {
		for _, action := range actions {
			if action.GetAcceptSale() == nil {
				continue
			}
			id := compose.SaleID(action.GetAcceptSale().GetSale())
			s, err := readSubject(ctx, c, subject.Sale(id), subject.ParseSale)
			if err != nil {
				return nil, err
			}
			claim := a.t(lang.Text{Vi: "không ghi nhãn OCOP", En: "without the OCOP claim"})
			if s.Marks&subject.MarkOCOP != 0 {
				claim = lang.Text{Vi: "là OCOP theo %s", En: "as OCOP under %s"}.F(a.lang, s.Certificate)
			}
			lines = append(lines, lang.Text{
				Vi: "Theo nút, giao dịch đó là: tài khoản %v bán %s của lô %v lúc %s, %s; chấp nhận trước %s",
				En: "The node says of that sale: account %v sells %s of lot %v at %s, %s; to be accepted before %s"}.F(a.lang,
				s.Seller, explain.Quantity(a.lang, s.Quantity, recordv1.Unit(s.Unit)), s.Lot, explain.Moment(s.EventTime), claim, explain.Moment(s.Lapses)))
		}
	}
	return lines, nil
}
