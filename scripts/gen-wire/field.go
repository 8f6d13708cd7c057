package main

import (
	"math"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/runtime/protoimpl"

	optionsv1 "github.com/ocopledger/ocop/proto/ocop/options/v1"
)

type field struct {
	name     string
	number   protoreflect.FieldNumber
	since    uint32
	kind     string // as package wire calls it
	repeated bool
	required bool
	oneof    int // 1 + index; 0: none
	class    string
	ref      int

	minBytes, maxBytes uint32
	maxItems           uint32
	maxValue           uint64
}

func (c *compiler) field(d protoreflect.FieldDescriptor) field {
	o := options{d}
	f := field{
		name:     string(d.Name()),
		number:   d.Number(),
		since:    o.uint32(optionsv1.E_Since),
		repeated: d.IsList(),
		required: proto.GetExtension(d.Options(), optionsv1.E_Required).(bool),
	}
	if f.since == 0 {
		c.refuse(d, "no since")
	}
	switch {
	case d.IsMap():
		c.refuse(d, "a map has no order")
		return f
	case d.HasOptionalKeyword():
		c.refuse(d, "optional makes 0 different from absent: use a oneof")
	case d.ContainingOneof() != nil:
		f.oneof = d.ContainingOneof().Index() + 1
		if f.required {
			c.refuse(d, "required member of a oneof: use oneof_required")
		}
	}
	c.kind(&f, d)
	c.bytes(&f, o)
	c.items(&f, o)
	c.value(&f, o)
	c.text(&f, o)
	return f
}

func (c *compiler) kind(f *field, d protoreflect.FieldDescriptor) {
	var known bool
	switch d.Kind() {
	case protoreflect.Uint32Kind, protoreflect.Uint64Kind:
		f.kind = "kindNumber"
	case protoreflect.BoolKind:
		f.kind = "kindBool"
	case protoreflect.StringKind:
		f.kind = "kindString"
	case protoreflect.BytesKind:
		f.kind = "kindBytes"
	case protoreflect.EnumKind:
		f.kind = "kindEnum"
		if f.ref, known = c.enums[d.Enum().FullName()]; !known {
			c.refuse(d, "enum of another package")
		}
	case protoreflect.MessageKind:
		f.kind = "kindMessage"
		if f.ref, known = c.messages[d.Message().FullName()]; !known {
			c.refuse(d, "message of another package")
		}
	default:
		c.refuse(d, "%s: no floats, groups, signed or fixed-width numbers", d.Kind())
	}
	if f.scalar() && f.repeated && !d.IsPacked() {
		c.refuse(d, "not packed")
	}
}

func (f *field) scalar() bool {
	return f.kind == "kindNumber" || f.kind == "kindBool" || f.kind == "kindEnum"
}

func (c *compiler) bytes(f *field, o options) {
	least, most, exact := o.has(optionsv1.E_MinBytes), o.has(optionsv1.E_MaxBytes), o.has(optionsv1.E_Len)
	if f.kind != "kindString" && f.kind != "kindBytes" {
		if least || most || exact {
			c.refuse(o.d, "min_bytes, max_bytes and len are for strings and bytes")
		}
		return
	}
	f.minBytes, f.maxBytes = 1, o.uint32(optionsv1.E_MaxBytes)
	if least {
		f.minBytes = o.uint32(optionsv1.E_MinBytes)
	}
	if exact {
		f.minBytes = o.uint32(optionsv1.E_Len)
		f.maxBytes = f.minBytes
	}
	switch {
	case exact && (least || most):
		c.refuse(o.d, "len excludes min_bytes and max_bytes")
	case !exact && !most:
		c.refuse(o.d, "no max_bytes and no len")
	case f.minBytes == 0 || f.maxBytes < f.minBytes:
		c.refuse(o.d, "bounds of %d to %d bytes", f.minBytes, f.maxBytes)
	}
}

func (c *compiler) items(f *field, o options) {
	f.maxItems = o.uint32(optionsv1.E_MaxItems)
	switch {
	case f.repeated && f.maxItems == 0:
		c.refuse(o.d, "no max_items")
	case !f.repeated && o.has(optionsv1.E_MaxItems):
		c.refuse(o.d, "max_items is for repeated fields")
	}
}

func (c *compiler) value(f *field, o options) {
	limit := uint64(math.MaxUint64)
	switch {
	case f.kind == "kindBool":
		limit = 1
	case o.d.Kind() == protoreflect.Uint32Kind:
		limit = math.MaxUint32
	}
	if f.kind == "kindNumber" || f.kind == "kindBool" {
		f.maxValue = limit
	}
	if !o.has(optionsv1.E_MaxValue) {
		return
	}
	f.maxValue = proto.GetExtension(o.d.Options(), optionsv1.E_MaxValue).(uint64)
	switch {
	case f.kind != "kindNumber":
		c.refuse(o.d, "max_value is for numbers")
	case f.maxValue == 0 || f.maxValue > limit:
		c.refuse(o.d, "max_value is not in 1 … %d", limit)
	}
}

func (c *compiler) text(f *field, o options) {
	class := proto.GetExtension(o.d.Options(), optionsv1.E_Text).(optionsv1.Text)
	if f.kind != "kindString" {
		if o.has(optionsv1.E_Text) {
			c.refuse(o.d, "text is for strings")
		}
		return
	}
	switch class {
	case optionsv1.Text_NAME:
		f.class = "text.Name"
	case optionsv1.Text_CODE:
		f.class = "text.Code"
	case optionsv1.Text_DECISION_NUMBER:
		f.class = "text.DecisionNumber"
	case optionsv1.Text_CSET82:
		f.class = "text.CSET82"
	case optionsv1.Text_ADDRESS:
		f.class = "text.Address"
	default:
		c.refuse(o.d, "a string without text class")
	}
}

// options reads the options of a field.
type options struct{ d protoreflect.FieldDescriptor }

func (o options) has(x *protoimpl.ExtensionInfo) bool { return proto.HasExtension(o.d.Options(), x) }

func (o options) uint32(x *protoimpl.ExtensionInfo) uint32 {
	return proto.GetExtension(o.d.Options(), x).(uint32)
}
