package ident

import (
	"encoding/hex"
	"errors"
	"strings"
	"testing"
)

func TestValidatorPossession(t *testing.T) {
	k := testEd25519(t, "new cosigner")
	place := ValidatorPossession{Chain: [32]byte{0: 1, 31: 2}, Agency: 7, Purpose: PurposeCosigner, CosignerName: "sở.example"}
	proof, err := place.Prove(k)
	if err != nil {
		t.Fatal(err)
	}
	body, _ := place.Body(k.Public())
	want := "0100000000000000000000000000000000000000000000000000000000000002" + "0000000000000007" +
		"08" + hex.EncodeToString([]byte("cosigner")) + "0c" + hex.EncodeToString([]byte("sở.example")) + k.Public().String()
	if got := hex.EncodeToString(body); got != want {
		t.Errorf("body %s, want %s", got, want)
	}
	if err := place.Check(k.Public(), proof); err != nil {
		t.Error(err)
	}
	for what, change := range map[string]func(*ValidatorPossession){
		"chain":  func(p *ValidatorPossession) { p.Chain[5] ^= 1 },
		"agency": func(p *ValidatorPossession) { p.Agency++ },
		"role":   func(p *ValidatorPossession) { p.Purpose = PurposeNode },
		"name":   func(p *ValidatorPossession) { p.CosignerName += "." },
	} {
		other := place
		change(&other)
		if err := other.Check(k.Public(), proof); err != ErrSignature {
			t.Errorf("other %s: %v", what, err)
		}
	}
	if err := place.Check(testEd25519(t, "other").Public(), proof); err != ErrSignature {
		t.Errorf("other key: %v", err)
	}
	genesis := GenesisPossession{ChainName: "sở.example", Agency: 7, Purpose: PurposeCosigner}
	if old, _ := genesis.Prove(k); place.Check(k.Public(), old) != ErrSignature {
		t.Error("the proof of genesis is taken for one of a rotation")
	}
}

func TestValidatorPossessionRefuses(t *testing.T) {
	k := testEd25519(t, "node")
	for name, place := range map[string]ValidatorPossession{
		"author": {Purpose: PurposeAuthor, CosignerName: "n"}, "none": {CosignerName: "n"},
		"no name": {Purpose: PurposeNode}, "long name": {Purpose: PurposeNode, CosignerName: strings.Repeat("n", 256)},
	} {
		if _, err := place.Prove(k); !errors.Is(err, ErrPossession) {
			t.Errorf("%s: %v", name, err)
		}
		if err := place.Check(k.Public(), NodeSignature{}); !errors.Is(err, ErrPossession) {
			t.Errorf("%s: %v", name, err)
		}
	}
	place := ValidatorPossession{Purpose: PurposeNode, CosignerName: "n"}
	if err := place.Check(Ed25519Key{1}, NodeSignature{1}); err != ErrEd25519Key {
		t.Errorf("key of small order: %v", err)
	}
}
