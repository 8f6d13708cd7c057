package curve

import (
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

// Everything here is held against this: a curve in big integers, by the textbook.

type modelPoint struct{ x, y *big.Int } // infinity: nil

func (p modelPoint) plus(q modelPoint) modelPoint {
	if p.x == nil {
		return q
	}
	if q.x == nil {
		return p
	}
	slope, below := new(big.Int), new(big.Int)
	switch {
	case p.x.Cmp(q.x) != 0:
		slope.Sub(q.y, p.y)
		below.Sub(q.x, p.x)
	case p.y.Cmp(q.y) != 0:
		return modelPoint{}
	default:
		slope.Mul(p.x, p.x).Mul(slope, big.NewInt(3))
		below.Lsh(p.y, 1)
	}
	slope.Mul(slope, below.ModInverse(below.Mod(below, prime), prime)).Mod(slope, prime)
	x := new(big.Int).Mul(slope, slope)
	x.Sub(x, p.x).Sub(x, q.x).Mod(x, prime)
	y := new(big.Int).Sub(p.x, x)
	y.Mul(y, slope).Sub(y, p.y).Mod(y, prime)
	return modelPoint{x, y}
}

func (p modelPoint) times(k *big.Int) (sum modelPoint) {
	for i := k.BitLen() - 1; i >= 0; i-- {
		sum = sum.plus(sum)
		if k.Bit(i) == 1 {
			sum = sum.plus(p)
		}
	}
	return sum
}

func (p *point) model() modelPoint { return modelPoint{p.x.big(), p.y.big()} }

func (x *field) big() *big.Int {
	n := number((*[4]uint64)(x))
	return n.Mod(n, prime)
}

func number(x *[4]uint64) *big.Int {
	var b [32]byte
	putLimbs(&b, x)
	return new(big.Int).SetBytes(b[:])
}

func fromBig(n *big.Int) [4]uint64 {
	var b [32]byte
	return limbs(n.FillBytes(b[:]))
}

// drawLimbs are numbers of 256 bits, often next to where a carry starts.
func drawLimbs(t *rapid.T, label string) [4]uint64 {
	var x [4]uint64
	for i := range x {
		x[i] = rapid.OneOf(rapid.Uint64(), rapid.SampledFrom([]uint64{0, 1, 1<<64 - 1, 1<<64 - 2, 1<<64 - excess, 1<<64 - excess - 1, excess, excess - 1, order0, order0 - 1, order1, order2, 1 << 63})).Draw(t, label)
	}
	return x
}

func TestField(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x, y := field(drawLimbs(t, "x")), field(drawLimbs(t, "y"))
		var z field
		check := func(what string, want *big.Int) {
			t.Helper()
			if want.Mod(want, prime); z.big().Cmp(want) != 0 {
				t.Fatalf("%s of %x and %x: %x, want %x", what, x, y, z.big(), want)
			}
		}
		z.mul(&x, &y)
		check("product", new(big.Int).Mul(x.big(), y.big()))
		z.add(&x, &y)
		check("sum", new(big.Int).Add(x.big(), y.big()))
		z.sub(&x, &y)
		check("difference", new(big.Int).Sub(x.big(), y.big()))
		z = x
		z.mul(&z, &z)
		check("square in place", new(big.Int).Mul(x.big(), x.big()))
		if got, want := x.isZero(), x.big().Sign() == 0; got != want {
			t.Fatalf("zero: %v, want %v", got, want)
		}
		if got, want := x.equal(&y), x.big().Cmp(y.big()) == 0; got != want {
			t.Fatalf("equal: %v, want %v", got, want)
		}
	})
	// Both representatives of zero and one, which few draws are.
	p := field(fromBig(prime))
	one := p
	one[0]++
	if !p.isZero() || !one.equal(&field{1}) || one.isZero() || !p.equal(&field{}) {
		t.Error("a second representative is not known")
	}
}

func TestScalar(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var b [32]byte
		draw := func(label string) scalar {
			x := drawLimbs(t, label)
			putLimbs(&b, &x)
			s := newScalar(b[:])
			want := number(&x)
			if number((*[4]uint64)(&s)).Cmp(want.Mod(want, order)) != 0 {
				t.Fatalf("%x is not reduced: %x", x, s)
			}
			return s
		}
		x, y := draw("x"), draw("y")
		var z scalar
		z.mul(&x, &y)
		want := new(big.Int).Mul(number((*[4]uint64)(&x)), number((*[4]uint64)(&y)))
		if want.Mod(want, order); number((*[4]uint64)(&z)).Cmp(want) != 0 {
			t.Fatalf("%x · %x: %x, want %x", x, y, z, want)
		}
		if x != (scalar{}) {
			z = x
			z.negate()
			if want.Sub(order, number((*[4]uint64)(&x))); number((*[4]uint64)(&z)).Cmp(want) != 0 {
				t.Fatalf("−%x: %x", x, z)
			}
		}
	})
}

func TestInvert(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 9).Draw(t, "n")
		fields, scalars := make([]field, n), make([]scalar, n)
		for i := range n {
			var b [32]byte
			x := drawLimbs(t, "x")
			putLimbs(&b, &x)
			if fields[i], scalars[i] = field(x), newScalar(b[:]); fields[i].isZero() || scalars[i] == (scalar{}) {
				t.Skip("zero has none")
			}
		}
		invertedFields, invertedScalars := make([]field, n), make([]scalar, n)
		invert(invertedFields, fields)
		invertScalars(invertedScalars, scalars)
		for i := range n {
			var f field
			var s scalar
			f.mul(&fields[i], &invertedFields[i])
			s.mul(&scalars[i], &invertedScalars[i])
			if !f.equal(&field{1}) || s != (scalar{1}) {
				t.Fatalf("number %d of %d: products %x, %x", i, n, f, s)
			}
		}
	})
}

func TestMultiples(t *testing.T) {
	p := generator.model().times(big.NewInt(1234567890123456789))
	for width := 2; width <= 8; width++ {
		m := newMultiples(&point{fromBig(p.x), fromBig(p.y)}, width)
		base := p
		for w := range windows(width) {
			want := base
			for d := range m.perWindow() {
				got := m.points[w*m.perWindow()+d].model()
				if got.x.Cmp(want.x) != 0 || got.y.Cmp(want.y) != 0 {
					t.Fatalf("width %d, window %d: wrong multiple %d", width, w, d+1)
				}
				want = want.plus(base)
			}
			for range width {
				base = base.plus(base)
			}
		}
	}
}

// TestGather: the points that stand for a scalar have it as their sum, whatever its digits.
func TestGather(t *testing.T) {
	g := NewGenerator().of
	narrow := newMultiples(&generator, signerWidth)
	rapid.Check(t, func(t *rapid.T) {
		var b [32]byte
		x := drawLimbs(t, "k")
		putLimbs(&b, &x)
		k := newScalar(b[:])
		want := generator.model().times(number((*[4]uint64)(&k)))
		for _, m := range []*multiples{g, narrow} {
			room := make([]point, 0, windows(m.width))
			var got modelPoint
			for _, p := range m.gather(room, m.small(nil, k)) {
				got = got.plus(p.model())
			}
			if (got.x == nil) != (want.x == nil) || got.x != nil && (got.x.Cmp(want.x) != 0 || got.y.Cmp(want.y) != 0) {
				t.Fatalf("width %d, %x: another point", m.width, k)
			}
		}
	})
}
