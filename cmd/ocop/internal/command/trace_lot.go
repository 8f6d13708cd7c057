package command

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/internal/verb"
	"github.com/ocopledger/ocop/cmd/ocop/internal/words"
	"github.com/ocopledger/ocop/node/client"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

func (a *app) traceLot() *cobra.Command {
	return traceVerb(a, verb.Spec{
		Use:     "lot ID",
		Short:   lang.Text{Vi: "Truy xuất lô: làm từ gì, ai giữ bao nhiêu, bán cho ai, có bị giữ hay thu hồi không", En: "Trace a lot: what it was made of, who holds how much, sold to whom, whether it is held or recalled"},
		Example: "  ocop trace lot 2000001.1/CP-01",
	}, func(ctx context.Context, c *client.Client, id string, t *tracing, o *apiv1.TimelineOptions) (*apiv1.TraceLotResponse, error) {
		return c.Query.TraceLot(ctx, &apiv1.TraceLotRequest{Lot: id, Date: uint32(t.date), Timeline: o, MinHeight: a.minHeight})
	}, func(w io.Writer, r *apiv1.TraceLotResponse) {
		a.productText(w, r.GetProduct())
		lot := r.GetLot()
		quantity := func(n uint64) string { return words.Quantity(a.lang, n, lot.GetUnit()) }
		t := a.lines(w)
		t.line(lang.Text{Vi: "Lô", En: "Lot"}, lot.GetLot())
		t.line(lang.Text{Vi: "Sản xuất", En: "Produced"}, quantity(lot.GetQuantity())+", "+date(lot.GetProduced()))
		t.line(lang.Text{Vi: "Hạn dùng", En: "Best before"}, date(lot.GetExpires()))
		t.line(soldOut, quantity(lot.GetLeft()))
		if lot.GetUsed() > 0 {
			t.line(lang.Text{Vi: "Đã làm thành lô khác", En: "Made into other lots"}, quantity(lot.GetUsed()))
		}
		t.line(remaining, quantity(lot.GetQuantity()-lot.GetLeft()-lot.GetUsed()))
		a.supplyText(w, r)
		if len(r.GetHolders()) == 0 {
			return
		}
		fmt.Fprintln(w)
		holders := &table{columns: []lang.Text{{Vi: "Người giữ", En: "Holder"}, {Vi: "Số lượng", En: "Quantity"}}}
		for _, h := range r.GetHolders() {
			holders.rows = append(holders.rows, []string{a.actor(h.GetHolder()), quantity(h.GetQuantity())})
		}
		holders.text(w, a.lang)
		if r.GetMoreHolders() {
			fmt.Fprintln(w, "…")
		}
	})
}
