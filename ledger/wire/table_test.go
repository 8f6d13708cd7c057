package wire

import (
	"math/bits"
	"slices"
	"testing"
)

// What the walker takes for granted about a table.
func TestTablesAreSound(t *testing.T) {
	for _, s := range []*Schema{&tests, Records()} {
		for i, m := range s.messages {
			if id, ok := s.Lookup(m.name); !ok || id != MessageID(i) || s.Name(id) != m.name {
				t.Errorf("%s is not found", m.name)
			}
			if len(m.fields) > MaxFields || len(m.oneofs) > bits.UintSize {
				t.Errorf("%s has too many fields or oneofs", m.name)
			}
			if !slices.IsSortedFunc(m.fields, func(a, b field) int { return int(a.number) - int(b.number) }) {
				t.Errorf("%s: fields out of order", m.name)
			}
			for _, f := range m.fields {
				if int(f.oneof) > len(m.oneofs) || f.kind == kindMessage && int(f.ref) >= len(s.messages) || f.kind == kindEnum && int(f.ref) >= len(s.enums) {
					t.Errorf("%s.%s refers to nothing", m.name, f.name)
				}
			}
		}
		for _, e := range s.enums {
			if !slices.IsSortedFunc(e.values, func(a, b enumValue) int { return int(a.number) - int(b.number) }) {
				t.Errorf("%s: values out of order", e.name)
			}
		}
	}
	if _, ok := Records().Lookup("ocop.record.v1.Nothing"); ok {
		t.Error("found a message that does not exist")
	}
}

// Whatever the record messages allow can be written: none nests deeper than the walker follows.
func TestRecordsFitTheDepth(t *testing.T) {
	var depth func(id uint16, above []uint16) int
	depth = func(id uint16, above []uint16) int {
		if slices.Contains(above, id) {
			t.Fatalf("%s contains itself", records.messages[id].name)
		}
		deepest := 0
		for _, f := range records.messages[id].fields {
			if f.kind == kindMessage {
				deepest = max(deepest, depth(f.ref, append(above, id)))
			}
		}
		return 1 + deepest
	}
	for i, m := range records.messages {
		if d := depth(uint16(i), nil); d > MaxDepth {
			t.Errorf("%s is %d deep", m.name, d)
		}
	}
}
