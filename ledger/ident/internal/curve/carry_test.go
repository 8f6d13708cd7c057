package curve

import (
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

// TestBorders takes numbers next to where carries and borrows go from limb to limb, past the top and back, with each other.
func TestBorders(t *testing.T) {
	var numbers []*big.Int
	top := new(big.Int).Lsh(big.NewInt(1), 256)
	for _, base := range []*big.Int{new(big.Int), new(big.Int).Lsh(big.NewInt(1), 64), new(big.Int).Lsh(big.NewInt(1), 128), new(big.Int).Lsh(big.NewInt(1), 192), order, prime, top} {
		for _, offset := range []int64{-1 << 32, -excess, 1 - excess, -2, -1, 0, 1, excess - 1, excess} {
			if n := new(big.Int).Add(base, big.NewInt(offset)); n.Sign() >= 0 && n.Cmp(top) < 0 {
				numbers = append(numbers, n)
			}
		}
	}
	var want, got big.Int
	for _, a := range numbers {
		for _, b := range numbers {
			x, y := field(fromBig(a)), field(fromBig(b))
			var z field
			check := func(what string) {
				t.Helper()
				if want.Mod(&want, prime); z.big().Cmp(&want) != 0 {
					t.Errorf("%s of %x and %x: %x, want %x", what, a, b, z.big(), &want)
				}
			}
			z.add(&x, &y)
			want.Add(a, b)
			check("sum")
			z.sub(&x, &y)
			want.Sub(a, b)
			check("difference")
			z.mul(&x, &y)
			want.Mul(a, b)
			check("product")
			if same := got.Mod(got.Sub(a, b), prime).Sign() == 0; x.equal(&y) != same {
				t.Errorf("%x is %x: %v", a, b, !same)
			}
		}
	}
}

// TestRareCarry asks for products that random factors have once in 2³⁰, or never: those whose last folding carries far, which is so where the result is small in its
// lower half. With an upper half of zero the carry goes past the top.
func TestRareCarry(t *testing.T) {
	factor := func(x, product *[4]uint64, m *big.Int) (y [4]uint64) {
		n := new(big.Int).ModInverse(number(x), m)
		return fromBig(n.Mod(n.Mul(n, number(product)), m))
	}
	rapid.Check(t, func(t *rapid.T) {
		x, upper := drawLimbs(t, "x"), rapid.SampledFrom([]uint64{0, 1, 1<<64 - 1})
		want := [4]uint64{rapid.Uint64().Draw(t, "low"), 0, upper.Draw(t, "z2"), upper.Draw(t, "z3")}
		f, z := field(x), field{}
		if f.isZero() || number(&x).Cmp(order) >= 0 {
			t.Skip("no factor")
		}
		y := field(factor(&x, &want, prime))
		if z.mul(&f, &y); !z.equal((*field)(&want)) {
			t.Fatalf("%x · %x: %x, want %x", x, y, z, want)
		}
		want[2], want[3] = rapid.Uint64Range(0, 40).Draw(t, "s2"), 0 // 2¹²⁸ and some, until where the last folding of a scalar may end
		s, u := scalar(x), scalar(factor(&x, &want, order))
		if s.mul(&s, &u); s != scalar(want) {
			t.Fatalf("scalars %x · %x: %x, want %x", x, u, s, want)
		}
	})
}
