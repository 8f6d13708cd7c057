package text

// kind of a code point in names. The zero kind is not allowed.
type kind uint8

const (
	forbidden kind = iota
	letter
	digit
	sign
	combining
)

// span is an inclusive range of code points of one kind.
type span struct {
	lo, hi rune
	kind   kind
}

// mark is a combining mark with its canonical combining class, never 0.
type mark struct {
	r     rune
	class uint8
}

// composite is one canonical composition: first followed by mark is whole.
type composite struct{ whole, first, mark rune }

func kindOf(r rune) kind {
	lo, hi := 0, len(spans)
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		switch s := &spans[mid]; {
		case r > s.hi:
			lo = mid + 1
		case r < s.lo:
			hi = mid
		default:
			return s.kind
		}
	}
	return forbidden
}

// classOf is the canonical combining class of an allowed code point.
func classOf(r rune) uint8 {
	for i := range marks {
		if marks[i].r == r {
			return marks[i].class
		}
	}
	return 0
}

// split undoes one composition.
func split(whole rune) (first, mark rune, ok bool) {
	lo, hi := 0, len(composites)
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		switch c := &composites[mid]; {
		case whole > c.whole:
			lo = mid + 1
		case whole < c.whole:
			hi = mid
		default:
			return c.first, c.mark, true
		}
	}
	return 0, 0, false
}

// join makes one composition.
func join(first, mark rune) (whole rune, ok bool) {
	lo, hi := 0, len(byParts)
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		switch c := &composites[byParts[mid]]; {
		case first > c.first, first == c.first && mark > c.mark:
			lo = mid + 1
		case first < c.first, mark < c.mark:
			hi = mid
		default:
			return c.whole, true
		}
	}
	return 0, false
}
