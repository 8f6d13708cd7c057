package rules

import (
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"pgregory.net/rapid"

	"github.com/ocopledger/ocop/ledger/wire"
	optionsv1 "github.com/ocopledger/ocop/proto/ocop/options/v1"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// What is read by hand is what the runtime reads, in the memory that other sales were read into before. Messages are drawn by their descriptors, so that a
// field that is added to one is missed here.
func TestSalesAreReadAsTheRuntimeReadsThem(t *testing.T) {
	kinds := new(recordv1.Action).ProtoReflect().Descriptor().Fields()
	rapid.Check(t, func(t *rapid.T) {
		var m saleMessage
		for range rapid.IntRange(1, 6).Draw(t, "actions") {
			kind := kinds.ByNumber(rapid.SampledFrom([]protoreflect.FieldNumber{fieldProposeSale, fieldAcceptSale, fieldOutsideSale, fieldRetailSale}).Draw(t, "kind"))
			a := new(recordv1.Action)
			fill(t, a.ProtoReflect().Mutable(kind).Message())
			data, err := wire.Records().Order(wire.MessageAction, must(proto.Marshal(a)))
			if err != nil {
				t.Fatal(err)
			}
			want := new(recordv1.Action)
			if err := proto.Unmarshal(data, want); err != nil {
				t.Fatal(err)
			}
			if got := m.decode(data); !proto.Equal(got, want) {
				t.Fatalf("read %v, want %v", got, want)
			}
		}
	})
}

// fill draws what the walker lets through: fields that are required, and others or not.
func fill(t *rapid.T, m protoreflect.Message) {
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		f := fields.Get(i)
		if required := proto.GetExtension(f.Options(), optionsv1.E_Required).(bool); f.ContainingOneof() == nil && !required && rapid.Bool().Draw(t, "leave out") {
			continue
		}
		if o := f.ContainingOneof(); o != nil && (m.WhichOneof(o) != nil || i+1 < o.Fields().Len() && rapid.Bool().Draw(t, "another choice")) {
			continue
		}
		number := rapid.Uint64Range(1, 1<<rapid.IntRange(1, 31).Draw(t, "bits"))
		switch f.Kind() {
		case protoreflect.MessageKind:
			fill(t, m.Mutable(f).Message())
		case protoreflect.EnumKind:
			m.Set(f, protoreflect.ValueOfEnum(f.Enum().Values().Get(rapid.IntRange(1, f.Enum().Values().Len()-1).Draw(t, "value")).Number()))
		case protoreflect.Uint32Kind:
			m.Set(f, protoreflect.ValueOfUint32(uint32(number.Draw(t, "number"))))
		case protoreflect.Uint64Kind:
			m.Set(f, protoreflect.ValueOfUint64(number.Draw(t, "number")<<rapid.IntRange(0, 32).Draw(t, "shift")))
		case protoreflect.StringKind:
			m.Set(f, protoreflect.ValueOfString(rapid.StringMatching("[A-Z0-9]{1,20}").Draw(t, "text")))
		case protoreflect.BytesKind:
			m.Set(f, protoreflect.ValueOfBytes(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "hash")))
		default:
			t.Fatalf("%v: a kind of field that sales had none of", f.FullName())
		}
	}
}

// Other kinds are the runtime's.
func TestOtherActionsAreNotReadByHand(t *testing.T) {
	kinds := new(recordv1.Action).ProtoReflect().Descriptor().Fields()
	for i := range kinds.Len() {
		a := new(recordv1.Action)
		a.ProtoReflect().Mutable(kinds.Get(i))
		data := must(proto.Marshal(a))
		switch kinds.Get(i).Number() {
		case fieldProposeSale, fieldAcceptSale, fieldOutsideSale, fieldRetailSale:
			continue
		}
		if got := new(saleMessage).decode(data); got != nil {
			t.Errorf("%s is read as %v", kinds.Get(i).Name(), got)
		}
		if got, err := new(Block).decode(data); err != nil || !proto.Equal(got, a) {
			t.Errorf("%s: %v, %v", kinds.Get(i).Name(), got, err)
		}
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
