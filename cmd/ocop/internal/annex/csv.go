package annex

import (
	"bytes"
	"encoding/binary"
	"encoding/csv"
	"errors"
	"io"
	"os"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/ocopledger/ocop/cmd/internal/lang"
)

const byteOrderMark = "\ufeff"

// decode gives a CSV file's text: UTF-8 with or without byte order mark, or UTF-16 with one, as Excel saves "Unicode text".
func decode(path string, data []byte) (string, error) {
	var order binary.ByteOrder
	switch {
	case bytes.HasPrefix(data, []byte{0xff, 0xfe}):
		order = binary.LittleEndian
	case bytes.HasPrefix(data, []byte{0xfe, 0xff}):
		order = binary.BigEndian
	}
	if order != nil && len(data)%2 == 0 {
		units := make([]uint16, 0, len(data)/2)
		for i := 2; i < len(data); i += 2 {
			units = append(units, order.Uint16(data[i:]))
		}
		return string(utf16.Decode(units)), nil
	}
	text := strings.TrimPrefix(string(data), byteOrderMark)
	if !utf8.ValidString(text) {
		return "", lang.Errorf(lang.Text{
			Vi: "%s không ở bảng mã UTF-8: trong Excel hãy lưu dạng \"CSV UTF-8\" hoặc xlsx",
			En: "%s is not UTF-8: in Excel save it as \"CSV UTF-8\" or as xlsx"}, path)
	}
	return text, nil
}

// openCSV reads the text with whichever separator gives the most headings: Excel writes the one of the machine's country.
func openCSV(path string, data []byte) (best *grid, separator rune, err error) {
	text, err := decode(path, data)
	if err != nil {
		return nil, 0, err
	}
	most := -1
	for _, sep := range []rune{';', ',', '\t'} {
		g, readErr := readCSV(text, sep)
		if readErr != nil {
			err = lang.Errorf(lang.Text{Vi: "%s không đọc được như CSV: %v", En: "%s cannot be read as CSV: %v"}, path, readErr)
			continue
		}
		if h := g.header(); h.found > most {
			best, separator, most = g, sep, h.found
		}
	}
	if best == nil {
		return nil, 0, err
	}
	return best, separator, nil
}

func readCSV(text string, separator rune) (*grid, error) {
	r := csv.NewReader(strings.NewReader(text))
	r.Comma, r.FieldsPerRecord = separator, -1
	g := new(grid)
	ended := 0 // line on which the last record ended
	for {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			return g, nil
		}
		if err != nil {
			return nil, err
		}
		// The reader leaves out empty lines, which are rows of the sheet.
		start, _ := r.FieldPos(0)
		for range start - ended - 1 {
			g.rows = append(g.rows, nil)
		}
		ended = start
		row := make([]cell, len(record))
		for i, value := range record {
			row[i] = cell{text: value}
			ended += strings.Count(value, "\n")
		}
		g.rows = append(g.rows, row)
		if len(g.rows) > maxRows {
			return nil, lang.Errorf(lang.Text{Vi: "quá %d dòng", En: "more than %d rows"}, maxRows)
		}
	}
}

func writeBackCSV(g *grid, separator rune, path string, col int, remarks map[int]string) error {
	var out bytes.Buffer
	out.WriteString(byteOrderMark)
	w := csv.NewWriter(&out)
	w.Comma, w.UseCRLF = separator, true
	for i, row := range g.rows {
		record := make([]string, col, col+1)
		for j, c := range row {
			record[j] = c.text
		}
		if err := w.Write(append(record, remarks[i])); err != nil {
			return err
		}
	}
	if w.Flush(); w.Error() != nil {
		return w.Error()
	}
	return os.WriteFile(path, out.Bytes(), 0o644)
}
