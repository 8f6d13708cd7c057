package label

import (
	"bytes"
	"errors"
	"io"
	"math/bits"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/ocop/internal/label/draw"
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/gs1"
)

var product = ledger.ProductID{Producer: 2_000_001, Number: 1}

func coffee() *Lot {
	return &Lot{ID: ledger.LotID{Product: product, Lot: "CP-01"}, ProductName: "Cà phê bột Đắk Đam", Star: 4, Expires: 20270902}
}

func linkTo(l *Lot) func(serial uint64) (string, error) {
	return func(serial uint64) (string, error) {
		link := gs1.Link{GTIN: "08930000000002", Lot: l.ID.Lot, Serial: Serial(serial)}
		return link.URL("https://ocop.example.vn"), link.Check()
	}
}

func load(t interface{ Fatal(...any) }) *draw.Fonts {
	f, err := draw.Load()
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestSheets: papers that are sold have room for a code, and every place of theirs is used once.
func TestSheets(t *testing.T) {
	f := load(t)
	for _, s := range Sheets() {
		if err := s.Check(); err != nil {
			t.Errorf("%s: %v", s.Name, err)
		}
		u, err := NewUnits(f, coffee(), s.Sheet, 999_999, linkTo(coffee()))
		if err != nil {
			t.Errorf("%s: %v", s.Name, err)
			continue
		}
		const labels, skip = 500, 1
		var serials []uint64
		pages := 0
		for page, err := range s.Lay("", labels, min(skip, s.PerPage()-1), true, func(i int) ([]draw.Item, error) {
			serials = append(serials, uint64(i)+1)
			return u.Items(uint64(i) + 1)
		}) {
			if err != nil {
				t.Fatal(err)
			}
			if c, ok := page.Items[0].(draw.Code); pages == 0 && ok { // the places left empty are empty
				if x, y := s.Corner(min(skip, s.PerPage()-1)); c.At.X < x || c.At.Y < y || c.At.X > x+s.Width {
					t.Errorf("%s: the first label is at %v", s.Name, c.At)
				}
			}
			places := make(map[draw.Point]bool)
			for _, item := range page.Items {
				if c, ok := item.(draw.Code); ok {
					if places[c.At] {
						t.Fatalf("%s: two codes at %v", s.Name, c.At)
					}
					places[c.At] = true
				}
			}
			pages++
		}
		if want := s.Pages(labels, min(skip, s.PerPage()-1)); pages != want || len(serials) != labels || serials[labels-1] != labels {
			t.Errorf("%s: %d pages, want %d; %d labels", s.Name, pages, want, len(serials))
		}
	}
	for _, c := range []struct{ labels, skip, pages int }{{500, 0, 21}, {24, 0, 1}, {24, 1, 2}, {1, 23, 1}, {480, 0, 20}, {10_000, 0, 417}} {
		if got := Sheets()[0].Pages(c.labels, c.skip); got != c.pages {
			t.Errorf("%d labels after %d on paper of 24: %d pages, want %d", c.labels, c.skip, got, c.pages)
		}
	}
}

func TestNoSuchSheet(t *testing.T) {
	grid := func(width, height draw.Length, columns, rows int) Sheet {
		return Sheet{PageWidth: A4Width, PageHeight: A4Height, Width: width, Height: height, Columns: columns, Rows: rows}
	}
	for name, s := range map[string]Sheet{
		"nothing":        {},
		"no columns":     grid(70_000, 37_000, 0, 8),
		"many labels":    grid(10_000, 10_000, 21, 29),
		"overflow":       grid(10_000, 10_000, 1<<(bits.UintSize/2+1), 1<<(bits.UintSize/2+1)),
		"too wide":       grid(71_000, 37_000, 3, 8),
		"too high":       grid(70_000, 38_000, 3, 8),
		"too small":      One(9_999, 50_000),
		"larger than A3": One(50_000, 420_001),
		"centred":        grid(71_000, 37_000, 3, 8).Centred(),
	} {
		err := s.Check()
		if said, ok := errors.AsType[*lang.Error](err); !ok || said.In(lang.Vietnamese) == said.In(lang.English) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// drawLot draws a lot with texts that the ledger allows: names long and short, with marks and markup; codes of GS1's set.
func drawLot(t *rapid.T) *Lot {
	word := rapid.StringOf(rapid.SampledFrom([]rune("aăâbcdđeêghiklmnoôơpqrstuưvxyắằẳẵặỆỪĐ0123&<>\"'()\\")))
	name := strings.Join(rapid.SliceOfN(rapid.Map(word, func(s string) string { return "n" + s[:min(len(s), 0)] + string([]rune(s)[:min(len([]rune(s)), 12)]) }), 1, 8).Draw(t, "name"), " ")
	code := rapid.StringOfN(rapid.SampledFrom([]rune("AWMabc019!\"%&'()*+,-./:;<=>?_")), 1, 20, 20).Draw(t, "code")
	return &Lot{
		ID:          ledger.LotID{Product: ledger.ProductID{Producer: ledger.AccountID(rapid.Uint64Range(1_000_001, 999_999_999_999).Draw(t, "producer")), Number: rapid.Uint32Range(1, 1<<32-1).Draw(t, "number")}, Lot: code},
		ProductName: name, Star: rapid.IntRange(3, 5).Draw(t, "star"), Expires: rapid.SampledFrom([]ledger.Date{0, 20270902}).Draw(t, "expires"),
		Sample: rapid.SampledFrom([]string{"", "DỮ LIỆU MẪU – không có giá trị"}).Draw(t, "sample"),
	}
}

// TestUnits: whatever a lot is called, a label either has everything on it and nothing beside it, or is refused with a size that is enough.
func TestUnits(t *testing.T) {
	f := load(t)
	refused, drawn := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		lot := drawLot(t)
		serial := rapid.SampledFrom([]uint64{0, 1, 500, 10_000_000, 1<<64 - 1}).Draw(t, "serial")
		link := func(n uint64) (string, error) {
			return gs1.Link{Product: lot.ID.Product, Lot: lot.ID.Lot, Serial: Serial(n)}.URL("https://ocop.example.vn"), nil
		}
		s := One(draw.Length(rapid.IntRange(10_000, 120_000).Draw(t, "width")), draw.Length(rapid.IntRange(10_000, 80_000).Draw(t, "height")))
		u, err := NewUnits(f, lot, s, serial, link)
		if small, ok := errors.AsType[*TooSmall](err); ok {
			refused++
			if small.NeedWidth == 0 {
				return // no label has room for such a name
			}
			s = One(small.NeedWidth, small.NeedHeight)
			if u, err = NewUnits(f, lot, s, serial, link); err != nil {
				t.Fatalf("the size that would do does not: %v", err)
			}
		} else if err != nil {
			t.Fatal(err)
		}
		drawn++
		items, err := u.Items(serial)
		if err != nil {
			t.Fatal(err)
		}
		said := inside(t, f, s, items)
		if want := strings.Join(strings.Fields(lot.ProductName), ""); !strings.HasPrefix(said, want) || !strings.Contains(said, lot.Short(serial)) || !strings.Contains(said, "Lô:"+lot.ID.Lot) {
			t.Fatalf("the label says %q, want %q and %q", said, want, lot.Short(serial))
		}
		named := gs1.Link{Product: lot.ID.Product, Lot: lot.ID.Lot, Serial: Serial(serial)}
		if named.Check() == nil && !slices.Contains(gs1.Typed(lot.Short(serial)), named) {
			t.Fatalf("whoever types %q is not led to %+v", lot.Short(serial), named)
		}
	})
	if refused == 0 || drawn == 0 {
		t.Errorf("%d refused, %d drawn: one side was not looked at", refused, drawn)
	}
}

// inside checks that nothing lies beside the label, that no text lies on the code, and that the code can be read; and gives the text without spaces.
func inside(t *rapid.T, f *draw.Fonts, s Sheet, items []draw.Item) (said string) {
	code, ok := items[0].(draw.Code)
	if !ok || code.Module < LeastModule || code.At.X < 0 || code.At.Y < 0 || code.At.X+code.Width() > s.Width || code.At.Y+code.Width() > s.Height {
		t.Fatalf("code %+v on %v × %v", code.At, s.Width, s.Height)
	}
	for _, item := range items[1:] {
		i, ok := item.(draw.Text)
		if !ok {
			continue
		}
		right, top := i.At.X+f.Width(i.Face, i.Size, i.S), i.At.Y-i.Size
		if i.At.X < padding || right > s.Width-padding || top < padding || i.At.Y > s.Height-padding {
			t.Fatalf("%q lies beside the label", i.S)
		}
		if i.At.X < code.At.X+code.Width() && right > code.At.X && top < code.At.Y+code.Width() && i.At.Y > code.At.Y {
			t.Fatalf("%q lies on the code", i.S)
		}
		said += strings.ReplaceAll(i.S, " ", "")
	}
	return said
}

// TestCertificates: names as long as the ledger allows have room, or the certificate is refused.
func TestCertificates(t *testing.T) {
	f := load(t)
	c := &Certificate{
		ID: "1:2020:1032/QĐ-UBND:5", Issuer: "Ủy ban nhân dân tỉnh Đắk Nông", Product: product.String(), ProductName: "Cà phê bột Đắk Đam", Producer: "HTX Nông nghiệp Công Bằng Thuận An",
		Star: 4, Decision: "1032/QĐ-UBND", DecisionOn: 20200902, From: 20200902, Until: 20230901, Document: strings.Repeat("9f86d081", 8), Link: "https://ocop.example.vn/01/08930000000002",
		Height: 12_345, At: "09:30 02/09/2026",
	}
	page, err := c.Draw(f)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := f.SVG(&b, page); err != nil {
		t.Fatal(err)
	}
	apart(t, f, page)
	path := filepath.Join("testdata", "certificate.svg")
	if os.Getenv("OCOP_GOLDEN") == "write" {
		if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(b.Bytes(), want) {
		t.Errorf("the certificate is not that of %s: look at both", path)
	}
	long := *c
	long.ProductName = strings.Repeat("Cà phê ", 15) + "rang xay"
	long.Producer = strings.Repeat("Hợp tác xã ", 11)
	long.Sample = "DỮ LIỆU MẪU – không có giá trị"
	long.Issuer = strings.Repeat("Ủy ban nhân dân tỉnh ", 5)
	page, err = long.Draw(f)
	if err != nil {
		t.Fatalf("a long name: %v", err)
	}
	apart(t, f, page)
	long.ProductName = strings.Repeat("W", 200)
	if _, err := long.Draw(f); err == nil {
		t.Error("a name that has no room was drawn")
	}
}

// apart checks that no text lies on another, or on the code, but for what is across the whole page.
func apart(t *testing.T, f *draw.Fonts, page *draw.Page) {
	t.Helper()
	type box struct {
		what                     string
		left, top, right, bottom draw.Length
	}
	var boxes []box
	for _, item := range page.Items {
		switch i := item.(type) {
		case draw.Code:
			boxes = append(boxes, box{"the code", i.At.X, i.At.Y, i.At.X + i.Width(), i.At.Y + i.Width()})
		case draw.Text:
			if i.Rising {
				continue
			}
			width := f.Width(i.Face, i.Size, i.S)
			left := i.At.X - width*draw.Length(i.Align)/2
			boxes = append(boxes, box{i.S, left, i.At.Y - i.Size*3/4, left + width, i.At.Y + i.Size/5})
		}
	}
	if len(boxes) < 20 {
		t.Errorf("%d texts: the page was not looked at", len(boxes))
	}
	for i, a := range boxes {
		if a.left < 20*mm || a.right > page.Width-20*mm || a.top < 16*mm || a.bottom > page.Height-16*mm {
			t.Errorf("%q lies on the border", a.what)
		}
		for _, b := range boxes[:i] {
			if a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom {
				t.Errorf("%q lies on %q", a.what, b.what)
			}
		}
	}
}

func TestDatesInWords(t *testing.T) {
	for d, want := range map[ledger.Date]string{20260220: "Ngày 20 tháng 02 năm 2026", 20260902: "Ngày 02 tháng 9 năm 2026", 20201231: "Ngày 31 tháng 12 năm 2020", 20210101: "Ngày 01 tháng 01 năm 2021"} {
		if got := inWords(d); got != want {
			t.Errorf("%v: %q, want %q", d, got, want)
		}
	}
}

// BenchmarkPDF is a full file: 10,000 labels.
func BenchmarkPDF(b *testing.B) {
	f := load(b)
	s := Sheets()[0].Sheet
	for b.Loop() {
		u, err := NewUnits(f, coffee(), s, 10_000, linkTo(coffee()))
		if err != nil {
			b.Fatal(err)
		}
		pdf := f.NewPDF(io.Discard, "")
		for page, err := range s.Lay("", 10_000, 0, false, func(i int) ([]draw.Item, error) { return u.Items(uint64(i) + 1) }) {
			if err != nil {
				b.Fatal(err)
			}
			if err := pdf.Page(page); err != nil {
				b.Fatal(err)
			}
		}
		if err := pdf.Close(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(10_000*b.N)/b.Elapsed().Seconds(), "labels/s")
}
