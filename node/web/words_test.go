package web

import (
	"strings"
	"testing"

	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/ledger/query"
	"github.com/ocopledger/ocop/ledger/query/querytest"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// Of a lot's 500 kg, 1.5 kg were sold to consumers and 30 kg outside: nobody takes one of the sums for another.
func TestWhatIsSoldIsNotTakenForWhatRemains(t *testing.T) {
	h := newSite(t, querytest.NewStory(t).World, nil)
	for path, want := range map[string][]string{
		"/l/1000001.1/L-2026-03": {"<dt>Đã sản xuất</dt><dd>500 kg</dd>", "<dt>Đã bán ra</dt><dd>31,5 kg</dd>", "<dt>Còn lại</dt><dd>468,5 kg</dd>",
			`aria-label="Đã bán ra 31,5 kg trong 500 kg, còn lại 468,5 kg"`},
		"/l/1000001.1/L-2026-03?lang=en": {"<dt>Produced</dt><dd>500 kg</dd>", "<dt>Sold out of the chain</dt><dd>31.5 kg</dd>", "<dt>Remaining</dt><dd>468.5 kg</dd>",
			`aria-label="31.5 kg of 500 kg sold out of the chain, 468.5 kg remaining"`},
	} {
		for _, page := range []string{path, strings.Replace(path, "/l/1000001.1/L-2026-03", "/p/1000001.1", 1)} {
			html := strings.ReplaceAll(get(h, page).Body.String(), nbsp, " ")
			for _, text := range want {
				if !strings.Contains(html, text) {
					t.Errorf("%s does not say %s", page, text)
				}
			}
		}
	}
}

func TestBarShowsALittleAsALittle(t *testing.T) {
	for _, c := range []struct{ part, whole, want uint64 }{
		{0, 500_000, 0}, {1, 500_000, 1}, {2_500, 500_000, 1}, {250_000, 500_000, 50}, {499_999, 500_000, 99}, {500_000, 500_000, 100}, {600_000, 500_000, 100},
		{0, 0, 0}, {5, 0, 0}, {1e15 - 1, 1e15, 99},
	} {
		if got := percent(c.part, c.whole); got != c.want {
			t.Errorf("%d of %d fill %d, want %d", c.part, c.whole, got, c.want)
		}
	}
}

// A Decision older than the ledger has one name in each language, wherever it is shown.
func TestHistoricalImportHasOneName(t *testing.T) {
	h := newSite(t, querytest.NewStory(t).World, nil)
	const act = "/c/1:2020:1032%2FQ%C4%90-UBND:1"
	for path, want := range map[string]string{"/p/1000001.1": "nhập hồi cứu", act: "nhập hồi cứu", "/p/1000001.1?lang=en": "historical import", act + "?lang=en": "historical import"} {
		if html := get(h, path).Body.String(); strings.Count(html, want) < 2 || strings.Contains(html, "lịch sử") || strings.Count(html, "istorical") != strings.Count(html, "historical import") {
			t.Errorf("%s has another word than %q", path, want)
		}
	}
}

// Corrected codes are shown with their names, those without a name as codes, and the rest as what it is.
func TestCorrectedValuesInWords(t *testing.T) {
	s := querytest.NewStory(t)
	catalog, err := query.Open(t.Context(), s.View)
	if err != nil {
		t.Fatal(err)
	}
	number := func(n uint64) *recordv1.FieldValue {
		return &recordv1.FieldValue{Choice: &recordv1.FieldValue_Number{Number: n}}
	}
	text := func(s string) *recordv1.FieldValue {
		return &recordv1.FieldValue{Choice: &recordv1.FieldValue_Text{Text: s}}
	}
	of := &recordv1.Correct{Target: &recordv1.Correct_Certificate{Certificate: compose.CertificateRef(s.NewCoffee)}}
	err = catalog.Read(t.Context(), func(snapshot *query.Snapshot) error {
		for _, c := range []struct {
			field  recordv1.Field
			value  *recordv1.FieldValue
			vi, en string
		}{
			{recordv1.Field_FIELD_GROUP, text("drinks"), "Đồ uống (mã drinks)", "Drinks – Đồ uống (code drinks)"},
			{recordv1.Field_FIELD_GROUP, text("stones"), "mã stones", "code stones"},
			{recordv1.Field_FIELD_TERRITORY, number(uint64(querytest.DistrictA)), "Đắk Mil, Đắk Nông (mã 6701)", "Đắk Mil, Đắk Nông (code 6701)"},
			{recordv1.Field_FIELD_TERRITORY, number(9999), "mã 9999", "code 9999"},
			{recordv1.Field_FIELD_ACCOUNT_KIND, number(3), "hợp tác xã", "cooperative"},
			{recordv1.Field_FIELD_ACCOUNT_KIND, number(99), "mã 99", "code 99"},
			{recordv1.Field_FIELD_VALID_UNTIL, number(20290220), "20/02/2029", "20 February 2029"},
			{recordv1.Field_FIELD_SCORE_A, number(3150), "31,50", "31.50"},
			{recordv1.Field_FIELD_STAR, number(4), "4", "4"},
			{recordv1.Field_FIELD_GTIN, text("08931234567890"), "08931234567890", "08931234567890"},
			{recordv1.Field_FIELD_GTIN, nil, "(trống)", "(empty)"},
		} {
			if vi, en := vietnamese.value(snapshot, of, c.field, c.value), english.value(snapshot, of, c.field, c.value); vi != c.vi || en != c.en {
				t.Errorf("%v %v: %q and %q, want %q and %q", c.field, c.value, vi, en, c.vi, c.en)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
