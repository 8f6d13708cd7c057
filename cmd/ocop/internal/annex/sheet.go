package annex

import (
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/ocopledger/ocop/cmd/internal/lang"
)

// Sheet is a sheet of a workbook, or a CSV file.
type Sheet struct {
	grid      *grid
	data      []byte // of a workbook
	name      string // of the sheet in it; empty: a CSV file
	separator rune   // of a CSV file
}

// Open reads an .xlsx or .csv file. name chooses a sheet of a workbook; empty: the one that is open when the workbook is opened.
func Open(path, name string) (*Sheet, error) {
	data, err := readBounded(path)
	if err != nil {
		return nil, err
	}
	s := &Sheet{data: data}
	switch ext := strings.ToLower(filepath.Ext(path)); ext {
	case ".xlsx", ".xlsm":
		s.grid, s.name, err = openXLSX(path, data, name)
	case ".csv", ".txt", ".tsv":
		s.grid, s.separator, err = openCSV(path, data)
	case ".xls", ".ods":
		err = lang.Errorf(lang.Text{Vi: "%s: hãy lưu lại dạng xlsx (Excel 2007 trở lên)", En: "%s: please save it as xlsx (Excel 2007 and later)"}, path)
	default:
		err = lang.Errorf(lang.Text{Vi: "%s: cần tệp .xlsx hoặc .csv", En: "%s: want an .xlsx or .csv file"}, path)
	}
	if err != nil {
		return nil, err
	}
	return s, nil
}

func readBounded(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxFile {
		return nil, lang.Errorf(lang.Text{Vi: "%s lớn hơn %d MiB", En: "%s is larger than %d MiB"}, path, maxFile>>20)
	}
	return data, nil
}

// WriteBack writes a copy of the sheet in which a further column says, in a language, what is wrong with each row. Other sheets, formulas and
// styles stay as they are.
func (s *Sheet) WriteBack(path string, l lang.Language, problems []Problem) error {
	remarks := map[int]string{max(s.grid.header().row, 0): lang.Text{Vi: "Lỗi cần sửa", En: "To be corrected"}.In(l)}
	for _, p := range problems {
		line := lang.Say(l, p.Err)
		if p.Cell != "" {
			line = p.Cell + ": " + line
		}
		if before := remarks[p.Line-1]; before != "" {
			line = before + "\n" + line
		}
		remarks[p.Line-1] = line
	}
	width := 0
	for _, row := range s.grid.rows {
		width = max(width, len(row))
	}
	if s.name == "" {
		return writeBackCSV(s.grid, s.separator, path, width, remarks)
	}
	return writeBackXLSX(s.data, s.name, path, width, remarks)
}
