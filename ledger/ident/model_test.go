package ident

import (
	"errors"
	"math/big"
)

// A naive secp256k1 in affine coordinates over big.Int: slow, short, and independent of both libraries.

type modelPoint struct{ x, y *big.Int } // x nil: the point at infinity

func bigHex(s string) *big.Int {
	v, ok := new(big.Int).SetString(s, 16)
	if !ok {
		panic(s)
	}
	return v
}

var (
	modelP = bigHex("fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f")
	modelN = bigHex("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141")
	modelG = modelPoint{
		bigHex("79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"),
		bigHex("483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8"),
	}
)

func mod(v, m *big.Int) *big.Int    { return new(big.Int).Mod(v, m) }
func mul(a, b, m *big.Int) *big.Int { return mod(new(big.Int).Mul(a, b), m) }
func sub(a, b, m *big.Int) *big.Int { return mod(new(big.Int).Sub(a, b), m) }
func inv(a, m *big.Int) *big.Int    { return new(big.Int).ModInverse(mod(a, m), m) }

func modelAdd(a, b modelPoint) modelPoint {
	if a.x == nil {
		return b
	}
	if b.x == nil {
		return a
	}
	var slope *big.Int
	switch {
	case a.x.Cmp(b.x) != 0:
		slope = mul(sub(b.y, a.y, modelP), inv(sub(b.x, a.x, modelP), modelP), modelP)
	case a.y.Cmp(b.y) == 0 && a.y.Sign() != 0:
		slope = mul(mul(big.NewInt(3), mul(a.x, a.x, modelP), modelP), inv(mul(big.NewInt(2), a.y, modelP), modelP), modelP)
	default:
		return modelPoint{}
	}
	x := sub(sub(mul(slope, slope, modelP), a.x, modelP), b.x, modelP)
	return modelPoint{x, sub(mul(slope, sub(a.x, x, modelP), modelP), a.y, modelP)}
}

func modelMul(k *big.Int, p modelPoint) (sum modelPoint) {
	k = mod(k, modelN)
	for i := k.BitLen() - 1; i >= 0; i-- {
		sum = modelAdd(sum, sum)
		if k.Bit(i) == 1 {
			sum = modelAdd(sum, p)
		}
	}
	return sum
}

// modelLift finds the point with that x and the wanted oddness of y.
func modelLift(x *big.Int, odd uint) (modelPoint, bool) {
	if x.Cmp(modelP) >= 0 {
		return modelPoint{}, false
	}
	y2 := mod(new(big.Int).Add(mul(x, mul(x, x, modelP), modelP), big.NewInt(7)), modelP)
	y := new(big.Int).ModSqrt(y2, modelP)
	if y == nil {
		return modelPoint{}, false
	}
	if y.Bit(0) != odd {
		y = sub(new(big.Int), y, modelP)
	}
	return modelPoint{x, y}, true
}

func (p modelPoint) compressed() (k PublicKey) {
	k[0] = 2 + byte(p.y.Bit(0))
	p.x.FillBytes(k[1:])
	return k
}

func modelSignature(r, s *big.Int) (sig Signature) {
	r.FillBytes(sig[:32])
	s.FillBytes(sig[32:])
	return sig
}

// modelVerify is the definition of a good record signature, as FORMAT.md has it.
func modelVerify(j Job) error {
	if j.Key[0] != 2 && j.Key[0] != 3 {
		return ErrPublicKey
	}
	r, s := new(big.Int).SetBytes(j.Sig[:32]), new(big.Int).SetBytes(j.Sig[32:])
	if r.Sign() == 0 || s.Sign() == 0 || r.Cmp(modelN) >= 0 || s.Cmp(modelN) >= 0 {
		return ErrSignatureRange
	}
	if s.Cmp(new(big.Int).Rsh(modelN, 1)) > 0 {
		return ErrHighS
	}
	q, ok := modelLift(new(big.Int).SetBytes(j.Key[1:]), uint(j.Key[0]&1))
	if !ok {
		return ErrPublicKey
	}
	e, w := new(big.Int).SetBytes(j.Digest[:]), inv(s, modelN)
	point := modelAdd(modelMul(mul(e, w, modelN), modelG), modelMul(mul(r, w, modelN), q))
	if point.x == nil || mod(point.x, modelN).Cmp(r) != 0 {
		return ErrSignature
	}
	return nil
}

var verdictWords = map[string]error{
	"good": nil, "public key": ErrPublicKey, "range": ErrSignatureRange, "high s": ErrHighS, "signature": ErrSignature,
}

func verdictWord(err error) string {
	for word, want := range verdictWords {
		if errors.Is(err, want) && (err == nil) == (want == nil) {
			return word
		}
	}
	return "?"
}
