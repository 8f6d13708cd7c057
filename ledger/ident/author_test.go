package ident

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func testKey(t testing.TB, seed string) *PrivateKey {
	t.Helper()
	secret := sha256.Sum256([]byte(seed))
	k, err := NewPrivateKey(secret[:])
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestSelfTest(t *testing.T) {
	if err := SelfTest(); err != nil {
		t.Fatal(err)
	}
	// A self-test that cannot fail would let any library through.
	for _, v := range knownAnswers() {
		wrong := v
		wrong.want = nil
		if v.want == nil {
			wrong.want = ErrSignature
		}
		if _, ok := errors.AsType[*SelfTestError](wrong.check()); !ok {
			t.Errorf("%s: a wrong answer passes", v.name)
		}
	}
}

func TestEdgeCases(t *testing.T) {
	jobs, names := edgeCases()
	var file []goldenCase
	for i, j := range jobs {
		file = append(file, goldenCase{names[i], j.Key.String(), fmt.Sprintf("%x", j.Digest), j.Sig.String(), verdictWord(modelVerify(j))})
	}
	golden(t, "verify_v1.json", file)

	counts := map[string]int{}
	for _, c := range file {
		j := c.job(t)
		if got := verdictWord(j.Key.Verify(j.Digest, j.Sig)); got != c.Verdict {
			t.Errorf("%s: %s says %q, want %q", c.Name, Backend, got, c.Verdict)
		}
		counts[c.Verdict]++
	}
	for word := range verdictWords {
		if counts[word] < 2 {
			t.Errorf("only %d cases of %q", counts[word], word)
		}
	}
}

func TestSignIsDeterministicAndKnown(t *testing.T) {
	type signed struct{ Secret, Key, Digest, Sig string }
	var file []signed
	nMinus1 := fill(new(big.Int).Sub(modelN, big.NewInt(1)))
	for _, secret := range [][32]byte{{31: 1}, {31: 2}, nMinus1, sha256.Sum256([]byte("a")), sha256.Sum256([]byte("b"))} {
		k, err := NewPrivateKey(secret[:])
		if err != nil {
			t.Fatal(err)
		}
		for _, digest := range [][32]byte{{}, {31: 1}, [32]byte(bytes.Repeat([]byte{0xff}, 32)), Digest(TypeRecordHeader, []byte("header"))} {
			sig, err := k.Sign(digest)
			if err != nil {
				t.Fatal(err)
			}
			again, _ := k.Sign(digest)
			if sig != again {
				t.Errorf("two signatures over one digest")
			}
			if err := modelVerify(Job{Key: k.Public(), Digest: digest, Sig: sig}); err != nil {
				t.Errorf("own signature: %v", err)
			}
			if string(digest[:]) >= groupOrder {
				continue // RFC 6979 reduces such a digest, libsecp256k1 does not: both are good, and SHA-256 meets one in 2^128
			}
			file = append(file, signed{k.Hex(), k.Public().String(), fmt.Sprintf("%x", digest), sig.String()})
		}
	}
	golden(t, "sign_v1.json", file)
}

// TestVerifyAsTheModelDoes compares the library with the naive curve on good signatures and damaged ones.
func TestVerifyAsTheModelDoes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		secret := rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "secret")
		k, err := NewPrivateKey(secret)
		if err != nil {
			t.Skip()
		}
		j := Job{Key: k.Public(), Digest: [32]byte(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "digest"))}
		if j.Sig, err = k.Sign(j.Digest); err != nil {
			t.Fatal(err)
		}
		field := rapid.SampledFrom([][]byte{nil, j.Key[:], j.Digest[:], j.Sig[:]}).Draw(t, "field")
		if field != nil {
			field[rapid.IntRange(0, len(field)-1).Draw(t, "byte")] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
		}
		want := modelVerify(j)
		if got := j.Key.Verify(j.Digest, j.Sig); got != want {
			t.Fatalf("%+v: got %v, want %v", j, got, want)
		}
		if (field == nil) != (want == nil) {
			t.Fatalf("damaged: %v, verdict: %v", field != nil, want)
		}
	})
}

// TestForeignForms: what is not r‖s and not a compressed key has no way in.
func TestForeignForms(t *testing.T) {
	k := testKey(t, "k").Public()
	point, err := k.decompress()
	if err != nil {
		t.Fatal(err)
	}
	hybrid := point
	hybrid[0] = 6 + point[64]&1
	for name, data := range map[string][]byte{
		"uncompressed": point[:], "hybrid": hybrid[:], "empty": nil, "short": k[:32], "long": append(k[:], 0), "x alone": k[1:],
		"hybrid prefix": append([]byte{6}, k[1:]...), "infinity": {0},
	} {
		if _, err := NewPublicKey(data); !errors.Is(err, ErrPublicKey) {
			t.Errorf("key %s: %v", name, err)
		}
	}
	sig, _ := testKey(t, "k").Sign([32]byte{1})
	for name, data := range map[string][]byte{
		"v = 0": append(sig[:], 0), "v = 4": append(sig[:], 4), "v first": append([]byte{27}, sig[:]...), "cut": sig[:63], "empty": nil,
		"DER": append([]byte{0x30, 0x44, 2, 32}, sig[:]...),
	} {
		if _, err := NewSignature(data); !errors.Is(err, ErrFormat) {
			t.Errorf("signature %s: %v", name, err)
		}
	}
}

func TestPrivateKeyRange(t *testing.T) {
	for name, secret := range map[string][]byte{
		"zero": make([]byte, 32), "n": []byte(groupOrder), "all ones": bytes.Repeat([]byte{0xff}, 32), "short": make([]byte, 31), "long": append(make([]byte, 32), 1),
	} {
		if _, err := NewPrivateKey(secret); !errors.Is(err, ErrPrivateKey) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestGeneratePrivateKey(t *testing.T) {
	good := sha256.Sum256([]byte("entropy"))
	k, err := GeneratePrivateKey(io.MultiReader(bytes.NewReader(make([]byte, 32)), bytes.NewReader(good[:])))
	if err != nil {
		t.Fatalf("one draw out of range: %v", err)
	}
	if k.Secret() != good {
		t.Error("the key is not what was drawn")
	}
	if _, err := GeneratePrivateKey(zeros{}); !errors.Is(err, ErrPrivateKey) {
		t.Errorf("a dead source: %v", err)
	}
	if _, err := GeneratePrivateKey(bytes.NewReader(good[:31])); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("a short source: %v", err)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestZeroWipes(t *testing.T) {
	k := testKey(t, "secret")
	words := scalarOf(k.key).Bits()
	public := k.Public()
	k.Zero()
	k.Zero()
	for _, w := range words[:cap(words)] {
		if w != 0 {
			t.Fatal("the secret is still in memory")
		}
	}
	if _, err := k.Sign([32]byte{1}); !errors.Is(err, ErrPrivateKey) {
		t.Errorf("a wiped key signs: %v", err)
	}
	if k.Secret() != ([32]byte{}) || k.Public() != public {
		t.Error("a wiped key has a secret, or lost its public half")
	}
}

func TestSecretsDoNotPrint(t *testing.T) {
	k := testKey(t, "secret")
	e, _ := NewEd25519PrivateKey(bytes.Repeat([]byte{0xab}, 32))
	decimal := scalarOf(k.key).String()
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d", "%q"} {
		if out := fmt.Sprintf(verb, k); out != "private key of "+k.Public().String() {
			t.Errorf("%s prints %s", verb, out)
		}
		out := fmt.Sprintf(verb, k) + fmt.Sprintf(verb, e) + fmt.Sprintf(verb, struct{ K *PrivateKey }{k})
		if strings.Contains(out, k.Hex()) || strings.Contains(out, decimal) || strings.Contains(out, "abab") || strings.Contains(out, "171 171") {
			t.Errorf("%s prints a secret: %s", verb, out)
		}
	}
	if out, err := json.Marshal(struct{ K any }{k}); err == nil && strings.Contains(string(out), decimal) {
		t.Errorf("JSON has the secret: %s", out)
	}
}

func TestTextForms(t *testing.T) {
	k := testKey(t, "k")
	sig, _ := k.Sign([32]byte{7})
	e, _ := NewEd25519PrivateKey(make([]byte, 32))
	node, _ := e.Sign([]byte("m"))
	type all struct {
		A PublicKey
		B KeyID
		C Signature
		D Ed25519Key
		E NodeSignature
	}
	in := all{k.Public(), k.Public().ID(), sig, e.Public(), node}
	text, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	var out all
	if err := json.Unmarshal(text, &out); err != nil || out != in {
		t.Errorf("%v: %s", err, text)
	}
	if back, err := ParsePrivateKey(strings.ToUpper(k.Hex())); err != nil || back.Public() != k.Public() {
		t.Errorf("private key: %v", err)
	}
	for _, bad := range []string{"", "02", strings.Repeat("g", 66), strings.Repeat("0", 66), k.Public().String() + "00", "0x" + k.Public().String()} {
		if _, err := ParsePublicKey(bad); err == nil {
			t.Errorf("%q is taken for a public key", bad)
		}
	}
	if _, err := ParsePrivateKey("zz" + k.Hex()[2:]); !errors.Is(err, ErrFormat) || strings.Contains(err.Error(), k.Hex()[2:10]) {
		t.Errorf("private key: %v", err)
	}
}

func TestKeyIDAndAddress(t *testing.T) {
	k, err := ParsePrivateKey("7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d")
	if err != nil {
		t.Fatal(err)
	}
	a, err := k.Public().Address()
	if err != nil || a.String() != "0x008AeEda4D805471dF9b2A5B0f38A0C3bCBA786b" {
		t.Errorf("address %v, %v", a, err)
	}
	public := k.Public()
	sum := sha256.Sum256(public[:])
	if public.ID() != KeyID(sum[:8]) {
		t.Error("key id is not the head of the hash")
	}
	if _, err := (PublicKey{4}).Address(); !errors.Is(err, ErrPublicKey) {
		t.Errorf("address of no key: %v", err)
	}
}

func TestPAE(t *testing.T) {
	// The example of the DSSE protocol document.
	if got := string(PAE("http://example.com/HelloWorld", []byte("hello world"))); got != "DSSEv1 29 http://example.com/HelloWorld 11 hello world" {
		t.Errorf("got %q", got)
	}
	rapid.Check(t, func(t *rapid.T) {
		typ, body := rapid.String().Draw(t, "type"), rapid.SliceOfN(rapid.Byte(), 0, 600).Draw(t, "body")
		want := fmt.Sprintf("DSSEv1 %d %s %d %s", len(typ), typ, len(body), body)
		if string(PAE(typ, body)) != want || Digest(typ, body) != sha256.Sum256([]byte(want)) {
			t.Fatal("differs from the definition")
		}
	})
}

func FuzzParsePublicKey(f *testing.F) {
	k := testKey(f, "k").Public()
	f.Add(k.String())
	f.Add("06" + k.String()[2:])
	f.Fuzz(func(t *testing.T, text string) {
		k, err := ParsePublicKey(text)
		if err != nil {
			return
		}
		if k.String() != strings.ToLower(text) {
			t.Errorf("%q reads as %v", text, k)
		}
		if _, ok := modelLift(new(big.Int).SetBytes(k[1:]), uint(k[0]&1)); !ok || k[0]|1 != 3 {
			t.Errorf("%v is no compressed point", k)
		}
	})
}

func FuzzVerify(f *testing.F) {
	jobs, _ := edgeCases()
	for _, j := range jobs {
		f.Add(j.Key[:], j.Digest[:], j.Sig[:])
	}
	f.Fuzz(func(t *testing.T, key, digest, sig []byte) {
		if len(key) != 33 || len(digest) != 32 || len(sig) != 64 {
			return
		}
		j := Job{Key: PublicKey(key), Digest: [32]byte(digest), Sig: Signature(sig)}
		if got, want := j.Key.Verify(j.Digest, j.Sig), modelVerify(j); got != want {
			t.Errorf("got %v, want %v", got, want)
		}
	})
}
