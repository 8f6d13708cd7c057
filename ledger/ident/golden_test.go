package ident

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the golden files")

type goldenCase struct {
	Name    string `json:"name"`
	Key     string `json:"key"`
	Digest  string `json:"digest"`
	Sig     string `json:"sig"`
	Verdict string `json:"verdict"`
}

func (c *goldenCase) job(t *testing.T) (j Job) {
	t.Helper()
	for _, f := range []struct {
		dst  []byte
		text string
	}{{j.Key[:], c.Key}, {j.Digest[:], c.Digest}, {j.Sig[:], c.Sig}} {
		if n, err := hex.Decode(f.dst, []byte(f.text)); err != nil || n != len(f.dst) {
			t.Fatalf("%s: %v", c.Name, err)
		}
	}
	return j
}

// golden compares what a test makes with the committed file, or rewrites it with -update.
func golden(t *testing.T, name string, value any) {
	t.Helper()
	got, err := json.MarshalIndent(value, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	got = append(got, '\n')
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Errorf("%s differs from what is made now:\n%s", path, got)
	}
}

func scalar(text string) *big.Int {
	sum := sha256.Sum256([]byte(text))
	return mod(new(big.Int).SetBytes(sum[:]), modelN)
}

func fill(v *big.Int) (b [32]byte) {
	v.FillBytes(b[:])
	return b
}

// edgeCases are the hard inputs, made with the naive curve: what a verifier gets wrong first.
func edgeCases() (cases []Job, names []string) {
	one, half := big.NewInt(1), new(big.Int).Rsh(modelN, 1)
	add := func(name string, key PublicKey, e *big.Int, r, s *big.Int) {
		cases, names = append(cases, Job{Key: key, Digest: fill(e), Sig: modelSignature(r, s)}), append(names, name)
	}
	// sign with a chosen nonce; fit gives the private key under which (r of k, s) fits e
	d, k, e := scalar("key"), scalar("nonce"), scalar("digest")
	q := modelMul(d, modelG)
	sign := func(e, k *big.Int) (r, s *big.Int) {
		r = mod(modelMul(k, modelG).x, modelN)
		return r, mul(inv(k, modelN), new(big.Int).Add(e, mul(r, d, modelN)), modelN)
	}
	low := func(s *big.Int) *big.Int {
		if s.Cmp(half) > 0 {
			return sub(modelN, s, modelN)
		}
		return s
	}
	fit := func(e, k, s *big.Int) (PublicKey, *big.Int) {
		r := mod(modelMul(k, modelG).x, modelN)
		return modelMul(mul(sub(mul(s, k, modelN), e, modelN), inv(r, modelN), modelN), modelG).compressed(), r
	}
	// recover gives the key under which (x mod n, s) fits e, for a point of which nobody knows the nonce
	recoverKey := func(p modelPoint, e, s *big.Int) (PublicKey, *big.Int) {
		r := mod(p.x, modelN)
		sum := modelAdd(modelMul(s, p), modelMul(sub(modelN, mod(e, modelN), modelN), modelG))
		return modelMul(inv(r, modelN), sum).compressed(), r
	}

	r, s := sign(e, k)
	s = low(s)
	key := q.compressed()
	add("good", key, e, r, s)
	add("high s", key, e, r, sub(modelN, s, modelN))
	add("r zero", key, e, new(big.Int), s)
	add("s zero", key, e, r, new(big.Int))
	add("all zero", key, new(big.Int), new(big.Int), new(big.Int))
	add("r and s one", key, e, one, one)
	add("r = n", key, e, modelN, s)
	add("s = n", key, e, r, modelN)
	add("r = n, s = n", key, e, modelN, modelN)
	add("r = p", key, e, modelP, s)
	all := sub(new(big.Int), one, new(big.Int).Lsh(one, 256))
	add("r all ones", key, e, all, s)
	add("s all ones", key, e, r, all)
	add("r = n − 1", key, e, sub(modelN, one, modelP), s)
	add("s = n − 1", key, e, r, sub(modelN, one, modelP))
	add("r negated", key, e, sub(modelN, r, modelN), s)
	add("r and s swapped", key, e, low(s), low(r))
	add("digest + 1", key, new(big.Int).Add(e, one), r, s)
	negated := key
	negated[0] ^= 1
	add("negated key", negated, e, r, s)

	// a signature that a verifier reducing mod n too generously would take: r + n < 2^256
	x := new(big.Int).Add(modelN, one)
	p, ok := modelLift(x, 0)
	for ; !ok; p, ok = modelLift(x, 0) {
		x.Add(x, one)
	}
	sLarge := low(scalar("large x"))
	keyLarge, rSmall := recoverKey(p, e, sLarge)
	add("x of the nonce point is not below n", keyLarge, e, rSmall, sLarge)
	add("the same, r not reduced", keyLarge, e, p.x, sLarge)

	keyHalf, rHalf := fit(e, k, half)
	add("s = ⌊n/2⌋", keyHalf, e, rHalf, half)
	above := new(big.Int).Add(half, one)
	add("s = ⌊n/2⌋ + 1", keyHalf, e, rHalf, above)
	keyOne, rOne := fit(e, k, one)
	add("s = 1", keyOne, e, rOne, one)
	point1, _ := modelLift(one, 0)
	key11, _ := recoverKey(point1, e, one)
	add("r = s = 1", key11, e, one, one)

	for _, digest := range []*big.Int{new(big.Int), modelN, all} {
		r, s := sign(mod(digest, modelN), k)
		add(fmt.Sprintf("digest %x", digest), key, digest, r, low(s))
	}
	// u1·G + u2·Q at infinity: e = −r·d
	add("sum at infinity", key, sub(modelN, mul(r, d, modelN), modelN), r, s)
	// u1·G = u2·Q, so that the last addition is a doubling: e = r·d, s = 2·r·d/k
	rd := mul(r, d, modelN)
	add("equal summands", key, rd, r, low(mul(mul(big.NewInt(2), rd, modelN), inv(k, modelN), modelN)))
	add("key is the generator", modelG.compressed(), e, r, s)
	add("key is the generator, signed", modelG.compressed(), e, r, low(mul(inv(k, modelN), new(big.Int).Add(e, r), modelN)))

	for _, prefix := range []byte{0, 1, 4, 5, 6, 7, 0x82, 0xff} {
		hybrid := key
		hybrid[0] = prefix
		add(fmt.Sprintf("key with prefix %02x", prefix), hybrid, e, r, s)
	}
	add("key all zero", PublicKey{}, e, r, s)
	hybrid := key
	hybrid[0] = 6
	add("prefix before range", hybrid, e, new(big.Int), s)
	add("range before high s", key, e, new(big.Int), sub(modelN, s, modelN))
	offCurve := PublicKey{0: 2, 32: 5}
	add("x of the key not on the curve", offCurve, e, r, s)
	add("high s before the curve", offCurve, e, r, sub(modelN, s, modelN))
	aboveP := PublicKey{0: 2}
	new(big.Int).Add(modelP, one).FillBytes(aboveP[1:]) // x = 1 is on the curve
	add("x of the key not below p", aboveP, e, r, s)
	xIsP := PublicKey{0: 2}
	modelP.FillBytes(xIsP[1:])
	add("x of the key = p", xIsP, e, r, s)
	xZero := PublicKey{0: 2}
	add("x of the key zero", xZero, e, r, s)
	return cases, names
}
