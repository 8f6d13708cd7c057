package wire

// Check reports whether data is the canonical encoding of a message of type id under a protocol version: nil, or an
// *[Error] that says what is wrong first. It keeps no reference to data, allocates only for the error, and takes time linear
// in len(data), whose bound is the caller's. It panics if id is not of the schema.
func (s *Schema) Check(id MessageID, data []byte, protocol uint32) error {
	w := walker{schema: s, data: data, protocol: protocol}
	if e := w.message(&s.messages[id], 0, len(data), 1); e != nil {
		return e
	}
	return nil
}

type walker struct {
	schema   *Schema
	data     []byte
	protocol uint32
}

// message checks data[at:end] as the fields of m.
func (w *walker) message(m *message, at, end, depth int) *Error {
	if at == end && !m.emptyAllowed {
		return refuse(ExplicitDefault, at)
	}
	var seen fieldSet
	next, items := 0, 0 // fields[next:] may still come; items of fields[next-1] have come
	for at < end {
		tagAt := at
		tag, at2, e := w.varint(at, end)
		if e != nil {
			return e
		}
		at = at2
		i, e := w.field(m, tag, tagAt, next)
		if e != nil {
			return e
		}
		f := &m.fields[i]
		if i >= next {
			items = 0
		} else if !f.repeated || f.kind.scalar() {
			return refuse(FieldRepeated, tagAt).within(f.name, -1)
		}
		if f.oneof != 0 && !seen.choose(f.oneof) {
			return refuse(OneofConflict, tagAt).within(f.name, -1)
		}
		element := -1
		if f.repeated && !f.kind.scalar() {
			element = items
			if items++; uint32(items) > f.maxItems {
				return refuse(TooMany, tagAt).within(f.name, -1)
			}
		}
		seen.fields |= 1 << i
		next = i + 1
		if at, e = w.value(f, byte(tag&7), tagAt, at, end, depth); e != nil {
			return e.within(f.name, element)
		}
	}
	return w.complete(m, &seen, end)
}

// field finds the field of a tag. It is fields[next-1] or later, or the order is wrong.
func (w *walker) field(m *message, tag uint64, tagAt, next int) (int, *Error) {
	number := tag >> 3
	for i := max(next-1, 0); i < len(m.fields); i++ {
		if f := &m.fields[i]; uint64(f.number) >= number {
			if uint64(f.number) == number && f.since <= w.protocol {
				return i, nil
			}
			break
		}
	}
	e := refuse(UnknownField, tagAt)
	for i := range m.fields {
		if f := &m.fields[i]; uint64(f.number) == number {
			if f.since <= w.protocol {
				return 0, refuse(FieldOrder, tagAt).within(f.name, -1)
			}
			e.Since = f.since
		}
	}
	return 0, e
}

// complete checks that nothing required is missing from a message that ends at end.
func (w *walker) complete(m *message, seen *fieldSet, end int) *Error {
	for i := range m.fields {
		f := &m.fields[i]
		if f.required && seen.fields>>i&1 == 0 && f.since <= w.protocol {
			return refuse(MissingField, end).within(f.name, -1)
		}
	}
	for i := range m.oneofs {
		if o := &m.oneofs[i]; o.required && seen.oneofs>>i&1 == 0 && o.since <= w.protocol {
			return refuse(MissingField, end).within(o.name, -1)
		}
	}
	return nil
}

// fieldSet remembers which fields and oneofs of a message have come.
type fieldSet struct{ fields, oneofs uint64 }

// choose notes a member of a oneof, numbered from 1, and reports whether it is the first.
func (s *fieldSet) choose(oneof uint8) bool {
	bit := uint64(1) << (oneof - 1)
	first := s.oneofs&bit == 0
	s.oneofs |= bit
	return first
}
