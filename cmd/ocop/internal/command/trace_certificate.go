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

func (a *app) traceCertificate() *cobra.Command {
	return traceVerb(a, verb.Spec{
		Use:     "certificate ID",
		Short:   lang.Text{Vi: "Truy xuất giấy chứng nhận", En: "Trace a certificate"},
		Example: "  ocop trace certificate 1:2026:1032/QĐ-UBND:5",
	}, func(ctx context.Context, c *client.Client, id string, t *tracing, o *apiv1.TimelineOptions) (*apiv1.TraceCertificateResponse, error) {
		return c.Query.TraceCertificate(ctx, &apiv1.TraceCertificateRequest{Certificate: id, Date: uint32(t.date), Timeline: o, MinHeight: a.minHeight})
	}, func(w io.Writer, r *apiv1.TraceCertificateResponse) {
		a.productText(w, r.GetProduct())
		a.certificateText(w, r.GetCertificate())
		d := r.GetDecision()
		t := a.lines(w)
		t.line(lang.Text{Vi: "Văn bản", En: "Document"}, fmt.Sprintf("%s, SHA-256 %x", d.GetDocument().GetName(), d.GetDocument().GetSha256()))
		t.line(lang.Text{Vi: "Bộ tiêu chí", En: "Rule set"}, d.GetScheme()+" ("+d.GetSchemeSource()+")")
		if len(d.GetMissingParts()) > 0 {
			t.line(lang.Text{Vi: "Thiếu phần", En: "Missing parts"}, fmt.Sprint(d.GetMissingParts()))
		}
	})
}
