package curve

import (
	"math/big"
	"testing"
)

// TestPartsCollide: a sum two parts of which are one point or opposite ones, in whichever round they meet, is not shown, not even with an r of what the formulas make
// of it; and the next sum in its place is.
func TestPartsCollide(t *testing.T) {
	one := secretSigner(big.NewInt(1))
	fine := one.claim(7)
	v := NewVerifier(NewGenerator())
	good := make([]bool, 1)
	for parts := 1; parts <= 8; parts *= 2 {
		u2 := new(big.Int) // that many digits in windows of either width
		for i := range parts {
			u2.SetBit(u2, signerWidth*generatorWidth/2*i, 1)
		}
		for name, u1 := range map[string]*big.Int{"equal": u2, "opposite": new(big.Int).Sub(order, u2)} {
			r := big.NewInt(1)
			for range 2 {
				var digest [32]byte
				var sig [64]byte
				s := new(big.Int).ModInverse(u2, order)
				s.Mul(s, r).Mod(s, order)
				r.FillBytes(sig[:32])
				s.FillBytes(sig[32:])
				s.Mul(s, u1).Mod(s, order).FillBytes(digest[:])
				good[0] = true
				if v.Verify([]Claim{{one.table, &digest, &sig}}, good); good[0] || !v.doubtful[0] || v.counts[0] != 1 {
					t.Errorf("%d and %d parts, %s: shown %v, doubtful %v", parts, parts, name, good[0], v.doubtful[0])
				}
				r.Mod(v.points[0].x.big(), order)
			}
			if v.Verify([]Claim{fine}, good); !good[0] {
				t.Error("a good signature after it is not shown")
			}
		}
	}
}
