package wire

import "slices"

// Order returns data, an encoding of a message of type id as protobuf runtimes write it, with the fields of each message in
// ascending order. It changes nothing else: what it returns is canonical only if [Schema.Check] says so. The error is an
// *[Error] if data cannot be taken apart. It panics if id is not of the schema.
func (s *Schema) Order(id MessageID, data []byte) ([]byte, error) {
	w := walker{schema: s, data: data}
	out, e := w.order(make([]byte, 0, len(data)), &s.messages[id], 0, len(data), 1)
	if e != nil {
		return nil, e
	}
	return out, nil
}

// part is one field of a message: its tag at data[at:], its value at data[value:end].
type part struct {
	number         uint64
	at, value, end int
}

// order appends data[at:end] to out, which has room for it, as the fields of m in order.
func (w *walker) order(out []byte, m *message, at, end, depth int) ([]byte, *Error) {
	if depth > MaxDepth {
		return nil, refuse(TooDeep, at)
	}
	var parts []part
	for at < end {
		p, e := w.part(at, end)
		if e != nil {
			return nil, e
		}
		parts = append(parts, p)
		at = p.end
	}
	slices.SortStableFunc(parts, func(a, b part) int { return int(int64(a.number) - int64(b.number)) })
	for _, p := range parts {
		f := m.byNumber(p.number)
		if f == nil || f.kind != kindMessage || w.data[p.at]&7 != wireBytes {
			out = append(out, w.data[p.at:p.end]...)
			continue
		}
		out = append(out, w.data[p.at:p.value]...)
		var e *Error
		if out, e = w.order(out, &w.schema.messages[f.ref], p.value, p.end, depth+1); e != nil {
			return nil, e.within(f.name, -1)
		}
	}
	return out, nil
}

func (w *walker) part(at, end int) (part, *Error) {
	tag, value, e := w.varint(at, end)
	if e != nil {
		return part{}, e
	}
	v, next, e := w.varint(value, end)
	if e != nil {
		return part{}, e
	}
	switch tag & 7 {
	case wireVarint:
		return part{tag >> 3, at, value, next}, nil
	case wireBytes:
		if v > uint64(end-next) {
			return part{}, refuse(Truncated, value)
		}
		return part{tag >> 3, at, next, next + int(v)}, nil
	}
	return part{}, refuse(WrongWireType, at)
}

func (m *message) byNumber(number uint64) *field {
	for i := range m.fields {
		if uint64(m.fields[i].number) == number {
			return &m.fields[i]
		}
	}
	return nil
}
