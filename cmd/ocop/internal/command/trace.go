package command

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"
	"google.golang.org/protobuf/proto"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/internal/verb"
	"github.com/ocopledger/ocop/cmd/ocop/internal/draft"
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/node/client"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

func (a *app) trace() *cobra.Command {
	return a.group(verb.Spec{
		Use:   "trace",
		Short: lang.Text{Vi: "Truy xuất sản phẩm, lô hoặc giấy chứng nhận", En: "Trace a product, lot or certificate"},
	}, a.traceProduct(), a.traceLot(), a.traceCertificate())
}

// tracing is what all traces are told.
type tracing struct {
	date   ledger.Date
	events uint32
	newest bool
}

// traced is an answer to a trace.
type traced interface {
	proto.Message
	GetAsOf() *apiv1.AsOf
	GetVerdict() *apiv1.Verdict
	GetTimeline() *apiv1.Timeline
}

// traceVerb is a command that traces: ask gets the answer, text writes what stands between verdict and timeline.
func traceVerb[T traced](a *app, v verb.Spec, ask func(ctx context.Context, c *client.Client, id string, t *tracing, o *apiv1.TimelineOptions) (T, error), text func(w io.Writer, answer T)) *cobra.Command {
	t := new(tracing)
	v.Least, v.Most = 1, 1
	v.Run = func(cmd *cobra.Command, args []string) error {
		c, ctx, done, err := a.dial(cmd.Context())
		if err != nil {
			return err
		}
		defer done()
		options := &apiv1.TimelineOptions{Part: apiv1.TimelinePart_TIMELINE_PART_ALL, NewestFirst: t.newest, Page: &apiv1.Page{Size: t.events}}
		got, err := ask(ctx, c, draft.Clean(args[0]), t, options)
		if err != nil {
			return err
		}
		n := noticeOf(got.GetAsOf().GetSample())
		return a.print(n, answer{n, got}, func(w io.Writer) {
			fmt.Fprintf(w, "%s\n\n", a.sentence(got.GetVerdict().GetSentence()))
			text(w, got)
			a.timeline(w, got.GetTimeline(), namesIn(got))
			a.asOf(w, got.GetAsOf())
		})
	}
	cmd := a.command(v)
	dateFlag(a, cmd, &t.date, "date", lang.Text{Vi: "kết luận vào ngày này; mặc định hôm nay", En: "verdict on this date; by default today"})
	cmd.Flags().Uint32Var(&t.events, "events", 100, a.t(lang.Text{Vi: "nhiều nhất bao nhiêu sự kiện", En: "at most so many events"}))
	cmd.Flags().BoolVar(&t.newest, "newest-first", false, a.t(lang.Text{Vi: "sự kiện mới nhất trước", En: "newest events first"}))
	return cmd
}
