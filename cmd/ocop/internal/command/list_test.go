package command

import (
	"slices"
	"testing"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// TestLotTable: what was sold and what remains are told apart, in both languages.
func TestLotTable(t *testing.T) {
	lots := []*apiv1.Lot{
		{Lot: "2000001.1/CP-01", Unit: recordv1.Unit_UNIT_GRAM, Quantity: 500_000, Left: 62_500, Produced: 20260901},
		{Lot: "2000001.2/R-1", Unit: recordv1.Unit_UNIT_MILLILITRE, Quantity: 600_000, Produced: 20260901},
		{Lot: "2000001.2/R-2", Unit: recordv1.Unit_UNIT_MILLILITRE, Quantity: 500, Left: 500, Produced: 20260901},
	}
	for l, want := range map[lang.Language][]string{
		lang.Vietnamese: {"Lô", "Sản xuất", "Số lượng", "Đã bán ra", "Còn lại", "Hạn dùng"},
		lang.English:    {"Lot", "Produced", "Quantity", "Sold out of the chain", "Remaining", "Best before"},
	} {
		var head []string
		table := (&app{lang: l}).lotTable(lots)
		for _, c := range table.columns {
			head = append(head, c.In(l))
		}
		if !slices.Equal(head, want) {
			t.Errorf("%q, want %q", head, want)
		}
		for i, row := range [][]string{
			{"2000001.1/CP-01", "01/09/2026", "500 kg", lang.Text{Vi: "62,5 kg", En: "62.5 kg"}.In(l), lang.Text{Vi: "437,5 kg", En: "437.5 kg"}.In(l), ""},
			{"2000001.2/R-1", "01/09/2026", lang.Text{Vi: "600 lít", En: "600 l"}.In(l), lang.Text{Vi: "0 lít", En: "0 l"}.In(l), lang.Text{Vi: "600 lít", En: "600 l"}.In(l), ""},
			{"2000001.2/R-2", "01/09/2026", "500 ml", "500 ml", "0 ml", ""},
		} {
			if !slices.Equal(table.rows[i], row) {
				t.Errorf("%q, want %q", table.rows[i], row)
			}
		}
	}
}

// TestNamesOffTheLedger: a column of names is never empty without saying why.
func TestNamesOffTheLedger(t *testing.T) {
	for l, want := range map[lang.Language]string{lang.Vietnamese: "(tên để ngoài sổ cái)", lang.English: "(name off the ledger)"} {
		a := &app{lang: l}
		for column, table := range map[string]*table{
			"producers":    a.producerTable([]*apiv1.Producer{{Actor: &apiv1.Actor{Account: 2000009}}}),
			"products":     a.productTable([]*apiv1.Product{{Product: "2000009.1"}}),
			"certificates": a.certificateTable([]*apiv1.Certificate{{Product: "2000009.1"}}),
			"search":       a.searchTable([]*apiv1.SearchResult{{Found: &apiv1.SearchResult_Producer{Producer: &apiv1.Producer{Actor: &apiv1.Actor{Account: 2000009}}}}}),
		} {
			if !slices.Contains(table.rows[0], want) {
				t.Errorf("%s: %q", column, table.rows[0])
			}
		}
	}
}
