package main

import (
	"fmt"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/runtime/protoimpl"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/ocopledger/ocop/ledger/wire/testdata/wiretest"
	optionsv1 "github.com/ocopledger/ocop/proto/ocop/options/v1"
)

// file is the descriptor of the test messages, to be spoilt.
type file struct {
	t *testing.T
	*descriptorpb.FileDescriptorProto
}

func (f file) message(name string) *descriptorpb.DescriptorProto {
	for _, m := range f.MessageType {
		if m.GetName() == name {
			return m
		}
	}
	f.t.Fatalf("no message %s", name)
	return nil
}

func (f file) field(path string) *descriptorpb.FieldDescriptorProto {
	message, name, _ := strings.Cut(path, ".")
	for _, field := range f.message(message).Field {
		if field.GetName() == name {
			return field
		}
	}
	f.t.Fatalf("no field %s", path)
	return nil
}

func (f file) set(path string, x *protoimpl.ExtensionInfo, v any) {
	proto.SetExtension(f.field(path).Options, x, v)
}

func (f file) clear(path string, x *protoimpl.ExtensionInfo) {
	proto.ClearExtension(f.field(path).Options, x)
}

func (f file) retype(path string, typ descriptorpb.FieldDescriptorProto_Type) {
	f.field(path).Type = typ.Enum()
}

func (f file) color(i int) *descriptorpb.EnumValueDescriptorProto { return f.EnumType[0].Value[i] }

func compileSpoilt(t *testing.T, spoil func(file)) error {
	t.Helper()
	f := file{t, protodesc.ToFileDescriptorProto(wiretest.File_wiretest_wiretest_proto)}
	spoil(f)
	d, err := protodesc.NewFile(f.FileDescriptorProto, protoregistry.GlobalFiles)
	if err != nil {
		t.Fatalf("the protobuf compiler would not let this through: %v", err)
	}
	_, err = compile([]protoreflect.FileDescriptor{d})
	return err
}

func TestCompileRefuses(t *testing.T) {
	signed := []descriptorpb.FieldDescriptorProto_Type{
		descriptorpb.FieldDescriptorProto_TYPE_INT32, descriptorpb.FieldDescriptorProto_TYPE_INT64,
		descriptorpb.FieldDescriptorProto_TYPE_SINT32, descriptorpb.FieldDescriptorProto_TYPE_SINT64,
		descriptorpb.FieldDescriptorProto_TYPE_FIXED32, descriptorpb.FieldDescriptorProto_TYPE_FIXED64,
		descriptorpb.FieldDescriptorProto_TYPE_SFIXED32, descriptorpb.FieldDescriptorProto_TYPE_SFIXED64,
		descriptorpb.FieldDescriptorProto_TYPE_FLOAT, descriptorpb.FieldDescriptorProto_TYPE_DOUBLE,
	}
	for _, typ := range signed {
		err := compileSpoilt(t, func(f file) { f.retype("Scalars.u32", typ) })
		if err == nil || !strings.Contains(err.Error(), "wiretest.Scalars.u32: ") || !strings.Contains(err.Error(), "no floats") {
			t.Errorf("%s: got %v", typ, err)
		}
	}
	for _, c := range []struct {
		want  string
		spoil func(file)
	}{
		{"wiretest.Scalars.u32: no since", func(f file) { f.clear("Scalars.u32", optionsv1.E_Since) }},
		{"wiretest.Scalars.u32: no since", func(f file) { f.set("Scalars.u32", optionsv1.E_Since, uint32(0)) }},
		{"wiretest.COLOR_RED: no value_since", func(f file) { proto.ClearExtension(f.color(1).Options, optionsv1.E_ValueSince) }},
		{"wiretest.COLOR_UNSPECIFIED: value 0 means not given", func(f file) {
			f.color(0).Options = &descriptorpb.EnumValueOptions{}
			proto.SetExtension(f.color(0).Options, optionsv1.E_ValueSince, uint32(1))
		}},
		{"wiretest.COLOR_RED: negative enum value", func(f file) { f.color(1).Number = proto.Int32(-1) }},
		{"wiretest.Color: two names for one value", func(f file) {
			f.EnumType[0].Options = &descriptorpb.EnumOptions{AllowAlias: proto.Bool(true)}
			f.color(2).Number = proto.Int32(1)
		}},

		{"wiretest.Texts.name: a string without text class", func(f file) { f.clear("Texts.name", optionsv1.E_Text) }},
		{"wiretest.Texts.name: a string without text class", func(f file) { f.set("Texts.name", optionsv1.E_Text, optionsv1.Text_NONE) }},
		{"wiretest.Scalars.blob: text is for strings", func(f file) { f.set("Scalars.blob", optionsv1.E_Text, optionsv1.Text_NAME) }},
		{"wiretest.Texts.name: no max_bytes and no len", func(f file) { f.clear("Texts.name", optionsv1.E_MaxBytes) }},
		{"wiretest.Scalars.blob: no max_bytes and no len", func(f file) { f.clear("Scalars.blob", optionsv1.E_MaxBytes) }},
		{"wiretest.Lists.names: no max_bytes and no len", func(f file) { f.clear("Lists.names", optionsv1.E_MaxBytes) }},
		{"wiretest.Scalars.blob: bounds of 2 to 1 bytes", func(f file) { f.set("Scalars.blob", optionsv1.E_MaxBytes, uint32(1)) }},
		{"wiretest.Scalars.blob: bounds of 0 to 200 bytes", func(f file) { f.set("Scalars.blob", optionsv1.E_MinBytes, uint32(0)) }},
		{"wiretest.Scalars.hash: bounds of 0 to 0 bytes", func(f file) { f.set("Scalars.hash", optionsv1.E_Len, uint32(0)) }},
		{"wiretest.Scalars.hash: len excludes", func(f file) { f.set("Scalars.hash", optionsv1.E_MaxBytes, uint32(9)) }},
		{"wiretest.Scalars.u32: min_bytes, max_bytes and len are for", func(f file) { f.set("Scalars.u32", optionsv1.E_Len, uint32(4)) }},

		{"wiretest.Lists.numbers: no max_items", func(f file) { f.clear("Lists.numbers", optionsv1.E_MaxItems) }},
		{"wiretest.Lists.musts: no max_items", func(f file) { f.clear("Lists.musts", optionsv1.E_MaxItems) }},
		{"wiretest.Scalars.u32: max_items is for repeated", func(f file) { f.set("Scalars.u32", optionsv1.E_MaxItems, uint32(4)) }},
		{"wiretest.Lists.numbers: not packed", func(f file) { f.field("Lists.numbers").Options.Packed = proto.Bool(false) }},
		{"wiretest.Scalars.flag: max_value is for numbers", func(f file) { f.set("Scalars.flag", optionsv1.E_MaxValue, uint64(1)) }},
		{"wiretest.Scalars.small: max_value is not in 1", func(f file) { f.set("Scalars.small", optionsv1.E_MaxValue, uint64(1<<32)) }},
		{"wiretest.Scalars.small: max_value is not in 1", func(f file) { f.set("Scalars.small", optionsv1.E_MaxValue, uint64(0)) }},

		{"wiretest.Choice.number: required member of a oneof", func(f file) { f.set("Choice.number", optionsv1.E_Required, true) }},
		{"wiretest.Nothing: empty_allowed contradicts", func(f file) { f.set("Nothing.later", optionsv1.E_Required, true) }},
		{"wiretest.Nothing: has no fields", func(f file) {
			f.message("Nothing").Field = nil
			proto.ClearExtension(f.message("Nothing").Options, optionsv1.E_EmptyAllowed)
		}},
		{"wiretest.Scalars: more than 64 fields", func(f file) {
			m := f.message("Scalars")
			for i := range 64 {
				field := proto.CloneOf(m.Field[0])
				field.Name = proto.String(fmt.Sprintf("more%d", i))
				field.JsonName = nil
				field.Number = proto.Int32(int32(100 + i))
				m.Field = append(m.Field, field)
			}
		}},
		{"wiretest.Scalars.u32: optional makes 0 different", func(f file) {
			f.message("Scalars").OneofDecl = []*descriptorpb.OneofDescriptorProto{{Name: proto.String("_u32")}}
			f.field("Scalars.u32").Proto3Optional = proto.Bool(true)
			f.field("Scalars.u32").OneofIndex = proto.Int32(0)
		}},
		{"wiretest.Lists.entries: a map has no order", addMap},
		{"wiretest.Root.must: message of another package", func(f file) {
			f.Dependency = append(f.Dependency, "google/protobuf/descriptor.proto")
			f.field("Root.must").TypeName = proto.String(".google.protobuf.MethodOptions")
		}},
		{"wiretest.Scalars.color: enum of another package", func(f file) {
			f.Dependency = append(f.Dependency, structpb.File_google_protobuf_struct_proto.Path())
			f.field("Scalars.color").TypeName = proto.String(".google.protobuf.NullValue")
		}},
		{"wiretest/wiretest.proto: not proto3", func(f file) {
			f.Syntax = proto.String("proto2")
		}},
	} {
		err := compileSpoilt(t, c.spoil)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("want %q, got %v", c.want, err)
		}
	}
}

func addMap(f file) {
	options := &descriptorpb.FieldOptions{}
	proto.SetExtension(options, optionsv1.E_Since, uint32(1))
	optional, u32 := descriptorpb.FieldDescriptorProto_LABEL_OPTIONAL.Enum(), descriptorpb.FieldDescriptorProto_TYPE_UINT32.Enum()
	m := f.message("Lists")
	m.NestedType = append(m.NestedType, &descriptorpb.DescriptorProto{
		Name:    proto.String("EntriesEntry"),
		Options: &descriptorpb.MessageOptions{MapEntry: proto.Bool(true)},
		Field: []*descriptorpb.FieldDescriptorProto{
			{Name: proto.String("key"), Number: proto.Int32(1), Label: optional, Type: u32},
			{Name: proto.String("value"), Number: proto.Int32(2), Label: optional, Type: u32},
		},
	})
	m.Field = append(m.Field, &descriptorpb.FieldDescriptorProto{
		Name: proto.String("entries"), Number: proto.Int32(50), Options: options,
		Label: descriptorpb.FieldDescriptorProto_LABEL_REPEATED.Enum(), Type: descriptorpb.FieldDescriptorProto_TYPE_MESSAGE.Enum(),
		TypeName: proto.String(".wiretest.Lists.EntriesEntry"),
	})
}

func TestCompileAcceptsTheTestMessages(t *testing.T) {
	if err := compileSpoilt(t, func(file) {}); err != nil {
		t.Error(err)
	}
}
