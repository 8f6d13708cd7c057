package wire

import (
	"bytes"
	"math"
	"slices"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/dynamicpb"

	_ "github.com/ocopledger/ocop/ledger/wire/testdata/wiretest"
	"github.com/ocopledger/ocop/ledger/wire/text"
	optionsv1 "github.com/ocopledger/ocop/proto/ocop/options/v1"
	_ "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// The model says what Check should accept, the long way round: read with the protobuf runtime, look at every value by
// reflection, write again, compare. It reads the options themselves, not the table.
type model struct{ protocol uint32 }

func (m model) accepts(desc protoreflect.MessageDescriptor, data []byte) bool {
	msg := dynamicpb.NewMessage(desc)
	return proto.Unmarshal(data, msg) == nil && m.message(msg, 1) && bytes.Equal(canonical(msg), data)
}

func (m model) message(msg protoreflect.Message, depth int) bool {
	desc := msg.Descriptor()
	ok := len(msg.GetUnknown()) == 0 && depth <= MaxDepth
	empty := true
	msg.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		empty = false
		ok = ok && m.field(f, v, depth)
		return ok
	})
	if empty && !proto.GetExtension(desc.Options(), optionsv1.E_EmptyAllowed).(bool) {
		return false
	}
	for i := range desc.Fields().Len() {
		f := desc.Fields().Get(i)
		if option[bool](f, optionsv1.E_Required) && option[uint32](f, optionsv1.E_Since) <= m.protocol && !msg.Has(f) {
			return false
		}
	}
	for i := range desc.Oneofs().Len() {
		o := desc.Oneofs().Get(i)
		exists := false
		for j := range o.Fields().Len() {
			exists = exists || option[uint32](o.Fields().Get(j), optionsv1.E_Since) <= m.protocol
		}
		if proto.GetExtension(o.Options(), optionsv1.E_OneofRequired).(bool) && exists && msg.WhichOneof(o) == nil {
			return false
		}
	}
	return ok
}

func (m model) field(f protoreflect.FieldDescriptor, v protoreflect.Value, depth int) bool {
	if option[uint32](f, optionsv1.E_Since) > m.protocol {
		return false
	}
	if !f.IsList() {
		return m.value(f, v, depth)
	}
	list := v.List()
	if list.Len() > int(option[uint32](f, optionsv1.E_MaxItems)) {
		return false
	}
	for i := range list.Len() {
		if !m.value(f, list.Get(i), depth) {
			return false
		}
	}
	return true
}

func (m model) value(f protoreflect.FieldDescriptor, v protoreflect.Value, depth int) bool {
	switch f.Kind() {
	case protoreflect.BoolKind:
		return v.Bool() || f.IsList()
	case protoreflect.EnumKind:
		value := f.Enum().Values().ByNumber(v.Enum())
		return value != nil && v.Enum() != 0 && proto.GetExtension(value.Options(), optionsv1.E_ValueSince).(uint32) <= m.protocol
	case protoreflect.Uint32Kind, protoreflect.Uint64Kind:
		most := option[uint64](f, optionsv1.E_MaxValue)
		return most == 0 || v.Uint() <= most
	case protoreflect.MessageKind:
		return m.message(v.Message(), depth+1)
	case protoreflect.StringKind:
		problem, _ := text.Check(text.Class(option[optionsv1.Text](f, optionsv1.E_Text)), []byte(v.String()))
		return problem == text.OK && withinBounds(f, len(v.String()))
	}
	return withinBounds(f, len(v.Bytes()))
}

func withinBounds(f protoreflect.FieldDescriptor, n int) bool {
	least, most := lengths(f)
	return n >= least && n <= most
}

func lengths(f protoreflect.FieldDescriptor) (least, most int) {
	if exact := int(option[uint32](f, optionsv1.E_Len)); exact != 0 {
		return exact, exact
	}
	return max(1, int(option[uint32](f, optionsv1.E_MinBytes))), int(option[uint32](f, optionsv1.E_MaxBytes))
}

func option[T any](f protoreflect.FieldDescriptor, x protoreflect.ExtensionType) T {
	return proto.GetExtension(f.Options(), x).(T)
}

// canonical writes a message in ascending order of fields, repeated numbers packed.
func canonical(msg protoreflect.Message) []byte {
	var fields []protoreflect.FieldDescriptor
	msg.Range(func(f protoreflect.FieldDescriptor, _ protoreflect.Value) bool {
		fields = append(fields, f)
		return true
	})
	slices.SortFunc(fields, func(a, b protoreflect.FieldDescriptor) int { return int(a.Number() - b.Number()) })
	out := []byte{}
	for _, f := range fields {
		v := msg.Get(f)
		switch {
		case f.IsPacked():
			var packed []byte
			for i := range v.List().Len() {
				packed = protowire.AppendVarint(packed, number(f, v.List().Get(i)))
			}
			out = protowire.AppendBytes(protowire.AppendTag(out, f.Number(), protowire.BytesType), packed)
		case f.IsList():
			for i := range v.List().Len() {
				out = appendField(out, f, v.List().Get(i))
			}
		default:
			out = appendField(out, f, v)
		}
	}
	return out
}

func appendField(out []byte, f protoreflect.FieldDescriptor, v protoreflect.Value) []byte {
	var b []byte
	switch f.Kind() {
	case protoreflect.MessageKind:
		b = canonical(v.Message())
	case protoreflect.StringKind:
		b = []byte(v.String())
	case protoreflect.BytesKind:
		b = v.Bytes()
	default:
		out = protowire.AppendTag(out, f.Number(), protowire.VarintType)
		return protowire.AppendVarint(out, number(f, v))
	}
	return protowire.AppendBytes(protowire.AppendTag(out, f.Number(), protowire.BytesType), b)
}

func number(f protoreflect.FieldDescriptor, v protoreflect.Value) uint64 {
	switch f.Kind() {
	case protoreflect.BoolKind:
		return protowire.EncodeBool(v.Bool())
	case protoreflect.EnumKind:
		return uint64(v.Enum())
	}
	return v.Uint()
}

// descriptor finds what the runtime knows of a message of a schema.
func descriptor(t testing.TB, s *Schema, id MessageID) protoreflect.MessageDescriptor {
	t.Helper()
	d, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(s.Name(id)))
	if err != nil {
		t.Fatal(err)
	}
	return d.(protoreflect.MessageDescriptor)
}

const maxUint32 = math.MaxUint32
