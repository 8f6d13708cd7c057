package draft

import (
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"pgregory.net/rapid"

	optionsv1 "github.com/ocopledger/ocop/proto/ocop/options/v1"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// drawAction draws any action that has a canonical form, by the bounds the schema declares.
func drawAction(t *rapid.T) *recordv1.Action {
	a := new(recordv1.Action)
	drawMessage(t, a.ProtoReflect())
	return a
}

func option[T any](f protoreflect.Descriptor, x protoreflect.ExtensionType) T {
	return proto.GetExtension(f.Options(), x).(T)
}

func drawMessage(t *rapid.T, m protoreflect.Message) {
	fields := m.Descriptor().Fields()
	chosen := make(map[protoreflect.Name]protoreflect.Name)
	for i := range m.Descriptor().Oneofs().Len() {
		o := m.Descriptor().Oneofs().Get(i)
		chosen[o.Name()] = o.Fields().Get(rapid.IntRange(0, o.Fields().Len()-1).Draw(t, string(o.Name()))).Name()
	}
	for i := range fields.Len() {
		f := fields.Get(i)
		o := f.ContainingOneof()
		if o != nil && chosen[o.Name()] != f.Name() {
			continue
		}
		if o == nil && !option[bool](f, optionsv1.E_Required) && rapid.Bool().Draw(t, "absent") {
			continue
		}
		if !f.IsList() {
			m.Set(f, drawValue(t, m, f))
			continue
		}
		list := m.NewField(f).List()
		for range rapid.IntRange(1, int(option[uint32](f, optionsv1.E_MaxItems))).Draw(t, "items") {
			element := list.NewElement()
			drawMessage(t, element.Message())
			list.Append(element)
		}
		m.Set(f, protoreflect.ValueOfList(list))
	}
}

func drawValue(t *rapid.T, m protoreflect.Message, f protoreflect.FieldDescriptor) protoreflect.Value {
	name := string(f.Name())
	switch f.Kind() {
	case protoreflect.MessageKind:
		v := m.NewField(f)
		drawMessage(t, v.Message())
		return v
	case protoreflect.BoolKind:
		return protoreflect.ValueOfBool(true)
	case protoreflect.EnumKind:
		return protoreflect.ValueOfEnum(f.Enum().Values().Get(rapid.IntRange(1, f.Enum().Values().Len()-1).Draw(t, name)).Number())
	case protoreflect.BytesKind:
		n := int(option[uint32](f, optionsv1.E_Len))
		return protoreflect.ValueOfBytes(rapid.SliceOfN(rapid.Byte(), n, n).Draw(t, name))
	case protoreflect.StringKind:
		return protoreflect.ValueOfString(drawText(t, f))
	}
	most := uint64(1<<64 - 1)
	if f.Kind() == protoreflect.Uint32Kind {
		most = 1<<32 - 1
	}
	if n := option[uint64](f, optionsv1.E_MaxValue); n > 0 {
		most = n
	}
	n := rapid.OneOf(rapid.Uint64Range(1, most), rapid.Uint64Range(1, min(most, 300)), rapid.Just(min(most, 20240229)), rapid.Just(min(most, 1_600_000_000_123))).Draw(t, name)
	if f.Kind() == protoreflect.Uint32Kind {
		return protoreflect.ValueOfUint32(uint32(n))
	}
	return protoreflect.ValueOfUint64(n)
}

// Words that YAML would rather take for something else, or that need quotes, among the plain ones.
var alphabet = map[optionsv1.Text][]string{
	optionsv1.Text_NAME:            {"Cà phê", "null", "~", "yes", "12:30:45", "#", "- a", "'", `"`, "a: b", "%", "@x", "{}", "Đắk R'lấp", "1_000", "0x1f", "!", "&a", "*a", "|", ">", "?"},
	optionsv1.Text_CODE:            {"A", "0", "1.5", "no", "-", "_", "/", ".", "1e3", "z"},
	optionsv1.Text_DECISION_NUMBER: {"1032", "/QĐ-UBND", "#", "'", "0", " Ư", "true"},
	optionsv1.Text_ADDRESS:         {"a", "0", "9.1", ":", "no", "-", "[", "]", "7401", "e3"},
	optionsv1.Text_CSET82:          {"L", "/", "%", "&", "*", "0", "?", ":", "!", `"`, "'", "-"},
}

func drawText(t *rapid.T, f protoreflect.FieldDescriptor) string {
	most := int(option[uint32](f, optionsv1.E_MaxBytes))
	least := 1
	if n := int(option[uint32](f, optionsv1.E_Len)); n > 0 {
		most, least = n, n
	}
	parts := rapid.SampledFrom(alphabet[option[optionsv1.Text](f, optionsv1.E_Text)])
	s := parts.Draw(t, string(f.Name()))
	for len(s) < least || rapid.IntRange(0, 2).Draw(t, "more") > 0 {
		more := s + parts.Draw(t, string(f.Name()))
		if len(more) > most && len(s) >= least {
			break
		}
		if len(more) > most {
			more = s + "7"
		}
		s = more
	}
	return s[:min(len(s), max(most, 1))]
}
