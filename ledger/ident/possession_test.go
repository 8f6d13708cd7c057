package ident

import (
	"encoding/hex"
	"errors"
	"strings"
	"testing"
)

func TestKeyPossession(t *testing.T) {
	k := testKey(t, "new key")
	place := KeyPossession{Chain: [32]byte{0: 1, 31: 2}, Account: 1000012, Epoch: 3, Roles: 5}
	proof, err := place.Prove(k)
	if err != nil {
		t.Fatal(err)
	}
	want := "0100000000000000000000000000000000000000000000000000000000000002" + "00000000000f424c" + "00000003" + "00000005" + k.Public().String()
	if got := hex.EncodeToString(place.Body(k.Public())); got != want {
		t.Errorf("body %s, want %s", got, want)
	}
	if err := place.Check(k.Public(), proof); err != nil {
		t.Error(err)
	}
	if j := place.Job(k.Public(), proof); j.Key.Verify(j.Digest, j.Sig) != nil {
		t.Error("the job fails where the check passes")
	}
	elsewhere := map[string]KeyPossession{"chain": place, "account": place, "epoch": place, "roles": place}
	for what, p := range elsewhere {
		switch what {
		case "chain":
			p.Chain[5] ^= 1
		case "account":
			p.Account++
		case "epoch":
			p.Epoch++
		case "roles":
			p.Roles |= 8
		}
		if err := p.Check(k.Public(), proof); err != ErrSignature {
			t.Errorf("other %s: %v", what, err)
		}
	}
	if err := place.Check(testKey(t, "other").Public(), proof); err != ErrSignature {
		t.Errorf("other key: %v", err)
	}
	header, _ := k.Sign(Digest(TypeRecordHeader, place.Body(k.Public())))
	if err := place.Check(k.Public(), header); err != ErrSignature {
		t.Errorf("a record's signature as a proof: %v", err)
	}
}

func TestGenesisPossession(t *testing.T) {
	author, node := testKey(t, "officer"), testEd25519(t, "node")
	place := GenesisPossession{ChainName: "mẫu", Agency: 7, Purpose: PurposeAuthor}
	proof, err := place.ProveAuthor(author)
	if err != nil {
		t.Fatal(err)
	}
	key := author.Public()
	body, _ := place.Body(key[:])
	if want := "05" + hex.EncodeToString([]byte("mẫu")) + "0000000000000007" + "07" + hex.EncodeToString([]byte("officer")) + key.String(); hex.EncodeToString(body) != want {
		t.Errorf("body %x, want %s", body, want)
	}
	if err := place.CheckAuthor(key, proof); err != nil {
		t.Error(err)
	}
	for _, other := range []GenesisPossession{{"mau", 7, PurposeAuthor}, {"mẫu", 8, PurposeAuthor}} {
		if err := other.CheckAuthor(key, proof); err != ErrSignature {
			t.Errorf("%+v: %v", other, err)
		}
	}

	proofs := map[Purpose]NodeSignature{}
	for p := PurposeNode; p.Valid(); p++ {
		place := GenesisPossession{"mẫu", 7, p}
		if proofs[p], err = place.Prove(node); err != nil {
			t.Fatal(err)
		}
		if err := place.CheckAuthor(key, proof); !errors.Is(err, ErrPossession) {
			t.Errorf("author key as %v: %v", p, err)
		}
		if _, err := place.ProveAuthor(author); !errors.Is(err, ErrPossession) {
			t.Errorf("author key as %v: %v", p, err)
		}
	}
	for p := PurposeNode; p.Valid(); p++ {
		for q, proof := range proofs {
			place := GenesisPossession{"mẫu", 7, p}
			if err := place.Check(node.Public(), proof); (err == nil) != (p == q) {
				t.Errorf("proof as %v for %v: %v", q, p, err)
			}
		}
	}
}

func TestGenesisPossessionRefuses(t *testing.T) {
	node := testEd25519(t, "node")
	for name, place := range map[string]GenesisPossession{
		"no purpose": {"c", 1, 0}, "unknown purpose": {"c", 1, 6}, "author": {"c", 1, PurposeAuthor},
		"no chain name": {"", 1, PurposeNode}, "long chain name": {strings.Repeat("c", 256), 1, PurposeNode},
	} {
		if _, err := place.Prove(node); !errors.Is(err, ErrPossession) {
			t.Errorf("%s: %v", name, err)
		}
		if err := place.Check(node.Public(), NodeSignature{}); !errors.Is(err, ErrPossession) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// With the neutral point as key, R = the neutral point and s = 0 fit any message.
	place := GenesisPossession{"c", 1, PurposeNode}
	neutral, forged := Ed25519Key{1}, NodeSignature{1}
	if neutral.Verify([]byte("any"), forged) != nil {
		t.Fatal("the forgery of this test is none")
	}
	if err := place.Check(neutral, forged); err != ErrEd25519Key {
		t.Errorf("key of small order: %v", err)
	}
}

func TestPurposeWords(t *testing.T) {
	for p := PurposeAuthor; p.Valid(); p++ {
		if back, err := ParsePurpose(p.String()); err != nil || back != p {
			t.Errorf("%v: %v, %v", p, back, err)
		}
	}
	if _, err := ParsePurpose("officer"); !errors.Is(err, ErrFormat) {
		t.Errorf("unknown word: %v", err)
	}
}
