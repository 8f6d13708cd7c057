package wire

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
)

// Encodings by hand, so that they can be wrong in every way.

func num(number protowire.Number, v uint64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(nil, number, protowire.VarintType), v)
}

func str(number protowire.Number, parts ...any) []byte {
	var b []byte
	for _, p := range parts {
		switch p := p.(type) {
		case string:
			b = append(b, p...)
		case []byte:
			b = append(b, p...)
		}
	}
	return protowire.AppendBytes(protowire.AppendTag(nil, number, protowire.BytesType), b)
}

func cat(parts ...[]byte) []byte { return slices.Concat(parts...) }

// must is a right Must under version 1.
var must = cat(num(1, 7), str(2, "abc"), str(3, "\x00"), str(4))

// nested is a Root in a Root and so on, depth messages in all, the innermost one holding inner.
func nested(depth int, inner []byte) []byte {
	for range depth - 1 {
		inner = str(6, inner)
	}
	return inner
}

func TestAccepted(t *testing.T) {
	for _, c := range []struct {
		what     string
		id       MessageID
		data     []byte
		protocol uint32
	}{
		{"least numbers", testScalars, cat(num(1, 1), num(2, 1), num(3, 1), num(4, 1), num(5, 1)), 1},
		{"largest numbers", testScalars, cat(num(1, maxUint32), num(2, 1<<64-1), num(3, 1000), num(4, 1), num(5, 2)), 1},
		{"bytes at their bounds", testScalars, cat(str(6, "ab"), str(7, "1234")), 1},
		{"longest bytes", testScalars, str(6, strings.Repeat("x", 200)), 1},
		{"a field from its version on", testScalars, num(2000, 1), 3},
		{"an enum value from its version on", testScalars, num(5, 300), 2},
		{"texts", testTexts, cat(str(1, "Cà phê: ê̆"), str(2, "a-1"), str(3, "12/QĐ-UBND"), str(4, "L(1)"), str(5, "[::1]:7400")), 1},
		{"lists with zeros", testLists, cat(str(1, "\x00\x00\xf0\xa2\x04\x01"), str(2, "\x00\x01\x00"), str(3, "\x01\x02\x01")), 1},
		{"lists of strings, bytes, messages", testLists, cat(str(4, "a"), str(4, "a"), str(4, "b"), str(5, "\x00"), str(6), str(6), str(7, must)), 1},
		{"an empty message that may be", testNothing, nil, 1},
		{"all that is required", testMust, must, 1},
		{"what is required later", testMust, cat(must, num(5, 1)), 2},
		{"a number 0 chosen in a oneof", testChoice, num(2, 0), 1},
		{"an empty message in a oneof", testChoice, str(7), 1},
		{"oneofs among fields", testChoice, cat(num(1, 1), str(5, "a"), num(8, 1), num(10, 0), num(12, 1), num(30, 1)), 2},
		{"a later member of a oneof", testChoice, cat(num(11, 1), num(20, 1)), 3},
		{"messages as deep as they go", testRoot, nested(MaxDepth-1, str(1, num(1, 1))), 1},
	} {
		if err := tests.Check(c.id, c.data, c.protocol); err != nil {
			t.Errorf("%s: %v", c.what, err)
		}
	}
}

type refusal struct {
	what     string
	id       MessageID
	data     []byte
	protocol uint32
	want     Error
}

func refusals() []refusal {
	return []refusal{
		{"a field nobody knows", testScalars, num(8, 1), 1, Error{UnknownField, "", 0, 0}},
		{"field number 0", testScalars, cat(num(1, 1), []byte{0x00, 0x01}), 1, Error{UnknownField, "", 2, 0}},
		{"a field number beyond 2^29", testScalars, num(1<<29-1+1, 1), 1, Error{UnknownField, "", 0, 0}},
		{"an unknown group", testScalars, []byte{0x43, 0x44}, 1, Error{UnknownField, "", 0, 0}},
		{"an unknown field deep down", testRoot, str(3, str(7, must, num(9, 1))), 1, Error{UnknownField, "lists.musts[0]", 16, 0}},
		{"a field of a later version", testScalars, num(2000, 1), 2, Error{UnknownField, "", 0, 3}},
		{"a later field out of order", testChoice, cat(num(20, 1), num(12, 1)), 1, Error{UnknownField, "", 0, 2}},
		{"zero bytes at the end", testScalars, cat(num(1, 1), []byte{0}), 1, Error{UnknownField, "", 2, 0}},

		{"descending fields", testScalars, cat(num(2, 1), num(1, 1)), 1, Error{FieldOrder, "u32", 2, 0}},
		{"elements apart", testLists, cat(str(4, "a"), str(5, "a"), str(4, "b")), 1, Error{FieldOrder, "names", 6, 0}},
		{"oneof written last", testChoice, cat(num(30, 1), num(2, 1)), 1, Error{FieldOrder, "number", 3, 0}},
		{"a singular number twice", testScalars, cat(num(1, 1), num(1, 1)), 1, Error{FieldRepeated, "u32", 2, 0}},
		{"a singular message twice", testRoot, cat(str(1, num(1, 1)), str(1, num(2, 1))), 1, Error{FieldRepeated, "scalars", 4, 0}},
		{"a packed field in two parts", testLists, cat(str(1, "\x01"), str(1, "\x02")), 1, Error{FieldRepeated, "numbers", 3, 0}},
		{"a number as bytes", testScalars, str(1, "\x01"), 1, Error{WrongWireType, "u32", 0, 0}},
		{"a number of fixed width", testScalars, []byte{0x0D, 1, 0, 0, 0}, 1, Error{WrongWireType, "u32", 0, 0}},
		{"bytes as a number", testScalars, num(6, 1), 1, Error{WrongWireType, "blob", 0, 0}},
		{"a message as a group", testRoot, []byte{0x0B, 0x08, 0x01, 0x0C}, 1, Error{WrongWireType, "scalars", 0, 0}},
		{"wire type 7", testScalars, []byte{0x0F, 1}, 1, Error{WrongWireType, "u32", 0, 0}},
		{"an unpacked list", testLists, num(1, 1), 1, Error{WrongWireType, "numbers", 0, 0}},
		{"a second member of a oneof", testChoice, cat(num(2, 1), num(3, 1)), 1, Error{OneofConflict, "flag", 2, 0}},
		{"the same member twice", testChoice, cat(num(2, 1), num(2, 1)), 1, Error{FieldRepeated, "number", 2, 0}},
		{"no required number", testMust, must[2:], 1, Error{MissingField, "number", 10, 0}},
		{"no required message", testMust, must[:10], 1, Error{MissingField, "nothing", 10, 0}},
		{"no field required by this version", testMust, must, 2, Error{MissingField, "later", 12, 0}},
		{"no member of a required oneof", testChoice, num(1, 1), 1, Error{MissingField, "kind", 2, 0}},
		{"no member of a oneof required by this version", testChoice, num(2, 1), 2, Error{MissingField, "later", 2, 0}},

		{"a tag cut short", testScalars, []byte{0x80}, 1, Error{Truncated, "", 0, 0}},
		{"no value", testScalars, []byte{0x08}, 1, Error{Truncated, "u32", 1, 0}},
		{"a number cut short", testScalars, []byte{0x08, 0x80}, 1, Error{Truncated, "u32", 1, 0}},
		{"bytes cut short", testScalars, []byte{0x32, 3, 1, 2}, 1, Error{Truncated, "blob", 1, 0}},
		{"a length beyond everything", testScalars, cat([]byte{0x32}, protowire.AppendVarint(nil, 1<<64-1)), 1, Error{Truncated, "blob", 1, 0}},
		{"a message reaching beyond its parent", testRoot, []byte{0x0A, 2, 0x32, 2, 1, 2}, 1, Error{Truncated, "scalars.blob", 3, 0}},
		{"a packed number cut short", testLists, cat(str(1, "\x80"), str(2, "\x01")), 1, Error{Truncated, "numbers", 2, 0}},
		{"a padded tag", testScalars, []byte{0x88, 0x00, 0x01}, 1, Error{VarintNotMinimal, "", 0, 0}},
		{"a padded number", testScalars, []byte{0x08, 0x81, 0x00}, 1, Error{VarintNotMinimal, "u32", 1, 0}},
		{"a padded length", testScalars, []byte{0x32, 0x82, 0x00, 1, 2}, 1, Error{VarintNotMinimal, "blob", 1, 0}},
		{"a padded zero", testLists, str(1, "\x01\x80\x00"), 1, Error{VarintNotMinimal, "numbers", 3, 0}},
		{"a uint32 beyond 2^32", testScalars, num(1, 1<<32), 1, Error{ValueOutOfRange, "u32", 1, 0}},
		{"a number beyond 2^64", testScalars, cat([]byte{0x10}, []byte("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02")), 1, Error{ValueOutOfRange, "u64", 1, 0}},
		{"a number of eleven bytes", testScalars, cat([]byte{0x10}, []byte("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01")), 1, Error{ValueOutOfRange, "u64", 1, 0}},
		{"a number beyond max_value", testScalars, num(3, 1001), 1, Error{ValueOutOfRange, "small", 1, 0}},
		{"an element beyond max_value", testLists, str(1, "\x01\xf1\xa2\x04"), 1, Error{ValueOutOfRange, "numbers", 3, 0}},
		{"a bool of 2", testScalars, num(4, 2), 1, Error{ValueOutOfRange, "flag", 1, 0}},
		{"an element bool of 2", testLists, str(2, "\x02"), 1, Error{ValueOutOfRange, "flags", 2, 0}},
		{"an enum value nobody knows", testScalars, num(5, 3), 1, Error{UnknownEnumValue, "color", 1, 0}},
		{"a negative enum value", testScalars, num(5, 1<<64-1), 1, Error{UnknownEnumValue, "color", 1, 0}},
		{"an enum value that is known modulo 2^32", testScalars, num(5, 1<<32+1), 1, Error{UnknownEnumValue, "color", 1, 0}},
		{"an enum value of a later version", testScalars, num(5, 300), 1, Error{UnknownEnumValue, "color", 1, 2}},
		{"an element of a later version", testLists, str(3, "\x01\xac\x02"), 1, Error{UnknownEnumValue, "colors", 3, 2}},

		{"a number 0", testScalars, num(1, 0), 1, Error{ExplicitDefault, "u32", 1, 0}},
		{"false", testScalars, num(4, 0), 1, Error{ExplicitDefault, "flag", 1, 0}},
		{"enum value 0", testScalars, num(5, 0), 1, Error{ExplicitDefault, "color", 1, 0}},
		{"empty bytes", testScalars, str(6), 1, Error{ExplicitDefault, "blob", 1, 0}},
		{"empty text", testTexts, str(1), 1, Error{ExplicitDefault, "name", 1, 0}},
		{"an empty list", testLists, str(1), 1, Error{ExplicitDefault, "numbers", 1, 0}},
		{"an element enum value 0", testLists, str(3, "\x01\x00"), 1, Error{ExplicitDefault, "colors", 3, 0}},
		{"false in a oneof", testChoice, num(3, 0), 1, Error{ExplicitDefault, "flag", 1, 0}},
		{"enum value 0 in a oneof", testChoice, num(4, 0), 1, Error{ExplicitDefault, "color", 1, 0}},
		{"an empty message", testRoot, str(1), 1, Error{ExplicitDefault, "scalars", 1, 0}},
		{"an empty element", testLists, cat(str(7, must), str(7)), 1, Error{ExplicitDefault, "musts[1]", 15, 0}},
		{"nothing at all", testRoot, nil, 1, Error{ExplicitDefault, "", 0, 0}},

		{"bytes too short", testScalars, str(6, "a"), 1, Error{TooShort, "blob", 1, 0}},
		{"a hash too short", testScalars, str(7, "123"), 1, Error{TooShort, "hash", 1, 0}},
		{"an empty element of text", testLists, str(4), 1, Error{TooShort, "names[0]", 1, 0}},
		{"empty text in a oneof", testChoice, str(5), 1, Error{TooShort, "name", 1, 0}},
		{"bytes too long", testScalars, str(6, strings.Repeat("x", 201)), 1, Error{TooLong, "blob", 1, 0}},
		{"a hash too long", testScalars, str(7, "12345"), 1, Error{TooLong, "hash", 1, 0}},
		{"text too long", testTexts, str(1, strings.Repeat("ệ", 14)), 1, Error{TooLong, "name", 1, 0}},
		{"an element too long", testLists, cat(str(4, "a"), str(4, "12345678901")), 1, Error{TooLong, "names[1]", 4, 0}},
		{"too many numbers", testLists, str(1, "\x01\x01\x01\x01\x01"), 1, Error{TooMany, "numbers", 6, 0}},
		{"too many strings", testLists, cat(str(4, "a"), str(4, "a"), str(4, "a"), str(4, "a")), 1, Error{TooMany, "names", 9, 0}},
		{"too many messages", testLists, cat(str(6), str(6), str(6)), 1, Error{TooMany, "nothings", 4, 0}},
		{"too deep", testRoot, nested(MaxDepth, str(1, num(1, 1))), 1, Error{TooDeep, "root.root.root.root.root.root.root.scalars", 15, 0}},
		{"far too deep", testRoot, nested(40, str(1, num(1, 1))), 1, Error{TooDeep, "root.root.root.root.root.root.root.root", 15, 0}},

		{"malformed UTF-8", testTexts, str(1, "a\xff"), 1, Error{TextNotUTF8, "name", 3, 0}},
		{"a letter outside a code", testTexts, str(2, "aĐ"), 1, Error{TextNotAllowed, "code", 3, 0}},
		{"a character outside a code", testTexts, str(2, "a 1"), 1, Error{TextNotAllowed, "code", 3, 0}},
		{"a colon in a Decision's number", testTexts, str(3, "1:2"), 1, Error{TextNotAllowed, "decision", 3, 0}},
		{"a space in a lot", testTexts, str(4, "a b"), 1, Error{TextNotAllowed, "lot", 3, 0}},
		{"a slash in an address", testTexts, str(5, "a/b"), 1, Error{TextNotAllowed, "address", 3, 0}},
		{"decomposed text", testRoot, str(2, str(1, "Đa\u0306k")), 1, Error{TextNotNFC, "texts.name", 7, 0}},
		{"a space at the end", testLists, cat(str(4, "a"), str(4, "b ")), 1, Error{TextSpacing, "names[1]", 6, 0}},
		{"a mark without letter", testTexts, str(1, "\u0306a"), 1, Error{TextMarks, "name", 2, 0}},
	}
}

func TestRefused(t *testing.T) {
	shown := map[Reason]bool{}
	for _, c := range refusals() {
		err := tests.Check(c.id, c.data, c.protocol)
		e, ok := errors.AsType[*Error](err)
		if !ok || *e != c.want {
			t.Errorf("%s:\n got %#v\nwant %#v", c.what, err, &c.want)
			continue
		}
		shown[e.Reason] = true
	}
	for _, r := range Reasons() {
		if !shown[r] {
			t.Errorf("no encoding is refused as %s", r)
		}
	}
	if len(shown) != len(Reasons()) {
		t.Error("a reason is missing from Reasons")
	}
}

func TestErrorMessage(t *testing.T) {
	for _, c := range []struct {
		e    Error
		want string
	}{
		{Error{Truncated, "", 3, 0}, "message: truncated at byte 3"},
		{Error{UnknownEnumValue, "a.b[2]", 0, 2}, "a.b[2]: unknown_enum_value at byte 0 (exists since protocol version 2)"},
	} {
		if got := c.e.Error(); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}
