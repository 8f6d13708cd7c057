package command

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/internal/verb"
	"github.com/ocopledger/ocop/cmd/ocop/internal/draft"
	"github.com/ocopledger/ocop/ledger"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

func (a *app) search() *cobra.Command {
	var (
		date  ledger.Date
		limit int
	)
	cmd := a.command(verb.Spec{
		Use:     "search WORDS",
		Short:   lang.Text{Vi: "Tìm sản phẩm, chủ thể, giấy chứng nhận theo chữ", En: "Search products, producers and certificates by words"},
		Long:    lang.Text{Vi: "Không phân biệt dấu, chữ hoa: \"dak mil\" tìm ra \"Đắk Mil\".", En: "Diacritics and case do not matter: \"dak mil\" finds \"Đắk Mil\"."},
		Example: "  ocop search ca phe dak mil",
		Least:   1, Most: -1,
		Run: func(cmd *cobra.Command, args []string) error {
			c, ctx, done, err := a.dial(cmd.Context())
			if err != nil {
				return err
			}
			defer done()
			all, err := collect(limit, func(p *apiv1.Page) (*apiv1.SearchResponse, error) {
				return c.Query.Search(ctx, &apiv1.SearchRequest{Q: draft.Clean(strings.Join(args, " ")), Date: uint32(date), Page: p, MinHeight: a.minHeight})
			}, (*apiv1.SearchResponse).GetResults)
			if err != nil {
				return err
			}
			return showList(a, "results", all, a.searchTable(all.items))
		},
	})
	dateFlag(a, cmd, &date, "date", lang.Text{Vi: "tính theo ngày này; mặc định hôm nay", En: "as of this date; by default today"})
	cmd.Flags().IntVar(&limit, "limit", 50, a.t(lang.Text{Vi: "nhiều nhất bao nhiêu dòng; 0: tất cả", En: "at most so many rows; 0: all"}))
	return cmd
}

func (a *app) searchTable(items []*apiv1.SearchResult) *table {
	t := &table{columns: []lang.Text{{Vi: "Loại", En: "Kind"}, {Vi: "Mã", En: "Id"}, {Vi: "Tên", En: "Name"}, {Vi: "Chủ thể", En: "Producer"}, {Vi: "Kết luận", En: "Verdict"}}}
	for _, item := range items {
		switch f := item.GetFound().(type) {
		case *apiv1.SearchResult_Product:
			p := f.Product
			t.rows = append(t.rows, []string{a.t(lang.Text{Vi: "sản phẩm", En: "product"}), p.GetProduct(), a.ownName(p.GetName()), a.actor(p.GetProducer()), a.sentence(p.GetVerdict().GetSentence())})
		case *apiv1.SearchResult_Producer:
			p := f.Producer.GetActor()
			t.rows = append(t.rows, []string{a.t(lang.Text{Vi: "chủ thể", En: "producer"}), count(p.GetAccount()), a.ownName(p.GetName()), "", p.GetSeat().GetFullName()})
		case *apiv1.SearchResult_Certificate:
			c := f.Certificate
			t.rows = append(t.rows, []string{a.t(lang.Text{Vi: "giấy chứng nhận", En: "certificate"}), c.GetCertificate(), a.ownName(c.GetProductName()), "", a.sentence(c.GetVerdict().GetSentence())})
		}
	}
	return t
}
