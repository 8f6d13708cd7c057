package command

import (
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"
	"google.golang.org/protobuf/proto"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/internal/verb"
	"github.com/ocopledger/ocop/cmd/ocop/internal/draft"
	"github.com/ocopledger/ocop/cmd/ocop/internal/words"
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/node/client"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

func (a *app) list() *cobra.Command {
	return a.group(verb.Spec{
		Use:   "list",
		Short: lang.Text{Vi: "Danh sách sản phẩm, chủ thể, giấy chứng nhận, lô, sắp hết hạn", En: "List products, producers, certificates, lots, what expires soon"},
	}, a.listProducts(), a.listProducers(), a.listCertificates(), a.listLots(), a.listExpiring())
}

// listing is what lists are told.
type listing struct {
	filter apiv1.Filter
	date   ledger.Date
	limit  int
}

// Flags that narrow a list.
const (
	byStar = 1 << iota
	byGroup
	byTerritory
	byStatus
	byProducer
	byProduct
	byIssuer
	byDecision
	byDate
)

func (a *app) listFlags(cmd *cobra.Command, l *listing, by int) {
	f := cmd.Flags()
	if by&byStar != 0 {
		f.Uint32Var(&l.filter.Star, "star", 0, a.t(lang.Text{Vi: "hạng sao: 3, 4, 5", En: "stars: 3, 4, 5"}))
	}
	if by&byGroup != 0 {
		f.StringVar(&l.filter.Group, "group", "", a.t(lang.Text{Vi: "mã nhóm", En: "group code"}))
	}
	if by&byTerritory != 0 {
		f.Uint32Var(&l.filter.Territory, "territory", 0, a.t(lang.Text{Vi: "mã địa bàn, kể cả cấp dưới", En: "territory code, those below it too"}))
	}
	if by&byStatus != 0 {
		enumFlag(a, cmd, &l.filter.Status, "status", lang.Text{Vi: "tình trạng", En: "status"})
	}
	if by&byProducer != 0 {
		f.Uint64Var(&l.filter.Producer, "producer", 0, a.t(lang.Text{Vi: "tài khoản chủ thể", En: "account of the producer"}))
	}
	if by&byProduct != 0 {
		f.StringVar(&l.filter.Product, "product", "", a.t(lang.Text{Vi: "mã sản phẩm", En: "product"}))
	}
	if by&byIssuer != 0 {
		f.Uint64Var(&l.filter.Issuer, "issuer", 0, a.t(lang.Text{Vi: "cơ quan cấp", En: "issuing agency"}))
	}
	if by&byDecision != 0 {
		flag(a, cmd, &l.filter.Decision, "decision", "id", func(s string) (string, error) { return s, nil }, lang.Text{Vi: "Quyết định, dạng cơ quan:năm:số", En: "Decision, agency:year:number"})
	}
	if by&byDate != 0 {
		dateFlag(a, cmd, &l.date, "date", lang.Text{Vi: "tính theo ngày này; mặc định hôm nay", En: "as of this date; by default today"})
	}
	f.IntVar(&l.limit, "limit", 0, a.t(lang.Text{Vi: "nhiều nhất bao nhiêu dòng; 0: tất cả", En: "at most so many rows; 0: all"}))
}

// listed is a whole list: its pages as one answer.
type listed[T proto.Message] struct {
	asOf  *apiv1.AsOf
	items []T
	more  bool // cut by the limit
}

// page is one answer of the API to a list.
type page interface {
	GetAsOf() *apiv1.AsOf
	GetNextPage() string
}

// collect walks a list to its end or limit.
func collect[T proto.Message, P page](limit int, ask func(*apiv1.Page) (P, error), items func(P) []T) (*listed[T], error) {
	all := new(listed[T])
	for item, err := range client.Pages(func(p *apiv1.Page) ([]T, string, error) {
		answer, err := ask(p)
		if err != nil {
			return nil, "", err
		}
		if all.asOf == nil {
			all.asOf = answer.GetAsOf()
		}
		return items(answer), answer.GetNextPage(), nil
	}) {
		if err != nil {
			return nil, err
		}
		if limit > 0 && len(all.items) == limit {
			all.more = true
			break
		}
		all.items = append(all.items, item)
	}
	return all, nil
}

// showList writes a list.
func showList[T proto.Message](a *app, name string, all *listed[T], t *table) error {
	n := noticeOf(all.asOf.GetSample())
	items := make([]answer, len(all.items))
	for i, item := range all.items {
		items[i] = answer{m: item}
	}
	footer := lang.Text{Vi: "\n%d dòng, theo khối %d.", En: "\n%d rows, as of block %d."}.F(a.lang, len(all.items), all.asOf.GetHeight())
	if all.more {
		footer += a.t(lang.Text{Vi: " Còn nữa: tăng --limit.", En: " There is more: raise --limit."})
	}
	v := map[string]any{name: items, "as_of": answer{m: all.asOf}}
	if n.Notice != "" {
		v["notice"] = n.Notice
	}
	return a.printTable(n, v, t, footer)
}

// listVerb is a command that lists.
func (a *app) listVerb(v verb.Spec, by int, run func(ctx context.Context, c *client.Client, l *listing) error) (*cobra.Command, *listing) {
	l := new(listing)
	v.Run = func(cmd *cobra.Command, _ []string) error {
		c, ctx, done, err := a.dial(cmd.Context())
		if err != nil {
			return err
		}
		defer done()
		l.filter.Decision = draft.Clean(l.filter.Decision)
		return run(ctx, c, l)
	}
	cmd := a.command(v)
	a.listFlags(cmd, l, by)
	return cmd, l
}

func (a *app) productTable(items []*apiv1.Product) *table {
	t := &table{columns: []lang.Text{{Vi: "Mã", En: "Product"}, {Vi: "Tên", En: "Name"}, {Vi: "Chủ thể", En: "Producer"}, {Vi: "Sao", En: "Stars"}, {Vi: "Đến hết", En: "Until"}, {Vi: "Kết luận", En: "Verdict"}}}
	for _, p := range items {
		v := p.GetVerdict()
		t.rows = append(t.rows, []string{p.GetProduct(), a.ownName(p.GetName()), a.actor(p.GetProducer()), star(v.GetStar()), date(v.GetUntil()), a.sentence(v.GetSentence())})
	}
	return t
}

func (a *app) producerTable(items []*apiv1.Producer) *table {
	t := &table{columns: []lang.Text{{Vi: "Tài khoản", En: "Account"}, {Vi: "Tên", En: "Name"}, {Vi: "Địa bàn", En: "Seat"}, {Vi: "Sản phẩm", En: "Products"}, {Vi: "Còn hiệu lực", En: "In force"}, {Vi: "Khóa", En: "Key"}}}
	for _, p := range items {
		key := a.t(lang.Text{Vi: "chưa", En: "no"})
		if p.GetHasKey() {
			key = a.t(lang.Text{Vi: "có", En: "yes"})
		}
		t.rows = append(t.rows, []string{count(p.GetActor().GetAccount()), a.ownName(p.GetActor().GetName()), p.GetActor().GetSeat().GetFullName(), fmt.Sprint(p.GetProducts()), fmt.Sprint(p.GetCertified()), key})
	}
	return t
}

func (a *app) certificateTable(items []*apiv1.Certificate) *table {
	t := &table{columns: []lang.Text{{Vi: "Giấy chứng nhận", En: "Certificate"}, {Vi: "Sản phẩm", En: "Product"}, {Vi: "Tên", En: "Name"}, {Vi: "Sao", En: "Stars"}, {Vi: "Điểm", En: "Points"}, {Vi: "Từ", En: "From"}, {Vi: "Đến hết", En: "Until"}, {Vi: "Kết luận", En: "Verdict"}}}
	for _, c := range items {
		t.rows = append(t.rows, []string{
			c.GetCertificate(), c.GetProduct(), a.ownName(c.GetProductName()), star(c.GetStar()), words.Points(a.lang, uint64(c.GetScores().GetTotal())),
			date(c.GetValidFrom()), date(c.GetLastDay()), a.sentence(c.GetVerdict().GetSentence()),
		})
	}
	return t
}

// Of a lot: what consumers and outside businesses have bought, and what accounts still hold.
var (
	soldOut   = lang.Text{Vi: "Đã bán ra", En: "Sold out of the chain"}
	remaining = lang.Text{Vi: "Còn lại", En: "Remaining"}
)

func (a *app) lotTable(items []*apiv1.Lot) *table {
	t := &table{columns: []lang.Text{{Vi: "Lô", En: "Lot"}, {Vi: "Sản xuất", En: "Produced"}, {Vi: "Số lượng", En: "Quantity"}, soldOut, remaining, {Vi: "Hạn dùng", En: "Best before"}}}
	for _, l := range items {
		quantity := func(n uint64) string { return words.Share(a.lang, n, l.GetQuantity(), l.GetUnit()) }
		t.rows = append(t.rows, []string{
			l.GetLot(), date(l.GetProduced()), quantity(l.GetQuantity()), quantity(l.GetLeft()), quantity(l.GetQuantity() - l.GetLeft() - l.GetUsed()), date(l.GetExpires()),
		})
	}
	if slices.ContainsFunc(items, func(l *apiv1.Lot) bool { return l.GetRestraint() != nil }) {
		t.columns = append(t.columns, lang.Text{Vi: "Tình trạng", En: "Status"})
		for i, l := range items {
			t.rows[i] = append(t.rows[i], restraints[l.GetRestraint().GetStatus()].In(a.lang))
		}
	}
	return t
}
