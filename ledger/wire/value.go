package wire

import "github.com/ocopledger/ocop/ledger/wire/text"

const (
	wireVarint = 0
	wireBytes  = 2
)

// value checks the value of f at data[at:], whose tag is at tagAt, and returns where it ends.
func (w *walker) value(f *field, wireType byte, tagAt, at, end, depth int) (int, *Error) {
	want := byte(wireBytes)
	if f.kind.scalar() && !f.repeated {
		want = wireVarint
	}
	if wireType != want {
		return 0, refuse(WrongWireType, tagAt)
	}
	if want == wireVarint {
		return w.scalar(f, at, end, f.oneof == 0)
	}
	size, start, e := w.varint(at, end)
	switch {
	case e != nil:
		return 0, e
	case size > uint64(end-start):
		return 0, refuse(Truncated, at)
	}
	stop := start + int(size)
	switch {
	case f.kind == kindMessage:
		e = w.submessage(f, at, start, stop, depth)
	case size == 0 && (f.kind.scalar() || !f.repeated && f.oneof == 0):
		e = refuse(ExplicitDefault, at)
	case f.kind.scalar():
		e = w.packed(f, start, stop)
	case size < uint64(f.minBytes):
		e = refuse(TooShort, at)
	case size > uint64(f.maxBytes):
		e = refuse(TooLong, at)
	case f.kind == kindString:
		e = checkText(f.class, w.data[start:stop], start)
	}
	return stop, e
}

func (w *walker) submessage(f *field, at, start, stop, depth int) *Error {
	if depth == MaxDepth {
		return refuse(TooDeep, at)
	}
	m := &w.schema.messages[f.ref]
	if start == stop && !m.emptyAllowed {
		return refuse(ExplicitDefault, at)
	}
	return w.message(m, start, stop, depth+1)
}

func (w *walker) packed(f *field, at, end int) *Error {
	for items := uint32(0); at < end; items++ {
		if items == f.maxItems {
			return refuse(TooMany, at)
		}
		var e *Error
		if at, e = w.scalar(f, at, end, false); e != nil {
			return e
		}
	}
	return nil
}

// scalar checks a number, bool or enum value at data[at:] and returns where it ends. Where the value stands alone, leaving
// it out says 0 and so 0 is refused; an element of a packed field and a number chosen in a oneof may be 0.
func (w *walker) scalar(f *field, at, end int, alone bool) (int, *Error) {
	v, stop, e := w.varint(at, end)
	if e != nil {
		return 0, e
	}
	if v == 0 && (alone || f.kind == kindEnum || f.kind == kindBool && !f.repeated) {
		return 0, refuse(ExplicitDefault, at)
	}
	if f.kind != kindEnum {
		if v > f.maxValue {
			return 0, refuse(ValueOutOfRange, at)
		}
		return stop, nil
	}
	known, ok := w.schema.enums[f.ref].find(v)
	if !ok {
		return 0, refuse(UnknownEnumValue, at)
	}
	if known.since > w.protocol {
		e := refuse(UnknownEnumValue, at)
		e.Since = known.since
		return 0, e
	}
	return stop, nil
}

// varint reads a minimal varint from data[at:end] and returns where it ends.
func (w *walker) varint(at, end int) (uint64, int, *Error) {
	data := w.data[at:end]
	if len(data) > 0 && data[0] < 0x80 {
		return uint64(data[0]), at + 1, nil
	}
	var v uint64
	for i, b := range data {
		if i == 9 && b > 1 { // nine bytes hold 63 bits
			return 0, 0, refuse(ValueOutOfRange, at)
		}
		v |= uint64(b&0x7F) << (7 * i)
		if b == 0 { // the first byte is not: it would have ended above
			return 0, 0, refuse(VarintNotMinimal, at)
		}
		if b < 0x80 {
			return v, at + i + 1, nil
		}
	}
	return 0, 0, refuse(Truncated, at)
}

func checkText(class text.Class, b []byte, start int) *Error {
	problem, at := text.Check(class, b)
	if problem == text.OK {
		return nil
	}
	reason := TextNotAllowed
	switch problem {
	case text.NotUTF8:
		reason = TextNotUTF8
	case text.NotNFC:
		reason = TextNotNFC
	case text.Spacing:
		reason = TextSpacing
	case text.Marks:
		reason = TextMarks
	}
	return refuse(reason, start+at)
}
