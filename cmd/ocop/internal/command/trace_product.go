package command

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/internal/verb"
	"github.com/ocopledger/ocop/node/client"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

func (a *app) traceProduct() *cobra.Command {
	return traceVerb(a, verb.Spec{
		Use:     "product ID",
		Short:   lang.Text{Vi: "Truy xuất sản phẩm", En: "Trace a product"},
		Example: "  ocop trace product 2000001.1",
	}, func(ctx context.Context, c *client.Client, id string, t *tracing, o *apiv1.TimelineOptions) (*apiv1.TraceProductResponse, error) {
		return c.Query.TraceProduct(ctx, &apiv1.TraceProductRequest{Product: id, Date: uint32(t.date), Timeline: o, MinHeight: a.minHeight})
	}, func(w io.Writer, r *apiv1.TraceProductResponse) {
		a.productText(w, r.GetProduct())
		for _, c := range r.GetCertificates() {
			fmt.Fprintln(w)
			a.certificateText(w, c)
		}
		for _, l := range r.GetStoppedLots() {
			a.lines(w).line(lang.Text{Vi: "Không được dùng", En: "Not to be used"}, a.relative(l))
		}
		a.inspectionText(w, r.GetInspections())
		a.contactText(w, r.GetContacts())
		if len(r.GetLots()) > 0 {
			fmt.Fprintln(w)
			a.lotTable(r.GetLots()).text(w, a.lang)
		}
	})
}
