package text

import "unicode/utf8"

// maxCluster bounds the marks that are normalised together, after decomposition: UAX #15 calls text with more than 30 in
// a row not stream-safe, and it is not normal here either. Names allow far fewer.
const maxCluster = 30

// maxSplits is more marks than any code point of the table decomposes into.
const maxSplits = 4

// IsNFC reports whether b, which must consist of allowed code points, is in Normalization Form C.
// Anything else, and malformed UTF-8, is not.
func IsNFC(b []byte) bool {
	base := rune(-1)
	for i := 0; i < len(b); {
		r, size := rune(b[i]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRune(b[i:])
		}
		k := kindOf(r)
		if k == forbidden && r != ' ' {
			return false
		}
		if k != combining {
			base = r
			i += size
			continue
		}
		var c cluster
		end, ok := c.read(base, b, i)
		if !ok || !c.isNFC() {
			return false
		}
		base = -1
		i = end
	}
	return true
}

// cluster is a code point with the combining marks that follow it.
type cluster struct {
	base  rune // -1: the marks begin the text
	marks [maxCluster]rune
	n     int
}

// read takes the marks that follow base at b[at:] and returns where they end.
func (c *cluster) read(base rune, b []byte, at int) (end int, ok bool) {
	c.base = base
	for at < len(b) {
		r, size := utf8.DecodeRune(b[at:])
		if kindOf(r) != combining {
			break
		}
		if c.n == maxCluster {
			return at, false
		}
		c.marks[c.n] = r
		c.n++
		at += size
	}
	return at, true
}

// isNFC decomposes the cluster, puts it into canonical order, composes it and compares.
func (c *cluster) isNFC() bool {
	var parts [maxCluster + maxSplits]rune
	n := 0
	first := c.base
	for {
		rest, m, ok := split(first)
		if !ok {
			break
		}
		parts[n] = m
		n++
		first = rest
	}
	reverse(parts[:n])
	n += copy(parts[n:], c.marks[:c.n])
	if n > maxCluster {
		return false
	}
	order(parts[:n])

	kept, last := 0, uint8(0)
	for _, m := range parts[:n] {
		class := classOf(m)
		if class > last { // nothing between first and m blocks it
			if whole, ok := join(first, m); ok {
				first = whole
				continue
			}
		}
		if kept == c.n || c.marks[kept] != m {
			return false
		}
		kept++
		last = class
	}
	return first == c.base // then as many marks were kept as there were
}

func reverse(s []rune) {
	for i, j := 0, len(s)-1; i < j; i, j = i+1, j-1 {
		s[i], s[j] = s[j], s[i]
	}
}

// order sorts marks by combining class and keeps the order within a class.
func order(s []rune) {
	for i := 1; i < len(s); i++ {
		for j := i; j > 0 && classOf(s[j-1]) > classOf(s[j]); j-- {
			s[j-1], s[j] = s[j], s[j-1]
		}
	}
}
