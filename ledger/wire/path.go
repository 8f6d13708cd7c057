package wire

import "strconv"

// PathAt names the field of a canonical message of type id that a byte belongs to, tag and length included, as Error.Path does: "certify.scores.a". It
// is the innermost field, and empty where there is none. It is for reports, and believes that data has passed Check.
func (s *Schema) PathAt(id MessageID, data []byte, offset int) string {
	w := walker{schema: s, data: data}
	path := ""
	for m, at, end := &s.messages[id], 0, len(data); ; {
		f, element, start, stop := w.fieldAt(m, at, end, offset)
		if f == nil {
			return path
		}
		if path != "" {
			path += "."
		}
		path += f.name
		if element >= 0 {
			path += "[" + strconv.Itoa(element) + "]"
		}
		if f.kind != kindMessage || offset < start {
			return path
		}
		m, at, end = &s.messages[f.ref], start, stop
	}
}

// fieldAt finds the field of data[at:end] with a byte, which element it is, and where its value is; nil where there is none.
func (w *walker) fieldAt(m *message, at, end, offset int) (f *field, element, start, stop int) {
	items, last := 0, uint64(0)
	for at < end {
		tag, next, e := w.varint(at, end)
		if e != nil {
			return nil, 0, 0, 0
		}
		if tag>>3 != last {
			items, last = 0, tag>>3
		}
		n, start, e := w.varint(next, end)
		switch {
		case e != nil || tag&7 != wireVarint && (tag&7 != wireBytes || n > uint64(end-start)):
			return nil, 0, 0, 0
		case tag&7 == wireBytes:
			stop = start + int(n)
		default:
			stop = start
		}
		if offset < stop {
			return m.numbered(tag >> 3), m.element(tag>>3, items), start, stop
		}
		items, at = items+1, stop
	}
	return nil, 0, 0, 0
}

func (m *message) numbered(number uint64) *field {
	for i := range m.fields {
		if uint64(m.fields[i].number) == number {
			return &m.fields[i]
		}
	}
	return nil
}

// element is the number of an element, or -1 where paths name none: of singular fields and packed ones.
func (m *message) element(number uint64, items int) int {
	if f := m.numbered(number); f == nil || !f.repeated || f.kind.scalar() {
		return -1
	}
	return items
}
