package curve

// point is a point of the curve other than infinity.
type point struct{ x, y field }

// multiples holds d·2^(width·i)·P for each i < windows and 1 ≤ d ≤ 2^(width−1), window by window: with digits of both signs, a scalar of 256 bits is
// one of them in each window.
type multiples struct {
	width  int
	points []point
}

func windows(width int) int { return (256 + width - 1) / width }

func (m *multiples) perWindow() int { return 1 << (m.width - 1) }

// newMultiples costs one addition, or doubling, a point. Each window's base has the prime order of the curve, and its multiples are few: no sum is infinity, and no two
// of a window share an x.
func newMultiples(p *point, width int) *multiples {
	var (
		n        = windows(width)
		m        = &multiples{width, make([]point, n<<(width-1))}
		per      = m.perWindow()
		below    = make([]field, n*per/2)
		inverses = make([]field, len(below))
	)
	for i, base := range powers(p, width, n) {
		m.points[i*per] = base
	}
	for have := 1; have < per; have *= 2 { // 1 … have, plus have times the base, is have+1 … 2·have
		for w := range n {
			window := m.points[w*per:]
			for d := range have {
				denominator(&below[w*have+d], &window[d], &window[have-1])
			}
		}
		invert(inverses, below[:n*have])
		for w := range n {
			window := m.points[w*per:]
			for d := range have {
				sum(&window[have+d], &window[d], &window[have-1], &inverses[w*have+d])
			}
		}
	}
	return m
}

// denominator is what the slope of the line through p and q is divided by; the same pointer twice asks for the tangent's.
func denominator(z *field, p, q *point) {
	if p == q {
		z.add(&p.y, &p.y)
	} else {
		z.sub(&q.x, &p.x)
	}
}

// sum sets z = p + q, given the inverse of their denominator.
func sum(z, p, q *point, inverse *field) {
	var slope field
	if p == q {
		var square field
		square.mul(&p.x, &p.x)
		slope.add(&square, &square)
		slope.add(&slope, &square)
	} else {
		slope.sub(&q.y, &p.y)
	}
	slope.mul(&slope, inverse)
	var x, y field
	x.mul(&slope, &slope)
	x.sub(&x, &p.x)
	x.sub(&x, &q.x)
	y.sub(&p.x, &x)
	y.mul(&y, &slope)
	y.sub(&y, &p.y)
	z.x, z.y = x, y
}

// powers are 2^(width·i)·p for each i < n. They are doubled in Jacobian coordinates, (X/Z², Y/Z³), which need no division (the formulas are "dbl-2009-l" of the
// Explicit-Formulas Database), and divided together at the end.
func powers(p *point, width, n int) []point {
	all, zs := make([]point, n), make([]field, n)
	x, y, z := p.x, p.y, field{1}
	for i := range n {
		all[i], zs[i] = point{x, y}, z
		for range width {
			var a, b, c, d, e field
			a.mul(&x, &x)
			b.mul(&y, &y)
			c.mul(&b, &b)
			d.add(&x, &b)
			d.mul(&d, &d)
			d.sub(&d, &a)
			d.sub(&d, &c)
			d.add(&d, &d)
			e.add(&a, &a)
			e.add(&e, &a)
			z.mul(&z, &y)
			z.add(&z, &z)
			x.mul(&e, &e)
			x.sub(&x, &d)
			x.sub(&x, &d)
			d.sub(&d, &x)
			y.mul(&e, &d)
			c.add(&c, &c)
			c.add(&c, &c)
			c.add(&c, &c)
			y.sub(&y, &c)
		}
	}
	inverses := make([]field, n)
	invert(inverses, zs)
	for i := range all {
		var square field
		square.mul(&inverses[i], &inverses[i])
		all[i].x.mul(&all[i].x, &square)
		square.mul(&square, &inverses[i])
		all[i].y.mul(&all[i].y, &square)
	}
	return all
}

// place is where a digit's point is, and whether its opposite is meant.
type place struct {
	at       uint32
	opposite bool
}

// places appends where the points are whose sum is k times the point of m; where negative, its opposite.
func (m *multiples) places(places []place, k *scalar, negative bool) []place {
	per, mask := m.perWindow(), uint64(1)<<m.width-1
	carry := uint64(0)
	for w, at := 0, 0; at < 256; w, at = w+1, at+m.width {
		digit := k[at/64] >> (at % 64)
		if rest := 64 - at%64; rest < m.width && at/64 < 3 {
			digit |= k[at/64+1] << rest
		}
		digit = digit&mask + carry
		if carry = 0; digit > uint64(per) {
			digit, carry = mask+1-digit, 1
		}
		if digit != 0 {
			places = append(places, place{uint32(w*per + int(digit) - 1), negative != (carry == 1)})
		}
	}
	return places
}

// touch reads a word of each point, so that all are on their way to the core together: tables of many signers are in no cache that is near, and a point that is copied
// keeps the next ones waiting. What it returns says nothing, and keeps the compiler from leaving it out.
func (m *multiples) touch(places []place) (words uint64) {
	points := m.points
	for i := range places {
		words |= points[places[i].at].x[0]
	}
	return words
}

// gather appends the points at their places.
func (m *multiples) gather(points []point, places []place) []point {
	for i := range places {
		p := m.points[places[i].at]
		if places[i].opposite {
			p.y.sub(&field{}, &p.y)
		}
		points = append(points, p)
	}
	return points
}
