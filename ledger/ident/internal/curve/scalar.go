package curve

import "math/bits"

// scalar is a number modulo the group order n, little-endian, below n.
type scalar [4]uint64

var order = fromHex("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141")

// The limbs of n, and of 2²⁵⁶ − n but for its third, which is 1.
const (
	order0, order1, order2, order3 = 0xbfd25e8cd0364141, 0xbaaedce6af48a03b, 0xfffffffffffffffe, 0xffffffffffffffff
	above0, above1                 = 0x402da1732fc9bebf, 0x4551231950b75fc4
)

// newScalar reads 32 bytes, big-endian, modulo n.
func newScalar(b []byte) scalar {
	x := scalar(limbs(b))
	x.reduce(0)
	return x
}

// reduce takes n from carry·2²⁵⁶ + x, which is below 2n, if it is n or more.
func (x *scalar) reduce(carry uint64) {
	z0, b := bits.Sub64(x[0], order0, 0)
	z1, b := bits.Sub64(x[1], order1, b)
	z2, b := bits.Sub64(x[2], order2, b)
	z3, b := bits.Sub64(x[3], order3, b)
	if carry >= b {
		*x = scalar{z0, z1, z2, z3}
	}
}

// mul sets z = x·y. They may be the same.
func (z *scalar) mul(x, y *scalar) {
	t := product(x, y)
	// 2²⁵⁶ is worth a number of 129 bits: 512 bits become 386, 386 become 260, 260 become 257.
	for range 3 {
		t = fold(&t)
	}
	*z = scalar{t[0], t[1], t[2], t[3]}
	z.reduce(t[4])
}

// product is x·y, all 512 bits.
func product(x, y *scalar) (t [8]uint64) {
	for i, f := range x {
		var carry uint64
		for j, g := range y {
			h, l := bits.Mul64(f, g)
			var c uint64
			l, c = bits.Add64(l, carry, 0)
			h += c
			t[i+j], c = bits.Add64(t[i+j], l, 0)
			carry = h + c
		}
		t[i+4] = carry
	}
	return t
}

// fold is t modulo 2²⁵⁶ and what the limbs above are worth.
func fold(t *[8]uint64) (z [8]uint64) {
	copy(z[:4], t[:4])
	for i := range 4 {
		high := t[4+i]
		h0, l0 := bits.Mul64(high, above0)
		h1, l1 := bits.Mul64(high, above1)
		var c, d uint64
		l1, c = bits.Add64(l1, h0, 0)
		l2, c := bits.Add64(high, h1, c)
		z[i], d = bits.Add64(z[i], l0, 0)
		z[i+1], d = bits.Add64(z[i+1], l1, d)
		z[i+2], d = bits.Add64(z[i+2], l2, d)
		z[i+3], d = bits.Add64(z[i+3], c, d)
		for j := i + 4; d != 0; j++ {
			z[j], d = bits.Add64(z[j], 0, d)
		}
	}
	return z
}

// negate sets x = −x, for x ≠ 0.
func (x *scalar) negate() {
	var b uint64
	x[0], b = bits.Sub64(order0, x[0], 0)
	x[1], b = bits.Sub64(order1, x[1], b)
	x[2], b = bits.Sub64(order2, x[2], b)
	x[3], _ = bits.Sub64(order3, x[3], b)
}

// invertScalars sets the first of inverses to those of xs, none of which is zero.
func invertScalars(inverses, xs []scalar) {
	product := scalar{1}
	for i := range xs {
		inverses[i] = product
		product.mul(&product, &xs[i])
	}
	rest := scalar(inverse((*[4]uint64)(&product), order))
	for i := len(xs) - 1; i >= 0; i-- {
		inverses[i].mul(&inverses[i], &rest)
		rest.mul(&rest, &xs[i])
	}
}
