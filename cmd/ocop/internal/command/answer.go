package command

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// answer is a message of the API as JSON in the style of all our JSON: numbers are numbers (none of ours exceeds 2^53), bytes hexadecimal, enum values
// lower-case words. Fields without value are written, too, except messages and members of a oneof, so that a list's items have one shape.
type answer struct {
	notice notice
	m      proto.Message
}

func (v answer) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	writeMessage(&b, v.m.ProtoReflect(), v.notice.Notice)
	return b.Bytes(), nil
}

func writeMessage(b *bytes.Buffer, m protoreflect.Message, notice string) {
	b.WriteByte('{')
	first := true
	key := func(name string) {
		if !first {
			b.WriteByte(',')
		}
		first = false
		writeText(b, name)
		b.WriteByte(':')
	}
	if notice != "" {
		key("notice")
		writeText(b, notice)
	}
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		f := fields.Get(i)
		if f.HasPresence() && !m.Has(f) {
			continue
		}
		key(string(f.Name()))
		if f.IsList() {
			writeList(b, f, m.Get(f).List())
		} else {
			writeValue(b, f, m.Get(f))
		}
	}
	b.WriteByte('}')
}

func writeList(b *bytes.Buffer, f protoreflect.FieldDescriptor, list protoreflect.List) {
	b.WriteByte('[')
	for i := range list.Len() {
		if i > 0 {
			b.WriteByte(',')
		}
		writeValue(b, f, list.Get(i))
	}
	b.WriteByte(']')
}

func writeValue(b *bytes.Buffer, f protoreflect.FieldDescriptor, v protoreflect.Value) {
	switch f.Kind() {
	case protoreflect.MessageKind:
		writeMessage(b, v.Message(), "")
	case protoreflect.BoolKind:
		b.WriteString(strconv.FormatBool(v.Bool()))
	case protoreflect.EnumKind:
		writeText(b, enumWord(f.Enum(), v.Enum()))
	case protoreflect.BytesKind:
		writeText(b, hex.EncodeToString(v.Bytes()))
	case protoreflect.StringKind:
		writeText(b, v.String())
	default:
		b.WriteString(v.String())
	}
}

func enumWord(e protoreflect.EnumDescriptor, n protoreflect.EnumNumber) string {
	v := e.Values().ByNumber(n)
	if v == nil || n == 0 {
		return strconv.Itoa(int(n))
	}
	return strings.ToLower(strings.TrimPrefix(string(v.Name()), strings.TrimSuffix(string(e.Values().ByNumber(0).Name()), "UNSPECIFIED")))
}

func writeText(b *bytes.Buffer, s string) {
	var quoted bytes.Buffer
	e := json.NewEncoder(&quoted)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a string always encodes
	b.Write(bytes.TrimSpace(quoted.Bytes()))
}
