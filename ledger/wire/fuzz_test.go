package wire

import (
	"bytes"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoregistry"
)

// fuzzCase turns a selector into a schema, a message type of it and a protocol version.
func fuzzCase(selector uint16) (s *Schema, id MessageID, protocol uint32) {
	s = &tests
	if selector&4 != 0 {
		s = Records()
	}
	return s, MessageID(int(selector>>3) % s.Len()), uint32(selector & 3)
}

func selectorOf(id MessageID, protocol uint32) uint16 { return uint16(id)<<3 | uint16(protocol) }

// FuzzCheck holds Check against the model, and what it accepts against the runtime's generated code: read and written
// again it is the same bytes.
func FuzzCheck(f *testing.F) {
	for _, c := range refusals() {
		f.Add(selectorOf(c.id, c.protocol), c.data)
	}
	action := str(8, str(1, str(1, num(1, 1), num(2, 2020), str(3, "12/QĐ-UBND")), num(2, 3)), str(2, num(1, 1), num(2, 2020), str(3, "1")),
		num(3, 20200924), str(4, str(1, bytes.Repeat([]byte{1}, 32)), num(2, 9), str(3, "a.pdf")), num(5, 1), num(6, 20200925))
	f.Add(selectorOf(MessageAction, 1)|4, action)
	if err := Records().Check(MessageAction, action, 1); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, selector uint16, data []byte) {
		s, id, protocol := fuzzCase(selector)
		if !agree(t, t, s, id, data, protocol) {
			s.Order(id, data)
			return
		}
		typ, err := protoregistry.GlobalTypes.FindMessageByName(descriptor(t, s, id).FullName())
		if err != nil {
			t.Fatal(err)
		}
		msg := typ.New().Interface()
		if err := proto.Unmarshal(data, msg); err != nil {
			t.Fatal(err)
		}
		written, err := proto.MarshalOptions{Deterministic: true}.Marshal(msg)
		if err != nil {
			t.Fatal(err)
		}
		if ordered, err := s.Order(id, written); err != nil || !bytes.Equal(ordered, data) {
			t.Fatalf("%s: accepted %x, the runtime writes %x (%v)", s.Name(id), data, ordered, err)
		}
	})
}

// FuzzMutation changes single bytes of what Check accepts.
func FuzzMutation(f *testing.F) {
	f.Add(selectorOf(testMust, 1), must, uint16(3), byte(1))
	f.Add(selectorOf(testChoice, 1), num(2, 0), uint16(1), byte(0x80))
	f.Fuzz(func(t *testing.T, selector uint16, data []byte, at uint16, flip byte) {
		s, id, protocol := fuzzCase(selector)
		if len(data) == 0 || flip == 0 || s.Check(id, data, protocol) != nil {
			return
		}
		mutant := bytes.Clone(data)
		mutant[int(at)%len(data)] ^= flip
		if s.Check(id, mutant, protocol) != nil {
			return
		}
		typ, err := protoregistry.GlobalTypes.FindMessageByName(descriptor(t, s, id).FullName())
		if err != nil {
			t.Fatal(err)
		}
		a, b := typ.New().Interface(), typ.New().Interface()
		if proto.Unmarshal(data, a) != nil || proto.Unmarshal(mutant, b) != nil || proto.Equal(a, b) {
			t.Fatalf("%s: %x and %x are one message", s.Name(id), data, mutant)
		}
	})
}
