package draft

import (
	"encoding/hex"
	"slices"
	"strconv"
	"time"

	"go.yaml.in/yaml/v3"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/ledger"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// MaxFile bounds a draft file: 255 full records as text, with comments.
const MaxFile = 64 << 20

// Parse reads a file. Everything that is wrong with it is reported at once, as [Problems]; the draft comes with them as far as it could be read, so
// that the problems can be told as those of a ledger of sample data.
func Parse(data []byte) (*Draft, error) {
	if len(data) > MaxFile {
		return nil, lang.Errorf(lang.Text{Vi: "bản nháp lớn hơn %d MiB", En: "the draft is larger than %d MiB"}, MaxFile>>20)
	}
	var document yaml.Node
	if err := yaml.Unmarshal(data, &document); err != nil {
		return nil, lang.Errorf(lang.Text{Vi: "không phải bản nháp: %v", En: "not a draft: %v"}, err)
	}
	if document.Kind != yaml.DocumentNode || len(document.Content) != 1 {
		return nil, lang.Errorf(lang.Text{Vi: "không phải bản nháp: tệp trống", En: "not a draft: the file is empty"})
	}
	p := new(parser)
	d := p.draft(document.Content[0])
	if len(p.problems) > 0 {
		slices.SortStableFunc(p.problems, func(a, b Problem) int { return a.Line - b.Line })
		return d, p.problems
	}
	return d, nil
}

type parser struct{ problems Problems }

func (p *parser) fail(n *yaml.Node, t lang.Text, args ...any) {
	p.problems = append(p.problems, Problem{n.Line, lang.Errorf(t, args...)})
}

// entry is a key of a mapping with its value.
type entry struct{ key, value *yaml.Node }

// entries lists a mapping, refusing keys that come twice.
func (p *parser) entries(n *yaml.Node) []entry {
	if n.Kind != yaml.MappingNode {
		p.fail(n, lang.Text{Vi: "cần các dòng dạng tên: giá trị", En: "want lines of the form name: value"})
		return nil
	}
	seen := make(map[string]bool)
	var list []entry
	for i := 0; i+1 < len(n.Content); i += 2 {
		e := entry{n.Content[i], n.Content[i+1]}
		if seen[e.key.Value] {
			p.fail(e.key, lang.Text{Vi: "%q được ghi hai lần", En: "%q is given twice"}, e.key.Value)
			continue
		}
		seen[e.key.Value] = true
		list = append(list, e)
	}
	return list
}

func (p *parser) items(n *yaml.Node) []*yaml.Node {
	if n.Kind != yaml.SequenceNode {
		p.fail(n, lang.Text{Vi: "cần danh sách, mỗi mục bắt đầu bằng dấu -", En: "want a list, each item beginning with -"})
		return nil
	}
	return n.Content
}

// scalar is the text of a value as it is written, whatever YAML would take it for.
func (p *parser) scalar(n *yaml.Node) (string, bool) {
	if n.Kind != yaml.ScalarNode {
		p.fail(n, lang.Text{Vi: "cần một giá trị", En: "want one value"})
		return "", false
	}
	return n.Value, true
}

func (p *parser) draft(n *yaml.Node) *Draft {
	d := new(Draft)
	readers := map[string]func(n *yaml.Node, s string) error{
		versionKey: func(_ *yaml.Node, s string) error {
			if s != version {
				return lang.Errorf(lang.Text{Vi: "phiên bản %q: chương trình này đọc phiên bản %s", En: "version %q: this program reads version %s"}, s, version)
			}
			return nil
		},
		"chain": func(_ *yaml.Node, s string) (err error) { d.Chain, err = ParseChain(s); return err },
		"author": func(_ *yaml.Node, s string) (err error) {
			if d.Author, err = ledger.ParseAccountID(s); err != nil {
				return lang.Errorf(lang.Text{Vi: "%q không phải số tài khoản", En: "%q is not an account number"}, s)
			}
			return nil
		},
		"schema": func(_ *yaml.Node, s string) error {
			v, err := strconv.ParseUint(s, 10, 16)
			if d.Schema = uint16(v); err != nil || v == 0 {
				return lang.Errorf(lang.Text{Vi: "%q không phải phiên bản giao thức", En: "%q is not a protocol version"}, s)
			}
			return nil
		},
		"expires-days": func(_ *yaml.Node, s string) error {
			days, err := strconv.ParseUint(s, 10, 8)
			if d.Good = time.Duration(days) * 24 * time.Hour; err != nil || days == 0 || d.Good > MaxGood {
				return lang.Errorf(lang.Text{Vi: "%q: từ 1 đến 30 ngày", En: "%q: from 1 to 30 days"}, s)
			}
			return nil
		},
		"chain-name": func(_ *yaml.Node, s string) error {
			if d.ChainName = s; !isCode(s) {
				return lang.Errorf(lang.Text{Vi: "%q không phải tên sổ cái", En: "%q is not the name of a ledger"}, s)
			}
			return nil
		},
		"sample": func(_ *yaml.Node, s string) error {
			if d.Sample = s == "true"; !d.Sample && s != "false" {
				return lang.Errorf(lang.Text{Vi: "%q: chỉ có true hoặc false", En: "%q is neither true nor false"}, s)
			}
			return nil
		},
		"names":   nil,
		"records": nil,
	}
	missing := map[string]bool{versionKey: true, "chain": true, "author": true, "schema": true, "expires-days": true, "records": true}
	for _, e := range p.entries(n) {
		read, known := readers[e.key.Value]
		delete(missing, e.key.Value)
		switch {
		case !known:
			p.fail(e.key, lang.Text{Vi: "không có mục %q", En: "there is no key %q"}, e.key.Value)
		case e.key.Value == "names":
			d.Names = p.names(e.value)
		case read == nil:
			d.Records = p.records(e.value)
		default:
			if s, ok := p.scalar(e.value); ok {
				if err := read(e.value, s); err != nil {
					p.fail(e.value, lang.Text{Vi: "%s: %v", En: "%s: %v"}, e.key.Value, err)
				}
			}
		}
	}
	for _, key := range []string{versionKey, "chain", "author", "schema", "expires-days", "records"} {
		if missing[key] {
			p.fail(n, lang.Text{Vi: "thiếu mục %q", En: "the key %q is missing"}, key)
		}
	}
	return d
}

// ParseChain reads a chain id, 64 hexadecimal digits.
func ParseChain(s string) (id ledger.ChainID, err error) {
	if b, err := hex.DecodeString(s); err == nil && len(b) == len(id) {
		copy(id[:], b)
		return id, nil
	}
	return id, lang.Errorf(lang.Text{Vi: "%q không phải mã sổ cái (64 chữ số thập lục phân)", En: "%q is not a chain id (64 hexadecimal digits)"}, s)
}

func (p *parser) records(n *yaml.Node) (records [][]*recordv1.Action) {
	for _, item := range p.items(n) {
		var actions []*recordv1.Action
		for _, e := range p.entries(item) {
			if e.key.Value != "actions" {
				p.fail(e.key, lang.Text{Vi: "không có mục %q", En: "there is no key %q"}, e.key.Value)
				continue
			}
			for _, node := range p.items(e.value) {
				a := new(recordv1.Action)
				p.message(node, a.ProtoReflect())
				actions = append(actions, a)
			}
		}
		if len(actions) == 0 {
			p.fail(item, lang.Text{Vi: "bản ghi không có hành động nào", En: "a record without actions"})
		}
		records = append(records, actions)
	}
	if len(records) == 0 {
		p.fail(n, lang.Text{Vi: "không có bản ghi nào", En: "there are no records"})
	}
	return records
}

// message fills m.
func (p *parser) message(n *yaml.Node, m protoreflect.Message) {
	d := m.Descriptor()
	if form, ok := textForms[d.FullName()]; ok {
		p.textForm(n, m, form)
		return
	}
	for _, e := range p.entries(n) {
		f := d.Fields().ByTextName(e.key.Value)
		if f == nil {
			p.fail(e.key, lang.Text{Vi: "%s không có mục %q", En: "%s has no key %q"}, string(d.Name()), e.key.Value)
			continue
		}
		if o := f.ContainingOneof(); o != nil && m.WhichOneof(o) != nil {
			p.fail(e.key, lang.Text{Vi: "chỉ một trong %q và %q", En: "only one of %q and %q"}, string(m.WhichOneof(o).Name()), e.key.Value)
			continue
		}
		switch {
		case f.IsList():
			list := m.NewField(f).List()
			for _, item := range p.items(e.value) {
				element := list.NewElement()
				p.message(item, element.Message())
				list.Append(element)
			}
			m.Set(f, protoreflect.ValueOfList(list))
		case f.Message() != nil:
			value := m.NewField(f)
			p.message(e.value, value.Message())
			m.Set(f, value)
		default:
			p.field(e.value, m, f)
		}
	}
}

func (p *parser) field(n *yaml.Node, m protoreflect.Message, f protoreflect.FieldDescriptor) {
	s, ok := p.scalar(n)
	if !ok {
		return
	}
	v, err := parseScalar(f, s)
	if err != nil {
		p.fail(n, lang.Text{Vi: "%s: %v", En: "%s: %v"}, string(f.Name()), err)
		return
	}
	m.Set(f, v)
}

func (p *parser) textForm(n *yaml.Node, m protoreflect.Message, form textForm) {
	s, ok := p.scalar(n)
	if !ok {
		return
	}
	v, err := form.parse(Clean(s))
	if err != nil {
		p.problems = append(p.problems, Problem{n.Line, err})
		return
	}
	v.ProtoReflect().Range(func(f protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		m.Set(f, value)
		return true
	})
}
