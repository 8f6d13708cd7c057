package ceremony

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// MaxTerritories bounds a territory file, in bytes: Vietnam's communes, before and after their mergers, take half of it.
const MaxTerritories = 4 << 20

var columns = []string{"code", "level", "parent", "name", "from", "until"}

// row is a line of a territory file, as it is written.
type row struct {
	line  int
	value map[string]string
}

// Problem is what is wrong with a line of a file; line 0: with all of it.
type Problem struct {
	Line int
	Err  error
}

// Problems is all that is wrong with a file.
type Problems struct {
	File string
	List []Problem
}

func (p *Problems) Error() string { return p.In(lang.English) }

// In lists the problems in a language.
func (p *Problems) In(l lang.Language) string {
	lines := make([]string, len(p.List))
	for i, one := range p.List {
		lines[i] = p.File + ": " + lang.Say(l, one.Err)
		if one.Line > 0 {
			lines[i] = fmt.Sprintf("%s:%d: %s", p.File, one.Line, lang.Say(l, one.Err))
		}
	}
	return strings.Join(lines, "\n")
}

func (p *Problems) add(line int, err error) { p.List = append(p.List, Problem{line, err}) }

// ParseTerritories reads a territory file, CSV if its name ends in .csv and YAML otherwise. The error is *Problems with all that is wrong. Whether the
// territories make a tree is for genesis to check.
func ParseTerritories(name string, data []byte) ([]*recordv1.Territory, error) {
	wrong := &Problems{File: name}
	var rows []row
	if strings.EqualFold(filepath.Ext(name), ".csv") {
		rows = csvRows(data, wrong)
	} else {
		rows = yamlRows(data, wrong)
	}
	list := make([]*recordv1.Territory, 0, len(rows))
	first := make(map[uint32]int, len(rows)) // line a code stands in
	for _, r := range rows {
		t := r.territory(wrong)
		if line, twice := first[t.Code]; twice && t.Code != 0 {
			wrong.add(r.line, lang.Errorf(lang.Text{Vi: "mã %d đã có ở dòng %d", En: "code %d stands in line %d already"}, t.Code, line))
		}
		first[t.Code] = r.line
		list = append(list, t)
	}
	if len(rows) == 0 && len(wrong.List) == 0 {
		wrong.add(0, lang.Errorf(lang.Text{Vi: "không có địa bàn nào", En: "no territories"}))
	}
	if len(wrong.List) > 0 {
		return nil, wrong
	}
	return list, nil
}

func (r *row) territory(wrong *Problems) *recordv1.Territory {
	t := &recordv1.Territory{Name: Clean(r.value["name"])}
	var err error
	note := func(column string, err error) {
		if err != nil {
			wrong.add(r.line, lang.Errorf(lang.Text{Vi: "%s: %v", En: "%s: %v"}, column, err))
		}
	}
	t.Code, err = ParseTerritoryCode(r.value["code"])
	note("code", err)
	t.Level, err = parseLevel(r.value["level"])
	note("level", err)
	if t.Name == "" {
		note("name", lang.Errorf(lang.Text{Vi: "thiếu tên", En: "no name"}))
	}
	for _, optional := range []struct {
		column string
		to     *uint32
		parse  func(string) (uint32, error)
	}{{"parent", &t.Parent, ParseTerritoryCode}, {"from", &t.From, parseDate}, {"until", &t.Until, parseDate}} {
		if text := strings.TrimSpace(r.value[optional.column]); text != "" {
			*optional.to, err = optional.parse(text)
			note(optional.column, err)
		}
	}
	return t
}

// csvRows reads CSV as spreadsheets write it: with commas or semicolons, with or without a byte order mark.
func csvRows(data []byte, wrong *Problems) (rows []row) {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	head, _, _ := bytes.Cut(data, []byte{'\n'})
	r := csv.NewReader(bytes.NewReader(data))
	r.FieldsPerRecord = -1
	if bytes.Count(head, []byte{';'}) > bytes.Count(head, []byte{','}) {
		r.Comma = ';'
	}
	var names []string
	for {
		fields, err := r.Read()
		switch bad, ok := errors.AsType[*csv.ParseError](err); {
		case errors.Is(err, io.EOF):
			return rows
		case ok:
			wrong.add(bad.Line, bad.Err)
			return nil
		case err != nil:
			wrong.add(0, err)
			return nil
		}
		line, _ := r.FieldPos(0)
		if names == nil {
			if names = headOf(fields, line, wrong); names == nil {
				return nil
			}
			continue
		}
		one := row{line, make(map[string]string, len(names))}
		for i, field := range fields {
			if i < len(names) {
				one.value[names[i]] = field
			} else if strings.TrimSpace(field) != "" {
				wrong.add(line, lang.Errorf(lang.Text{Vi: "thừa ô %q", En: "superfluous cell %q"}, field))
			}
		}
		if strings.TrimSpace(strings.Join(fields, "")) != "" {
			rows = append(rows, one)
		}
	}
}

func headOf(fields []string, line int, wrong *Problems) []string {
	names := make([]string, len(fields))
	for i, field := range fields {
		names[i] = strings.ToLower(strings.TrimSpace(field))
		if !slices.Contains(columns, names[i]) || slices.Contains(names[:i], names[i]) {
			wrong.add(line, lang.Errorf(lang.Text{Vi: "cột %q lạ hoặc lặp lại; các cột: %s", En: "column %q is unknown or stands twice; there are: %s"}, field, strings.Join(columns, ", ")))
			return nil
		}
	}
	for _, needed := range []string{"code", "level", "name"} {
		if !slices.Contains(names, needed) {
			wrong.add(line, lang.Errorf(lang.Text{Vi: "thiếu cột %s", En: "column %s is missing"}, needed))
			return nil
		}
	}
	return names
}

func yamlRows(data []byte, wrong *Problems) (rows []row) {
	var document yaml.Node
	if err := yaml.Unmarshal(data, &document); err != nil {
		wrong.add(0, err)
		return nil
	}
	if len(document.Content) == 0 {
		return nil
	}
	list := document.Content[0]
	if list.Kind != yaml.SequenceNode {
		wrong.add(list.Line, lang.Errorf(lang.Text{Vi: "cần một danh sách", En: "want a list"}))
		return nil
	}
	for _, item := range list.Content {
		rows = append(rows, row{item.Line, yamlRow(item, wrong)})
	}
	return rows
}

func yamlRow(item *yaml.Node, wrong *Problems) map[string]string {
	value := make(map[string]string, len(columns))
	if item.Kind != yaml.MappingNode {
		wrong.add(item.Line, lang.Errorf(lang.Text{Vi: "cần các mục %s", En: "want the keys %s"}, strings.Join(columns, ", ")))
		return value
	}
	for i := 0; i+1 < len(item.Content); i += 2 {
		k, v := item.Content[i], item.Content[i+1]
		_, twice := value[k.Value]
		switch {
		case twice || !slices.Contains(columns, k.Value):
			wrong.add(k.Line, lang.Errorf(lang.Text{Vi: "mục %q lạ hoặc lặp lại; các mục: %s", En: "key %q is unknown or stands twice; there are: %s"}, k.Value, strings.Join(columns, ", ")))
		case v.Kind != yaml.ScalarNode:
			wrong.add(v.Line, lang.Errorf(lang.Text{Vi: "%s: cần một giá trị", En: "%s: want one value"}, k.Value))
		case v.Tag == "!!null":
			value[k.Value] = ""
		default:
			value[k.Value] = v.Value
		}
	}
	return value
}
