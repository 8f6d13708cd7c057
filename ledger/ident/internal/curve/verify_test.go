package curve

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/big"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// signer signs in big integers, with whatever nonce it is told.
type signer struct {
	secret *big.Int
	table  *Table
}

func newSigner(name string) *signer {
	sum := sha256.Sum256([]byte(name))
	s := new(big.Int).SetBytes(sum[:])
	return secretSigner(s.Mod(s, order))
}

func secretSigner(secret *big.Int) *signer {
	q := generator.model().times(secret)
	key := [65]byte{4}
	q.x.FillBytes(key[1:33])
	q.y.FillBytes(key[33:])
	return &signer{secret, NewTable(&key)}
}

// sign gives no signature where r or s would be zero.
func (s *signer) sign(digest [32]byte, nonce *big.Int) (sig [64]byte, ok bool) {
	r := generator.model().times(nonce).x
	r = new(big.Int).Mod(r, order)
	n := new(big.Int).Mul(r, s.secret)
	n.Add(n, new(big.Int).SetBytes(digest[:]))
	n.Mul(n, new(big.Int).ModInverse(nonce, order)).Mod(n, order)
	r.FillBytes(sig[:32])
	n.FillBytes(sig[32:])
	return sig, r.Sign() != 0 && n.Sign() != 0
}

func (s *signer) claim(i int) Claim {
	digest := sha256.Sum256(binary.BigEndian.AppendUint64(s.secret.Bytes(), uint64(i)))
	nonce := sha256.Sum256(digest[:])
	k := new(big.Int).SetBytes(nonce[:])
	sig, _ := s.sign(digest, k.Mod(k, order))
	return Claim{s.table, &digest, &sig}
}

// TestVerify: in batches of any size, what is signed is shown, and nothing else is.
func TestVerify(t *testing.T) {
	signers := []*signer{newSigner("a"), newSigner("b"), newSigner("c"), secretSigner(big.NewInt(1)), secretSigner(new(big.Int).Sub(order, big.NewInt(2)))}
	var claims []Claim
	for i := range 60 {
		claims = append(claims, signers[i%len(signers)].claim(i))
	}
	v := NewVerifier(NewGenerator())
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.SampledFrom([]int{0, 1, 2, 3, 31, 32, 33, 64, 70}).Draw(t, "n") // around the bounds of batches
		mine, want := make([]Claim, n), make([]bool, n)
		for i := range n {
			mine[i] = rapid.SampledFrom(claims).Draw(t, "claim")
			want[i] = true
			digest, sig := *mine[i].Digest, *mine[i].Sig
			switch rapid.IntRange(0, 9).Draw(t, "harm") {
			case 0:
				digest[rapid.IntRange(0, 31).Draw(t, "byte")] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
				want[i] = false
			case 1:
				sig[rapid.IntRange(0, 63).Draw(t, "byte")] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
				want[i] = false
			case 2: // −s signs the same: refusing it is the caller's
				s := new(big.Int).SetBytes(sig[32:])
				s.Sub(order, s).FillBytes(sig[32:])
			case 3:
				other := rapid.SampledFrom(signers).Draw(t, "other")
				want[i] = other.table == mine[i].Table
				mine[i].Table = other.table
			}
			mine[i].Digest, mine[i].Sig = &digest, &sig
		}
		good := make([]bool, n)
		v.Verify(mine, good)
		if !slices.Equal(good, want) {
			t.Fatalf("got %v, want %v", good, want)
		}
	})
}

// TestSharedX: sums in which two points have one x are not shown, and leave their neighbours alone.
func TestSharedX(t *testing.T) {
	one := secretSigner(big.NewInt(1))
	v := NewVerifier(NewGenerator())
	// A sum of twice the same point: e/s = r/s = 1, that is e = r = s, with the x of 2·G, for Q = G.
	r := new(big.Int).Mod(generator.model().times(big.NewInt(2)).x, order)
	var digest [32]byte
	var sig [64]byte
	r.FillBytes(digest[:])
	r.FillBytes(sig[:32])
	r.FillBytes(sig[32:])
	// A sum of a point and its opposite is infinity: e = −r.
	var opposite [32]byte
	new(big.Int).Sub(order, r).FillBytes(opposite[:])

	fine := one.claim(7)
	claims, good := []Claim{fine, {one.table, &digest, &sig}, fine, {one.table, &opposite, &sig}, fine}, make([]bool, 5)
	v.Verify(claims, good)
	if want := []bool{true, false, true, false, true}; !slices.Equal(good, want) {
		t.Errorf("got %v, want %v", good, want)
	}
}

// TestDigestZero: one of the two scalars is then none at all.
func TestDigestZero(t *testing.T) {
	s := newSigner("zero")
	v := NewVerifier(NewGenerator())
	var wrapped [32]byte // n is zero, too
	order.FillBytes(wrapped[:])
	for _, digest := range [][32]byte{{}, wrapped, {31: 1}} {
		sig, ok := s.sign(digest, big.NewInt(987654321))
		if !ok {
			t.Fatal("no signature")
		}
		good := make([]bool, 1)
		if v.Verify([]Claim{{s.table, &digest, &sig}}, good); !good[0] {
			t.Errorf("digest %x: not shown", digest)
		}
	}
}

// TestHasX covers an x between n and p, which no known nonce has.
func TestHasX(t *testing.T) {
	for offset := int64(-2); offset <= 2; offset++ {
		for _, base := range []*big.Int{big.NewInt(2), order, new(big.Int).Sub(prime, big.NewInt(3))} {
			x := new(big.Int).Add(base, big.NewInt(offset))
			r := new(big.Int).Mod(x, order)
			f := field(fromBig(x))
			if !hasX(&f, r.FillBytes(make([]byte, 32))) {
				t.Errorf("%x: r = %x is not seen", x, r)
			}
			r.Add(r, big.NewInt(1)).Mod(r, order)
			if hasX(&f, r.FillBytes(make([]byte, 32))) {
				t.Errorf("%x: another r is taken", x)
			}
		}
	}
	// r + n is p or more: it is no x, whatever it is modulo p.
	gap := new(big.Int).Sub(prime, order)
	for _, more := range []int64{0, 1, 5} {
		r := new(big.Int).Add(gap, big.NewInt(more))
		f := field{uint64(more)}
		if hasX(&f, r.FillBytes(make([]byte, 32))) {
			t.Errorf("r = p − n + %d is taken for an x of %d", more, more)
		}
	}
}

// TestOffTheCurve: a table with a wrong number shows nothing that the number was used for, whatever the signature says.
func TestOffTheCurve(t *testing.T) {
	s := newSigner("off")
	v := NewVerifier(NewGenerator())
	claims := make([]Claim, 20)
	for i := range claims {
		claims[i] = s.claim(i)
	}
	broken := &Table{&multiples{s.table.of.width, slices.Clone(s.table.of.points)}}
	for i := range broken.of.points {
		broken.of.points[i].x[1] ^= 1 << 17
	}
	good := make([]bool, len(claims))
	for i := range claims {
		claims[i].Table = broken
		v.Verify(claims[i:i+1], good)
		sum := v.points[0]
		if sum.onCurve() {
			t.Fatal("a sum of points off the curve is on it")
		}
		r := new(big.Int).Mod(sum.x.big(), order)
		r.FillBytes(claims[i].Sig[:32]) // as if somebody had met it; the sum is then another
		if v.Verify(claims[i:i+1], good); good[0] {
			t.Fatal("shown")
		}
	}
	for _, p := range s.table.of.points {
		if !p.onCurve() {
			t.Fatal("a point of the curve is not seen to be one")
		}
	}
}

// TestZeroScalar: s = 0 is refused before anybody asks here, and would not end a process.
func TestZeroScalar(t *testing.T) {
	fine := newSigner("zero").claim(1)
	zero := fine
	zero.Sig = new([64]byte)
	copy(zero.Sig[:32], fine.Sig[:32])
	good := make([]bool, 3)
	NewVerifier(NewGenerator()).Verify([]Claim{fine, zero, fine}, good)
	if want := []bool{true, false, true}; !slices.Equal(good, want) {
		t.Errorf("got %v, want %v", good, want)
	}
}

func TestTableBytes(t *testing.T) {
	if got := len(newSigner("a").table.of.points) * 64; got != TableBytes {
		t.Errorf("%d bytes, documented %d", got, TableBytes)
	}
}

func BenchmarkField(b *testing.B) {
	x, y := field{1, 2, 3, 1<<64 - 1}, field{5, 1<<64 - 2, 7, 8}
	for b.Loop() {
		x.mul(&x, &y)
	}
}

func BenchmarkTable(b *testing.B) {
	p := generator
	for b.Loop() {
		newMultiples(&p, signerWidth)
	}
}

// BenchmarkVerify verifies n signatures of some signers at once; the metric is for one of them.
func BenchmarkVerify(b *testing.B) {
	g := NewGenerator()
	for _, c := range []struct{ signers, n int }{{1, 1}, {1, 4}, {1, 32}, {16, 32}, {256, 32}, {768, 32}, {512, 1}} {
		b.Run(fmt.Sprintf("signers=%d/n=%d", c.signers, c.n), func(b *testing.B) {
			var claims []Claim
			for i := range c.signers {
				s := newSigner(fmt.Sprint(i))
				for j := range 4 {
					claims = append(claims, s.claim(j))
				}
			}
			claims = append(claims, claims...)
			for len(claims) < 64 {
				claims = append(claims, claims...)
			}
			v, good := NewVerifier(g), make([]bool, c.n)
			at := 0
			b.ResetTimer()
			for b.Loop() {
				if at += 37; at+c.n > len(claims) {
					at %= len(claims) - c.n
				}
				v.Verify(claims[at:at+c.n], good)
			}
			if slices.Contains(good, false) {
				b.Fatal("not shown")
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*c.n), "ns/sig")
		})
	}
}
