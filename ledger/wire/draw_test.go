package wire

import (
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"
	"pgregory.net/rapid"

	"github.com/ocopledger/ocop/ledger/wire/text"
	optionsv1 "github.com/ocopledger/ocop/proto/ocop/options/v1"
)

// drawing makes messages from their descriptors: right ones or, when wild, ones that break a bound here and there.
type drawing struct {
	t        *rapid.T
	protocol uint32
	wild     bool
}

func (d drawing) message(desc protoreflect.MessageDescriptor, depth int) *dynamicpb.Message {
	msg := dynamicpb.NewMessage(desc)
	for i := range desc.Fields().Len() {
		f := desc.Fields().Get(i)
		if f.ContainingOneof() == nil && d.wanted(f, depth) {
			d.fill(msg, f, depth)
		}
	}
	for i := range desc.Oneofs().Len() {
		o := desc.Oneofs().Get(i)
		var members []protoreflect.FieldDescriptor
		for j := range o.Fields().Len() {
			if d.exists(o.Fields().Get(j)) {
				members = append(members, o.Fields().Get(j))
			}
		}
		required := proto.GetExtension(o.Options(), optionsv1.E_OneofRequired).(bool)
		if len(members) > 0 && (required && !d.chance() || rapid.Bool().Draw(d.t, "choose")) {
			d.fill(msg, rapid.SampledFrom(members).Draw(d.t, "member"), depth)
		}
	}
	empty := proto.Size(msg) == 0
	if empty && !proto.GetExtension(desc.Options(), optionsv1.E_EmptyAllowed).(bool) && !d.chance() {
		for i := range desc.Fields().Len() {
			if f := desc.Fields().Get(i); d.exists(f) && f.Kind() != protoreflect.MessageKind {
				d.fill(msg, f, depth)
				return msg
			}
		}
		d.fill(msg, desc.Fields().Get(0), depth)
	}
	return msg
}

// chance is rare, and never in right messages.
func (d drawing) chance() bool { return d.wild && rapid.IntRange(0, 30).Draw(d.t, "chance") == 0 }

func (d drawing) exists(f protoreflect.FieldDescriptor) bool {
	return option[uint32](f, optionsv1.E_Since) <= d.protocol || d.chance()
}

func (d drawing) wanted(f protoreflect.FieldDescriptor, depth int) bool {
	switch {
	case !d.exists(f):
		return false
	case option[bool](f, optionsv1.E_Required):
		return !d.chance()
	case f.Kind() == protoreflect.MessageKind && f.Message() == f.ContainingMessage():
		return (depth < MaxDepth-3 || d.wild && depth < MaxDepth+1) && rapid.Bool().Draw(d.t, "nest")
	}
	return rapid.Bool().Draw(d.t, "wanted")
}

func (d drawing) fill(msg protoreflect.Message, f protoreflect.FieldDescriptor, depth int) {
	if !f.IsList() {
		msg.Set(f, d.value(f, depth))
		return
	}
	n := rapid.IntRange(1, min(4, int(option[uint32](f, optionsv1.E_MaxItems)))).Draw(d.t, "items")
	if d.chance() {
		n = min(20, int(option[uint32](f, optionsv1.E_MaxItems))+1)
	}
	list := msg.Mutable(f).List()
	for range n {
		list.Append(d.value(f, depth))
	}
}

func (d drawing) value(f protoreflect.FieldDescriptor, depth int) protoreflect.Value {
	switch f.Kind() {
	case protoreflect.MessageKind:
		return protoreflect.ValueOfMessage(d.message(f.Message(), depth+1))
	case protoreflect.BoolKind:
		return protoreflect.ValueOfBool(!d.chance())
	case protoreflect.EnumKind:
		return protoreflect.ValueOfEnum(d.enum(f.Enum()))
	case protoreflect.Uint32Kind:
		return protoreflect.ValueOfUint32(uint32(d.number(f, maxUint32)))
	case protoreflect.Uint64Kind:
		return protoreflect.ValueOfUint64(d.number(f, 1<<64-1))
	case protoreflect.StringKind:
		return protoreflect.ValueOfString(d.text(f))
	}
	n := d.length(f)
	return protoreflect.ValueOfBytes(rapid.SliceOfN(rapid.Byte(), n, n).Draw(d.t, "bytes"))
}

func (d drawing) enum(desc protoreflect.EnumDescriptor) protoreflect.EnumNumber {
	if d.chance() {
		return protoreflect.EnumNumber(rapid.Int32Range(-2, 400).Draw(d.t, "enum"))
	}
	var known []protoreflect.EnumNumber
	for i := range desc.Values().Len() {
		v := desc.Values().Get(i)
		if v.Number() != 0 && proto.GetExtension(v.Options(), optionsv1.E_ValueSince).(uint32) <= d.protocol {
			known = append(known, v.Number())
		}
	}
	if len(known) == 0 { // of a field that does not exist yet either
		return 1
	}
	return rapid.SampledFrom(known).Draw(d.t, "value")
}

func (d drawing) number(f protoreflect.FieldDescriptor, limit uint64) uint64 {
	most := option[uint64](f, optionsv1.E_MaxValue)
	if most == 0 || d.chance() {
		most = limit
	}
	return rapid.OneOf(rapid.Just(most), rapid.Uint64Range(1, most), rapid.Uint64Range(1, min(most, 300))).Draw(d.t, "number")
}

func (d drawing) length(f protoreflect.FieldDescriptor) int {
	least, most := lengths(f)
	if d.chance() {
		return rapid.IntRange(0, most+1).Draw(d.t, "length")
	}
	return rapid.SampledFrom([]int{least, min(most, least+3), most}).Draw(d.t, "length")
}

func (d drawing) text(f protoreflect.FieldDescriptor) string {
	least, most := lengths(f)
	letters := "abcXYZ0189._/-"
	switch text.Class(option[optionsv1.Text](f, optionsv1.E_Text)) {
	case text.Name, text.DecisionNumber:
		if rapid.Bool().Draw(d.t, "vietnamese") {
			letters = "ạĐệơ̆"
		}
	case text.Address:
		letters = "ab9.:-[]"
	}
	if d.chance() {
		letters = " ế\u0302:\u200b\x00Ð"
	}
	runes := rapid.SliceOfN(rapid.SampledFrom([]rune(letters)), least, min(most, 40)+1).Draw(d.t, "text")
	s := string(runes)
	for !d.wild && len(s) > most || len(s) > most+1 {
		runes = runes[:len(runes)-1]
		s = string(runes)
	}
	class := text.Class(option[optionsv1.Text](f, optionsv1.E_Text))
	if problem, _ := text.Check(class, []byte(s)); !d.wild && problem != text.OK {
		return "abcdefghijklmnopqrstuvwxyz"[:least]
	}
	return s
}
