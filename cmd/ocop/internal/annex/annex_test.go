package annex

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/unicode/norm"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/ledger"
)

// workbook writes a file with the cells given by address; ranges in merged are merged.
func workbook(t *testing.T, cells map[string]any, formulas map[string]string, merged ...string) string {
	t.Helper()
	f := excelize.NewFile()
	defer func() { _ = f.Close() }()
	for at, value := range cells {
		if err := f.SetCellValue("Sheet1", at, value); err != nil {
			t.Fatal(err)
		}
	}
	for at, formula := range formulas {
		if err := f.SetCellFormula("Sheet1", at, formula); err != nil {
			t.Fatal(err)
		}
	}
	for _, m := range merged {
		from, to, _ := strings.Cut(m, ":")
		if err := f.MergeCell("Sheet1", from, to); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(t.TempDir(), "annex.xlsx")
	if err := f.SaveAs(path); err != nil {
		t.Fatal(err)
	}
	return path
}

func csvFile(t *testing.T, data string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "annex.csv")
	if err := os.WriteFile(path, []byte(data), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func mustRead(t *testing.T, path string, d Defaults) *Annex {
	t.Helper()
	s, err := Open(path, "")
	if err != nil {
		t.Fatal(err)
	}
	a, err := s.Read(d)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// rowCells lays values out in a row from column A on.
func rowCells(cells map[string]any, row int, values ...any) {
	for i, v := range values {
		if v != nil {
			cells[address(row-1, i)] = v
		}
	}
}

var until = Defaults{From: 20260903, Until: 20290903}

// TestOfficialLayout is an annex as agencies print it: letterhead, a heading in two rows, section rows merged across, blank rows, cells merged
// downwards, comma decimals beside numbers, formulas with results, NFD text, signatures at the end.
func TestOfficialLayout(t *testing.T) {
	cells := map[string]any{"A1": "PHỤ LỤC", "A2": "(Kèm theo Quyết định số 1032/QĐ-UBND)"}
	rowCells(cells, 4, "STT", "Mã sản phẩm", norm.NFD.String("Tên sản phẩm"), "Điểm", nil, nil, norm.NFD.String("Tổng điểm"), "Hạng sao", "Đạt tiêu chí tối thiểu", "Mã nhóm", "Ghi chú")
	rowCells(cells, 5, nil, nil, nil, "Phần A\n(tối đa 40)", "Phần B", "Phần C")
	rowCells(cells, 6, "I. NHÓM ĐỒ UỐNG")
	rowCells(cells, 7, 1, "1000012.3", norm.NFD.String("Cà phê bột Đắk Đam"), 33.5, "22,50", "29.5", 85.5, "4 sao", "có", "drinks")
	rowCells(cells, 9, "2.", "1000012.10", "Cà phê nhân", 33.1, 25.2, 11.7, nil, 4, "x", nil, "gia hạn")
	rowCells(cells, 10, 3.0, " 1000013.1 ", "Gạo ST24", 28.0, 20, "12", nil, "3★", "Đạt", "food")
	rowCells(cells, 12, "TM. HỘI ĐỒNG")
	path := workbook(t, cells, nil,
		"A1:K1", "A2:K2", "A4:A5", "B4:B5", "C4:C5", "D4:F4", "G4:G5", "H4:H5", "I4:I5", "J4:J5", "K4:K5", "A6:J6", "A12:K12")
	// The total of row 9 is a formula whose stored result has the noise of binary fractions; its group is merged down from row 7 to 9.
	setRaw(t, path, map[string]string{"G9": `<c r="G9"><f>D9+E9+F9</f><v>70.000000000000014</v></c>`})
	addMerge(t, path, "J7:J9")
	a := mustRead(t, path, until)
	if len(a.Problems) > 0 {
		t.Fatalf("%v", a.Problems)
	}
	want := []Row{
		{Line: 7, Item: 1, Product: ledger.ProductID{Producer: 1000012, Number: 3}, Name: "Cà phê bột Đắk Đam", Star: 4, A: 3350, B: 2250, C: 2950, Total: 8550, Minimums: true, Group: "drinks", From: 20260903, Until: 20290903},
		{Line: 9, Item: 2, Product: ledger.ProductID{Producer: 1000012, Number: 10}, Name: "Cà phê nhân", Star: 4, A: 3310, B: 2520, C: 1170, Total: 7000, Minimums: true, Group: "drinks", From: 20260903, Until: 20290903},
		{Line: 10, Item: 3, Product: ledger.ProductID{Producer: 1000013, Number: 1}, Name: "Gạo ST24", Star: 3, A: 2800, B: 2000, C: 1200, Total: 6000, Minimums: true, Group: "food", From: 20260903, Until: 20290903},
	}
	if !slices.Equal(a.Rows, want) {
		t.Errorf("%+v\nwant %+v", a.Rows, want)
	}
	var skipped []int
	for _, s := range a.Skipped {
		skipped = append(skipped, s.Line)
	}
	if !slices.Equal(skipped, []int{6, 12}) {
		t.Errorf("skipped %v", skipped)
	}
	if !slices.Equal(a.Ignored, []string{"Ghi chú"}) {
		t.Errorf("ignored %v", a.Ignored)
	}
}

// setRaw replaces the XML of cells, for what the library would not write.
func setRaw(t *testing.T, path string, cells map[string]string) {
	t.Helper()
	f, err := excelize.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	for at := range cells {
		if err := f.SetCellInt("Sheet1", at, 0); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Save(); err != nil {
		t.Fatal(err)
	}
	rewriteSheet(t, path, func(xml string) string {
		for at, raw := range cells {
			was := fmt.Sprintf(`<c r="%s"><v>0</v></c>`, at)
			if !strings.Contains(xml, was) {
				t.Fatalf("no %s in %s", was, xml)
			}
			xml = strings.Replace(xml, was, raw, 1)
		}
		return xml
	})
}

func addMerge(t *testing.T, path, merged string) {
	t.Helper()
	rewriteSheet(t, path, func(xml string) string {
		return strings.Replace(xml, "</mergeCells>", fmt.Sprintf(`<mergeCell ref="%s"></mergeCell></mergeCells>`, merged), 1)
	})
}

func TestColumnsInAnyOrderAndLanguage(t *testing.T) {
	cells := map[string]any{}
	rowCells(cells, 1, "Valid until", "Group", "Score C", "Product", "Score B", "Rating", "Score A", "Minimum requirements", "No.", "VALID FROM", "Renews")
	rowCells(cells, 2, "24/9/2023", "food", "25", "7.1", "20", "3 stars", "20,25", "yes", "17", "2020-09-24", "1:2017:88/QĐ-UBND:2")
	a := mustRead(t, workbook(t, cells, nil), Defaults{})
	want := Row{
		Line: 2, Item: 17, Product: ledger.ProductID{Producer: 7, Number: 1}, Star: 3, A: 2025, B: 2000, C: 2500, Total: 6525, Minimums: true, Group: "food",
		From: 20200924, Until: 20230924, Predecessor: ledger.CertificateID{Decision: ledger.DecisionID{Issuer: 1, Year: 2017, Number: "88/QĐ-UBND"}, Item: 2},
	}
	if len(a.Problems) > 0 || len(a.Rows) != 1 || a.Rows[0] != want {
		t.Errorf("%+v, %v\nwant %+v", a.Rows, a.Problems, want)
	}
}

func TestDateCells(t *testing.T) {
	cells := map[string]any{}
	rowCells(cells, 1, "STT", "Mã SP", "Sao", "A", "B", "C", "Tiêu chí cứng", "Nhóm", "Từ ngày", "Đến ngày")
	rowCells(cells, 2, 1, "7.1", 3, 20, 20, 20, "có", "food", 44098, 45193) // 24/09/2020, 24/09/2023
	a := mustRead(t, workbook(t, cells, nil), Defaults{})
	if len(a.Problems) > 0 || a.Rows[0].From != 20200924 || a.Rows[0].Until != 20230924 {
		t.Errorf("%v, %v", a.Rows, a.Problems)
	}
}

var wrongHead = []any{"STT", "Mã sản phẩm", "Tên sản phẩm", "Hạng sao", "Phần A", "Phần B", "Phần C", "Tổng điểm", "Đạt tiêu chí tối thiểu", "Mã nhóm", "Hiệu lực từ", "Hiệu lực đến", "Thay giấy chứng nhận"}

// wrongSheet has something wrong in every row but one.
func wrongSheet(t *testing.T) string {
	cells := map[string]any{}
	rowCells(cells, 1, wrongHead...)
	good := []any{1, "7.1", "Đúng", 4, 33.5, 22.5, 29.5, 85.5, "có", "food", "24/09/2020", "24/09/2023"}
	with := func(row int, changes ...any) {
		values := slices.Clone(good)
		values[0], values[1] = row, fmt.Sprintf("7.%d", row)
		for i := 0; i < len(changes); i += 2 {
			at := changes[i].(int)
			for len(values) <= at {
				values = append(values, nil)
			}
			values[at] = changes[i+1]
		}
		rowCells(cells, row, values...)
	}
	with(2)
	with(3, 4, 33.505)                        // more than two decimals, as a number
	with(4, 4, "33,505")                      // and as text
	with(5, 5, -22.5)                         // negative
	with(6, 6, "NaN")                         // not a number
	with(7, 6, "hai chín phẩy năm")           // text
	with(8, 7, 85.6)                          // not the sum
	with(9, 3, 2, 8, "có lẽ")                 // two at once
	with(10, 1, 7.1)                          // a number cell: .1 or .10?
	with(11, 0, 2)                            // item twice
	with(12, 1, "7.2")                        // product twice
	with(13, 11, "31/02/2023", 10, "hôm nay") // no days
	with(14, 9, "đồ uống", 12, "giấy cũ")     // no codes
	with(15, 1, nil, 3, nil, 4, nil)          // blanks
	with(16, 0, 0, 4, "1.234,5")              // item 0; grouped
	with(17, 4, "#REF!", 3, "3.5")            // spreadsheet error; half a star
	return workbook(t, cells, map[string]string{"G18": "E18+F18", "A18": "A17+1"})
}

const wantProblems = `E3: "33.505" has more than two decimals
E4: "33,505" has more than two decimals
F5: "-22.5" is not a score
G6: "NaN" is not a score
G7: "hai chín phẩy năm" is not a score
H8: the total is given as 85,60, but A + B + C = 85,50
D9: "2": stars are 3, 4 or 5
I9: "có lẽ": write yes or no
B10: product "7.1" is a number cell and may have lost a zero at its end: format the column as text and type it again
A11: item 2 is in row 2 already
B12: product 7.2 is in row 2 already
K13: "hôm nay" is not a date dd/mm/yyyy
L13: "31/02/2023" is not a date dd/mm/yyyy
J14: "đồ uống" is not a group code (such as food, drinks)
M14: "giấy cũ" is not a certificate of the form 1:2020:1032/QĐ-UBND:5
B15: is blank
D15: is blank
E15: is blank
A16: "0" is not an item number from 1 to 65535
E16: "1.234,5" is not a score
D17: "3.5": stars are 3, 4 or 5
E17: "#REF!" is not a score
A18: a formula without result: open it in Excel and save it again
B18: is blank
D18: is blank
I18: is blank
J18: is blank
E18: is blank
F18: is blank
G18: a formula without result: open it in Excel and save it again
K18: is blank
L18: is blank
`

func TestAllProblemsAtOnceWithAddress(t *testing.T) {
	path := wrongSheet(t)
	a := mustRead(t, path, Defaults{})
	var got strings.Builder
	for _, p := range a.Problems {
		fmt.Fprintf(&got, "%s: %v\n", p.Cell, p.Err)
		if lang.Say(lang.Vietnamese, p.Err) == p.Err.Error() {
			t.Errorf("%s: no Vietnamese sentence", p.Cell)
		}
	}
	if got.String() != wantProblems {
		t.Errorf("%s\nwant\n%s", got.String(), wantProblems)
	}
}

// TestApostrophes: a spreadsheet's mark that a value is text is no part of it, in a CSV file and in a workbook, and stays in the copy.
func TestApostrophes(t *testing.T) {
	const data = "STT;Mã sản phẩm;Tên sản phẩm;Hạng sao;Phần A;Phần B;Phần C;Đạt tiêu chí tối thiểu;Mã nhóm;Hiệu lực đến\n" +
		"'1;'7.10;'Hạt mắc ca;'4;'26,50;’25.5’;'26,50';'có;'food;'24/09/2029\n';';;;;;';;;\n2;7.2;b;4;26,50;'';26;có;food;\n"
	path := csvFile(t, data)
	s, err := Open(path, "")
	if err != nil {
		t.Fatal(err)
	}
	a, err := s.Read(until)
	if err != nil {
		t.Fatal(err)
	}
	want := Row{Line: 2, Item: 1, Product: ledger.ProductID{Producer: 7, Number: 10}, Name: "Hạt mắc ca", Star: 4, A: 2650, B: 2550, C: 2650, Total: 7850, Minimums: true, Group: "food", From: 20260903, Until: 20290924}
	if len(a.Rows) != 2 || a.Rows[0] != want || len(a.Problems) != 1 || a.Problems[0].Cell != "F4" {
		t.Errorf("%+v, %v\nwant %+v", a.Rows, a.Problems, want)
	}
	copied := filepath.Join(t.TempDir(), "copy.csv")
	if err := s.WriteBack(copied, lang.English, a.Problems); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(copied); err != nil || !strings.Contains(string(got), "'1;'7.10;'Hạt mắc ca;'4;'26,50;’25.5’;'26,50';") || !strings.Contains(string(got), ";F4: is blank") {
		t.Errorf("%s, %v", got, err)
	}
	cells := map[string]any{}
	rowCells(cells, 1, wrongHead...)
	rowCells(cells, 2, 1, "'7.1", "a", "'4", "'33,5", 22.5, "'29,50", nil, "có", "food", "24/09/2020", "24/09/2023")
	if a := mustRead(t, workbook(t, cells, nil), Defaults{}); len(a.Problems) > 0 || a.Rows[0].Total != 8550 {
		t.Errorf("%+v, %v", a.Rows, a.Problems)
	}
}

// TestCompare: a name that is not the ledger's is a problem of its cell, among the others of its row.
func TestCompare(t *testing.T) {
	cells := map[string]any{}
	rowCells(cells, 1, wrongHead...)
	for i, name := range []any{"Cà phê bột", "CA PHE BOT", "Hạt mắc ca", nil, "Trà"} {
		rowCells(cells, i+2, i+1, fmt.Sprintf("7.%d", i+1), name, 4, 33.5, 22.5, 29.5, nil, "có", "food", "24/09/2020", "24/09/2023")
	}
	cells["E4"] = "x"
	path := workbook(t, cells, nil)
	s, err := Open(path, "")
	if err != nil {
		t.Fatal(err)
	}
	a, err := s.Read(Defaults{})
	if err != nil {
		t.Fatal(err)
	}
	held := make(map[ledger.ProductID]string)
	for i := range uint32(4) { // 7.5 has no name on the ledger
		held[ledger.ProductID{Producer: 7, Number: i + 1}] = "Cà phê bột"
	}
	a.Compare(held)
	var got []string
	for _, p := range a.Problems {
		got = append(got, p.Cell)
	}
	if !slices.Equal(got, []string{"E4", "C4"}) {
		t.Fatalf("%v", a.Problems)
	}
	copied := filepath.Join(t.TempDir(), "copy.xlsx")
	if err := s.WriteBack(copied, lang.English, a.Problems); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenFile(copied)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	const want = "E4: \"x\" is not a score\nC4: product 7.3 is \"Cà phê bột\" on the ledger, the annex says \"Hạt mắc ca\""
	if remark, err := f.GetCellValue("Sheet1", "N4"); err != nil || remark != want {
		t.Errorf("%q, %v; want %q", remark, err, want)
	}
}

// TestWriteBack: the copy is the sheet with one more column; the original is untouched.
func TestWriteBack(t *testing.T) {
	path := wrongSheet(t)
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	s, err := Open(path, "")
	if err != nil {
		t.Fatal(err)
	}
	a, err := s.Read(Defaults{})
	if err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(t.TempDir(), "errors.xlsx")
	if err := s.WriteBack(copied, lang.Vietnamese, a.Problems); err != nil {
		t.Fatal(err)
	}
	after, err := os.ReadFile(path)
	if err != nil || !slices.Equal(before, after) {
		t.Error("the original has changed")
	}
	f, err := excelize.OpenFile(copied)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	for at, want := range map[string]string{
		"N1": "Lỗi cần sửa",
		"N2": "",
		"N9": "D9: \"2\": hạng sao là 3, 4 hoặc 5\nI9: \"có lẽ\": ghi có hoặc không",
		"C2": "Đúng",
	} {
		if got, err := f.GetCellValue("Sheet1", at); err != nil || got != want {
			t.Errorf("%s: %q, %v; want %q", at, got, err, want)
		}
	}
	if formula, err := f.GetCellFormula("Sheet1", "G18"); err != nil || formula != "E18+F18" {
		t.Errorf("a formula became %q, %v", formula, err)
	}
	again := mustRead(t, copied, Defaults{})
	if len(again.Problems) != len(a.Problems) {
		t.Errorf("the copy has %d problems, the original %d", len(again.Problems), len(a.Problems))
	}
}

func TestCSV(t *testing.T) {
	const semicolon = "PHỤ LỤC;;;;;;;;\r\n\r\nSTT;Mã sản phẩm;Hạng sao;Phần A;Phần B;Phần C;Đạt tiêu chí tối thiểu;Mã nhóm;Ghi chú\r\n" +
		"1;1000012.10;4;33,5;22,50;29.5;có;food;\"dài\r\ndòng\"\r\n\r\n2;7.2;3;20;20;20;không;food;\r\n"
	utf16 := "\xff\xfe"
	for _, r := range "No\tProduct\tStars\tA\tB\tC\tMinimums\tGroup\n1\t1000012.10\t4\t33,5\t22,50\t29.5\tyes\tfood\n" {
		utf16 += string([]byte{byte(r), byte(r >> 8)})
	}
	for name, c := range map[string]struct {
		data  string
		lines []int
	}{
		"semicolons": {"\ufeff" + semicolon, []int{4, 6}}, // rows as a spreadsheet shows them: the note in row 4 has two lines
		"NFD":        {norm.NFD.String(semicolon), []int{4, 6}},
		"commas":     {"No,Product,Stars,A,B,C,Minimums,Group\n1,1000012.10,4,\"33,5\",22.50,29.5,yes,food\n", []int{2}},
		"UTF-16":     {utf16, []int{2}},
	} {
		a := mustRead(t, csvFile(t, c.data), until)
		if len(a.Problems) > 0 {
			t.Errorf("%s: %v", name, a.Problems)
		}
		var lines []int
		for _, r := range a.Rows {
			lines = append(lines, r.Line)
		}
		if !slices.Equal(lines, c.lines) {
			t.Errorf("%s: rows %v, want %v", name, lines, c.lines)
		}
		if r := a.Rows[0]; r.Product.Number != 10 || r.A != 3350 || r.B != 2250 || r.Total != 8550 || !r.Minimums {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

func TestCSVWriteBack(t *testing.T) {
	s, err := Open(csvFile(t, "No;Product;Stars;A;B;C;Minimums;Group\n1;7.1;4;33,5;22,5;29,5;yes;food\n\n2;7.1;6;1;2;3;yes;food\n"), "")
	if err != nil {
		t.Fatal(err)
	}
	a, err := s.Read(until)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "e.csv")
	if err := s.WriteBack(path, lang.English, a.Problems); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want := "\ufeffNo;Product;Stars;A;B;C;Minimums;Group;To be corrected\r\n1;7.1;4;33,5;22,5;29,5;yes;food;\r\n;;;;;;;;\r\n" +
		"2;7.1;6;1;2;3;yes;food;\"C4: \"\"6\"\": stars are 3, 4 or 5\r\nB4: product 7.1 is in row 2 already\"\r\n"
	if string(data) != want {
		t.Errorf("%q\nwant %q", data, want)
	}
}

func TestOpenRefuses(t *testing.T) {
	dir := t.TempDir()
	write := func(name, data string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(data), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for name, path := range map[string]string{
		"old Excel":      write("a.xls", "\xd0\xcf\x11\xe0"),
		"a PDF":          write("a.pdf", "%PDF-1.4"),
		"not a workbook": write("b.xlsx", "PK\x03\x04 or not"),
		"windows-1258":   write("c.csv", "STT;M\xe3 s\xf2n\n"),
		"bad quotes":     write("d.csv", "STT;\"M\n"),
	} {
		if _, err := Open(path, ""); err == nil {
			t.Errorf("%s: opened", name)
		}
	}
	if _, err := Open(filepath.Join(dir, "none.xlsx"), ""); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v", err)
	}
	if _, err := Open(workbook(t, map[string]any{"A1": "STT"}, nil), "Sheet9"); err == nil {
		t.Error("a sheet that is not there")
	}
}

func TestHeadingsThatCannotBeUnderstood(t *testing.T) {
	for want, header := range map[string]string{
		"no headings found in the first 40 rows; see the template: ocop draft certify --template template.xlsx": "a;b;d\n",
		"the headings in row 1 lack: Đạt tiêu chí tối thiểu / Minimums met; Mã nhóm / Group":                    "STT;Mã SP;Sao;A;B;C\n1;7.1;3;1;1;1\n",
		"the headings in row 1 have two columns for: Hạng sao / Stars":                                          "STT;Mã SP;Sao;Hạng;A;B;C;Nhóm;Minimums\n",
		"the headings in row 1 lack: Hiệu lực từ / Valid from; Hiệu lực đến / Valid until":                      "STT;Mã SP;Sao;A;B;C;Nhóm;Minimums \n",
		"there is no product below the headings (row 1)":                                                        "STT;Mã SP;Sao;A;B;C;Nhóm;Minimums\n;;;;;;;\n",
	} {
		d := until
		if strings.Contains(header, "Minimums ") {
			d = Defaults{}
		}
		s, err := Open(csvFile(t, header), "")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Read(d); err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

func TestTemplate(t *testing.T) {
	for _, l := range []lang.Language{lang.Vietnamese, lang.English} {
		for _, ext := range []string{".xlsx", ".csv"} {
			path := filepath.Join(t.TempDir(), "template"+ext)
			if err := WriteTemplate(path, l); err != nil {
				t.Fatal(err)
			}
			if err := WriteTemplate(path, l); !errors.Is(err, fs.ErrExist) {
				t.Errorf("a file is replaced: %v", err)
			}
			s, err := Open(path, "")
			if err != nil {
				t.Fatal(err)
			}
			h := s.grid.header()
			if h.found != int(columns) || len(h.other) > 0 || h.row != 0 {
				t.Errorf("%v%s: %d of %d columns recognised, %v not", l, ext, h.found, columns, h.other)
			}
		}
	}
}

// FuzzCSV: whatever the file, there is an annex or an error, and every problem names a row of the file.
func FuzzCSV(f *testing.F) {
	f.Add("STT;Mã SP;Sao;A;B;C;Nhóm;Minimums\n1;7.1;4;33,5;22,5;29,5;food;có\n")
	f.Add("\xff\xfeS\x00T\x00T\x00")
	f.Fuzz(func(t *testing.T, data string) {
		g, _, err := openCSV("x", []byte(data))
		if err != nil {
			return
		}
		s := Sheet{grid: g}
		a, err := s.Read(until)
		if err != nil {
			return
		}
		for _, p := range a.Problems {
			if p.Line < 1 || p.Line > len(g.rows) {
				t.Errorf("problem in row %d of %d", p.Line, len(g.rows))
			}
		}
	})
}
