package main

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	optionsv1 "github.com/ocopledger/ocop/proto/ocop/options/v1"
)

// maxFields is wire.MaxFields. The generator does not import what it generates.
const maxFields = 64

// table is what is written, in ascending order of full names.
type table struct {
	messages []message
	enums    []enum
}

type message struct {
	desc         protoreflect.MessageDescriptor
	fields       []field // ascending by number
	oneofs       []oneof
	emptyAllowed bool
}

type oneof struct {
	name     string
	since    uint32
	required bool
}

type enum struct {
	name   protoreflect.FullName
	values []enumValue // ascending by number, without 0
}

type enumValue struct {
	number protoreflect.EnumNumber
	since  uint32
}

// compile turns all messages and enums of files, one package, into a table, or says everything that is wrong with them.
func compile(files []protoreflect.FileDescriptor) (*table, error) {
	var messages []protoreflect.MessageDescriptor
	var enums []protoreflect.EnumDescriptor
	var errs []error
	for _, f := range files {
		if f.Syntax() != protoreflect.Proto3 {
			errs = append(errs, fmt.Errorf("%s: not proto3", f.Path()))
		}
		messages = append(messages, allMessages(f.Messages())...)
		enums = append(enums, all[protoreflect.EnumDescriptor](f.Enums())...)
	}
	for _, m := range messages {
		enums = append(enums, all[protoreflect.EnumDescriptor](m.Enums())...)
	}
	sortByName(messages)
	sortByName(enums)
	c := compiler{messages: indexes(messages), enums: indexes(enums)}
	t := &table{}
	for _, m := range messages {
		t.messages = append(t.messages, c.message(m))
	}
	for _, e := range enums {
		t.enums = append(t.enums, c.enum(e))
	}
	return t, errors.Join(append(errs, c.errs...)...)
}

// compiler gathers what is wrong.
type compiler struct {
	messages, enums map[protoreflect.FullName]int
	errs            []error
}

func (c *compiler) refuse(d protoreflect.Descriptor, format string, args ...any) {
	c.errs = append(c.errs, fmt.Errorf("%s: %s", d.FullName(), fmt.Sprintf(format, args...)))
}

func (c *compiler) message(d protoreflect.MessageDescriptor) message {
	m := message{desc: d, emptyAllowed: proto.GetExtension(d.Options(), optionsv1.E_EmptyAllowed).(bool)}
	for _, f := range all[protoreflect.FieldDescriptor](d.Fields()) {
		m.fields = append(m.fields, c.field(f))
	}
	slices.SortFunc(m.fields, func(a, b field) int { return cmp.Compare(a.number, b.number) })
	for _, o := range all[protoreflect.OneofDescriptor](d.Oneofs()) {
		m.oneofs = append(m.oneofs, c.oneof(o, m.fields))
	}
	required := slices.ContainsFunc(m.fields, func(f field) bool { return f.required }) ||
		slices.ContainsFunc(m.oneofs, func(o oneof) bool { return o.required })
	switch {
	case len(m.fields) > maxFields:
		c.refuse(d, "more than %d fields", maxFields)
	case len(m.fields) == 0 && !m.emptyAllowed:
		c.refuse(d, "has no fields and not empty_allowed: it could never be written")
	case m.emptyAllowed && required:
		c.refuse(d, "empty_allowed contradicts a required field or oneof")
	}
	return m
}

func (c *compiler) oneof(d protoreflect.OneofDescriptor, fields []field) oneof {
	o := oneof{name: string(d.Name()), required: proto.GetExtension(d.Options(), optionsv1.E_OneofRequired).(bool)}
	for _, f := range fields {
		if f.oneof == d.Index()+1 && (o.since == 0 || f.since < o.since) {
			o.since = f.since
		}
	}
	return o
}

func (c *compiler) enum(d protoreflect.EnumDescriptor) enum {
	e := enum{name: d.FullName()}
	for _, v := range all[protoreflect.EnumValueDescriptor](d.Values()) {
		since := proto.GetExtension(v.Options(), optionsv1.E_ValueSince).(uint32)
		switch {
		case v.Number() < 0:
			c.refuse(v, "negative enum value")
		case v.Number() == 0 && proto.HasExtension(v.Options(), optionsv1.E_ValueSince):
			c.refuse(v, "value 0 means not given and has no value_since")
		case v.Number() != 0 && since == 0:
			c.refuse(v, "no value_since")
		case v.Number() != 0:
			e.values = append(e.values, enumValue{v.Number(), since})
		}
	}
	slices.SortFunc(e.values, func(a, b enumValue) int { return cmp.Compare(a.number, b.number) })
	same := func(a, b enumValue) bool { return a.number == b.number }
	if len(slices.CompactFunc(slices.Clone(e.values), same)) != len(e.values) {
		c.refuse(d, "two names for one value")
	}
	return e
}

func allMessages(list protoreflect.MessageDescriptors) (found []protoreflect.MessageDescriptor) {
	for _, m := range all[protoreflect.MessageDescriptor](list) {
		if !m.IsMapEntry() {
			found = append(append(found, m), allMessages(m.Messages())...)
		}
	}
	return found
}

func all[D any](list interface {
	Len() int
	Get(int) D
}) []D {
	var found []D
	for i := range list.Len() {
		found = append(found, list.Get(i))
	}
	return found
}

func sortByName[D protoreflect.Descriptor](list []D) {
	slices.SortFunc(list, func(a, b D) int { return cmp.Compare(a.FullName(), b.FullName()) })
}

func indexes[D protoreflect.Descriptor](list []D) map[protoreflect.FullName]int {
	at := map[protoreflect.FullName]int{}
	for i, d := range list {
		at[d.FullName()] = i
	}
	return at
}
