package ident

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"
	"pgregory.net/rapid"
)

func testEd25519(t testing.TB, seed string) *Ed25519PrivateKey {
	t.Helper()
	secret := sha256.Sum256([]byte(seed))
	k, err := NewEd25519PrivateKey(secret[:])
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestEd25519(t *testing.T) {
	k, err := GenerateEd25519(bytes.NewReader(bytes.Repeat([]byte{7}, 32)))
	if err != nil || k.Secret() != [32]byte(bytes.Repeat([]byte{7}, 32)) {
		t.Fatalf("the key is not what was drawn: %v", err)
	}
	sig, err := k.Sign([]byte("message"))
	if err != nil {
		t.Fatal(err)
	}
	if err := k.Public().Verify([]byte("message"), sig); err != nil {
		t.Error(err)
	}
	if err := k.Public().Verify([]byte("massage"), sig); err != ErrSignature {
		t.Errorf("other message: %v", err)
	}
	signer, err := k.Signer()
	if err != nil || !signer.Public().(ed25519.PublicKey).Equal(ed25519.PublicKey(publicBytes(k))) {
		t.Errorf("TLS signer: %v", err)
	}
	memory := k.key
	k.Zero()
	k.Zero()
	if !bytes.Equal(memory, make([]byte, 64)) {
		t.Error("the secret is still in memory")
	}
	if _, err := k.Sign(nil); !errors.Is(err, ErrPrivateKey) {
		t.Errorf("a wiped key signs: %v", err)
	}
	if _, err := k.Signer(); !errors.Is(err, ErrPrivateKey) {
		t.Errorf("a wiped key gives a signer: %v", err)
	}
	if k.Secret() != ([32]byte{}) {
		t.Error("a wiped key has a secret")
	}
	if _, err := GenerateEd25519(bytes.NewReader(nil)); err == nil {
		t.Error("a key out of nothing")
	}
}

func publicBytes(k *Ed25519PrivateKey) []byte { p := k.Public(); return p[:] }

// The naive twisted Edwards curve: affine addition over big.Int.
var (
	edP = bigHex("7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed")
	edD = mod(new(big.Int).Mul(big.NewInt(-121665), inv(big.NewInt(121666), edP)), edP)
)

func edAdd(a, b modelPoint) modelPoint {
	one := big.NewInt(1)
	xy := mul(a.x, b.y, edP)
	cross := mul(edD, mul(mul(a.x, b.x, edP), mul(a.y, b.y, edP), edP), edP)
	x := mul(mod(new(big.Int).Add(xy, mul(a.y, b.x, edP)), edP), inv(new(big.Int).Add(one, cross), edP), edP)
	y := mul(mod(new(big.Int).Add(mul(a.y, b.y, edP), mul(a.x, b.x, edP)), edP), inv(new(big.Int).Sub(one, cross), edP), edP)
	return modelPoint{x, y}
}

// edLift decodes a key by RFC 8032, 5.1.3.
func edLift(k Ed25519Key) (modelPoint, bool) {
	le := slices.Clone(k[:])
	odd := uint(le[31] >> 7)
	le[31] &= 0x7f
	slices.Reverse(le)
	y, one := new(big.Int).SetBytes(le), big.NewInt(1)
	if y.Cmp(edP) >= 0 {
		return modelPoint{}, false
	}
	y2 := mul(y, y, edP)
	x := new(big.Int).ModSqrt(mul(sub(y2, one, edP), inv(new(big.Int).Add(mul(edD, y2, edP), one), edP), edP), edP)
	if x == nil || (x.Sign() == 0 && odd == 1) {
		return modelPoint{}, false
	}
	if x.Bit(0) != odd {
		x = sub(new(big.Int), x, edP)
	}
	return modelPoint{x, y}, true
}

func modelEd25519Check(k Ed25519Key) bool {
	p, ok := edLift(k)
	if !ok {
		return false
	}
	for range 3 {
		p = edAdd(p, p)
	}
	return p.x.Sign() != 0 || p.y.Cmp(big.NewInt(1)) != 0
}

func TestEd25519Check(t *testing.T) {
	small := 0
	for _, y := range []string{
		"00", "01", "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a", "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
	} {
		for _, sign := range []byte{0, 0x80} {
			var k Ed25519Key
			copy(k[:], decodeHex(t, y))
			k[31] |= sign
			if _, ok := edLift(k); ok {
				small++
			}
			if k.Check() != ErrEd25519Key || modelEd25519Check(k) {
				t.Errorf("%v: of small order and taken", k)
			}
		}
	}
	if small != 8 {
		t.Errorf("%d points of small order, want 8", small)
	}
	for above := range 19 { // y = p + above
		var k Ed25519Key
		copy(k[:], bytes.Repeat([]byte{0xff}, 32))
		k[0], k[31] = 0xed+byte(above), 0x7f
		if k.Check() != ErrEd25519Key {
			t.Errorf("%v: not canonical and taken", k)
		}
	}
	good := 0
	rapid.Check(t, func(t *rapid.T) {
		k := Ed25519Key(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "key"))
		want := modelEd25519Check(k)
		if (k.Check() == nil) != want {
			t.Fatalf("check says %v, the model %v", k.Check(), want)
		}
		if want {
			good++
		}
	})
	if good == 0 {
		t.Error("no drawn key was good")
	}
	if err := testEd25519(t, "k").Public().Check(); err != nil {
		t.Error(err)
	}
}

func decodeHex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestVKeyOfTheSpecification is the example of c2sp.org/signed-note.
func TestVKeyOfTheSpecification(t *testing.T) {
	const vkey = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
	const text = "This is an example message.\n\n— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
	v, err := ParseVKey(vkey)
	if err != nil {
		t.Fatal(err)
	}
	if v.Name != "example.com/foo" || v.Type != NoteLog || v.ID() != 0x530d903a || v.String() != vkey {
		t.Errorf("%+v", v)
	}
	if _, err := note.Open([]byte(text), note.VerifierList(v.Verifier())); err != nil {
		t.Error(err)
	}
	theirs, err := note.NewVerifier(vkey)
	if err != nil || theirs.KeyHash() != v.ID() {
		t.Errorf("package note: %v", err)
	}
}

const checkpoint = "log.example.vn/sample\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"

func TestCheckpointWithLogAndCosigners(t *testing.T) {
	log, err := NewLogSigner("log.example.vn/sample", testEd25519(t, "log"))
	if err != nil {
		t.Fatal(err)
	}
	cosigner, err := NewCosigner("node.example.vn/1", testEd25519(t, "cosigner"))
	if err != nil {
		t.Fatal(err)
	}
	msg, err := note.Sign(&note.Note{Text: checkpoint}, log, cosigner.At(1679315147))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("testdata", "cosigned_v1.txt")
	keys := log.VKey().String() + "\n" + cosigner.VKey().String() + "\n"
	if *update {
		if err := os.WriteFile(path, []byte(keys+"\n"+string(msg)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if want, err := os.ReadFile(path); err != nil || keys+"\n"+string(msg) != string(want) {
		t.Errorf("differs from %s (%v):\n%s\n%s", path, err, keys, msg)
	}

	opened, err := note.Open(msg, note.VerifierList(log.VKey().Verifier(), cosigner.VKey().Verifier()))
	if err != nil || len(opened.Sigs) != 2 {
		t.Fatalf("%+v, %v", opened, err)
	}
	// Every bit of a cosignature counts, its time included, and so does the text.
	good, err := cosigner.Cosign([]byte(checkpoint), 1679315147)
	if err != nil {
		t.Fatal(err)
	}
	raw := good.Append(nil)
	if back, err := ParseCosignature(raw); err != nil || back != good {
		t.Errorf("%+v, %v", back, err)
	}
	verifier := cosigner.VKey().Verifier()
	if !verifier.Verify([]byte(checkpoint), raw) {
		t.Error("good cosignature is refused")
	}
	for bit := range len(raw) * 8 {
		bad := slices.Clone(raw)
		bad[bit/8] ^= 1 << (bit % 8)
		if verifier.Verify([]byte(checkpoint), bad) {
			t.Errorf("bit %d does not matter", bit)
		}
	}
	for i := range checkpoint {
		bad := []byte(checkpoint)
		bad[i] ^= 1
		if verifier.Verify(bad, raw) {
			t.Errorf("byte %d of the text does not matter", i)
		}
	}
	for _, n := range []int{0, 8, 64, 71, 73} {
		if verifier.Verify([]byte(checkpoint), make([]byte, n)) || log.VKey().Verifier().Verify([]byte(checkpoint), make([]byte, n)) {
			t.Errorf("a signature of %d bytes", n)
		}
	}
}

// TestSignersKeepToTheirText: a log key signs its own checkpoints only, a cosigner checkpoints only, and neither's signature serves as the other's.
func TestSignersKeepToTheirText(t *testing.T) {
	key := testEd25519(t, "both")
	log, _ := NewLogSigner("log.example.vn/sample", key)
	cosigner, _ := NewCosigner("log.example.vn/sample", key)
	for _, text := range []string{"", "\n", "log.example.vn/sample", "log.example.vn/sample2\n1\n", "other\n1\n", string(PAE(TypeDraftHeader, nil))} {
		if _, err := log.Sign([]byte(text)); !errors.Is(err, ErrFormat) {
			t.Errorf("log key signs %q: %v", text, err)
		}
	}
	if _, err := cosigner.Cosign([]byte("no newline"), 1); !errors.Is(err, ErrFormat) {
		t.Errorf("cosigner signs half a line: %v", err)
	}
	if _, err := cosigner.At(1 << 63).Sign([]byte(checkpoint)); !errors.Is(err, ErrFormat) {
		t.Errorf("time beyond 2^63: %v", err)
	}
	late := Cosignature{Time: 1 << 63, Signature: must(t, key, cosignedMessage(1<<63, []byte(checkpoint)))}
	if _, err := ParseCosignature(late.Append(nil)); !errors.Is(err, ErrFormat) {
		t.Errorf("cosignature time beyond 2^63: %v", err)
	}
	if cosigner.VKey().Verifier().Verify([]byte(checkpoint), late.Append(nil)) {
		t.Error("a cosignature beyond 2^63 is believed")
	}
	if log.KeyHash() == cosigner.VKey().ID() {
		t.Error("one id for two types")
	}
	sig, err := log.Sign([]byte(checkpoint))
	if err != nil {
		t.Fatal(err)
	}
	if cosigner.VKey().Verifier().Verify([]byte(checkpoint), append(make([]byte, 8), sig...)) {
		t.Error("a log signature passes for a cosignature")
	}
}

func must(t *testing.T, k *Ed25519PrivateKey, message []byte) NodeSignature {
	t.Helper()
	sig, err := k.Sign(message)
	if err != nil {
		t.Fatal(err)
	}
	return sig
}

func TestNoteNames(t *testing.T) {
	key := testEd25519(t, "k")
	for _, name := range []string{"", "a b", "a+b", "a\nb", "a\tb", "xã", "a b", strings.Repeat("a", MaxNoteName+1), "a\x7f"} {
		if _, err := NewCosigner(name, key); !errors.Is(err, ErrFormat) {
			t.Errorf("%q: %v", name, err)
		}
	}
	longest := strings.Repeat("a", MaxNoteName)
	v, err := NewVKey(longest, NoteCosigner, key.Public())
	if err != nil {
		t.Fatal(err)
	}
	if back, err := ParseVKey(v.String()); err != nil || back != v {
		t.Errorf("longest name: %v", err)
	}
	if _, err := NewVKey("a", 2, key.Public()); !errors.Is(err, ErrFormat) {
		t.Errorf("type 2: %v", err)
	}
	if _, err := NewVKey("a", NoteLog, Ed25519Key{1}); !errors.Is(err, ErrEd25519Key) {
		t.Errorf("key of small order: %v", err)
	}
}

// TestVKeyMangled tries every changed byte, every cut and every addition.
func TestVKeyMangled(t *testing.T) {
	cosigner, _ := NewCosigner("node.example.vn/1", testEd25519(t, "cosigner"))
	good := cosigner.VKey().String()
	refuse := func(text string) {
		t.Helper()
		if v, err := ParseVKey(text); err == nil {
			t.Errorf("%q reads as %+v", text, v)
		}
	}
	for i := range len(good) {
		refuse(good[:i])
		refuse(good[i+1:])
		refuse(good[:i] + good[i+1:])
		for _, c := range []byte("+ A=\n") {
			if good[i] != c {
				refuse(good[:i] + string(c) + good[i+1:])
			}
		}
		refuse(good[:i] + string(good[i]^1) + good[i+1:])
	}
	for _, extra := range []string{" ", "\n", "+", "=", "A"} {
		refuse(good + extra)
		refuse(extra + good)
	}
	name, rest, _ := strings.Cut(good, "+")
	refuse(name + "+" + strings.ToUpper(rest[:8]) + rest[8:])
}

func FuzzParseVKey(f *testing.F) {
	cosigner, _ := NewCosigner("node.example.vn/1", testEd25519(f, "cosigner"))
	f.Add(cosigner.VKey().String())
	f.Add("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k")
	f.Fuzz(func(t *testing.T, text string) {
		v, err := ParseVKey(text)
		if err != nil {
			return
		}
		if v.String() != text {
			t.Errorf("%q is written %q", text, v)
		}
		if v.Type == NoteLog {
			if _, err := note.NewVerifier(text); err != nil {
				t.Errorf("package note refuses %q: %v", text, err)
			}
		}
	})
}

func FuzzCosignature(f *testing.F) {
	cosigner, _ := NewCosigner("node.example.vn/1", testEd25519(f, "cosigner"))
	good, _ := cosigner.Cosign([]byte(checkpoint), 1679315147)
	f.Add([]byte(checkpoint), good.Append(nil))
	f.Fuzz(func(t *testing.T, text, sig []byte) {
		if cosigner.VKey().Verifier().Verify(text, sig) && (string(text) != checkpoint || !bytes.Equal(sig, good.Append(nil))) {
			t.Error("forged")
		}
		if c, err := ParseCosignature(sig); err == nil && !bytes.Equal(c.Append(nil), sig) {
			t.Error("two forms of one cosignature")
		}
	})
}

func BenchmarkEd25519Check(b *testing.B) {
	k := testEd25519(b, "k").Public()
	for b.Loop() {
		_ = k.Check()
	}
}
