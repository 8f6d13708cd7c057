package draft

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"time"

	"go.yaml.in/yaml/v3"
	"google.golang.org/protobuf/reflect/protoreflect"

	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// version of the file format, under its leading key.
const (
	versionKey = "ocop-draft"
	version    = "1"
)

// Words are the comments of a file: what stands at its head and above the names, and what each action says.
type Words struct {
	Head   string
	Names  string
	Action func(record, number int, a *recordv1.Action) string
}

// Format writes the file.
func (d *Draft) Format(w Words) ([]byte, error) {
	root := mapping()
	add := func(key string, value *yaml.Node) { root.Content = append(root.Content, scalar(key), value) }
	add(versionKey, scalar(version))
	root.Content[0].HeadComment = w.Head
	add("chain", scalar(d.Chain.String()))
	if d.ChainName != "" {
		add("chain-name", scalar(d.ChainName))
	}
	if d.Sample {
		add("sample", scalar("true"))
	}
	add("author", scalar(d.Author.String()))
	add("schema", scalar(strconv.Itoa(int(d.Schema))))
	add("expires-days", scalar(strconv.Itoa(int(d.Good/(24*time.Hour)))))
	if key, value := d.Names.format(w.Names); key != nil {
		root.Content = append(root.Content, key, value)
	}
	records := &yaml.Node{Kind: yaml.SequenceNode}
	for i, actions := range d.Records {
		list := &yaml.Node{Kind: yaml.SequenceNode}
		for j, a := range actions {
			node := message(a.ProtoReflect())
			if w.Action != nil {
				node.HeadComment = w.Action(i, j, a)
			}
			list.Content = append(list.Content, node)
		}
		record := mapping()
		record.Content = append(record.Content, scalar("actions"), list)
		records.Content = append(records.Content, record)
	}
	add("records", records)
	var out bytes.Buffer
	e := yaml.NewEncoder(&out)
	e.SetIndent(2)
	if err := e.Encode(root); err != nil {
		return nil, fmt.Errorf("writing a draft: %w", err)
	}
	return out.Bytes(), nil
}

func mapping() *yaml.Node { return &yaml.Node{Kind: yaml.MappingNode} }

func scalar(s string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Value: s}
}

// quoted is a scalar that YAML would take for something else unless it is quoted.
func quoted(s string) *yaml.Node {
	n := new(yaml.Node)
	n.SetString(s)
	return n
}

// message writes the fields that are present, in the order of their numbers.
func message(m protoreflect.Message) *yaml.Node {
	if form, ok := textForms[m.Descriptor().FullName()]; ok {
		return quoted(form.format(m.Interface()))
	}
	var fields []protoreflect.FieldDescriptor
	m.Range(func(f protoreflect.FieldDescriptor, _ protoreflect.Value) bool {
		fields = append(fields, f)
		return true
	})
	slices.SortFunc(fields, func(a, b protoreflect.FieldDescriptor) int { return cmp.Compare(a.Number(), b.Number()) })
	node := mapping()
	for _, f := range fields {
		node.Content = append(node.Content, scalar(string(f.Name())), field(f, m.Get(f)))
	}
	return node
}

func field(f protoreflect.FieldDescriptor, v protoreflect.Value) *yaml.Node {
	if !f.IsList() {
		return single(f, v)
	}
	list := &yaml.Node{Kind: yaml.SequenceNode}
	for i := range v.List().Len() {
		list.Content = append(list.Content, single(f, v.List().Get(i)))
	}
	return list
}

func single(f protoreflect.FieldDescriptor, v protoreflect.Value) *yaml.Node {
	switch f.Kind() {
	case protoreflect.MessageKind:
		return message(v.Message())
	case protoreflect.StringKind:
		return quoted(v.String())
	}
	return scalar(formatScalar(f, v))
}
