package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// maxFile bounds the file: a hundred times what a node needs.
const maxFile = 1 << 20

// Error is one thing that is wrong with a configuration.
type Error struct {
	File    string
	Line    int    // 0: the key is not in the file
	Key     string // such as raft.heartbeat; "" for the file as a whole
	Message string
}

func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.File)
	if e.Line > 0 {
		fmt.Fprintf(&b, ":%d", e.Line)
	}
	b.WriteString(": ")
	if e.Key != "" {
		fmt.Fprintf(&b, "%s: ", e.Key)
	}
	return b.String() + e.Message
}

// Load reads and validates the file of a node's directory. What is not in it has its default. The error joins everything that is wrong, each an
// *Error.
func Load(path string) (*Config, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("configuration: %w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("configuration %s: %w", path, err)
	}
	if len(data) > maxFile {
		return nil, &Error{File: path, Message: fmt.Sprintf("more than %d bytes", maxFile)}
	}
	return Parse(path, data)
}

// Parse is Load of bytes that are, or would be, in a file of that path.
func Parse(path string, data []byte) (*Config, error) {
	c := Default()
	c.file, c.dir, c.lines = path, filepath.Dir(path), map[string]int{}
	var document, another yaml.Node
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	switch err := decoder.Decode(&document); {
	case errors.Is(err, io.EOF):
		document = yaml.Node{Kind: yaml.DocumentNode, Content: []*yaml.Node{{Kind: yaml.MappingNode}}}
	case err != nil:
		return nil, &Error{File: path, Message: err.Error()}
	case !errors.Is(decoder.Decode(&another), io.EOF):
		return nil, &Error{File: path, Message: "more than one document"}
	}
	if err := c.walk(document.Content[0], reflect.TypeFor[Config](), ""); err != nil {
		return nil, err
	}
	if err := document.Decode(&c); err != nil {
		return nil, &Error{File: path, Message: err.Error()}
	}
	if err := c.Validate(); err != nil {
		return nil, err
	}
	return &c, nil
}

// walk notes the line of each key and refuses those that no field has.
func (c *Config) walk(node *yaml.Node, of reflect.Type, prefix string) error {
	if node.Kind != yaml.MappingNode {
		return &Error{File: c.file, Line: node.Line, Key: strings.TrimSuffix(prefix, "."), Message: "want keys and values"}
	}
	known := keysOf(of)
	var wrong []error
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, value := node.Content[i], node.Content[i+1]
		path := prefix + key.Value
		field, ok := known[key.Value]
		if !ok {
			wrong = append(wrong, &Error{File: c.file, Line: key.Line, Key: path, Message: "unknown key; known here are " + strings.Join(sorted(known), ", ")})
			continue
		}
		c.lines[path] = key.Line
		if field.Type.Kind() == reflect.Struct {
			wrong = append(wrong, c.walk(value, field.Type, path+"."))
		} else if value.Decode(reflect.New(field.Type).Interface()) != nil {
			wrong = append(wrong, &Error{File: c.file, Line: value.Line, Key: path, Message: fmt.Sprintf("%s: want %s", shownValue(value), wanted(field.Type))})
		}
	}
	return errors.Join(wrong...)
}

// shownValue is a value as the file has it.
func shownValue(v *yaml.Node) string {
	if v.Kind != yaml.ScalarNode {
		return "several values"
	}
	return fmt.Sprintf("%q", v.Value)
}

// wanted says what a setting of a type is.
func wanted(t reflect.Type) string {
	switch {
	case t == reflect.TypeFor[Duration]():
		return "a duration, such as 3s or 200ms"
	case t.Kind() == reflect.String:
		return "one text"
	}
	return "a whole number"
}

func keysOf(t reflect.Type) map[string]reflect.StructField {
	keys := make(map[string]reflect.StructField)
	for i := range t.NumField() {
		if f := t.Field(i); f.IsExported() {
			keys[f.Tag.Get("yaml")] = f
		}
	}
	return keys
}

func sorted(known map[string]reflect.StructField) []string {
	var names []string
	for name := range known {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
