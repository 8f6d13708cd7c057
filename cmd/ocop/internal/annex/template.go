package annex

import (
	"bytes"
	"encoding/csv"
	"os"
	"path/filepath"
	"strings"

	"github.com/xuri/excelize/v2"

	"github.com/ocopledger/ocop/cmd/internal/lang"
)

// templateRows is how far down the template's columns are formatted: as many products as most annexes have.
const templateRows = 500

// guide says what goes into each column.
var guide = [columns]lang.Text{
	colItem:        {Vi: "số mục trong phụ lục, từ 1", En: "number of the item in the annex, from 1"},
	colProduct:     {Vi: "mã sản phẩm trên sổ cái, ví dụ 1000012.3 (cột kiểu Text)", En: "product on the ledger, such as 1000012.3 (a text column)"},
	colName:        {Vi: "để đối chiếu, không được ký", En: "to compare, not signed"},
	colStar:        {Vi: "3, 4 hoặc 5", En: "3, 4 or 5"},
	colA:           {Vi: "điểm trung bình của hội đồng, tối đa hai chữ số thập phân: 33,5", En: "average of the council, at most two decimals: 33.5"},
	colB:           {Vi: "như phần A", En: "as part A"},
	colC:           {Vi: "như phần A", En: "as part A"},
	colTotal:       {Vi: "có thể để trống; nếu ghi thì phải bằng A + B + C", En: "may be left blank; if given it must be A + B + C"},
	colMinimums:    {Vi: "có hoặc không", En: "yes or no"},
	colGroup:       {Vi: "mã nhóm theo bộ tiêu chí, ví dụ food, drinks", En: "group code of the rule set, such as food, drinks"},
	colFrom:        {Vi: "ngày đầu có hiệu lực, dd/mm/yyyy", En: "first valid day, dd/mm/yyyy"},
	colUntil:       {Vi: "ngày cuối còn hiệu lực, dd/mm/yyyy", En: "last valid day, dd/mm/yyyy"},
	colPredecessor: {Vi: "chỉ khi gia hạn: giấy chứng nhận cũ, ví dụ 1:2020:1032/QĐ-UBND:5", En: "renewals only: the old certificate, such as 1:2020:1032/QĐ-UBND:5"},
}

// WriteTemplate writes an empty annex with its headings: an .xlsx workbook with a page of instructions, or a .csv file. It never replaces a file.
func WriteTemplate(path string, l lang.Language) error {
	var data []byte
	var err error
	switch ext := strings.ToLower(filepath.Ext(path)); ext {
	case ".xlsx":
		data, err = templateXLSX(l)
	case ".csv":
		data, err = templateCSV(l)
	default:
		err = lang.Errorf(lang.Text{Vi: "%s: cần tệp .xlsx hoặc .csv", En: "%s: want an .xlsx or .csv file"}, path)
	}
	if err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	if _, err := f.Write(data); err != nil {
		_ = f.Close()
		return err
	}
	return f.Close()
}

func templateCSV(l lang.Language) ([]byte, error) {
	var out bytes.Buffer
	out.WriteString(byteOrderMark)
	w := csv.NewWriter(&out)
	w.Comma, w.UseCRLF = ';', true
	titles := make([]string, columns)
	for c, h := range headings {
		titles[c] = h.title.In(l)
	}
	if err := w.Write(titles); err != nil {
		return nil, err
	}
	w.Flush()
	return out.Bytes(), w.Error()
}

func templateXLSX(l lang.Language) ([]byte, error) {
	f := excelize.NewFile()
	defer func() { _ = f.Close() }()
	sheet := lang.Text{Vi: "Phụ lục", En: "Annex"}.In(l)
	help := lang.Text{Vi: "Hướng dẫn", En: "Instructions"}.In(l)
	steps := []func() error{
		func() error { return f.SetSheetName("Sheet1", sheet) },
		func() error { return templateColumns(f, sheet, l) },
		func() error { return templateChoices(f, sheet, l) },
		func() error { _, err := f.NewSheet(help); return err },
		func() error { return templateGuide(f, help, l) },
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return nil, err
		}
	}
	var out bytes.Buffer
	if err := f.Write(&out); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

func templateColumns(f *excelize.File, sheet string, l lang.Language) error {
	bold, err := f.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}, Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"}})
	if err != nil {
		return err
	}
	text, err := f.NewStyle(&excelize.Style{NumFmt: 49}) // "@": Excel keeps what is typed
	if err != nil {
		return err
	}
	for c, h := range headings {
		name, err := excelize.ColumnNumberToName(c + 1)
		if err != nil {
			return err
		}
		if err := f.SetColStyle(sheet, name, text); err != nil {
			return err
		}
		if err := f.SetColWidth(sheet, name, name, 16); err != nil {
			return err
		}
		if err := f.SetCellStr(sheet, address(0, c), h.title.In(l)); err != nil {
			return err
		}
		if err := f.SetCellStyle(sheet, address(0, c), address(0, c), bold); err != nil {
			return err
		}
	}
	return f.SetPanes(sheet, &excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"})
}

// templateChoices offers the values of columns that have few.
func templateChoices(f *excelize.File, sheet string, l lang.Language) error {
	for _, choice := range []struct {
		column column
		values []string
	}{
		{colStar, []string{"3", "4", "5"}},
		{colMinimums, []string{lang.Text{Vi: "có", En: "yes"}.In(l), lang.Text{Vi: "không", En: "no"}.In(l)}},
	} {
		v := excelize.NewDataValidation(true)
		v.SetSqref(address(1, int(choice.column)) + ":" + address(templateRows, int(choice.column)))
		if err := v.SetDropList(choice.values); err != nil {
			return err
		}
		if err := f.AddDataValidation(sheet, v); err != nil {
			return err
		}
	}
	return nil
}

func templateGuide(f *excelize.File, sheet string, l lang.Language) error {
	for c, h := range headings {
		if err := f.SetSheetRow(sheet, address(c, 0), &[]string{h.title.In(l), guide[c].In(l)}); err != nil {
			return err
		}
	}
	if err := f.SetColWidth(sheet, "A", "A", 28); err != nil {
		return err
	}
	return f.SetColWidth(sheet, "B", "B", 80)
}
