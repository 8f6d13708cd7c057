package annex

import (
	"bytes"
	"fmt"
	"os"

	"github.com/xuri/excelize/v2"

	"github.com/ocopledger/ocop/cmd/internal/lang"
)

var errWorkbook = lang.Text{Vi: "%s không đọc được như bảng tính xlsx: %v", En: "%s cannot be read as an xlsx workbook: %v"}

// guard turns a panic of the spreadsheet library into an error: the file comes from outside, and the library is not written for hostile ones.
func guard(path string, err *error) {
	if r := recover(); r != nil {
		*err = lang.Errorf(errWorkbook, path, fmt.Errorf("%v", r))
	}
}

func openXLSX(path string, data []byte, sheet string) (g *grid, name string, err error) {
	defer guard(path, &err)
	f, err := excelize.OpenReader(bytes.NewReader(data), excelize.Options{RawCellValue: true, UnzipSizeLimit: maxUnzip, UnzipXMLSizeLimit: maxUnzip})
	if err != nil {
		return nil, "", lang.Errorf(errWorkbook, path, err)
	}
	defer func() { _ = f.Close() }()
	if sheet == "" {
		sheet = f.GetSheetName(f.GetActiveSheetIndex())
	}
	g, err = readXLSX(f, sheet)
	if err != nil {
		return nil, "", lang.Errorf(errWorkbook, path, err)
	}
	return g, sheet, nil
}

func readXLSX(f *excelize.File, sheet string) (*grid, error) {
	values, err := f.GetRows(sheet)
	if err != nil {
		return nil, err
	}
	if len(values) > maxRows {
		return nil, lang.Errorf(lang.Text{Vi: "quá %d dòng", En: "more than %d rows"}, maxRows)
	}
	g := &grid{rows: make([][]cell, len(values))}
	for i, row := range values {
		g.rows[i] = make([]cell, len(row))
		for j, value := range row {
			if g.rows[i][j], err = readCell(f, sheet, address(i, j), value); err != nil {
				return nil, err
			}
		}
	}
	if g.merged, err = readMerged(f, sheet); err != nil {
		return nil, err
	}
	g.fill()
	props, err := f.GetWorkbookProps()
	g.era = err == nil && props.Date1904 != nil && *props.Date1904
	return g, nil
}

func readCell(f *excelize.File, sheet, at, value string) (cell, error) {
	kind, err := f.GetCellType(sheet, at)
	if err != nil {
		return cell{}, err
	}
	formula, err := f.GetCellFormula(sheet, at)
	if err != nil {
		return cell{}, err
	}
	// A cell without type holds a number; a formula's text result has a type of its own.
	number := value != "" && (kind == excelize.CellTypeUnset || kind == excelize.CellTypeNumber)
	return cell{text: value, number: number, broken: formula != "" && value == ""}, nil
}

func readMerged(f *excelize.File, sheet string) (spans []span, err error) {
	merged, err := f.GetMergeCells(sheet)
	if err != nil {
		return nil, err
	}
	for _, m := range merged {
		left, top, err := excelize.CellNameToCoordinates(m.GetStartAxis())
		if err != nil {
			return nil, err
		}
		right, bottom, err := excelize.CellNameToCoordinates(m.GetEndAxis())
		if err != nil {
			return nil, err
		}
		spans = append(spans, span{top - 1, left - 1, bottom - 1, right - 1})
	}
	return spans, nil
}

// writeBackXLSX writes a copy of the workbook with a column of remarks after the last one.
func writeBackXLSX(data []byte, sheet, path string, col int, remarks map[int]string) (err error) {
	defer guard(path, &err)
	f, err := excelize.OpenReader(bytes.NewReader(data), excelize.Options{UnzipSizeLimit: maxUnzip, UnzipXMLSizeLimit: maxUnzip})
	if err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	defer func() { _ = f.Close() }()
	style, err := f.NewStyle(&excelize.Style{Font: &excelize.Font{Color: "9C0006"}, Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"}})
	if err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	for row, remark := range remarks {
		at := address(row, col)
		if err := f.SetCellStr(sheet, at, remark); err != nil {
			return fmt.Errorf("writing %s: %w", path, err)
		}
		if err := f.SetCellStyle(sheet, at, at, style); err != nil {
			return fmt.Errorf("writing %s: %w", path, err)
		}
	}
	if name, err := excelize.ColumnNumberToName(col + 1); err == nil {
		if err := f.SetColWidth(sheet, name, name, 60); err != nil {
			return fmt.Errorf("writing %s: %w", path, err)
		}
	}
	out, err := os.Create(path)
	if err != nil {
		return err
	}
	if err := f.Write(out); err != nil {
		_ = out.Close()
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return out.Close()
}
