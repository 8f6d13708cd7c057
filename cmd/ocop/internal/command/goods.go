package command

import (
	"time"

	"github.com/spf13/cobra"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/compose"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// goodsFlags are what every sale has.
type goodsFlags struct {
	lot          ledger.LotID
	amount       amount
	at           time.Time
	certificate  ledger.CertificateID
	price, terms string
}

// neededForGoods are the flags without which there is no sale.
var neededForGoods = []string{"lot", "quantity", "author"}

func (a *app) goodsFlags(cmd *cobra.Command, d *drafting, g *goodsFlags) {
	idFlag(a, cmd, &g.lot, "lot", lotExample, ledger.ParseLotID, lang.Text{Vi: "lô hàng bán", En: "lot that is sold"})
	amountFlag(a, cmd, &g.amount, lang.Text{Vi: "số lượng và đơn vị", En: "quantity and unit"})
	timeFlag(a, cmd, &g.at, "at", lang.Text{Vi: "thời điểm bán, giờ Việt Nam; mặc định bây giờ", En: "when it was sold, Vietnamese time; by default now"})
	idFlag(a, cmd, &g.certificate, "certificate", certificateExample, ledger.ParseCertificateID, lang.Text{Vi: "bán là OCOP theo giấy chứng nhận này", En: "sold as OCOP under this certificate"})
	cmd.Flags().StringVar(&g.price, "price", "", a.t(lang.Text{Vi: "giá; sổ cái chỉ có mã cam kết", En: "price; the ledger has its commitment only"}))
	cmd.Flags().StringVar(&g.terms, "terms", "", a.t(lang.Text{Vi: "điều khoản; sổ cái chỉ có mã cam kết", En: "terms; the ledger has their commitment only"}))
	a.privateFlag(cmd, d)
}

func (a *app) goods(d *drafting, g *goodsFlags) (*recordv1.Goods, error) {
	if g.at.IsZero() {
		g.at = a.env.Now()
	}
	goods := &recordv1.Goods{
		Lot: compose.LotRef(g.lot), Quantity: g.amount.quantity, Unit: g.amount.unit, EventTime: uint64(g.at.UnixMilli()), Certificate: compose.CertificateRef(g.certificate),
	}
	for _, hidden := range []struct {
		field, value string
		to           *[]byte
	}{{compose.CommitPrice, g.price, &goods.Price}, {compose.CommitTerms, g.terms, &goods.Terms}} {
		if hidden.value == "" {
			continue
		}
		h, err := d.hide(a.env.Random, "sale of lot "+g.lot.String(), hidden.field, hidden.value)
		if err != nil {
			return nil, err
		}
		*hidden.to = h[:]
	}
	return goods, nil
}
