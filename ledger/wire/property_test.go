package wire

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"
	"pgregory.net/rapid"

	optionsv1 "github.com/ocopledger/ocop/proto/ocop/options/v1"
)

// draw makes a message of either schema.
func draw(t *rapid.T, tb testing.TB, wild bool) (s *Schema, id MessageID, protocol uint32, msg *dynamicpb.Message) {
	if s = &tests; rapid.Bool().Draw(t, "records") {
		s = Records()
	}
	id = MessageID(rapid.IntRange(0, s.Len()-1).Draw(t, "id"))
	desc := descriptor(tb, s, id)
	protocol = rapid.Uint32Range(oldest(desc), 4).Draw(t, "protocol")
	return s, id, protocol, drawing{t, protocol, wild}.message(desc, 1)
}

// oldest is the protocol version since which a message has a field: before, nothing right can be said by it.
func oldest(desc protoreflect.MessageDescriptor) uint32 {
	since := uint32(4)
	for i := range desc.Fields().Len() {
		since = min(since, option[uint32](desc.Fields().Get(i), optionsv1.E_Since))
	}
	return since
}

func TestRightMessagesAreAccepted(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s, id, protocol, msg := draw(rt, t, false)
		data := canonical(msg)
		if err := s.Check(id, data, protocol); err != nil {
			rt.Fatalf("%s: %v\n%v\n%x", s.Name(id), err, msg, data)
		}
	})
}

// Check accepts what the model accepts, near the border between right and wrong.
func TestCheckAgreesWithModel(t *testing.T) {
	accepted, refused := 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		s, id, protocol, msg := draw(rt, t, true)
		data := canonical(msg)
		for range 20 {
			if agree(rt, t, s, id, data, protocol) {
				accepted++
			} else {
				refused++
			}
			data = damage(rt, canonical(msg))
		}
	})
	t.Logf("%d accepted, %d refused", accepted, refused)
	if accepted == 0 || refused == 0 {
		t.Error("the drawn messages lie on one side of the border")
	}
}

type fataler interface{ Fatalf(string, ...any) }

func agree(f fataler, tb testing.TB, s *Schema, id MessageID, data []byte, protocol uint32) bool {
	err := s.Check(id, data, protocol)
	if want := (model{protocol}).accepts(descriptor(tb, s, id), data); (err == nil) != want {
		f.Fatalf("%s, protocol %d: Check says %v, the model says %v\n%x", s.Name(id), protocol, err, want, data)
	}
	if e, ok := errors.AsType[*Error](err); err != nil && (!ok || !slices.Contains(Reasons(), e.Reason) || e.Offset < 0 || e.Offset > len(data)) {
		f.Fatalf("%s: not one of our errors: %#v", s.Name(id), err)
	}
	return err == nil
}

// damage changes, inserts, removes or repeats a few bytes.
func damage(t *rapid.T, data []byte) []byte {
	at := rapid.IntRange(0, len(data)).Draw(t, "at")
	n := rapid.IntRange(0, min(8, len(data)-at)).Draw(t, "n")
	with := rapid.SliceOfN(rapid.OneOf(rapid.Byte(), rapid.SampledFrom([]byte{0, 1, 2, 8, 0x0A, 0x10, 0x80, 0x81})), 0, 3).Draw(t, "with")
	switch rapid.IntRange(0, 3).Draw(t, "how") {
	case 0:
		return slices.Replace(slices.Clone(data), at, at+min(n, 1), with...)
	case 1:
		return slices.Insert(slices.Clone(data), at, data[at:at+n]...)
	case 2:
		return append(slices.Clone(data), data[at:]...)
	}
	return slices.Delete(slices.Clone(data), at, at+n)
}

// No two byte strings are one message: whatever single byte is changed, added or left out.
func TestEveryMutation(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s, id, protocol, msg := draw(rt, t, false)
		data := canonical(msg)
		if len(data) > 120 {
			return // long messages are made of short ones, and 255 mutants a byte take their time
		}
		everyMutation(data, func(mutant []byte) {
			if s.Check(id, mutant, protocol) != nil {
				return
			}
			other := dynamicpb.NewMessage(msg.Descriptor())
			if err := proto.Unmarshal(mutant, other); err != nil {
				rt.Fatalf("%s: accepted, but the runtime says %v\n%x", s.Name(id), err, mutant)
			}
			if proto.Equal(msg, other) {
				rt.Fatalf("%s: two encodings of one message\n%x\n%x", s.Name(id), data, mutant)
			}
		})
	})
}

func everyMutation(data []byte, try func(mutant []byte)) {
	mutant := make([]byte, 0, len(data)+1)
	for i := range data {
		mutant = append(mutant[:0], data...)
		for x := 1; x < 256; x++ {
			mutant[i] = data[i] ^ byte(x)
			try(mutant)
		}
		try(append(append(mutant[:0], data[:i]...), data[i+1:]...))
	}
	for i := 0; i <= len(data); i++ {
		for _, b := range []byte{0, 1, 0x7F, 0x80, 0xFF} {
			try(append(append(append(mutant[:0], data[:i]...), b), data[i:]...))
		}
	}
}

// A binary that does not yet know a field refuses it in the same words as one that does.
func TestLaterFieldsAreUnknown(t *testing.T) {
	var older [4]*Schema
	for p := range older {
		older[p] = asOf(&tests, uint32(p))
	}
	later := 0
	rapid.Check(t, func(rt *rapid.T) {
		id := MessageID(rapid.IntRange(0, tests.Len()-1).Draw(rt, "id"))
		written := rapid.Uint32Range(1, 3).Draw(rt, "written")
		data := canonical(drawing{rt, written, true}.message(descriptor(t, &tests, id), 1))
		for protocol := uint32(1); protocol < written; protocol++ {
			err, old := tests.Check(id, data, protocol), older[protocol].Check(id, data, protocol)
			if (err == nil) != (old == nil) {
				rt.Fatalf("protocol %d: %v, an older binary says %v\n%x", protocol, err, old, data)
			}
			if err == nil {
				continue
			}
			a, b := *err.(*Error), *old.(*Error)
			if a.Since > protocol {
				later++
			}
			a.Since, b.Since = 0, 0
			if a != b {
				rt.Fatalf("protocol %d: %v, an older binary says %v\n%x", protocol, &a, &b, data)
			}
		}
	})
	if later == 0 {
		t.Error("no message had a later field")
	}
}

// asOf is the schema that a binary of an older protocol version has.
func asOf(s *Schema, protocol uint32) *Schema {
	old := &Schema{}
	for _, m := range s.messages {
		m.fields = slices.DeleteFunc(slices.Clone(m.fields), func(f field) bool { return f.since > protocol })
		m.oneofs = slices.Clone(m.oneofs)
		for i := range m.oneofs {
			m.oneofs[i].required = m.oneofs[i].required && m.oneofs[i].since <= protocol
			m.oneofs[i].since = 0
		}
		old.messages = append(old.messages, m)
	}
	for _, e := range s.enums {
		e.values = slices.DeleteFunc(slices.Clone(e.values), func(v enumValue) bool { return v.since > protocol })
		old.enums = append(old.enums, e)
	}
	return old
}

func TestOrder(t *testing.T) {
	moved := 0
	rapid.Check(t, func(rt *rapid.T) {
		s, id, _, msg := draw(rt, t, false)
		written, err := proto.MarshalOptions{Deterministic: true}.Marshal(msg)
		if err != nil {
			rt.Fatal(err)
		}
		got, err := s.Order(id, written)
		if err != nil || !bytes.Equal(got, canonical(msg)) {
			rt.Fatalf("%s: %v\nwritten  %x\nordered  %x\ncanonical %x", s.Name(id), err, written, got, canonical(msg))
		}
		if !bytes.Equal(got, written) {
			moved++
		}
		s.Order(id, damage(rt, written)) // may refuse, must not panic
	})
	if moved == 0 {
		t.Error("the runtime wrote everything in order")
	}
}
